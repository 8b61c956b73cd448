"""Forms that arrive: sent twice, done once; done, its draft is gone; a small act answers with the page it led to.

A form of ours carries ``once`` (32 random hex digits made with the page) and may carry ``draft`` (the name under which
what is typed is kept). ``acting`` writes the receipt and drops the draft in the transaction of the act itself.
"""

from __future__ import annotations

import secrets
from typing import Any
from urllib.parse import urlsplit

from flask import Flask, Response, flash, g, redirect, request, url_for
from markupsafe import Markup
from werkzeug.wrappers import Response as Answer

from caseapp.domain.errors import AlreadyExistsError
from caseapp.services import forms
from caseapp.services.work import Work, open_work
from caseapp.web.access import safe_target
from caseapp.web.i18n import _
from caseapp.web.visitor import house, open_reading

REDIRECTS = frozenset((301, 302, 303, 307, 308))
BOOST = 'target:"#main" select:"#main" swap:"outerHTML" selectOOB:"#crumbs,#rail-nav,#tabbar"'


def fresh_token() -> str:
    """Return a token for one form of a page."""
    return secrets.token_hex(16)


def boost() -> Markup:
    """Return the attribute that sends a form without loading the page anew; without scripts it is a plain form."""
    return Markup("hx-boost='{}'").format(Markup(BOOST))  # noqa: S704 - a constant of ours


def carried_out(work: Work) -> None:
    """Write the receipt of the form being sent and drop its draft, in the act's own transaction."""
    token, key = g.pop("once", None), request.form.get("draft", "")
    if token:
        g.sent = token
        forms.note_sent(work, token)
    if key:
        forms.drop_draft(work, key)


def undoable(text: str, action: str, **fields: str) -> None:
    """Say what was done, with the form that undoes it."""
    said: Any = {"text": text, "action": action, "fields": fields}
    flash(said, "undo")  # the templates know this category's shape


def sent_before(error: AlreadyExistsError) -> Answer | None:
    """Return where the first answer led when ``error`` says that this very form was carried out meanwhile."""
    token = g.get("sent")
    kind = getattr(error.facts.get("kind"), "en", "")
    return _first_answer(token) if token and kind == "sent form" else None


def _first_answer(token: str) -> Answer | None:
    person = g.get("visitor")
    if person is None:
        return None
    held = g.get("reading")
    work = held[1] if held is not None else open_reading(person.actor)
    receipt = forms.sent(work, token)
    if receipt is None:
        return None
    flash(_("这一步已经办理过，没有重复办理。"), "ok")
    return redirect(receipt.location or _came_from(), 303)


def _came_from() -> str:
    parts = urlsplit(request.referrer or "")
    same = parts.netloc in ("", request.host)
    return safe_target(f"{parts.path}?{parts.query}".rstrip("?")) if same else url_for("today.page")


def _begin() -> Answer | None:
    token = request.form.get("once", "") if request.method == "POST" and g.get("visitor") else ""
    if not forms.valid_token(token):
        return None
    g.once = token
    return _first_answer(token)


def _end(answer: Response) -> Response:
    if answer.status_code in REDIRECTS and g.get("sent") and g.get("visitor"):
        with open_work(house(), g.visitor.actor) as work:
            forms.keep_location(work, g.sent, safe_target(answer.location))
    elif answer.status_code not in REDIRECTS and "HX-Boosted" in request.headers and request.method == "POST":
        answer.headers.setdefault("HX-Push-Url", "false")  # what was refused has no address of its own
    return answer


def init_app(app: Flask) -> None:
    """Look for the receipt before a view runs; after ``access``, which says who asks."""
    app.before_request(_begin)
    app.after_request(_end)
    app.jinja_env.globals.update(once=fresh_token, boost=boost)
