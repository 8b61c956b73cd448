"""What stands against a disposal now, each in words that say what to do. Reading only.

The periods are those of the filing (保管期限): counted from 1 January after the year in which the item was first filed,
which is how archives count (待核: whether another law sets a shorter or longer one is for counsel to check; nothing
here shortens a period).
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Final

from sqlalchemy import or_, select

from caseapp.domain.custody import FILED
from caseapp.domain.labels import Label
from caseapp.models import Case, Citation, CustodyEvent, Document, DocumentVersion, EvidenceItem, Exhibit, Handover
from caseapp.services.filing import filing_of
from caseapp.services.holds import held_cases
from caseapp.services.times import SHANGHAI
from caseapp.services.visibility import case_ids
from caseapp.services.work import Work

SETTLED: Final = ("closed", "archived")
YEARS: Final = {"years_10": 10, "years_30": 30}
UNSENT: Final = ("draft", "in_review", "changes_requested", "approved", "signed", "returned")


@dataclass(frozen=True)
class Bar:
    """One thing that stands against it: a stable code, and words that say what to do."""

    code: str
    words: Label


@dataclass(frozen=True)
class Period:
    """保管期限 of an item: its term, and the first day on which it has passed (None: never, or not recorded)."""

    term: str | None
    ends: date | None


def bars(work: Work, item: EvidenceItem, *, kept: Collection[str] = ()) -> list[Bar]:
    """Return everything that stands against disposing of an item now; empty when nothing does.

    Args:
        work: the unit of work.
        item: which.
        kept: keys of items derived from it that stay on purpose.
    """
    return [*_holds(work, item), *_cases(work, item), *_period(work, item), *_uses(work, item, kept)]


def period_of(work: Work, item: EvidenceItem) -> Period:
    """Return how long an item is to be kept."""
    found = filing_of(work, item)
    if found is None:
        return Period(None, None)
    term = found[0].retention
    if term not in YEARS:
        return Period(term, None)
    filings = [
        event.at
        for event in work.session.scalars(
            select(CustodyEvent).where(CustodyEvent.evidence_id == item.id, CustodyEvent.type == "transfer_in")
        )
        if event.leaf.get("outcome") == FILED
    ]
    first = min([*filings, found[0].filed_at]).astimezone(SHANGHAI).year
    return Period(term, date(first + 1 + YEARS[term], 1, 1))


def derived_from(work: Work, item: EvidenceItem) -> list[EvidenceItem]:
    """Return what was derived from an item and is still kept."""
    found = select(EvidenceItem).where(
        EvidenceItem.derived_from_id == item.id, EvidenceItem.status != "disposed", EvidenceItem.voided_at.is_(None)
    )
    return list(work.session.scalars(found.order_by(EvidenceItem.no)))


def _holds(work: Work, item: EvidenceItem) -> Iterator[Bar]:
    if item.hold:
        yield Bar(
            "hold",
            Label("法律保留中，不能处置；先由有权的人解除保留。", "It is on legal hold; have the hold released first."),
        )
    for case in held_cases(work, item):
        zh, en = _named(work, case)
        yield Bar(
            "case-hold",
            Label(
                f"{zh} 法律保留中，不能处置；先由有权的人解除案件的保留。",
                f"{en} is on legal hold; have the hold of the case released first.",
            ),
        )


def _cases(work: Work, item: EvidenceItem) -> Iterator[Bar]:
    for case in _cases_of(work, item):
        if case.status not in SETTLED:
            zh, en = _named(work, case)
            yield Bar(
                "case-open",
                Label(f"{zh} 尚未结案；结案或归档后再处置。", f"{en} is not closed; dispose of it after closing."),
            )


def _cases_of(work: Work, item: EvidenceItem) -> list[Case]:
    cited = (
        select(Document.case_id)
        .join(DocumentVersion, DocumentVersion.document_id == Document.id)
        .join(Citation, Citation.version_id == DocumentVersion.id)
        .where(Citation.target_type == "evidence", Citation.target_key.in_((item.id, item.no)))
        .where(Document.sample == item.sample, Document.voided_at.is_(None))
    )
    linked = case_ids(work.session, item)
    found = select(Case).where(or_(Case.id.in_(linked), Case.id.in_(cited))).order_by(Case.no)
    return list(work.session.scalars(found))


def _named(work: Work, case: Case) -> tuple[str, str]:
    """The case's number, or no more than that there is one when it is not for this person to see."""
    if work.sees(case):
        return f"案件 {case.no}", f"Case {case.no}"
    return "另一个使用它的案件", "Another case that uses it"


