"""Review: a draft is submitted, approved step by step by others to the byte, or returned with a reason."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from caseapp.documents import load
from caseapp.domain.errors import (
    CaseError,
    SecondPersonRequiredError,
    StaleVersionError,
    WorkflowRefusedError,
)
from caseapp.domain.permissions import Permission
from caseapp.models import Case, Document, DocumentVersion, Notice
from caseapp.services.approvals import approve_document, check_step, deciders_of, return_document
from caseapp.services.documents import BlockedDocumentError, latest_version, submit_document
from caseapp.services.queries.documents import cited, document_row, notice_of, version_lines, version_row
from caseapp.services.queries.rows_documents import VersionLine
from caseapp.services.work import Work
from caseapp.web import sending
from caseapp.web.access import needs, visitor
from caseapp.web.filters import tell
from caseapp.web.forms import Form, text
from caseapp.web.i18n import N_, _, language, many
from caseapp.web.pages import document_words
from caseapp.web.pages.document import blueprint, exhibit_links
from caseapp.web.pages.document_edit import Answer, seen
from caseapp.web.pages.document_sheet import Sheet, sheet_of
from caseapp.web.unit import acting, key_of, reading
from caseapp.web.visitor import close_reading, house

WORDS_LENGTH: Final = 2000
SEALED: Final = frozenset({"sealed", "logged", "stamped", "witnessed", "complete"})


class Returned(Form):
    """Why a version goes back to its author."""

    reason = text(N_("退回的理由"), limit=WORDS_LENGTH, required=True, area=True)


class Approved(Form):
    """What is said with an approval."""

    comment = text(N_("意见"), limit=WORDS_LENGTH, area=True)


def current(work: Work, number: str) -> tuple[Document, DocumentVersion]:
    """Return a document and its latest version, which must be the one the form showed.

    Raises:
        NotFoundError, PermissionDeniedError.
        StaleVersionError: another version was drafted since.
    """
    document = document_row(work, number)
    work.sample = document.sample
    if seen() != document.latest_n:
        raise StaleVersionError
    return document, latest_version(work, document)


def home(document: Document) -> str:
    """Return the address of a document."""
    return url_for("document.page", number=key_of(document.no, sample=document.sample))


@blueprint.get("/<number>/submit")
@needs(Permission.DOCUMENT_DRAFT)
def confirm(number: str) -> Answer:
    """Say what submitting will do, or what still blocks it."""
    with reading() as work:
        return _confirm(work, document_row(work, number))


def _confirm(work: Work, document: Document) -> str:
    work.require(Permission.DOCUMENT_DRAFT, document)
    version = latest_version(work, document)
    sheet = sheet_of(version)
    return render_template(
        "document/confirm.html",
        document=document,
        case=work.session.get_one(Case, document.case_id),
        key=key_of(document.no, sample=document.sample),
        version=version,
        sheet=sheet,
        route=[step.label.in_language(language()) for step in load(document.kind).route],
        exhibits=cited(work, document, sheet.model) if sheet.model else [],
        waits=version.status == "draft",
        asked=tell(_("送审：%(what)s"), what=sheet.heading or document.title),
    )


@blueprint.post("/<number>/submit")
@needs(Permission.DOCUMENT_DRAFT)
def submit(number: str) -> Answer:
    """Submit the draft that was shown."""
    try:
        with acting() as work:
            document, version = current(work, number)
            submit_document(work, version)
            leads = home(document)
    except BlockedDocumentError:
        with reading() as work:
            return _confirm(work, document_row(work, number)), 422
    flash(_("已送审。"), "ok")
    return redirect(leads, 303)


@dataclass(frozen=True, slots=True)
class Review:
    """What an approver reads.

    Attributes:
        after: what happens once he approves.
        checks: what was checked: sound or not, and the words.
        asked: how many steps the route has, and which is his.
    """

    after: list[tuple[str, str]]
    checks: list[tuple[bool, str]]
    asked: tuple[int, int]


def _review(
    document: Document, line: VersionLine, sheet: Sheet, notice: Notice | None, seals: list[str | None]
) -> Review:
    given = sum(1 for one in line.decisions if one.decision == "approved")
    steps = document_words.route(document, line)[1:]
    after = [("circle-check", _("定稿 PDF 封存入库并加盖时间戳，字节不再改动"))]
    if given + 1 < len(steps):
        after = [("arrow-right", _("交下一步：%(who)s", who=steps[given + 1].label))]
    elif notice is not None:
        after.append(("mail-forward", _("通知 %(no)s 可以批准提交平台", no=notice.no)))
    elif load(document.kind).audience == "public":
        after.append(("world", _("可以安排对外发布")))
    else:
        after.append(("mail-forward", _("可以用印和发出")))
    sealed = sum(1 for state in seals if state in SEALED)
    checks = [
        (not sheet.blocking, many("%(num)d 项规则通过，%(m)d 项阻断", sheet.passed, m=len(sheet.blocking))),
        (sealed == len(seals), many("引用 %(num)d 件证据，%(m)d 件已封存", len(seals), m=sealed)),
    ]
    asked = [(mark.title, mark.note or mark.quoted) for mark in sheet.asking]
    checks += [(False, _("%(what)s：%(where)s", what=what, where=where)) for what, where in asked]
    return Review(after, checks, (given + 1, len(steps)))


@blueprint.get("/<number>/review")
@needs(Permission.DOCUMENT_READ)
def review(number: str) -> Answer:
    """Show what is to be decided: what follows, the text, what changed, the checks, the exhibits."""
    with reading() as work:
        return _shown(work, document_row(work, number), Approved(), Returned())


def _shown(work: Work, document: Document, approved: Approved, returned: Returned) -> str:
    version = latest_version(work, document)
    versions = version_lines(work, document)
    line = next(one for one in versions if one.id == version.id)
    before = version_row(work, document, version.n - 1) if version.n > 1 else None
    sheet = sheet_of(version, before)
    exhibits = cited(work, document, sheet.model) if sheet.model else []
    notice = notice_of(work, document)
    return render_template(
        "document/review.html",
        document=document,
        case=work.session.get_one(Case, document.case_id),
        key=key_of(document.no, sample=document.sample),
        version=version,
        line=line,
        drafted_by=tell(_("%(who)s 起草"), who=line.author or _("未知")),
        sheet=sheet,
        plain=sheet_of(version),
        exhibits=exhibits,
        exhibit_links=exhibit_links,
        review=_review(document, line, sheet, notice, [one.seal_state for one in exhibits]),
        refusal=document_words.refused(work, version),
        route=document_words.route(document, line),
        approved=approved,
        returned=returned,
        step=len(deciders_of(work, version)),
    )


@blueprint.post("/<number>/approve")
@needs(Permission.DOCUMENT_READ)
def approve(number: str) -> Answer:
    """Approve the open step; the last one prints, seals and freezes, which takes as long as the stamps take."""
    form = Approved(request.form)
    if not form.validate():
        with reading() as work:
            return _shown(work, document_row(work, number), form, Returned()), 422
    with reading(part=True) as work:
        document, version = current(work, number)
        key, leads = version.id, home(document)
        try:
            check_step(work, version, seen("step"))
        except (SecondPersonRequiredError, WorkflowRefusedError) as refusal:
            return _decided(work, version, leads, refusal)
    close_reading()
    try:
        whole = approve_document(
            house(), visitor().actor, key, comment=str(form.comment.data or ""), seen=seen("step"),
            also=sending.carried_out,
        )  # fmt: skip
    except (SecondPersonRequiredError, WorkflowRefusedError) as refusal:
        with reading(part=True) as work:
            return _decided(work, work.get(DocumentVersion, key), leads, refusal)
    flash(_("已批准并定稿，PDF 已封存。") if whole else _("已批准，交下一步。"), "ok")
    return redirect(leads, 303)


def _decided(work: Work, version: DocumentVersion, leads: str, refusal: CaseError) -> Response:
    """Answer someone who pressed twice: what he approved is approved, once.

    Raises:
        CaseError: ``refusal``, when he approved nothing.
    """
    if work.actor.person not in deciders_of(work, version):
        raise refusal
    flash(_("您已批准这一稿，没有重复办理。"), "ok")
    return redirect(leads, 303)


@blueprint.post("/<number>/return")
@needs(Permission.DOCUMENT_READ)
def send_back(number: str) -> Answer:
    """Return the version to its author with the reason."""
    form = Returned(request.form)
    if not form.validate():
        with reading() as work:
            return _shown(work, document_row(work, number), Approved(), form), 422
    with acting() as work:
        document, version = current(work, number)
        return_document(work, version, reason=str(form.reason.data))
        leads = home(document)
    flash(_("已退回起草人。"), "ok")
    return redirect(leads, 303)
