"""Sentences in a person's own words: every sentence of ours as the template has it, to be written otherwise."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask import flash, redirect, render_template, request, url_for

from caseapp.documents.errors import DocumentError
from caseapp.documents.wording import LONGEST, editable
from caseapp.domain.errors import StaleVersionError
from caseapp.domain.permissions import Permission
from caseapp.models import Document, DocumentVersion
from caseapp.services.document_start import base_of
from caseapp.services.documents import WORDING, drafted, latest_version, model_of, redraft_document
from caseapp.services.queries.documents import notice_of, version_row
from caseapp.services.work import Work
from caseapp.web.access import needs
from caseapp.web.i18n import _
from caseapp.web.pages.document import blueprint
from caseapp.web.pages.document_edit import (
    Answer,
    Conflict,
    RefusedForm,
    Saved,
    demand,
    differing,
    opened,
    saved_words,
    seen,
)
from caseapp.web.unit import acting, key_of, reading


@dataclass(frozen=True)
class Line:
    """One sentence as it is written and as the template has it."""

    id: str
    heading: str
    text: str
    original: str
    error: str = ""


def lines(document: Document, version: DocumentVersion, work: Work, sent: Mapping[str, str] | None) -> list[Line]:
    """Return the sentences of a version that may be written in other words."""
    facts = base_of(version)
    plain, _typed, _none = drafted(document, facts, {}, on=work.now.date())
    known: Mapping[str, str] = version.context.get(WORDING, {})
    headings, heading = {}, ""
    for block in plain.blocks:
        heading = "".join(_shown(one) for one in block.content) if block.type == "heading" else heading
        headings[block.id] = heading
    found = []
    for block, one in editable(plain):
        words = known.get(one.id, one.text) if sent is None else sent.get(f"s-{one.id}", one.text).strip()
        error = _("最多 %(n)d 个字。", n=LONGEST) if len(words) > LONGEST else ""
        found.append(Line(one.id, headings[block.id], words, one.text, error))
    return found


def _shown(inline: Any) -> str:
    return str(getattr(inline, "text", None) or getattr(inline, "label", ""))


@blueprint.get("/<number>/words")
@needs(Permission.DOCUMENT_DRAFT)
def words(number: str) -> Answer:
    """Show every sentence of our own with its words to be changed."""
    with reading() as work:
        document = opened(work, number)
        return _words(work, document, latest_version(work, document), Saved(), None)


def _words(
    work: Work,
    document: Document,
    base: DocumentVersion,
    form: Saved,
    sent: Mapping[str, str] | None,
    conflict: Conflict | None = None,
) -> str:
    return render_template(
        "document/words.html",
        document=document,
        key=key_of(document.no, sample=document.sample),
        base=base,
        latest=latest_version(work, document),
        lines=lines(document, base, work, sent),
        form=form,
        notice=notice_of(work, document),
        conflict=conflict,
    )


@blueprint.post("/<number>/words")
@needs(Permission.DOCUMENT_DRAFT)
def reword(number: str) -> Answer:
    """Save the sentences as a new version."""
    form = Saved(request.form)
    try:
        with acting() as work:
            document = opened(work, number)
            base = version_row(work, document, seen() or document.latest_n)
            typed = {one.id: one for one in lines(document, base, work, request.form)}
            demand(form.validate() and not any(one.error for one in typed.values()))
            wording = {key: one.text for key, one in typed.items() if one.text and one.text != one.original}
            note = str(form.note.data or "") or None
            version = redraft_document(work, document, base_of(base), note=note, wording=wording, seen_n=seen() or 0)
            key = key_of(document.no, sample=document.sample)
    except (RefusedForm, DocumentError, StaleVersionError) as refusal:
        return _words_again(number, form, refusal)
    flash(saved_words(version.n, version.findings), "ok")
    return redirect(url_for("document.page", number=key), 303)


def _words_again(number: str, form: Saved, refusal: Exception) -> Answer:
    with reading() as work:
        document = opened(work, number)
        base = version_row(work, document, seen() or document.latest_n)
        form.validate()
        conflict = None
        if isinstance(refusal, StaleVersionError):
            theirs = latest_version(work, document)
            wording = {one.id: one.text for one in lines(document, base, work, request.form)}
            try:
                mine, _typed, _kept_words = drafted(document, base_of(base), wording, on=work.now.date())
                conflict = Conflict(theirs.n, differing(model_of(theirs), mine))
            except DocumentError as fault:
                form.refuse(fault)
                conflict = Conflict(theirs.n, [])
        elif isinstance(refusal, DocumentError):
            form.refuse(refusal)
        shown = _words(work, document, base, form, request.form, conflict)
        return shown, 409 if conflict else 422
