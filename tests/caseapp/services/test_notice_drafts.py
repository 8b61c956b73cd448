"""From chosen posts to notices: grouped by platform, the barred ones named, the paper filled with what is known."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from caseapp.domain.errors import InvalidInputError, NoticeBarredError, PermissionDeniedError
from caseapp.models import Case, DocumentVersion, Exhibit, Notice, Organization, Post
from caseapp.services.documents import submit_document
from caseapp.services.notice_drafts import (
    Choice,
    Paper,
    blocking,
    candidates,
    next_posts,
    prepare_notices,
    redraft_notice,
)
from caseapp.services.notice_exhibits import list_cited
from caseapp.services.times import SHANGHAI
from tests.caseapp.services.house import URL, House


def paper(house: House) -> Paper:
    today = house.clock.now.astimezone(SHANGHAI).date()
    return Paper(today, "代为提出、补充和撤回侵权通知", "法务专员", today, today + timedelta(days=90))


def reachable(house: House) -> None:
    with house.work("lin") as work:
        row = work.session.scalars(select(Organization).where(Organization.kind == "self")).one()
        row.contact, row.phone, row.email = "法务部", "000-5550-0101", "legal@muhe-food.test"


def prepared(house: House, *post_ids: str, login: str = "zhou") -> list[str]:
    with house.work(login) as work:
        case = work.get(Case, house.case_id)
        posts = [work.get(Post, key) for key in post_ids]
        grounds = dict.fromkeys(post_ids, "原文直接写出产品名称")
        spared = dict.fromkeys(post_ids, "该条下的全部评论")
        return [row.id for row in prepare_notices(work, case, posts, Choice(paper(house), grounds, spared))]


def test_each_post_says_whether_it_may_enter_and_why_not(house: House) -> None:
    good, bad = house.rumor(), house.rumor(URL + "x", verdict="fair_comment")
    bare = house.post(URL + "y")
    with house.work("zhou") as work:
        rows = candidates(work, work.get(Case, house.case_id), [work.get(Post, key) for key in (good, bad, bare)])
        assert [row.lacks is None for row in rows] == [True, False, False]
        assert "正当监督" in rows[1].lacks.zh  # type: ignore[union-attr]
        assert rows[2].lacks is not None
        assert rows[0].evidence is not None
    prepared(house, good)
    with house.work("zhou") as work:
        (row,) = candidates(work, work.get(Case, house.case_id), [work.get(Post, good)])
        assert "已列入 函-" in row.lacks.zh  # type: ignore[union-attr]


def test_the_paper_has_no_blocking_finding_and_goes_to_review(house: House) -> None:
    reachable(house)
    (key,) = prepared(house, house.rumor(), house.rumor(URL + "x"))
    with house.work("zhou") as work:
        version = work.get(DocumentVersion, str(work.get(Notice, key).document_version_id))
        assert [found["zh"] for found in blocking(version)] == []
        submit_document(work, version)


def test_what_is_missing_blocks_and_a_new_draft_takes_it_in(house: House) -> None:
    (key,) = prepared(house, house.rumor())
    with house.work("zhou") as work:
        version = work.get(DocumentVersion, str(work.get(Notice, key).document_version_id))
        assert any("联系电话" in found["zh"] or "contact.phone" in found["zh"] for found in blocking(version))
    reachable(house)
    with house.work("zhou") as work:
        again = redraft_notice(work, work.get(Case, house.case_id), work.get(Notice, key))
        assert (again.n, blocking(again)) == (2, [])
        assert work.get(Notice, key).document_version_id == again.id


def test_a_barred_post_no_post_and_a_wrong_role_are_refused(house: House) -> None:
    good, bad = house.rumor(), house.rumor(URL + "x", verdict="genuine_complaint")
    with pytest.raises(NoticeBarredError):
        prepared(house, good, bad)
    with pytest.raises(InvalidInputError):
        prepared(house)
    for login in ("xu", "he", "gao"):
        with pytest.raises(PermissionDeniedError):
            prepared(house, good, login=login)
    with house.ports.sessions() as session:
        assert session.scalars(select(Notice)).all() == []


def test_the_next_attempt_names_what_still_stands(house: House) -> None:
    post_id = house.rumor()
    (key,) = prepared(house, post_id)
    with house.work("zhou") as work:
        first, case = work.get(Notice, key), work.get(Case, house.case_id)
        posts = next_posts(work, first)
        assert [post.id for post in posts] == [post_id]
        assert [row.lacks for row in candidates(work, case, posts, first)] == [None]
        (second,) = prepare_notices(work, case, posts, Choice(paper(house), previous=first))
        assert (second.attempt_no, second.previous_id) == (2, first.id)


def test_what_a_notice_cites_becomes_an_exhibit_once(house: House) -> None:
    reachable(house)
    post_id = house.rumor()
    with house.work("lin") as work:
        for row in work.session.scalars(select(Exhibit).where(Exhibit.group_no > 1)):
            work.session.delete(row)
    (key,) = prepared(house, post_id)
    with house.work("lin") as work:
        rows = work.session.scalars(select(Exhibit).order_by(Exhibit.group_no, Exhibit.order_no)).all()
        assert [row.exhibit_no for row in rows] == ["证1-1", "证1-2", "证2-1", "证3-1"]
        version = work.get(DocumentVersion, str(work.get(Notice, key).document_version_id))
        assert blocking(version) == []
        assert list_cited(work, work.get(Case, house.case_id), [work.get(Post, post_id)]) == []
