"""What a person does on the page of an item: describe it, hold it, make it an exhibit, hand it in, dispose of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as Answer

from caseapp.domain.errors import NotFoundError, StaleVersionError
from caseapp.domain.events import Event
from caseapp.domain.labels import Label
from caseapp.domain.permissions import Permission
from caseapp.models import EvidenceItem
from caseapp.services.custody import append_custody
from caseapp.services.evidence_acts import describe_evidence, exhibit_evidence, hold_evidence, step_evidence
from caseapp.services.queries.register import case_row
from caseapp.services.typed import typed
from caseapp.web.access import needs
from caseapp.web.forms import Form, choice, text
from caseapp.web.i18n import N_, _
from caseapp.web.pages.evidence import blueprint, item_of, kept_item
from caseapp.web.pages.evidence_register import ORIGINALS, TEXT_LENGTH, TITLE_LENGTH
from caseapp.web.replay import ARCHIVE, Ticket, address, available
from caseapp.web.unit import acting, key_of, reading

__all__ = ["blueprint"]

DONE: Final[Mapping[str, str]] = {
    "produce": N_("已记下：已提交。"),
    "request_disposal": N_("已申请处置，须由另一人决定。"),
    "withdraw": N_("处置申请已撤回，证据回到原来的状态。"),
    "keep": N_("不予处置，证据回到原来的状态。"),
    "dispose": N_("已批准处置，原件随即抹除。登记、摘要和保管链都保留。"),
}
REPLAY: Final = Label("可回放的存档", "archive to replay")
FIELDS: Final = ("title", "proves", "source", "original_or_copy")


class Described(Form):
    """What is said about an item; the sealed bytes are not touched by it."""

    title = text(N_("题名"), limit=TITLE_LENGTH, required=True)
    proves = text(N_("证明目的"), limit=TEXT_LENGTH, area=True)
    source = text(N_("来源"), limit=2000)
    original_or_copy = choice(N_("原件还是复制件"), lambda: [(key, _(name)) for key, name in ORIGINALS.items()])


def _home(number: str) -> Answer:
    return redirect(url_for("evidence.page", number=number), 303)


@blueprint.get("/<number>/edit")
@needs(Permission.EVIDENCE_REGISTER)
def edit(number: str) -> str:
    """Show the form that describes an item."""
    with reading() as work:
        row, _granted = item_of(work, number)
        work.require(Permission.EVIDENCE_REGISTER, row)
        form = Described(data={name: getattr(row, name) for name in FIELDS})
        return _form(row, form, row.version)


@blueprint.post("/<number>/edit")
@needs(Permission.EVIDENCE_REGISTER)
def describe(number: str) -> Answer | str | tuple[str, int]:
    """Change title, purpose, source; when someone else changed them meanwhile, both versions are shown."""
    form = Described(request.form)
    seen = request.form.get("version", -1, type=int)
    if not form.validate():
        return _again(number, form, seen), 422
    values = {name: getattr(form, name).data or None for name in FIELDS}
    try:
        with acting() as work:
            row, _granted = item_of(work, number)
            describe_evidence(work, row, seen_version=seen, **values)
    except StaleVersionError:
        return _again(number, form, None), 409
    flash(_("已保存。封存的内容没有改动。"), "ok")
    return _home(number)


def _again(number: str, form: Described, seen: int | None) -> str:
    """Show the form with what was typed; without a version also what stands now, for comparison."""
    with reading() as work:
        row, _granted = item_of(work, number)
        work.require(Permission.EVIDENCE_REGISTER, row)
        return _form(row, form, row.version if seen is None else seen, compare=seen is None)


def _form(row: EvidenceItem, form: Described, version: int, *, compare: bool = False) -> str:
    theirs = [(field.label.text, getattr(row, field.name), field.data) for field in form] if compare else []
    return render_template(
        "evidence/edit.html", item=row, key=key_of(row.no, sample=row.sample), form=form, version=version,
        theirs=[line for line in theirs if (line[1] or "") != (line[2] or "")], compare=compare, originals=ORIGINALS,
    )  # fmt: skip


@blueprint.get("/<number>/replay")
@needs(Permission.EVIDENCE_READ)
def replay(number: str) -> Answer:
    """Open the captured page in the viewer, on its own origin; every opening is in the chain of custody."""
    with acting() as work:
        row, _granted = kept_item(work, number)
        if row.package_id is None or ARCHIVE not in row.files or not available():
            raise NotFoundError(kind=REPLAY)
        append_custody(work, row, "view", reason=ARCHIVE)
        work.record(Event.EVIDENCE_READ, row, reason=ARCHIVE)
        target = address(Ticket(work.actor.user_id, row.id, row.package_id, str(row.facts.get("url") or row.source)))
    return redirect(target)


@blueprint.post("/<number>/hold")
@needs(Permission.EVIDENCE_HOLD)
def hold(number: str) -> Answer:
    """Set or release a legal hold, with the reason."""
    on = request.form.get("on") == "1"
    with acting() as work:
        row, _granted = item_of(work, number)
        hold_evidence(work, row, on=on, reason=request.form.get("reason", ""))
    flash(_("已设置法律保留。") if on else _("已解除法律保留。"), "ok")
    return _home(number)


@blueprint.post("/<number>/exhibit")
@needs(Permission.EVIDENCE_EXHIBIT)
def exhibit(number: str) -> Answer:
    """Give the item its place in a case's list of evidence."""
    form = request.form
    with acting() as work:
        row, _granted = item_of(work, number)
        case = case_row(work, form.get("case", ""))
        group = typed(form.get("group", ""), Label("组名", "name of the group"), TITLE_LENGTH)
        proves = typed(form.get("proves", ""), Label("证明目的", "what it proves"), TEXT_LENGTH)
        made = exhibit_evidence(work, case, row, form.get("exhibit_no", ""), group=group, proves=proves)
        label = made.exhibit_no
    flash(_("已编入目录：%(no)s。", no=label), "ok")
    return _home(number)


@blueprint.post("/<number>/steps/<action>")
@needs(Permission.EVIDENCE_READ)
def step(number: str, action: str) -> Answer:
    """Take a step the table offers; it asks for the permission of the step itself."""
    with acting() as work:
        row, _granted = item_of(work, number)
        form = request.form
        step_evidence(
            work, row, action, reason=form.get("reason", ""), basis=form.get("basis", ""),
            keep_derived=form.get("keep_derived") == "1",
        )  # fmt: skip
    flash(_(DONE[action]), "ok")
    return _home(number)
