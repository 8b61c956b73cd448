"""An insider who writes the database file past every trigger is found out by the check of the records."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from caseapp import jobs
from caseapp.models import AuditEvent, CustodyEvent, EvidenceItem
from caseapp.models.triggers import triggers
from caseapp.services import evidence
from caseapp.services.anchoring import anchor_trail
from caseapp.services.audit import erase_detail
from caseapp.services.custody import erase_custody_detail
from caseapp.services.integrity import RecordReport, check_records
from caseapp.services.integrity_log import in_its_place, log_entries
from tests.caseapp.services.house import House


@pytest.fixture
def filled(house: House, tmp_path: Path) -> House:
    """A frozen statement, and a paper that was exported: the log knows its custody events."""
    house.approve(house.statement(), "he", "zhou", "han")
    key = house.paper("证4-2")
    with house.work("lin") as work:
        evidence.export_evidence(work, work.get(EvidenceItem, key), tmp_path / "out", reason="立案")
    return house


def tamper(engine: Engine, *statements: str) -> None:
    """Run SQL as someone for whom no trigger stands in the way."""
    with engine.begin() as connection:
        if engine.dialect.name == "postgresql":
            connection.execute(text("SET LOCAL session_replication_role = replica"))
        else:
            connection.execute(text("PRAGMA defer_foreign_keys = 1"))
            for name in connection.scalars(text("SELECT name FROM sqlite_master WHERE type = 'trigger'")).all():
                connection.execute(text(f"DROP TRIGGER {name}"))
        for statement in statements:
            connection.execute(text(statement))


def test_an_honest_database_agrees(filled: House) -> None:
    report = check_records(filled.ports)
    assert report.ok, report.contradictions
    assert report.unmatched == []
    assert min(report.events, report.custody, report.items, report.versions) >= 1


OTHER_PDF = (
    "UPDATE document_versions SET pdf_package_id = "
    "(SELECT min(package_id) FROM evidence_items WHERE package_id <> pdf_package_id)"
)
EDITS = [
    ("altered", "UPDATE audit_events SET actor_id = 'x' WHERE seq = 2"),
    ("gap", "DELETE FROM audit_events WHERE seq = 2"),
    ("detail-altered", "UPDATE audit_details SET body = '{}'"),
    ("custody-altered", "UPDATE custody_events SET actor_id = 'x'"),
    ("custody-altered", "UPDATE custody_events SET detail_digest = 'x'"),
    ("custody-broken", "DELETE FROM custody_events WHERE seq = 1"),
    ("custody-detail", "UPDATE custody_details SET body = '{}'"),
    ("custody-detail", "DELETE FROM custody_details"),
    ("package-missing", "UPDATE evidence_items SET package_id = 'x' WHERE no LIKE '%1'"),
    ("register-altered", "UPDATE evidence_items SET obtained_at = '2020-01-01 00:00:00'"),
    ("register-altered", "UPDATE evidence_items SET stamps = 9"),
    ("register-altered", "UPDATE evidence_items SET test_stamps = 0"),
    ("register-altered", "UPDATE evidence_items SET sha256 = 'x'"),
    ("register-altered", "UPDATE evidence_items SET files = '{}'"),
    ("document-altered", "UPDATE document_versions SET model = '{}'"),
    ("document-altered", "UPDATE document_versions SET text_digest = 'x'"),
    ("approval-altered", "UPDATE approvals SET approved_digest = 'x' WHERE step = 2"),
    ("approval-altered", "UPDATE approvals SET approver_id = (SELECT id FROM users WHERE login = 'lin')"),
    ("approval-altered", "UPDATE document_versions SET author_id = 'x'"),
    ("row-gone", "DELETE FROM approvals WHERE step = 2"),
    (
        "document-altered",
        "UPDATE document_versions SET approved_digest = 'x'; UPDATE approvals SET approved_digest = 'x'",
    ),
    ("document-altered", OTHER_PDF),
    ("row-altered", "UPDATE document_versions SET status = 'in_review'"),
    ("row-altered", "UPDATE document_versions SET submitted_by = 'x'"),
    ("row-altered", "UPDATE evidence_items SET grade = 'witnessed'"),
    ("row-altered", "UPDATE evidence_items SET title = 'x'"),
    ("row-altered", "UPDATE evidence_items SET voided_at = '2026-01-01 00:00:00'"),
    ("row-altered", "UPDATE evidence_items SET status = 'disposed'"),
    ("row-altered", "UPDATE evidence_items SET log_index = NULL"),
    ("log-lacks", "UPDATE evidence_items SET log_index = NULL"),
    ("custody-cut", "DELETE FROM custody_events"),
    ("custody-cut", "DELETE FROM custody_events WHERE seq > 0"),
    ("untold", "DELETE FROM audit_events"),
    ("not-erased", "UPDATE audit_details SET salt = NULL, body = NULL, erased_at = '2026-01-01 00:00:00'"),
    ("not-erased", "UPDATE custody_details SET salt = NULL, body = NULL, erased_at = '2026-01-01 00:00:00'"),
    ("detail-altered", "UPDATE audit_details SET body = 'not JSON'"),
    ("custody-detail", "UPDATE custody_details SET body = 'not JSON'"),
    ("register-altered", "UPDATE evidence_items SET files = '[1]'"),
    ("custody-broken", "UPDATE custody_events SET leaf = '[]'"),
]
TOUCHED = (
    "audit_events", "audit_details", "custody_events", "custody_details", "evidence_items", "document_versions",
    "approvals",
)  # fmt: skip
ORPHANS = (
    "DELETE FROM audit_details WHERE event_id NOT IN (SELECT id FROM audit_events)",
    "DELETE FROM custody_details WHERE event_id NOT IN (SELECT id FROM custody_events)",
)
KEEP = [f"CREATE TABLE kept_{table} AS SELECT * FROM {table}" for table in TOUCHED]  # noqa: S608  our own names
PUT_BACK = [
    statement
    for table in TOUCHED
    for statement in (f"DELETE FROM {table}", f"INSERT INTO {table} SELECT * FROM kept_{table}")  # noqa: S608  as above
]


def test_every_edit_is_found(filled: House) -> None:
    engine = filled.ports.engine
    tamper(engine, *KEEP)
    for code, statement in EDITS:
        tamper(engine, *statement.split("; "), *ORPHANS)
        found = check_records(filled.ports).contradictions
        assert code in {row.code for row in found}, statement
        assert all(row.where and row.what.zh and row.what.en for row in found)
        tamper(engine, *PUT_BACK)
    assert only_missing_guards(check_records(filled.ports))


def only_missing_guards(report: RecordReport) -> bool:
    return {row.code for row in report.contradictions} <= {"trigger-missing"}


def test_removed_newest_custody_events_are_missed_by_the_log(filled: House) -> None:
    tamper(filled.ports.engine, *EXPORTS_CUT)
    report = check_records(filled.ports)
    assert only_missing_guards(report)
    assert len(report.unmatched) == 1


EXPORTS_CUT = (
    "DELETE FROM custody_details WHERE event_id IN (SELECT id FROM custody_events WHERE type = 'export')",
    "DELETE FROM custody_events WHERE type = 'export'",
)
TRAIL_CUT = (
    "DELETE FROM audit_details WHERE event_id = (SELECT id FROM audit_events ORDER BY seq DESC LIMIT 1)",
    "DELETE FROM audit_events WHERE seq = (SELECT max(seq) FROM audit_events)",
)
ANEW = "UPDATE audit_events SET hash = 'x' WHERE seq = (SELECT max(seq) FROM audit_events)"


@pytest.mark.parametrize(("code", "cut"), [("custody-cut", EXPORTS_CUT), ("trail-cut", TRAIL_CUT)])
def test_what_is_cut_off_after_an_anchor_is_missed(filled: House, code: str, cut: tuple[str, ...]) -> None:
    assert anchor_trail(filled.ports) == anchor_trail(filled.ports)  # nothing happened between the two
    report = check_records(filled.ports)
    assert report.ok, report.contradictions
    tamper(filled.ports.engine, *cut)
    assert code in {row.code for row in check_records(filled.ports).contradictions}


def test_an_anchor_follows_what_happens(filled: House) -> None:
    first = anchor_trail(filled.ports)
    with filled.work("lin") as work:
        evidence.note_view(work, work.session.query(EvidenceItem).first())
    second = anchor_trail(filled.ports)
    assert first is not None
    assert second == first + 1  # looking is in no trail, only in the chain of custody
    assert check_records(filled.ports).ok


def test_the_scheduler_anchors(filled: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs, "_next_anchor", [0.0])
    jobs.tick(filled.ports)
    assert [leaf["t"] for leaf in log_entries(filled.ports) or ()].count("anchor") == 1


def test_a_trail_that_was_written_anew_does_not_fit_its_anchor(filled: House) -> None:
    anchor_trail(filled.ports)
    tamper(filled.ports.engine, ANEW)
    assert "trail-rewritten" in {row.code for row in check_records(filled.ports).contradictions}


def test_a_lawful_erasure_is_no_contradiction(filled: House) -> None:
    with filled.work("han") as work:
        event = work.session.query(AuditEvent).filter_by(action="evidence.registered").first()
        erase_detail(work, event.id, basis="依法删除")
        touched = work.session.query(CustodyEvent).filter_by(type="ingest").first()
        erase_custody_detail(work, touched.id, basis="依法删除")
    report = check_records(filled.ports)
    assert report.ok, report.contradictions


@pytest.mark.parametrize(
    "edit",
    [
        "UPDATE evidence_items SET files = '?' WHERE no LIKE '%1'",
        "UPDATE evidence_items SET obtained_at = '?' WHERE no LIKE '%1'",
    ],
)
def test_one_row_that_cannot_be_read_is_named_and_the_rest_is_checked(filled: House, edit: str) -> None:
    if filled.ports.engine.dialect.name == "postgresql":
        pytest.skip("its columns hold nothing of another type")
    before = check_records(filled.ports).items
    tamper(filled.ports.engine, edit)
    report = check_records(filled.ports)
    assert {"unreadable"} & {row.code for row in report.contradictions}
    assert report.items == before - 1


NEWEST = "(SELECT id FROM evidence_items ORDER BY no DESC LIMIT 1)"
REMOVED = (
    "DELETE FROM custody_details WHERE event_id IN (SELECT id FROM custody_events WHERE evidence_id = NEWEST)",
    "DELETE FROM custody_events WHERE evidence_id = NEWEST",
    "DELETE FROM exhibits WHERE evidence_id = NEWEST",
    "DELETE FROM evidence_items WHERE id = NEWEST",
)


def test_a_removed_item_leaves_its_package_without_a_name(filled: House) -> None:
    tamper(filled.ports.engine, *(statement.replace("NEWEST", NEWEST) for statement in REMOVED))
    report = check_records(filled.ports)
    assert len(report.unregistered) == 1
    assert "row-gone" in {row.code for row in report.contradictions}


def test_missing_triggers_are_named(filled: House) -> None:
    assert check_records(filled.ports).ok
    if filled.ports.engine.dialect.name == "postgresql":
        tamper(filled.ports.engine, "DROP FUNCTION custody_events_no_delete() CASCADE")
        wanted = {"custody_events_no_delete"}
    else:
        tamper(filled.ports.engine)
        wanted = {trigger.name for trigger in triggers()}
    found = {row.where for row in check_records(filled.ports).contradictions if row.code == "trigger-missing"}
    assert found == wanted


def test_a_log_that_was_cut_short_is_found_by_what_the_register_remembers(filled: House, tmp_path: Path) -> None:
    folder = next(path for path in tmp_path.rglob("log") if (path / "checkpoint").is_file())
    checkpoints = [path for path in (folder / "checkpoints").rglob("*") if path.is_file() and int(path.name)]
    first = min(checkpoints, key=lambda path: int(path.name))
    (folder / "checkpoint").chmod(0o600)
    (folder / "checkpoint").write_bytes(first.read_bytes())
    report = check_records(filled.ports)
    assert "log-lacks" in {row.code for row in report.contradictions}


@pytest.mark.parametrize(
    ("index", "kind", "digest", "own"),
    [(0, "seal", "a", True), (1, "custody", "b", True), (0, "custody", "a", False), (0, "seal", "b", False),
     (2, "seal", "a", False), (-1, "custody", "b", False), (None, "seal", "x", True)],
)  # fmt: skip
def test_an_entry_is_its_own_or_not(index: int | None, kind: str, digest: str, own: bool) -> None:
    entries = [{"t": "seal", "h256": "a"}, {"t": "custody", "h256": "b"}]
    assert in_its_place(entries, index, kind, digest) == own
    assert in_its_place(None, index, kind, digest)
