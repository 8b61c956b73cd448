"""Facts from structured data: what is read, from where, and in which form."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from capture.models import FieldValue
from capture.provenance import disagreements, from_hooks, from_json_ld, parse_count, parsed, spellings

POST: dict[str, Any] = {
    "@context": "https://schema.org",
    "@type": "SocialMediaPosting",
    "identifier": "PX260810A017",
    "headline": "标题",
    "text": "正文",
    "author": {"@type": "Person", "name": "食安小喇叭", "identifier": "9900000101", "description": "食品博主"},
    "datePublished": "2026-08-10T21:47:00+08:00",
    "contentLocation": {"@type": "Place", "name": "IP属地：浙江"},
    "interactionStatistic": [
        {"interactionType": "https://schema.org/ViewAction", "userInteractionCount": 38200},
        {"interactionType": {"@type": "LikeAction"}, "userInteractionCount": "1930"},
        {"interactionType": "https://schema.org/UnknownAction", "userInteractionCount": 5},
    ],
}


def script(value: Any) -> list[dict[str, str]]:
    return [{"path": "head > script", "text": json.dumps(value, ensure_ascii=False)}]


@pytest.mark.parametrize(
    ("wrapped", "prefix"),
    [
        (POST, ""),
        ([{"@type": "BreadcrumbList"}, POST], "/1"),
        ({"@graph": [POST]}, "/@graph/0"),
        ({"@type": "WebPage", "mainEntity": POST}, "/mainEntity"),
    ],
)
def test_the_post_is_found_wherever_it_lies(wrapped: Any, prefix: str) -> None:
    fields = from_json_ld(script(wrapped))
    assert fields["text"] == FieldValue("text", "正文", "正文", "json-ld", "head > script", f"{prefix}/text")
    assert fields["author"].pointer == f"{prefix}/author/name"
    assert fields["views"].pointer == f"{prefix}/interactionStatistic/0/userInteractionCount"
    assert (fields["likes"].value, fields["ip_location"].value) == ("1930", "IP属地：浙江")
    assert fields["verification"].value == "食品博主"
    assert fields["published_at"].value == "2026-08-10T13:47:00Z"
    assert fields["published_at"].raw == "2026-08-10T21:47:00+08:00"


def test_what_is_no_post_gives_nothing() -> None:
    assert from_json_ld(script({"@type": "Organization", "name": "x"})) == {}
    assert from_json_ld([{"path": "p", "text": "{broken"}]) == {}
    assert from_json_ld([]) == {}


@pytest.mark.parametrize(
    ("raw", "count"),
    [
        ("8,217", 8217),
        ("1.2万", 12000),
        ("点赞 1.3亿", 130_000_000),
        ("3k", 3000),
        ("2.15w", 21500),
        ("12", 12),
        ("转发", None),
        ("", None),
        ("38200", 38200),
    ],
)
def test_counters_as_platforms_show_them(raw: str, count: int | None) -> None:
    assert parse_count(raw) == count


@pytest.mark.parametrize(
    ("name", "raw", "value"),
    [
        ("published_at", "2026-08-10T21:47:00+08:00", "2026-08-10T13:47:00Z"),
        ("published_at", "3小时前", "3小时前"),
        ("published_at", "2026-08-10 21:47", "2026-08-10 21:47"),
        ("likes", "赞", "赞"),
        ("title", " 1万 ", " 1万 "),
    ],
)
def test_what_cannot_be_parsed_stays_as_shown(name: str, raw: str, value: str) -> None:
    assert parsed(name, raw) == value


def test_a_value_is_looked_for_in_the_ways_it_may_be_written() -> None:
    likes = FieldValue("likes", "12345", "12345", "json-ld")
    assert spellings(likes) == ["12345", "12,345", "1.2万"]
    at = FieldValue("published_at", "2026-08-10T13:47:00Z", "2026-08-10T21:47:00+08:00", "json-ld")
    assert "2026-08-10 21:47" in spellings(at)


def test_a_platforms_own_hook_is_told_from_the_common_ones() -> None:
    found = [
        {"name": "author", "path": "#a", "text": "甲", "box": [1, 2, 3, 4]},
        {"name": "title", "path": "h1", "text": "t", "box": None},
    ]
    author, title = from_hooks(found, frozenset(("author",)))
    assert (author.source, title.source) == ("hook", "meta")
    assert author.box is not None
    assert author.box.width == 3


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["@type", "@graph", "mainEntity", "author", "name", "text", "interactionStatistic", "url"]),
            inner,
        )
    ),
    max_leaves=20,
)


@given(JSON)
def test_any_json_is_read_without_an_exception(value: Any) -> None:
    if isinstance(value, dict):
        value = {**value, "@type": "Article"}
    for field in from_json_ld(script(value)).values():
        assert field.raw


@given(st.text(max_size=200))
def test_any_text_as_json_ld(text: str) -> None:
    from_json_ld([{"path": "x", "text": text}])


@given(st.text(max_size=30))
def test_any_text_as_a_count(text: str) -> None:
    count = parse_count(text)
    assert count is None or count >= 0


def test_where_adapter_and_page_disagree_both_are_told() -> None:
    def said(source: str, **values: str) -> dict[str, FieldValue]:
        return {name: FieldValue(name, value, value, source) for name, value in values.items()}

    read = said("hook", author="食安小喇叭", text="石蜡 三公斤，全文在此", title="甲", views="1.2万")
    stated = said("json-ld", author="海岬城讯", text="石蜡三公斤", title="甲", views="12345")
    assert disagreements(read, stated) == [{"field": "author", "adapter": "食安小喇叭", "stated": "海岬城讯"}]
    assert disagreements(read, {}) == []
