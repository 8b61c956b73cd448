"""The index a replay looks things up in."""

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from capture.wacz_index import IndexEntry, body_query, cdxj, replayable, surt

AT = datetime(2026, 8, 13, 1, 2, 3, 456789, UTC)


def entry(url: str, **changes: object) -> IndexEntry:
    values: dict[str, object] = {
        "url": url,
        "at": AT,
        "method": "GET",
        "status": 200,
        "mime": "text/html",
        "digest": "sha256:00",
        "offset": 1,
        "length": 2,
        "filename": "data.warc.gz",
    }
    return IndexEntry(**{**values, **changes})  # type: ignore[arg-type]  test shorthand


@pytest.mark.parametrize(
    ("url", "key"),
    [  # as the library `surt` 0.3.1, used by py-wacz, computes them
        ("https://www.Example.com/Path?b=2&a=1", "com,example)/path?a=1&b=2"),
        ("http://127.0.0.1:8080/x", "1,0,0,127:8080)/x"),
        ("http://example.com", "com,example)/"),
        ("https://www2.example.com/a/b", "com,example)/a/b"),
        ("https://example.com:443/a", "com,example)/a"),
        ("http://example.com:443/a", "com,example:443)/a"),
        ("https://weibo.com/12/AbCd?type=comment&refer=x", "com,weibo)/12/abcd?refer=x&type=comment"),
    ],
)
def test_keys_are_those_of_the_reference_library(url: str, key: str) -> None:
    assert surt(url) == key


def test_other_urls_are_their_own_key() -> None:
    assert surt("urn:text:x") == "urn:text:x"
    assert surt("http://[2606::1]:81/a") == "2606::1:81)/a"


@given(st.lists(st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Z")), max_size=20), max_size=20))
def test_the_index_is_sorted_by_octets_and_every_line_reads_back(paths: list[str]) -> None:
    urls = [f"https://例.example/{path}".replace("[", "(").replace("]", ")") for path in paths]
    lines = cdxj(entry(url) for url in urls).splitlines()
    assert [line.encode() for line in lines] == sorted(line.encode() for line in lines)
    assert sorted(json.loads(line.split(" ", 2)[2])["url"] for line in lines) == sorted(urls)
    assert all(line.split(" ", 2)[1] == "20260813010203" for line in lines)


def test_a_post_has_its_method_and_body_in_the_key() -> None:
    line = cdxj([entry("https://a.com/api", method="POST", query="q=%E8%BE%A8&x=1")])
    key, _, fields = line.split(" ", 2)
    assert key == "com,a)/api?__wb_method=post&q=辨&x=1"
    assert json.loads(fields)["method"] == "POST"
    assert json.loads(fields)["requestBody"] == "q=%E8%BE%A8&x=1"


@pytest.mark.parametrize(
    ("kind", "body", "query"),
    [
        ("application/x-www-form-urlencoded", b"a=1&b=2", "a=1&b=2"),
        (
            "application/json; charset=utf-8",
            b'{"abc":"def","a":4,"foo":{"bar":"1 2","a":"5"}}',
            "abc=def&a=4&bar=1+2&a.2_=5",
        ),
        ("application/json", b'{"a":[1,2,{"a":true}],"n":null,"f":2.0}', "a=1&a.2_=2&a.3_=true&n=null&f=2"),
        ("application/json", b"broken", ""),
        ("text/plain", b'{"a":1}', "a=1"),
        ("text/plain", b"hello", "__wb_post_data=aGVsbG8="),
        ("application/octet-stream", b"\0\1", "__wb_post_data=AAE="),
        ("application/json", b"[" * 100_000, ""),
    ],
)
def test_request_bodies_become_queries_as_replay_tools_make_them(kind: str, body: bytes, query: str) -> None:
    assert body_query(kind, body) == query


@pytest.mark.parametrize(
    ("status", "kept"), [(200, True), (302, True), (404, True), (304, False), (101, False), (0, False)]
)
def test_what_can_stand_for_its_url(status: int, kept: bool) -> None:
    assert replayable(status, "") is kept


@pytest.mark.parametrize(("content_range", "kept"), [("bytes 0-9/10", True), ("bytes 5-9/10", False), ("", True)])
def test_a_later_part_of_a_file_is_not_the_file(content_range: str, kept: bool) -> None:
    assert replayable(206, content_range) is kept
