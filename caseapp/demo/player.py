"""Who plays the scripted case: actors by the case's ids, the clock of each hop, and what has been made so far."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import select

from caseapp import jobs
from caseapp.bootstrap import Application
from caseapp.demo.errors import DemoStepError
from caseapp.demo.installation import actor_for
from caseapp.demo.script import HOPS, Hop, Plan, load_plan
from caseapp.demo.site import LocalPlatforms
from caseapp.models import Case, EvidenceItem
from caseapp.models.db import Base
from caseapp.queue import InlineQueue
from caseapp.services.work import Actor, Work, open_work

OnEvent = Callable[[Mapping[str, Any]], None]
R = TypeVar("R", bound=Base)

LEAD, COUNSEL, CHIEF, PR, ARCHIVIST, CHAIR = "usr-01", "usr-02", "usr-03", "usr-04", "usr-05", "usr-06"
QUALITY, FINANCE = "usr-08", "usr-09"


@dataclass
class HopResult:
    """What became of one hop.

    Attributes:
        hop: Which.
        ok: Whether everything in it held.
        seconds: Time spent in it.
        ids: Human numbers or keys of what it made.
        sha256: Digests of the bytes it made.
        error: Code and words when it failed.
    """

    hop: Hop
    ok: bool = False
    seconds: float = 0.0
    ids: list[str] = field(default_factory=list)
    sha256: list[str] = field(default_factory=list)
    error: dict[str, str] | None = None

    def to_json(self) -> dict[str, Any]:
        """The hop's entry in the result."""
        value: dict[str, Any] = {
            "n": self.hop.n,
            "name": self.hop.name,
            "name_en": self.hop.name_en,
            "ok": self.ok,
            "seconds": round(self.seconds, 3),
            "ids": self.ids,
            "sha256": self.sha256,
        }
        if self.error:
            value["error"] = self.error
        return value


@dataclass
class Made:
    """Keys of what the demo has made, by the case's own ids.

    ``evidence`` and ``numbers`` are keyed by exhibit label (证4-1), post id (``post-07``) or a word for other papers.
    """

    case: str = ""
    organizations: dict[str, str] = field(default_factory=dict)
    platforms: dict[str, str] = field(default_factory=dict)
    posts: dict[str, str] = field(default_factory=dict)
    captures: dict[str, str] = field(default_factory=dict)
    incidents: dict[str, str] = field(default_factory=dict)
    claims: dict[str, str] = field(default_factory=dict)
    notices: dict[str, str] = field(default_factory=dict)
    versions: dict[str, str] = field(default_factory=dict)
    dispatches: dict[str, str] = field(default_factory=dict)
    evidence: dict[str, str] = field(default_factory=dict)
    numbers: dict[str, str] = field(default_factory=dict)
    packages: dict[str, str] = field(default_factory=dict)


class Player:
    """Plays rows of the plan on one application.

    Args:
        application: Its jobs must run in this process (``InlineQueue``).
        platforms: The other side, being served.
        out: Folder for what is handed out.
        on_event: Told of every step: ``{"hop", "event", "zh", "en", "done", "total"}``.
        core: Only the rows of the shortest complete case.

    Raises:
        DemoStepError: The application's jobs do not run in this process.
    """

    def __init__(
        self, application: Application, platforms: LocalPlatforms, *, out: Path, on_event: OnEvent, core: bool
    ) -> None:
        if not isinstance(application.queue, InlineQueue):
            raise DemoStepError("the demo needs an application that runs its jobs itself")
        self.application = application
        self.queue = application.queue
        self.platforms = platforms
        self.out = out
        self.core = core
        self.plan: Plan = load_plan()
        self.made = Made()
        self.results = {hop.n: HopResult(hop) for hop in HOPS}
        self.spare_seconds = 0.0
        self._on_event = on_event
        self._actors: dict[str, Actor] = {}
        self._hop = HOPS[0]

    @contextmanager
    def hop(self, number: int) -> Iterator[HopResult]:
        """Time one hop and tell of its beginning and end."""
        result = self.results[number]
        result.ok = False
        self._hop = result.hop
        self.tell("start", result.hop.name, result.hop.name_en)
        began = time.perf_counter()
        try:
            yield result
            result.ok = True
        finally:
            result.seconds += time.perf_counter() - began
            self.tell("done" if result.ok else "failed", result.hop.name, result.hop.name_en)

    def tell(self, event: str, zh: str, en: str, *, done: int = 0, total: int = 0) -> None:
        """Report one step to whoever watches."""
        self._on_event(
            {"hop": self._hop.n, "event": event, "zh": zh, "en": en, "done": done, "total": total},
        )

    def actor(self, user: str) -> Actor:
        """The person of the case with this id (``usr-02``)."""
        if user not in self._actors:
            self._actors[user] = actor_for(self.application, self.plan.case.user(user))
        return self._actors[user]

    @contextmanager
    def work(self, user: str) -> Iterator[Work]:
        """A unit of work of one person; what it adds is marked 示例."""
        with open_work(self.application, self.actor(user), sample=True) as work:
            yield work

    @contextmanager
    def holding_jobs(self) -> Iterator[list[str]]:
        """Keep ordered jobs waiting; yields the list they collect in."""
        run, self.queue.run = self.queue.run, None
        self.queue.waiting.clear()
        try:
            yield self.queue.waiting
        finally:
            self.queue.run = run

    def perform(self, job_id: str) -> bool:
        """Run one waiting job in this process."""
        return jobs.perform(self.application, job_id)

    def case(self, work: Work) -> Case:
        """The demo's case."""
        return work.get(Case, self.made.case)

    def evidence(self, work: Work, ref: str) -> EvidenceItem:
        """The evidence item behind a label, post id or word."""
        return work.get(EvidenceItem, self.made.evidence[ref])

    def keep(self, ref: str, item: EvidenceItem) -> None:
        """Remember an evidence item under ``ref``."""
        self.made.evidence[ref], self.made.numbers[ref] = item.id, item.no
        if item.package_id:
            self.made.packages[ref] = item.package_id

    def check(self, holds: object, zh: str, en: str) -> None:
        """Stop the demo unless something holds.

        Raises:
            DemoStepError: It does not.
        """
        if not holds:
            raise DemoStepError(f"{zh} / {en}")


def one(work: Work, model: type[R], **equal: Any) -> R:
    """The single row of ``model`` with these values."""
    entity: Any = model
    statement = select(model).where(*(getattr(entity, name) == value for name, value in equal.items()))
    return work.session.scalars(statement).one()
