"""What captures say of a post: absence needs two sealed checks apart; walls and errors prove nothing."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from caseapp.models import AuditEvent, Capture, EvidenceItem, MetricSnapshot, Notice, NoticeEvent, NoticeItem, Post
from caseapp.services.checks import MOST, parse_count
from caseapp.services.conduct import conclude_checks, record_measure
from caseapp.services.dispatches import submit_notice
from tests.caseapp.services.house import House, Seen

SIX_HOURS = timedelta(hours=6)


def gone(outcome: str = "removed_by_platform") -> Seen:
    return Seen(outcome=outcome, words="该内容因违规已被删除", text="该内容已被删除")


def check(house: House, post_id: str, seen: Seen, *, after: timedelta = SIX_HOURS) -> str:
    house.clock.now += after
    house.look(post_id, seen, purpose="verify_takedown")
    return str(house.read(Post, post_id).liveness)


@pytest.fixture
def post_id(house: House) -> str:
    key = house.post()
    house.look(key)
    return key


@pytest.mark.parametrize(
    ("outcome", "proven"),
    [("removed_by_author", "removed_by_author"), ("removed_by_platform", "removed_by_platform"),
     ("removed", "removed_by_platform"), ("restricted", "restricted")],
)  # fmt: skip
def test_two_checks_apart_prove_absence_with_a_sealed_page(
    house: House, post_id: str, outcome: str, proven: str
) -> None:
    assert check(house, post_id, gone(outcome)) == "gone_pending"
    assert house.read(Post, post_id).proof_evidence_id is None
    assert check(house, post_id, gone(outcome)) == proven
    post = house.read(Post, post_id)
    proof = house.read(EvidenceItem, post.proof_evidence_id)
    assert proof.package_id
    assert post.platform_words == "该内容因违规已被删除"
    checked = post.last_checked_at
    assert check(house, post_id, gone(outcome), after=timedelta(minutes=1)) == proven
    again = house.read(Post, post_id)
    assert again.proof_evidence_id == proof.id
    assert again.last_checked_at > checked


def test_two_checks_too_close_prove_nothing_yet(house: House, post_id: str) -> None:
    check(house, post_id, gone())
    assert check(house, post_id, gone(), after=SIX_HOURS - timedelta(minutes=1)) == "gone_pending"
    assert check(house, post_id, gone(), after=timedelta(minutes=2)) == "removed_by_platform"


@pytest.mark.parametrize("wall", ["login_wall", "captcha", "error", "rate_limited", "tls_failure"])
def test_walls_and_errors_prove_nothing(house: House, post_id: str, wall: str) -> None:
    for _ in range(3):
        assert check(house, post_id, Seen(outcome=wall, words="请先登录")) == "unknown"
    assert check(house, post_id, gone()) == "gone_pending"
    assert check(house, post_id, Seen(outcome=wall)) == "unknown"
    assert check(house, post_id, gone()) == "removed_by_platform"
    assert check(house, post_id, Seen(outcome=wall)) == "removed_by_platform"


def test_seeing_it_or_another_kind_of_absence_starts_the_count_anew(house: House, post_id: str) -> None:
    check(house, post_id, gone())
    assert check(house, post_id, Seen()) == "live"
    assert check(house, post_id, gone()) == "gone_pending"
    assert check(house, post_id, gone("removed_by_author")) == "gone_pending"
    assert check(house, post_id, gone()) == "gone_pending"
    assert check(house, post_id, gone("removed")) == "removed_by_platform"


def test_an_unsealed_first_check_does_not_count(house: House, post_id: str) -> None:
    assert check(house, post_id, Seen(state="FAILED", outcome="removed")) == "gone_pending"
    assert check(house, post_id, gone()) == "gone_pending"
    assert check(house, post_id, gone()) == "removed_by_platform"


def test_a_failed_capture_of_the_very_moment_confirms_nothing(house: House, post_id: str) -> None:
    check(house, post_id, gone())
    assert check(house, post_id, Seen(state="FAILED", outcome="removed")) == "gone_pending"


def test_back_again_is_a_relapse(house: House, post_id: str) -> None:
    check(house, post_id, gone())
    check(house, post_id, gone())
    assert check(house, post_id, Seen()) == "live"
    post = house.read(Post, post_id)
    assert post.relapsed_at is not None
    with house.ports.sessions() as session:
        actions = list(session.scalars(select(AuditEvent.action).where(AuditEvent.object_id == post_id)))
    assert "post.relapse" in actions
    assert actions.count("post.captured") == 4


def test_a_changed_page_is_changed_and_live_again_when_seen_so(house: House, post_id: str) -> None:
    assert check(house, post_id, Seen(outcome="changed")) == "changed"
    assert check(house, post_id, Seen(outcome="changed")) == "changed"
    assert check(house, post_id, Seen()) == "live"


def test_figures_are_kept_as_shown_and_as_numbers(house: House) -> None:
    fields = [
        {"name": "likes", "raw": "1.2万"}, {"name": "views", "value": "4,871"}, {"name": "author", "raw": "x"},
        {"name": "comments", "raw": "抢首评"}, {"name": "likes", "raw": "9"}, "odd",
    ]  # fmt: skip
    house.look(house.post(), Seen(facts={"fields": fields}))
    with house.ports.sessions() as session:
        row = session.scalars(select(MetricSnapshot)).one()
    assert (row.likes, row.views, row.comments, row.reposts) == (12000, 4871, None, None)
    assert row.raw == {"likes": "1.2万", "views": "4,871", "comments": "抢首评"}
    assert row.evidence_id


@pytest.mark.parametrize(
    ("text", "number"),
    [("1.2万", 12000), ("4,871", 4871), ("3亿", 300_000_000), ("1.29 万", 12900), ("赞", None), ("", None),
     ("0", 0), ("阅读 35", 35), ("9" * 30, None), ("1.005万", 10050)],
)  # fmt: skip
def test_counts(text: str, number: int | None) -> None:
    assert parse_count(text) == number


@given(st.text())
def test_any_text_gives_a_number_that_fits_or_none(text: str) -> None:
    number = parse_count(text)
    assert number is None or 0 <= number <= MOST


def test_re_captures_of_a_notice_conclude_it_and_a_relapse_reopens_it(house: House) -> None:
    post_id = house.rumor()
    notice_id, _version = house.authorised(post_id)
    with house.work("zhou") as work:
        notice = work.get(Notice, notice_id)
        submit_notice(work, notice, channel="outbox", recipient="微汛", address=None)
        record_measure(work, notice, "full", words="已删除")
        item_id = work.session.scalars(select(NoticeItem.id)).one()
    for turn in (1, 2):
        house.clock.now += SIX_HOURS
        house.look(post_id, gone(), purpose="verify_takedown", notice_item_id=item_id)
        expected = ("measure_taken", "removed") if turn == 1 else ("monitoring", "verified_down")
        assert (house.read(Notice, notice_id).status, house.read(NoticeItem, item_id).outcome) == expected
    assert house.read(Notice, notice_id).monitor_until - house.clock.now > timedelta(days=29)
    with house.work("zhou") as work:
        assert not conclude_checks(work, work.get(Notice, notice_id))
    house.clock.now += SIX_HOURS
    house.look(post_id, Seen(), purpose="verify_takedown", notice_item_id=item_id)
    assert (house.read(Notice, notice_id).status, house.read(NoticeItem, item_id).outcome) == ("relapsed", "relapsed")
    with house.ports.sessions() as session:
        events = list(session.scalars(select(NoticeEvent.event).order_by(NoticeEvent.seq)))
        assert session.scalars(select(Capture).where(Capture.notice_item_id == item_id)).all()
    assert events == ["authorised", "submitted", "measure_taken", "item_verified_down", "verified_down",
                      "item_relapsed", "relapsed"]  # fmt: skip
