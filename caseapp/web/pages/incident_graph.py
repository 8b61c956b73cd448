"""The spread graph: time × platform as numbers for an SVG. Pure arithmetic; the template only draws.

A node is a post: filled while it stands, hollow when it is gone, dashed while nobody confirmed that it belongs. A
solid line is a repost the page itself names; a dashed one is inferred (推定) from the same text, or not confirmed yet.
The ring marks the earliest capture we know of (已知最早), which is not the first publication.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from caseapp.services.queries.rows_incident import SpreadPost
from caseapp.web.filters import BEIJING, MONTHS, count, stamp
from caseapp.web.i18n import _, language, many
from caseapp.web.pages.incident_labels import GAP, Label, Spot, Wish, is_wide, place, room

WIDTH, LEFT, RIGHT, LANE, TOP, FOOT, WORDS = 960, 116, 24, 48, 26, 24, 20
UNKNOWN = 96
"""Width of the column for posts of unknown time."""
SMALL, LARGE = 4.0, 11.0
JITTER = 12
CLOSE = 15
MOST_TICKS = 8
LABELLED = 2
HALO = 4
NAME_LENGTH = 7
BEGAN = datetime(2026, 1, 1, tzinfo=UTC)
STEPS: Final = tuple(timedelta(hours=n) for n in (1, 2, 3, 6, 12, 24, 48, 168, 336, 720, 2160, 8760))


@dataclass(frozen=True, slots=True)
class Node:
    """One post at its place."""

    post: SpreadPost
    x: float
    y: float
    r: float
    look: str


@dataclass(frozen=True, slots=True)
class Edge:
    """A line from one post to another; ``path`` is SVG path data."""

    path: str
    given: bool


@dataclass(frozen=True, slots=True)
class Tick:
    """A moment on the axis."""

    x: float
    text: str


@dataclass(frozen=True, slots=True)
class Lane:
    """A platform."""

    name: str
    y: float
    shaded: bool


@dataclass(frozen=True, slots=True)
class Graph:
    """Everything the picture draws, and the finding it shows in words."""

    width: int
    height: int
    lanes: list[Lane]
    ticks: list[Tick]
    marks: list[Tick]
    nodes: list[Node]
    labels: list[Label]
    edges: list[Edge]
    unknown: float | None
    finding: str
    lane_height: int = LANE
    top: int = TOP

    @property
    def floor(self) -> int:
        """Where the lanes end."""
        return self.top + self.lane_height * len(self.lanes)


def graph(posts: Sequence[SpreadPost], marks: Sequence[tuple[datetime, str]] = ()) -> Graph | None:
    """Return the graph of the posts of an incident; None when there is nothing to draw.

    Args:
        posts: confirmed and suggested ones.
        marks: moments to be shown as dashed lines, with a word each.
    """
    drawn = [post for post in posts if post.state != "rejected"]
    if not drawn:
        return None
    names = _lanes(drawn)
    known = [post.at for post in drawn if post.at is not None]
    blind = len(known) < len(drawn)
    right = WIDTH - RIGHT - (UNKNOWN if blind else 0)
    begin, end = _span([*known, *(at for at, _word in marks)])
    scale = (right - LEFT - 2 * LARGE) / max((end - begin).total_seconds(), 1)

    def across(at: datetime) -> float:
        return LEFT + LARGE + (at - begin).total_seconds() * scale

    nodes = _nodes(drawn, names, [across(post.at) if post.at else right + UNKNOWN / 2 for post in drawn])
    return Graph(
        width=WIDTH,
        height=TOP + LANE * len(names) + FOOT + (WORDS if marks else 0),
        lanes=[Lane(_short(name), TOP + LANE * at, at % 2 == 0) for at, name in enumerate(names)],
        ticks=_within((Tick(across(at), text) for at, text in _ticks(begin, end)) if known else (), right, blind=blind),
        marks=[Tick(across(at), word) for at, word in _apart(marks, across)],
        nodes=nodes,
        labels=_labels(nodes, drawn),
        edges=list(_edges(nodes)),
        unknown=float(right) if blind else None,
        finding=finding(drawn),
    )


def _lanes(posts: Sequence[SpreadPost]) -> list[str]:
    """Return the platforms, the one seen first at the top."""
    late = datetime.max.replace(tzinfo=UTC)
    first: dict[str, datetime] = {}
    for post in posts:
        name = post.platform or _("未登记平台")
        first[name] = min(first.get(name, late), post.at or late)
    return sorted(first, key=lambda name: (first[name], name))


def _within(ticks: Iterable[Tick], right: float, *, blind: bool) -> list[Tick]:
    """Return the ticks whose words touch neither the words of the unknown column nor the picture's edge."""
    end = right + (UNKNOWN + RIGHT - room(_("时间未知"))) / 2 - GAP if blind else WIDTH
    return [tick for tick in ticks if tick.x + room(tick.text) / 2 <= end]


def _short(name: str) -> str:
    wide = sum(2 if is_wide(sign) else 1 for sign in name)
    return name if wide <= 2 * NAME_LENGTH else name[:NAME_LENGTH] + "…"


