"""The CDXJ index of a WACZ: pure text work.

A replay tool looks a URL up in this index, so keys follow what pywb, py-wacz and warcio.js compute (SURT: host
reversed, path and sorted query in lower case), and requests other than GET carry their method and body in the key.
"""

import base64
import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote_plus, unquote, urlsplit

from capture.guard import DEFAULT_PORTS

MAX_QUERY = 4096  # warcio.js and cdxj-indexer cut here as well
_WWW = re.compile(r"^www\d*\.")
_PARTIAL = 206
_NOT_MODIFIED = 304
_OK = 200


@dataclass(frozen=True)
class IndexEntry:
    """One response in the WARC file.

    Attributes:
        url: Target URI.
        at: WARC-Date.
        method: Request method.
        status: Status code.
        mime: Content-Type without parameters.
        digest: Payload digest with its algorithm.
        offset: Offset of the record's gzip member.
        length: Length of that member.
        filename: WARC file name without folder.
        query: What `body_query` made of the request body.
    """

    url: str
    at: datetime
    method: str
    status: int
    mime: str
    digest: str
    offset: int
    length: int
    filename: str
    query: str = ""


def cdxj(entries: Iterable[IndexEntry]) -> str:
    """Return the whole index, sorted by octets as binary search needs it."""
    lines = sorted((_line(entry) for entry in entries), key=lambda line: line.encode("utf-8"))
    return "".join(lines)


def replayable(status: int, content_range: str) -> bool:
    """Tell whether a response can stand for its URL in a replay.

    A 304 has no body and a later part of a file is not the file; both stay in the WARC and out of the index.
    """
    if status == _PARTIAL:
        return not content_range or content_range.strip().startswith("bytes 0-")
    return status >= _OK and status != _NOT_MODIFIED


def surt(url: str) -> str:
    """Return the sort-friendly key of an http or https URL; any other URL is its own key."""
    parts = urlsplit(url)
    if parts.scheme.lower() not in ("http", "https") or not parts.hostname:
        return url
    host = _WWW.sub("", parts.hostname.lower())
    labels = [host] if ":" in host else host.split(".")[::-1]
    port = "" if parts.port in (None, DEFAULT_PORTS[parts.scheme.lower()]) else f":{parts.port}"
    query = "&".join(sorted(parts.query.lower().split("&")))
    return f"{','.join(labels)}{port}){parts.path.lower() or '/'}" + (f"?{query}" if query else "")


def body_query(content_type: str, body: bytes) -> str:
    """Return a request body as query text, the way replay tools do it.

    Forms as they are, JSON flattened to key=value pairs, anything else as `__wb_post_data=` base64.
    """
    mime = content_type.partition(";")[0].strip().lower()
    if mime == "application/x-www-form-urlencoded":
        return body.decode("utf-8", "replace")[:MAX_QUERY]
    if mime in ("application/json", "text/plain"):
        try:
            return "&".join(_flat(json.loads(body)))[:MAX_QUERY]
        except (ValueError, RecursionError):
            if mime == "application/json":
                return ""
    return ("__wb_post_data=" + base64.b64encode(body).decode("ascii"))[:MAX_QUERY]


def _flat(data: Any) -> list[str]:
    seen: dict[str, int] = {}
    pairs: list[str] = []
    for key, value in _leaves(data, ""):
        if not value:
            continue
        number = seen[key] = seen.get(key, 0) + 1
        name = key if number == 1 else f"{key}.{number}_"
        pairs.append(f"{quote_plus(name, safe='*')}={quote_plus(value, safe='*')}")
    return pairs


def _leaves(data: Any, key: str) -> Iterator[tuple[str, str]]:
    if isinstance(data, dict):
        for name, value in data.items():
            yield from _leaves(value, name)
    elif isinstance(data, list):
        for value in data:
            yield from _leaves(value, key)
    elif isinstance(data, bool) or data is None:
        yield key, json.dumps(data)
    elif isinstance(data, float) and data.is_integer():
        yield key, str(int(data))  # as JavaScript prints it
    else:
        yield key, str(data)


def _line(entry: IndexEntry) -> str:
    fields: dict[str, str] = {
        "url": entry.url,
        "mime": entry.mime,
        "status": str(entry.status),
        "digest": entry.digest,
        "length": str(entry.length),
        "offset": str(entry.offset),
        "filename": entry.filename,
    }
    keyed = entry.url
    if entry.method != "GET":
        joint = "&" if "?" in entry.url else "?"
        keyed = f"{entry.url}{joint}__wb_method={entry.method}&{unquote(entry.query)}"
        fields["method"] = entry.method
        if entry.query:
            fields["requestBody"] = entry.query
    moment = entry.at.astimezone(UTC).strftime("%Y%m%d%H%M%S")
    key = re.sub(r"\s", lambda match: f"%{ord(match[0]):02x}", surt(keyed))
    return f"{key} {moment} {json.dumps(fields, ensure_ascii=False)}\n"
