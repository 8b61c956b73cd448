"""How values are written: Beijing time with UTC on hover, durations, money, counts, digests, other people's text."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from zoneinfo import ZoneInfo

from flask import Flask, g
from markupsafe import Markup, escape

from caseapp.web.i18n import _, language

BEIJING = ZoneInfo("Asia/Shanghai")
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
HAN = re.compile(r"[\u2e80-\u9fff\uff00-\uffef\u3000-\u303f]")
WAN, YI, THOUSAND, MILLION = 10_000, 100_000_000, 1_000, 1_000_000
DIGEST_GROUP = 8
MINUTE, HOUR, DAY = 60, 3_600, 86_400


def stamp(moment: datetime, *, seconds: bool = False) -> str:
    """Write a moment in Beijing time: 11-16 18:00 within this year, with the year otherwise."""
    local = moment.astimezone(BEIJING)
    clock = local.strftime("%H:%M:%S" if seconds else "%H:%M")
    return f"{calendar_day(local.date())} {clock}"


def calendar_day(day: date) -> str:
    """Write a day: 11-16 or 16 Nov within this year, 2027-03-31 or 31 Mar 2027 otherwise."""
    here = now().astimezone(BEIJING).year == day.year
    if language() == "zh":
        return day.strftime("%m-%d" if here else "%Y-%m-%d")
    text = f"{day.day} {MONTHS[day.month - 1]}"
    return text if here else f"{text} {day.year}"


def now() -> datetime:
    """Return the moment of this request (the application's clock, UTC)."""
    moment: datetime | None = g.get("now")
    return moment or datetime.now(UTC)


def utc(moment: datetime) -> str:
    """Write a moment as RFC 3339 in UTC."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def when(moment: datetime | None, *, seconds: bool = False) -> Markup:
    """Return a ``time`` element: Beijing time to read, UTC on hover; an unknown time says so."""
    if moment is None:
        return Markup('<span class="faint">{}</span>').format(_("时间未知"))
    instant = utc(moment)
    return Markup('<time class="num" datetime="{}" title="UTC {}">{}</time>').format(
        instant, instant, stamp(moment, seconds=seconds)
    )


def day(moment: datetime | date | None) -> Markup:
    """Return a ``time`` element with the day alone, in Beijing time."""
    if moment is None:
        return Markup('<span class="faint">{}</span>').format(_("未知"))
    local = moment.astimezone(BEIJING).date() if isinstance(moment, datetime) else moment
    return Markup('<time class="num" datetime="{}">{}</time>').format(local.isoformat(), calendar_day(local))


def duration(span: timedelta) -> str:
    """Write a length of time in its two largest useful units: 3 小时 18 分, 14 天."""
    total = abs(int(span.total_seconds()))
    if total >= 2 * DAY:
        return _("%(n)d 天", n=total // DAY)
    hours, minutes = total // HOUR, total % HOUR // MINUTE
    if hours >= 12 or (hours and not minutes):  # noqa: PLR2004 - beyond half a day minutes say nothing
        return _("%(n)d 小时", n=hours)
    if hours:
        return _("%(h)d 小时 %(m)d 分", h=hours, m=minutes)
    if minutes:
        return _("%(n)d 分钟", n=minutes)
    return _("%(n)d 秒", n=total)


def money(amount: Decimal | None, *, bare: bool = False) -> str:
    """Write an amount in yuan with two decimals: 1,286,400.00 元; ``bare`` leaves the unit to the table head."""
    if amount is None:
        return _("未知")
    figure = f"{amount.quantize(Decimal('0.01')):,}"
    return figure if bare else _("%(figure)s 元", figure=figure)


def _short(value: Decimal, digits: str) -> str:
    text = f"{value.quantize(Decimal(digits), ROUND_HALF_UP):f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def count(number: int | None) -> str:
    """Write a count: in full below ten thousand, then 1.2万, 412.6万, 1.3亿; in English 12k, 4.13M."""
    if number is None:
        return _("未知")
    if abs(number) < WAN:
        return f"{number:,}"
    value = Decimal(number)
    if language() == "zh":
        small = (value / WAN).quantize(Decimal("0.1"), ROUND_HALF_UP)
        return f"{_short(value / YI, '0.1')}亿" if abs(small) >= WAN else f"{_short(value / WAN, '0.1')}万"
    thousands = (value / THOUSAND).quantize(Decimal(1), ROUND_HALF_UP)
    if abs(thousands) < THOUSAND:
        return f"{_short(value / THOUSAND, '1')}k"
    digits = "0.01" if abs(value) < 10 * MILLION else "0.1" if abs(value) < 100 * MILLION else "1"
    return f"{_short(value / MILLION, digits)}M"


def size(octets: int | None) -> str:
    """Write a number of bytes with one decimal: 12.4 MB."""
    if octets is None:
        return _("未知")
    value = float(octets)
    for unit in ("B", "KB", "MB", "GB"):
        if value < 1024 or unit == "GB":  # noqa: PLR2004 - the binary thousand
            return f"{value:.0f} {unit}" if unit == "B" else f"{value:.1f} {unit}"
        value /= 1024
    raise AssertionError  # the last unit always returns


def digest(value: str) -> str:
    """Write a digest in groups of eight, as people read it aloud."""
    return " ".join(value[at : at + DIGEST_GROUP] for at in range(0, len(value), DIGEST_GROUP))


def words(value: object) -> Markup:
    """Return a text people or platforms wrote: isolated from the page's direction, its language said.

    On an English page a text with Han characters carries ``lang``, so that a screen reader changes its voice.
    """
    if isinstance(value, Markup):
        return value
    text = str(value)
    if language() == "en" and HAN.search(text):
        return Markup('<bdi lang="zh-Hans">{}</bdi>').format(text)
    return Markup("<bdi>{}</bdi>").format(text)


def lang_of(text: object) -> Markup:
    """Return the ``lang`` attribute of a text people wrote, for an element that holds nothing but text (an option)."""
    foreign = language() == "en" and HAN.search(str(text))
    return Markup(' lang="zh-Hans"') if foreign else Markup("")


def whole(text: object) -> Markup:
    """Return the attributes that keep a clamped text in reach: all of it on hover, its language said."""
    return Markup(' title="{}"{}').format(text, lang_of(text))


def tell(message: str, **facts: object) -> Markup:
    """Put facts into a translated message of ours: what other people wrote in them is escaped and isolated.

    Args:
        message: the result of ``_("…%(name)s…")`` without values.
        facts: the values by name.
    """
    return Markup(message) % {name: words(value) for name, value in facts.items()}  # noqa: S704 - our own text


def init_app(app: Flask) -> None:
    """Register the filters."""
    app.jinja_env.filters.update(
        when=when,
        day=day,
        duration=duration,
        money=money,
        count=count,
        size=size,
        digest8=digest,
        w=words,
        utc=utc,
        t=lambda text: _(text) if text else "",
    )
    app.jinja_env.globals.update(escape=escape, lang_of=lang_of, whole=whole)
