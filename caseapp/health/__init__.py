"""What `bianwu doctor` and the health page look at: every part, its state, and the fix when it is not right."""

from __future__ import annotations

from collections.abc import Callable

from caseapp.config import Settings
from caseapp.health.data import DATA_CHECKS
from caseapp.health.finding import Finding, State
from caseapp.health.machine import MACHINE_CHECKS

__all__ = ["CHECKS", "Finding", "State", "examine"]

CHECKS: tuple[Callable[[Settings], Finding], ...] = (*MACHINE_CHECKS, *DATA_CHECKS)


def examine(settings: Settings) -> list[Finding]:
    """Look at every part; nothing is changed."""
    return [check(settings) for check in CHECKS]
