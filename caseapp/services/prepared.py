"""Statements built once for a person and used again: building them costs more than running them.

A builder is an ordinary function that returns a statement. It is handed a ``Draft`` in the place of the unit of work:
the same viewer, the same visibility rule, but no session, and moments that are filled in when the statement runs. What
it depends on besides is named in the call, so a statement can never be another person's, nor of another moment.

::

    def _late(work: Work, *, sample: bool) -> Select[Any]:
        return work.visible(select(Deadline).where(Deadline.due_at < work.now), Deadline)

    rows = execute(work, _late, sample=False)
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, TypeVar, cast

from sqlalchemy import BindParameter, Result, Select, bindparam
from sqlalchemy.types import String

from caseapp.domain.visibility import Viewer
from caseapp.models.types import UtcDateTime
from caseapp.services import visibility
from caseapp.services.constants import inlined
from caseapp.services.work import Actor, Work

S = TypeVar("S", bound=Select[*tuple[Any, ...]])
KEPT: Final = 256
Rows = Select[*tuple[Any, ...]]
Build = Callable[..., Rows]


class Moment:
    """The time of the work that runs the statement, or so long before or after it."""

    def __init__(self, seen: set[timedelta], offset: timedelta = timedelta()) -> None:
        self._seen, self._offset = seen, offset

    def __add__(self, span: timedelta) -> Moment:
        return Moment(self._seen, self._offset + span)

    def __sub__(self, span: timedelta) -> Moment:
        return Moment(self._seen, self._offset - span)

    def __clause_element__(self) -> BindParameter[datetime]:
        self._seen.add(self._offset)
        return bindparam(_name(self._offset), type_=UtcDateTime)


class Draft:
    """What a builder may ask of the unit of work: who looks, what he may see, and when."""

    def __init__(self, viewer: Viewer, actor: Actor) -> None:
        self.viewer, self.actor = viewer, actor
        self.offsets: set[timedelta] = set()
        self.now = Moment(self.offsets)

    def visible(self, statement: S, model: Any) -> S:
        """Keep of ``model`` only the rows this person may see, by the one filter."""
        now = cast("datetime", self.now)
        return statement.where(visibility.condition(model, self.viewer, user_id=self.actor.user_id, now=now))


@dataclass(frozen=True, slots=True)
class _Prepared:
    statement: Rows
    offsets: frozenset[timedelta]


_kept: OrderedDict[Hashable, _Prepared] = OrderedDict()
_lock: Final = threading.Lock()


def execute(
    work: Work, build: Build, values: Mapping[str, str] | None = None, **shape: Hashable
) -> Result[*tuple[Any, ...]]:
    """Run the statement ``build`` makes for this person.

    Args:
        work: the unit of work.
        build: makes the statement of a ``Draft``; a function of a module, for it is a part of the key.
        values: texts that differ from call to call (a case's key); ``build`` gets them as parameters.
        shape: what the statement's form depends on.
    """
    key = (build, tuple(sorted(shape.items())), tuple(sorted(values or ())), work.actor.user_id, work.viewer)
    with _lock:
        found = _kept.get(key)
        if found is not None:
            _kept.move_to_end(key)
    if found is None:
        draft = Draft(work.viewer, work.actor)
        places = {name: bindparam(f"value_{name}", type_=String) for name in values or ()}
        made = build(cast("Work", draft), **places, **shape)
        found = _Prepared(inlined(made), frozenset(draft.offsets))
        with _lock:
            _kept[key] = found
            while len(_kept) > KEPT:
                _kept.popitem(last=False)
    moments = {_name(offset): work.now + offset for offset in found.offsets}
    return work.session.execute(found.statement, moments | {f"value_{name}": v for name, v in (values or {}).items()})


def _name(offset: timedelta) -> str:
    return f"moment_{int(offset.total_seconds())}".replace("-", "before_")
