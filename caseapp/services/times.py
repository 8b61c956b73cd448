"""Times as people in China read them; stored times are UTC."""

from __future__ import annotations

from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

SHANGHAI: Final = ZoneInfo("Asia/Shanghai")


def local_year(at: datetime) -> int:
    """Return the year in Asia/Shanghai at an aware time."""
    return at.astimezone(SHANGHAI).year
