"""The table of adapters: first match wins, the generic one takes every page, the contract holds for each entry."""

import re

import pytest

from capture.adapters import ADAPTERS, GENERIC, Adapter, canonical_url, choose

WEIXUN = Adapter(name="weixun", hosts=("weixun.test", ".weixun.test"), content_id=r"/(?P<id>PX\w+)")


def test_the_callers_adapters_come_first() -> None:
    assert choose("https://weixun.test/1/PX1", (WEIXUN,)) is WEIXUN
    assert choose("https://m.weixun.test/1/PX1", (WEIXUN,)) is WEIXUN
    assert choose("https://evilweixun.test/1/PX1", (WEIXUN,)) is GENERIC
    assert choose("https://weixun.test/1/PX1") is GENERIC


def test_the_content_id_is_read_from_the_address() -> None:
    assert WEIXUN.id_in("https://weixun.test/9900000101/PX260810A017?x=1") == "PX260810A017"
    assert WEIXUN.id_in("https://weixun.test/about") == ""
    assert GENERIC.id_in("https://a.test/1") == ""


@pytest.mark.parametrize("adapter", ADAPTERS, ids=lambda adapter: adapter.name)
def test_the_contract_of_an_entry(adapter: Adapter) -> None:
    assert re.fullmatch(r"[a-z0-9]+", adapter.name)
    assert all(selectors and all(selectors) for selectors in adapter.hooks.values())
    if adapter.content_id:
        assert "id" in re.compile(adapter.content_id).groupindex


def test_the_last_entry_takes_every_page() -> None:
    assert ADAPTERS[-1] is GENERIC
    assert len({adapter.name for adapter in ADAPTERS}) == len(ADAPTERS)


@pytest.mark.parametrize(
    ("url", "canonical"),
    [
        ("HTTPS://WeiXun.TEST", "https://weixun.test/"),
        ("https://a.test/p?id=3&utm_source=x&share_token=y#top", "https://a.test/p?id=3"),
        ("https://a.test/p?mod=viewthread&tid=1&spm=x.y", "https://a.test/p?mod=viewthread&tid=1"),
        ("https://a.test/p?b=2&a=1", "https://a.test/p?b=2&a=1"),
    ],
)
def test_one_form_of_an_address(url: str, canonical: str) -> None:
    assert canonical_url(url) == canonical
