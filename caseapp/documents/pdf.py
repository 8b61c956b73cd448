"""PDF through WeasyPrint: the same model gives the same bytes, and nothing is fetched from anywhere.

PDF/A-3u is declared; no validator is at hand, so conformance is declared and not proven.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import io
import logging
import re
import threading
import unicodedata
from importlib.resources import files
from pathlib import Path
from typing import Final, NoReturn

import weasyprint
from PIL import ImageFile
from weasyprint.css import ColorProfile
from weasyprint.document import DocumentMetadata
from weasyprint.text.fonts import FontConfiguration
from weasyprint.urls import FatalURLFetchingError

from caseapp.documents import catalog
from caseapp.documents.blocks import DocumentModel
from caseapp.documents.errors import DocumentError, MissingGlyphsError
from caseapp.documents.printing import PdfFacts
from caseapp.documents.sheet import Sheet

_BASE: Final = Path(__file__).parent / "base.css"
_ASCII_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,79}")
_NO_DATE: Final = dt.date(2000, 1, 1)

_WEASYPRINT: Final = logging.getLogger("weasyprint")
logging.getLogger("fontTools").setLevel(logging.WARNING)
# WeasyPrint switches this on for the whole process: a picture that is cut off would be shown, and masked, with what is
# missing made up, and nobody told.
ImageFile.LOAD_TRUNCATED_IMAGES = False


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

    A letter that no installed font has is an error. A symbol (an emoji in quoted words) that no font has is printed as
    its code, 〔U+1F468〕, so that nothing is left out unseen.

    Args:
        html: the page; it may load nothing.
        title: the title in the file's metadata.
        lang: the language of the text.
        day: the document's date, used when `facts` gives no moment.
        facts: what the file says about itself.

    Raises:
        DocumentError: the page asks for an address, or an attachment's name is not plain ASCII.
        MissingGlyphsError: a letter is in no installed font.
    """
    for name in facts.attachments:
        if not _ASCII_NAME.fullmatch(name):
            raise DocumentError(detail=f"附件名须为英文字母、数字、点、横线（attachment name）：{name[:80]}")
    metadata = DocumentMetadata(title=title, lang=lang, generator="Bianwu")
    created = facts.created or dt.datetime.combine(day or _NO_DATE, dt.time(12), tzinfo=dt.UTC)
    metadata.authors = [facts.author] if facts.author else []
    metadata.created = metadata.modified = _stamp(created)
    metadata.attachments = [
        weasyprint.Attachment(string=content, name=name, created=created, modified=created, relationship="Supplement")
        for name, content in sorted(facts.attachments.items())
    ]
    identifier = _identifier(html, created, facts)
    content, lacking = _print(html, metadata, identifier)
    letters = {char for char in lacking if unicodedata.category(char).startswith("L")}
    if letters:
        raise MissingGlyphsError(letters="、".join(f"{char}（U+{ord(char):04X}）" for char in sorted(letters)[:20]))
    if lacking:
        codes = {ord(char): f"〔U+{ord(char):04X}〕" for char in lacking}
        content, _ = _print(html.translate(codes), metadata, identifier)
    return content


def _print(html: str, metadata: DocumentMetadata, identifier: bytes) -> tuple[bytes, set[str]]:
    """The file, and the characters for which no installed font has a glyph."""
    page = weasyprint.HTML(string=html, url_fetcher=_fetch_nothing, base_url=None)
    listener = _GlyphListener()
    _WEASYPRINT.addHandler(listener)
    try:
        document = page.render(font_config=FontConfiguration())
        document.metadata = metadata
        document.color_profiles["srgb"] = _srgb()
        content = document.write_pdf(pdf_variant="pdf/a-3u", pdf_identifier=identifier, output_intent="")
    except FatalURLFetchingError as error:
        raise DocumentError(detail=str(error)) from error
    finally:
        _WEASYPRINT.removeHandler(listener)
    return bytes(content), listener.lacking


class _GlyphListener(logging.Handler):
    """Collects the characters WeasyPrint reports as .notdef; it tells them to its log and nowhere else."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.lacking: set[str] = set()
        self._thread = threading.get_ident()

    def emit(self, record: logging.LogRecord) -> None:
        """Take the character out of a .notdef warning of this thread."""
        if record.thread == self._thread and str(record.msg).startswith(".notdef glyph") and record.args:
            self.lacking.add(chr(int(str(tuple(record.args)[1]))))


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
