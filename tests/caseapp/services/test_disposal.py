"""Disposal takes two people, a basis, a period that has passed and nothing that stands against it; holds win races."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from caseapp.domain.errors import (
    CaseError,
    InvalidInputError,
    MissingBeforeError,
    PermissionDeniedError,
    ReasonRequiredError,
    SecondPersonRequiredError,
    WorkflowRefusedError,
)
from caseapp.models import AuditEvent, Case, CustodyEvent, Disposal, DocumentVersion, EvidenceItem, Exhibit
from caseapp.services import disposal, handovers
from caseapp.services.disposal import DisposalBarredError
from caseapp.services.disposal_bars import bars, period_of
from caseapp.services.evidence import add_exhibit
from caseapp.services.filing import Place, file_items
from caseapp.services.handovers import Terms
from caseapp.services.holds import AlreadyDisposedError, hold_case, hold_evidence
from caseapp.services.integrity import check_records
from tests.caseapp.services.house import House

WHY = {"reason": "保管期限届满", "basis": "待核：个人信息保护法第四十七条"}
YEARS = timedelta(days=366 * 11)


def settle(house: House, status: str = "closed") -> None:
    ended = {"close_reason": "判决生效", "close_requested_by": "a", "closed_by": "b", "closed_at": house.clock()}
    more = {"archived_at": house.clock()} if status == "archived" else {}
    house.world.make(lambda work: work.change(work.get(Case, house.case_id), status=status, **ended, **more))


def ripe(house: House, label: str = "证5-1", *, status: str = "closed", **more: Any) -> str:
    """An item of a closed case, filed for ten years, eleven years ago."""
    key = house.paper(label, **more)
    with house.work("xu") as work:
        file_items(work, [work.get(EvidenceItem, key)], Place("谷屿", "证据", "years_10"))
    settle(house, status)
    house.clock.now += YEARS
    return key


def asked(house: House, key: str, login: str = "xu", **more: Any) -> Disposal:
    with house.work(login) as work:
        return disposal.request_disposal(work, work.get(EvidenceItem, key), **{**WHY, **more})


def approved(house: House, key: str, login: str = "han") -> Disposal:
    with house.work(login) as work:
        return disposal.approve_disposal(work, work.get(EvidenceItem, key), reason="同意")


def codes(house: House, key: str) -> list[str]:
    with house.work("xu") as work:
        return [one.code for one in bars(work, work.get(EvidenceItem, key))]


def test_two_people_and_a_basis_and_every_word_is_kept(house: House) -> None:
    key = ripe(house)
    before = house.read(EvidenceItem, key).status
    for wrong, refusal in (
        ({"reason": " "}, ReasonRequiredError), ({"basis": " "}, MissingBeforeError),
        ({"reason": "长" * 1001}, InvalidInputError), ({"basis": "长" * 1001}, InvalidInputError),
    ):  # fmt: skip
        with pytest.raises(refusal):
            asked(house, key, **wrong)
    with pytest.raises(PermissionDeniedError):
        asked(house, key, "gao")
    made = asked(house, key)
    assert (made.no, made.basis, made.requested_name) == (
        f"处-{house.clock().year}-0001",
        WHY["basis"],
        house["xu"].display,
    )
    with pytest.raises(WorkflowRefusedError):
        asked(house, key, "lin")
    with pytest.raises(SecondPersonRequiredError):
        approved(house, key, "xu")
    with pytest.raises(PermissionDeniedError):
        approved(house, key, "lin")
    with pytest.raises(ReasonRequiredError), house.work("han") as work:
        disposal.refuse_disposal(work, work.get(EvidenceItem, key), reason="")
    with house.work("han") as work:
        disposal.refuse_disposal(work, work.get(EvidenceItem, key), reason="另案可能用到")
    assert (house.read(EvidenceItem, key).status, before) == ("in_use", "in_use")
    again = asked(house, key)
    with house.work("lin") as work:
        disposal.withdraw_disposal(work, work.get(EvidenceItem, key), reason="误点")
    assert house.read(EvidenceItem, key).status == "in_use"
    assert house.read(Disposal, again.id).decision == "withdrawn"
    last = asked(house, key)
    approved(house, key)
    row = house.read(Disposal, last.id)
    assert (row.decision, row.decided_name, row.decision_reason) == ("approved", house["han"].display, "同意")
    item = house.read(EvidenceItem, key)
    assert (item.status, item.disposed_by, item.disposal_requested_by) == ("disposed", house["han"].user_id,
                                                                         house["xu"].user_id)  # fmt: skip
    with house.ports.sessions() as session:
        told = list(session.scalars(select(AuditEvent.action).where(AuditEvent.object_id == last.id)))
    assert told[:2] == ["disposal.requested", "disposal.decided"]
    assert check_records(house.ports).ok


def test_what_stands_against_it_is_said_in_words_that_help(house: House) -> None:
    key = house.paper("证5-1")
    assert codes(house, key) == ["case-open", "no-period"]
    with pytest.raises(DisposalBarredError) as refused:
        asked(house, key)
    assert "先归档并选定期限" in refused.value.message("zh")
    assert "file it with one first" in refused.value.message("en")
    for term, code in (("permanent", "permanent"), ("years_30", "period"), ("years_10", "period")):
        with house.work("xu") as work:
            file_items(work, [work.get(EvidenceItem, key)], Place("谷屿", "证据", term))
        assert codes(house, key) == ["case-open", code]
    with house.work("xu") as work:
        assert period_of(work, work.get(EvidenceItem, key)).ends.year == house.clock().year + 11
        hold_evidence(work, work.get(EvidenceItem, key), on=True, reason="诉讼中")
    with house.work("lin") as work:
        assert hold_case(work, work.get(Case, house.case_id), on=True, reason="另案") >= 1
    house.clock.now += YEARS
    settle(house)
    assert codes(house, key) == ["hold", "case-hold"]
    with house.work("lin") as work:
        hold_case(work, work.get(Case, house.case_id), on=False, reason="另案已结")
        hold_evidence(work, work.get(EvidenceItem, key), on=False, reason="已结")
    assert codes(house, key) == []
    with house.ports.sessions() as session:
        kinds = list(
            session.scalars(select(CustodyEvent.type).where(CustodyEvent.evidence_id == key).order_by(CustodyEvent.seq))
        )
    assert kinds[-4:] == ["hold_set", "hold_set", "hold_clear", "hold_clear"]
    assert check_records(house.ports).ok


def test_a_case_nobody_here_sees_counts_and_stays_unnamed(house: House) -> None:
    key = ripe(house)
    other = house.world.case((house["zhou"], "lead"))
    with house.work("zhou") as work:
        work.session.add(Exhibit(case_id=other, evidence_id=key, exhibit_no="证1-1"))
    with house.work("xu") as work:
        found = bars(work, work.get(EvidenceItem, key))
        number = work.session.get_one(Case, other).no
    assert [one.code for one in found] == ["case-open"]
    assert number not in found[0].words.zh


@pytest.mark.full
def test_what_is_derived_from_it_goes_first_or_stays_on_purpose(house: House) -> None:
    child = house.paper("证5-2", "遮盖件")
    key = ripe(house)
    house.world.make(lambda work: work.change(work.get(EvidenceItem, child), derived_from_id=key))
    assert codes(house, key) == ["derived"]
    with pytest.raises(DisposalBarredError):
        asked(house, key)
    made = asked(house, key, keep_derived=True)
    assert made.kept_derived == [child]
    later = house.paper("证5-3", "后来的遮盖件", exhibit=False)
    house.world.make(lambda work: work.change(work.get(EvidenceItem, later), derived_from_id=key))
    with pytest.raises(DisposalBarredError):  # nobody said this one stays
        approved(house, key)
    house.world.make(lambda work: work.change(work.get(EvidenceItem, later), derived_from_id=None))
    approved(house, key)


@pytest.mark.full
def test_a_paper_not_sent_and_an_original_that_is_out_keep_it(house: House) -> None:
    key = house.paper("证5-1", exhibit=False)
    version_id = house.statement()
    with house.ports.sessions() as session:
        session.get_one(DocumentVersion, version_id).pdf_evidence_id = key
        session.commit()
    assert "unsent" in codes(house, key)
    with house.work("xu") as work:
        terms = Terms("out", "original", 1, "王律师", "起诉", due_back=house.clock().date() + timedelta(days=3))
        made = handovers.hand_over(work, work.get(EvidenceItem, key), terms)
    with house.work("xu") as work:
        found = bars(work, work.get(EvidenceItem, key))
    assert made.no in next(one.words.zh for one in found if one.code == "away")


def test_in_the_archive_it_is_still_filed_held_and_disposed_of(house: House) -> None:
    key = house.paper("证5-1")
    settle(house, "archived")
    with house.work("xu") as work:  # archived before anybody filed it: without a period it would stay for ever
        assert file_items(work, [work.get(EvidenceItem, key)], Place("谷屿", "证据", "years_10")) == 1
        hold_evidence(work, work.get(EvidenceItem, key), on=True, reason="另案")
        hold_evidence(work, work.get(EvidenceItem, key), on=False, reason="另案已结")
    house.clock.now += YEARS
    asked(house, key)
    approved(house, key)
    with pytest.raises(CaseError), house.work("lin") as work:
        add_exhibit(work, work.get(Case, house.case_id), work.get(EvidenceItem, key), "证1-9", group="", proves="")


def test_what_is_disposed_of_is_not_held_exhibited_or_handed_over(house: House) -> None:
    key = ripe(house)
    asked(house, key)
    approved(house, key)
    other = house.world.case((house["lin"], "lead"), (house["xu"], "archivist"))
    for act in (
        lambda work, item: hold_evidence(work, item, on=True, reason="x"),
        lambda work, item: handovers.hand_over(work, item, Terms("out", "copy", 1, "王律师", "起诉")),
        lambda work, item: add_exhibit(work, work.get(Case, other), item, "证1-1", group="", proves=""),
    ):
        with pytest.raises(AlreadyDisposedError) as refused, house.work("xu") as work:
            act(work, work.get(EvidenceItem, key))
    assert "已依法处置" in refused.value.message("zh")


def race(*acts: Callable[[], object]) -> list[str]:
    """Run them at the same moment; what each came to."""
    start, ends = threading.Barrier(len(acts)), [""] * len(acts)

    def run(at: int, act: Callable[[], object]) -> None:
        start.wait()
        try:
            act()
            ends[at] = "done"
        except CaseError as error:
            ends[at] = error.code

    threads = [threading.Thread(target=run, args=(at, act)) for at, act in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return ends


def test_two_approvers_in_one_moment_decide_once(house: House) -> None:
    key = ripe(house)
    asked(house, key, "lin")
    ends = race(lambda: approved(house, key, "han"), lambda: approved(house, key, "xu"))
    assert ends.count("done") == 1
    with house.ports.sessions() as session:
        rows = session.scalars(select(Disposal).where(Disposal.evidence_id == key)).all()
    assert [row.decision for row in rows] == ["approved"]


@pytest.mark.full
def test_a_hold_and_an_approval_in_one_moment_never_both(house: House) -> None:
    def hold_item() -> None:
        with house.work("zhou") as work:
            hold_evidence(work, work.get(EvidenceItem, key), on=True, reason="另案")

    def hold_all() -> None:
        with house.work("lin") as work:
            hold_case(work, work.get(Case, house.case_id), on=True, reason="另案")

    key = ripe(house)
    asked(house, key)
    ends = race(hold_item, lambda: approved(house, key))
    item = house.read(EvidenceItem, key)
    assert "done" in ends
    assert (item.status == "disposed") != item.hold
    key = ripe(house, "证5-9") if item.status == "disposed" else key
    if item.hold:
        with house.work("xu") as work:
            hold_evidence(work, work.get(EvidenceItem, key), on=False, reason="已结")
    else:
        asked(house, key)
    ends = race(hold_all, lambda: approved(house, key))
    item, case = house.read(EvidenceItem, key), house.read(Case, house.case_id)
    assert ends[0] == "done"
    assert case.legal_hold
    with house.ports.sessions() as session:
        told = session.scalars(
            select(CustodyEvent.at).where(CustodyEvent.evidence_id == key, CustodyEvent.type == "hold_set")
        ).all()
    if item.status == "disposed":  # then the approval came first, and the hold told nobody about this item
        assert not [at for at in told if item.disposed_at and at > item.disposed_at]
