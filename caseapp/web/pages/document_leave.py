"""What an approved document goes through: the chop, dispatch with its proof of arrival, publication."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import closing

from flask import abort, flash, redirect, render_template, request, url_for
from werkzeug.datastructures import FileStorage

from caseapp.documents import load
from caseapp.domain.errors import InvalidInputError
from caseapp.domain.permissions import Permission
from caseapp.domain.workflow import DISPATCH, DOCUMENT_VERSION
from caseapp.models import Case, Dispatch, Document, Publication
from caseapp.services import publications
from caseapp.services.dispatches import dispatch_document
from caseapp.services.documents import latest_version
from caseapp.services.proofs import LIMIT, Upload, keep_upload, seal_upload
from caseapp.services.queries.documents import (
    dispatch_lines,
    dispatch_row,
    document_row,
    notice_of,
    publication_lines,
    publication_row,
)
from caseapp.services.work import Work
from caseapp.web.access import needs
from caseapp.web.forms import Form
from caseapp.web.i18n import _, language
from caseapp.web.pages import document_sentences, document_words
from caseapp.web.pages.document import blueprint
from caseapp.web.pages.document_acts import current
from caseapp.web.pages.document_deeds import LINE, PUBLISHINGS, SENDINGS, Act, Planned, Sent
from caseapp.web.pages.document_edit import Answer
from caseapp.web.unit import acting, key_of, reading
from caseapp.web.visitor import house

__all__ = ["blueprint", "document_sentences"]


@blueprint.get("/<number>/leave")
@needs(Permission.DOCUMENT_READ)
def leave(number: str) -> Answer:
    """Show the chop, what was sent and published, and what can be done next."""
    with reading() as work:
        return _shown(work, document_row(work, number))


def _shown(work: Work, document: Document, sent: Form | None = None, opened: tuple[str, Form] | None = None) -> str:
    """Render the page; ``opened`` is the form of one row that was refused, under its key and act."""
    version = latest_version(work, document)
    notice = notice_of(work, document)
    rows = dispatch_lines(work, document)
    rights = work.permissions(document)
    offered = {
        row.id: [step.action for step in work.offers(DISPATCH, work.session.get_one(Dispatch, row.id))] for row in rows
    }
    public = load(document.kind).audience == document_words.PUBLIC
    return render_template(
        "document/leave.html",
        document=document,
        case=work.session.get_one(Case, document.case_id),
        key=key_of(document.no, sample=document.sample),
        version=version,
        may=document_words.may(work, document, version, notice),
        notice=notice,
        dispatches=rows,
        publications=publication_lines(work, document),
        offered=offered,
        sendings=SENDINGS,
        publishings=PUBLISHINGS,
        sent=sent if isinstance(sent, Sent) else Sent(channel="email"),
        planned=sent if isinstance(sent, Planned) else Planned(),
        opened=opened,
        public=public,
        language=language,
        may_send=Permission.DOCUMENT_DISPATCH in rights,
    )


@blueprint.post("/<number>/sign")
@needs(Permission.DOCUMENT_SIGN)
def sign(number: str) -> Answer:
    """Record that the approved paper was signed or chopped."""
    with acting() as work:
        document, version = current(work, number)
        work.transition(DOCUMENT_VERSION, version, "sign")
        leads = _home(document)
    flash(_("用印已登记。"), "ok")
    return redirect(leads, 303)


def _home(document: Document) -> str:
    return url_for("document.leave", number=key_of(document.no, sample=document.sample))


@blueprint.post("/<number>/dispatch")
@needs(Permission.DOCUMENT_DISPATCH)
def dispatch(number: str) -> Answer:
    """Queue the approved paper for sending."""
    form = Sent(request.form)
    try:
        if form.validate():
            with acting() as work:
                document, version = current(work, number)
                address = str(form.address.data or "") or None
                dispatch_document(
                    work, version, channel=str(form.channel.data), recipient=str(form.recipient.data), address=address
                )
                leads = _home(document)
            flash(_("已排队发出，发出的是封存的定稿。"), "ok")
            return redirect(leads, 303)
    except InvalidInputError as refusal:
        form.refuse(refusal)
    with reading() as work:
        return _shown(work, document_row(work, number), form), 422


@blueprint.get("/<number>/dispatches/<key>")
@needs(Permission.DOCUMENT_READ)
def dispatched(number: str, key: str) -> str:
    """Show how far one dispatch is; the page asks again while it waits."""
    with reading(part=True) as work:
        document = document_row(work, number)
        row = dispatch_row(work, document, key)
        line = next(one for one in dispatch_lines(work, document) if one.id == row.id)
    return render_template(
        "document/sending.html", row=line, key=key_of(document.no, sample=document.sample), language=language
    )


@blueprint.post("/<number>/dispatches/<key>/<act>")
@needs(Permission.DOCUMENT_DISPATCH)
def settle(number: str, key: str, act: str) -> Answer:
    """Record what became of a dispatch."""
    return _taken(number, key, act, SENDINGS, dispatch_row)


@blueprint.post("/<number>/publications")
@needs(Permission.PUBLICATION_SCHEDULE)
def plan(number: str) -> Answer:
    """Plan a publication."""
    form = Planned(request.form)
    try:
        if form.validate():
            with acting() as work:
                document, version = current(work, number)
                account = str(form.account.data or "")
                publications.schedule_publication(
                    work, version, channel=str(form.channel.data), account=account, at=form.at.data
                )
                leads = _home(document)
            flash(_("已安排发布。"), "ok")
            return redirect(leads, 303)
    except InvalidInputError as refusal:
        form.refuse(refusal)
    with reading() as work:
        return _shown(work, document_row(work, number), form), 422


@blueprint.post("/<number>/publications/<key>/<act>")
@needs(Permission.DOCUMENT_READ)
def publishing(number: str, key: str, act: str) -> Answer:
    """Record what became of a publication."""
    return _taken(number, key, act, PUBLISHINGS, publication_row)


def _taken(
    number: str,
    key: str,
    act: str,
    acts: Mapping[str, Act],
    find: Callable[[Work, Document, str], Dispatch | Publication],
) -> Answer:
    chosen = acts.get(act) or abort(404)
    form = chosen.form(request.form)
    try:
        if form.validate():
            upload = _upload(number, key, find) if chosen.proof else None
            with acting() as work:
                document = document_row(work, number)
                work.sample = document.sample
                row = find(work, document, key)
                proof = _keep(work, document, row, upload) if upload and isinstance(row, Dispatch) else None
                chosen.run(work, row, form, proof)
                leads = _home(document)
            flash(_(chosen.done), "ok")
            return redirect(leads, 303)
    except InvalidInputError as refusal:
        form.refuse(refusal)
    with reading() as work:
        document = document_row(work, number)
        find(work, document, key)
        return _shown(work, document, opened=(f"{key}-{act}", form)), 422


def _upload(number: str, key: str, find: Callable[[Work, Document, str], Dispatch | Publication]) -> Upload | None:
    """Seal the uploaded proof, once it is known that this person may record it.

    Raises:
        InvalidInputError: it is no proof.
        NotFoundError, PermissionDeniedError, WorkflowRefusedError.
    """
    file = request.files.get("proof")
    if file is None or not file.filename:
        return None
    with reading(part=True) as work:
        row = find(work, document_row(work, number), key)
        work.require(Permission.DOCUMENT_DISPATCH, row)
        DISPATCH.find(row, "deliver")
    return _sealed(file, number)


def _sealed(file: FileStorage, number: str) -> Upload:
    with closing(file):
        data = file.stream.read(LIMIT + 1)
    return seal_upload(house(), data, name=file.filename or "", purpose=f"到达凭证 {number}")


def _keep(work: Work, document: Document, row: Dispatch, upload: Upload) -> str:
    title = f"到达凭证 {document.no}（{row.recipient}）"
    return keep_upload(work, upload, row, title=title[:LINE], proves=f"{document.no} 已送达 {row.recipient}"[:LINE]).id
