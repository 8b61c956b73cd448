"""Acts on a notice: each form leads here, one use case does it, and what was refused comes back as it was typed."""

from __future__ import annotations

from contextlib import closing
from typing import Any

from flask import abort, flash, redirect, request, url_for
from werkzeug.datastructures import FileStorage
from werkzeug.wrappers import Response

from caseapp.domain.errors import InvalidInputError, WorkflowRefusedError
from caseapp.domain.labels import Label
from caseapp.domain.permissions import Permission
from caseapp.domain.workflow import NOTICE, Transition
from caseapp.models import Notice, NoticeItem
from caseapp.services.conduct import items_of
from caseapp.services.notice_steps import check_seen, decide_counter_notice, propose_decision
from caseapp.services.proofs import LIMIT, Upload, keep_upload, seal_upload
from caseapp.services.queries.notices import notice_lines, notice_row
from caseapp.services.work import Work
from caseapp.web.access import needs
from caseapp.web.i18n import _
from caseapp.web.pages import notice_prepare
from caseapp.web.pages.notice import blueprint, offered, show
from caseapp.web.pages.notice_deeds import ACTS, Act, Sent, counter_notice_of
from caseapp.web.pages.notice_forms import Decided
from caseapp.web.pages.notice_words import OFFERED, VERBS
from caseapp.web.unit import acting, key_of, reading
from caseapp.web.visitor import house

__all__ = ["blueprint", "notice_prepare"]

Answer = Response | tuple[str, int]
LAST_VERSION = 2**31


@blueprint.post("/<number>/<act>")
@needs(Permission.CASE_READ)
def take(number: str, act: str) -> Answer:
    """Take one act; the use case checks permission, state, second person and proof.

    Raises:
        CaseError: what it refuses and no typing can mend.
    """
    if act not in ACTS:
        abort(404)
    chosen = ACTS[act]
    form = chosen.form(request.form)
    if not form.validate():
        return _again(number, act, form.errors)
    try:
        upload = _upload(number, act, chosen)
        with acting() as work:
            row = notice_row(work, number)
            check_seen(row, version())
            proof = _keep(work, row, upload, chosen)
            said = chosen.run(work, row, Sent(form, _ticked(work, row), proof))
            key = key_of(row.no, sample=row.sample)
    except InvalidInputError as refusal:
        return _again(number, act, refusal)
    flash(said, "ok")
    return redirect(url_for("notice.page", number=key), 303)


def version() -> int | None:
    """Return the version the form showed, if it showed one."""
    shown = request.form.get("version", "")
    return min(int(shown), LAST_VERSION) if shown.isascii() and shown.isdigit() and len(shown) < len("9" * 12) else None


def _again(number: str, act: str, refused: Any) -> Answer:
    with reading() as work:
        row = notice_row(work, number)
        (line,) = notice_lines(work, notice_id=row.id)
        opened = offered(work, row, line, act, request.form)
        opened.form.validate()
        if isinstance(refused, InvalidInputError):
            opened.form.refuse(refused)
        return show(work, row, opened), 422


def _upload(number: str, act: str, chosen: Act) -> Upload | None:
    """Seal the uploaded proof, once it is known that this person may take the act at all.

    Raises:
        InvalidInputError: there is none though one is needed, or it is no proof.
        NotFoundError, PermissionDeniedError, WorkflowRefusedError.
    """
    file = request.files.get("proof")
    if not chosen.proof:
        return None
    if file is None or not file.filename:
        if chosen.proof_needed:
            problem = Label("请选一个文件：截图或 PDF。", "choose a file: a screenshot or a PDF.")
            raise InvalidInputError(field=Label("凭证文件", "proof file"), problem=problem)
        return None
    with reading(part=True) as work:
        row = notice_row(work, number)
        check_seen(row, version())
        _may(work, row, act)
    return _sealed(file, f"{VERBS[act]} {number}")


def _may(work: Work, row: Notice, act: str) -> Transition:
    found = [step for step in NOTICE.open_from(row.status) if step.action in OFFERED.get(act, ())]
    if not found:
        table = {step.action: step.label for step in NOTICE.transitions}
        label = table[OFFERED[act][0]]
        raise WorkflowRefusedError(workflow=NOTICE.label, action=label, state=NOTICE.labels[row.status])
    work.require(found[0].permission, row)
    return found[0]


def _sealed(file: FileStorage, purpose: str) -> Upload:
    with closing(file):
        data = file.stream.read(LIMIT + 1)
    return seal_upload(house(), data, name=file.filename or "", purpose=purpose)


def _keep(work: Work, row: Notice, upload: Upload | None, chosen: Act) -> str | None:
    if upload is None:
        return None
    return keep_upload(work, upload, row, title=f"{chosen.title} {row.no}", proves=f"{row.no} {chosen.title}").id


def _ticked(work: Work, row: Notice) -> list[NoticeItem]:
    wanted = set(request.form.getlist("item"))
    return [item for item in items_of(work, row) if item.id in wanted]


@blueprint.post("/<number>/counter-notices/<key>/propose")
@needs(Permission.COUNTER_NOTICE_DECIDE)
def propose(number: str, key: str) -> Answer:
    """Say what one would do about a counter-notice; a second person decides."""
    with acting() as work:
        row = notice_row(work, number)
        counter = counter_notice_of(work, row, key)
        check_seen(counter, version())
        propose_decision(work, counter, request.form.get("decision", ""))
        home = key_of(row.no, sample=row.sample)
    flash(_("意见已提出，须由另一人决定。"), "ok")
    return redirect(url_for("notice.page", number=home), 303)


@blueprint.post("/<number>/counter-notices/<key>/decide")
@needs(Permission.COUNTER_NOTICE_DECIDE)
def decide(number: str, key: str) -> Answer:
    """Decide as another person proposed, with the reason."""
    form = Decided(request.form)
    with acting() as work:
        row = notice_row(work, number)
        if not form.validate():
            raise InvalidInputError(field=Label("决定的理由", "reason"), problem=Label("请填写。", "fill it in."))
        counter = counter_notice_of(work, row, key)
        check_seen(counter, version())
        decide_counter_notice(work, counter, reason=str(form.words.data))
        home = key_of(row.no, sample=row.sample)
    flash(_("已决定。"), "ok")
    return redirect(url_for("notice.page", number=home), 303)
