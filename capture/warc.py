"""A relay's recording as WARC 1.1: one gzip member a record, octets exactly as recorded.

Written with warcio's writer, with header blocks made here: warcio would percent-encode what is not ASCII, and a record
must hold the octets of the wire. Each exchange gives a response and a request record and a metadata record (JSON) with
what HTTP does not say; each connection gives a metadata record with its address, times, TLS and certificate chain.
"""

import hashlib
import json
import ssl
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from typing import Any, BinaryIO, Self
from urllib.parse import urlsplit
from uuid import NAMESPACE_URL, uuid5

from warcio.recordloader import ArcWarcRecord
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from capture.errors import RecordBrokenError
from capture.relay_model import Connection, Exchange, Headers, Recording, rfc3339, to_json
from capture.wacz_index import IndexEntry, body_query, replayable

_BLOCK = 1024 * 1024
_PACKED = ("image/", "video/", "audio/", "font/", "application/zip", "application/pdf")
_GZIP = 16 + zlib.MAX_WBITS


class MemberFile:
    """A file that gzip-compresses what lies between two flushes as one member, and knows where each begins."""

    def __init__(self, file: BinaryIO) -> None:
        """Wrap a file open for writing at its start."""
        self._file = file
        self._packer: Any = None
        self.level = 6
        self.offset = 0
        self.start = 0

    def write(self, data: bytes) -> int:
        """Compress octets into the current member."""
        if self._packer is None:
            self._packer = zlib.compressobj(self.level, zlib.DEFLATED, _GZIP)
            self.start = self.offset
        self._put(self._packer.compress(data))
        return len(data)

    def flush(self) -> None:
        """End the current member."""
        if self._packer is not None:
            self._put(self._packer.flush())
            self._packer = None

    def _put(self, data: bytes) -> None:
        self._file.write(data)
        self.offset += len(data)


@dataclass
class WarcFacts:
    """What was written.

    Attributes:
        entries: Index entries of the responses a replay can use.
        records: Number of records.
    """

    entries: list[IndexEntry] = field(default_factory=list)
    records: int = 0


class WarcFile:
    """Writes one recording into one WARC file."""

    def __init__(self, file: BinaryIO, name: str, recording: Recording) -> None:
        """Prepare to write.

        Args:
            file: Open for writing, empty.
            name: File name as it will stand in the index.
            recording: What the relay saw.
        """
        self._members = MemberFile(file)
        self._writer = WARCWriter(self._members, gzip=False, warc_version="1.1")
        self._name = name
        self._recording = recording
        self._connections = {connection.id: connection for connection in recording.connections}
        started = recording.started or (recording.exchanges[0].started if recording.exchanges else None)
        self._date = rfc3339(started) if started is not None else "1970-01-01T00:00:00.000000Z"
        self.facts = WarcFacts()

    def write(self, info: Mapping[str, str]) -> WarcFacts:
        """Write everything.

        Args:
            info: Fields of the warcinfo record.

        Raises:
            RecordBrokenError: A body is missing or is not what the relay hashed.
        """
        text = "".join(f"{name}: {value}\r\n" for name, value in info.items())
        self._record("warcinfo", "", _Block(text.encode()), "application/warc-fields", {"WARC-Filename": self._name})
        for connection in self._recording.connections:
            self._connection(connection)
        for exchange in self._recording.exchanges:
            self._exchange(exchange)
        return self.facts

    def _exchange(self, exchange: Exchange) -> None:
        connection = self._connections.get(exchange.connection_id)
        common = {"WARC-Date": rfc3339(exchange.started)}
        if connection is not None and connection.ip:
            common["WARC-IP-Address"] = connection.ip
        joined: list[str] = []
        if exchange.status:
            joined.append(self._response(exchange, common))
        if exchange.method != "CONNECT" and (exchange.status or exchange.connection_id):
            joined.append(self._request(exchange, common, joined))
        facts = _facts(exchange)
        if exchange.response_body is not None and not exchange.status:
            facts["received_hex"] = exchange.response_body.read_bytes()[:65536].hex()  # an answer that is not HTTP
        self._metadata(exchange.url, facts, common, joined)
        if exchange.websocket is not None and exchange.frames:
            block = _Block(b"", exchange.websocket)
            self._record("metadata", exchange.url, block, "application/jsonl", {**common, **_concurrent(joined)})

    def _response(self, exchange: Exchange, common: Mapping[str, str]) -> str:
        head = _head(
            f"{exchange.http_version} {exchange.status} {exchange.reason}", _unframed(exchange.response_headers)
        )
        block = _Block(head, exchange.response_body)
        mime = exchange.header("content-type").partition(";")[0].strip().lower()
        packed = mime.startswith(_PACKED) or exchange.header("content-encoding") not in ("", "identity")
        extra = {**common, "WARC-Payload-Digest": block.payload_digest()}
        if block.payload_digest() != _label(exchange.response_sha256 or hashlib.sha256().hexdigest()):
            raise RecordBrokenError(f"{exchange.response_body}: digest differs from the one taken on arrival")
        if exchange.truncated:
            extra["WARC-Truncated"] = exchange.truncated
        kind = "application/http; msgtype=response"
        record_id = self._record("response", exchange.url, block, kind, extra, level=1 if packed else 6)
        if replayable(exchange.status, exchange.header("content-range")):
            self._index(exchange, mime, block)
        return record_id

    def _request(self, exchange: Exchange, common: Mapping[str, str], joined: list[str]) -> str:
        parts = urlsplit(exchange.url)
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        block = _Block(_head(f"{exchange.method} {path} HTTP/1.1", exchange.request_headers), exchange.request_body)
        extra = {**common, "WARC-Payload-Digest": block.payload_digest(), **_concurrent(joined)}
        return self._record("request", exchange.url, block, "application/http; msgtype=request", extra)

    def _connection(self, connection: Connection) -> None:
        data = to_json(connection)
        data["chain_pem"] = [ssl.DER_cert_to_PEM_cert(der) for der in connection.chain_der]
        data["chain_sha256"] = [hashlib.sha256(der).hexdigest() for der in connection.chain_der]
        del data["chain_der"]
        common = {"WARC-Date": rfc3339(connection.started)}
        if connection.ip:
            common["WARC-IP-Address"] = connection.ip
        host = f"[{connection.host}]" if ":" in connection.host else connection.host
        self._metadata(f"urn:bianwu:connection:{connection.id}:{host}:{connection.port}", data, common, [])

    def _metadata(self, uri: str, data: Mapping[str, Any], common: Mapping[str, str], joined: list[str]) -> None:
        block = _Block(json.dumps(data, ensure_ascii=False, sort_keys=True, indent=1).encode())
        self._record("metadata", uri, block, "application/json", {**common, **_concurrent(joined)})

    def _record(
        self, kind: str, uri: str, block: "_Block", content_type: str, extra: Mapping[str, str], *, level: int = 6
    ) -> str:
        number = self.facts.records = self.facts.records + 1
        block_digest = block.digest()
        record_id = f"<urn:uuid:{uuid5(NAMESPACE_URL, f'{self._date} {number} {kind} {uri} {block_digest}')}>"
        fields = {"WARC-Type": kind, "WARC-Record-ID": record_id, "WARC-Date": self._date, **extra}
        if uri:
            fields["WARC-Target-URI"] = uri
        fields["WARC-Block-Digest"] = block_digest
        # warcio adds payload digests of its own kind unless there is one; only HTTP records have a payload apart.
        fields.setdefault("WARC-Payload-Digest", block_digest)
        headers = StatusAndHeaders("", list(fields.items()), protocol="WARC/1.1")
        self._members.level = level
        with block.open() as stream:
            record = ArcWarcRecord("warc", kind, headers, stream, None, content_type, block.length)
            self._writer.write_record(record)
        return record_id

    def _index(self, exchange: Exchange, mime: str, block: "_Block") -> None:
        query = ""
        if exchange.method != "GET" and exchange.request_body is not None:
            kind = next((value for name, value in exchange.request_headers if name.lower() == "content-type"), "")
            with exchange.request_body.open("rb") as stream:
                query = body_query(kind, stream.read(_BLOCK))
        members = self._members
        self.facts.entries.append(
            IndexEntry(
                url=exchange.url,
                at=exchange.started,
                method=exchange.method,
                status=exchange.status,
                mime=mime or "application/octet-stream",
                digest=block.payload_digest(),
                offset=members.start,
                length=members.offset - members.start,
                filename=self._name,
                query=query,
            )
        )


