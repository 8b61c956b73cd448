"""Drafting: a document is started from its kind, its fields are filled in, its sentences written in other words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from flask import flash, redirect, render_template, request, url_for
from sqlalchemy import select
from werkzeug.wrappers import Response

from caseapp.documents import DocumentModel, compare, load
from caseapp.documents.errors import BadFactsError, DocumentError
from caseapp.documents.redline import Change
from caseapp.domain.errors import StaleVersionError, WorkflowRefusedError
from caseapp.domain.permissions import Permission
from caseapp.domain.workflow import DOCUMENT_VERSION
from caseapp.models import CaseIncident, Document, DocumentVersion, Incident
from caseapp.services.document_start import base_of, exhibits_for, start_document, startable
from caseapp.services.documents import WORDING, drafted, latest_version, model_of, redraft_document
from caseapp.services.queries.documents import document_row, notice_of, version_row
from caseapp.services.queries.register import case_row
from caseapp.services.queries.rows_documents import EDITABLE
from caseapp.services.work import Work
from caseapp.web.access import needs
from caseapp.web.forms import Form, choice, text
from caseapp.web.i18n import N_, _, language, many
from caseapp.web.pages.document import MOST_VERSIONS, blueprint
from caseapp.web.pages.document_fields import Fields
from caseapp.web.unit import acting, key_of, reading

Answer = str | Response | tuple[str, int]
NOTE_LENGTH: Final = 300


class Started(Form):
    """Which document, in which language."""

    kind = choice(
        N_("种类"), lambda: [(one.kind, one.title.in_language(language())) for one in startable()], required=True
    )
    lang = choice(N_("文书语言"), lambda: [("zh", "中文"), ("en", "English")], required=True)


class Saved(Form):
    """What is said with a new version."""

    note = text(N_("修改说明"), limit=NOTE_LENGTH)


@blueprint.get("/start")
@needs(Permission.DOCUMENT_DRAFT)
def start() -> Answer:
    """Ask which document to draft."""
    with reading() as work:
        return _start(work, Started(kind="clarification_statement", lang="zh"))


def _start(work: Work, form: Started) -> str:
    case = case_row(work, request.values.get("case", ""))
    work.require(Permission.DOCUMENT_DRAFT, case)
    prepare = Permission.NOTICE_PREPARE in work.permissions(case)
    return render_template("document/start.html", case=case, form=form, kinds=startable(), prepare=prepare)


@blueprint.post("/start")
@needs(Permission.DOCUMENT_DRAFT)
def make() -> Answer:
    """Draft the first version from what the case knows."""
    form = Started(request.form)
    try:
        if form.validate():
            with acting() as work:
                key = _made(work, str(form.kind.data), str(form.lang.data))
            flash(_("已起草第 1 稿，案件里已有的内容已经填好。"), "ok")
            return redirect(url_for("document.edit", number=key), 303)
    except DocumentError as refusal:
        form.refuse(refusal)
    with reading() as work:
        return _start(work, form), 422


def _made(work: Work, kind: str, lang: str) -> str:
    case = case_row(work, request.form.get("case", ""))
    work.sample = case.sample
    found = select(CaseIncident.incident_id).where(CaseIncident.case_id == case.id, CaseIncident.voided_at.is_(None))
    incidents = [key for key in work.session.scalars(found) if work.sees(work.session.get_one(Incident, key))]
    incident = incidents[0] if len(incidents) == 1 else None
    version = start_document(work, case, kind, lang=lang, incident_id=incident)
    document = work.session.get_one(Document, version.document_id)
    return key_of(document.no, sample=document.sample)


@dataclass(frozen=True)
class Editing:
    """A document being edited: the version shown, its facts, and the form over them."""

    document: Document
    base: DocumentVersion
    facts: dict[str, Any]
    fields: Fields


def seen(name: str = "n") -> int | None:
    """Return the version (or step, as ``name`` says) the form showed, if it showed one."""
    sent = request.form.get(name, "")
    return int(sent) if sent.isascii() and sent.isdigit() and 0 < len(sent) < len(str(MOST_VERSIONS)) else None


def opened(work: Work, number: str) -> Document:
    """Return the document of an address for editing.

    Raises:
        NotFoundError, PermissionDeniedError.
        WorkflowRefusedError: its latest version has left the house.
    """
    document = document_row(work, number)
    work.require(Permission.DOCUMENT_DRAFT, document)
    latest = latest_version(work, document)
    if latest.status not in EDITABLE:
        label = next(step.label for step in DOCUMENT_VERSION.transitions if step.action == "supersede")
        state = DOCUMENT_VERSION.labels[latest.status]
        raise WorkflowRefusedError(workflow=DOCUMENT_VERSION.label, action=label, state=state)
    work.sample = document.sample
    return document


def editing(work: Work, number: str, *, sent: bool) -> Editing:
    """Return a document with the form over the version the form was made from."""
    document = opened(work, number)
    base = version_row(work, document, (seen() if sent else None) or document.latest_n)
    facts = base_of(base)
    facts["exhibits"] = exhibits_for(work, document, facts)
    labels = {str(row["label"]): str(row["evidence"]) for row in facts["exhibits"]}
    return Editing(document, base, facts, Fields(load(document.kind), facts, labels, request.form if sent else None))


@blueprint.get("/<number>/edit")
@needs(Permission.DOCUMENT_DRAFT)
def edit(number: str) -> Answer:
    """Show the fields of the latest version."""
    with reading() as work:
        return _fields(work, editing(work, number, sent=False), Saved())


def _fields(work: Work, now: Editing, form: Saved, conflict: Conflict | None = None) -> str:
    latest = latest_version(work, now.document)
    return render_template(
        "document/edit.html",
        document=now.document,
        key=key_of(now.document.no, sample=now.document.sample),
        base=now.base,
        latest=latest,
        fields=now.fields,
        form=form,
        exhibits=now.facts["exhibits"],
        notice=notice_of(work, now.document),
        conflict=conflict,
    )


@blueprint.post("/<number>/edit")
@needs(Permission.DOCUMENT_DRAFT)
def save(number: str) -> Answer:
    """Save the fields as a new version; a list that grows or shrinks only shows the form again."""
    form = Saved(request.form)
    if request.form.get("add") or request.form.get("drop"):
        with reading() as work:
            return _fields(work, editing(work, number, sent=True), form)
    try:
        with acting() as work:
            now = editing(work, number, sent=True)
            facts = now.fields.facts()
            demand(form.validate() and not now.fields.errors)
            version = _kept(work, now, facts, str(form.note.data or ""))
            key = key_of(now.document.no, sample=now.document.sample)
    except (RefusedForm, DocumentError) as refusal:
        return _again(number, form, refusal)
    except StaleVersionError:
        return _stale(number, form)
    flash(saved_words(version.n, version.findings), "ok")
    return redirect(url_for("document.page", number=key), 303)


class RefusedForm(Exception):  # noqa: N818 - no error of ours: it takes the transaction back
    """The form has a field that cannot be saved; it is shown again as it was typed."""


def demand(sound: object) -> None:
    """Take the transaction back unless the form is sound.

    Raises:
        RefusedForm.
    """
    if not sound:
        raise RefusedForm


def _kept(work: Work, now: Editing, facts: Mapping[str, Any], note: str) -> DocumentVersion:
    return redraft_document(work, now.document, facts, note=note or None, seen_n=seen() or 0)


def saved_words(n: int, findings: list[Any]) -> str:
    """Say which version was saved and whether anything blocks it."""
    blocks = sum(1 for found in findings if found["severity"] == "block")
    done = _("已存为第 %(n)d 稿。", n=n)
    return done + (many("还有 %(num)d 项阻断。", blocks) if blocks else _("没有阻断，可以送审。"))


def _again(number: str, form: Saved, refusal: Exception) -> Answer:
    with reading() as work:
        now = editing(work, number, sent=True)
        now.fields.facts()
        form.validate()
        if isinstance(refusal, BadFactsError):
            now.fields.refuse(str(refusal.facts.get("place", "")), str(refusal.facts.get("detail", "")))
        elif isinstance(refusal, DocumentError):
            form.refuse(refusal)
        return _fields(work, now, form), 422


@dataclass(frozen=True)
class Conflict:
    """Two versions that do not agree: what someone else saved meanwhile, and what was typed here.

    Attributes:
        n: number of the version saved meanwhile.
        author: who saved it is shown with it in the list of versions.
        changes: every sentence that differs, theirs before, mine after.
    """

    n: int
    changes: list[Change]


def differing(theirs: DocumentModel, mine: DocumentModel) -> list[Change]:
    """Return the sentences in which two versions differ."""
    return [change for change in compare(theirs, mine) if change.kind != "same"]


def _stale(number: str, form: Saved) -> Answer:
    """Show both versions side by side; nothing was written."""
    with reading() as work:
        now = editing(work, number, sent=True)
        theirs = latest_version(work, now.document)
        kept = now.base.context.get(WORDING)
        try:
            mine, _typed, _kept_words = drafted(now.document, now.fields.facts(), kept, on=work.now.date())
            conflict = Conflict(theirs.n, differing(model_of(theirs), mine))
        except DocumentError as refusal:
            form.refuse(refusal)
            conflict = Conflict(theirs.n, [])
        return _fields(work, now, form, conflict), 409
