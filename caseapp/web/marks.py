"""How a state looks: a tone, a glyph and a word, the same on every page.

The words are the domain's own labels; only tone and glyph are chosen here. A state without a row is neutral.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Final

from caseapp.domain.labels import Label
from caseapp.domain.workflow import SEAL, WORKFLOWS
from caseapp.web.filters import BEIJING, DAY, calendar_day, duration, now
from caseapp.web.i18n import _, language


@dataclass(frozen=True, slots=True)
class Mark:
    """A chip: word, tone (ok, info, warn, danger, privilege, line or neutral) and icon name."""

    text: str
    tone: str = ""
    icon: str = ""


@dataclass(frozen=True, slots=True)
class Clock:
    """A time state: words, tone (over, soon, done, stop, none or plain), icon, and the day below."""

    text: str
    tone: str
    icon: str
    below: str = ""


@dataclass(frozen=True, slots=True)
class SealState:
    """The weakest link of a seal: 1 stored … 6 complete, 0 mismatch."""

    step: int
    text: str


@dataclass(frozen=True, slots=True)
class NextStep:
    """The one next step of a page; texts with other people's words in them are ``Markup`` from ``filters.tell``.

    Attributes:
        do: what to do, a verb first.
        why: base event, rule and result.
        ready: what is prepared already.
        href: where the button leads; empty when nothing can be clicked here.
        verb: word on the button.
        then: the two or three steps after it.
    """

    do: str
    why: str = ""
    ready: str = ""
    href: str = ""
    verb: str = ""
    then: tuple[str, ...] = ()


_OK, _INFO, _WARN, _DANGER = ("ok", "check"), ("info", "flag"), ("warn", "alert-triangle"), ("danger", "alert-octagon")
_NO, _WAIT, _RUN = ("", "x"), ("", "clock-hour-4"), ("info", "loader")

LOOKS: Final[Mapping[str, Mapping[str, tuple[str, str]]]] = MappingProxyType(
    {
        "post": {
            "live": ("", "eye"), "changed": ("warn", "history"), "gone_pending": _WARN,
            "removed_by_author": _OK, "removed_by_platform": _OK, "restricted": ("info", "lock"),
        },
        "capture": {"queued": _WAIT, "running": _RUN, "done": _OK, "cancelled": _NO},
        "result": {"COMPLETE": _OK, "PARTIAL": _WARN, "FAILED": _DANGER},
        "evidence_item": {
            "in_use": _INFO, "produced": _OK, "disposal_requested": ("warn", "trash"), "disposed": ("", "trash"),
        },
        "document_version": {
            "in_review": _WAIT, "changes_requested": ("warn", "arrow-back-up"), "approved": _OK, "signed": _OK,
            "dispatched": ("info", "mail-forward"), "delivered": _OK, "returned": ("warn", "arrow-back-up"),
        },
        "notice": {
            "submitted": ("info", "mail-forward"), "acknowledged": ("info", "mail-forward"), "more_info": _WARN,
            "forwarded_to_user": ("info", "mail-forward"), "measure_taken": _OK, "refused": _NO,
            "overdue": ("danger", "alarm"), "escalated": _WARN, "counter_notice": ("warn", "arrow-back-up"),
            "verified_down": _OK, "verified_label": _INFO,
            "monitoring": ("info", "eye"), "resolved": _OK, "relapsed": ("danger", "rotate-2"), "invalid": _WARN,
        },
        "notice_item": {
            "pending": _WAIT, "removed": _OK, "labelled": _INFO, "limited": ("info", "lock"), "refused": _NO,
            "verified_down": _OK, "restored": ("warn", "rotate-2"), "relapsed": ("danger", "rotate-2"),
        },
        "damage_item": {
            "evidenced": _INFO, "reviewed": _OK, "claimed": _OK, "awarded": _OK, "recovered": _OK, "rejected": _NO,
        },
        "deadline": {"confirmed": _OK, "met": _OK, "missed": _DANGER, "warned": _WARN},
        "incident": {"actionable": _WARN, "responding": _INFO, "closed": _OK, "reopened": ("danger", "rotate-2")},
        "case": {"open": _INFO, "suspended": ("", "player-pause"), "closed": _OK, "archived": ("", "archive")},
    }
)  # fmt: skip

RESULT_LABELS: Final[Mapping[str, Label]] = MappingProxyType(
    {
        "COMPLETE": Label("取证完整", "Capture complete"),
        "PARTIAL": Label("部分取得", "Partly captured"),
        "FAILED": Label("未取得", "Not obtained"),
    }
)


def say(label: Label) -> str:
    """Return a domain label in the language of this request; English begins with a capital."""
    text = label.text(language())
    return text[:1].upper() + text[1:] if language() == "en" else text


def state(workflow: str, key: str) -> Mark:
    """Return the chip of a workflow state."""
    labels = WORKFLOWS[workflow].labels
    tone, icon = LOOKS.get(workflow, {}).get(key, ("", ""))
    return Mark(say(labels[key]) if key in labels else key, tone, icon)


def result(key: str | None) -> Mark | None:
    """Return the chip of a capture result; None while there is none."""
    if key is None:
        return None
    tone, icon = LOOKS["result"].get(key, ("", ""))
    return Mark(say(RESULT_LABELS[key]) if key in RESULT_LABELS else key, tone, icon)


SEAL_STEPS: Final = tuple(key for key in SEAL.keys if key != "mismatch")


def seal(key: str, *, stamped: int | None = None, wanted: int | None = None) -> SealState:
    """Return the seal's weakest link; a stamped one says how many authorities answered of how many."""
    if key == "mismatch":
        return SealState(0, say(SEAL.labels[key]))
    text = say(SEAL.labels[key])
    if key == "stamped" and stamped is not None and wanted:
        text = f"{text} {stamped}/{wanted}"
    return SealState(SEAL_STEPS.index(key) + 1, text)


def stopped(below: str = "") -> Clock:
    """Return a clock that no longer runs: the platform has answered."""
    return Clock(_("不再计时"), "stop", "player-pause", below)


def clock(due: datetime | None, status: str = "") -> Clock:
    """Return the time state of something due: never red before the moment itself."""
    if due is None:
        return Clock(_("不适用"), "none", "clock-off")
    below = f"{calendar_day(due.astimezone(BEIJING).date())} {due.astimezone(BEIJING):%H:%M}"
    if status in {"met", "done"}:
        return Clock(_("已完成"), "done", "circle-check", below)
    if status == "answered":
        return stopped(below)
    if status in {"waived", "cancelled"}:
        return Clock(_("已放弃"), "stop", "player-pause", below)
    left = due - now()
    if left.total_seconds() < 0:
        return Clock(_("逾期 %(span)s", span=duration(left)), "over", "alarm", _("应于 %(time)s", time=below))
    if left.total_seconds() < DAY:
        return Clock(_("剩 %(span)s", span=duration(left)), "soon", "clock-hour-4", below)
    return Clock(_("还有 %(span)s", span=duration(left)), "", "clock-hour-4", below)
