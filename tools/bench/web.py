"""web.*: the first page and a case page beside an empty Flask page, with 100,000 posts in the database."""

from __future__ import annotations

import statistics
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Connection, Engine, event, insert, select

from caseapp.demo.authority import TestAuthority
from caseapp.models import Account, Case, CaseIncident, EvidenceItem, Incident, Membership, Platform, Post, PostIncident
from evidence_store import new_ulid
from tests.caseapp.web.house import PASSWORD, build
from tests.caseapp.web.routes import CASE
from tools.bench.figures import PAIRS, Figure
from tools.walk import signed_in

POSTS, CASES, ITEMS, MINE = 100_000, 100, 20_000, 4
ROUNDS, WARM = 60, 5
P95 = 0.95


@dataclass(frozen=True)
class Measured:
    """Both pages: p95 ÷ p95 of the empty page in each of the pairs, and the statements of one answer."""

    ratios: dict[str, list[float]]
    statements: dict[str, int]


PAGES = {"today": "/", "case": f"/cases/{CASE}"}


def furnish(engine: Engine) -> None:
    """Put 100,000 posts and 20,000 sealed pages into 100 cases, 1,000 posts each; the lead is in every fourth."""
    with engine.begin() as connection:
        first = connection.execute(select(Case).where(Case.no == CASE)).mappings().one()
        known = {
            "platform_id": connection.scalar(select(Platform.id)),
            "account_id": connection.scalar(select(Account.id)),
        }
        now = datetime.now(UTC)
        base = {
            "desk_id": first["desk_id"], "version": 1, "created_at": now, "created_by": "bench", "updated_at": now,
            "updated_by": "bench", "sample": False,
        }  # fmt: skip
        for place in range(CASES):
            case_id = first["id"] if place == 0 else new_ulid()
            if place:
                head = {"id": case_id, "no": f"案-2025-{place:04}", "title": f"案 {place}", "status": "open"}
                connection.execute(insert(Case), [base | head | {"stage": "takedown"}])
            if place and place % MINE == 0:
                seat = {"id": new_ulid(), "case_id": case_id, "user_id": first["lead_id"], "role": "lead"}
                connection.execute(insert(Membership), [base | seat | {"granted_by": "bench"}])
            _fill(connection, base | known, case_id, place, now)
        connection.exec_driver_sql("ANALYZE")


def _fill(connection: Connection, base: dict[str, Any], case_id: str, place: int, now: datetime) -> None:
    """Give one case an incident with its posts, and sealed pages of a fifth of them."""
    plain = {name: value for name, value in base.items() if name not in {"platform_id", "account_id"}}
    incident = {"id": new_ulid(), "no": f"谣-2025-{place:04}", "title": f"谣言 {place}", "detected_at": now}
    connection.execute(insert(Incident), [plain | incident | {"status": "responding"}])
    link = {"id": new_ulid(), "case_id": case_id, "incident_id": incident["id"]}
    connection.execute(insert(CaseIncident), [plain | link])
    posts = [
        base | {
            "id": new_ulid(), "no": f"帖-2025-{place:04}{n:04}", "canonical_url": f"https://weixun.test/b/{place}/{n}",
            "url_as_seen": f"https://weixun.test/b/{place}/{n}", "title": f"第 {n} 条", "liveness": "live",
            "last_checked_at": now,
        }
        for n in range(POSTS // CASES)
    ]  # fmt: skip
    connection.execute(insert(Post), posts)
    links = [{"id": new_ulid(), "post_id": post["id"], "incident_id": incident["id"]} for post in posts]
    connection.execute(insert(PostIncident), [plain | link | {"state": "confirmed"} for link in links])
    items = [
        {"id": new_ulid(), "no": f"证-2025-{place:03}{n:03}", "title": post["title"], "post_id": post["id"]}
        for n, post in enumerate(posts[: ITEMS // CASES])
    ]
    connection.execute(
        insert(EvidenceItem), [plain | item | {"obtained_at": now, "kind": "web_page"} for item in items]
    )


@contextmanager
def furnished() -> Iterator[tuple[FlaskClient, Engine]]:
    """The installation with its rows, and a signed-in client of the lead."""
    with tempfile.TemporaryDirectory(prefix="bianwu-bench-") as folder, TestAuthority() as authority:
        place = build(Path(folder) / "d", authority)
        try:
            furnish(place.application.engine)
            yield signed_in(place.app(), "lin", PASSWORD), place.application.engine
        finally:
            place.application.close()


def empty_page() -> FlaskClient:
    """A Flask application with one page that says nothing."""
    app = Flask("empty")
    app.add_url_rule("/", "page", lambda: "<!doctype html><title></title>")
    return app.test_client()


def p95(answer: Callable[[], object]) -> float:
    """Return the time below which 95 of 100 answers are."""
    for _ in range(WARM):
        answer()
    runs = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        answer()
        runs.append(time.perf_counter() - start)
    return sorted(runs)[int(P95 * len(runs))]


def statements(engine: Engine, answer: Callable[[], object]) -> int:
    """Return how many SQL statements an answer takes, those of the session and of transactions apart."""
    said: list[str] = []
    here = threading.get_ident()

    def note(_c: object, _cursor: object, statement: str, *_more: object) -> None:
        if threading.get_ident() == here and statement.lstrip().upper().startswith(("SELECT", "INSERT", "UPDATE")):
            said.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    try:
        answer()
    finally:
        event.remove(engine, "before_cursor_execute", note)
    return len(said)


@cache
def measured() -> Measured:
    """Measure both pages once for all four figures."""
    floor_client = empty_page()
    with furnished() as (client, engine):
        pages = {name: lambda path=path: client.get(path, buffered=True) for name, path in PAGES.items()}
        for name, open_page in pages.items():
            if open_page().status_code != 200:  # noqa: PLR2004 - as HTTP says
                raise RuntimeError(f"the {name} page did not open")
        ratios: dict[str, list[float]] = {name: [] for name in pages}
        for _ in range(PAIRS):
            for name, open_page in pages.items():
                floor = p95(lambda: floor_client.get("/", buffered=True))
                ratios[name].append(round(p95(open_page) / floor, 3))
        counted = {name: statements(engine, open_page) for name, open_page in pages.items()}
    return Measured(ratios, counted)


def _over_empty(name: str, how: str) -> Figure:
    runs = measured().ratios[name]
    return Figure(statistics.median(runs), f"{how} with 100,000 posts, p95 ÷ p95 of an empty Flask page", runs)


def today_over_empty() -> Figure:
    """The first page."""
    return _over_empty("today", "今日")


def case_over_empty() -> Figure:
    """The overview of a case with 1,000 of the posts."""
    return _over_empty("case", "case page")


def queries_today() -> Figure:
    """Statements of the first page."""
    return Figure(measured().statements["today"], "SQL statements of 今日, the session's own among them")


def queries_case() -> Figure:
    """Statements of the overview of a case."""
    return Figure(measured().statements["case"], "SQL statements of the case page, the session's own among them")


FIGURES = {
    "web.today_over_empty": today_over_empty,
    "web.case_over_empty": case_over_empty,
    "web.queries_today": queries_today,
    "web.queries_case": queries_case,
}
