"""Acts on the ledger: put down, correct, prove, hand in, review, claim, record what came of it, void."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any, Final

from flask import abort, flash, redirect, render_template, request, url_for
from sqlalchemy import select
from werkzeug.wrappers import Response

from caseapp.domain import workflow
from caseapp.domain.errors import (
    InvalidInputError,
    NotFoundError,
    ReasonRequiredError,
    StaleVersionError,
)
from caseapp.domain.kinds import kind_label
from caseapp.domain.labels import Label
from caseapp.domain.permissions import Permission
from caseapp.models import Case, DamageItem, EvidenceItem
from caseapp.services.damage_steps import (
    checked,
    count_damage,
    detach_evidence,
    edit_damage,
    link_of,
    step_damage,
    void_damage,
)
from caseapp.services.damages import add_damage, attach_evidence
from caseapp.services.queries.case import named
from caseapp.services.work import Work
from caseapp.web.access import needs
from caseapp.web.forms import MoneyField
from caseapp.web.i18n import N_, _, language
from caseapp.web.pages.damage import DOES, Item, blueprint, item_of, show, shown_in, values_of
from caseapp.web.unit import acting, key_of, reading

__all__ = ["blueprint"]

Answer = Response | tuple[str, int] | str
WORDS: Final = 2000
AMOUNT: Final = Label("须是金额，例如 86400.00。", "write it like 86400.00.")
VERSION_DIGITS: Final = 9
DONE: Final = {
    "attach_evidence": N_("凭证已提交，等第二人复核。"),
    "review": N_("已复核。"),
    "send_back": N_("已退回修改。"),
    "claim": N_("已列入请求。"),
    "award": N_("判令金额已登记。"),
    "recover": N_("收回金额已登记。"),
    "reject": N_("已登记未获支持。"),
}


def _case(work: Work) -> Case:
    found = named(select(Case), Case, request.values.get("case", "")).where(Case.voided_at.is_(None))
    case = work.session.scalars(work.visible(found.order_by(Case.sample), Case)).first()
    if case is None:
        raise NotFoundError(kind=workflow.CASE.label)
    work.require(Permission.DAMAGE_EDIT, case)
    return case


@blueprint.get("/add")
@needs(Permission.DAMAGE_EDIT)
def add() -> str:
    """Show the form of a new item."""
    with reading() as work:
        form = Item(data={"head": "D1", "confidence": "receipt", "scope": "suit"})
        return _form(_case(work), form)


def _form(case: Case, form: Item, row: DamageItem | None = None, **more: Any) -> str:
    key = key_of(case.no, sample=case.sample)
    return render_template("damage/form.html", case=case, case_key=key, form=form, row=row, **more)


@blueprint.post("/add")
@needs(Permission.DAMAGE_EDIT)
def put_down() -> Answer:
    """Put down an item as a draft; lost sales are an explanation and stay out of the total."""
    form = Item(request.form)
    if form.validate():
        try:
            with acting() as work:
                said = checked(values_of(form))
                sums = {"amount": said.pop("amount_fen"), "gross": said.pop("gross_fen")}
                row = add_damage(
                    work, _case(work), **sums, avoided=said.pop("avoided_fen"), counted=said["head"] != "D2", **said
                )
                key = row.id
            flash(_("损失项已加上。接着附上凭证。"), "ok")
            return redirect(url_for("damage.page", key=key), 303)
        except InvalidInputError as refusal:
            form.refuse(refusal)
    with reading() as work:
        return _form(_case(work), form), 422


@blueprint.get("/<key>/edit")
@needs(Permission.DAMAGE_EDIT)
def edit(key: str) -> str:
    """Show the form that corrects a draft."""
    with reading() as work:
        row = item_of(work, key)
        work.require(Permission.DAMAGE_EDIT, row)
        return _form(work.get(Case, row.case_id), shown_in(row), row, version=row.version)


@blueprint.post("/<key>/edit")
@needs(Permission.DAMAGE_EDIT)
def correct(key: str) -> Answer:
    """Correct a draft; when someone else changed it meanwhile both versions are shown, and nothing is written."""
    form, stale = Item(request.form), False
    if form.validate():
        try:
            with acting() as work:
                edit_damage(work, item_of(work, key), seen_version=_seen(), **values_of(form))
            flash(_("已保存。"), "ok")
            return redirect(url_for("damage.page", key=key), 303)
        except InvalidInputError as refusal:
            form.refuse(refusal)
        except StaleVersionError:
            stale = True
    with reading() as work:
        row = item_of(work, key)
        work.require(Permission.DAMAGE_EDIT, row)
        theirs = list(zip(shown_in(row), form, strict=True)) if stale else []
        pairs = [(mine.label.text, _told(now), _told(mine)) for now, mine in theirs if _told(now) != _told(mine)]
        version = row.version if stale else _seen()
        return _form(work.get(Case, row.case_id), form, row, version=version, stale=stale, pairs=pairs), (
            409 if stale else 422
        )


def _told(field: Any) -> str:
    if isinstance(field, MoneyField):
        return "" if field.data is None else f"{field.data:,}"
    words = {key: word for key, word, *_more in field.iter_choices()} if hasattr(field, "iter_choices") else {}
    return str(words.get(field.data, field.data) or "")


def _seen() -> int:
    shown = request.form.get("version", "")
    return int(shown) if shown.isascii() and shown.isdigit() and len(shown) <= VERSION_DIGITS else -1


def _do(key: str, deed: Callable[[Work, DamageItem], object], done: str, home: str = "") -> Answer:
    """Carry a deed out on an item; what was refused is shown on its page with what was typed."""
    try:
        with acting() as work:
            row = item_of(work, key)
            if "version" in request.form and _seen() != row.version:
                raise StaleVersionError
            deed(work, row)
            case = work.get(Case, row.case_id)
            tab = url_for("case.tab", number=key_of(case.no, sample=case.sample), tab="damages")
    except (InvalidInputError, ReasonRequiredError) as refusal:
        said = refusal.message(language())
        with reading() as work:
            return show(work, item_of(work, key), problem=said, typed=request.form.to_dict()), 422
    flash(_(done), "ok")
    return redirect(tab if home == "tab" else url_for("damage.page", key=key), 303)


def _words() -> str:
    return request.form.get("words", "")[: WORDS + 1]


@blueprint.post("/<key>/evidence")
@needs(Permission.DAMAGE_EDIT)
def attach(key: str) -> Answer:
    """Let the item rest on an evidence item of its case."""

    def deed(work: Work, row: DamageItem) -> None:
        item = work.session.get(EvidenceItem, request.form.get("evidence", ""))
        if item is None or not work.sees(item):
            raise NotFoundError(kind=kind_label("evidence_items"))
        attach_evidence(work, row, item)

    return _do(key, deed, N_("凭证已附上。"))


@blueprint.post("/<key>/detach")
@needs(Permission.DAMAGE_EDIT)
def detach(key: str) -> Answer:
    """Take an evidence item off a draft, with the reason."""

    def deed(work: Work, row: DamageItem) -> None:
        link = link_of(work, row, request.form.get("evidence", ""))
        if link is None:
            raise NotFoundError(kind=kind_label("damage_evidence"))
        detach_evidence(work, link, reason=_words())

    return _do(key, deed, N_("凭证已撤下。"))


@blueprint.post("/<key>/count")
@needs(Permission.DAMAGE_EDIT)
def count(key: str) -> Answer:
    """Count the item in the totals, or leave it out and say why."""
    counted = request.form.get("counted") == "1"
    return _do(key, lambda work, row: count_damage(work, row, counted=counted, reason=_words()), N_("已登记。"))


@blueprint.post("/<key>/void")
@needs(Permission.DAMAGE_EDIT)
def void(key: str) -> Answer:
    """Void an item put down by mistake; it stays in the trail."""
    return _do(key, lambda work, row: void_damage(work, row, reason=_words()), N_("已作废，记录保留。"), "tab")


@blueprint.post("/<key>/<act>")
@needs(Permission.CASE_READ)
def step(key: str, act: str) -> Answer:
    """Take a step the table offers; it asks for the permission and the second person itself."""
    if act not in DOES:
        abort(404)

    def deed(work: Work, row: DamageItem) -> None:
        step_damage(work, row, act, reason=_words(), amount=_sum())

    return _do(key, deed, DONE[act])


def _sum() -> Decimal | None:
    field: Any = Item(request.form).amount
    if field.process_errors:
        raise InvalidInputError(field=Label("金额", "amount"), problem=AMOUNT)
    found: Decimal | None = field.data
    return found
