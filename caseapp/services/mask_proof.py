"""redaction.json, and whether a redacted copy agrees with it and with its original.

With the copy alone: every mask stands where the record says, every band of pixels and the text are as recorded. With
the original too: everything outside the masks is the original's, pixel by pixel and character by character.
"""

from __future__ import annotations

import hashlib
import json
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Final, cast

from caseapp.domain.errors import CaseError, InvalidInputError
from caseapp.domain.labels import Label
from caseapp.services.mask_pixels import bands, painted, pixels
from caseapp.services.masking import COVER, Box, Span, checked_boxes, checked_spans, covered, keyed, strip_of
from evidence_store.digests import digest_chunks

RECORD: Final = "redaction.json"
FORMAT: Final = "bianwu-redaction/1"
RECORD_MOST: Final = 32 * 1024 * 1024
TEXT_MOST: Final = 8 * 1024 * 1024
SEAL: Final = "seal.sha256"
KEY_MOST: Final = 1024 * 1024
_PACKAGE: Final = Label("证据包", "package")


@dataclass(frozen=True, slots=True)
class Finding:
    """One check: what it was about, whether it held, in words."""

    about: str
    ok: bool
    words: Label


class RecordUnreadableError(CaseError):
    """There is no record of masks that could be checked."""

    code = "redaction-unreadable"
    text = Label(
        "这里没有可以核对的遮盖记录（{what}）。请给出遮盖副本的证据包（ZIP 或文件夹）。",
        "There is no record of masks to check ({what}). Give the package of a redacted copy, ZIP or folder.",
    )


@dataclass(frozen=True, slots=True)
class Parcel:
    """An exported package, folder or ZIP, opened for reading."""

    open_file: Callable[[str], AbstractContextManager[BinaryIO]]

    def read(self, name: str, most: int) -> bytes:
        """Return a file's bytes.

        Raises:
            KeyError: there is none, or it is larger than ``most``.
        """
        with self.open_file(name) as stream:
            found = stream.read(most + 1)
        if len(found) > most:
            raise KeyError(name)
        return found


def parcel(path: Path) -> Parcel:
    """Open an exported package.

    Raises:
        InvalidInputError: neither a folder nor a ZIP.
    """
    if path.is_dir():
        return Parcel(lambda name: _in_folder(path, name))
    try:
        with zipfile.ZipFile(path) as archive:
            heads = [name.removesuffix(SEAL) for name in archive.namelist() if name.endswith(SEAL)]
    except (OSError, zipfile.BadZipFile) as error:
        problem = Label(f"{path.name} 不是 ZIP 或文件夹。", f"{path.name} is neither a ZIP nor a folder.")
        raise InvalidInputError(field=_PACKAGE, problem=problem) from error
    head = min(heads, key=len, default="")
    return Parcel(lambda name: _in_zip(path, head + name))


def _in_folder(path: Path, name: str) -> AbstractContextManager[BinaryIO]:
    if not _plain(name) or not (path / name).is_file():
        raise KeyError(name)
    return (path / name).open("rb")


def _in_zip(path: Path, name: str) -> AbstractContextManager[BinaryIO]:
    archive = zipfile.ZipFile(path)
    try:
        return _Both(archive, cast("BinaryIO", archive.open(name)))
    except (KeyError, zipfile.BadZipFile, RuntimeError, NotImplementedError) as error:
        archive.close()
        raise KeyError(name) from error


class _Both(AbstractContextManager[BinaryIO]):
    """A file of an archive; both are closed."""

    def __init__(self, archive: zipfile.ZipFile, stream: BinaryIO) -> None:
        self._archive, self._stream = archive, stream

    def __enter__(self) -> BinaryIO:
        return self._stream

    def __exit__(self, *_: object) -> None:
        with closing(self._archive):
            self._stream.close()


def _plain(name: str) -> bool:
    return ".." not in name.split("/") and not name.startswith("/") and "\\" not in name and "\x00" not in name


def digests(source: BinaryIO) -> dict[str, Any]:
    """Return SHA-256, SM3 and size of a file."""
    found = digest_chunks(iter(lambda: source.read(1024 * 1024), b""))
    return {"sha256": found.sha256, "sm3": found.sm3, "bytes": found.size}


def check_copy(copy: Parcel, original: Parcel | None = None) -> list[Finding]:
    """Check a redacted copy, against its original when that is at hand.

    Raises:
        RecordUnreadableError: the copy holds no record that could be checked.
    """
    record = _record(copy)
    key = None if original is None else _key(original)
    found: list[Finding] = []
    if key is not None:
        same = hashlib.sha256(key).hexdigest() == record["original"].get("package_id")
        found.append(
            _said("original", same, Label("原件就是记录所指的那一件", "the original is the one the record names"))
        )
    for part in record["files"]:
        check = _check_text if "spans" in part else _check_picture
        try:
            found += list(check(part, copy, original, key))
        except (KeyError, TypeError, ValueError, CaseError, OSError, zipfile.BadZipFile) as error:
            why = error.message("en") if isinstance(error, CaseError) else type(error).__name__
            about = str(part.get("name", "?")) if isinstance(part, Mapping) else "?"
            words = Label(f"文件或记录读不出（{why}）", f"the file or its record cannot be read ({why})")
            found.append(Finding(about, ok=False, words=words))
    return found


def _said(about: str, ok: Any, words: Label) -> Finding:
    """Return a finding; when it does not hold, the words say so."""
    if not ok:
        words = Label(f"不符：{words.zh}", f"not so: {words.en}")
    return Finding(about, bool(ok), words)


