"""The arithmetic of the spread graph: everything lies within the picture, whatever the posts."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from hypothesis import given, settings
from hypothesis import strategies as st

from caseapp.services.queries.rows_incident import SpreadPost
from caseapp.web.i18n import init_app
from caseapp.web.pages.incident_graph import LARGE, LEFT, RIGHT, UNKNOWN, WIDTH, Graph, graph
from caseapp.web.pages.incident_labels import room

BEGAN = datetime(2026, 11, 12, 13, 47, tzinfo=UTC)


@pytest.fixture(scope="module", autouse=True)
def spoken() -> Iterator[None]:
    app = Flask("graph")
    init_app(app)
    with app.test_request_context():
        yield


def post(key: str = "p", hours: float | None = 0, platform: str | None = "微汛", **more: Any) -> SpreadPost:
    at = BEGAN + timedelta(hours=hours) if hours is not None else None
    told = {
        "id": key, "number": key, "sample": False, "title": key, "url": "https://x.test/", "platform": platform,
        "account_id": None, "account": "账号", "followers": None, "verdict": None, "liveness": "live", "stance": None,
        "state": "confirmed", "score": None, "reasons": (), "decided_by": None, "at": at, "basis": "published",
        "published_at": at, "captured_at": at, "checked_at": None, "relapsed_at": None, "repost_of": None, "same": None,
    }  # fmt: skip
    return SpreadPost(**{**told, **more})


def drawn(*posts: SpreadPost, **more: Any) -> Graph:
    made = graph(posts, **more)
    assert made is not None
    return made


def test_nothing_is_no_picture() -> None:
    assert graph([]) is None
    assert graph([post(state="rejected")]) is None


def test_one_post_stands_in_its_lane() -> None:
    made = drawn(post())
    assert len(made.nodes) == len(made.lanes) == 1
    assert LEFT < made.nodes[0].x < WIDTH - RIGHT


def test_time_runs_to_the_right_and_lanes_begin_with_the_first() -> None:
    made = drawn(post("b", 30, "快拍"), post("a", 0), post("c", 60))
    assert [lane.name for lane in made.lanes] == ["微汛", "快拍"]
    x = {node.post.id: node.x for node in made.nodes}
    assert x["a"] < x["b"] < x["c"]


def test_a_named_repost_is_solid_the_same_text_and_the_unconfirmed_are_dashed() -> None:
    made = drawn(post("a", 0, same="t"), post("b", 5, repost_of="a"), post("c", 9, same="t"))
    assert [edge.given for edge in made.edges] == [True, False]
    assert [edge.given for edge in drawn(post("a"), post("b", 5, repost_of="a", state="suggested")).edges] == [False]
    assert drawn(post("a"), post("b", 5, repost_of="not here")).edges == []


def test_looks_say_live_gone_unknown_waiting_and_debunked() -> None:
    looks = {
        "live": post(), "gone": post(liveness="removed_by_platform"), "unk": post(liveness="unknown"),
        "wait": post(state="suggested"), "debunk": post(stance="debunk"),
    }  # fmt: skip
    assert {look: drawn(one).nodes[0].look for look, one in looks.items()} == {look: look for look in looks}


def test_an_unknown_time_has_a_column_of_its_own() -> None:
    made = drawn(post("a"), post("b", 40), post("x", None, captured_at=None, basis=""))
    assert made.unknown is not None
    assert next(node.x for node in made.nodes if node.post.id == "x") > made.unknown
    assert all(node.x < made.unknown for node in made.nodes if node.post.id != "x")
    assert drawn(post("a")).unknown is None


def test_marks_too_close_together_keep_the_first_word() -> None:
    made = drawn(post("a"), post("b", 100), marks=[(BEGAN + timedelta(hours=n), str(n)) for n in (50, 51, 90)])
    assert [mark.text for mark in made.marks] == ["50", "90"]


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.none() | st.floats(0, 24 * 800),
            st.sampled_from(["微汛", "快拍", "一个名字很长很长的平台", None]),
            st.none() | st.integers(0, 10**12),
            st.sampled_from(["confirmed", "suggested"]),
            st.booleans(),
        ),
        min_size=1,
        max_size=60,
    )
)
def test_everything_lies_within_the_picture(found: list[tuple[Any, ...]]) -> None:
    posts = [
        post(str(n), hours, platform, reposts=reposts, state=state, earliest=first and n == 0)
        for n, (hours, platform, reposts, state, first) in enumerate(found)
    ]
    made = drawn(*posts)
    for node in made.nodes:
        assert node.x - node.r >= LEFT
        assert node.x + node.r <= WIDTH
        assert node.y - node.r > 0
        assert node.y + node.r < made.height
    assert len(made.ticks) <= 9
    assert all(LEFT <= tick.x <= WIDTH - RIGHT for tick in made.ticks)
    assert made.unknown is None or made.unknown == WIDTH - RIGHT - UNKNOWN
    for label in made.labels:
        begin = label.x - {"start": 0, "middle": room(label.text) / 2, "end": room(label.text)}[label.anchor]
        assert begin >= LEFT - LARGE
        assert begin + room(label.text) <= WIDTH + 0.1


def test_labels_cover_neither_each_other_nor_a_node() -> None:
    crowd = [post("a", 0, reposts=900, earliest=True), post("b", 3, reposts=800), post("c", 4, reposts=700)]
    made = drawn(*crowd, post("far", 2000))
    assert made.labels[0].text.startswith("已知最早")
    boxes = [(one.x, one.y) for one in made.labels]
    assert len(set(boxes)) == len(boxes)
    assert all(abs(one.y - other.y) >= 11 for one in made.labels for other in made.labels if one is not other)


def test_the_last_tick_does_not_touch_the_column_of_unknown_times() -> None:
    blind = post("x", None, captured_at=None, basis="")
    for hours in range(10, 400, 7):
        made = drawn(post("a"), post("b", hours), blind)
        word = made.unknown and (made.unknown + WIDTH - room("时间未知")) / 2
        assert word
        assert all(tick.x + room(tick.text) / 2 < word for tick in made.ticks)
