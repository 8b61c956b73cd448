"""Facts found again in the JSON a page fetched: what fits, what only looks alike, and hostile answers."""

import hashlib
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from capture import wire
from capture.adapters import Adapter
from capture.models import FieldValue
from capture.wire import Leaf, fits, leaves_of
from tests.capture.conftest import Take
from tests.capture.sites import POST_JSON

MINUTE = FieldValue("published_at", "2026-08-10T13:47:00Z", "x", "hook", precision="minute")
SEEN = datetime(2026, 8, 11, 12, 0, tzinfo=UTC)
FETCHED = Adapter(
    name="fetched",
    hosts=("127.0.0.1",),
    hooks={"author": (".who",), "published_at": (".when",), "text": (".words",), "likes": (".up",)},
    expect=("author", "text"),
)


@pytest.mark.browser
def test_facts_carry_where_they_came_from(take: Take) -> None:
    result = take("/fetched", adapters=(FETCHED,))
    facts = {field.name: field for field in result.fields}
    places = {name: [(one.pointer, one.value) for one in field.wire] for name, field in facts.items()}
    assert places["author"] == [("/data/0/user/name", "食安小喇叭"), ("/data/0/user/a~1b~0c", "食安小喇叭")]
    assert places["likes"] == [("/data/0/attitudes_count", "12345")]
    assert places["published_at"] == [("/data/0/created_at", "1786369638")]
    assert places["text"] == [("/data/0/text", "出炉后要过一遍<b>工业石蜡</b>，一批料掺三公斤。")]
    assert {one.sha256 for one in facts["author"].wire} == {hashlib.sha256(POST_JSON.encode()).hexdigest()}
    assert '"pointer": "/data/0/attitudes_count"' in result.files["capture.json"].read_text("utf-8")


@pytest.mark.parametrize(
    ("field", "key", "value", "fit"),
    [
        (FieldValue("likes", "12000", "1.2万", "hook"), "attitudes_count", 12_999, True),
        (FieldValue("likes", "12000", "1.2万", "hook"), "attitudes_count", 13_000, False),
        (FieldValue("likes", "12000", "1.2万", "hook"), "width", 12_345, False),
        (FieldValue("likes", "12000", "1.2万", "hook"), "width", 12_000, True),
        (FieldValue("likes", "7", "7", "hook"), "n", 7, False),
        (FieldValue("likes", "7", "7", "hook"), "likeCount", "7", True),
        (FieldValue("likes", "7", "7", "hook"), "likeCount", "²", False),
        (FieldValue("likes", "²", "²", "hook"), "likeCount", "2", False),
        (FieldValue("likes", "7", "7", "hook"), "likeCount", "7" * 5000, False),
        (FieldValue("views", "10", "很多", "hook"), "views", True, False),
        (FieldValue("author", "李", "李", "hook"), "name", "李", False),
        (FieldValue("author", "李四", "李四", "hook"), "name", " 李&nbsp;四\n", True),
        (FieldValue("published_at", "刚刚", "刚刚", "hook"), "created_at", 1786369638, False),
        (MINUTE, "ctime", "2026-08-10 21:47:59", True),
        (MINUTE, "ctime", "2026-08-10 21:48", False),
        (MINUTE, "size", "2026-08-10 21:47", False),
    ],
)  # fmt: skip
def test_what_fits(field: FieldValue, key: str, value: Any, fit: bool) -> None:
    assert fits(field, Leaf("/x", key, value), "Asia/Shanghai", SEEN) is fit


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=6), inner, max_size=4),
    max_leaves=20,
)


@given(JSON)
def test_every_pointer_leads_back_to_its_leaf(document: Any) -> None:
    for leaf in leaves_of(document):
        node = document
        for step in leaf.pointer.split("/")[1:]:
            name = step.replace("~1", "/").replace("~0", "~")
            node = node[int(name)] if isinstance(node, list) else node[name]
        assert node == leaf.value
        fits(FieldValue("likes", "1", "1", "hook"), leaf, "Asia/Shanghai", SEEN)


def test_an_answer_without_end_is_read_so_far(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wire, "NODES_MOST", 10)
    assert len(list(leaves_of(list(range(1000))))) == 9
