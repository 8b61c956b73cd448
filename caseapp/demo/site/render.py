"""Jinja set-up of the demo platforms and the small formats their pages share."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

import jinja2
from markupsafe import Markup

TEN_THOUSAND = 10_000
HUNDRED_MILLION = 100_000_000
SHANGHAI = ZoneInfo("Asia/Shanghai")


def wan(number: int) -> str:
    """A counter as Chinese platforms show it: 8217, 1.2万, 1.3亿."""
    for unit, word in ((HUNDRED_MILLION, "亿"), (TEN_THOUSAND, "万")):
        if number >= unit:
            # Platforms cut the digits off, they do not round up.
            return f"{number * 10 // unit / 10:.1f}".removesuffix(".0") + word
    return str(number)


def minute(moment: datetime) -> str:
    """2026-08-10 21:47, Beijing time."""
    return f"{moment.astimezone(SHANGHAI):%Y-%m-%d %H:%M}"


def day(moment: datetime) -> str:
    """2026-08-10, Beijing time."""
    return f"{moment.astimezone(SHANGHAI):%Y-%m-%d}"


def ago(moment: datetime, now: datetime) -> str:
    """3小时前, or the date once a day has passed."""
    gone = now - moment
    if gone < timedelta(0) or gone >= timedelta(days=1):
        return minute(moment)
    minutes = int(gone.total_seconds()) // 60
    return f"{minutes}分钟前" if minutes < 60 else f"{minutes // 60}小时前"  # noqa: PLR2004 - an hour


def json_ld(value: Any) -> Markup:
    """JSON for a script element; ``<`` is escaped so that no text can end the element."""
    text = json.dumps(value, ensure_ascii=False, indent=1).replace("<", "\\u003c")
    # The one place where markup is made by hand: "<" cannot occur in it.
    return Markup(text)  # noqa: S704


@lru_cache(maxsize=1)
def environment() -> jinja2.Environment:
    """The templates beside this module, autoescaped, undefined names refused."""
    jinja = jinja2.Environment(
        loader=jinja2.PackageLoader("caseapp.demo.site", "templates"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    jinja.filters.update(wan=wan, minute=minute, day=day, ld=json_ld, iso=lambda moment: moment.isoformat())
    return jinja


def page(template: str, **values: Any) -> bytes:
    """Render one page as UTF-8."""
    return environment().get_template(template).render(**values).encode("utf-8")
