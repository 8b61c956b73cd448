"""The gate before a notice, in the service and in the database; drafting, authorising."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select

from caseapp.domain.errors import (
    AlreadyExistsError,
    InvalidInputError,
    NotFoundError,
    NoticeBarredError,
    PermissionDeniedError,
    SecondPersonRequiredError,
)
from caseapp.models import (
    Appearance,
    Case,
    ClaimEvidence,
    Document,
    EvidenceItem,
    Notice,
    NoticeItem,
    Platform,
    Post,
    RumorClaim,
)
from caseapp.services import notices
from caseapp.services.notices import NoticeUnfoundedError
from caseapp.services.work import Actor, Work, open_work
from tests.caseapp.services.house import QUOTE, URL, House, stranger, version_of


def prepare(house: House, *post_ids: str, login: str = "zhou", **more: Any) -> Notice:
    with house.work(login) as work:
        case, platform = work.get(Case, house.case_id), work.session.scalars(select(Platform)).one()
        chosen = [work.get(Post, key) for key in post_ids]
        return notices.prepare_notice(work, case, platform, chosen, grounds={}, **more)


def change(house: House, model: Any, key: str, **values: Any) -> None:
    def deed(work: Work) -> None:
        work.change(work.session.get_one(model, key), **values)

    house.world.make(deed)


def unlink(model: Any) -> Callable[[House], None]:
    def deed(house: House) -> None:
        with house.ports.sessions() as session:
            keys = list(session.scalars(select(model.id)))
        for key in keys:
            change(house, model, key, voided_at=house.clock.now, voided_by="test", void_reason="错")

    return deed


def mark(model: Any, **values: Any) -> Callable[[House], None]:
    def deed(house: House) -> None:
        with house.ports.sessions() as session:
            keys = list(session.scalars(select(model.id)))
        for key in keys:
            change(house, model, key, **values)

    return deed


@pytest.mark.parametrize("verdict", ["genuine_complaint", "fair_comment"])
def test_a_complaint_or_criticism_enters_no_notice(house: House, verdict: str) -> None:
    post_id = house.rumor(verdict=verdict)
    with pytest.raises(NoticeBarredError) as refused:
        prepare(house, post_id)
    assert "不得列入侵权通知" in refused.value.message("zh")
    with house.ports.sessions() as session:
        assert session.scalars(select(Notice)).all() == []


@pytest.mark.parametrize("verdict", ["genuine_complaint", "fair_comment"])
def test_the_database_refuses_it_by_itself(house: House, verdict: str) -> None:
    good, bad = house.rumor(), house.rumor(URL + "x", verdict=verdict)
    notice = prepare(house, good)
    with pytest.raises(NoticeBarredError), house.work("zhou") as work:
        work.add(NoticeItem(notice_id=notice.id, post_id=bad, attempt_no=1))
    change(house, Post, good, verdict=verdict)
    with pytest.raises(NoticeBarredError), house.work("han") as work:
        work.transition(notices.workflow.NOTICE, work.get(Notice, notice.id), "authorise")


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (mark(Post, verdict=None), ("尚未定性", "verdict")),
        (mark(Post, stance="debunk"), ("辟谣", "debunks")),
        (mark(RumorClaim, verdict=None), ("尚未认定不实", "not found false")),
        (mark(RumorClaim, verdict="true"), ("尚未认定不实", "not found false")),
        (mark(ClaimEvidence, supports=True), ("没有反驳证据", "no counter-evidence")),
        (unlink(ClaimEvidence), ("没有反驳证据", "no counter-evidence")),
        (unlink(Appearance), ("没有确认的谣言主张", "no confirmed rumor claim")),
        (mark(EvidenceItem, seal_state="mismatch"), ("没有封存的取证", "no sealed capture")),
        (mark(EvidenceItem, package_id=None), ("没有封存的取证", "no sealed capture")),
    ],
)
def test_what_is_missing_is_named(house: House, spoil: Callable[[House], None], said: tuple[str, str]) -> None:
    post_id = house.rumor()
    spoil(house)
    with pytest.raises(NoticeUnfoundedError) as refused:
        prepare(house, post_id)
    assert said[0] in refused.value.message("zh")
    assert said[1] in refused.value.message("en")


def test_another_platforms_post_and_no_post_are_refused(house: House) -> None:
    post_id = house.rumor()
    other = house.world.platform(name="知野", domain="zhiye.test")
    with house.work("zhou") as work:
        case, platform, post = work.get(Case, house.case_id), work.get(Platform, other), work.get(Post, post_id)
        with pytest.raises(NoticeUnfoundedError) as refused:
            notices.prepare_notice(work, case, platform, [post], grounds={})
    assert "不是该平台" in refused.value.message("zh")
    with pytest.raises(InvalidInputError), house.work("zhou") as work:
        notices.prepare_notice(work, work.get(Case, house.case_id), work.get(Platform, other), [], grounds={})


def test_a_post_stands_in_one_notice_at_a_time(house: House) -> None:
    post_id = house.rumor()
    first = prepare(house, post_id)
    with pytest.raises(AlreadyExistsError):
        prepare(house, post_id)
    with pytest.raises(AlreadyExistsError):
        prepare(house, post_id, post_id)
    with house.ports.sessions() as session:
        assert session.scalars(select(Notice.id)).all() == [first.id]


def test_one_notice_holds_several_posts_and_its_paper_their_words(house: House) -> None:
    keys = house.rumor(), house.rumor(URL + "x")
    notice_id, version_id = house.notice(*keys)
    version, notice = version_of(house, version_id), house.read(Notice, notice_id)
    assert house.read(Document, version.document_id).no == notice.no
    assert str(version.model).count(QUOTE) >= 2
    assert (notice.document_id, notice.document_version_id) == (version.document_id, version_id)


def test_drafted_again_it_is_the_next_version_of_the_same_paper(house: House) -> None:
    notice_id, first = house.notice(house.rumor())
    with house.work("zhou") as work:
        notice = work.get(Notice, notice_id)
        case = work.get(Case, house.case_id)
        second = notices.draft_notice(work, case, notice, house.unrecorded(work))
        assert (second.n, notice.document_version_id) == (2, second.id)
    assert version_of(house, first).status == "superseded"


def test_the_paper_comes_first_and_another_person_authorises(house: House) -> None:
    notice_id, version_id = house.notice(house.rumor())
    with pytest.raises(InvalidInputError), house.work("han") as work:
        notices.authorise_notice(work, work.get(Notice, notice_id))
    house.approve(version_id, "lin", "han")
    with pytest.raises(SecondPersonRequiredError), house.work("zhou") as work:
        notices.authorise_notice(work, work.get(Notice, notice_id))
    with pytest.raises(PermissionDeniedError), house.work("gao") as work:
        notices.authorise_notice(work, work.get(Notice, notice_id))
    with house.work("han") as work:
        notices.authorise_notice(work, work.get(Notice, notice_id))
    assert house.read(Notice, notice_id).authorised_by == house["han"].user_id


@pytest.mark.parametrize(
    ("spoil", "refusal"),
    [
        (mark(Post, verdict="genuine_complaint"), NoticeBarredError),
        (mark(RumorClaim, verdict="true"), NoticeUnfoundedError),
        (unlink(ClaimEvidence), NoticeUnfoundedError),
    ],
)
def test_the_gate_holds_at_authorising_too(
    house: House, spoil: Callable[[House], None], refusal: type[Exception]
) -> None:
    notice_id, version_id = house.notice(house.rumor())
    house.approve(version_id, "lin", "han")
    spoil(house)
    with pytest.raises(refusal), house.work("han") as work:
        notices.authorise_notice(work, work.get(Notice, notice_id))
    assert house.read(Notice, notice_id).status == "prepared"


def refused_all(house: House, actor: Actor, notice_id: str, post_id: str) -> None:
    with open_work(house.ports, actor) as work:
        case = work.session.get_one(Case, house.case_id)
        notice = work.session.get_one(Notice, notice_id)
        post = work.session.get_one(Post, post_id)
        platform = work.session.scalars(select(Platform)).one()
        for deed in (
            lambda: notices.prepare_notice(work, case, platform, [post], grounds={}),
            lambda: notices.draft_notice(work, case, notice),
            lambda: notices.authorise_notice(work, notice),
        ):
            with pytest.raises(NotFoundError):
                deed()


def test_people_outside_the_case_find_nothing(house: House) -> None:
    post_id = house.rumor()
    notice = prepare(house, post_id)
    refused_all(house, house["outside"], notice.id, post_id)
    refused_all(house, stranger(house), notice.id, post_id)


def test_a_post_of_another_case_is_not_found(house: House) -> None:
    hidden = house.rumor()
    foreign = house.world.case((house["outside"], "lead"))
    with open_work(house.ports, house["outside"]) as work:
        case, platform = work.get(Case, foreign), work.session.scalars(select(Platform)).one()
        post = work.session.get_one(Post, hidden)
        with pytest.raises(NotFoundError):
            notices.prepare_notice(work, case, platform, [post], grounds={})
