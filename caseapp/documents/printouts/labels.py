"""A sheet of number labels: three by eight on A4, 70 × 37 mm each, as office shops sell them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from caseapp.documents.printouts import print_pdf, qr
from caseapp.domain.labels import Lang

PER_SHEET: Final = 24


@dataclass(frozen=True)
class ItemLabel:
    """What one label says.

    Attributes:
        number: how the item is cited.
        title: what it is; cut to two lines.
        kind: kind, and whether original or copy.
        day: obtained on.
        digest: beginning of the digest of its seal.
        code: the text of the QR code.
    """

    number: str
    title: str
    kind: str
    day: str
    digest: str
    code: str


def labels_pdf(labels: Sequence[ItemLabel], lang: Lang, *, skip: int, at: dt.datetime) -> bytes:
    """Print the labels; ``skip`` leaves that many free at the beginning.

    Raises:
        MissingGlyphsError: a letter is in no installed font.
    """
    free: list[ItemLabel | None] = [None] * (skip % PER_SHEET)
    cells = [*free, *labels]
    sheets = [cells[first : first + PER_SHEET] for first in range(0, len(cells), PER_SHEET)]
    title = "证据编号标签" if lang == "zh" else "Evidence labels"
    return print_pdf("labels.html", sheets, title, lang, at, code=qr)
