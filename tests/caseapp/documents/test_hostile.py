"""Hostile templates and hostile values: right, or refused with the place; never a broken page."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from caseapp.documents import BadFactsError, DocumentFacts, TemplateFaultError, check, draft, load, to_pdf, to_text
from caseapp.documents import render as render_module
from caseapp.documents.catalog import DocumentKind, parse, safe_style
from caseapp.documents.sheet import Sheet

Plain = dict[str, Any]


class Forged(DocumentKind):
    """A kind whose template text is given by the test."""

    text: str = ""

    def source(self, lang: str) -> str:
        return self.text


def forged(text: str) -> Forged:
    data = load("infringement_notice").model_dump()
    return Forged(**data, text=text)


FACTS = DocumentFacts.from_plain({"number": "函-1", "issued_on": "2026-08-12", "posts": [{"no": "帖-01"}]})

TEMPLATES = {
    "script": "<p>甲</p><script>alert(1)</script>",
    "image": '<img src="http://evil.test/x.png">',
    "link": '<p><a href="javascript:1">x</a></p>',
    "style attribute": '<p style="background:url(file:///etc/passwd)">x</p>',
    "event": '<p onclick="x()">x</p>',
    "iframe": '<iframe src="file:///etc/passwd"></iframe>',
    "stray text": "甲",
    "never closed": "<p>甲",
    "closed twice": "<p>甲</p></p>",
    "comment": "<!-- x --><p>甲</p>",
    "doctype": "<!doctype html><p>甲</p>",
    "processing instruction": "<?php x ?><p>甲</p>",
    "cdata": "<![CDATA[x]]>",
    "self closed": "<p/>",
    "bad role": '<p class="evil">甲</p>',
    "bad id": '<p id="../../x">甲</p>',
    "uneven table": '<table data-columns="left:50 left:50"><tbody><tr><td>1</td></tr></tbody></table>',
    "no columns": "<table><tbody><tr><td>1</td></tr></tbody></table>",
    "bad span": '<table data-columns="left:50"><tbody><tr><td colspan="-1">1</td></tr></tbody></table>',
    "classes": "<p>{{ ''.__class__.__mro__ }}</p>",
    "fact internals": "<p>{{ number._value }}</p>",
    "budget": "<p>{{ number._budget.labels }}</p>",
    "globals": "<p>{{ law.__globals__ }}</p>",
    "config": "<p>{{ config }}</p>",
    "self": "<p>{{ self }}</p>",
    "lipsum": "<p>{{ lipsum(100) }}</p>",
    "cycler": "<p>{{ cycler.__init__.__globals__ }}</p>",
    "range": "<p>{% for i in range(999999999) %}x{% endfor %}</p>",
    "string loop": "<p>{% for a in 'aaaa' %}x{% endfor %}</p>",
    "power": "<p>{{ 9 ** 9999999 }}</p>",
    "times": "<p>{{ 'a' * 999999999 }}</p>",
    "percent": "<p>{{ '%999999999d' % 1 }}</p>",
    "format": "<p>{{ '{0.__class__}'.format(number) }}</p>",
    "include": "{% include '/etc/passwd' %}",
    "import": "{% import 'os' as os %}",
    "extends": "{% extends 'x' %}",
    "macro": "{% macro f(n) %}{{ f(n) }}{% endmacro %}<p>{{ f(1) }}</p>",
    "call block": "{% call law('x') %}{% endcall %}",
    "set text": "{% set a = 'x' %}<p>{{ a }}</p>",
    "recursive loop": "{% for a in posts recursive %}<p>{{ loop(posts) }}</p>{% endfor %}",
    "unknown field": "<p>{{ principal.password }}</p>",
    "unknown variable": "<p>{{ nothing }}</p>",
    "unknown filter": "<p>{{ number | safe }}</p>",
    "whole list": "<p>{{ posts }}</p>",
    "truth": "<p>{{ sample }}</p>",
    "undeclared rule": "<p>{{ law('pipl.minimal') }}</p>",
    "unknown rule": "<p>{{ law('no.such') }}</p>",
    "syntax": "<p>{{ number </p>",
    "forged citation": '<p><cite data-source="web" data-target="x">证1-1</cite></p>',
    "nested": "<p><p>甲</p></p>",
    "deep brackets": "<p>{{ " + "(" * 500 + "1" + ")" * 500 + " }}</p>",
}


@pytest.mark.parametrize("name", TEMPLATES)
def test_a_hostile_template_is_an_error_with_its_name(name: str) -> None:
    started = time.monotonic()
    facts = DocumentFacts.from_plain({"number": "函-1", "posts": [{}], "principal": {"name": "甲"}})
    with pytest.raises(TemplateFaultError) as caught:
        draft(forged(TEMPLATES[name]), facts)
    assert "cn/infringement_notice/zh.html" in caught.value.message("zh")
    assert time.monotonic() - started < 2


@pytest.mark.slow
def test_an_endless_template_ends() -> None:
    facts = DocumentFacts.from_plain({"posts": [{"statements": [{} for _ in range(30)]} for _ in range(100)]})
    loops = "".join(f"{{% for {name} in posts %}}" for name in "abcde")
    text = f"{loops}<p>x</p>{'{% endfor %}' * 5}"
    with pytest.raises(TemplateFaultError, match=r"without end|longer than"):
        draft(forged(text), facts)


def test_a_giant_template_is_refused() -> None:
    with pytest.raises(TemplateFaultError, match="longer than"):
        draft(forged("<p>甲</p>" * 100_000), FACTS)


@pytest.mark.parametrize(
    "css",
    [
        "@import 'http://evil.test/x.css';",
        "p { background: url(file:///etc/passwd) }",
        "@font-face { font-family: x; src: local(x) }",
        "p { background: u\\72l(x) }",
        "p::before { content: attr(data-x) }",
        "p { background: URL  ('x') }",
    ],
)
def test_a_style_sheet_may_load_nothing(css: str) -> None:
    with pytest.raises(TemplateFaultError):
        safe_style(css, "x")


VALUES = {
    "script": "<script>alert(1)</script>",
    "image": '"><img src=x onerror=alert(1)>',
    "jinja": "{{ 7*7 }}{% for i in range(9) %}x{% endfor %}",
    "closing data": "</data></p><h1>伪造标题</h1>",
    "forged citation": '<cite data-source="exhibit" data-target="证-2026-000001">证9-9</cite>',
    "entity": "&lt;b&gt; &amp;amp; &#x202e;",
    "css": "</style><style>body{display:none}",
    "rare names": "喆堃䶮𠮷",
    "emoji": "😀👨‍👩‍👧",
    "quotes": "“甲”‘乙’「丙」",
}


@pytest.mark.parametrize("name", [key for key in VALUES if key != "emoji"])
def test_a_hostile_value_is_printed_as_it_is(name: str, notice: Plain, drafted: Callable[..., Any]) -> None:
    value = VALUES[name]
    notice["principal"]["name"] = value
    notice["posts"][0]["statements"][0]["quote"] = value
    model, _ = drafted(notice)
    assert value in to_text(model)
    html = Sheet(model, "").html()
    assert "<script>" not in html
    assert "<img" not in html
    assert html.count("<h1>") == 1
    assert "49" not in to_text(model).replace("第四十九条", "").replace(value, "")[:400]


def test_an_emoji_may_be_quoted(notice: Plain, drafted: Callable[..., Any]) -> None:
    notice["posts"][0]["statements"][0]["quote"] = VALUES["emoji"]
    model, _ = drafted(notice)
    assert VALUES["emoji"] in to_text(model)


@pytest.mark.parametrize("char", ["\u202e", "\u2066", "\u200b", "\x00", "\x1b", "\ufeff", "\u2028", "\ufffe"])
def test_a_hidden_character_is_refused_in_our_words_with_its_place(char: str, notice: Plain) -> None:
    notice["posts"][1]["account"] = f"甲{char}乙"
    with pytest.raises(BadFactsError) as caught:
        DocumentFacts.from_plain(notice)
    assert "posts.1.account" in caught.value.message("zh")


@pytest.mark.parametrize("char", ["\u202e", "\u2066", "\u200b", "\x00", "\x1b"])
def test_a_hidden_character_is_shown_in_quoted_words(char: str, notice: Plain, drafted: Callable[..., Any]) -> None:
    notice["posts"][0]["statements"][0]["quote"] = f"甲{char}乙"
    model, _ = drafted(notice)
    assert f"甲〔U+{ord(char):04X}〕乙" in to_text(model)
    assert char not in to_text(model)


@pytest.mark.parametrize(
    ("path", "value", "place"),
    [
        (("posts", 0, "url"), "javascript:alert(1)", "posts.0.url"),
        (("posts", 0, "url"), "file:///etc/passwd", "posts.0.url"),
        (("posts", 0, "url"), "https://user:secret@weixun.test/x", "posts.0.url"),
        (("posts", 0, "url"), "https://weixun.test/a b", "posts.0.url"),
        (("posts", 0, "url"), "https://weixun.test/" + "a" * 3000, "posts.0.url"),
        (("posts", 0, "package_sha256"), "ABC", "posts.0.package_sha256"),
        (("posts", 0, "captured_at"), "2026-08-11T08:41:00", "posts.0.captured_at"),
        (("posts", 0, "statements", 0, "kind"), "rumour", "posts.0.statements.0.kind"),
        (("principal", "name"), "甲" * 10_000, "principal.name"),
        (("principal", "secret"), "x", "principal.secret"),
        (("issued_on",), "2026-09-31", "issued_on"),
        (("exhibits", 0, "label"), "附件一", "exhibits.0.label"),
        (("measures",), ["burn"], "measures.0"),
        (("posts",), [{}] * 501, "posts"),
    ],
)
def test_bad_values_are_refused_with_their_place(path: tuple[Any, ...], value: Any, place: str, notice: Plain) -> None:
    target: Any = notice
    for part in path[:-1]:
        target = target[part]
    target[path[-1]] = value
    with pytest.raises(BadFactsError) as caught:
        DocumentFacts.from_plain(notice)
    assert place in caught.value.message("en")
    assert caught.value.message("zh")


@pytest.mark.parametrize("amount", ["-0.01", "1e20", "0.001", "NaN", "Infinity", 0.1, True, "一百"])
def test_bad_money_is_refused(amount: Any, schedule: Plain) -> None:
    schedule["damages"]["heads"][0]["items"][0]["amount"] = amount
    with pytest.raises(BadFactsError) as caught:
        DocumentFacts.from_plain(schedule)
    assert "damages.heads.0.items.0.amount" in caught.value.message("en")


def test_an_exhibit_that_is_none_prints_red(notice: Plain, drafted: Callable[..., Any]) -> None:
    notice["posts"][0]["statements"][0]["reasons"][0]["exhibits"] = ["证-2026-999999"]
    model, facts = drafted(notice)
    assert "〔缺：" in to_text(model)
    assert any(one.code == "missing" for one in check(model, facts))


@pytest.mark.slow
def test_long_text_breaks_across_pages(notice: Plain, drafted: Callable[..., Any]) -> None:
    notice["posts"][0]["statements"][0]["quote"] = "石蜡" * 5_000
    notice["posts"][0]["url"] = "https://weixun.test/" + "a" * 1_900
    model, _ = drafted(notice)
    assert to_pdf(model).startswith(b"%PDF")


@pytest.mark.slow
def test_five_hundred_addresses_fit_in_one_notice(notice: Plain, drafted: Callable[..., Any]) -> None:
    post = notice["posts"][0]
    notice["posts"] = [{**post, "url": f"{post['url']}{number}"} for number in range(500)]
    model, facts = drafted(notice)
    assert check(model, facts) == []
    assert to_text(model).count("https://") == 500


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(min_size=1, max_size=60))
def test_any_quoted_text_is_right_or_refused(text: str, plain_notice: Plain) -> None:
    data = {**plain_notice, "posts": [{**plain_notice["posts"][0], "statements": [{"quote": text, "kind": "fact"}]}]}
    try:
        facts = DocumentFacts.from_plain(data)
    except BadFactsError as error:
        refused = error.message("zh")
    else:
        refused = ""
    if refused:
        assert "posts.0.statements.0.quote" in refused
        return
    model = draft(load("infringement_notice"), facts)
    quoted = facts.posts[0].statements[0].quote
    assert quoted is not None
    assert quoted in to_text(model)
    assert model == type(model).from_json(model.to_json())


@pytest.mark.parametrize("text", ["[", "kind: 1", "- a", "kind: other\n", "!!python/object:os.system x"])
def test_broken_metadata_is_an_error(text: str) -> None:
    with pytest.raises(TemplateFaultError):
        parse("infringement_notice", "cn", text)


def test_the_sandbox_has_no_global_and_no_foreign_filter() -> None:
    sandbox = render_module._Sandbox()
    assert not sandbox.globals
    assert not sandbox.filters
    assert sandbox.loader is None
