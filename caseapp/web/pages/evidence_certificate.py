"""销毁证明 on the page of a disposed item: the PDF, and the signed note over it."""

from __future__ import annotations

from flask import Response

from caseapp.domain.permissions import Permission
from caseapp.services.disposal_papers import disposal_certificate
from caseapp.web.access import needs
from caseapp.web.downloads import download
from caseapp.web.i18n import language
from caseapp.web.pages.evidence import item_of
from caseapp.web.pages.evidence_stamps import blueprint
from caseapp.web.unit import acting

__all__ = ["blueprint"]


@blueprint.get("/<number>/disposal.pdf")
@needs(Permission.EVIDENCE_READ)
def certificate(number: str) -> Response:
    """Send the certificate in the language of the page."""
    name, pdf, _note = _papers(number)
    return download(pdf, f"disposal-{name}.pdf", "application/pdf")


@blueprint.get("/<number>/disposal.note")
@needs(Permission.EVIDENCE_READ)
def certificate_note(number: str) -> Response:
    """Send the signed note over that PDF."""
    name, _pdf, note = _papers(number)
    return download(note, f"disposal-{name}.note", "text/plain; charset=utf-8")


def _papers(number: str) -> tuple[str, bytes, bytes]:
    with acting() as work:
        row, _granted = item_of(work, number)
        no, pdf, note = disposal_certificate(work, row, language())
    return no.partition("-")[2], pdf, note
