"""Where the facts of a capture stand on its screenshot, read from the package's own record."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final

from caseapp.domain.labels import Label
from caseapp.web.marks import say
from caseapp.web.tiles import Open
from evidence_store import EvidenceError

BOX_LIMIT: Final = 40
CAPTURE_RECORD: Final = "capture.json"
RECORD_LIMIT: Final = 8 * 1024 * 1024
FIELDS: Final[Mapping[str, Label]] = {
    "author": Label("账号", "account"), "author_id": Label("账号编号", "account id"),
    "published_at": Label("发布时间", "published"), "text": Label("正文", "text"), "title": Label("标题", "title"),
    "views": Label("阅读", "views"), "likes": Label("赞", "likes"), "comments": Label("评论", "comments"),
    "reposts": Label("转发", "reposts"), "ip_location": Label("IP 属地", "IP location"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Box:
    """A field on the screenshot, in picture pixels."""

    label: str
    value: str
    x: int
    y: int
    width: int
    height: int


def boxes(files: Mapping[str, Any], open_file: Open, width: int) -> list[Box]:
    """Return where the captured fields stand on the picture; none when the record cannot be read."""
    entry = files.get(CAPTURE_RECORD)
    if not isinstance(entry, dict) or int(entry.get("bytes") or 0) > RECORD_LIMIT:
        return []
    try:
        with open_file(CAPTURE_RECORD) as source:
            record = json.loads(source.read(RECORD_LIMIT))
    except (EvidenceError, ValueError):
        return []
    shot = record.get("size") or [0, 0]
    scale = width / shot[0] if shot[0] else 1
    found: dict[tuple[int, ...], Box] = {}
    for field in record.get("fields", []):
        place = field.get("box")
        if place:
            key = tuple(round(place[side] * scale) for side in ("x", "y", "width", "height"))
            found.setdefault(key, Box(field_name(field.get("name", "")), str(field.get("raw", "")), *key))
    return sorted(found.values(), key=lambda box: (box.y, box.x))[:BOX_LIMIT]


def field_name(name: str) -> str:
    """Return the name of a field in words."""
    return say(FIELDS[name]) if name in FIELDS else name


def boxes_json(found: list[Box]) -> str:
    """Return the boxes for the viewer."""
    return json.dumps([asdict(box) for box in found], ensure_ascii=False)
