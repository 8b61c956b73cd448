"""The reading view of a capture: its picture, and what was hidden from the page to make it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, BinaryIO, Final

from caseapp.web.i18n import N_, _
from evidence_store import EvidenceError

REPORT: Final = "reading/report.json"
REPORT_LIMIT: Final = 1024 * 1024
STRIP: Final = re.compile(r"reading/page-[0-9]+\.png")
KINDS: Final[Mapping[str, str]] = {
    "cookie": N_("Cookie 或隐私提示"),
    "app": N_("打开或下载 App 的提示"),
    "backdrop": N_("提示背后的遮罩"),
    "scroll_lock": N_("滚动锁定"),
    "lazy": N_("页面没有载入的图片"),
    "login": N_("登录提示"),
}


@dataclass(frozen=True, slots=True)
class Act:
    """One element: what it was, its words, where it stands in the page and on the picture, and what was done."""

    kind: str
    text: str
    selector: str
    box: str
    what: str


@dataclass(frozen=True, slots=True)
class Reading:
    """What made the view.

    Attributes:
        done: what was hidden or released.
        left: what looked like it and was left alone.
        back_again: whether the page put back what was hidden.
    """

    done: Sequence[Act]
    left: Sequence[Act]
    back_again: bool


def strips(files: Mapping[str, Any]) -> list[str]:
    """Return the names of the reading view's strips, top to bottom."""
    return sorted(name for name in files if STRIP.fullmatch(name))


def reading_of(open_file: Callable[[str], BinaryIO], files: Mapping[str, Any]) -> Reading | None:
    """Read what was done from the package; None when it has no readable report."""
    entry = files.get(REPORT)
    if not isinstance(entry, dict) or int(entry.get("bytes") or 0) > REPORT_LIMIT:
        return None
    try:
        with open_file(REPORT) as source:
            found = json.loads(source.read(REPORT_LIMIT))
        acts = {name: [_act(one) for one in found.get(name, ())] for name in ("done", "left")}
    except (EvidenceError, ValueError, AttributeError, TypeError):
        return None
    return Reading(acts["done"], acts["left"], bool(found.get("back_again")))


def _act(one: Mapping[str, Any]) -> Act:
    kind = str(one.get("kind", ""))
    x, y, width, height = (int(side) for side in one.get("box", (0, 0, 0, 0)))
    return Act(
        _(KINDS[kind]) if kind in KINDS else kind,
        str(one.get("text", "")),
        str(one.get("selector", "")),
        f"{x}, {y} · {width} × {height}",
        str(one.get("what", "")),
    )
