"""The installation with what a public statement needs, and short ways through its journey over the pages."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import unquote

from sqlalchemy import select
from werkzeug.test import TestResponse

from caseapp.models import Approval, Document, DocumentVersion
from tests.caseapp.web.house import Browser, Place
from tests.caseapp.web.routes import CASE

NEW = "文-2026-0002"
HOME = f"/documents/{NEW}"
CONTROL = re.compile(r"<(?:input|textarea|select)\b[^>]*>(?:([^<]*)</textarea>)?")
ATTRIBUTE = re.compile(r'([a-z-]+)="([^"]*)"')


def led(answer: TestResponse) -> str:
    """Where an answer leads."""
    return unquote(answer.location or "")


def typed(page: str) -> dict[str, str]:
    """The values of the page's fields, as a browser would send them."""
    form = page[page.index('name="draft"') :] if 'name="draft"' in page else page
    found: dict[str, str] = {}
    for match in re.finditer(r"<(input|textarea)\b([^>]*)>(?:([^<]*)</textarea>)?", form):
        given = dict(ATTRIBUTE.findall(match[2]))
        if "name" not in given or given.get("type") == "checkbox" or given["name"] in {"draft", "once", "csrf_token"}:
            continue
        found[given["name"]] = _plain(match[3] or "" if match[1] == "textarea" else given.get("value", ""))
    return found


def _plain(text: str) -> str:
    for mark, char in (("&lt;", "<"), ("&gt;", ">"), ("&#34;", '"'), ("&#39;", "'"), ("&amp;", "&")):
        text = text.replace(mark, char)
    return text


FILLED = {
    "statement.subject": "“燕麦圈涂工业石蜡”等网络信息",
    "statement.hotline": "000-5550-0188",
    "contact.hours": "每日 8 时至 22 时",
    "statement.actions.0": "1",
    "statement.actions.0.text": "我公司已对不实内容取证，并向有关平台提交通知",
    "statement.actions.0.exhibits": "证2-1",
    "statement.channels.0": "监管信息请以市场监督管理局网站公布的为准",
}


def start(browser: Browser, kind: str = "clarification_statement", **more: str) -> TestResponse:
    """Draft the first version through the form."""
    browser.get(f"/documents/start?case={CASE}")
    return browser.post("/documents/start", case=CASE, kind=kind, lang="zh", **more)


def fields(browser: Browser, home: str = HOME) -> dict[str, str]:
    """The form of the fields as it stands."""
    return typed(browser.get(f"{home}/edit").text)


def saved(browser: Browser, home: str = HOME, **changes: Any) -> TestResponse:
    """Fill in the fields and save a new version."""
    return browser.post(f"{home}/edit", **(fields(browser, home) | FILLED | changes))


def submitted(browser: Browser) -> None:
    """A statement drafted, filled in and submitted by one person."""
    assert led(start(browser)) == f"{HOME}/edit"
    assert led(saved(browser)) == HOME
    assert led(send(browser, "submit")) == HOME


def send(browser: Browser, act: str, *, n: int | None = None, home: str = HOME, **form: str) -> TestResponse:
    """Send a step about the version the page shows."""
    page = browser.get(
        {"submit": f"{home}/submit", "approve": f"{home}/review", "return": f"{home}/review"}.get(act, f"{home}/leave")
    )
    found = re.search(r'name="n" value="(\d+)"', page.text)
    return browser.post(f"{home}/{act}", n=str(n or (found[1] if found else "")), **form)


def status(place: Place, n: int, number: str = NEW) -> str:
    """State of a version."""
    with place.application.sessions() as session:
        found = select(DocumentVersion.status).join(Document, DocumentVersion.document_id == Document.id)
        return str(session.scalars(found.where(Document.no == number, DocumentVersion.n == n)).one())


def approvals(place: Place) -> list[tuple[int, str]]:
    """Every decision in the installation."""
    with place.application.sessions() as session:
        rows = session.scalars(select(Approval).order_by(Approval.at, Approval.step))
        return [(row.step, row.decision) for row in rows]
