"""Number labels with a QR code for papers, boxes and media: number and digest of the seal, nothing secret."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from caseapp.documents.printouts.labels import ItemLabel, labels_pdf
from caseapp.domain.errors import InvalidInputError
from caseapp.domain.labels import Label, Lang
from caseapp.domain.permissions import Permission
from caseapp.domain.vocabulary import EVIDENCE_KIND, ORIGINALITY
from caseapp.models import EvidenceItem
from caseapp.services.redactions import MARK
from caseapp.services.times import SHANGHAI
from caseapp.services.work import Work

MOST: Final = 240
_NUMBERS: Final = Label("证据编号", "evidence numbers")


def label_text(item: EvidenceItem) -> str:
    """Return what the QR code says: number and digest of the seal, two lines."""
    return f"{item.no}\nsha256:{item.package_id}"


def label_sheet(work: Work, items: Sequence[EvidenceItem], lang: Lang, *, skip: int = 0) -> bytes:
    """Return the sheet as PDF: A4, three by eight labels of 70 × 37 mm, in the order given.

    Args:
        work: a unit of work.
        items: the items, each read by someone who may.
        lang: language of the few words on it.
        skip: labels already used on the first sheet.

    Raises:
        PermissionDeniedError: the actor may not read one of them.
        InvalidInputError: none, too many, or one that was never sealed.
    """
    if not 0 < len(items) <= MOST:
        raise InvalidInputError(field=_NUMBERS, problem=Label(f"1 至 {MOST} 件。", f"1 to {MOST} items."))
    labels = []
    for item in items:
        work.require(Permission.EVIDENCE_READ, item)
        if item.package_id is None:
            raise InvalidInputError(field=_NUMBERS, problem=Label(f"{item.no} 未封存。", f"{item.no} is not sealed."))
        form = ORIGINALITY.words.get(item.original_or_copy or "")
        form = MARK if item.derived_from_id else form
        words = [EVIDENCE_KIND[item.kind].text(lang), *([form.text(lang)] if form else [])]
        day = item.obtained_at.astimezone(SHANGHAI).date()
        labels.append(
            ItemLabel(item.no, item.title, " · ".join(words), f"{day}", item.package_id[:16], label_text(item))
        )
    return labels_pdf(labels, lang, skip=skip, at=work.now)
