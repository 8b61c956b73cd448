"""Times as platforms show them: 刚刚, 3小时前, 昨天 12:05, 11-16 18:00, 编辑于 2026年8月10日 …, with how exact each is.

What a page shows is rounded: the result says how far. A time without a zone is the zone of the capture's browser.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

Precision = Literal["second", "minute", "hour", "day", "month", "year"]

_CLOCK = r"(?P<h>\d{1,2})[:：](?P<m>\d{2})(?:[:：](?P<s>\d{2}))?"
_AGO = re.compile(r"(?P<n>\d+)\s*(?P<unit>秒|分钟|分|小时|个小时|天|周|个月|月|年)(?:之)?前")
_AGO_EN = re.compile(
    r"(?P<n>\d+)\s*(?P<unit>s|m|min|h|d|w|seconds?|minutes?|hours?|days?|weeks?)(?:\s*ago)\b", re.IGNORECASE
)
_NOW = re.compile(r"刚刚|just now", re.IGNORECASE)
_NEAR = re.compile(rf"(?P<day>今天|昨天|前天|today|yesterday)\s*(?:{_CLOCK})?", re.IGNORECASE)
_FULL = re.compile(
    rf"(?P<y>\d{{4}})\s*[-/.年]\s*(?P<mo>\d{{1,2}})\s*[-/.月]\s*(?P<d>\d{{1,2}})\s*日?(?:[ T　]*{_CLOCK})?"
    r"(?:\.\d+)?\s*(?P<zone>Z|[+-]\d{2}:?\d{2})?"
)
_SHORT = re.compile(rf"(?<!\d)(?P<mo>\d{{1,2}})\s*[-/月]\s*(?P<d>\d{{1,2}})\s*日?(?:[ 　]*{_CLOCK})?(?!\d)")
_MONTH = re.compile(r"(?P<y>\d{4})\s*年\s*(?P<mo>\d{1,2})\s*月(?!\s*\d)")
_TWITTERISH = re.compile(
    r"(?P<mon>Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)\w*\s+(?P<d>\d{1,2})\s+"
    rf"{_CLOCK}\s+(?P<zone>[+-]\d{{4}})\s+(?P<y>\d{{4}})"
)
_EPOCH = re.compile(r"^(?P<n>\d{10}|\d{13})$")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_UNITS: dict[str, tuple[timedelta, Precision]] = {
    "秒": (timedelta(seconds=1), "second"),
    "分": (timedelta(minutes=1), "minute"),
    "小": (timedelta(hours=1), "hour"),
    "时": (timedelta(hours=1), "hour"),
    "天": (timedelta(days=1), "day"),
    "周": (timedelta(weeks=1), "day"),
    "月": (timedelta(days=30), "month"),
    "年": (timedelta(days=365), "year"),
    "s": (timedelta(seconds=1), "second"),
    "m": (timedelta(minutes=1), "minute"),
    "h": (timedelta(hours=1), "hour"),
    "d": (timedelta(days=1), "day"),
    "w": (timedelta(weeks=1), "day"),
}
_SECONDS_OF_MS = 13
_AHEAD = timedelta(days=2)


@dataclass(frozen=True)
class ShownTime:
    """A time read from a page.

    Attributes:
        moment: Aware UTC; the start of the interval the page allows.
        precision: How long that interval is.
        edited: The page says it is the time of an edit.
    """

    moment: datetime
    precision: Precision
    edited: bool = False

    @property
    def text(self) -> str:
        """RFC 3339 UTC, as in every record."""
        return self.moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def parse_shown_time(raw: str, seen: datetime, zone: str = "Asia/Shanghai") -> ShownTime | None:
    """Read a time as a page shows it; None when there is none in it.

    Args:
        raw: The text, with whatever stands around the time (发布于 … · 广东).
        seen: When the page was seen, aware.
        zone: Zone the page's clock is in, IANA name.
    """
    local = seen.astimezone(ZoneInfo(zone))
    edited = "编辑" in raw or "修改" in raw or "更新" in raw or "edited" in raw.lower()
    for rule in _RULES:
        try:
            found = rule(raw.strip(), local)
        except (ValueError, OverflowError):  # the 31st of February
            continue
        if found is not None:
            moment, precision = found
            return ShownTime(moment.astimezone(UTC), precision, edited)
    return None


Found = tuple[datetime, Precision] | None


def _epoch(raw: str, _seen: datetime) -> Found:
    match = _EPOCH.search(raw)
    if match is None:
        return None
    seconds = int(match["n"]) // (1000 if len(match["n"]) == _SECONDS_OF_MS else 1)
    return datetime.fromtimestamp(seconds, UTC), "second"


def _full(raw: str, seen: datetime) -> Found:
    match = _FULL.search(raw)
    if match is None:
        return None
    return _at(match, int(match["y"]), int(match["mo"]), seen, match["zone"] or "")


def _api(raw: str, seen: datetime) -> Found:
    match = _TWITTERISH.search(raw)
    return None if match is None else _at(match, int(match["y"]), _MONTHS.index(match["mon"]) + 1, seen, match["zone"])


def _ago(raw: str, seen: datetime) -> Found:
    if _NOW.search(raw):
        return seen.replace(second=0, microsecond=0), "minute"
    match = _AGO.search(raw) or _AGO_EN.search(raw)
    if match is None:
        return None
    unit = match["unit"].removeprefix("个").lower()
    length, precision = _UNITS[unit[0]]
    moment = seen - int(match["n"]) * length
    return _floor(moment, precision), precision


def _near(raw: str, seen: datetime) -> Found:
    match = _NEAR.search(raw)
    if match is None:
        return None
    back = {"昨天": 1, "yesterday": 1, "前天": 2}.get(match["day"].lower(), 0)
    day = seen - timedelta(days=back)
    return _clock(match, day)


def _month(raw: str, seen: datetime) -> Found:
    match = _MONTH.search(raw)
    return None if match is None else (datetime(int(match["y"]), int(match["mo"]), 1, tzinfo=seen.tzinfo), "month")


def _short(raw: str, seen: datetime) -> Found:
    """Month and day alone: the latest such day that is not in the future."""
    match = _SHORT.search(raw)
    if match is None:
        return None
    found = _at(match, seen.year, int(match["mo"]), seen, "")
    return found if found[0] <= seen + _AHEAD else _at(match, seen.year - 1, int(match["mo"]), seen, "")


_RULES: tuple[Callable[[str, datetime], Found], ...] = (_epoch, _full, _api, _ago, _near, _month, _short)


def _at(match: re.Match[str], year: int, month: int, seen: datetime, zone: str) -> tuple[datetime, Precision]:
    tz = seen.tzinfo if not zone else UTC if zone == "Z" else datetime.strptime(zone, "%z").tzinfo
    return _clock(match, datetime(year, month, int(match["d"]), tzinfo=tz))


def _clock(match: re.Match[str], day: datetime) -> tuple[datetime, Precision]:
    midnight = day.replace(hour=0, minute=0, second=0, microsecond=0)
    if match["h"] is None:
        return midnight, "day"
    moment = midnight.replace(hour=int(match["h"]), minute=int(match["m"]), second=int(match["s"] or 0))
    return moment, "second" if match["s"] else "minute"


def _floor(moment: datetime, precision: Precision) -> datetime:
    if precision == "second":
        return moment.replace(microsecond=0)
    if precision == "minute":
        return moment.replace(second=0, microsecond=0)
    if precision == "hour":
        return moment.replace(minute=0, second=0, microsecond=0)
    midnight = moment.replace(hour=0, minute=0, second=0, microsecond=0)
    return {"month": midnight.replace(day=1), "year": midnight.replace(month=1, day=1)}.get(precision, midnight)
