"""The audit chain: each event hashes the one before; details can be erased and the chain still verifies.

An event's hash covers its bare facts, the hash before it and a *salted digest* of its detail (before/after, free
text, names). The detail and its salt lie in a table of their own; lawful erasure removes both, and nobody can then
guess the detail from the digest.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

GENESIS: Final = "0" * 64
"""``prev_hash`` of the first event."""


@dataclass(frozen=True, slots=True)
class Link:
    """The facts of one audit event that its hash covers. All are opaque: ids, codes, times, no names.

    Attributes:
        seq: from 1, without gaps.
        at: RFC 3339 UTC with "Z".
        actor_id: user id, or a job's name.
        actor_kind: user, token or system.
        action: event code.
        object_type: table name.
        object_id: row id.
        case_id: the case it belongs to, if one.
        request_id: the request that caused it, if known.
        detail_digest: hex SHA-256 of salt and canonical detail.
    """

    seq: int
    at: str
    actor_id: str
    actor_kind: str
    action: str
    object_type: str
    object_id: str
    case_id: str | None
    request_id: str | None
    detail_digest: str


@dataclass(frozen=True, slots=True)
class Stored:
    """An event as found in the database; ``detail`` and ``salt`` are None once erased."""

    link: Link
    prev_hash: str
    hash: str
    detail: Mapping[str, Any] | None
    salt: bytes | None
    erased: bool


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong with the chain, at ``seq``."""

    seq: int
    code: str


def canonical(value: Mapping[str, Any]) -> bytes:
    """Return the one byte form of a JSON object: sorted keys, no blanks, UTF-8."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode()


def digest_detail(salt: bytes, detail: Mapping[str, Any]) -> str:
    """Return the salted digest, hex. The salt is 32 random bytes, used once."""
    return hashlib.sha256(len(salt).to_bytes(2, "big") + salt + canonical(detail)).hexdigest()


def link_hash(link: Link, prev_hash: str) -> str:
    """Return the event's hash over its facts and the hash before."""
    facts = {name: getattr(link, name) for name in Link.__slots__}
    return hashlib.sha256(canonical({"v": 1, "prev": prev_hash, "event": facts})).hexdigest()


def check(events: Iterable[Stored], *, prev_hash: str = GENESIS, seq: int = 0) -> list[Fault]:
    """Walk a chain in order and return every fault.

    Codes: ``gap`` (a number missing or repeated), ``broken`` (does not follow the hash before), ``altered`` (facts
    changed), ``detail-altered`` (detail does not match its digest), ``detail-missing`` (gone without an erasure),
    ``detail-back`` (marked erased yet present).
    """
    faults: list[Fault] = []
    for event in events:
        here = event.link.seq
        if here != seq + 1:
            faults.append(Fault(here, "gap"))
        if event.prev_hash != prev_hash:
            faults.append(Fault(here, "broken"))
        if link_hash(event.link, event.prev_hash) != event.hash:
            faults.append(Fault(here, "altered"))
        faults += _check_detail(event)
        seq, prev_hash = here, event.hash
    return faults


def _check_detail(event: Stored) -> list[Fault]:
    here = event.link.seq
    if event.erased:
        present = event.detail is not None or event.salt is not None
        return [Fault(here, "detail-back")] if present else []
    if event.detail is None or event.salt is None:
        return [Fault(here, "detail-missing")]
    same = digest_detail(event.salt, event.detail) == event.link.detail_digest
    return [] if same else [Fault(here, "detail-altered")]
