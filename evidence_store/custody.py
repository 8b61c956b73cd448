"""The chain of custody of one item: hash-linked events, one JSON line each. Pure.

docs/package-format.md §2 fixes the fields. The link covers the canonical bytes of the previous event.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from evidence_store import layout
from evidence_store.digests import sha256_hex, sm3_hex
from evidence_store.errors import CanonicalJsonError, CustodyError
from evidence_store.manifest import canonical_json, parse_object
from evidence_store.moments import is_moment

TYPES: Final = (
    "identify",
    "capture",
    "digest",
    "seal",
    "timestamp",
    "log",
    "ingest",
    "view",
    "export",
    "transfer_out",
    "transfer_in",
    "derive",
    "verify",
    "fixity",
    "key_rotate",
    "hold_set",
    "hold_clear",
    "erase",
    "renew",
)
NO_PREVIOUS: Final = "0" * 64
_KEYS: Final = {
    "event_id",
    "item",
    "seq",
    "prev",
    "type",
    "at",
    "agent",
    "instrument",
    "object",
    "reason",
    "legal_basis",
    "outcome",
    "salt",
}
_AGENT: Final = {"id", "role", "auth"}
_INSTRUMENT: Final = {"tool", "version", "host"}
_OBJECT: Final = {"path", "sha256"}
_SALT: Final = re.compile("[0-9a-f]{32}")

CustodyEvent = Mapping[str, Any]
"""One event.

event_id: ULID. item: seal_id of the package. seq, prev: place in the chain. type: one of `TYPES`. at: time.
agent `{id, role, auth}`: who, as what, how signed in. instrument `{tool, version, host}`.
object `[{path, sha256}]`: what was handled. reason, legal_basis, outcome: text.
salt: 32 random hex digits, which keep the logged digest of the event unguessable.
"""


def custody_event(
    previous: CustodyEvent | None,
    *,
    event_id: str,
    item: str,
    kind: str,
    at: str,
    agent: Mapping[str, str],
    instrument: Mapping[str, str],
    objects: Sequence[Mapping[str, str]] = (),
    reason: str = "",
    legal_basis: str = "",
    outcome: str = "",
    salt: str,
) -> dict[str, Any]:
    """Return the event that follows `previous` (None for the first of an item); its fields are those of `CustodyEvent`.

    Raises:
        CustodyError: A field is missing or malformed.
    """
    event = {
        "event_id": event_id,
        "item": item,
        "seq": 0 if previous is None else int(previous["seq"]) + 1,
        "prev": NO_PREVIOUS if previous is None else sha256_hex(event_bytes(previous)),
        "type": kind,
        "at": at,
        "agent": dict(agent),
        "instrument": dict(instrument),
        "object": [dict(one) for one in objects],
        "reason": reason,
        "legal_basis": legal_basis,
        "outcome": outcome,
        "salt": salt,
    }
    return check_event(event)


def _is_texts(value: object, keys: set[str]) -> bool:
    return isinstance(value, Mapping) and set(value) == keys and all(isinstance(text, str) for text in value.values())


def check_event(event: CustodyEvent) -> dict[str, Any]:
    """Return the event, or raise `CustodyError` for the first field that is not as the format says."""
    if set(event) != _KEYS:
        raise CustodyError(f"fields: {sorted(set(event) ^ _KEYS)[:5]}")
    rules = {
        "event_id": layout.is_ulid(event["event_id"]),
        "item": layout.is_ulid(event["item"]),
        "seq": type(event["seq"]) is int and event["seq"] >= 0,
        "prev": layout.is_hex256(event["prev"]),
        "type": event["type"] in TYPES,
        "at": is_moment(event["at"]),
        "agent": _is_texts(event["agent"], _AGENT),
        "instrument": _is_texts(event["instrument"], _INSTRUMENT),
        "object": isinstance(event["object"], list)
        and all(_is_texts(one, _OBJECT) and layout.is_hex256(one["sha256"]) for one in event["object"]),
        "salt": isinstance(event["salt"], str) and _SALT.fullmatch(event["salt"]) is not None,
    } | {name: isinstance(event[name], str) for name in ("reason", "legal_basis", "outcome")}
    for name, good in rules.items():
        if not good:
            raise CustodyError(f"{name} is malformed")
    return dict(event)


def event_bytes(event: CustodyEvent) -> bytes:
    """Return the canonical bytes of an event: its line without the line feed."""
    try:
        return canonical_json(event)
    except CanonicalJsonError as error:
        raise CustodyError(error.detail) from error


def check_chain(events: Iterable[CustodyEvent]) -> list[dict[str, Any]]:
    """Return the events of one item, or raise `CustodyError` where the chain breaks."""
    checked: list[dict[str, Any]] = []
    prev = NO_PREVIOUS
    for number, raw in enumerate(events):
        event = check_event(raw)
        if event["seq"] != number or event["prev"] != prev:
            raise CustodyError(f"event {number} does not follow the one before it")
        if checked and event["item"] != checked[0]["item"]:
            raise CustodyError(f"event {number} is about another item")
        prev = sha256_hex(event_bytes(event))
        checked.append(event)
    return checked


def events_file(events: Iterable[CustodyEvent]) -> bytes:
    """Return `custody/events.jsonl` of a checked chain."""
    return b"".join(event_bytes(event) + b"\n" for event in check_chain(events))


def parse_events(data: bytes) -> list[dict[str, Any]]:
    """Return the events of a file, or raise `CustodyError` when a line or a link is wrong."""
    if data and not data.endswith(b"\n"):
        raise CustodyError("the last line does not end")
    try:
        return check_chain(parse_object(line) for line in data.split(b"\n")[:-1])
    except CanonicalJsonError as error:
        raise CustodyError(error.detail) from error


def custody_leaf(event: CustodyEvent) -> dict[str, Any]:
    """Return the log leaf of an event: digests and an opaque reference, no personal data."""
    data = event_bytes(check_event(event))
    return {
        "v": 1,
        "t": "custody",
        "at": event["at"],
        "ref": event["event_id"],
        "h256": sha256_hex(data),
        "hsm3": sm3_hex(data),
    }
