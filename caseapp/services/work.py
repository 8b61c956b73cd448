"""The unit of work: one transaction with permission, four eyes, visibility and audit; the only ``commit()`` here.

::

    with open_work(app, actor) as work:
        notice = work.get(Notice, notice_id)
        work.transition(workflow.NOTICE, notice, "authorise")

A clean exit writes the audit events, commits, then runs what ``after_commit`` collected; an error rolls back. No
network while it is open: a job that talks to the world does short work, no transaction, short work.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import Any, Final, TypeVar

from sqlalchemy import Select, event, inspect, select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session
from sqlalchemy.orm.exc import StaleDataError
from sqlalchemy.orm.unitofwork import UOWTransaction

from caseapp.domain.errors import NotFoundError, PermissionDeniedError, ReasonRequiredError, StaleVersionError
from caseapp.domain.events import Event, event_label
from caseapp.domain.flow import Transition, Workflow
from caseapp.domain.kinds import kind_label
from caseapp.domain.labels import Label
from caseapp.domain.permissions import SYSTEM_ROLES, Permission, permissions_of
from caseapp.domain.visibility import Viewer
from caseapp.models import AuditEvent, Base, Row, reading
from caseapp.services import visibility
from caseapp.services.actors import Actor, system_actor
from caseapp.services.archiving import READING, CaseArchivedError, is_archived
from caseapp.services.audit_chain import Deed, append_deeds, changed_values, plain
from caseapp.services.database_errors import explain
from caseapp.services.numbering import next_number
from caseapp.services.ports import Ports
from caseapp.services.stamping import stamp_rows

__all__ = ["Actor", "Work", "open_work", "read_work", "system_actor"]

R = TypeVar("R", bound=Base)
S = TypeVar("S", bound=Select[*tuple[Any, ...]])
_VOID: Final = Label("作废", "void")


class Work:
    """One open unit of work. Make it with ``open_work``."""

    def __init__(self, app: Ports, session: Session, actor: Actor, now: datetime, *, sample: bool) -> None:
        self.app = app
        self.session = session
        self.actor = actor
        self.now = now
        self.sample = sample
        self._viewer: Viewer | None = None
        self._deeds: list[Deed] = []
        self._later: list[Callable[[], None]] = []
        event.listen(session, "before_flush", self._stamp)

    def add(self, row: R) -> R:
        """Add a row and insert it at once: key, defaults, desk, who, when and the sample flag are then filled in."""
        self.session.add(row)
        self.session.flush()
        return row

    def get(self, model: type[R], key: str) -> R:
        """Return a visible row; ``NotFoundError`` when absent or not visible to this actor."""
        row = self.session.get(model, key)
        if row is None or not self.sees(row):
            raise NotFoundError(kind=kind_label(str(model.__tablename__)))
        return row

    def get_no(self, model: type[R], no: str) -> R:
        """Return a visible row by its human number (the example's own numbers count apart: real rows first).

        Raises:
            NotFoundError: absent, or not visible to this actor.
        """
        entity: Any = model
        rows = self.session.scalars(self.visible(select(model).where(entity.no == no).order_by(entity.sample), model))
        row = rows.first()
        if row is None:
            raise NotFoundError(kind=kind_label(str(model.__tablename__)))
        return row

    def visible(self, statement: S, model: Any) -> S:
        """Keep of ``model`` (or an alias of one) only the rows this actor may see. THE one filter."""
        rule = visibility.condition(model, self.viewer, user_id=self.actor.user_id, now=self.now)
        return statement.where(rule)

    def sees(self, row: Base) -> bool:
        """Whether this actor may see the row."""
        if isinstance(row, AuditEvent):
            found = self.session.scalar(self.visible(select(AuditEvent.id).where(AuditEvent.id == row.id), AuditEvent))
            return found is not None
        return visibility.sees(self.session, self.viewer, row)

    @property
    def viewer(self) -> Viewer:
        """The actor with the memberships in force, read once."""
        if self._viewer is None:
            self._viewer = visibility.load_viewer(
                self.session,
                user_id=self.actor.user_id,
                desk_id=self.actor.desk_id,
                roles=self.actor.roles,
                now=self.now,
            )
        return self._viewer

    def forget_viewer(self) -> None:
        """Read the memberships again: call it after granting or taking one."""
        self.session.flush()
        self._viewer = None

    def permissions(self, row: Base | None = None) -> frozenset[Permission]:
        """Return what this actor may do, at all or with one row.

        System roles always count. Desk roles count without a row or for a row linked to no case; for a row linked to
        cases the roles held in these cases count instead; in an archived case only those that read are left.
        """
        own = self.actor.roles
        system = permissions_of(own & {role.value for role in SYSTEM_ROLES})
        cases = visibility.case_ids(self.session, row) if row is not None else frozenset[str]()
        if not cases:
            return permissions_of(own)
        held = system | permissions_of(g.role for g in self.viewer.grants if g.case_id in cases and not g.wall)
        return held & READING if row is not None and self.archived(row) else held

    def archived(self, row: Base) -> bool:
        """Whether the row is in an archived case, where people only read; the house's own duties go on."""
        return self.actor.kind != "system" and is_archived(self.session, row)

    def require(self, permission: Permission, row: Base | None = None) -> None:
        """Refuse unless the actor has ``permission``, for ``row`` if given.

        Raises:
            NotFoundError, PermissionDeniedError: the row is not visible; it is, but the role does not allow it.
            CaseArchivedError: the row is in an archived case.
        """
        if row is not None and not self.sees(row):
            raise NotFoundError(kind=kind_label(str(row.__tablename__)))
        if permission not in self.permissions(row):
            if row is not None and permission not in READING and self.archived(row):
                raise CaseArchivedError
            raise PermissionDeniedError(permission=permission.label)
        if getattr(row, "sample", False):
            self.sample = True  # what is done with the example belongs to the example, its numbers too

    def transition(self, table: Workflow, row: Base, action: str, *, reason: str | None = None) -> Transition:
        """Take one step of a workflow: permission, state, proof, reason and second person checked, audit written.

        Raises:
            NotFoundError, PermissionDeniedError, WorkflowRefusedError (and its kinds), StaleVersionError.
        """
        if not self.sees(row):
            raise NotFoundError(kind=kind_label(str(row.__tablename__)))
        reads = any(step.permission in READING for step in table.transitions if step.action == action)
        if not reads and self.archived(row):
            raise CaseArchivedError  # the reason is the archive, not the row's own state
        step = table.find(row, action)
        self.require(step.permission, row)
        table.check(row, action, person=self.actor.person, reason=reason)
        values: dict[str, Any] = {table.field: step.target}
        for column in step.stamps:
            values[column] = self.actor.user_id if column.endswith("_by") else self.now
        before = {column: plain(getattr(row, column)) for column in values}
        for column, value in values.items():
            setattr(row, column, value)
        after = {column: plain(value) for column, value in values.items()}
        self.record(table.event(action), row, before=before, after=after, reason=reason)
        self.session.flush()
        return step

    def offers(self, table: Workflow, row: Base) -> tuple[Transition, ...]:
        """Return the steps this actor could take now: the buttons of a page."""
        return table.offers(row, person=self.actor.person, granted=self.permissions(row))

    def change(
        self,
        row: Row,
        what: Event = Event.ROW_CHANGED,
        /,
        *,
        seen_version: int | None = None,
        reason: str | None = None,
        **values: Any,
    ) -> None:
        """Set columns and record the difference. ``seen_version`` is the version the editor saw.

        Raises:
            StaleVersionError: the row changed since then.
        """
        if seen_version is not None and seen_version != row.version:
            raise StaleVersionError
        for column, value in values.items():
            setattr(row, column, value)
        before, after = changed_values(row)
        if after:
            self.record(what, row, before=before, after=after, reason=reason)
            self.session.flush()

    def void(self, row: Row, reason: str) -> None:
        """Void a row instead of deleting it.

        Raises:
            ReasonRequiredError: no reason given.
        """
        if not reason.strip():
            raise ReasonRequiredError(action=_VOID)
        values: dict[str, Any] = {"voided_at": self.now, "voided_by": self.actor.user_id, "void_reason": reason}
        self.change(row, Event.ROW_VOIDED, reason=reason, **values)

    def record(
        self,
        what: str,
        row: Base,
        *,
        case: str | None = None,
        before: Mapping[str, Any] | None = None,
        after: Mapping[str, Any] | None = None,
        reason: str | None = None,
    ) -> None:
        """Write an audit event into this transaction (chained at commit). ``case`` overrides the row's own case."""
        event_label(what)
        if case is None:
            linked = visibility.case_ids(self.session, row)
            case = next(iter(linked)) if len(linked) == 1 else None
        key = str(getattr(row, "id", None) or inspect(row).identity)
        detail = {
            "actor": self.actor.display,
            "ip": self.actor.ip,
            "before": {k: plain(v) for k, v in (before or {}).items()},
            "after": {k: plain(v) for k, v in (after or {}).items()},
            "reason": plain(reason),
        }
        self._deeds.append(Deed(str(what), str(row.__tablename__), key, case, detail))

    def next_no(self, register: str) -> str:
        """Return the next human number."""
        return next_number(self.session, register, self.now, sample=self.sample)

    def after_commit(self, later: Callable[[], None]) -> None:
        """Run ``later`` once the transaction is committed (message last); it must not fail."""
        self._later.append(later)

    def _stamp(self, session: Session, _context: UOWTransaction, _instances: Any) -> None:
        stamp_rows(session, self.actor, self.now, sample=self.sample)

    def finish(self) -> list[Callable[[], None]]:
        """Write the audit events and commit; ``open_work`` alone calls this. Returns what runs afterwards."""
        self.session.flush()
        append_deeds(self.session, self._deeds, actor=self.actor, now=self.now)
        self.session.commit()
        return self._later


@contextmanager
def open_work(app: Ports, actor: Actor, *, sample: bool = False) -> Iterator[Work]:
    """Open a unit of work for ``actor``.

    Args:
        app: the application's ports.
        actor: who acts.
        sample: new rows belong to the example (示例) and take numbers from its own registers.

    Raises:
        CaseError: what the use case or the database refused, in words; everything is rolled back.
    """
    with app.sessions() as session:
        work = Work(app, session, actor, app.clock(), sample=sample)
        try:
            yield work
            later = work.finish()
        except StaleDataError as stale:
            raise StaleVersionError from stale
        except DBAPIError as problem:
            refusal = explain(problem)
            if refusal is None:
                raise
            raise refusal from problem
    for function in later:
        function()


@contextmanager
def read_work(app: Ports, actor: Actor) -> Iterator[Work]:
    """Open a unit of work that only reads: it takes no write lock and is rolled back at the end."""
    with app.sessions(bind=reading(app.engine)) as session:
        yield Work(app, session, actor, app.clock(), sample=False)
