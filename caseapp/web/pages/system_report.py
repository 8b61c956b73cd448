"""全库校验报告: what it would say, and the signed report to take away."""

from __future__ import annotations

import io
import zipfile

from flask import Response, render_template

from caseapp.domain.permissions import Permission
from caseapp.services.store_report import counts_of, findings_of, store_report
from caseapp.web.access import needs
from caseapp.web.downloads import download
from caseapp.web.i18n import language
from caseapp.web.pages.system import blueprint
from caseapp.web.unit import acting, reading

__all__ = ["blueprint"]

SHOWN = 100


@blueprint.get("/report")
@needs(Permission.SYSTEM_READ)
def report() -> str:
    """Show the figures and what is wrong; nothing is written."""
    with reading() as work:
        counts, found = counts_of(work, language()), findings_of(work)
    return render_template("system/report.html", counts=counts, found=found, shown=SHOWN)


@blueprint.post("/report")
@needs(Permission.SYSTEM_READ)
def issue() -> Response:
    """Issue the report: PDF, list of digests and signature in one archive."""
    with acting() as work:
        files, name = store_report(work, language()), f"store-report-{work.now:%Y%m%d-%H%M%S}"
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, content in files.items():
            archive.writestr(f"{name}/{path}", content)
    return download(packed.getvalue(), f"{name}.zip", "application/zip")
