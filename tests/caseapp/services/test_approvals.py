"""The approval route: other people, in order, each once, bound to the bytes; the last one freezes them."""

from __future__ import annotations

import hashlib
import io
import threading
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select, text

from caseapp.domain.errors import (
    CaseError,
    ConflictError,
    NotFoundError,
    PermissionDeniedError,
    ReasonRequiredError,
    SecondPersonRequiredError,
    WorkflowRefusedError,
)
from caseapp.models import Approval, AuditEvent, Document, DocumentVersion, EvidenceItem
from caseapp.services import approvals, documents
from caseapp.services.approvals import NotApprovedBytesError, approve_document, frozen_pdf, return_document
from caseapp.services.work import open_work
from evidence_store.failures import DiskFullError
from tests.caseapp.services.house import House, statement_sample, stranger, version_of


def decisions(house: House, key: str) -> list[tuple[int, str, str]]:
    with house.ports.sessions() as session:
        rows = session.scalars(select(Approval).where(Approval.version_id == key).order_by(Approval.step))
        return [(row.step, str(row.role), row.decision) for row in rows]


def test_the_whole_route_freezes_the_bytes_that_were_submitted(house: House) -> None:
    key = house.statement()
    assert approve_document(house.ports, house["he"], key) is False
    assert approve_document(house.ports, house["zhou"], key, comment="无误") is False
    assert version_of(house, key).status == "in_review"
    assert approve_document(house.ports, house["han"], key) is True
    version = version_of(house, key)
    assert decisions(house, key) == [(1, "business", "approved"), (2, "counsel", "approved"), (3, "leader", "approved")]
    with house.work("lin") as work:
        pdf = frozen_pdf(work, work.get(DocumentVersion, key))
        bound = set(work.session.scalars(select(Approval.approved_digest)))
        actions = list(work.session.scalars(select(AuditEvent.action)))
        item = work.get(EvidenceItem, version.pdf_evidence_id or "")
    assert bound == {hashlib.sha256(pdf).hexdigest()} == {version.approved_digest}
    assert (item.package_id, item.kind, item.stamps) == (version.pdf_package_id, "documentary", 1)
    assert actions.count("approval.given") == 3
    assert "document_version.approve" in actions
    assert not list((house.folder / "captures").rglob("*.pdf"))


def test_the_frozen_paper_is_for_the_cases_people_alone(house: House) -> None:
    key = house.statement()
    house.approve(key, "he", "zhou", "han")
    item_id = version_of(house, key).pdf_evidence_id or ""
    with house.work("gao") as work:
        assert work.get(EvidenceItem, item_id)
    with pytest.raises(NotFoundError), house.work("outside") as work:
        work.get(EvidenceItem, item_id)
    with house.work("outside") as work:
        seen = work.session.scalars(work.visible(select(EvidenceItem.id), EvidenceItem))
        assert item_id not in set(seen)


@pytest.mark.parametrize(
    ("given", "login", "refusal"),
    [
        ((), "gao", SecondPersonRequiredError),  # the author
        ((), "zhou", PermissionDeniedError),  # counsel at the step of business
        ((), "xu", PermissionDeniedError),
        (("he",), "he", SecondPersonRequiredError),
        (("lin",), "lin", SecondPersonRequiredError),  # one person, two roles: not two people
        (("he",), "gao", SecondPersonRequiredError),
        (("he", "zhou"), "lin", PermissionDeniedError),  # the leader's step
        (("he", "zhou", "han"), "han", WorkflowRefusedError),  # over
        ((), "outside", NotFoundError),
    ],
)
def test_who_may_not_decide(house: House, given: tuple[str, ...], login: str, refusal: type[CaseError]) -> None:
    key = house.statement()
    house.approve(key, *given)
    before = decisions(house, key)
    with pytest.raises(refusal) as refused:
        approve_document(house.ports, house[login], key)
    assert refused.value.message("zh")
    with pytest.raises(refusal), house.work(login) as work:
        return_document(work, work.session.get_one(DocumentVersion, key), reason="x")
    assert decisions(house, key) == before


