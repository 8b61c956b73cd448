"""全库校验报告 as paper: what the store holds, what was found, and the head of its log."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from caseapp.documents.printouts import print_pdf
from caseapp.domain.labels import Lang


@dataclass(frozen=True)
class StoreReport:
    """What the report says.

    Attributes:
        organization: whose store it is.
        counts: (what, how many), in words.
        findings: (number or part, what is wrong), in words; none is said to be none.
        log: origin of the log; size and root of its head; ``checkpoint`` the signed note itself.
        listed: lines of the list of digests; ``list_sha256`` and ``list_sm3`` its digests.
        signer: public key that signs the report.
        made_at: UTC; made_by: who ordered it.
        sample: the store holds the example only.
    """

    organization: str
    counts: Sequence[tuple[str, str]]
    findings: Sequence[tuple[str, str]]
    log: str
    size: int
    root: str
    checkpoint: str
    listed: int
    list_sha256: str
    list_sm3: str
    signer: str
    made_at: dt.datetime
    made_by: str
    sample: bool


def store_pdf(report: StoreReport, lang: Lang) -> bytes:
    """Print the report.

    Raises:
        MissingGlyphsError: a letter is in no installed font.
    """
    title = "全库校验报告" if lang == "zh" else "Report on the evidence store"
    return print_pdf("store.html", report, title, lang, report.made_at)
