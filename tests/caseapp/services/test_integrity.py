"""An insider who writes the database file past every trigger is found out by the check of the records."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from caseapp.models import EvidenceItem
from caseapp.services import evidence
from caseapp.services.integrity import check_records
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


@pytest.mark.parametrize(
    ("code", "statement"),
    [
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
    ],
)
def test_every_edit_is_found(filled: House, code: str, statement: str) -> None:
    more = ["DELETE FROM audit_details WHERE event_id NOT IN (SELECT id FROM audit_events)"]
    more += ["DELETE FROM custody_details WHERE event_id NOT IN (SELECT id FROM custody_events)"]
    tamper(filled.ports.engine, statement, *more)
    found = check_records(filled.ports).contradictions
    assert code in {row.code for row in found}
    assert all(row.where and row.what.zh and row.what.en for row in found)


def test_removed_newest_custody_events_are_missed_by_the_log(filled: House) -> None:
    tamper(
        filled.ports.engine,
        "DELETE FROM custody_details WHERE event_id IN (SELECT id FROM custody_events WHERE type = 'export')",
        "DELETE FROM custody_events WHERE type = 'export'",
    )
    report = check_records(filled.ports)
    assert report.ok
    assert len(report.unmatched) == 1
