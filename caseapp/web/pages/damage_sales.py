"""The series of sales of a lost-sales item: pasted, read, kept; what was refused is shown with all that was typed."""

from __future__ import annotations

from datetime import date

from flask import flash, redirect, request, url_for

from caseapp.domain.errors import InvalidInputError
from caseapp.domain.event_study import MOST_SIGNS
from caseapp.domain.labels import Label
from caseapp.domain.permissions import Permission
from caseapp.services.damage_sales import set_sales
from caseapp.web.access import needs
from caseapp.web.i18n import _, language
from caseapp.web.pages.damage import item_of, show
from caseapp.web.pages.damage_acts import Answer, blueprint
from caseapp.web.unit import acting, reading

__all__ = ["blueprint"]

VERSION_DIGITS = 9
EVENT = Label("起点", "event")
NO_DAY = Label("须是日期，例如 2026-08-11。", "write a day like 2026-08-11.")


@blueprint.post("/<key>/sales")
@needs(Permission.DAMAGE_EDIT)
def sales(key: str) -> Answer:
    """Keep a pasted series on the item; nothing of it enters the amount or the totals."""
    seen = request.form.get("version", "")
    version = int(seen) if seen.isascii() and seen.isdigit() and len(seen) <= VERSION_DIGITS else -1
    try:
        event = _event()
        with acting() as work:
            row = item_of(work, key)
            text = request.form.get("series", "")[: MOST_SIGNS + 1]
            set_sales(work, row, text, event, figure=request.form.get("figure", ""), seen_version=version)
    except InvalidInputError as refusal:
        said = refusal.message(language())
        with reading() as work:
            return show(work, item_of(work, key), problem=said, typed=request.form.to_dict()), 422
    flash(_("销售序列已登记，图已画出。金额和合计不变。"), "ok")
    return redirect(url_for("damage.page", key=key, _anchor="study"), 303)


def _event() -> date:
    try:
        return date.fromisoformat(request.form.get("event", "").strip())
    except ValueError:
        raise InvalidInputError(field=EVENT, problem=NO_DAY) from None
