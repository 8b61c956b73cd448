"""The unit of work of a request, and how numbers stand in addresses."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from flask import Flask, g

from caseapp.domain.permissions import Permission
from caseapp.services.queries import SAMPLE_PREFIX, rail_counts
from caseapp.services.work import Work, open_work
from caseapp.web import sending
from caseapp.web.access import visitor
from caseapp.web.visitor import close_reading, house, open_reading


@contextmanager
def reading(*, part: bool = False) -> Iterator[Work]:
    """Read as the signed-in person, in the unit of work that recognised them; its time is the page's time.

    Args:
        part: the answer is a part of a page, which needs no figures for the navigation.
    """
    person = visitor()
    held = g.get("reading")
    work = held[1] if held is not None else open_reading(person.actor)
    g.now = work.now
    try:
        if not part:
            g.counts = counts(work)
        yield work
    finally:
        close_reading()


@contextmanager
def acting(*, shows_page: bool = False) -> Iterator[Work]:
    """Change something as the signed-in person, in one transaction; the time of its work is the page's time.

    The form's receipt and its draft belong to the first such transaction of a request.

    Args:
        shows_page: the answer is a page, whose navigation needs its figures.
    """
    person = visitor()
    close_reading()
    with open_work(house(), person.actor) as work:
        g.now = work.now
        sending.carried_out(work)
        yield work
        if shows_page:
            g.counts = counts(work)


def counts(work: Work) -> dict[str, int]:
    """Return the figures of the navigation; someone who reads no case has none."""
    if Permission.CASE_READ not in visitor().permissions:
        return {"today": 0, "overdue": 0, "case": 0}
    return rail_counts(work, sample=house().settings.demo)


def key_of(number: str, *, sample: bool) -> str:
    """Return a number as it stands in an address: the example counts apart, so its numbers carry a prefix.

    Without the prefix an address leads to the real row of that number, and to the example's where there is none.
    """
    return f"{SAMPLE_PREFIX}{number}" if sample else number


def init_app(app: Flask) -> None:
    """Give the templates the form numbers have in addresses."""
    app.jinja_env.globals["key_of"] = key_of
