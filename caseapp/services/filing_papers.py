"""What the archive gives out: the list of transfer as PDF and CSV, and the record of an item's archival keeping."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import or_, select

from caseapp.documents.printouts.archive import KeepingRecord, TransferLine, TransferList, keeping_pdf, transfer_pdf
from caseapp.domain.custody import FILED, OUTCOME, deed
from caseapp.domain.labels import Label, Lang
from caseapp.domain.permissions import Permission
from caseapp.domain.spreadsheets import inert
from caseapp.domain.vocabulary import INVENTORY_FOUND, ORIGINALITY, RETENTION, SCRUB_OUTCOME
from caseapp.models import EvidenceItem, Filing, Procedure
from caseapp.services.custody import custody_words
from caseapp.services.filing import Filed, filed, filing_of, procedures
from caseapp.services.times import SHANGHAI
from caseapp.services.work import Work

_KEPT: Final = frozenset(
    {("transfer_in", FILED), *(("verify", one) for one in INVENTORY_FOUND), *(("fixity", one) for one in SCRUB_OUTCOME)}
)
"""Custody events, by type and outcome, that are about keeping: filing, counts, routine checks."""
_HEADS: Final = (
    Label("全宗", "fonds"), Label("编号", "number"), Label("题名", "title"), Label("类别", "category"),
    Label("保管期限", "term"), Label("形式", "form"), Label("页数", "pages"), Label("存放", "place"),
    Label("封存摘要", "digest of the seal"), Label("归档时间", "filed at"),
)  # fmt: skip


def transfer_list(work: Work, fonds: str, lang: Lang) -> bytes:
    """Return the list of transfer of a fonds (all when empty) as PDF, of what this person may see.

    Raises:
        PermissionDeniedError: the actor may not read evidence.
    """
    rows, last = _allowed(work, fonds), procedures(work)
    lines = [_line(row, lang) for row in rows]
    held = f"{last[0][0].title} v{last[0][0].n}" if last else ""
    sample = bool(rows) and all(row.item.sample for row in rows)
    return transfer_pdf(TransferList(fonds, held, lines, work.now, work.actor.display, sample), lang)


def transfer_csv(work: Work, fonds: str, lang: Lang) -> bytes:
    """Return the same list as CSV, UTF-8 with a byte order mark; no cell begins a formula."""
    made = io.StringIO()
    writer = csv.writer(made)
    writer.writerow([head.text(lang) for head in _HEADS])
    for row in _allowed(work, fonds):
        one, at = _line(row, lang), f"{row.filing.filed_at:%Y-%m-%dT%H:%M:%SZ}"
        cells = (row.filing.fonds, one.number, one.title, one.category, one.retention, one.form, one.pages, one.place)
        writer.writerow([inert(cell) for cell in (*cells, one.digest, at)])
    return b"\xef\xbb\xbf" + made.getvalue().encode()


def _allowed(work: Work, fonds: str) -> Sequence[Filed]:
    rows = filed(work, fonds)
    for row in rows:
        work.require(Permission.EVIDENCE_READ, row.item)
    return rows


def _line(row: Filed, lang: Lang) -> TransferLine:
    item, filing = row.item, row.filing
    form = ORIGINALITY.words.get(item.original_or_copy or "")
    pages = (item.facts.get("paper") or {}).get("pages")
    return TransferLine(
        item.no, item.title, filing.category, RETENTION[filing.retention].text(lang), form.text(lang) if form else "",
        str(pages or ""), filing.place or "", str(item.package_id),
    )  # fmt: skip


def keeping_record(work: Work, item: EvidenceItem, lang: Lang) -> bytes:
    """Return the record of an item's archival keeping as PDF.

    Raises:
        PermissionDeniedError: the actor may not read the item.
    """
    work.require(Permission.EVIDENCE_READ, item)
    found = filing_of(work, item)
    return keeping_pdf(
        KeepingRecord(
            number=item.no,
            title=item.title,
            package_id=str(item.package_id),
            filing=_where(found[0], lang) if found else (),
            procedures=_versions(work, item, lang),
            events=_events(work, item, lang),
            made_at=work.now,
            made_by=work.actor.display,
            sample=item.sample,
        ),
        lang,
    )


def _where(filing: Filing, lang: Lang) -> list[tuple[str, str]]:
    words = {
        "fonds": Label("全宗", "Fonds"), "category": Label("类别", "Category"), "place": Label("存放", "Place"),
    }  # fmt: skip
    rows = [(label.text(lang), getattr(filing, name)) for name, label in words.items() if getattr(filing, name)]
    return [*rows, (Label("保管期限", "Term").text(lang), RETENTION[filing.retention].text(lang))]


def _versions(work: Work, item: EvidenceItem, lang: Lang) -> list[tuple[str, str, str]]:
    since = item.obtained_at.astimezone(SHANGHAI).date()
    asked = (
        select(Procedure, EvidenceItem.package_id)
        .join(EvidenceItem, EvidenceItem.id == Procedure.evidence_id)
        .where(or_(Procedure.in_force_to.is_(None), Procedure.in_force_to > since))
        .order_by(Procedure.n)
    )
    now = Label("今", "now").text(lang)
    return [
        (f"{row.title} v{row.n}", f"{row.in_force_from} – {row.in_force_to or now}", str(digest))
        for row, digest in work.session.execute(asked)
    ]


def _events(work: Work, item: EvidenceItem, lang: Lang) -> list[tuple[datetime, str, str]]:
    made = []
    for event, actor, reason in custody_words(work, item):
        outcome = str(event.leaf.get("outcome", ""))
        if (event.type, outcome) not in _KEPT:
            continue
        word = OUTCOME[FILED] if outcome == FILED else deed(event.type, outcome)
        said = [word.text(lang), *([reason] if reason else [])]
        made.append((event.at, " · ".join(said), actor))
    return made
