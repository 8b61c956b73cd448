"""Hop 9: what platforms do, in their words."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from caseapp.domain.errors import (
    AppendOnlyError,
    InvalidInputError,
    MissingBeforeError,
    NotFoundError,
    PermissionDeniedError,
    ReasonRequiredError,
    WorkflowRefusedError,
)
from caseapp.models import AuditEvent, Notice, NoticeEvent, NoticeItem
from caseapp.services import conduct
from caseapp.services.dispatches import record_outcome, submit_notice
from caseapp.services.evidence import register_files
from caseapp.services.work import Actor, Work, open_work
from tests.caseapp.services.house import URL, House, stranger


@pytest.fixture
def notice_id(house: House) -> str:
    key, _version = house.authorised(house.rumor(), house.rumor(URL + "x"))
    with house.work("zhou") as work:
        submit_notice(work, work.get(Notice, key), channel="outbox", recipient="微汛", address=None)
    return key


def outcome(house: House, key: str, event: str, *, login: str = "zhou", **facts: Any) -> None:
    with house.work(login) as work:
        record_outcome(work, work.get(Notice, key), event, **facts)


def items(house: House) -> list[str]:
    with house.ports.sessions() as session:
        return list(session.scalars(select(NoticeItem.outcome).order_by(NoticeItem.id)))


def test_a_receipt_needs_its_number_and_starts_time_at_arrival(house: House, notice_id: str) -> None:
    with pytest.raises(MissingBeforeError):
        outcome(house, notice_id, "acknowledged", receipt_no=" ")
    assert house.read(Notice, notice_id).status == "submitted"
    arrived = house.clock.now - timedelta(minutes=3)
    proof = house.paper("证7-1", "平台回执", exhibit=False)
    outcome(house, notice_id, "acknowledged", receipt_no="WX-1", at=arrived, evidence_id=proof)
    notice = house.read(Notice, notice_id)
    assert (notice.status, notice.receipt_no, notice.arrived_at, notice.receipt_evidence_id) == (
        "acknowledged", "WX-1", arrived, proof,
    )  # fmt: skip
    with pytest.raises(WorkflowRefusedError):
        outcome(house, notice_id, "acknowledged", receipt_no="WX-2")


def test_a_refusal_keeps_the_platforms_words(house: House, notice_id: str) -> None:
    with pytest.raises(ReasonRequiredError):
        outcome(house, notice_id, "refused", words="  ")
    outcome(house, notice_id, "refused", words="需提供司法文书")
    assert items(house) == ["refused", "refused"]
    with house.ports.sessions() as session:
        assert set(session.scalars(select(NoticeItem.platform_words))) == {"需提供司法文书"}
        assert "notice.refuse" in set(session.scalars(select(AuditEvent.action)))


@pytest.mark.parametrize(("measure", "left"), [("full", "removed"), ("label", "labelled"), ("limited", "limited")])
def test_a_measure_is_what_the_platform_says(house: House, notice_id: str, measure: str, left: str) -> None:
    outcome(house, notice_id, "measure_taken", measure=measure, words="已处置")
    notice = house.read(Notice, notice_id)
    assert (notice.status, notice.measure, items(house)) == ("measure_taken", measure, [left, left])
    assert (notice.first_down_at is None) is (measure != "full")
    outcome(house, notice_id, "checked")
    assert house.read(Notice, notice_id).status == "measure_taken"


def test_a_partial_measure_names_its_addresses_and_the_rest_may_follow(house: House, notice_id: str) -> None:
    with pytest.raises(InvalidInputError):
        outcome(house, notice_id, "measure_taken", measure="partial", words="部分")
    with pytest.raises(InvalidInputError):
        outcome(house, notice_id, "measure_taken", measure="everything", words="x")
    with house.work("zhou") as work:
        notice = work.get(Notice, notice_id)
        first = conduct.items_of(work, notice)[:1]
        record_outcome(work, notice, "measure_taken", measure="partial", words="部分", items=first)
    assert items(house) == ["removed", "pending"]
    outcome(house, notice_id, "measure_taken", measure="full", words="全部")
    assert items(house) == ["removed", "removed"]


def test_an_unknown_outcome_is_refused_with_the_known_ones(house: House, notice_id: str) -> None:
    with pytest.raises(InvalidInputError) as refused:
        outcome(house, notice_id, "forgotten")
    assert "measure_taken" in refused.value.message("zh")
    with pytest.raises(PermissionDeniedError):
        outcome(house, notice_id, "refused", login="gao", words="x")


def test_history_only_grows(house: House, notice_id: str) -> None:
    with house.work("zhou") as work:
        row = work.session.scalars(select(NoticeEvent).order_by(NoticeEvent.seq)).first()
        assert row is not None
        key = row.id
    with pytest.raises(AppendOnlyError), house.work("zhou") as work:
        work.session.get_one(NoticeEvent, key).text = "别的话"
    assert notice_id


def deeds(work: Work, notice: Notice) -> tuple[Callable[[], object], ...]:
    return (
        lambda: conduct.record_event(work, notice, "x"),
        lambda: conduct.record_receipt(work, notice, "x"),
        lambda: conduct.record_refusal(work, notice, words="x"),
        lambda: conduct.record_measure(work, notice, "full", words="x"),
        lambda: conduct.conclude_checks(work, notice),
        lambda: record_outcome(work, notice, "checked"),
        lambda: submit_notice(work, notice, channel="outbox", recipient="x", address=None),
    )


def refused_all(house: House, actor: Actor, key: str) -> None:
    with open_work(house.ports, actor) as work:
        for deed in deeds(work, work.session.get_one(Notice, key)):
            with pytest.raises(NotFoundError):
                deed()


def test_people_outside_the_case_find_nothing(house: House, notice_id: str) -> None:
    refused_all(house, house["outside"], notice_id)
    refused_all(house, stranger(house), notice_id)


def test_evidence_one_may_not_see_proves_nothing_here(house: House, notice_id: str) -> None:
    hidden = house.sealed("x")
    other = stranger(house)
    with open_work(house.ports, other) as work:
        key = register_files(work, hidden, title="x", kind="documentary", source="x").id
    for event, facts in (("acknowledged", {"receipt_no": "1"}), ("refused", {"words": "x"})):
        with pytest.raises(NotFoundError):
            outcome(house, notice_id, event, evidence_id=key, **facts)
    assert house.read(Notice, notice_id).status == "submitted"
