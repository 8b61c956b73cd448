"""Search: one box over numbers, titles and addresses, through the same visibility rule as every list."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from caseapp.domain.permissions import Permission
from caseapp.services.queries import Hit, find
from caseapp.web.access import needs
from caseapp.web.i18n import _
from caseapp.web.unit import key_of, reading

blueprint = Blueprint("find", __name__)

LONGEST = 300


@dataclass(frozen=True, slots=True)
class Line:
    """One result."""

    kind: str
    number: str
    title: str
    detail: str | None
    href: str


@blueprint.get("/find")
@needs(Permission.CASE_READ)
def page() -> str | Response:
    """Show what was found; an exact number leads straight to its page."""
    words = request.args.get("q", "").strip()[:LONGEST]
    hits: list[Hit] = []
    with reading() as work:
        if words:
            hits = find(work, words)
    lines = [_line(hit) for hit in hits]
    exact = [line for line in lines if line.number == words]
    if len(exact) == 1:
        return redirect(exact[0].href)
    return render_template("find/page.html", words=words, lines=lines)


def _line(hit: Hit) -> Line:
    kinds = {"case": _("案件"), "evidence": _("证据"), "post": _("内容"), "notice": _("通知")}
    if hit.kind == "evidence":
        href = url_for("evidence.page", number=key_of(hit.number, sample=hit.sample))
    elif hit.kind == "case":
        href = url_for("case.page", number=key_of(hit.number, sample=hit.sample))
    elif hit.case_no:
        tab = "posts" if hit.kind == "post" else "notices"
        href = url_for("case.tab", number=key_of(hit.case_no, sample=hit.case_sample), tab=tab)
    else:
        href = url_for("case.index")
    return Line(kinds[hit.kind], hit.number, hit.title, hit.detail, href)
