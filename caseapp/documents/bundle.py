"""The case bundle: documents, exhibits, evidence packages, damages schedule and verifier in one reproducible ZIP.

Layout (ASCII names made here; names inside an evidence package stay as they are, for its own digests to hold)::

    00-index.pdf            the index for people, written through the block model
    00-index.json           the same for machines
    01-documents/…          approved papers
    02-exhibits/…           renditions and files of exhibits
    03-packages/bianwu-…/…  evidence packages, whole
    04-damages/…            the schedule
    05-verifier/…           the stand-alone verifier
    SHA256SUMS              every other file, for `sha256sum -c`

Files are stored without compression and with fixed times, so equal pieces give equal bytes on any machine.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import io
import json
import re
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import IO, Any, BinaryIO, Final, Literal

from caseapp.documents.catalog import load
from caseapp.documents.context import DocumentFacts
from caseapp.documents.errors import BadBundleError
from caseapp.documents.printing import to_pdf
from caseapp.documents.render import draft

Group = Literal["document", "exhibit", "package", "damages", "verifier"]
FOLDERS: Final[Mapping[Group, str]] = {
    "document": "01-documents",
    "exhibit": "02-exhibits",
    "package": "03-packages",
    "damages": "04-damages",
    "verifier": "05-verifier",
}
GROUP_NAMES: Final[Mapping[str, Mapping[Group, str]]] = {
    "zh": {"document": "文书", "exhibit": "证据", "package": "证据包", "damages": "损失", "verifier": "校验程序"},
    "en": {
        "document": "documents",
        "exhibit": "exhibits",
        "package": "evidence packages",
        "damages": "damages",
        "verifier": "verifier",
    },
}
INDEX_SCHEMA: Final = "bianwu-bundle/1"
_EPOCH: Final = (1980, 1, 1, 0, 0, 0)
_CHUNK: Final = 1 << 20
_SAFE_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
_BAD_PART: Final = re.compile(r"[\x00-\x1f\x7f\\:*?\"<>|\u202a-\u202e\u2066-\u2069]")


@dataclass(frozen=True)
class BundleItem:
    """One piece: bytes, a file, or a folder (an evidence package) that is placed inside whole.

    Attributes:
        group: where it goes.
        name: its file or folder name, plain ASCII.
        title: its name for people.
        content: the bytes, or the path of a file or folder. Links inside a folder are refused.
        label: its exhibit label (证2-1), if it has one.
        evidence: its evidence number (证-2026-000004), if it has one.
        package_id: for an evidence package, the id it is known by.
    """

    group: Group
    name: str
    title: str
    content: bytes | Path
    label: str | None = None
    evidence: str | None = None
    package_id: str | None = None


@dataclass(frozen=True)
class BundleCase:
    """What the index says about the case."""

    number: str
    title: str
    principal: str
    made_on: dt.date
    lang: str = "zh"
    sample: bool = False


@dataclass(frozen=True)
class Entry:
    """One file of the finished ZIP."""

    path: str
    size: int
    sha256: str
    item: int | None = None


@dataclass(frozen=True)
class BundleFacts:
    """What was written: the digest of the whole ZIP and of every file in it."""

    sha256: str
    size: int
    entries: tuple[Entry, ...]
    index: Mapping[str, Any] = field(default_factory=dict)


def write_bundle(case: BundleCase, items: Sequence[BundleItem], destination: BinaryIO) -> BundleFacts:
    """Write the ZIP of a case.

    The same case and pieces always give the same bytes. Nothing is written when a piece is refused.

    Args:
        case: what the index says.
        items: the pieces, in the order of the index.
        destination: an empty, seekable binary file.

    Raises:
        BadBundleError: a name is not plain ASCII, two pieces have one path, a file is missing, is a link, or changed
            while it was being read.
    """
    files = list(_files(items))
    entries = [Entry(path, size, digest, item) for path, _, size, digest, item in _measured(files)]
    _distinct(entries)
    index_json = _index_json(case, items, entries)
    index_pdf = _index_pdf(case, items, entries)
    extras = [("00-index.json", index_json), ("00-index.pdf", index_pdf)]
    entries += [Entry(path, len(content), hashlib.sha256(content).hexdigest()) for path, content in extras]
    sums = "".join(f"{entry.sha256}  {entry.path}\n" for entry in sorted(entries, key=lambda each: each.path)).encode()
    with zipfile.ZipFile(destination, "w", zipfile.ZIP_STORED) as target:
        for path, content in (*extras, ("SHA256SUMS", sums)):
            _put(target, path, io.BytesIO(content), hashlib.sha256(content).hexdigest())
        for (path, piece, _), entry in zip(files, entries, strict=False):
            with _open(piece) as opened:
                _put(target, path, opened, entry.sha256)
    entries.append(Entry("SHA256SUMS", len(sums), hashlib.sha256(sums).hexdigest()))
    destination.flush()
    destination.seek(0)
    digest, size = _digest(destination)
    return BundleFacts(digest, size, tuple(entries), json.loads(index_json))


def _files(items: Sequence[BundleItem]) -> Iterator[tuple[str, bytes | Path, int]]:
    """Every file with its path in the ZIP, its content and the number of its piece (from 1)."""
    for number, item in enumerate(items, 1):
        if not _SAFE_NAME.fullmatch(item.name):
            raise BadBundleError(detail=f"第 {number} 件的文件名须为英文字母、数字、点、横线（name）：{item.name[:80]}")
        base = f"{FOLDERS[item.group]}/{item.name}"
        content = item.content
        if isinstance(content, Path) and content.is_symlink():
            raise BadBundleError(detail=f"第 {number} 件是链接，不是文件（link）：{item.name}")
        if isinstance(content, Path) and content.is_dir():
            yield from _folder(content, base, number)
        elif isinstance(content, bytes) or content.is_file():
            yield base, content, number
        else:
            raise BadBundleError(detail=f"第 {number} 件找不到（missing）：{item.title}，{content.name}")


def _folder(folder: Path, base: str, number: int) -> Iterator[tuple[str, Path, int]]:
    found = sorted(folder.rglob("*"), key=lambda path: path.relative_to(folder).as_posix())
    for path in found:
        inner = path.relative_to(folder).as_posix()
        if path.is_symlink() or not (path.is_file() or path.is_dir()):
            raise BadBundleError(detail=f"第 {number} 件含有链接或特殊文件（link）：{inner}")
        if _BAD_PART.search(inner):
            raise BadBundleError(detail=f"第 {number} 件含有不能写入的文件名（name）：{inner!r}")
        if path.is_file():
            yield f"{base}/{inner}", path, number
    if not found:
        raise BadBundleError(detail=f"第 {number} 件是空文件夹（empty folder）：{folder.name}")


def _measured(
    files: Sequence[tuple[str, bytes | Path, int]],
) -> Iterator[tuple[str, bytes | Path, int, str, int]]:
    for path, content, item in files:
        with _open(content) as source:
            digest, size = _digest(source)
        yield path, content, size, digest, item


def _open(content: bytes | Path) -> IO[bytes]:
    try:
        return io.BytesIO(content) if isinstance(content, bytes) else content.open("rb")
    except OSError as error:
        name = "" if isinstance(content, bytes) else content.name
        raise BadBundleError(detail=f"读不到 {name}（{error.strerror}）") from error


def _digest(source: IO[bytes]) -> tuple[str, int]:
    digest, size = hashlib.sha256(), 0
    while chunk := source.read(_CHUNK):
        digest.update(chunk)
        size += len(chunk)
    return digest.hexdigest(), size


def _put(target: zipfile.ZipFile, path: str, source: IO[bytes], expected: str) -> None:
    entry = zipfile.ZipInfo(path, date_time=_EPOCH)
    entry.external_attr = 0o644 << 16
    entry.create_system = 3
    digest = hashlib.sha256()
    with target.open(entry, "w", force_zip64=True) as sink:
        while chunk := source.read(_CHUNK):
            digest.update(chunk)
            sink.write(chunk)
    if digest.hexdigest() != expected:
        raise BadBundleError(detail=f"{path} 在打包时被改动（changed while being read）")


def _distinct(entries: Sequence[Entry]) -> None:
    """Refuse two files of one path, also where only capitals differ: some file systems cannot hold both."""
    seen: set[str] = set()
    for entry in entries:
        key = entry.path.casefold()
        if key in seen:
            raise BadBundleError(detail=f"两件材料同名（same name twice）：{entry.path}")
        seen.add(key)


def _pieces(items: Sequence[BundleItem], entries: Sequence[Entry]) -> Iterator[tuple[int, BundleItem, Entry, int]]:
    """Each piece with the file that stands for it: itself, or the seal of a package, and its total size."""
    for number, item in enumerate(items, 1):
        own = [entry for entry in entries if entry.item == number]
        seal = [entry for entry in own if PurePosixPath(entry.path).name == "seal.sha256"]
        yield number, item, (seal or own)[0], sum(entry.size for entry in own)


def _index_json(case: BundleCase, items: Sequence[BundleItem], entries: Sequence[Entry]) -> bytes:
    index = {
        "schema": INDEX_SCHEMA,
        "case": {"number": case.number, "title": case.title, "principal": case.principal, "sample": case.sample},
        "made_on": case.made_on.isoformat(),
        "pieces": [
            {
                "number": number,
                "group": item.group,
                "title": item.title,
                "label": item.label,
                "evidence": item.evidence,
                "package_id": item.package_id,
                "path": entry.path,
                "sha256": entry.sha256,
                "bytes": size,
                "files": sum(one.item == number for one in entries),
            }
            for number, item, entry, size in _pieces(items, entries)
        ],
        "files": [{"path": one.path, "bytes": one.size, "sha256": one.sha256} for one in entries],
    }
    return (json.dumps(index, ensure_ascii=False, sort_keys=True, indent=1) + "\n").encode()


def _index_pdf(case: BundleCase, items: Sequence[BundleItem], entries: Sequence[Entry]) -> bytes:
    pieces = [
        {
            "number": number,
            "group": GROUP_NAMES["en" if case.lang == "en" else "zh"][item.group],
            "title": item.title,
            "path": entry.path,
            "label": item.label,
            "size": size,
            "sha256": entry.sha256,
        }
        for number, item, entry, size in _pieces(items, entries)
    ]
    facts = DocumentFacts.from_plain(
        {
            "sample": case.sample,
            "issued_on": case.made_on,
            "principal": {"name": case.principal},
            "bundle": {"case_no": case.number, "case_title": case.title, "pieces": pieces},
        }
    )
    return to_pdf(draft(load("bundle_index"), facts, case.lang))
