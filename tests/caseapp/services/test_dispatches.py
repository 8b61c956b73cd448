"""Hop 8: an approved paper leaves once, byte for byte; a crash between sending and recording sends no second time."""

from __future__ import annotations

import hashlib
import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select, text, update

from caseapp import jobs
from caseapp.domain.errors import (
    InvalidInputError,
    MissingBeforeError,
    NotFoundError,
    PermissionDeniedError,
    WorkflowRefusedError,
)
from caseapp.models import AuditEvent, Dispatch, DocumentVersion, Job, Notice
from caseapp.outbox import LocalOutbox
from caseapp.services import dispatches
from caseapp.services.approvals import NotApprovedBytesError
from caseapp.services.dispatches import dispatch_document, record_arrival, retry_dispatch, submit_notice
from caseapp.services.jobs import LEASE, sweep_jobs
from caseapp.services.notices import authorise_notice
from caseapp.services.work import Actor, open_work, system_actor
from tests.caseapp.services.house import House, stranger, version_of


@pytest.fixture
def version_id(house: House) -> str:
    key = house.statement()
    house.approve(key, "he", "zhou", "han")
    return key


def send(house: House, key: str, *, login: str = "lin", recipient: str = "官网", channel: str = "outbox") -> str:
    with house.work(login) as work:
        version = work.get(DocumentVersion, key)
        return dispatch_document(work, version, channel=channel, recipient=recipient).id


def envelopes(house: House) -> list[Path]:
    folder = house.folder / "outbox"
    return sorted(path for path in folder.iterdir()) if folder.exists() else []


def test_what_leaves_is_what_was_approved(house: House, version_id: str) -> None:
    key = send(house, version_id)
    assert send(house, version_id) == key
    assert house.run_jobs() == [True]
    row, version = house.read(Dispatch, key), version_of(house, version_id)
    (envelope,) = envelopes(house)
    (paper,) = envelope.glob("*.pdf")
    digest = hashlib.sha256(paper.read_bytes()).hexdigest()
    assert digest == version.approved_digest == row.sent_digest
    assert (row.status, row.tracking, version.status) == ("sent", envelope.name, "dispatched")
    proof = json.loads((envelope / "proof.json").read_text("utf-8"))
    assert proof["digest"] == digest
    assert row.sent_at.isoformat() == proof["at"]
    with house.ports.sessions() as session:
        actions = set(session.scalars(select(AuditEvent.action)))
    assert {"dispatch.queued", "dispatch.send", "dispatch.recorded", "document_version.dispatch"} <= actions
    assert send(house, version_id) == key
    assert house.run_jobs() == []


def test_another_recipient_is_another_dispatch(house: House, version_id: str) -> None:
    first = send(house, version_id)
    house.run_jobs()
    second = send(house, version_id, recipient="微汛")
    assert second != first
    assert house.run_jobs() == [True]
    assert len(envelopes(house)) == 2


