"""The register of evidence, filtered, searched, ordered and paged by the database: 100,000 items open at once."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, Text, cast, false, func, or_, select

from caseapp.domain.errors import NotFoundError
from caseapp.domain.permissions import Permission
from caseapp.domain.vocabulary import EVIDENCE_KIND
from caseapp.domain.workflow import CASE, EVIDENCE_ITEM, SEAL
from caseapp.models import Case, EvidenceItem, Exhibit
from caseapp.services.queries.case import evidence_of, named
from caseapp.services.queries.inbox_parts import SHOTS
from caseapp.services.restamping import ALARM_AFTER, below_k
from caseapp.services.work import Work

PAGE: Final = 100
MOST_PAGES: Final = 100_000
VERIFY_EVERY: Final = timedelta(days=90)
"""An item nobody verified within this time is due."""
CASES: Final = 500


Cites = tuple[tuple[str, bool, str], ...]


@dataclass(frozen=True, slots=True)
class Registered:
    """An item as the register shows it; ``cites`` are its places in lists of evidence: case number, sample, 证1-3."""

    number: str
    sample: bool
    title: str
    kind: str
    proves: str | None
    source: str | None
    seal_state: str
    stamps: int
    status: str
    obtained_at: datetime
    verified_at: datetime | None
    size: int | None
    hold: bool
    privileged: bool
    grade: str | None
    pictured: bool
    cites: Cites = ()


@dataclass(frozen=True, slots=True)
class Asked:
    """What the register is asked for; what is empty or unknown narrows nothing.

    Attributes:
        words: searched for in number, title, source, purpose and digest.
        kind: a word of ``EVIDENCE_KIND``.
        seal: a state of the seal.
        status: a state of the item.
        need: what is still to be done, a key of ``NEEDS``.
        case: a case's number as in an address.
        sort: a key of ``ORDERS``; empty is newest first.
        down: the largest first.
        page: from 1.
    """

    words: str = ""
    kind: str = ""
    seal: str = ""
    status: str = ""
    need: str = ""
    case: str = ""
    sort: str = ""
    down: bool = False
    page: int = 1


@dataclass(frozen=True, slots=True)
class RegisterPage:
    """One page of the register; ``more`` says that another follows."""

    rows: list[Registered]
    more: bool


NEEDS: Final[Mapping[str, Callable[[datetime], ColumnElement[bool]]]] = MappingProxyType(
    {
        "unsealed": lambda _now: EvidenceItem.seal_state.in_(("stored", "sealed")),
        "unstamped": lambda _now: EvidenceItem.stamps <= EvidenceItem.test_stamps,
        "late": lambda now: below_k() & (EvidenceItem.logged_at < now - ALARM_AFTER),
        "verify": lambda now: or_(EvidenceItem.verified_at.is_(None), EvidenceItem.verified_at < now - VERIFY_EVERY),
        "purpose": lambda _now: or_(EvidenceItem.proves.is_(None), EvidenceItem.proves == ""),
        "exhibit": lambda _now: ~_exhibits(EvidenceItem.id).exists(),
        "hold": lambda _now: EvidenceItem.hold.is_(True),
    }
)
ORDERS: Final[Mapping[str, Any]] = MappingProxyType(
    {
        "number": EvidenceItem.no,
        "title": EvidenceItem.title,
        "kind": EvidenceItem.kind,
        "proves": EvidenceItem.proves,
        "seal": EvidenceItem.seal_state,
        "status": EvidenceItem.status,
        "obtained": EvidenceItem.obtained_at,
        "verified": EvidenceItem.verified_at,
        "size": EvidenceItem.size,
    }
)
_COLUMNS: Final = (
    EvidenceItem.id, EvidenceItem.no, EvidenceItem.sample, EvidenceItem.title, EvidenceItem.kind, EvidenceItem.proves,
    EvidenceItem.source, EvidenceItem.seal_state, EvidenceItem.stamps, EvidenceItem.status, EvidenceItem.obtained_at,
    EvidenceItem.verified_at, EvidenceItem.size, EvidenceItem.hold, EvidenceItem.privileged, EvidenceItem.grade,
    cast(EvidenceItem.files, Text).contains(f'"{SHOTS}', autoescape=True),
)  # fmt: skip


def _exhibits(evidence_id: Any) -> Select[Any]:
    return select(Exhibit.id).where(Exhibit.evidence_id == evidence_id, Exhibit.voided_at.is_(None))


def register(work: Work, asked: Asked) -> RegisterPage:
    """Return a page of the evidence the person sees; two statements, three for a case."""
    page = min(max(asked.page, 1), MOST_PAGES)
    found = list(work.session.execute(_wanted(work, asked).offset((page - 1) * PAGE).limit(PAGE + 1)))
    cites = _cites(work, [row[0] for row in found[:PAGE]])
    return RegisterPage([_row(row, cites) for row in found[:PAGE]], len(found) > PAGE)


def whole_register(work: Work, asked: Asked) -> Iterator[Registered]:
    """Yield everything that is asked for, with the exhibits of a thousand at a time: the list as CSV."""
    found = work.session.execute(_wanted(work, asked)).partitions(1000)
    for part in found:
        cites = _cites(work, [row[0] for row in part])
        yield from (_row(row, cites) for row in part)


def _row(found: Sequence[Any], cites: Mapping[str, Cites]) -> Registered:
    values: list[Any] = [*found[1:], cites.get(found[0], ())]
    return Registered(*values)


def _wanted(work: Work, asked: Asked) -> Select[*tuple[Any, ...]]:
    found: Select[*tuple[Any, ...]] = select(*_COLUMNS).where(EvidenceItem.voided_at.is_(None))
    if asked.kind in EVIDENCE_KIND.keys:
        found = found.where(EvidenceItem.kind == asked.kind)
    if asked.seal in SEAL.keys:
        found = found.where(EvidenceItem.seal_state == asked.seal)
    if asked.status in EVIDENCE_ITEM.keys:
        found = found.where(EvidenceItem.status == asked.status)
    if asked.need in NEEDS:
        found = found.where(NEEDS[asked.need](work.now))
    if asked.case:
        of_case = (
            named(select(Case.id), Case, asked.case).where(Case.voided_at.is_(None)).order_by(Case.sample).limit(1)
        )
        known = work.session.scalar(work.visible(of_case, Case))
        found = found.where(evidence_of(known) if known else false())
    if asked.words:
        found = found.where(_holds(asked.words))
    column = ORDERS.get(asked.sort)
    if column is None:
        found = found.order_by(EvidenceItem.no.desc(), EvidenceItem.sample)
    else:
        turned = column.desc() if asked.down else column.asc()
        found = found.order_by(column.is_(None), turned, EvidenceItem.no.desc(), EvidenceItem.sample)
    return work.visible(found, EvidenceItem)


def _holds(words: str) -> ColumnElement[bool]:
    searched = (
        EvidenceItem.no, EvidenceItem.title, EvidenceItem.source, EvidenceItem.proves, EvidenceItem.package_id,
    )  # fmt: skip
    return or_(*(func.lower(column).contains(words.lower(), autoescape=True) for column in searched))


def _cites(work: Work, keys: Sequence[str]) -> dict[str, Cites]:
    found = (
        select(Exhibit.evidence_id, Case.no, Case.sample, Exhibit.exhibit_no)
        .join(Case, Exhibit.case_id == Case.id)
        .where(Exhibit.evidence_id.in_(keys), Exhibit.voided_at.is_(None))
        .order_by(Case.no)
    )
    grouped: dict[str, Cites] = {}
    for key, number, sample, exhibit in work.session.execute(work.visible(found, Exhibit)):
        grouped[key] = (*grouped.get(key, ()), (number, sample, exhibit))
    return grouped


def own_cases(work: Work, permission: Permission | None = None) -> list[tuple[str, bool, str]]:
    """Return number, sample and title of the open cases the person sees; of those where he holds ``permission``."""
    found = (
        select(Case).where(Case.voided_at.is_(None)).order_by(Case.status == "archived", Case.no.desc()).limit(CASES)
    )
    rows = work.session.scalars(work.visible(found, Case))
    return [
        (row.no, row.sample, row.title) for row in rows if permission is None or permission in work.permissions(row)
    ]


def case_row(work: Work, key: str) -> Case:
    """Return the visible case of a number as it stands in an address.

    Raises:
        NotFoundError: absent or not visible.
    """
    found = named(select(Case), Case, key).where(Case.voided_at.is_(None)).order_by(Case.sample).limit(1)
    row = work.session.scalar(work.visible(found, Case))
    if not isinstance(row, Case):
        raise NotFoundError(kind=CASE.label)
    return row
