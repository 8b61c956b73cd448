"""示例播放: the ten hops of the scripted case as they happen; only in an installation made for the demo.

Progress needs no sign-in: everything in such an installation is fictional. How to sign in is shown to whoever opens
the address the terminal printed, which carries the board's key.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import BinaryIO

from flask import Blueprint, Response, abort, flash, g, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as Answer

from caseapp.domain.errors import BadCredentialsError, NotFoundError, ThrottledError
from caseapp.domain.permissions import Role
from caseapp.services.board import Board, Entry, Hop, read_board
from caseapp.services.queries.samples import PICTURES, SampleObject, sample_objects, sample_picture
from caseapp.services.users import sign_in as open_session
from caseapp.services.work import read_work, system_actor
from caseapp.web import proof, tiles
from caseapp.web.access import public, safe_target
from caseapp.web.i18n import COOKIE, LANGUAGES, language
from caseapp.web.marks import Mark
from caseapp.web.places import object_href, tab_href
from caseapp.web.security import DOWNLOAD_POLICY
from caseapp.web.visitor import close_reading, house, remember

blueprint = Blueprint("demo", __name__, url_prefix="/demo")

REASON = "the fictional case of a demo installation; any other installation answers 404"
SHOWN_FIRST = (Role.COUNSEL, Role.PR, Role.ARCHIVIST, Role.APPROVER, Role.AUDITOR)
THUMB_LEVEL = 3
HOP_KINDS: dict[int, tuple[str, ...]] = {
    5: ("evidence",), 6: ("case", "incident", "claim"), 7: ("document",), 8: ("notice",), 10: ("damages",),
}  # fmt: skip
LISTED = 6
LOOKS = {
    "waiting": ("", "clock-hour-4"), "running": ("info", "loader"), "done": ("ok", "check"),
    "failed": ("danger", "alert-octagon"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Line:
    """One hop as the page shows it."""

    n: int
    name: str
    state: str
    seconds: float
    said: Sequence[str]
    done: int
    total: int
    links: Sequence[tuple[str, str]]
    more: int


@blueprint.get("/")
@public(REASON)
def page() -> str:
    """Show the ten hops and, to whoever has the key, how to sign in."""
    board = _board()
    return render_template("demo/page.html", **_values(board))


@blueprint.get("/hops")
@public(REASON)
def hops() -> Response:
    """Answer the moving part alone, for the page that polls it; at the end the whole page is loaded once more."""
    board = _board()
    answer = make_response(render_template("demo/hops.html", **_values(board)))
    if board.over:
        answer.headers["HX-Refresh"] = "true"
    return answer


@blueprint.get("/shot/<number>.jpg")
@public(REASON)
def shot(number: str) -> Response:
    """Answer a small picture of a captured page of the example."""
    _board()
    with read_work(house(), system_actor("demo page")) as work:
        item = sample_picture(work, number)
    names = proof.strips(item.files) if item is not None else []
    if item is None or item.package_id is None or not names:
        raise NotFoundError(kind=tiles.PICTURE)
    open_file = _opener(item.package_id)
    whole = tiles.picture(item.package_id, names, open_file)
    answer = make_response(tiles.tile(whole, THUMB_LEVEL, 0, 0, open_file))
    answer.headers["Content-Type"] = "image/jpeg"
    answer.headers["Content-Security-Policy"] = DOWNLOAD_POLICY
    answer.headers["Cache-Control"] = "private, max-age=3600"
    return answer


@blueprint.post("/enter")
@public(REASON)
def enter() -> Answer:
    """Sign in as one of the example's people, for whoever has the key."""
    board = _board()
    if not _knows(board):
        abort(404)
    entry = next((row for row in board.entries if row.login == request.form.get("login")), None)
    if entry is None:
        abort(404)
    close_reading()
    try:
        signed = open_session(
            house(), login=entry.login, password=entry.password, ip=request.remote_addr,
            agent=request.user_agent.string,
        )  # fmt: skip
    except (BadCredentialsError, ThrottledError) as refusal:
        flash(refusal.message(language()), "danger")
        return redirect(url_for("demo.page", key=board.key), 303)
    chosen = request.cookies.get(COOKIE, "")
    remember(signed, login=entry.login, language=chosen if chosen in LANGUAGES else language())
    return redirect(safe_target(request.form.get("next")), 303)


def _opener(package_id: str) -> tiles.Open:
    def open_file(name: str) -> BinaryIO:
        stream: BinaryIO = house().store.open_file(package_id, f"data/{name}")
        return stream

    return open_file


def _board() -> Board:
    board = read_board(house().settings.data_dir) if house().settings.demo else None
    if board is None:
        abort(404)
    return board


def _knows(board: Board) -> bool:
    return secrets.compare_digest(request.values.get("key", "").encode(), board.key.encode())


def _values(board: Board) -> dict[str, object]:
    with read_work(house(), system_actor("demo page")) as work:
        made = sample_objects(work)
        g.now = work.now
    case = next((row for row in made if row.kind == "case"), None)
    entries = sorted(board.entries, key=_first)
    told = [next(row for row in entries if row.role == role) for role in SHOWN_FIRST if _has(entries, role)]
    return {
        "board": board,
        "lines": [_line(hop, made) for hop in board.hops],
        "finished": sum(hop.state == "done" for hop in board.hops),
        "seconds": board.seconds or (time.time() - board.began if board.began else 0.0),
        "pictures": [row for row in made if row.pictured][:PICTURES],
        "case_href": object_href("case", case.number, sample=True) if case else None,
        "case_number": case.number if case else "",
        "knows": _knows(board),
        "told": told,
        "others": [row for row in entries if row not in told],
        "look": lambda state: Mark("", *LOOKS[state]),
        "evidence_href": lambda row: object_href("evidence", row.number, sample=True),
    }


def _has(entries: Sequence[Entry], role: str) -> bool:
    return any(row.role == role for row in entries)


def _first(row: Entry) -> tuple[int, str]:
    return (SHOWN_FIRST.index(Role(row.role)) if row.role in SHOWN_FIRST else len(SHOWN_FIRST), row.login)


def _line(hop: Hop, made: Sequence[SampleObject]) -> Line:
    kinds = HOP_KINDS.get(hop.n, ())
    own = [row for row in made if row.kind in kinds]
    said = [pair[1] if language() == "en" else pair[0] for pair in hop.said]
    seconds = hop.seconds + (max(0.0, time.time() - hop.since) if hop.state == "running" else 0.0)
    links = [] if hop.state == "waiting" else [_link(row) for row in own[:LISTED]]
    return Line(
        hop.n, hop.en if language() == "en" else hop.zh, hop.state, seconds, said, hop.done, hop.total, links,
        max(0, len(own) - len(links)) if links else 0,
    )  # fmt: skip


def _link(row: SampleObject) -> tuple[str, str]:
    if row.kind == "claim":
        return row.number, tab_href(row.case_no, sample=True, tab="posts")
    if row.kind == "damages":
        return row.number, tab_href(row.case_no, sample=True, tab="damages")
    return row.number, object_href(row.kind, row.number, sample=True, case_no=row.case_no)