def _record(copy: Parcel) -> dict[str, Any]:
    try:
        record = json.loads(copy.read(f"data/{RECORD}", RECORD_MOST))
    except (KeyError, ValueError, RecursionError, OSError) as error:
        raise RecordUnreadableError(what=RECORD) from error
    shaped = isinstance(record, dict) and record.get("format") == FORMAT and isinstance(record.get("original"), dict)
    if not shaped or not isinstance(record.get("files"), list) or not record["files"]:
        raise RecordUnreadableError(what="format")
    return cast("dict[str, Any]", record)


def _key(original: Parcel) -> bytes:
    try:
        return original.read(SEAL, KEY_MOST)
    except KeyError as error:
        raise RecordUnreadableError(what=SEAL) from error


def _opened(box: Any, names: Sequence[str]) -> list[Any]:
    return [box[name] for name in names]


def _check_picture(
    part: Mapping[str, Any], copy: Parcel, original: Parcel | None, key: bytes | None
) -> Iterator[Finding]:
    name = str(part["name"])
    strip = strip_of(name, part["width"], part["height"])
    listed = [Box(*_opened(box, ("left", "top", "width", "height"))) for box in part["masks"]]
    boxes = checked_boxes(listed, [strip])
    with copy.open_file(f"data/{name}") as stream, pixels(stream) as image:
        sized = (image.width, image.height, image.mode) == (strip.width, strip.height, part["pixels"])
        after = [(top, rows, hashlib.sha256(raw).hexdigest()) for top, rows, raw in bands(image)]
        black = [hashlib.sha256(raw).hexdigest() for _top, _rows, raw in bands(painted(image, boxes))]
    known = [(row["top"], row["rows"], row["after"]) for row in part["bands"]]
    yield _said(name, sized and after == known, Label("像素与记录一致", "its pixels are as recorded"))
    hidden = [row[2] for row in after] == black
    yield _said(name, hidden, Label(f"{len(boxes)} 处遮盖全部不透明", f"all {len(boxes)} masks are opaque"))
    yield _said(name, _marks(part, boxes), Label("记录未漏记遮盖", "the record leaves no mask out"))
    if original is None or key is None:
        return
    with original.open_file(f"data/{part['original']['name']}") as stream:
        yield _known(name, part, stream, key)
    with original.open_file(f"data/{part['original']['name']}") as stream, pixels(stream) as image:
        before = [_seen(row, raw, key) for row, (_top, _rows, raw) in zip(part["bands"], bands(image), strict=True)]
        outside = [hashlib.sha256(raw).hexdigest() for _top, _rows, raw in bands(painted(image, boxes))]
    same = outside == [row[2] for row in after]
    yield _said(name, same, Label("遮盖以外的每个像素与原件相同", "every pixel outside the masks is the original's"))
    yield _said(
        name, before == [row["before"] for row in part["bands"]], Label("原件各段摘要相符", "the original's bands fit")
    )


def _marks(part: Mapping[str, Any], boxes: Sequence[Box]) -> bool:
    """Whether a band says it is masked exactly where a mask lies; one that says it is not keeps its plain digest."""
    for row in part["bands"]:
        touched = any(box.top < row["top"] + row["rows"] and row["top"] < box.top + box.height for box in boxes)
        if touched is not row["masked"] or (not touched and row["before"] != row["after"]):
            return False
    return True


def _seen(row: Mapping[str, Any], raw: bytes, key: bytes) -> str:
    return keyed(key, raw) if row["masked"] else hashlib.sha256(raw).hexdigest()


def _known(name: str, part: Mapping[str, Any], stream: BinaryIO, key: bytes) -> Finding:
    found = original_digests(stream, key)
    same = all(found[one] == part["original"].get(one) for one in ("sha256", "sm3", "bytes"))
    return _said(name, same, Label("原文件的摘要相符", "the digests of the original file fit"))


def original_digests(stream: BinaryIO, key: bytes) -> dict[str, Any]:
    """Return a file's digests as the record keeps them: SHA-256 and SM3, both keyed, and the size."""
    found = digests(stream)
    return {name: keyed(key, bytes.fromhex(found[name])) for name in ("sha256", "sm3")} | {"bytes": found["bytes"]}


def _check_text(part: Mapping[str, Any], copy: Parcel, original: Parcel | None, key: bytes | None) -> Iterator[Finding]:
    name = str(part["name"])
    data = copy.read(f"data/{name}", TEXT_MOST)
    text = data.decode("utf-8")
    listed = [Span(*_opened(span, ("start", "end"))) for span in part["spans"]]
    spans = checked_spans(listed, text)
    yield _said(
        name, hashlib.sha256(data).hexdigest() == part["after"], Label("文字与记录一致", "its text is as recorded")
    )
    hidden = len(spans) == len(listed) and all(set(text[one.start : one.end]) == {COVER} for one in spans)
    yield _said(name, hidden, Label(f"{len(listed)} 处遮盖全部为 █", f"all {len(listed)} masks are █"))
    if original is None or key is None:
        return
    with original.open_file(f"data/{part['original']['name']}") as stream:
        yield _known(name, part, stream, key)
    plain = original.read(f"data/{part['original']['name']}", TEXT_MOST).decode("utf-8")
    same = len(plain) == len(text) and covered(plain, spans) == text
    yield _said(name, same, Label("遮盖以外的每个字与原件相同", "every character outside the masks is the original's"))
    hashed = [keyed(key, plain[one.start : one.end].encode()) for one in spans] if same else []
    fits = hashed == [span["digest"] for span in part["spans"]]
    yield _said(name, fits, Label("被遮盖文字的加盐摘要相符", "the keyed digests of the hidden words fit"))
