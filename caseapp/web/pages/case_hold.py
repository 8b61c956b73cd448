"""The legal hold of a case, set and released by those who have that right, also in the archive."""

from __future__ import annotations

from flask import flash, redirect, request, url_for
from werkzeug.wrappers import Response

from caseapp.domain.permissions import Permission
from caseapp.services.holds import hold_case
from caseapp.services.queries.register import case_row
from caseapp.web.access import needs
from caseapp.web.i18n import _
from caseapp.web.pages.case import blueprint
from caseapp.web.unit import acting, key_of

__all__ = ["blueprint"]


@blueprint.post("/<number>/hold")
@needs(Permission.EVIDENCE_HOLD)
def hold(number: str) -> Response:
    """Set or release the hold, with the reason; every chain of custody in the case tells it."""
    on = request.form.get("on") == "1"
    with acting() as work:
        row = case_row(work, number)
        hold_case(work, row, on=on, reason=request.form.get("reason", ""))
        home = url_for("case.page", number=key_of(row.no, sample=row.sample))
    flash(_("已设置法律保留。") if on else _("已解除法律保留。"), "ok")
    return redirect(home, 303)
