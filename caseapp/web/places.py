"""Where the page of an object stands; the tab of its case where it has no page of its own."""

from __future__ import annotations

from typing import Final

from flask import Flask, current_app, url_for

from caseapp.web.unit import key_of
from caseapp.web.visitor import house

PAGES: Final = {
    "case": ("case.page", "overview"),
    "evidence": ("evidence.page", "evidence"),
    "incident": ("incident.page", "posts"),
    "document": ("document.page", "documents"),
    "notice": ("notice.page", "notices"),
    "post": ("post.page", "posts"),
}
"""Kind of object → its page, and the tab of its case that shows it."""


def has_page(endpoint: str) -> bool:
    """Whether this version has the page."""
    return endpoint in current_app.view_functions


def tab_href(case_no: str | None, *, sample: bool, tab: str) -> str:
    """Return the address of a case's tab; the list of cases for what belongs to none."""
    if case_no is None:
        return url_for("case.index")
    number = key_of(case_no, sample=sample)
    return url_for("case.page", number=number) if tab == "overview" else url_for("case.tab", number=number, tab=tab)


def object_href(kind: str, number: str | None, *, sample: bool, case_no: str | None = None) -> str:
    """Return the address of an object.

    Args:
        kind: a key of ``PAGES``.
        number: its human number.
        sample: whether it belongs to the example.
        case_no: number of its case, for the tab that shows it when it has no page.
    """
    endpoint, tab = PAGES[kind]
    if number is not None and has_page(endpoint):
        return url_for(endpoint, number=key_of(number, sample=sample))
    return tab_href(case_no, sample=sample, tab=tab)


def page_href(endpoint: str, fallback: str) -> str:
    """Return the address of a page without parameters; of ``fallback`` where this version lacks it."""
    return url_for(endpoint if has_page(endpoint) else fallback)


def init_app(app: Flask) -> None:
    """Let the templates ask whether the whole installation is the example."""
    app.jinja_env.globals["is_demo"] = lambda: house().settings.demo
