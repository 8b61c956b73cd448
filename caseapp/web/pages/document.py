"""文书: the list of documents, one document as it is read with its checks, exhibits and versions, and its PDF."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from urllib.parse import quote

from flask import Blueprint, Response, abort, render_template, request, url_for

from caseapp.documents.wording import editable
from caseapp.domain.permissions import Permission
from caseapp.models import Case, Document, DocumentVersion
from caseapp.services.approvals import FROZEN, frozen_pdf
from caseapp.services.documents import render_pdf
from caseapp.services.queries.documents import (
    cited,
    dispatch_lines,
    document_lines,
    document_row,
    notice_of,
    publication_lines,
    version_lines,
    version_row,
)
from caseapp.services.queries.rows_documents import CitedLine, VersionLine
from caseapp.services.work import Work
from caseapp.web import wording
from caseapp.web.access import needs
from caseapp.web.i18n import _
from caseapp.web.pages import document_rows, document_words
from caseapp.web.pages.document_sheet import sheet_of
from caseapp.web.unit import key_of, reading
from caseapp.web.visitor import house

blueprint = Blueprint("document", __name__, url_prefix="/documents")
TABS: Final = ("checks", "exhibits", "versions", "remarks")
MOST_VERSIONS: Final = 1_000_000


@blueprint.get("/")
@needs(Permission.DOCUMENT_READ)
def index() -> str | Response:
    """List the documents this person reads, what waits for him first."""
    with reading() as work:
        lines = document_lines(work, sample=house().settings.demo)
    shown = document_rows.document_list(lines)
    if shown.wants_csv:
        return shown.csv("documents")
    return render_template(
        "document/index.html",
        shown=shown,
        href=document_rows.href,
        waits_for=document_rows.waits_for,
        mine=[line for line in lines if line.mine],
    )


@blueprint.get("/<number>")
@needs(Permission.DOCUMENT_READ)
def page(number: str) -> str:
    """Show the latest version."""
    with reading() as work:
        document = document_row(work, number)
        return show(work, document, version_row(work, document, document.latest_n))


@blueprint.get("/<number>/v/<int:n>")
@needs(Permission.DOCUMENT_READ)
def version(number: str, n: int) -> str:
    """Show one version."""
    with reading() as work:
        document = document_row(work, number)
        return show(work, document, version_row(work, document, min(n, MOST_VERSIONS)))


def earlier(work: Work, document: Document, shown: DocumentVersion) -> DocumentVersion | None:
    """Return the version this one is compared with: the one asked for, else the one before; None for none."""
    asked = request.args.get("against", "")
    n = int(asked) if asked.isascii() and asked.isdigit() and len(asked) < len(str(MOST_VERSIONS)) else shown.n - 1
    return version_row(work, document, n) if 0 < n < shown.n else None


def show(work: Work, document: Document, shown: DocumentVersion) -> str:
    """Render a version with its side and its bottom bar."""
    notice = notice_of(work, document)
    versions = version_lines(work, document)
    line = next(one for one in versions if one.id == shown.id)
    against = earlier(work, document, shown) if request.args.get("view") == "changes" else None
    sheet = sheet_of(shown, against)
    allowed = document_words.may(work, document, shown, notice)
    tab = request.args.get("tab", TABS[0])
    return render_template(
        "document/page.html",
        document=document,
        case=work.session.get_one(Case, document.case_id),
        version=shown,
        line=line,
        versions=versions,
        sheet=sheet,
        key=key_of(document.no, sample=document.sample),
        tab=tab if tab in TABS else TABS[0],
        may=allowed,
        bar=document_words.bar(document, shown, line, allowed, notice),
        notice=notice,
        exhibits=cited(work, document, sheet.model) if sheet.model else [],
        dispatches=dispatch_lines(work, document),
        publications=publication_lines(work, document),
        frozen=shown.status in FROZEN,
        exhibit_links=exhibit_links,
        remarks=remarks,
        sentence_ids=lambda model: {one.id for _block, one in editable(model)},
    )


def exhibit_links(found: Sequence[CitedLine]) -> dict[str, str]:
    """Return where the exhibits that this person may open stand."""
    return {
        one.number: url_for("evidence.page", number=key_of(one.number, sample=one.sample)) for one in found if one.title
    }


@dataclass(frozen=True, slots=True)
class Remark:
    """Something said about a version: by its author, or with a decision on it."""

    who: str
    what: str
    tone: str
    text: str
    n: int
    at: datetime


def remarks(versions: Sequence[VersionLine]) -> list[Remark]:
    """Return what was said about the versions, newest first."""
    found = [
        Remark(line.author or _("未知"), _("修改说明"), "note", line.note, line.n, line.at)
        for line in versions
        if line.note
    ]
    found += [
        Remark(one.who, wording.word("decision", one.decision), one.decision, one.comment, line.n, one.at)
        for line in versions
        for one in line.decisions
        if one.comment
    ]
    return sorted(found, key=lambda one: one.at, reverse=True)


@blueprint.get("/<number>/v/<int:n>/pdf")
@needs(Permission.DOCUMENT_READ)
def pdf(number: str, n: int) -> Response:
    """Give the PDF: the frozen bytes of an approved version, a marked preview of any other."""
    with reading(part=True) as work:
        document = document_row(work, number)
        shown = version_row(work, document, min(n, MOST_VERSIONS))
        frozen = shown.status in FROZEN
        if not frozen and not shown.model:
            abort(404)
        data = frozen_pdf(work, shown) if frozen else render_pdf(shown, preview=True)
        name = f"{document.no}-v{shown.n}{'' if frozen else '-preview'}.pdf"
    answer = Response(data, mimetype="application/pdf")
    how = "attachment" if request.args.get("save") else "inline"
    answer.headers["Content-Disposition"] = f"{how}; filename=\"document.pdf\"; filename*=UTF-8''{quote(name)}"
    return answer
