"""web.*: the first page and a case page beside an empty Flask page, with 100,000 posts in the database."""

from __future__ import annotations

import http.client
import statistics
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache, partial
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.parse import quote

from flask import Flask
from sqlalchemy import Connection, Engine, event, insert, select
from waitress.server import create_server

from caseapp.demo.authority import TestAuthority
from caseapp.models import Account, Case, CaseIncident, EvidenceItem, Incident, Membership, Platform, Post, PostIncident
from evidence_store import new_ulid
from tests.caseapp.web.house import PASSWORD, build
from tests.caseapp.web.routes import CASE
from tools.bench.figures import PAIRS, Figure
from tools.walk import signed_in

POSTS, CASES, ITEMS, MINE, LEADS = 100_000, 100, 20_000, 4, 5
ROUNDS, WARM = 60, 5
P95 = 0.95


@dataclass(frozen=True)
class Measured:
    """Both pages: p95 ÷ p95 of the empty page in each of the pairs, and the statements of one answer."""

    ratios: dict[str, list[float]]
    statements: dict[str, int]


PAGES = {"today": "/", "case": f"/cases/{CASE}"}


def furnish(engine: Engine) -> None:
    """Put 100,000 posts and 20,000 sealed pages into 100 cases, 500 posts not judged; the lead is in every fourth."""
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
    judged = {"verdict": "false_fact", "verdict_reason": "x", "triaged_by": "bench"}
    connection.execute(insert(Post), posts[:LEADS])
    connection.execute(insert(Post), [post | judged for post in posts[LEADS:]])
    links = [{"id": new_ulid(), "post_id": post["id"], "incident_id": incident["id"]} for post in posts]
    connection.execute(insert(PostIncident), [plain | link | {"state": "confirmed"} for link in links])
    items = [
        {"id": new_ulid(), "no": f"证-2025-{place:03}{n:03}", "title": post["title"], "post_id": post["id"]}
        for n, post in enumerate(posts[: ITEMS // CASES])
    ]
    connection.execute(
        insert(EvidenceItem),
        [
            plain | item | {"obtained_at": now, "kind": "web_page", "seal_state": "logged", "verified_at": now}
            for item in items
        ],
    )


@contextmanager
def furnished() -> Iterator[tuple[Flask, str, Engine]]:
    """The installation with its rows, the application over it, and the cookie of the lead."""
    with tempfile.TemporaryDirectory(prefix="bianwu-bench-") as folder, TestAuthority() as authority:
        place = build(Path(folder) / "d", authority)
        try:
            furnish(place.application.engine)
            app = place.app()
            session = signed_in(app, "lin", PASSWORD).get_cookie("bianwu")
            yield app, f"bianwu={session.value if session else ''}", place.application.engine
        finally:
            place.application.close()


def empty_page() -> Flask:
    """A Flask application with one page that says nothing."""
    app = Flask("empty")
    app.add_url_rule("/", "page", lambda: "<!doctype html><title></title>")
    return app


@contextmanager
def asking(app: Flask, cookie: str = "") -> Iterator[Callable[[str], int]]:
    """Serve an application as the product is served; yields what asks for a page over one connection."""
    server = create_server(app, host="127.0.0.1", port=0, threads=2)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    connection = http.client.HTTPConnection("127.0.0.1", server.effective_port, timeout=60)

    def ask(path: str) -> int:
        connection.request("GET", quote(path), headers={"Cookie": cookie})
        answer = connection.getresponse()
        answer.read()
        return answer.status

    try:
        yield ask
    finally:
        connection.close()
        server.close()
        thread.join(timeout=10)


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
    """Return how many SQL statements an answer takes, those that recognise the person among them."""
    said: list[str] = []

    def note(_c: object, _cursor: object, statement: str, *_more: object) -> None:
        if statement.lstrip().upper().startswith(("SELECT", "INSERT", "UPDATE", "WITH")):
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
    ratios: dict[str, list[float]] = {name: [] for name in PAGES}
    with furnished() as (app, cookie, engine), asking(app, cookie) as ask, asking(empty_page()) as ask_empty:
        for name, path in PAGES.items():
            if ask(path) != HTTPStatus.OK:
                raise RuntimeError(f"the {name} page did not open")
        for _ in range(PAIRS):
            for name, path in PAGES.items():
                floor = p95(partial(ask_empty, "/"))
                ratios[name].append(round(p95(partial(ask, path)) / floor, 3))
        counted = {name: statements(engine, partial(ask, path)) for name, path in PAGES.items()}
    return Measured(ratios, counted)


def _over_empty(name: str, how: str) -> Figure:
    runs = measured().ratios[name]
    return Figure(
        statistics.median(runs),
        f"{how} with 100,000 posts, p95 over HTTP ÷ p95 of an empty Flask page served alike",
        runs,
    )


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
