"""Where the facts of a page stand in the JSON it fetched: address, digest of the body, RFC 6901 pointer, exact value.

Many platforms draw the post from an API and show figures rounded (1.2万); the answer of the API has them exact. A fact
counts as found only where the value fits and, for what could stand anywhere (small numbers, times), the key says so.
"""

import asyncio
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from html import unescape
from typing import Any

from capture.models import FieldValue, WirePlace
from capture.relay_leaks import UNPACK_ERRORS, unpacked
from capture.relay_model import Exchange
from capture.run import Run, well_formed
from capture.shown_time import parse_shown_time

BODY_MOST = 4 * 1024 * 1024  # decoded
ANSWERS_MOST = 60
NODES_MOST = 200_000  # of one answer
PLACES_MOST = 3
SHORTEST = 2  # characters of a text
TELLING = 1000  # from here on a number says enough by itself
KEYS = {
    "likes": re.compile(r"like|attitude|digg|vote|praise|zan|up_?count", re.IGNORECASE),
    "comments": re.compile(r"comment|reply|replies|review", re.IGNORECASE),
    "reposts": re.compile(r"repost|share|forward|retweet", re.IGNORECASE),
    "views": re.compile(r"view|read|play|visit|hit", re.IGNORECASE),
    "followers": re.compile(r"follow|fans", re.IGNORECASE),
}
TIME_KEY = re.compile(r"time|date|created|publish|edited|updated|_at$|At$", re.IGNORECASE)
PRECISION = {
    "second": timedelta(seconds=1), "minute": timedelta(minutes=1), "hour": timedelta(hours=1),
    "day": timedelta(days=1), "month": timedelta(days=31), "year": timedelta(days=366),
}  # fmt: skip
_COUNTER = re.compile(r"[0-9]{1,15}")
_TAG = re.compile(r"<[^>]{0,500}>")
_SHORT_COUNT = re.compile(r"\d+(?:\.(\d+))?\s*([kKwW千万亿])")
_UNIT = {"k": 1000, "千": 1000, "w": 10_000, "万": 10_000, "亿": 100_000_000}


@dataclass(frozen=True)
class Leaf:
    """One text or number of an answer: RFC 6901 pointer, the key it stands under, the value."""

    pointer: str
    key: str
    value: str | int | float


async def trace(run: Run) -> str:
    """Add to every fact where it stands in what the page fetched."""
    recording = run.recording
    if recording is None or not run.fields:
        return "0 facts"
    answers = [one for one in recording.exchanges if _is_json(one)][:ANSWERS_MOST]
    run.fields = await asyncio.to_thread(_traced, run.fields, answers, run.request.timezone)
    found = sum(bool(field.wire) for field in run.fields)
    return f"{found} of {len(run.fields)} facts in {len(answers)} answers"


def _is_json(exchange: Exchange) -> bool:
    kind = exchange.header("content-type").split(";")[0].strip().lower()
    return exchange.response_body is not None and (kind.endswith(("/json", "+json")))


def _traced(fields: Sequence[FieldValue], answers: Sequence[Exchange], zone: str) -> tuple[FieldValue, ...]:
    places: dict[str, list[WirePlace]] = {field.name: [] for field in fields}
    for answer in answers:
        leaves = list(leaves_of(_load(answer)))
        for field in fields:
            room = PLACES_MOST - len(places[field.name])
            hits = (leaf for leaf in leaves if fits(field, leaf, zone, answer.started))
            for leaf, _ in zip(hits, range(room), strict=False):
                value = str(leaf.value)[:300]
                places[field.name].append(WirePlace(answer.url, answer.response_sha256, leaf.pointer, value))
    return tuple(replace(field, wire=tuple(places[field.name])) for field in fields)


def _load(answer: Exchange) -> Any:
    """Return the answer's JSON; None for what is none, or too much of it."""
    if answer.response_body is None:
        return None
    data = bytearray()
    try:
        for block in unpacked(answer.response_body, answer.header("content-encoding").strip().lower()):
            data += block
            if len(data) > BODY_MOST:
                return None
        return well_formed(json.loads(data))
    except (*UNPACK_ERRORS, ValueError, RecursionError):
        return None


def leaves_of(root: Any) -> Iterator[Leaf]:
    """Yield every text and number of a JSON document, at most `NODES_MOST` nodes of it."""
    waiting: list[tuple[str, str, Any]] = [("", "", root)]
    for _ in range(NODES_MOST):
        if not waiting:
            return
        pointer, key, node = waiting.pop()
        if isinstance(node, dict):
            steps = ((str(name), name, value) for name, value in node.items())
        elif isinstance(node, list):
            steps = ((str(index), key, value) for index, value in enumerate(node))
        else:
            if isinstance(node, str | int | float) and not isinstance(node, bool):
                yield Leaf(pointer, key, node)
            continue
        waiting += reversed([(f"{pointer}/{_escaped(step)}", name, value) for step, name, value in steps])


def _escaped(step: str) -> str:
    return step.replace("~", "~0").replace("/", "~1")


def fits(field: FieldValue, leaf: Leaf, zone: str, seen: datetime) -> bool:
    """Whether a leaf is where a fact came from.

    Args:
        field: The fact as read from the page.
        leaf: What stands in the answer.
        zone: Zone of the browser, for times without one.
        seen: When the answer came, aware.
    """
    if field.name.endswith("_at"):
        return _same_time(field, leaf, zone, seen)
    if field.name in KEYS:
        return _same_count(field, leaf)
    text = _squeezed(str(leaf.value))
    return len(text) >= SHORTEST and text in (_squeezed(field.value), _squeezed(field.raw))


def _squeezed(text: str) -> str:
    return "".join(unescape(_TAG.sub("", text)).split())


def _same_count(field: FieldValue, leaf: Leaf) -> bool:
    digits = str(leaf.value).strip()
    if not (_COUNTER.fullmatch(digits) and _COUNTER.fullmatch(field.value)):
        return False
    number, shown = int(digits), int(field.value)
    named = KEYS[field.name].search(leaf.key) is not None
    if number == shown:
        return named or number >= TELLING
    short = _SHORT_COUNT.search(field.raw)
    if short is None or not named:
        return False
    step = _UNIT[short[2].lower()] // 10 ** len(short[1] or "")
    return bool(abs(number - shown) < step)  # platforms cut off or round


def _same_time(field: FieldValue, leaf: Leaf, zone: str, seen: datetime) -> bool:
    span = PRECISION.get(field.precision)
    if span is None or not TIME_KEY.search(leaf.key):
        return False
    found = parse_shown_time(str(leaf.value), seen, zone)
    try:
        shown = datetime.fromisoformat(field.value).astimezone(UTC)
    except ValueError:
        return False
    return bool(found is not None and timedelta(0) <= found.moment - shown < span)
