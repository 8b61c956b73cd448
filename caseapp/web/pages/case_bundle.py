"""案卷材料包: asked for with its purpose, made by a worker while the page may be closed, fetched by who asked."""

from __future__ import annotations

from flask import Response, flash, redirect, render_template, request, send_file, url_for
from werkzeug.wrappers import Response as Answer

from caseapp.domain.errors import InvalidInputError, ReasonRequiredError
from caseapp.domain.permissions import Permission
from caseapp.models import Case
from caseapp.services.bundle_jobs import KEPT, REASON, ask_bundle, take_bundle
from caseapp.services.queries.matter import bundles_of, exhibits_of
from caseapp.services.queries.register import case_row
from caseapp.services.work import Work
from caseapp.web.access import needs
from caseapp.web.forms import Form, text, tick
from caseapp.web.i18n import N_, _
from caseapp.web.pages.case import blueprint
from caseapp.web.security import DOWNLOAD_POLICY
from caseapp.web.unit import acting, key_of, reading

__all__ = ["blueprint"]


class Purpose(Form):
    """What a bundle is for."""

    words = text(N_("用途"), limit=REASON, required=True)
    redacted = tick(N_("有遮盖副本的，以副本代替原件"))


def _page(work: Work, row: Case, form: Form) -> str:
    work.require(Permission.EVIDENCE_EXPORT, row)
    rows = exhibits_of(work, row.id)
    part = "HX-Request" in request.headers and "HX-Boosted" not in request.headers
    return render_template(
        "case/bundles.html" if part else "case/bundle.html",
        case=row,
        key=key_of(row.no, sample=row.sample),
        form=form,
        bundles=bundles_of(work, row.id),
        listed=sum(one.exhibit is not None for one in rows),
        loose=sum(one.exhibit is None for one in rows),
        hours=int(KEPT.total_seconds() // 3600),
    )


@blueprint.get("/<number>/bundle")
@needs(Permission.EVIDENCE_EXPORT)
def bundle(number: str) -> str:
    """Show what a bundle will hold, and how far those asked for are."""
    with reading() as work:
        return _page(work, case_row(work, number), Purpose())


@blueprint.post("/<number>/bundle")
@needs(Permission.EVIDENCE_EXPORT)
def order(number: str) -> Answer | tuple[str, int]:
    """Ask for the bundle; it is made by a worker."""
    form = Purpose(request.form)
    if form.validate():
        try:
            with acting() as work:
                ask_bundle(work, case_row(work, number), reason=form.words.data or "", redacted=form.redacted.data)
            flash(_("已开始生成。可以关闭本页，完成后回来下载。"), "ok")
            return redirect(url_for("case.bundle", number=number), 303)
        except (InvalidInputError, ReasonRequiredError) as refusal:
            form.refuse(refusal)
    with reading() as work:
        return _page(work, case_row(work, number), form), 422


@blueprint.post("/<number>/bundle/<key>")
@needs(Permission.EVIDENCE_EXPORT)
def fetch(number: str, key: str) -> Response:
    """Send a finished bundle; permission is asked for again, and the taking is on record."""
    with acting() as work:
        path, name = take_bundle(work, case_row(work, number), key)
        stream = path.open("rb")  # stays readable should its time end meanwhile
    answer = send_file(stream, mimetype="application/zip", as_attachment=True, download_name=name)
    answer.headers["Content-Security-Policy"] = DOWNLOAD_POLICY
    answer.headers["Cache-Control"] = "no-store"
    return answer
