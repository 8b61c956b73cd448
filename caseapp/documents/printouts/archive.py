"""Papers of the archive: the list of transfer, and what an item's archival keeping was."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from caseapp.documents.printouts import print_pdf
from caseapp.domain.labels import Lang


@dataclass(frozen=True)
class TransferLine:
    """One filed item in the list of transfer; every column as printed."""

    number: str
    title: str
    category: str
    retention: str
    form: str
    pages: str
    place: str
    digest: str


@dataclass(frozen=True)
class TransferList:
    """归档移交清单.

    Attributes:
        fonds: 全宗; empty: all.
        procedure: the version of the operating procedure in force, in words.
        lines: the items; made_at: UTC; made_by: who printed it.
    """

    fonds: str
    procedure: str
    lines: Sequence[TransferLine]
    made_at: dt.datetime
    made_by: str
    sample: bool


@dataclass(frozen=True)
class KeepingRecord:
    """归档保管说明: how one item was kept.

    Attributes:
        number, title, package_id: the item.
        filing: (what, value) of where it is filed; empty when it is not.
        procedures: (version, in force, digest of its sealed text) of every version since the item came.
        events: (when, deed, by) of filing, counts and routine checks in the chain of custody.
        made_at: UTC; made_by: who printed it.
    """

    number: str
    title: str
    package_id: str
    filing: Sequence[tuple[str, str]]
    procedures: Sequence[tuple[str, str, str]]
    events: Sequence[tuple[dt.datetime, str, str]]
    made_at: dt.datetime
    made_by: str
    sample: bool


def transfer_pdf(made: TransferList, lang: Lang) -> bytes:
    """Print the list of transfer.

    Raises:
        MissingGlyphsError: a letter is in no installed font.
    """
    title = "归档移交清单" if lang == "zh" else "List of transfer to the archive"
    return print_pdf("transfer.html", made, title, lang, made.made_at)


def keeping_pdf(made: KeepingRecord, lang: Lang) -> bytes:
    """Print how an item was kept.

    Raises:
        MissingGlyphsError: a letter is in no installed font.
    """
    title = "归档保管说明" if lang == "zh" else "Record of archival keeping"
    return print_pdf("keeping.html", made, f"{made.number} {title}", lang, made.made_at)
