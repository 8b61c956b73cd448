"""From a relay's recording to one WACZ file that other people's tools open, check and replay."""

import importlib.metadata
import tempfile
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from io import BytesIO
from pathlib import Path
from typing import Any

from capture.errors import DiskFullError, RecordBrokenError
from capture.relay_model import Recording, now, rfc3339
from capture.wacz import Container, file_sha256, pages_jsonl
from capture.wacz_index import cdxj
from capture.warc import WarcFile

WARC_NAME = "data.warc.gz"
WARC_FORMAT = "https://iipc.github.io/warc-specifications/specifications/warc-format/warc-1.1/"


@dataclass(frozen=True)
class PageFacts:
    """The page a recording is about.

    Attributes:
        url: Address that was asked for; a replay starts here.
        title: Title of the page.
        text: Visible text, searchable in replay tools.
        started: When the visit started.
        description: One sentence for a reader of the file.
        pages: Further pages of the same recording, each with url, ts (RFC 3339), title and text.
    """

    url: str
    title: str
    text: str
    started: datetime
    description: str = ""
    pages: tuple[Mapping[str, Any], ...] = field(default_factory=tuple)


@dataclass(frozen=True)
class WaczFacts:
    """What was written.

    Attributes:
        path: The file.
        sha256: Its digest.
        datapackage_sha256: Digest of datapackage.json inside it.
        warc_sha256: Digest of the WARC file inside it.
        records: Number of WARC records.
        indexed: Number of responses a replay can use.
    """

    path: Path
    sha256: str
    datapackage_sha256: str
    warc_sha256: str
    records: int
    indexed: int


def write_wacz(
    recording: Recording, output: Path, page: PageFacts, attachments: Mapping[str, Path] | None = None
) -> WaczFacts:
    """Write a recording as a WACZ 1.1.1 file.

    Args:
        recording: What the relay saw.
        output: File to write; must not exist.
        page: The page it is about.
        attachments: Payload name → file, kept under attachments/ with "/" turned into "-".

    Returns:
        Digests and counts.

    Raises:
        RecordBrokenError: A body is missing or is not what the relay hashed, or the output exists.
        DiskFullError: It cannot be written.
    """
    try:
        with tempfile.TemporaryDirectory(dir=output.parent, prefix=".wacz-") as folder:
            return _write(recording, output, page, attachments or {}, Path(folder))
    except FileExistsError as error:
        raise RecordBrokenError(f"{output} exists") from error
    except OSError as error:
        raise DiskFullError(f"{output}: {error.strerror or error}") from error


def _write(
    recording: Recording, output: Path, page: PageFacts, attachments: Mapping[str, Path], folder: Path
) -> WaczFacts:
    warc_path = folder / WARC_NAME
    with warc_path.open("xb") as stream:
        warc = WarcFile(stream, WARC_NAME, recording).write(_info(recording, page))
    moment = recording.finished or now()
    with zipfile.ZipFile(output, "x", zipfile.ZIP_STORED) as archive:
        container = Container(archive, moment)
        container.add_file(f"archive/{WARC_NAME}", warc_path)
        container.add("indexes/index.cdx", BytesIO(cdxj(warc.entries).encode()))
        first = {"url": page.url, "ts": rfc3339(page.started), "title": page.title, "text": page.text}
        container.add("pages/pages.jsonl", BytesIO(pages_jsonl([first, *page.pages])))
        for name, path in attachments.items():
            container.attach(name, path)
        package = container.seal(
            {
                "title": page.title or page.url,
                "description": page.description,
                "created": rfc3339(moment),
                "software": _software(),
                "mainPageUrl": page.url,
                "mainPageDate": rfc3339(page.started),
            }
        )
    return WaczFacts(
        path=output,
        sha256=file_sha256(output),
        datapackage_sha256=package,
        warc_sha256=file_sha256(warc_path),
        records=warc.records,
        indexed=len(warc.entries),
    )


def _info(recording: Recording, page: PageFacts) -> dict[str, str]:
    info = {
        "software": _software(),
        "format": "WARC File Format 1.1",
        "conformsTo": WARC_FORMAT,
        "isPartOf": page.url,
        "relay-sha256": str(recording.software.get("relay_sha256", "")),
        "python": str(recording.software.get("python", "")),
        "openssl": str(recording.software.get("openssl", "")),
        "trust-roots": str(recording.trust.get("system_roots", "")),
        "extra-trust-roots-sha256": " ".join(recording.trust.get("extra_roots_sha256", ())),
        "limits-hit": " ".join(sorted({hit.name for hit in recording.limits_hit})),
        "redacted": f"{len(recording.redactions)} values of Cookie, Set-Cookie and Authorization",
    }
    return {name: value for name, value in info.items() if value}


def _software() -> str:
    try:
        return f"bianwu {importlib.metadata.version('bianwu')}"
    except importlib.metadata.PackageNotFoundError:
        return "bianwu"
