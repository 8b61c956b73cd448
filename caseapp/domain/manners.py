"""Manners towards the servers that are visited: one visit a host at a time, and a pause between two beginnings."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import urlsplit

EVERY_HOST: Final = "*"
Pauses = Sequence[tuple[str, float]]
"""Domain (or ``*``) and the least seconds between two beginnings at one host of it."""

MOST_DELAY: Final = 60.0
"""What a robots.txt asks for counts up to this; more would let a site stop the taking of evidence."""


def host_of(url: str) -> str:
    """Return the host an address names, lower case, at most as long as a name can be."""
    try:
        return (urlsplit(url).hostname or "").lower().rstrip(".")[:255]
    except ValueError:
        return ""


def pause_for(host: str, pauses: Pauses, *, asked: float = 0.0) -> timedelta:
    """Return the pause at a host: of its own domain, the longest name first, else of every host.

    Args:
        host: as ``host_of`` gives it.
        pauses: the settings.
        asked: the delay the host's robots.txt asked for at the last visit; kept up to ``MOST_DELAY``.
    """
    fitting = [(len(name), seconds) for name, seconds in pauses if host == name or host.endswith(f".{name}")]
    every = [seconds for name, seconds in pauses if name == EVERY_HOST]
    own = max(fitting)[1] if fitting else every[-1] if every else 0.0
    return timedelta(seconds=max(own, min(max(asked, 0.0), MOST_DELAY)))


def next_start(last: datetime | None, pause: timedelta, now: datetime) -> datetime | None:
    """Return when the next visit may begin; None for at once."""
    if last is None or last + pause <= now:
        return None
    return last + pause
