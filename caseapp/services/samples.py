"""Removing the example (示例) in one act: every row of it is voided and hidden; nothing evidential is deleted.

Sealed packages and entries of the logs stay where they are, marked as the example's: a log that loses entries would
prove nothing. See ``removed`` for how its rows disappear.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import func, select, update

from caseapp.domain.errors import NotFoundError, ReasonRequiredError, WorkflowRefusedError
from caseapp.domain.events import Event
from caseapp.domain.kinds import kind_label
from caseapp.domain.labels import Label
from caseapp.domain.permissions import Permission
from caseapp.models import Base, Desk, Row, User, UserSession
from caseapp.models.triggers import APPEND_ONLY
from caseapp.services.work import Work

LISTED: Final = (
    "cases", "incidents", "rumor_claims", "posts", "captures", "evidence_items", "documents", "notices",
    "damage_items", "deadlines", "tasks", "users",
)  # fmt: skip
"""Tables a person knows by name, in this order; the rest is counted together."""
_REMOVE: Final = Label("移除示例", "remove the example")


class NothingButSampleError(WorkflowRefusedError):
    """The whole installation is the example."""

    code = "nothing-but-sample"
    text = Label(
        "整个安装都是示例，没有真实数据可留。停止演示（Ctrl-C）即全部删除。",
        "This whole installation is the example. Stopping the demo (Ctrl-C) deletes all of it.",
    )


@dataclass(frozen=True, slots=True)
class SampleCount:
    """How many rows of one table are the example's; ``table`` is empty for all the others together."""

    table: str
    count: int


def _tables() -> list[type[Row]]:
    models = [mapper.class_ for mapper in Base.registry.mappers if issubclass(mapper.class_, Row)]
    return sorted((one for one in models if one.__tablename__ not in APPEND_ONLY), key=lambda one: one.__tablename__)


def sample_counts(work: Work) -> list[SampleCount]:
    """Count what belongs to the example and is still shown; counts alone, whoever asks.

    Raises:
        PermissionDeniedError.
    """
    work.require(Permission.SETTING_EDIT)
    found: dict[str, int] = {}
    for model in _tables():
        entity: Any = model
        rows = select(func.count()).select_from(model).where(entity.sample, entity.voided_at.is_(None))
        found[model.__tablename__] = work.session.scalar(rows) or 0
    known = [SampleCount(name, found[name]) for name in LISTED if found.get(name)]
    others = sum(count for name, count in found.items() if name not in LISTED)
    return [*known, *([SampleCount("", others)] if others else [])]


def remove_sample(work: Work, *, reason: str) -> int:
    """Void every row of the example, bar its people and end their sessions; returns how many rows.

    Raises:
        NothingButSampleError: the person removing it would be removed too.
        NotFoundError: there is none. ReasonRequiredError, PermissionDeniedError.
    """
    counts = sample_counts(work)
    actor = work.session.get(User, work.actor.user_id)
    if actor is not None and actor.sample:
        raise NothingButSampleError
    if not reason.strip():
        raise ReasonRequiredError(action=_REMOVE)
    if not counts:
        raise NotFoundError(kind=kind_label("cases"))
    people = select(User.id).where(User.sample)
    ended = {"revoked_at": work.now, "revoked_by": work.actor.user_id}
    work.session.execute(
        update(UserSession).where(UserSession.user_id.in_(people), UserSession.revoked_at.is_(None)).values(**ended)
    )
    gone: dict[str, Any] = {
        "voided_at": work.now, "voided_by": work.actor.user_id, "void_reason": reason.strip(),
        "updated_at": work.now, "updated_by": work.actor.user_id,
    }  # fmt: skip
    for model in _tables():
        entity: Any = model
        more = {"active": False} if model is User else {}
        rows = update(model).where(entity.sample, entity.voided_at.is_(None))
        work.session.execute(rows.values(version=entity.version + 1, **gone, **more))
    work.session.expire_all()
    total = sum(row.count for row in counts)
    desk = work.session.get(Desk, work.actor.desk_id) if work.actor.desk_id else None
    about: Base = desk or work.session.scalars(select(Desk).order_by(Desk.id)).first() or Desk(id="-", name="-")
    after = {row.table or "others": row.count for row in counts}
    work.record(Event.SAMPLE_REMOVED, about, after=after, reason=reason.strip())
    return total
