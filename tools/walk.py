"""Which pages there are and where examples of them stand: by following, as each person, every link a page shows.

A route that no link reaches is tried with the numbers the database holds, so a page being built appears by itself.
A link a page shows but does not open for the person it was shown to is a fault.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from html import unescape
from urllib.parse import parse_qsl, unquote, urlsplit

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import inspect, select
from sqlalchemy.orm import Session
from werkzeug.exceptions import HTTPException
from werkzeug.routing import RequestRedirect, Rule

from caseapp.bootstrap import Application
from caseapp.models import Base, reading
from caseapp.web.unit import key_of

LINK = re.compile(r'<a\s[^>]*?href="([^"#]*)[^"]*"[^>]*>')
PART = re.compile(r'\b(?:hx-get|data-href)="([^"#]+)')
TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')
SHAPING = ("view", "tab", "kind", "step", "show")
"""Parameters that make another page of the same route; the others only filter or order it."""
NOT_WALKED = frozenset(
    ("static", "account.sign_out", "account.sign_in", "evidence.tile", "evidence.download", "evidence.replay")
)
ALONE = frozenset(("today.page",))
"""Pages that differ by person: one is kept for each."""
CANDIDATES, MOST_PAGES = 3, 400
MUCH = 1.1  # a fuller example replaces an earlier one only when it shows clearly more
OK, BAD = 200, 400

Shape = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Stop:
    """A page with an example address.

    Attributes:
        name: the page's name, fit for a file.
        path: address with query.
        login: who opens it.
        endpoint: the route.
        size: length of the answer; the fullest example is kept.
        whole: a page with its frame, not a part of one.
    """

    name: str
    path: str
    login: str
    endpoint: str
    size: int
    whole: bool


@dataclass
class Walk:
    """What was found.

    Attributes:
        stops: the fullest example of each page.
        faults: links that were shown and did not open, in words.
        unreached: routes without any example.
    """

    stops: list[Stop] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    unreached: list[str] = field(default_factory=list)


def signed_in(app: Flask, login: str, password: str, language: str = "zh") -> FlaskClient:
    """Return a client signed in through the form.

    Raises:
        RuntimeError: the form was refused.
    """
    client = app.test_client()
    client.set_cookie("bw_lang", language)
    found = TOKEN.search(client.get("/signin").text)
    form = {"csrf_token": found[1] if found else "", "login": login, "password": password}
    if client.post("/signin", data=form).status_code != 303:  # noqa: PLR2004 - see other
        raise RuntimeError(f"{login} was refused at sign-in")
    return client


def walk(app: Flask, application: Application, clients: Mapping[str, FlaskClient]) -> Walk:
    """Walk as each of ``clients``, in order; the first person who can open a page is the one it is shown to."""
    with application.sessions(bind=reading(application.engine)) as session:  # closed before pages are opened
        numbers = _numbers(session)
    found = Walk()
    best: dict[Shape, Stop] = {}
    for login, client in clients.items():
        Walker(app, login, client, found, best).follow(["/"])
    reached = {stop.endpoint for stop in best.values()}
    for rule in _open_rules(app):
        if rule.endpoint in reached:
            continue
        guesses = list(_guesses(app, rule, numbers))
        for login, client in clients.items():
            walker = Walker(app, login, client, found, best)
            if any(walker.look(path, fault=False) is not None for path in guesses):
                break
        else:
            found.unreached.append(f"{rule.rule} ({rule.endpoint})")
    found.stops = sorted(best.values(), key=lambda stop: stop.name)
    return found


def _open_rules(app: Flask) -> list[Rule]:
    return [r for r in app.url_map.iter_rules() if "GET" in (r.methods or ()) and r.endpoint not in NOT_WALKED]


class Walker:
    """One person's walk."""

    def __init__(self, app: Flask, login: str, client: FlaskClient, found: Walk, best: dict[Shape, Stop]) -> None:
        self._match = app.url_map.bind("localhost").match
        self._login, self._client, self._found, self._best = login, client, found, best
        self._seen: dict[Shape, set[str]] = {}

    def follow(self, paths: Sequence[str]) -> None:
        """Open these addresses and whatever they link to, breadth first."""
        waiting, opened = list(paths), 0
        while waiting and opened < MOST_PAGES:
            path = waiting.pop(0)
            shape = self.shape(path)
            known = self._seen.setdefault(shape, set()) if shape else set()
            if shape is None or path in known or len(known) >= CANDIDATES:
                continue
            known.add(path)
            opened += 1
            waiting += self.look(path, fault=True) or ()

    def shape(self, path: str) -> Shape | None:
        """Return which page an address is of, None when it is none to walk."""
        parts = urlsplit(path)
        try:
            endpoint, values = self._match(unquote(parts.path), method="GET")
        except RequestRedirect as moved:
            return self.shape(urlsplit(moved.new_url).path)
        except HTTPException:
            return None if parts.netloc or not parts.path.startswith("/") else ("?", path)
        query = dict(parse_qsl(parts.query))
        if endpoint in NOT_WALKED or "format" in query:
            return None
        words = [str(value) for name, value in sorted(values.items()) if name in SHAPING]
        person = [self._login] if endpoint in ALONE else []
        return (endpoint, *words, *(query[name] for name in SHAPING if query.get(name)), *person)

    def look(self, path: str, *, fault: bool) -> list[str] | None:
        """Open one address; returns the links of its page, None when it did not open."""
        answer = self._client.get(path, follow_redirects=True)
        answer.close()
        if answer.status_code >= BAD:
            if fault:
                self._found.faults.append(f"{answer.status_code} {path} ({self._login})")
            return None
        shape = self.shape(path)
        if shape is None or answer.mimetype != "text/html" or "Content-Disposition" in answer.headers:
            return [] if answer.status_code == OK else None
        page = answer.text
        whole = "<html" in page and "</html>" in page
        stop = Stop(_name(shape), path, self._login, shape[0], len(page), whole)
        kept = self._best.get(shape)
        if kept is None or (kept.login == self._login and kept.size * MUCH < stop.size):
            self._best[shape] = stop
        return [unescape(link) for link in (*_links(page), *PART.findall(page))]


def _links(page: str) -> Iterator[str]:
    for found in LINK.finditer(page):
        if " download" not in found[0]:
            yield found[1]


def _name(shape: Shape) -> str:
    return re.sub(r"[^a-z0-9_]+", "-", "-".join(shape).replace(".", "-").lower()).strip("-")


def _guesses(app: Flask, rule: Rule, numbers: Sequence[str]) -> Iterator[str]:
    """Yield addresses of a route with the numbers and keys the database holds."""
    with app.test_request_context():
        for number in numbers if rule.arguments else ("",):
            built = rule.build({name: 1 if _counts(rule, name) else number for name in rule.arguments})
            if built is not None:
                yield built[1]


def _counts(rule: Rule, name: str) -> bool:
    """Whether an argument of the route is an integer (``<int:n>``)."""
    return f"<int:{name}>" in rule.rule


def _numbers(session: Session) -> list[str]:
    """Return the newest numbers of every register, or keys of what has none."""
    found: list[str] = []
    for mapper in Base.registry.mappers:
        entity, columns = mapper.class_, inspect(mapper.class_).columns
        if "no" in columns:
            rows = session.execute(select(entity.no, entity.sample).order_by(entity.no.desc()).limit(CANDIDATES))
            found += [key_of(number, sample=bool(sample)) for number, sample in rows if number]
        elif "id" in columns and "sample" in columns:
            found += [str(key) for key in session.scalars(select(entity.id).limit(CANDIDATES))]
    return found
