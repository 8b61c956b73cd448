"""Who stands in a case and what is asked for: parties with their conflict check, and reliefs."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from typing import Final

from sqlalchemy import func, select

from caseapp.domain.errors import InvalidInputError, WorkflowRefusedError
from caseapp.domain.events import Event
from caseapp.domain.labels import Label
from caseapp.domain.permissions import Permission
from caseapp.domain.vocabulary import IDENTITY_LEVEL, RELIEF_KIND
from caseapp.models import Case, Organization, Party, Relief
from caseapp.services.case_state import check_writable
from caseapp.services.cases import add_party
from caseapp.services.storable import storable
from caseapp.services.typed import REASON, typed
from caseapp.services.work import Work

NAME: Final = 300
TEXT: Final = 2000
OURS: Final = ("principal", "plaintiff", "agent")
THEIRS: Final = ("target", "defendant", "third_party", "recipient")
OUR_KINDS: Final = ("self", "subsidiary", "customer", "law_firm")


class ConflictOfInterestError(WorkflowRefusedError):
    """The name also stands on the other side. Facts: ``name`` and ``where``."""

    code = "conflict-of-interest"
    text = Label(
        "“{name}”可能有利益冲突：{where}。请核对；确无冲突时写明理由再保存。",
        '"{name}" may be a conflict of interest: {where}. Check it; if there is none, say why and save again.',
    )


@dataclass(frozen=True, slots=True)
class Clash:
    """One place where a name stands on the other side.

    Attributes:
        name: as it stands there.
        role: its role there: a word of ``PARTY_ROLE``, or of ``ORGANIZATION_KIND`` when it is in our register.
        case_no: number of the case; None for the register.
        sample: whether that case belongs to the example.
    """

    name: str
    role: str
    case_no: str | None = None
    sample: bool = False

    @property
    def label(self) -> Label:
        """Where it stands, in words."""
        if self.case_no is None:
            return Label(f"本单位登记的关联单位或客户“{self.name}”", f'registered with us: "{self.name}"')
        return Label(f"{self.case_no} 中的“{self.name}”", f'"{self.name}" in {self.case_no}')


def fold(name: str) -> str:
    """Return a name as it is compared: width, case, blanks and brackets do not matter."""
    plain = unicodedata.normalize("NFKC", name).casefold()
    return "".join(sign for sign in plain if sign.isalnum())


def conflicts(work: Work, name: str, role: str, *, case_id: str | None = None) -> list[Clash]:
    """Return where a party's name stands on the other side, of what this person may see.

    Our side of this case on theirs elsewhere, their side on ours elsewhere, and their side in our own register.
    """
    wanted = fold(name)
    if not wanted or role not in OURS + THEIRS:
        return []
    other = THEIRS if role in OURS else OURS
    rows = (
        select(Party.name, Party.role, Case.no, Case.sample)
        .join(Case, Case.id == Party.case_id)
        .where(Party.role.in_(other), Party.voided_at.is_(None), Party.case_id != (case_id or ""))
        .order_by(Case.no)
    )
    found = [
        Clash(there, known, number, sample)
        for there, known, number, sample in work.session.execute(work.visible(rows, Party))
        if fold(there) == wanted
    ]
    if role in THEIRS:
        register = select(Organization.name, Organization.kind).where(
            Organization.kind.in_(OUR_KINDS), Organization.voided_at.is_(None)
        )
        known = work.session.execute(work.visible(register, Organization))
        found += [Clash(there, kind) for there, kind in known if fold(there) == wanted]
    return found


def name_party(
    work: Work, case: Case, *, role: str, name: str, identity_level: str = "unknown", note: str = "", cleared: str = ""
) -> Party:
    """Name a party after the conflict check.

    Args:
        work: the unit of work.
        case: in which case.
        role: a word of ``PARTY_ROLE``.
        name: how it is called.
        identity_level: how well it is known who it is.
        note: anything else.
        cleared: why a found clash is no conflict; it stays in the trail.

    Raises:
        ConflictOfInterestError: the name stands on the other side and nobody said why that is no conflict.
        InvalidInputError: no name, one too long, an unknown word.
        NotFoundError, PermissionDeniedError, WorkflowRefusedError: the case is archived.
    """
    work.require(Permission.CASE_EDIT, case)
    check_writable(case)
    said = _text(name, Label("名称", "name"), NAME)
    why = typed(cleared, Label("不构成冲突的理由", "why it is no conflict"), TEXT)
    IDENTITY_LEVEL.require(identity_level)
    clashes = conflicts(work, said, role, case_id=case.id)
    if clashes and not cleared.strip():
        raise ConflictOfInterestError(name=said, where=clashes[0].label)
    row = add_party(
        work,
        case,
        role=role,
        name=said,
        identity_level=identity_level,
        note=typed(note, Label("备注", "note"), TEXT) or None,
    )
    if clashes:
        where = [clash.case_no or clash.name for clash in clashes]
        work.record(Event.CONFLICT_CLEARED, row, after={"name": said, "where": where}, reason=why)
    return row


def void_party(work: Work, row: Party, *, reason: str) -> None:
    """Take a party out of the case; it stays in the trail.

    Raises:
        NotFoundError, PermissionDeniedError, ReasonRequiredError, WorkflowRefusedError.
    """
    _check(work, row)
    work.void(row, typed(reason, REASON, TEXT))


def add_relief(work: Work, case: Case, *, kind: str, text: str, basis: str = "", scope: str = "") -> Relief:
    """Put down what a court is asked for; a new one comes last.

    Raises:
        InvalidInputError: an unknown kind, no text, one too long.
        NotFoundError, PermissionDeniedError, WorkflowRefusedError: the case is archived.
    """
    work.require(Permission.CASE_EDIT, case)
    check_writable(case)
    RELIEF_KIND.require(kind)
    last = work.session.scalar(
        select(func.max(Relief.order_no)).where(Relief.case_id == case.id, Relief.voided_at.is_(None))
    )
    row = work.add(
        Relief(
            case_id=case.id, desk_id=case.desk_id, kind=kind, text=_text(text, Label("诉讼请求", "relief"), TEXT),
            basis=typed(basis, Label("依据", "basis"), NAME) or None,
            scope=typed(scope, Label("范围", "scope"), NAME) or None,
            order_no=(last or 0) + 1,
        )
    )  # fmt: skip
    work.record(Event.ROW_CREATED, row, after={"kind": kind, "text": row.text})
    return row


def void_relief(work: Work, row: Relief, *, reason: str) -> None:
    """Ask for it no longer; it stays in the trail.

    Raises:
        NotFoundError, PermissionDeniedError, ReasonRequiredError, WorkflowRefusedError.
    """
    _check(work, row)
    work.void(row, typed(reason, REASON, TEXT))


def _check(work: Work, row: Party | Relief) -> None:
    work.require(Permission.CASE_EDIT, row)
    check_writable(work.get(Case, row.case_id))


def _text(text: str, field: Label, limit: int) -> str:
    said: str = storable(text.strip())
    if not said or len(said) > limit:
        problem = Label(f"须填写，最多 {limit} 字。", f"fill it in, with at most {limit} characters.")
        raise InvalidInputError(field=field, problem=problem)
    return said
