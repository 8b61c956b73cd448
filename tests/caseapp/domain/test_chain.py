from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from caseapp.domain.chain import GENESIS, Link, Stored, canonical, check, digest_detail, link_hash


def build(details: list[dict[str, object]]) -> list[Stored]:
    events: list[Stored] = []
    prev = GENESIS
    for seq, detail in enumerate(details, start=1):
        salt = seq.to_bytes(32, "big")
        link = Link(seq, "2026-08-11T04:00:00.000000Z", "anna", "user", "row.created", "cases", f"c{seq}", None, None,
                    digest_detail(salt, detail))  # fmt: skip
        events.append(Stored(link, prev, link_hash(link, prev), detail, salt, erased=False))
        prev = events[-1].hash
    return events


EVENTS = build([{"after": {"标题": "甲"}}, {"after": {"n": 1}}, {"after": None}])


def test_an_honest_chain_has_no_fault() -> None:
    assert check(EVENTS) == []
    assert check(EVENTS[1:], prev_hash=EVENTS[0].hash, seq=1) == []
    assert check([]) == []


@pytest.mark.parametrize(
    ("tampered", "codes"),
    [
        ([EVENTS[0], EVENTS[2]], {"gap", "broken"}),
        ([EVENTS[1], EVENTS[0], EVENTS[2]], {"gap", "broken"}),
        ([replace(EVENTS[0], link=replace(EVENTS[0].link, actor_id="bo")), *EVENTS[1:]], {"altered"}),
        ([replace(EVENTS[0], detail={"after": {"标题": "乙"}}), *EVENTS[1:]], {"detail-altered"}),
        ([replace(EVENTS[0], salt=b"x" * 32), *EVENTS[1:]], {"detail-altered"}),
        ([replace(EVENTS[0], detail=None), *EVENTS[1:]], {"detail-missing"}),
        ([replace(EVENTS[0], detail=None, salt=None, erased=True), *EVENTS[1:]], set()),
        ([replace(EVENTS[0], erased=True), *EVENTS[1:]], {"detail-back"}),
        ([*EVENTS[:2], replace(EVENTS[2], prev_hash=GENESIS)], {"broken", "altered"}),
    ],
)
def test_each_kind_of_tampering_is_named(tampered: list[Stored], codes: set[str]) -> None:
    assert {fault.code for fault in check(tampered)} == codes


def test_a_rewritten_event_with_a_fresh_hash_breaks_the_next() -> None:
    link = replace(EVENTS[1].link, action="case.close")
    forged = replace(EVENTS[1], link=link, hash=link_hash(link, EVENTS[1].prev_hash))
    assert [(fault.seq, fault.code) for fault in check([EVENTS[0], forged, EVENTS[2]])] == [(3, "broken")]


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@given(st.lists(st.dictionaries(st.sampled_from(["before", "after", "理由"]), json_values), max_size=6), st.data())
def test_any_single_change_of_a_detail_is_found(details: list[dict[str, object]], data: st.DataObject) -> None:
    events = build(details)
    assert check(events) == []
    if events:
        which = data.draw(st.integers(0, len(events) - 1))
        other = data.draw(st.dictionaries(st.sampled_from(["before", "after", "理由"]), json_values))
        if canonical(other) != canonical(details[which]):
            events[which] = replace(events[which], detail=other)
            assert [(fault.seq, fault.code) for fault in check(events)] == [(which + 1, "detail-altered")]