def test_a_stranger_and_a_machine_decide_nothing(house: House) -> None:
    key = house.statement()
    with pytest.raises(NotFoundError):
        approve_document(house.ports, stranger(house), key)
    with pytest.raises(SecondPersonRequiredError):
        approve_document(house.ports, approvals.Actor("robot", "robot", frozenset({"system"}), kind="system"), key)


def test_a_draft_cannot_be_approved(house: House) -> None:
    with house.work("gao") as work:
        facts = statement_sample()
        facts.pop("number")
        case = work.get(documents.Case, house.case_id)
        key = documents.draft_document(work, case, "clarification_statement", facts).id
    with pytest.raises(WorkflowRefusedError):
        approve_document(house.ports, house["he"], key)


@pytest.mark.parametrize("login", ["he", "lin"])
def test_whoever_may_decide_may_send_back_with_a_reason(house: House, login: str) -> None:
    key = house.statement()
    with pytest.raises(ReasonRequiredError), house.work(login) as work:
        return_document(work, work.get(DocumentVersion, key), reason=" ")
    assert decisions(house, key) == []
    with house.work(login) as work:
        return_document(work, work.get(DocumentVersion, key), reason="第二句没有证据")
    assert version_of(house, key).status == "changes_requested"
    assert decisions(house, key) == [(1, "business", "changes")]
    with house.ports.sessions() as session:
        assert "document_version.request_changes" in set(session.scalars(select(AuditEvent.action)))
    with pytest.raises(WorkflowRefusedError):
        approve_document(house.ports, house["lin" if login == "he" else "he"], key)
    with house.work("gao") as work:
        facts = statement_sample()
        facts.pop("number")
        document = work.get(Document, version_of(house, key).document_id)
        second = documents.redraft_document(work, document, facts, note=None)
        documents.submit_document(work, second)
    house.approve(second.id, "he", "zhou", "han")
    assert version_of(house, second.id).status == "approved"
    assert version_of(house, key).status == "superseded"


