"""The files of a redacted copy: masked pictures and texts, and redaction.json, which says what was hidden and where."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any, BinaryIO, Final

from caseapp.domain.personal_data import KINDS
from caseapp.services.mask_pixels import mask_strip
from caseapp.services.mask_proof import FORMAT, RECORD, digests, original_digests
from caseapp.services.masking import Box, Span, Strip, covered, keyed, on_strip
from caseapp.services.ports import Progress

METHOD: Final = {
    "mask": "pixels (0,0,0) opaque; characters U+2588, one for each code point",
    "after": "SHA-256 of the raw pixels of the band (or of the text, UTF-8) in this copy",
    "before": "the same digest of the original where the band is not masked; else HMAC-SHA256, keyed with the bytes of "
    "seal.sha256 of the original, over its length (8 bytes, big-endian) and its raw pixels",
    "original": "HMAC-SHA256 with that key over length and digest of the original file",
    "package_id": "SHA-256 of seal.sha256 of the original",
}
"""How the digests are made: enough to check them without this program."""


@dataclass(frozen=True, slots=True)
class Bench:
    """What opens a file of the original, where masked files are written, ``seal.sha256`` of the original."""

    open_file: Callable[[str], AbstractContextManager[BinaryIO]]
    folder: Path
    key: bytes


@dataclass(slots=True)
class Made:
    """What was written.

    Attributes:
        files: name in the package → file.
        texts: name → text as masked.
        summary: how much of what was hidden, for the register.
    """

    files: dict[str, Path] = field(default_factory=dict)
    texts: dict[str, str] = field(default_factory=dict)
    summary: dict[str, Any] = field(default_factory=dict)


def write_masked(
    bench: Bench,
    strips: Sequence[Strip],
    texts: Mapping[str, str],
    masks: tuple[Sequence[Box], Mapping[str, Sequence[Span]]],
    *,
    original: Mapping[str, str],
    said: Mapping[str, str],
    progress: Progress,
) -> Made:
    """Write the masked files and their record.

    Args:
        bench: where to read and write.
        strips: pictures of the original that go into the copy.
        texts: its texts that do.
        masks: rectangles and spans, checked.
        original: its number and package id.
        said: reason, who and when.
        progress: hears of each file.

    Raises:
        InvalidInputError, MaskFaultError: as `mask_strip`.
    """
    made, listed = Made(), []
    boxes, spans = masks
    total = len(strips) + len(texts) + 1
    for n, strip in enumerate(strips):
        progress(strip.name, n, total)
        listed.append(_picture(made, bench, strip, on_strip(boxes, strip), n))
    for n, (name, text) in enumerate(texts.items()):
        progress(name, len(strips) + n, total)
        listed.append(_text(made, bench, name, text, spans.get(name, ())))
    progress(RECORD, total - 1, total)
    tool = {"name": "bianwu", "version": version("bianwu")}
    record = {
        "format": FORMAT,
        "what": "遮盖副本 redacted copy",
        "original": dict(original),
        "made": {**said, "tool": tool},
        "method": METHOD,
        "kinds": {kind: {"zh": KINDS[kind].zh, "en": KINDS[kind].en} for kind in KINDS},
        "files": listed,
    }
    path = bench.folder / "record"
    path.write_text(json.dumps(record, ensure_ascii=False, indent=1), "utf-8")
    made.files[RECORD] = path
    used = [box.kind for box in boxes] + [span.kind for listed in spans.values() for span in listed]
    kinds = {kind: used.count(kind) for kind in KINDS if kind in used}
    made.summary = {
        "boxes": len(boxes), "spans": len(used) - len(boxes), "kinds": kinds, "pictures": len(strips),
        "texts": len(texts),
    }  # fmt: skip
    return made


def _picture(made: Made, bench: Bench, strip: Strip, boxes: Sequence[Box], n: int) -> dict[str, Any]:
    name, target = f"shots/page-{n + 1:03}.png", bench.folder / f"strip-{n:03}.png"
    with bench.open_file(strip.name) as source:
        told = mask_strip(source, target, boxes, bench.key)
    with bench.open_file(strip.name) as source:
        known = original_digests(source, bench.key)
    made.files[name] = target
    marks = [
        {"left": one.left, "top": one.top, "width": one.width, "height": one.height, "kind": one.kind, "why": one.why}
        for one in boxes
    ]
    with target.open("rb") as source:
        found = digests(source)
    return {"name": name, "original": {"name": strip.name, **known}, **found, **told, "masks": marks}


def _text(made: Made, bench: Bench, name: str, text: str, spans: Sequence[Span]) -> dict[str, Any]:
    shown = covered(text, spans)
    target = bench.folder / f"text-{len(made.texts):03}"
    data = shown.encode()
    target.write_bytes(data)
    made.files[name], made.texts[name] = target, shown
    with bench.open_file(name) as source:
        known = original_digests(source, bench.key)
    marks = [
        {"start": one.start, "end": one.end, "kind": one.kind, "why": one.why,
         "digest": keyed(bench.key, text[one.start : one.end].encode())}
        for one in spans
    ]  # fmt: skip
    after = hashlib.sha256(data).hexdigest()
    return {"name": name, "original": {"name": name, **known}, "after": after, "characters": len(text), "spans": marks}
