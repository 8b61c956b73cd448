"""What a person records of a notice: receipts, refusals of single addresses, overdue, escalation, counter-notices."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from caseapp.domain.errors import (
    CaseError,
    InvalidInputError,
    MissingBeforeError,
    NotFoundError,
    PermissionDeniedError,
    ReasonRequiredError,
    SecondPersonRequiredError,
    StaleVersionError,
    WorkflowRefusedError,
)
from caseapp.models import (
    Capture,
    CounterNotice,
    Deadline,
    Dispatch,
    EvidenceItem,
    Notice,
    NoticeEvent,
    NoticeItem,
    Platform,
)
from caseapp.services import conduct, notice_steps
from caseapp.services.dispatches import submit_notice
from caseapp.services.proofs import file_type, keep_upload, seal_upload
from caseapp.services.work import Work
from tests.caseapp.services.house import URL, House, paper, stranger

DAY = timedelta(days=1)


@pytest.fixture
def notice_id(house: House) -> str:
    key, _version = house.authorised(house.rumor(), house.rumor(URL + "x"))
    with house.work("zhou") as work:
        submit_notice(work, work.get(Notice, key), channel="web_form", recipient="微汛", address=None)
    assert all(house.run_jobs())
    return key


def on(house: House, key: str, deed: Callable[..., Any], *args: Any, login: str = "zhou", **facts: Any) -> Any:
    with house.work(login) as work:
        return deed(work, work.get(Notice, key), *args, **facts)


def outcomes(house: House) -> list[str]:
    with house.ports.sessions() as session:
        return list(session.scalars(select(NoticeItem.outcome).order_by(NoticeItem.id)))


def events(house: House) -> list[str]:
    with house.ports.sessions() as session:
        return list(session.scalars(select(NoticeEvent.event).order_by(NoticeEvent.seq)))


def received(house: House, key: str, **facts: Any) -> None:
    on(house, key, notice_steps.take_receipt, "WX-1", **facts)


def test_a_receipt_starts_the_clock_and_proves_that_the_paper_arrived(house: House, notice_id: str) -> None:
    arrived = house.clock.now - timedelta(minutes=5)
    with house.work("lin") as work:
        work.change(work.session.scalars(select(Platform)).one(), stated_sla_hours=48)
    sealed = seal_upload(house.ports, paper("回执", "平台回执"), name="回执.pdf", purpose="平台回执")
    with house.work("zhou") as work:
        notice = work.get(Notice, notice_id)
        item = keep_upload(work, sealed, notice, title="平台回执", proves="到达")
        notice_steps.take_receipt(work, notice, "WX-1", at=arrived, evidence_id=item.id)
    notice = house.read(Notice, notice_id)
    assert (notice.due_at, notice.due_rule) == (arrived + 2 * DAY, conduct.STATED)
    with house.ports.sessions() as session:
        assert session.scalars(select(Dispatch.status)).one() == "delivered"
        assert session.scalars(select(EvidenceItem.seal_state).where(EvidenceItem.id == item.id)).one() == "stamped"
    with house.work("han") as work:
        assert work.get(EvidenceItem, item.id).kind == "documentary"


def test_without_a_stated_time_the_last_prompt_counts(house: House, notice_id: str) -> None:
    received(house, notice_id)
    notice = house.read(Notice, notice_id)
    assert notice.due_at == notice.arrived_at + 3 * DAY
    assert notice.due_rule == conduct.PROMPTS


@pytest.mark.parametrize(("days", "words"), [(1, "晚于现在"), (-9, "早于")])
def test_a_receipt_of_an_impossible_time_is_refused(house: House, notice_id: str, days: int, words: str) -> None:
    with pytest.raises(InvalidInputError) as refused:
        received(house, notice_id, at=house.clock.now + days * DAY)
    assert words in refused.value.message("zh")


def test_overdue_is_said_after_the_moment_only(house: House, notice_id: str) -> None:
    with pytest.raises(InvalidInputError, match="no time runs"):
        on(house, notice_id, conduct.mark_overdue)
    received(house, notice_id)
    with pytest.raises(InvalidInputError, match="not over"):
        on(house, notice_id, conduct.mark_overdue)
    house.clock.now += 4 * DAY
    on(house, notice_id, conduct.mark_overdue)
    assert house.read(Notice, notice_id).status == "overdue"
    with pytest.raises(WorkflowRefusedError):
        on(house, notice_id, conduct.mark_overdue)


def test_some_addresses_refused_others_removed(house: House, notice_id: str) -> None:
    received(house, notice_id)

    def refuse(work: Work, notice: Notice) -> None:
        first = conduct.items_of(work, notice)[:1]
        conduct.record_item_refusal(work, notice, first, words="需提供司法文书")

    def remove(work: Work, notice: Notice) -> None:
        conduct.record_measure(work, notice, "partial", words="已删除", items=conduct.items_of(work, notice)[1:])

    on(house, notice_id, refuse)
    on(house, notice_id, remove)
    assert outcomes(house) == ["refused", "removed"]
    with pytest.raises(WorkflowRefusedError):
        on(house, notice_id, refuse)
    assert events(house)[-2:] == ["item_refused", "measure_taken"]


def test_escalation_names_its_way_and_reason(house: House, notice_id: str) -> None:
    received(house, notice_id)
    on(house, notice_id, conduct.record_refusal, words="不予处理")
    with pytest.raises(ReasonRequiredError):
        on(house, notice_id, notice_steps.escalate_notice, "regulator", reason=" ")
    with pytest.raises(InvalidInputError):
        on(house, notice_id, notice_steps.escalate_notice, "bribe", reason="x")
    with pytest.raises(PermissionDeniedError):
        on(house, notice_id, notice_steps.escalate_notice, "regulator", reason="x", login="he")
    on(house, notice_id, notice_steps.escalate_notice, "regulator", reason="拒绝理由不成立")
    notice = house.read(Notice, notice_id)
    assert (notice.status, notice.escalation) == ("escalated", "regulator")


def test_a_counter_notice_runs_its_period_and_two_decide(house: House, notice_id: str) -> None:
    received(house, notice_id)

    def arrive(work: Work, notice: Notice, **facts: Any) -> CounterNotice:
        said = {"forwarded_by": "微汛", "claimant": "食安小喇叭", "grounds": "所述属实", **facts}
        item = conduct.items_of(work, notice)[0]
        return notice_steps.receive_counter_notice(work, notice, item, **{"received_at": work.now, **said})

    with pytest.raises(InvalidInputError):
        on(house, notice_id, arrive, received_at=house.clock.now + DAY)
    row = on(house, notice_id, arrive)
    with pytest.raises(CaseError):
        on(house, notice_id, notice_steps.take_step, "lapse")
    assert row.period_due_at > house.clock.now + 14 * DAY
    with house.work("zhou") as work, pytest.raises(MissingBeforeError):
        notice_steps.decide_counter_notice(work, work.get(CounterNotice, row.id), reason="x")
    with house.work("zhou") as work:
        notice_steps.propose_decision(work, work.get(CounterNotice, row.id), "sue")
    with pytest.raises(SecondPersonRequiredError), house.work("zhou") as work:
        notice_steps.decide_counter_notice(work, work.get(CounterNotice, row.id), reason="证据充分")
    with house.work("han") as work:
        notice_steps.decide_counter_notice(work, work.get(CounterNotice, row.id), reason="证据充分")
    assert house.read(CounterNotice, row.id).status == "sue"
    on(house, notice_id, notice_steps.take_step, "sue", words="已立案")
    with house.ports.sessions() as session:
        periods = session.scalars(select(Deadline.status).where(Deadline.rule_id == notice_steps.PERIOD)).all()
        assert periods == ["met"]


def test_a_period_that_passed_lapses_and_the_platform_restores(house: House, notice_id: str) -> None:
    received(house, notice_id)
    on(house, notice_id, conduct.record_measure, "full", words="已删除")

    def arrive(work: Work, notice: Notice) -> None:
        item = conduct.items_of(work, notice)[0]
        more = {"forwarded_by": "", "claimant": "", "grounds": ""}
        notice_steps.receive_counter_notice(work, notice, item, received_at=work.now, **more)

    on(house, notice_id, arrive)
    house.clock.now += 20 * DAY
    on(house, notice_id, notice_steps.take_step, "lapse")
    on(house, notice_id, notice_steps.take_step, "restore", words="平台恢复")
    assert outcomes(house) == ["restored", "restored"]
    assert house.read(Notice, notice_id).status == "restored"


def test_withdrawing_needs_that_we_were_wrong_and_says_why(house: House, notice_id: str) -> None:
    with pytest.raises(WorkflowRefusedError):
        on(house, notice_id, notice_steps.take_step, "withdraw", words="x")
    with pytest.raises(ReasonRequiredError):
        on(house, notice_id, notice_steps.take_step, "invalidate")
    on(house, notice_id, notice_steps.take_step, "invalidate", words="作者已自行更正")
    on(house, notice_id, notice_steps.take_step, "withdraw", words="作者已自行更正")
    assert outcomes(house) == ["withdrawn", "withdrawn"]
    with pytest.raises(InvalidInputError):
        on(house, notice_id, notice_steps.recheck)
    with pytest.raises(InvalidInputError):
        on(house, notice_id, notice_steps.take_step, "authorise")


def test_a_recheck_orders_each_address_once(house: House, notice_id: str) -> None:
    assert on(house, notice_id, notice_steps.recheck) == 2
    assert on(house, notice_id, notice_steps.recheck) == 2
    with house.ports.sessions() as session:
        rows = session.scalars(select(Capture).where(Capture.purpose == "verify_takedown")).all()
    assert len(rows) == 2
    assert all(row.notice_item_id and row.case_id for row in rows)


def test_a_stale_tab_and_a_stranger_are_refused(house: House, notice_id: str) -> None:
    with pytest.raises(StaleVersionError):
        notice_steps.check_seen(house.read(Notice, notice_id), 1)
    house.people["stranger"] = stranger(house)
    with pytest.raises(NotFoundError):
        on(house, notice_id, notice_steps.recheck, login="stranger")


@pytest.mark.parametrize(
    ("data", "words"),
    [(b"", "空"), (b"MZ\x90\x00", "只收"), (b"<svg onload=alert(1)>", "只收"), (b"%PDF-" + b"0" * 2**24, "16 MB")],
)
def test_a_file_that_is_no_proof_is_refused(data: bytes, words: str) -> None:
    with pytest.raises(InvalidInputError) as refused:
        file_type(data)
    assert words in refused.value.message("zh")
    assert file_type(b"RIFF\x00\x00\x00\x00WEBPVP8 ") == "webp"
