"""A model as a file. The typesetters load with the first file they write, not with the program that may ask for one.

WeasyPrint and python-docx take most of a second and 60 MB to load; the pages, the scheduler and the command line start
without them.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field

from caseapp.documents.blocks import DocumentModel


@dataclass(frozen=True)
class PdfFacts:
    """What a PDF says about itself besides its text.

    Attributes:
        created: written into the file as its date; the model's own date at noon UTC when None, never the clock's.
        author: the organisation that issues it.
        preview: prints 草稿 and 待核 marks; approval and dispatch use the clean copy.
        attachments: files carried inside, by ASCII name.
    """

    created: dt.datetime | None = None
    author: str = ""
    preview: bool = False
    attachments: Mapping[str, bytes] = field(default_factory=dict)


def to_pdf(model: DocumentModel, *, facts: PdfFacts | None = None) -> bytes:
    """Print a model; see `caseapp.documents.pdf.to_pdf`."""
    from caseapp.documents import pdf  # noqa: PLC0415  loads WeasyPrint

    return pdf.to_pdf(model, facts=facts)


def to_docx(model: DocumentModel, *, preview: bool = False) -> bytes:
    """The model as a Word file; see `caseapp.documents.docx.to_docx`."""
    from caseapp.documents import docx  # noqa: PLC0415  loads python-docx

    return docx.to_docx(model, preview=preview)
