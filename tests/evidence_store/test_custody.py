"""The chain of custody: links, fields, and what breaks it."""

import contextlib
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evidence_store import custody, new_ulid
from evidence_store.digests import sha256_hex, sm3_hex
from evidence_store.errors import CustodyError, EvidenceError
from evidence_store.leaves import leaf_bytes
from tests.evidence_store.helpers import custody as chain

SEAL = new_ulid()


def test_links_and_file() -> None:
    events = chain(SEAL, 4)
    assert events[0]["prev"] == "0" * 64
    assert events[1]["prev"] == sha256_hex(custody.event_bytes(events[0]))
    data = custody.events_file(events)
    assert data.count(b"\n") == 4
    assert custody.parse_events(data) == events
    assert custody.parse_events(b"") == []


def test_leaf_holds_no_personal_data() -> None:
    event = chain(SEAL, 1)[0]
    data = custody.event_bytes(event)
    leaf = custody.custody_leaf(event)
    assert leaf == {
        "v": 1,
        "t": "custody",
        "at": event["at"],
        "ref": event["event_id"],
        "h256": sha256_hex(data),
        "hsm3": sm3_hex(data),
    }
    assert b"lawyer" not in leaf_bytes(leaf)


@pytest.mark.parametrize(
    "change",
    [
        {"event_id": "x"},
        {"item": None},
        {"seq": -1},
        {"seq": True},
        {"prev": "0"},
        {"type": "gossip"},
        {"at": "today"},
        {"agent": {"id": "u"}},
        {"agent": {"id": 1, "role": "", "auth": ""}},
        {"instrument": []},
        {"object": {}},
        {"object": [{"path": "x", "sha256": "0"}]},
        {"reason": None},
        {"outcome": "\ud800"},
        {"salt": "0" * 31},
        {"extra": 1},
    ],
)
def test_fields(change: dict[str, Any]) -> None:
    event = chain(SEAL, 1)[0] | change
    with pytest.raises(CustodyError):
        custody.events_file([event])


def test_broken_chains() -> None:
    events = chain(SEAL, 4)
    edited = [*events[:1], events[1] | {"reason": "other"}, *events[2:]]
    for broken in (events[1:], [events[0], *events[2:]], [events[1], events[0]], edited, [*events, events[3]]):
        with pytest.raises(CustodyError):
            custody.check_chain(broken)
    other = chain(new_ulid(), 1)[0]
    with pytest.raises(CustodyError):
        custody.check_chain([other, events[1] | {"prev": sha256_hex(custody.event_bytes(other))}])


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_any_bytes(data: st.DataObject) -> None:
    good = custody.events_file(chain(SEAL, 2))
    at = data.draw(st.integers(0, len(good)))
    noise = data.draw(st.binary(max_size=20))
    with contextlib.suppress(EvidenceError):
        custody.parse_events(good[:at] + noise + good[at + data.draw(st.integers(0, 5)) :])
