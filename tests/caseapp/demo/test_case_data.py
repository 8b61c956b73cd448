"""The fictional case: it loads, its figures add up, and a broken file is refused with its place."""

import hashlib
from collections import Counter
from dataclasses import FrozenInstanceError
from decimal import ROUND_HALF_UP, Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from caseapp.demo.case_data import load_case, load_sales
from caseapp.demo.case_types import Metrics, Organization
from caseapp.demo.decoding import decode
from caseapp.demo.errors import DemoDataError

CASE = load_case()


def test_counts_of_the_case() -> None:
    assert (len(CASE.posts), len(CASE.claims), len(CASE.notices), len(CASE.evidence)) == (14, 2, 8, 34)
    assert sum(item.pages for item in CASE.evidence) == 178
    noticed = {item.post for notice in CASE.notices for item in notice.items}
    assert len(noticed) == 8
    assert [post.no for post in CASE.posts if not post.notice_allowed] == ["帖-07", "帖-08", "帖-09", "帖-10"]
    assert all(CASE.post(key).notice_allowed for key in noticed)


def test_every_text_has_the_digest_the_case_states() -> None:
    for post in CASE.posts:
        text = post.text or post.ocr_text
        assert hashlib.sha256(text.encode()).hexdigest() == post.text_sha256, post.no


def test_damages_add_up_to_the_fen() -> None:
    totals = CASE.damage_totals
    heads: Counter[str] = Counter()
    for item in CASE.damage_items:
        if item.scope == "suit":
            heads[item.head] += int(item.amount * 100)
        if item.gross is not None and item.avoided is not None:
            assert item.gross - item.avoided == item.amount
    assert (heads["D1"], heads["D5"], heads["D6"]) == (2862120, 4284650, 1493230)
    assert totals.d1 + totals.d6 == totals.without_reasonable_costs == Decimal("43553.50")
    assert totals.without_reasonable_costs + totals.d5 == totals.with_reasonable_costs == Decimal("86400.00")
    assert sum(item.amount for item in CASE.damage_items) == totals.ledger_total == Decimal("95000.00")


def test_sales_study_gives_the_stated_figure() -> None:
    days = [day for day in load_sales() if not day.excluded]
    base, hit = ([d for d in days if d.phase == phase] for phase in ("baseline", "affected"))
    assert (len(load_sales()), len(base), len(hit)) == (60, 29, 29)

    def mean(rows: list[Decimal]) -> Decimal:
        return sum(rows, Decimal()) / len(rows)

    ratio = mean([d.control_gross_profit_yuan for d in hit]) / mean([d.control_gross_profit_yuan for d in base])
    gap = mean([d.gross_profit_yuan for d in base]) * ratio - mean([d.gross_profit_yuan for d in hit])
    assert (gap * 29 * Decimal("0.35")).quantize(Decimal("0.01"), ROUND_HALF_UP) == Decimal("25581.04")


def test_references_point_at_something() -> None:
    for post in CASE.posts:
        CASE.account(post.account)
        CASE.platform(post.platform)
    for platform in CASE.platforms:
        CASE.organization(platform.operator)
    for notice in CASE.notices:
        assert notice.prev is None or CASE.notice_record(notice.prev)
    for claim in CASE.claims:
        assert CASE.user(claim.verified_by)
    with pytest.raises(DemoDataError, match="no post 帖-99"):
        CASE.post("帖-99")
    with pytest.raises(DemoDataError):
        CASE.account("acc-99")


def test_records_cannot_be_changed() -> None:
    with pytest.raises(FrozenInstanceError):
        CASE.case.title = "x"  # type: ignore[misc]  # the refusal is what is tested


GOOD = {"at": "2026-08-11T08:41:00+08:00", "views": 1, "reposts": 2, "comments": 3, "likes": 4}


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"views": "1"}, "int is needed, not str"),
        ({"views": True}, "int is needed, not bool"),
        ({"views": None}, "int is needed"),
        ({"at": "yesterday"}, "not a datetime"),
        ({"at": 5}, "datetime is needed"),
        ({"extra": 1}, "unknown keys"),
    ],
)
def test_a_wrong_record_is_refused_with_its_place(change: dict[str, object], words: str) -> None:
    with pytest.raises(DemoDataError, match=words) as caught:
        decode(Metrics, {**GOOD, **change}, "posts[3]")
    assert caught.value.code == "demo.data"
    assert "posts[3]" in caught.value.message("zh")
    assert "posts[3]" in str(caught.value)


def test_missing_and_shapeless_records_are_refused() -> None:
    with pytest.raises(DemoDataError, match="key likes is missing"):
        decode(Metrics, {k: v for k, v in GOOD.items() if k != "likes"}, "x")
    with pytest.raises(DemoDataError, match="an object is needed"):
        decode(Metrics, [], "x")
    with pytest.raises(DemoDataError, match="an array is needed"):
        decode(Organization, {"id": "o", "kind": "self", "name": "n", "aliases": "a", "uscc": "u"}, "x")


@given(st.dictionaries(st.sampled_from([*GOOD, "other"]), st.none() | st.integers() | st.text(max_size=5)))
def test_decoding_gives_the_record_or_refuses(raw: dict[str, object]) -> None:
    try:
        made = decode(Metrics, raw, "x")
    except DemoDataError:
        return
    assert set(raw) == set(GOOD)
    assert made.views == raw["views"]