def _period(work: Work, item: EvidenceItem) -> Iterator[Bar]:
    period = period_of(work, item)
    today = work.now.astimezone(SHANGHAI).date()
    if period.term is None:
        yield Bar(
            "no-period",
            Label("没有登记保管期限；先归档并选定期限。", "No period of keeping is recorded; file it with one first."),
        )
    elif period.ends is None:
        yield Bar(
            "permanent",
            Label("保管期限为永久，不得处置。", "It is to be kept permanently and is never disposed of."),
        )
    elif today < period.ends:
        yield Bar(
            "period",
            Label(
                f"保管期限未满；{period.ends} 起可以申请。", f"Its period has not passed; ask from {period.ends} on."
            ),
        )


def _uses(work: Work, item: EvidenceItem, kept: Collection[str]) -> Iterator[Bar]:
    for row in derived_from(work, item):
        if row.id not in kept:
            no = row.no if work.sees(row) else "…"
            yield Bar(
                "derived",
                Label(
                    f"{no} 由它派生；先处置派生件，或在申请里写明派生件继续保留。",
                    f"{no} is derived from it; dispose of that first, or say in the request that it stays.",
                ),
            )
    for no in _unsent(work, item):
        yield Bar(
            "unsent",
            Label(
                f"文书 {no} 用到它、还没有发出；先发出或作废这份文书。",
                f"Document {no} uses it and is not dispatched; dispatch or void it first.",
            ),
        )
    out = select(Handover.no).where(
        Handover.evidence_id == item.id, Handover.status == "out", Handover.voided_at.is_(None)
    )
    for no in work.session.scalars(out.order_by(Handover.no)):
        yield Bar(
            "away",
            Label(f"移交 {no} 尚未了结；先登记归还。", f"Handover {no} is not settled; record the return first."),
        )


def _unsent(work: Work, item: EvidenceItem) -> list[str]:
    """Numbers of papers not sent that cite the item, list it by its exhibit number, or whose frozen PDF it is.

    In an archived case nothing is sent any more: what lies there unsent does not count.
    """
    cited = select(Citation.version_id).where(
        Citation.target_type == "evidence", Citation.target_key.in_((item.id, item.no))
    )
    numbers: dict[str, list[re.Pattern[str]]] = {}
    for case_id, no in work.session.execute(
        select(Exhibit.case_id, Exhibit.exhibit_no).where(Exhibit.evidence_id == item.id, Exhibit.voided_at.is_(None))
    ):
        numbers.setdefault(case_id, []).append(re.compile(rf"{re.escape(no)}(?![0-9])"))
    papers = work.session.execute(
        select(Document, DocumentVersion, DocumentVersion.id.in_(cited))
        .join(DocumentVersion, DocumentVersion.document_id == Document.id)
        .join(Case, Case.id == Document.case_id)
        .where(DocumentVersion.n == Document.latest_n, DocumentVersion.status.in_(UNSENT), Case.status != "archived")
        .where(Document.voided_at.is_(None), Document.sample == item.sample)
        .where(
            or_(
                DocumentVersion.id.in_(cited), DocumentVersion.pdf_evidence_id == item.id,
                Document.case_id.in_(list(numbers)),
            )
        )
        .order_by(Document.no)
    )  # fmt: skip
    return [
        document.no if work.sees(document) else "…"
        for document, version, direct in papers
        if direct or version.pdf_evidence_id == item.id or _names(version, numbers.get(document.case_id, []))
    ]


def _names(version: DocumentVersion, numbers: list[re.Pattern[str]]) -> bool:
    text = json.dumps(version.model, ensure_ascii=False)
    return any(one.search(text) for one in numbers)
