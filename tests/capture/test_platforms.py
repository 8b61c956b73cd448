"""Every platform adapter on a page with its platform's structure, in the real browser: each field right, in place."""

from dataclasses import replace
from pathlib import Path

import pytest

from capture import Browser, CaptureRequest, CaptureResult, capture
from capture.adapters import ADAPTERS, GENERIC, Adapter
from tests.capture.netkit import Server, answer, ok
from tests.capture.platform_pages import FIXTURES, Fixture

BY_NAME = {adapter.name: adapter for adapter in ADAPTERS}


def here(name: str) -> Adapter:
    """The adapter, reading the loopback site instead of the platform's hosts."""
    return replace(BY_NAME[name], hosts=("127.0.0.1",))


def visit(browser: Browser, folder: Path, fixture: Fixture) -> CaptureResult:
    head = f"<meta charset=utf-8><title>帖子</title>{fixture.head}"
    page = f"<!doctype html><html lang=zh><head>{head}</head><body>{fixture.body}"
    with Server(answer(ok(page.encode(), "Content-Type: text/html; charset=utf-8", "Connection: close"))) as site:
        request = CaptureRequest(
            f"http://{site.key}{fixture.path}",
            folder / "out",
            allow_hosts=frozenset((site.key,)),
            ntp_servers=(),
            adapters=(here(fixture.adapter),),
        )
        return capture(request, browser=browser)


@pytest.mark.browser
@pytest.mark.parametrize("fixture", FIXTURES, ids=lambda fixture: f"{fixture.adapter}{fixture.path}")
def test_every_field_is_read_from_its_place(browser: Browser, tmp_path: Path, fixture: Fixture) -> None:
    result = visit(browser, tmp_path, fixture)
    fields = {field.name: field for field in result.fields}
    for name, (value, raw) in fixture.fields.items():
        assert name in fields, name
        assert (fields[name].value, fields[name].raw) == (value, raw)
        if name != "content_id":
            assert fields[name].path, name
            assert fields[name].source == "hook"
            assert fields[name].box is not None or "content=" in fixture.body, name
    assert result.outcome.kind == "live"
    assert result.outcome.rule == "post-found"


@pytest.mark.parametrize("adapter", [adapter for adapter in ADAPTERS if adapter is not GENERIC], ids=lambda a: a.name)
def test_every_adapter_has_a_page_and_says_that_nobody_checked_it(adapter: Adapter) -> None:
    assert adapter.name in {fixture.adapter for fixture in FIXTURES}
    assert adapter.hosts
    assert adapter.expect
    assert set(adapter.expect) <= set(adapter.hooks)
    assert adapter.phrases
    assert adapter.verified_on == "", "a date only after a person checked it against the real site"


@pytest.mark.parametrize(
    ("url", "name", "identifier", "canonical"),
    [
        ("https://weibo.com/9900000101/PX260810A017?refer_flag=1001", "weibo", "PX260810A017", ""),
        ("https://m.weibo.cn/detail/5012345678901234", "weibo", "5012345678901234", ""),
        ("https://weibo.com/u/9900000101", "weibo", "", ""),
        ("https://www.zhihu.com/question/612000001/answer/3300000007?utm_source=x", "zhihu", "3300000007", ""),
        ("https://zhuanlan.zhihu.com/p/700000007", "zhihu", "700000007", ""),
        ("https://mp.weixin.qq.com/s?__biz=MzA5=&mid=2650000001&idx=1&sn=ab", "wechat", "2650000001", ""),
        ("https://www.xiaohongshu.com/discovery/item/66b7a1c2000000001e01d2f3?xsec_token=A", "xiaohongshu",
         "66b7a1c2000000001e01d2f3", "https://www.xiaohongshu.com/explore/66b7a1c2000000001e01d2f3"),
        ("https://www.douyin.com/video/7400000000000000017?modeFrom=x", "douyin", "7400000000000000017",
         "https://www.douyin.com/video/7400000000000000017"),
        ("https://www.bilibili.com/video/BV1xx411c7mD/?p=2", "bilibili", "BV1xx411c7mD",
         "https://www.bilibili.com/video/BV1xx411c7mD"),
        ("https://xueqiu.com/1234567890/300000017", "xueqiu", "300000017", "https://xueqiu.com/1234567890/300000017"),
        ("https://tieba.baidu.com/p/9100000017?pn=3", "tieba", "9100000017", "https://tieba.baidu.com/p/9100000017"),
    ],
)  # fmt: skip
def test_addresses(url: str, name: str, identifier: str, canonical: str) -> None:
    adapter = next(adapter for adapter in ADAPTERS if adapter.matches(url))
    assert adapter.name == name
    assert adapter.id_in(url) == identifier
    if canonical:
        assert adapter.canonical_of(url) == canonical