def test_killed_between_sending_and_recording_it_is_sent_once(
    house: House, version_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = send(house, version_id)

    class Killed(BaseException):
        """Stands for SIGKILL: nothing of ours runs after it."""

    def die(*_: Any) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(dispatches, "_record_sent", die)
        with pytest.raises(Killed):
            house.run_jobs()
    (envelope,) = envelopes(house)
    first = (envelope / "proof.json").read_bytes()
    assert (house.read(Dispatch, key).status, house.job(key).status) == ("queued", "running")
    house.clock.now += LEASE + timedelta(seconds=1)
    with open_work(house.ports, system_actor("scheduler")) as work:
        sweep_jobs(work)
    assert house.run_jobs() == [True]
    assert envelopes(house) == [envelope]
    assert (envelope / "proof.json").read_bytes() == first
    row = house.read(Dispatch, key)
    assert row.status == "sent"
    assert row.sent_at < house.clock.now - LEASE


def test_a_late_worker_records_nothing_after_another_did(house: House, version_id: str) -> None:
    key = send(house, version_id)
    outbox = house.ports.outbox

    class Slow:
        """The lease runs out while the sender is at it, and another worker does the whole job."""

        def send(self, envelope: Any) -> Any:
            house.ports.outbox = outbox
            house.clock.now += LEASE + timedelta(seconds=1)
            with open_work(house.ports, system_actor("scheduler")) as work:
                sweep_jobs(work)
            assert jobs.perform(house.ports, house.job(key).id)
            return outbox.send(envelope)

    house.ports.outbox = Slow()
    assert house.run_jobs()[0] is False
    assert len(envelopes(house)) == 1
    assert (house.read(Dispatch, key).status, house.job(key).status) == ("sent", "done")


@pytest.mark.parametrize("column", ["approved_digest", "text_digest"])
def test_a_tampered_version_never_leaves(house: House, version_id: str, column: str) -> None:
    key = send(house, version_id)
    sqlite = house.ports.engine.dialect.name == "sqlite"
    with house.ports.engine.begin() as connection:
        for name in ("document_versions_text", "document_versions_digest"):
            connection.execute(text(f"DROP TRIGGER {name}" + ("" if sqlite else " ON document_versions")))
        connection.execute(update(DocumentVersion).values({column: "0" * 64}))
    assert house.run_jobs() == [False]
    assert envelopes(house) == []
    row = house.read(Dispatch, key)
    assert (row.status, house.job(key).error_code) == ("failed", NotApprovedBytesError.code)
    assert "未发出任何内容" in row.error
    assert "nothing was sent" in row.error


def test_a_version_withdrawn_while_it_waited_never_leaves(house: House, version_id: str) -> None:
    key = send(house, version_id)
    with house.work("gao") as work:
        work.transition(dispatches.workflow.DOCUMENT_VERSION, work.get(DocumentVersion, version_id), "supersede")
    assert house.run_jobs() == [False]
    assert (envelopes(house), house.read(Dispatch, key).status) == ([], "failed")


def test_an_outbox_that_cannot_be_written_is_tried_again_then_fails_and_can_be_retried(
    house: House, version_id: str
) -> None:
    blocked = house.folder / "blocked"
    blocked.write_text("a file where the folder should be")
    house.ports.outbox = LocalOutbox(blocked, house.ports.clock)
    key = send(house, version_id)
    for attempt in (1, 2, 3):
        assert not jobs.perform(house.ports, house.job(key).id)
        assert house.read(Dispatch, key).status == ("failed" if attempt == 3 else "queued")
        house.clock.now += timedelta(minutes=2)
    assert "发件箱" in house.read(Dispatch, key).error
    house.ports.outbox = LocalOutbox(house.folder / "outbox", house.ports.clock)
    house.ports.queue.pushed.clear()
    with house.work("lin") as work:
        retry_dispatch(work, work.get(Dispatch, key))
    assert house.run_jobs() == [True]
    assert house.read(Dispatch, key).status == "sent"
    with pytest.raises(WorkflowRefusedError), house.work("lin") as work:
        retry_dispatch(work, work.get(Dispatch, key))


def test_a_dispatch_whose_workers_kept_dying_says_so(house: House, version_id: str) -> None:
    key = send(house, version_id)
    with house.ports.engine.begin() as connection:
        connection.execute(text("UPDATE jobs SET status = 'failed' WHERE kind = 'dispatch'"))
    jobs.tick(house.ports)
    row = house.read(Dispatch, key)
    assert row.status == "failed"
    assert "重发" in row.error


def test_an_unapproved_paper_an_unknown_channel_and_the_wrong_people_are_refused(house: House) -> None:
    draft = house.statement()
    with pytest.raises(InvalidInputError):
        send(house, draft)
    house.approve(draft, "he", "zhou", "han")
    with pytest.raises(InvalidInputError):
        send(house, draft, channel="pigeon")
    for login in ("gao", "he", "han"):
        with pytest.raises(PermissionDeniedError):
            send(house, draft, login=login)
    for actor in (house["outside"], stranger(house)):
        refused_all(house, actor, draft)
    with house.ports.sessions() as session:
        assert session.scalar(select(func.count()).select_from(Dispatch)) == 0
        assert session.scalar(select(func.count()).select_from(Job).where(Job.kind == "dispatch")) == 0


def refused_all(house: House, actor: Actor, key: str) -> None:
    with open_work(house.ports, actor) as work, pytest.raises(NotFoundError):
        dispatch_document(work, work.session.get_one(DocumentVersion, key), channel="outbox", recipient="x")


def test_arrival_needs_its_proof_and_is_recorded_once(house: House, version_id: str) -> None:
    key = send(house, version_id)
    with pytest.raises(WorkflowRefusedError), house.work("lin") as work:
        record_arrival(work, work.get(Dispatch, key), note="早了")
    house.run_jobs()
    with pytest.raises(MissingBeforeError), house.work("lin") as work:
        record_arrival(work, work.get(Dispatch, key), note="  ")
    proof = house.paper("证7-1", "回执", exhibit=False)
    with house.work("lin") as work:
        record_arrival(work, work.get(Dispatch, key), note="对方签收", evidence_id=proof)
    row = house.read(Dispatch, key)
    assert (row.status, row.arrival_note, row.arrival_evidence_id) == ("delivered", "对方签收", proof)
    assert version_of(house, version_id).status == "delivered"
    with pytest.raises(WorkflowRefusedError), house.work("lin") as work:
        record_arrival(work, work.get(Dispatch, key), note="又一次")


def test_a_notice_leaves_only_when_authorised_and_once(house: House) -> None:
    notice_id, version_id = house.notice(house.rumor())
    house.approve(version_id, "lin", "han")
    with pytest.raises(WorkflowRefusedError), house.work("zhou") as work:
        submit_notice(work, work.get(Notice, notice_id), channel="outbox", recipient="微汛", address=None)
    with pytest.raises(InvalidInputError) as refused:
        send(house, version_id)
    assert "尚未批准提交" in refused.value.message("zh")
    with house.ports.sessions() as session:
        assert session.scalar(select(func.count()).select_from(Dispatch)) == 0
    with house.work("han") as work:
        authorise_notice(work, work.get(Notice, notice_id))
    keys = set()
    for _ in range(2):
        with house.work("zhou") as work:
            notice = work.get(Notice, notice_id)
            keys.add(submit_notice(work, notice, channel="web_form", recipient="微汛", address="https://x").id)
    assert len(keys) == 1
    assert house.run_jobs() == [True]
    notice = house.read(Notice, notice_id)
    assert (notice.status, notice.channel, notice.submitted_by) == ("submitted", "web_form", house["zhou"].user_id)
    assert house.read(Dispatch, keys.pop()).sent_digest == version_of(house, version_id).approved_digest
