"""The WACZ 1.1.1 container: a ZIP with a fixed set of folders and a Frictionless data package that lists them.

Format: https://specs.webrecorder.net/wacz/1.1.1/. Members are stored, not deflated, so that a replay tool can read a
single response by byte range, and stamped with one time, so that the same recording gives the same file.
"""

import hashlib
import json
import re
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from io import SEEK_END
from pathlib import Path
from typing import Any, BinaryIO

WACZ_VERSION = "1.1.1"
_BLOCK = 1024 * 1024
_UNSAFE = re.compile(r"[^A-Za-z0-9._-]+")


@dataclass
class Container:
    """One WACZ being written.

    Attributes:
        archive: The ZIP, open for writing.
        moment: Time stamped on every member, UTC.
        resources: What has been added, as `datapackage.json` lists it.
    """

    archive: zipfile.ZipFile
    moment: datetime
    resources: list[dict[str, Any]] = field(default_factory=list)

    def add_file(self, path: str, source: Path) -> None:
        """Add a file."""
        with source.open("rb") as stream:
            self.add(path, stream)

    def attach(self, name: str, source: Path) -> None:
        """Add a payload file under attachments/; names that become equal when flattened are numbered."""
        path = attachment_path(name)
        taken = {resource["path"] for resource in self.resources}
        self.add_file(path if path not in taken else attachment_path(f"{len(taken)}-{name}"), source)

    def add(self, path: str, source: BinaryIO) -> None:
        """Add what a stream holds and list it with its SHA-256."""
        digest, entry = hashlib.sha256(), self._entry(path)
        # With the size known beforehand ZIP64 fields are written for huge members only: ReplayWeb.page computes where
        # the data starts from the central directory and misses fields that stand in the local header alone.
        size = entry.file_size = source.seek(0, SEEK_END)
        source.seek(0)
        with self.archive.open(entry, "w") as target:
            while data := source.read(_BLOCK):
                digest.update(data)
                target.write(data)
        resource = {"name": self._name(path), "path": path, "hash": f"sha256:{digest.hexdigest()}", "bytes": size}
        if path.startswith("attachments/"):
            resource["type"] = "file"  # else frictionless reads CSV, JSON lines and ZIP as tables and finds faults
        self.resources.append(resource)

    def seal(self, facts: Mapping[str, Any]) -> str:
        """Write datapackage.json and datapackage-digest.json.

        Args:
            facts: Title, software, main page and further descriptive properties.

        Returns:
            SHA-256 of datapackage.json in hex.
        """
        package = {
            "profile": "data-package",
            "wacz_version": WACZ_VERSION,
            **facts,
            "resources": self.resources,
        }
        data = json.dumps(package, ensure_ascii=False, indent=2).encode()
        digest = hashlib.sha256(data).hexdigest()
        self.archive.writestr(self._entry("datapackage.json"), data)
        mark = {"path": "datapackage.json", "hash": f"sha256:{digest}"}
        self.archive.writestr(self._entry("datapackage-digest.json"), json.dumps(mark, indent=2))
        return digest

    def _entry(self, path: str) -> zipfile.ZipInfo:
        moment = self.moment.astimezone(UTC)
        entry = zipfile.ZipInfo(path, (max(moment.year, 1980), *moment.timetuple()[1:6]))
        entry.external_attr = 0o644 << 16
        entry.create_system = 3  # Unix, so that the mode above counts on every platform
        return entry

    def _name(self, path: str) -> str:
        # Frictionless wants a lower-case slug that is unique in the package.
        name = _UNSAFE.sub("-", path.rpartition("/")[2].lower()) or "file"
        taken = {resource["name"] for resource in self.resources}
        return name if name not in taken else f"{len(taken)}-{name}"


def attachment_path(name: str) -> str:
    """Return where a payload file lies inside the WACZ: one flat folder, as `wacz validate` expects."""
    flat = _UNSAFE.sub("-", name.replace("/", "-"))
    # `wacz validate` opens what is called .zip or .gz; evidence in such a file need not be a well-formed archive.
    return f"attachments/{flat}" + (".bin" if flat.lower().endswith((".zip", ".gz")) else "")


def pages_jsonl(pages: list[Mapping[str, Any]]) -> bytes:
    """Return pages.jsonl.

    Args:
        pages: Each with url, ts (RFC 3339), title and text.
    """
    lines: list[Mapping[str, Any]] = [
        {"format": "json-pages-1.0", "id": "pages", "title": "All Pages", "hasText": True}
    ]
    lines += [{"id": _page_id(page), **page} for page in pages]
    return "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines).encode()


def _page_id(page: Mapping[str, Any]) -> str:
    return hashlib.sha256(f"{page['ts']} {page['url']}".encode()).hexdigest()[:22]


def file_sha256(path: Path) -> str:
    """Return the SHA-256 of a file in hex."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
