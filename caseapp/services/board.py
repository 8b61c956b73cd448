"""The board of a played sample case: who may sign in, and how far each of its ten hops is.

Whoever plays writes it, the pages read it; a file in the data folder, for both are processes of their own.
"""

from __future__ import annotations

import json
import os
import secrets
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final, Literal

FILE: Final = "demo.json"
SAID: Final = 3
State = Literal["waiting", "running", "done", "failed"]


@dataclass
class Hop:
    """One of the ten hops as people watch it.

    Attributes:
        n: its number, 1 to 10.
        zh, en: its name.
        state: where it is; a hop that several notices pass through runs again.
        seconds: time spent in it so far.
        since: moment (epoch seconds) it was last begun.
        done, total: count of its steps, 0 when it does not count.
        said: its last lines, newest last, as pairs of Chinese and English.
    """

    n: int
    zh: str
    en: str
    state: State = "waiting"
    seconds: float = 0.0
    since: float = 0.0
    done: int = 0
    total: int = 0
    said: list[list[str]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Entry:
    """How one of the sample case's people signs in."""

    login: str
    name: str
    role: str
    password: str


@dataclass
class Board:
    """What people see of the play.

    Attributes:
        key: who knows it sees how to sign in; the terminal prints it.
        state: of the whole play.
        hops: all ten.
        entries: the sign-ins.
        began: moment of its beginning (epoch seconds).
        seconds: how long it took; 0 until it is over.
    """

    key: str
    hops: list[Hop]
    entries: list[Entry]
    state: State = "waiting"
    began: float = 0.0
    seconds: float = 0.0

    @property
    def over(self) -> bool:
        """Whether nothing more will happen."""
        return self.state in {"done", "failed"}


class BoardWriter:
    """Keeps the board while the case is played.

    Args:
        folder: the data folder.
        hops: number, Chinese and English name of each.
        entries: the sign-ins.
        clock: epoch seconds.
    """

    def __init__(
        self,
        folder: Path,
        hops: Iterable[tuple[int, str, str]],
        entries: Iterable[Entry],
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.board = Board(secrets.token_urlsafe(12), [Hop(*row) for row in hops], list(entries))
        self._path, self._clock = folder / FILE, clock
        self._write()

    def hear(self, event: Mapping[str, Any]) -> None:
        """Take one event of the player: ``{"hop", "event", "zh", "en", "done", "total"}``."""
        board, now = self.board, self._clock()
        hop = board.hops[event["hop"] - 1]
        if event["event"] == "start":
            board.state, board.began = "running", board.began or now
            hop.state, hop.since = "running", now
        elif event["event"] in {"done", "failed"}:
            hop.state, hop.seconds = event["event"], hop.seconds + now - hop.since
        else:
            hop.said = [*hop.said, [event["zh"], event["en"]]][-SAID:]
            hop.done, hop.total = event["done"], event["total"]
        self._write()

    def finish(self, *, ok: bool) -> None:
        """Say that the play is over."""
        self.board.state = "done" if ok else "failed"
        self.board.seconds = max(0.0, self._clock() - self.board.began)
        self._write()

    def _write(self) -> None:
        fresh = self._path.with_suffix(".part")
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            json.dump(asdict(self.board), file, ensure_ascii=False)
        fresh.replace(self._path)


def read_board(folder: Path) -> Board | None:
    """Return the board of this data folder; None when no sample case was played in it."""
    try:
        found = json.loads((folder / FILE).read_text("utf-8"))
        hops = [Hop(**row) for row in found.pop("hops")]
        entries = [Entry(**row) for row in found.pop("entries")]
        return Board(hops=hops, entries=entries, **found)
    except (OSError, ValueError, KeyError, TypeError):
        return None