def _span(moments: Sequence[datetime]) -> tuple[datetime, datetime]:
    if not moments:
        return BEGAN, BEGAN + timedelta(hours=1)
    begin, end = min(moments), max(moments)
    return (begin, end) if end - begin >= timedelta(hours=1) else (begin, begin + timedelta(hours=1))


def _ticks(begin: datetime, end: datetime) -> Iterator[tuple[datetime, str]]:
    step = next((one for one in STEPS if (end - begin) / one <= MOST_TICKS), STEPS[-1])
    local = begin.astimezone(BEIJING)
    base = local.replace(hour=0, minute=0, second=0, microsecond=0)
    at = base + step * math.ceil((local - base) / step)
    while at <= end:
        yield at, _tick(at, clock=step < timedelta(days=1))
        at += step


def _tick(at: datetime, *, clock: bool) -> str:
    day = f"{at:%m-%d}" if language() == "zh" else f"{at.day} {MONTHS[at.month - 1]}"
    return f"{day} {at:%H:%M}" if clock else day


def _apart(marks: Sequence[tuple[datetime, str]], across: object) -> list[tuple[datetime, str]]:
    """Return the marks whose words have room: of two too close together the earlier one."""
    kept: list[tuple[datetime, str]] = []
    for at, word in sorted(marks):
        if not kept or across(at) - across(kept[-1][0]) > CLOSE * 5:  # type: ignore[operator]  # a function
            kept.append((at, word))
    return kept


def _nodes(posts: Sequence[SpreadPost], names: Sequence[str], xs: Sequence[float]) -> list[Node]:
    top = max((post.reposts or 0 for post in posts), default=0)
    taken: list[tuple[int, float, int]] = []
    made = []
    for post, x in zip(posts, xs, strict=True):
        lane = names.index(post.platform or _("未登记平台"))
        level = next(
            (
                n
                for n in (0, 1, -1)
                if not any(one[0] == lane and abs(one[1] - x) < CLOSE and one[2] == n for one in taken)
            ),
            0,
        )
        taken.append((lane, x, level))
        y = TOP + LANE * lane + LANE / 2 + level * JITTER
        r = SMALL + (LARGE - SMALL) * math.sqrt((post.reposts or 0) / top) if top else SMALL + 1
        made.append(Node(post, round(x, 1), y, round(r, 1), _look(post)))
    return made


def _look(post: SpreadPost) -> str:
    """Return how a node looks: waiting, debunk, gone, unknown or live."""
    if not post.confirmed:
        return "wait"
    if post.stance == "debunk":
        return "debunk"
    return {"unknown": "unk"}.get(post.liveness, "live") if post.live else "gone"


def _labels(nodes: Sequence[Node], posts: Sequence[SpreadPost]) -> list[Label]:
    """Return the earliest capture's label, and those of the loudest posts that find room."""
    loud = sorted((post for post in posts if post.reposts and post.account), key=lambda one: -(one.reposts or 0))
    spots = {node.post.id: Spot(node.x, node.y, node.r + (HALO if node.post.earliest else 0)) for node in nodes}
    first = next((post for post in posts if post.earliest and post.captured_at), None)
    wanted = [
        Wish(spots[post.id], f"{(post.account or '')[: NAME_LENGTH + 3]} {count(post.reposts)}")
        for post in loud[:LABELLED]
        if post != first
    ]
    if first is not None and first.captured_at is not None:
        said = _("已知最早，取证 %(time)s", time=stamp(first.captured_at))
        wanted.insert(0, Wish(spots[first.id], said, needed=True))
    return place(wanted, list(spots.values()), left=LEFT - LARGE, right=WIDTH)


def _edges(nodes: Sequence[Node]) -> Iterator[Edge]:
    by_id = {node.post.id: node for node in nodes}
    first_of: dict[str, Node] = {}
    for node in nodes:
        source = by_id.get(node.post.repost_of or "")
        if source is not None:
            yield Edge(_path(source, node), given=node.post.confirmed and source.post.confirmed)
        elif node.post.same and node.post.same in first_of:
            yield Edge(_path(first_of[node.post.same], node), given=False)
        if node.post.same:
            first_of.setdefault(node.post.same, node)


def _path(source: Node, target: Node) -> str:
    middle = round((source.x + target.x) / 2, 1)
    return f"M{source.x} {source.y}C{middle} {source.y} {middle} {target.y} {target.x} {target.y}"


def finding(posts: Sequence[SpreadPost]) -> str:
    """Return what the graph shows, in words."""
    sure = [post for post in posts if post.confirmed]
    parts = [
        many("%(num)d 条已确认内容", len(sure)),
        many("%(num)d 个平台", len({post.platform for post in posts})),
        many("%(num)d 条仍在线", sum(post.live for post in sure)),
    ]
    waiting = len(posts) - len(sure)
    if waiting:
        parts.append(many("%(num)d 条待确认", waiting))
    first = next((post for post in posts if post.earliest), None)
    if first is not None and first.captured_at is not None:
        parts.append(_("已知最早取证 %(time)s", time=stamp(first.captured_at)))
    unknown = sum(post.at is None for post in posts)
    if unknown:
        parts.append(many("%(num)d 条时间未知", unknown))
    return ("；" if language() == "zh" else "; ").join(parts)