def test_a_paper_that_prints_otherwise_than_submitted_is_not_frozen(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = house.statement()
    house.approve(key, "he", "zhou")
    monkeypatch.setattr(approvals, "render_pdf", lambda _version: b"%PDF-other")
    with pytest.raises(NotApprovedBytesError):
        approve_document(house.ports, house["han"], key)
    assert version_of(house, key).status == "in_review"
    assert list(house.ports.store.packages()) == []


def test_a_full_disk_at_freezing_approves_nothing_and_can_be_repeated(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = house.statement()
    house.approve(key, "he", "zhou")
    with monkeypatch.context() as patch:

        def full(*_: Any, **__: Any) -> Any:
            raise DiskFullError("documents")

        patch.setattr(approvals, "seal_files", full)
        with pytest.raises(DiskFullError) as refused:
            approve_document(house.ports, house["han"], key)
    assert refused.value.message("zh")
    assert version_of(house, key).status == "in_review"
    assert len(decisions(house, key)) == 2
    assert not list((house.folder / "captures").rglob("*.pdf"))
    assert approve_document(house.ports, house["han"], key)


def meanwhile(house: House, monkeypatch: pytest.MonkeyPatch, deed: Callable[[], None]) -> None:
    """Let something happen between the two transactions of the last approval."""
    freeze = approvals._freeze

    def slow(*args: Any) -> Any:
        sealed = freeze(*args)
        monkeypatch.setattr(approvals, "_freeze", freeze)
        deed()
        return sealed

    monkeypatch.setattr(approvals, "_freeze", slow)


def test_an_approval_overtaken_by_another_approves_once(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    post = house.rumor()
    _notice, key = house.notice(post)
    house.approve(key, "lin")
    meanwhile(house, monkeypatch, lambda: house.approve(key, "han"))
    with pytest.raises(WorkflowRefusedError):
        approve_document(house.ports, house["wei"], key)
    version = version_of(house, key)
    assert [row[2] for row in decisions(house, key)] == ["approved", "approved"]
    assert (version.status, version.approved_by) == ("approved", house["han"].user_id)
    with house.work("lin") as work:
        assert hashlib.sha256(frozen_pdf(work, work.get(DocumentVersion, key))).hexdigest() == version.approved_digest
        papers = select(EvidenceItem).where(EvidenceItem.package_id == version.pdf_package_id)
        assert len(work.session.scalars(papers).all()) == 1


def test_an_approval_overtaken_by_a_return_or_a_new_version_is_refused(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = house.statement()
    house.approve(key, "he", "zhou")

    def redraft() -> None:
        with house.work("gao") as work:
            facts = statement_sample()
            facts.pop("number")
            document = work.get(Document, version_of(house, key).document_id)
            documents.redraft_document(work, document, facts, note=None)

    meanwhile(house, monkeypatch, redraft)
    with pytest.raises(WorkflowRefusedError):
        approve_document(house.ports, house["han"], key)
    assert version_of(house, key).status == "superseded"
    assert len(decisions(house, key)) == 2


def test_two_approvers_at_once_fill_one_step(house: House) -> None:
    """Both may decide the first step of a notice; the second of them decides the second step, or is refused."""
    post = house.rumor()
    _notice, key = house.notice(post)
    start = threading.Barrier(3)
    failures: list[CaseError] = []

    def decide(login: str) -> None:
        start.wait()
        try:
            approve_document(house.ports, house[login], key)
        except (ConflictError, WorkflowRefusedError) as refused:
            failures.append(refused)

    threads = [threading.Thread(target=decide, args=(login,)) for login in ("lin", "han", "wei")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    steps = [row[0] for row in decisions(house, key)]
    assert steps == sorted(set(steps))
    assert len(steps) <= 2
    assert len(failures) == 3 - len(steps)
    assert version_of(house, key).status == ("approved" if len(steps) == 2 else "in_review")


@pytest.mark.parametrize(
    "tampering",
    [
        "UPDATE document_versions SET approved_digest = '{zeros}'",
        "UPDATE document_versions SET model = replace(CAST(model AS text), '石蜡', '黄油'){json}",
        "UPDATE document_versions SET status = 'approved'",
    ],
)
def test_a_tampered_version_is_not_given_out(house: House, tampering: str) -> None:
    key = house.statement()
    house.approve(key, "he", "zhou")
    if "status" not in tampering:
        house.approve(key, "han")
    sqlite = house.ports.engine.dialect.name == "sqlite"
    with house.ports.engine.begin() as connection:
        triggers = ("document_versions_text", "document_versions_digest")
        for name in triggers:
            connection.execute(text(f"DROP TRIGGER {name}" + ("" if sqlite else " ON document_versions")))
        connection.execute(text(tampering.format(zeros="0" * 64, json="" if sqlite else "::jsonb")))
    with pytest.raises(NotApprovedBytesError) as refused, house.work("lin") as work:
        frozen_pdf(work, work.get(DocumentVersion, key))
    assert "重新送审" in refused.value.message("zh")
    assert "nothing was sent" in refused.value.message("en")


def test_damaged_frozen_bytes_are_not_given_out(house: House, monkeypatch: pytest.MonkeyPatch) -> None:

    key = house.statement()
    house.approve(key, "he", "zhou", "han")
    monkeypatch.setattr(type(house.ports.store), "open_file", lambda *_: io.BytesIO(b"%PDF-1.7 other"))
    with pytest.raises(NotApprovedBytesError), open_work(house.ports, house["lin"]) as work:
        frozen_pdf(work, work.get(DocumentVersion, key))
