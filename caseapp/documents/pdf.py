"""PDF through WeasyPrint: the same model gives the same bytes, and nothing is fetched from anywhere.

PDF/A-3u is declared; no validator is at hand, so conformance is declared and not proven.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import io
import logging
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path
from typing import Final, NoReturn

import weasyprint
from weasyprint.css import ColorProfile
from weasyprint.text.fonts import FontConfiguration
from weasyprint.urls import FatalURLFetchingError

from caseapp.documents import catalog
from caseapp.documents.blocks import DocumentModel
from caseapp.documents.errors import DocumentError
from caseapp.documents.sheet import Sheet

_BASE: Final = Path(__file__).parent / "base.css"
_ASCII_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,79}")
_NO_DATE: Final = dt.date(2000, 1, 1)

logging.getLogger("fontTools").setLevel(logging.WARNING)


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


def _fetch_nothing(url: str, *_: object, **__: object) -> NoReturn:
    """Refuse every address: a legal document is complete in itself."""
    raise FatalURLFetchingError(f"文书不得引用外部地址（a document loads nothing）：{url[:80]}")


def to_pdf(model: DocumentModel, *, facts: PdfFacts | None = None) -> bytes:
    """Print a model.

    Raises:
        DocumentError: an attachment's name is not plain ASCII.
        TemplateFaultError: the kind's style sheet tries to load something.
        UnknownKindError: the kind's folder is gone.
    """
    facts = facts or PdfFacts()
    kind = catalog.load(model.kind, model.jurisdiction)
    html = Sheet(model, _BASE.read_text(encoding="utf-8") + kind.style(), preview=facts.preview).html()
    return html_to_pdf(html, title=_title(model), lang=model.lang, day=model.issued_on, facts=facts)


def html_to_pdf(html: str, *, title: str, lang: str, day: dt.date | None, facts: PdfFacts) -> bytes:
    """Print a page written by this package.

    Args:
        html: the page; it may load nothing.
        title: the title in the file's metadata.
        lang: the language of the text.
        day: the document's date, used when `facts` gives no moment.
        facts: what the file says about itself.

    Raises:
        DocumentError: the page asks for an address, or an attachment's name is not plain ASCII.
    """
    for name in facts.attachments:
        if not _ASCII_NAME.fullmatch(name):
            raise DocumentError(detail=f"附件名须为英文字母、数字、点、横线（attachment name）：{name[:80]}")
    created = facts.created or dt.datetime.combine(day or _NO_DATE, dt.time(12), tzinfo=dt.UTC)
    page = weasyprint.HTML(string=html, url_fetcher=_fetch_nothing, base_url=None)
    try:
        document = page.render(font_config=FontConfiguration())
    except FatalURLFetchingError as error:
        raise DocumentError(detail=str(error)) from error
    metadata = document.metadata
    metadata.title, metadata.lang, metadata.generator = title, lang, "Bianwu"
    metadata.authors = [facts.author] if facts.author else []
    metadata.created = metadata.modified = _stamp(created)
    metadata.attachments = [
        weasyprint.Attachment(string=content, name=name, created=created, modified=created, relationship="Supplement")
        for name, content in sorted(facts.attachments.items())
    ]
    document.color_profiles["srgb"] = _srgb()
    identifier = _identifier(html, created, facts)
    return bytes(document.write_pdf(pdf_variant="pdf/a-3u", pdf_identifier=identifier, output_intent=""))


def _srgb() -> ColorProfile:
    """WeasyPrint's own sRGB profile, read here because WeasyPrint 70 leaves the file open when it reads it."""
    content = (files("weasyprint.pdf") / "sRGB2014.icc").read_bytes()
    return ColorProfile(io.BytesIO(content), "sRGB2014.icc", "relative-colorimetric", (["r"], ["g"], ["b"]))


def _title(model: DocumentModel) -> str:
    return f"{model.title} {model.number}" if model.number else model.title


def _stamp(moment: dt.datetime) -> str:
    return moment.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _identifier(html: str, created: dt.datetime, facts: PdfFacts) -> bytes:
    """The file's identifier, from its content: the same input never gets two."""
    digest = hashlib.sha256(html.encode())
    digest.update(_stamp(created).encode())
    for name, content in sorted(facts.attachments.items()):
        digest.update(name.encode() + b"\0" + hashlib.sha256(content).digest())
    return digest.hexdigest()[:32].encode()
