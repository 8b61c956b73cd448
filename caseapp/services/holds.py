"""Legal holds (法律保留) on an item or on a whole case: while one is on, nothing of it is disposed of.

Setting and releasing one is a right of its own, needs a reason, and is told in the trail and in every chain of custody
it touches; it is still possible in an archived case, for the archive is where a hold matters most.
"""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import select

from caseapp.domain.errors import CaseError, ReasonRequiredError, WorkflowRefusedError
from caseapp.domain.labels import Label
from caseapp.domain.permissions import Permission
from caseapp.models import Case, EvidenceItem
from caseapp.services.custody import append_custody
from caseapp.services.typed import REASON, typed
from caseapp.services.visibility import case_ids, linked_with
from caseapp.services.work import Work

HOLD: Final = Label("设置法律保留", "set a legal hold")
RELEASE: Final = Label("解除法律保留", "release the legal hold")
REASON_LENGTH: Final = 1000
BASIS_LENGTH: Final = 300


class AlreadyDisposedError(WorkflowRefusedError):
    """The item was disposed of. Facts: ``number``."""

    code = "already-disposed"
    text = Label(
        "{number} 已依法处置，不能再冻结、编入目录或移交。原件尚未开始抹除时，可对案件设置法律保留来暂缓抹除。",
        "{number} has been lawfully disposed of: it can no longer be held, exhibited or handed over. "
        "While its bytes are not yet being erased, a hold on its case puts the erasure off.",
    )


class ErasedError(CaseError):
    """What needs the bytes of a disposed item. Facts: ``number``."""

    code = "evidence-erased"
    text = Label(
        "{number} 的原件已依法处置，不能再查看、下载、校验或导出。登记、摘要、时间戳和保管链仍在；"
        "处置的依据见销毁证明。",
        "The bytes of {number} were lawfully disposed of: nothing can be viewed, downloaded, verified or exported. "
        "Register entry, digests, time stamps and chain of custody remain; see the certificate of disposal.",
    )


def require_bytes(item: Any) -> None:
    """Refuse what needs the bytes of an item that was disposed of.

    Raises:
        ErasedError.
    """
    if item.status == "disposed":
        raise ErasedError(number=getattr(item, "no", None) or item.number)


def written(reason: str, field: Label = REASON) -> str:
    """Return a reason as it is stored.

    Raises:
        InvalidInputError: it is too long.
    """
    return typed(reason, field, REASON_LENGTH)


def given(reason: str, action: Label) -> str:
    """Return a reason that must be there.

    Raises:
        ReasonRequiredError, InvalidInputError: none, or too long.
    """
    said = written(reason)
    if not said:
        raise ReasonRequiredError(action=action)
    return said


def lock_item(work: Work, item: EvidenceItem) -> None:
    """Wait for whoever changes the item now, and read it as it then is: who decides later decides on what is true."""
    work.session.flush()
    work.session.refresh(item, with_for_update=True)


def require_kept(work: Work, item: EvidenceItem) -> None:
    """Refuse what cannot be done any more with an item that was disposed of, also in this very moment.

    Raises:
        AlreadyDisposedError.
    """
    lock_item(work, item)
    if item.status == "disposed":
        raise AlreadyDisposedError(number=item.no)


def hold_evidence(work: Work, item: EvidenceItem, *, on: bool, reason: str) -> None:
    """Set or release a legal hold; while it is on, nothing of the item may be disposed of.

    Raises:
        NotFoundError, PermissionDeniedError: the item is not for this person to hold.
        ReasonRequiredError: no reason given.
        InvalidInputError: the reason is too long.
        AlreadyDisposedError: it is too late.
    """
    work.require(Permission.EVIDENCE_HOLD, item)
    reason = given(reason, HOLD if on else RELEASE)
    require_kept(work, item)
    if item.hold == on:
        return
    work.change(item, hold=on, hold_reason=reason if on else None, reason=reason)
    if item.package_id is not None:
        append_custody(work, item, "hold_set" if on else "hold_clear", reason=reason)


def hold_case(work: Work, case: Case, *, on: bool, reason: str) -> int:
    """Set or release the legal hold of a case; returns how many chains of custody tell of it.

    Raises:
        NotFoundError, PermissionDeniedError: the case is not for this person to hold.
        ReasonRequiredError, InvalidInputError: no reason given; it is too long.
    """
    work.require(Permission.EVIDENCE_HOLD, case)
    reason = given(reason, HOLD if on else RELEASE)
    work.session.flush()
    work.session.refresh(case, with_for_update={"key_share": True})
    if case.legal_hold == on:
        return 0
    work.change(case, legal_hold=on, hold_basis=reason[:BASIS_LENGTH] if on else case.hold_basis, reason=reason)
    return tell_items(work, case, on=on, reason=reason)


def tell_items(work: Work, case: Case, *, on: bool, reason: str) -> int:
    """Write a case's hold into the chain of custody of everything in it that is sealed and still kept."""
    kind = "hold_set" if on else "hold_clear"
    rows = work.session.scalars(
        select(EvidenceItem)
        .where(
            linked_with(EvidenceItem, case.id), EvidenceItem.package_id.is_not(None), EvidenceItem.status != "disposed"
        )
        .order_by(EvidenceItem.id)
    ).all()
    for item in rows:
        append_custody(work, item, kind, reason=f"{case.no}：{reason}")
    return len(rows)


def held_cases(work: Work, item: EvidenceItem) -> list[Case]:
    """Return the cases on legal hold that an item belongs to."""
    linked = case_ids(work.session, item)
    return list(work.session.scalars(select(Case).where(Case.id.in_(linked), Case.legal_hold.is_(True))))


def held(work: Work, item: EvidenceItem) -> bool:
    """Whether the item, or a case it belongs to, is on legal hold."""
    return item.hold or bool(held_cases(work, item))
