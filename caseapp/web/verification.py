"""A verification as the page shows it: the verdict, the counts, and every numbered check in words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from caseapp.domain.custody import OUTCOME
from caseapp.domain.labels import Label
from caseapp.web.i18n import language
from caseapp.web.marks import Mark, say
from evidence_store import Report


@dataclass(frozen=True, slots=True)
class Checked:
    """One numbered check of a verification."""

    number: int
    name: str
    word: str
    tone: str
    icon: str
    detail: str


@dataclass(frozen=True, slots=True)
class Verification:
    """The result of a verification made from this page."""

    at: datetime
    marks: list[Mark]
    checks: list[Checked]


_LOOKS: Final = {
    "PASS": ("ok", "check", Label("通过", "pass")),
    "WARN": ("warn", "alert-triangle", Label("提示", "warning")),
    "FAIL": ("danger", "x", Label("不符", "fail")),
}
_VERDICTS: Final = {
    "PASS": ("ok", "shield-check", OUTCOME["PASS"]),
    "FAIL": ("danger", "alert-octagon", OUTCOME["FAIL"]),
    "UNTRUSTED-KEYS": ("warn", "alert-triangle", OUTCOME["UNTRUSTED-KEYS"]),
}


def report(found: Report, at: datetime) -> Verification:
    """Return a verification as the page shows it."""
    tone, icon, word = _VERDICTS.get(found.verdict, _VERDICTS["FAIL"])
    marks = [Mark(say(word), tone, icon)]
    for status, (shade, glyph, label) in _LOOKS.items():
        n = sum(check.status == status for check in found.checks)
        if n:
            marks.append(Mark(f"{say(label)} {n}", shade, glyph))
    return Verification(at, marks, [_check(check) for check in found.checks])


def _check(check: Any) -> Checked:
    tone, icon, word = _LOOKS.get(check.status, ("", "minus", Label(check.status, check.status)))
    zh = language() == "zh"
    name, detail = (check.name_zh, check.detail_zh) if zh else (check.name_en, check.detail_en)
    return Checked(check.number, name, say(word), tone, icon, detail)
