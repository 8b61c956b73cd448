"""Printouts that are no legal documents: the table of custody and the receipt of a handover, as PDF.

They state what the register says at a moment; nobody drafts or approves them. Every word is escaped, no address is
loaded, and equal facts give equal bytes.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from caseapp.documents.printing import PdfFacts
from caseapp.domain.labels import Lang

_HERE: Final = Path(__file__).parent
_BASE: Final = _HERE.parent / "base.css"
_ZONE: Final = ZoneInfo("Asia/Shanghai")


@dataclass(frozen=True)
class CustodyRow:
    """One event of the chain in words.

    Attributes:
        seq: its place, from 0.
        at: UTC.
        deed: what was done.
        actor: who; empty when the name was lawfully erased.
        reason: why, or what; empty when erased or not said.
        digest: SHA-256 of the canonical line, 64 hex digits.
    """

    seq: int
    at: dt.datetime
    deed: str
    actor: str
    reason: str
    digest: str


@dataclass(frozen=True)
class CustodyTable:
    """证据保管链: what a court or an archivist reads of one item.

    Attributes:
        number, title: how the item is cited, what it is.
        package_id: SHA-256 of its seal.sha256.
        seal_id: ULID of the package.
        seal: how far the seal is, in words.
        rows: every event.
        made_at: UTC; made_by: who printed it.
        sample: the example's.
    """

    number: str
    title: str
    package_id: str
    seal_id: str
    seal: str
    rows: Sequence[CustodyRow]
    made_at: dt.datetime
    made_by: str
    sample: bool


@dataclass(frozen=True)
class HandoverReceipt:
    """证据移交单: one handover with room for both signatures.

    Attributes:
        number: of the handover (交-2026-0001).
        direction: ``out`` or ``in``.
        evidence, title, package_id: what was handed over.
        form: original, copy or package, in words; copies: how many.
        giver, receiver: who, with organisation and how they proved who they are.
        purpose, basis: why, and on what authority.
        at: when, UTC; due_back: day a thing lent comes back.
        note: what else was agreed.
        qr: the text of the QR code: number, package and digest of the custody event.
        digest: SHA-256 of the custody event that records it.
        printed_at: UTC.
    """

    number: str
    direction: str
    evidence: str
    title: str
    package_id: str
    form: str
    copies: int
    giver: str
    receiver: str
    purpose: str
    basis: str
    at: dt.datetime
    due_back: dt.date | None
    note: str
    qr: str
    digest: str
    printed_at: dt.datetime
    sample: bool


def custody_pdf(table: CustodyTable, lang: Lang) -> bytes:
    """Print the table of custody.

    Raises:
        MissingGlyphsError: a letter is in no installed font.
    """
    return print_pdf("custody.html", table, f"{table.number} 保管链", lang, table.made_at)


def receipt_pdf(receipt: HandoverReceipt, lang: Lang) -> bytes:
    """Print the receipt, two copies of one page: one for each side.

    Raises:
        MissingGlyphsError: a letter is in no installed font.
    """
    return print_pdf("receipt.html", receipt, receipt.number, lang, receipt.printed_at, qr_svg=qr(receipt.qr))


def qr(text: str) -> str:
    """Return a QR code (ISO/IEC 18004, error correction M) as an SVG element."""
    import segno  # noqa: PLC0415  only who prints a receipt needs it

    return str(segno.make(text, error="m", micro=False).svg_inline(scale=1, border=2, omitsize=True))


@cache
def _environment() -> Environment:
    made = Environment(
        loader=FileSystemLoader(_HERE), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    made.filters["local"] = lambda at: f"{at.astimezone(_ZONE):%Y-%m-%d %H:%M:%S}"
    return made


def print_pdf(name: str, facts: object, title: str, lang: Lang, at: dt.datetime, **more: Any) -> bytes:
    """Print one of the templates of this folder; ``more`` is for the template alone."""
    from caseapp.documents.pdf import html_to_pdf  # noqa: PLC0415  loads WeasyPrint

    style = _BASE.read_text(encoding="utf-8") + (_HERE / "printouts.css").read_text(encoding="utf-8")
    html = _environment().get_template(name).render(it=facts, zh=lang == "zh", style=style, title=title, **more)
    return html_to_pdf(html, title=title, lang=lang, day=at.date(), facts=PdfFacts(created=at))
