"""制作遮盖副本: finds and places proposed, ticked or drawn by a person, made by a worker."""

from __future__ import annotations

from typing import Final

from flask import Response, flash, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as Answer

from caseapp.domain.errors import InvalidInputError, NotFoundError, ReasonRequiredError
from caseapp.domain.permissions import Permission
from caseapp.domain.personal_data import KINDS
from caseapp.models import EvidenceItem
from caseapp.services.masking import picture_names
from caseapp.services.redaction_jobs import ask_redaction, redaction_job
from caseapp.services.redactions import REASON_LENGTH, TITLE_LENGTH, Order, proposal, redactable
from caseapp.services.work import Work
from caseapp.web import tiles
from caseapp.web.access import needs
from caseapp.web.forms import Form, text, tick
from caseapp.web.i18n import N_, _
from caseapp.web.pages.evidence import TILE_AGE, item_of, opener
from caseapp.web.pages.evidence_labels import blueprint
from caseapp.web.redacted import (
    kind_word,
    places_shown,
    rows_of,
    texts_shown,
    typed_boxes,
    typed_names,
    typed_spans,
)
from caseapp.web.security import DOWNLOAD_POLICY
from caseapp.web.unit import acting, key_of, reading

__all__ = ["blueprint"]

NAMES_LENGTH: Final = 2000


class Wanted(Form):
    """What is said about a redacted copy; its masks come beside it."""

    reason = text(N_("为什么遮盖"), limit=REASON_LENGTH, required=True, area=True)
    title = text(N_("副本题名"), limit=TITLE_LENGTH - 10)
    pictures = tick(N_("副本含截图"))
    texts = tick(N_("副本含正文"))
    unprivileged = tick(N_("副本不再属保密通信（须由律师确认）"))


@blueprint.get("/<number>/redact")
@needs(Permission.EVIDENCE_REGISTER)
def redact(number: str) -> str:
    """Show what could be hidden, and how far a copy being made is."""
    with reading() as work:
        row, _granted = item_of(work, number)
        if "HX-Request" in request.headers and "HX-Boosted" not in request.headers:
            redactable(work, row)
            return _progress(work, row)
        return _page(work, row, Wanted(data={"pictures": True, "texts": True}))


@blueprint.post("/<number>/redact")
@needs(Permission.EVIDENCE_REGISTER)
def make(number: str) -> Answer | tuple[str, int]:
    """Ask for the copy; a worker makes it."""
    form = Wanted(request.form)
    valid = form.validate()
    if valid:
        try:
            with acting() as work:
                row, _granted = item_of(work, number)
                ask_redaction(work, row, _order(work, row, form))
            flash(_("已开始制作遮盖副本。可以离开本页，完成后在证据页的“派生件”里。"), "ok")
            return redirect(url_for("evidence.redact", number=number), 303)
        except (InvalidInputError, ReasonRequiredError) as refusal:
            form.refuse(refusal)
    with reading() as work:
        row, _granted = item_of(work, number)
        return _page(work, row, form), 422


def _order(work: Work, row: EvidenceItem, form: Wanted) -> Order:
    names = list(proposal(work, row).texts)
    return Order(
        form.reason.data or "", typed_boxes(request.form), typed_spans(request.form, names), form.pictures.data,
        form.texts.data, form.title.data or "", form.unprivileged.data,
    )  # fmt: skip


def _page(work: Work, row: EvidenceItem, form: Wanted) -> str:
    typed = request.values.get("names", "")[:NAMES_LENGTH]
    found = proposal(work, row, typed_names(typed))
    again = request.method == "POST"
    wide, high = found.size
    return render_template(
        "evidence/redact.html",
        item=row,
        key=key_of(row.no, sample=row.sample),
        form=form,
        names=typed,
        size=(wide, high),
        tile_size=tiles.TILE,
        texts=texts_shown(found),
        places=places_shown(found),
        rows=rows_of(request.form),
        kinds=[(key, kind_word(key)) for key in KINDS],
        chosen=set(request.form.getlist("find") + request.form.getlist("place")) if again else None,
        job=redaction_job(work, row),
        copy=_made(work, row),
    )


def _made(work: Work, row: EvidenceItem) -> EvidenceItem | None:
    """The copy the person's newest order led to, once it is there."""
    job = redaction_job(work, row)
    key = str(job.payload.get("copy", "")) if job is not None and job.status == "done" else ""
    found = work.session.get(EvidenceItem, key) if key else None
    return found if found is not None and work.sees(found) else None


def _progress(work: Work, row: EvidenceItem) -> str:
    return render_template(
        "evidence/redacting.html", key=key_of(row.no, sample=row.sample), job=redaction_job(work, row),
        copy=_made(work, row),
    )  # fmt: skip


@blueprint.get("/<number>/redact/shot/<int:level>/<int:column>/<int:row>.jpg")
@needs(Permission.EVIDENCE_REGISTER)
def redact_tile(number: str, level: int, column: int, row: int) -> Response:
    """Answer one tile of the pictures that can be masked, those handed in among them."""
    with reading(part=True) as work:
        item, _granted = item_of(work, number)
        redactable(work, item)
    names = picture_names(item.files)
    if not names:
        raise NotFoundError(kind=tiles.PICTURE)
    open_file = opener(str(item.package_id))
    whole = tiles.picture(str(item.package_id), names, open_file)
    answer = make_response(tiles.tile(whole, level, column, row, open_file))
    answer.headers["Content-Type"] = "image/jpeg"
    answer.headers["Content-Security-Policy"] = DOWNLOAD_POLICY
    answer.headers["Cache-Control"] = f"private, max-age={TILE_AGE}"
    return answer
