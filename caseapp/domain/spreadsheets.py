"""Text on its way into a spreadsheet."""

from __future__ import annotations

from typing import Final

RISKY: Final = ("=", "+", "-", "@", "\t", "\r")


def inert(text: str) -> str:
    """Return a cell's text so that no spreadsheet runs it: one that would be a formula gets an apostrophe first."""
    return f"'{text}" if text.startswith(RISKY) else text
