"""The custody of an item: its whole chain to take away, handovers with receipts, links for people outside."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Final

from flask import Response, abort, flash, redirect, render_template, request, url_for
from sqlalchemy import select
from werkzeug.wrappers import Response as Answer

from caseapp.domain import workflow
from caseapp.domain.errors import InvalidInputError, NotFoundError
from caseapp.domain.kinds import kind_label
from caseapp.domain.permissions import Permission
from caseapp.domain.vocabulary import HANDOVER_DIRECTION, HANDOVER_FORM
from caseapp.models import EvidenceItem, Handover, ShareLink
from caseapp.services.custody_exports import FORMS, export_custody
from caseapp.services.handovers import (
    OriginalAwayError,
    Terms,
    end_handover,
    hand_over,
    handover_receipt,
    handovers_of,
    sign_handover,
)
from caseapp.services.queries.evidence import custody, item_row
from caseapp.services.redactions import copies_of
from caseapp.services.sharing import end_share, is_open, share_evidence, shares_of
from caseapp.services.work import Work
from caseapp.web import proof
from caseapp.web.access import needs
from caseapp.web.downloads import download
from caseapp.web.forms import Form, choice, text
from caseapp.web.i18n import N_, _, language
from caseapp.web.marks import say
from caseapp.web.pages.evidence import item_of
from caseapp.web.pages.evidence_thumb import blueprint
from caseapp.web.unit import acting, key_of, reading

__all__ = ["blueprint"]

SPANS: Final = {"1": N_("1 天"), "3": N_("3 天"), "7": N_("7 天"), "30": N_("30 天")}
ENDINGS: Final = {"give_back": N_("已登记归还。"), "settle": N_("已改为无须归还。")}
REFUSED = (InvalidInputError, OriginalAwayError)


class HandedOver(Form):
    """What was agreed at a handover."""

    direction = choice(
        N_("方向"), lambda: [(key, say(HANDOVER_DIRECTION[key])) for key in HANDOVER_DIRECTION.keys], required=True
    )
    shape = choice(
        N_("移交形式"), lambda: [(key, say(HANDOVER_FORM[key])) for key in HANDOVER_FORM.keys], required=True
    )
    copies = text(N_("份数"), limit=2)
    party = text(N_("对方（姓名、单位、证件）"), limit=300, required=True)
    purpose = text(N_("用途"), limit=1000, required=True)
    basis = text(N_("依据"), limit=1000)
    due_back = text(N_("应归还日"), limit=10, render_kw={"type": "date"})
    note = text(N_("备注"), limit=1000, area=True)

    def terms(self) -> Terms:
        """Return what was typed; a day or a number that is none is refused by the service."""
        return Terms(
            direction=self.direction.data,
            form=self.shape.data,
            copies=_count(self.copies.data) or 0 if self.copies.data else 1,
            party=self.party.data or "",
            purpose=self.purpose.data or "",
            basis=self.basis.data or "",
            note=self.note.data or "",
            due_back=_day(self.due_back.data),
        )


class Shared(Form):
    """Who a link is for and how long it lives."""

    recipient = text(N_("看的人（姓名、单位）"), limit=100, required=True)
    purpose = text(N_("用途"), limit=1000, required=True)
    days = choice(N_("有效期"), lambda: [(key, _(name)) for key, name in SPANS.items()], required=True)
    most_views = text(N_("最多打开次数"), limit=4)


def _count(typed: str | None) -> int | None:
    """Return a number typed; 0, which is refused, for what is none; None for nothing."""
    if not typed:
        return None
    return int(typed) if typed.isascii() and typed.isdigit() else 0


def _day(typed: str | None) -> date | None:
    if not typed:
        return None
    try:
        return date.fromisoformat(typed)
    except ValueError:
        return date.min  # no day at all: refused as one that is past


@blueprint.get("/<number>/custody")
@needs(Permission.EVIDENCE_READ)
def chain(number: str) -> str:
    """Show the whole chain, the handovers and the links."""
    return _show(number, HandedOver(), Shared())


def _show(number: str, handed: HandedOver, shared: Shared) -> str:
    with reading() as work:
        row, _granted = item_of(work, number)
        return _page(work, row, handed, shared)


def _page(work: Work, row: EvidenceItem, handed: HandedOver, shared: Shared, token: str = "") -> str:
    granted = work.permissions(row)
    transfers = handovers_of(work, row)
    return render_template(
        "evidence/custody.html",
        item=row,
        key=key_of(row.no, sample=row.sample),
        lines=proof.custody(custody(work, row.id)),
        transfers=transfers,
        offers={one.id: work.offers(workflow.HANDOVER, one) for one in transfers},
        receipts=_receipts(work, transfers),
        links=[(one, is_open(one, work.now)) for one in shares_of(work, row)],
        forms=FORMS,
        say=say,
        directions=HANDOVER_DIRECTION,
        shapes=HANDOVER_FORM,
        may_export=row.package_id is not None and Permission.EVIDENCE_EXPORT in granted,
        may_transfer=row.package_id is not None and Permission.EVIDENCE_TRANSFER in granted,
        may_share=row.package_id is not None and Permission.EVIDENCE_SHARE in granted,
        closed=row.privileged or row.withheld,
        copies=copies_of(work, row),
        handed=handed,
        shared=shared,
        token=token,
    )


def _receipts(work: Work, transfers: list[Handover]) -> dict[str, EvidenceItem]:
    keys = {one.receipt_evidence_id for one in transfers if one.receipt_evidence_id}
    if not keys:
        return {}
    found = work.visible(select(EvidenceItem).where(EvidenceItem.id.in_(keys)), EvidenceItem)
    return {item.id: item for item in work.session.scalars(found)}


@blueprint.post("/<number>/custody/export")
@needs(Permission.EVIDENCE_EXPORT)
def export_chain(number: str) -> Response:
    """Send the chain in one of its forms; the export is its last event."""
    with acting() as work:
        row, _granted = item_of(work, number)
        form = request.form.get("form", "")
        name, content = export_custody(work, row, form, lang=language())
    return download(content, name, FORMS[form].mime)


@blueprint.post("/<number>/handovers")
@needs(Permission.EVIDENCE_TRANSFER)
def transfer(number: str) -> Answer | tuple[str, int]:
    """Record a handover; its receipt is ready to print."""
    form = HandedOver(request.form)
    if not form.validate():
        return _show(number, form, Shared()), 422
    try:
        with acting() as work:
            row, _granted = item_of(work, number)
            label = hand_over(work, row, form.terms()).no
    except REFUSED as error:
        form.refuse(error)
        return _show(number, form, Shared()), 422
    flash(_("已登记移交 %(no)s。请打印移交单，双方签字。", no=label), "ok")
    return _home(number)


@blueprint.get("/<number>/handovers/<key>/receipt")
@needs(Permission.EVIDENCE_TRANSFER)
def receipt(number: str, key: str) -> Response:
    """Send the receipt to print and sign."""
    with reading(part=True) as work:
        row = _transfer(work, number, key)
        name, content = f"receipt-{row.no[2:]}.pdf", handover_receipt(work, row, lang=language())
    return download(content, name, "application/pdf")


@blueprint.post("/<number>/handovers/<key>/receipt")
@needs(Permission.EVIDENCE_TRANSFER)
def sign(number: str, key: str) -> Answer:
    """Tie the signed receipt, registered as evidence before, to its handover."""
    with acting() as work:
        row = _transfer(work, number, key)
        sign_handover(work, row, item_row(work, request.form.get("evidence", "").strip()[:40]))
    flash(_("已关联签字的移交单。"), "ok")
    return _home(number)


@blueprint.post("/<number>/handovers/<key>/<action>")
@needs(Permission.EVIDENCE_TRANSFER)
def end_transfer(number: str, key: str, action: str) -> Answer:
    """Record the return of a thing lent, or that it stays there."""
    if action not in ENDINGS:
        abort(404)
    with acting() as work:
        end_handover(work, _transfer(work, number, key), action, reason=request.form.get("reason", ""))
    flash(_(ENDINGS[action]), "ok")
    return _home(number)


@blueprint.post("/<number>/links")
@needs(Permission.EVIDENCE_SHARE)
def share(number: str) -> str | tuple[str, int]:
    """Make a link; it is shown this once."""
    form = Shared(request.form)
    if not form.validate():
        return _show(number, HandedOver(), form), 422
    whom, why = form.recipient.data or "", form.purpose.data or ""
    span, most = timedelta(days=int(form.days.data)), _count(form.most_views.data)
    try:
        with acting(shows_page=True) as work:
            row, _granted = item_of(work, number)
            _link, token = share_evidence(work, row, recipient=whom, purpose=why, span=span, most_views=most)
            return _page(work, row, HandedOver(), Shared(), token)
    except REFUSED as error:
        form.refuse(error)
        return _show(number, HandedOver(), form), 422


@blueprint.post("/<number>/links/<key>/end")
@needs(Permission.EVIDENCE_SHARE)
def unshare(number: str, key: str) -> Answer:
    """Revoke a link at once."""
    with acting() as work:
        row, _granted = item_of(work, number)
        link = work.get(ShareLink, key)
        if link.evidence_id != row.id:
            raise NotFoundError(kind=kind_label("share_links"))
        end_share(work, link, reason=request.form.get("reason", ""))
    flash(_("链接已收回。"), "ok")
    return _home(number)


def _transfer(work: Work, number: str, key: str) -> Handover:
    row, _granted = item_of(work, number)
    found = work.get(Handover, key)
    if found.evidence_id != row.id:
        raise NotFoundError(kind=kind_label("handovers"))
    return found


def _home(number: str) -> Answer:
    return redirect(url_for("evidence.chain", number=number), 303)