class _Block:
    """The content of one record: a head and, for a body, the file it lies in."""

    def __init__(self, head: bytes, path: Path | None = None) -> None:
        self._head = head
        self._path = path
        whole, payload = hashlib.sha256(head), hashlib.sha256()
        self.length = len(head)
        for data in self._body():
            whole.update(data)
            payload.update(data)
            self.length += len(data)
        self._whole, self._payload = whole.hexdigest(), payload.hexdigest()

    def digest(self) -> str:
        return _label(self._whole)

    def payload_digest(self) -> str:
        return _label(self._payload)

    def open(self) -> "_Stream":
        return _Stream(self._head, self._path)

    def _body(self) -> Iterator[bytes]:
        if self._path is None:
            return
        try:
            with self._path.open("rb") as stream:
                while data := stream.read(_BLOCK):
                    yield data
        except OSError as error:
            raise RecordBrokenError(f"{self._path}: {error.strerror}") from error


class _Stream:
    """Head and body as one readable stream, never both in memory."""

    def __init__(self, head: bytes, path: Path | None) -> None:
        self._parts: list[BinaryIO] = [BytesIO(head)]
        if path is not None:
            self._parts.append(path.open("rb"))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for part in self._parts:
            part.close()

    def read(self, size: int = -1) -> bytes:
        for part in self._parts:
            if data := part.read(size):
                return data
        return b""


def _label(digest: str) -> str:
    return f"sha256:{digest}"


def _concurrent(joined: list[str]) -> dict[str, str]:
    return {"WARC-Concurrent-To": joined[0]} if joined else {}


def _head(first: str, headers: Headers) -> bytes:
    return "".join((first, "\r\n", *(f"{name}: {value}\r\n" for name, value in headers), "\r\n")).encode("latin-1")


def _unframed(headers: Headers) -> Headers:
    # The body is kept without its chunk framing, so the field that announces the framing gets another name,
    # the one browsertrix uses; its value stays.
    return tuple((f"X-Orig-{name}" if name.lower() == "transfer-encoding" else name, value) for name, value in headers)


def _facts(exchange: Exchange) -> dict[str, Any]:
    data = to_json(exchange)
    for name in ("request_headers", "response_headers", "request_body", "response_body", "websocket"):
        del data[name]
    return data
