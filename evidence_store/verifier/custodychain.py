"""Checks 17 and 18: the chain of custody holds together and its events are in the log."""

from __future__ import annotations

from evidence_store.verifier.case import Case
from evidence_store.verifier.contents import listed
from evidence_store.verifier.digests import digest
from evidence_store.verifier.loginclusion import check_included, log_signature_holds
from evidence_store.verifier.notes import InclusionFile
from evidence_store.verifier.problem import ProblemError
from evidence_store.verifier.sealrecord import check_ulid, check_whole_time
from evidence_store.verifier.strictjson import Shape, canonical_json, parse_canonical

_EVENTS, _PROOFS = "custody/events.jsonl", "custody/proofs/"
_MAX_EVENTS = 64 << 20
EVENT_KEYS = (
    "event_id", "item", "seq", "prev", "type", "at", "agent", "instrument", "object", "reason", "legal_basis",
    "outcome", "salt",
)  # fmt: skip
EVENT_TYPES = (
    "identify", "capture", "digest", "seal", "timestamp", "log", "ingest", "view", "export", "transfer_out",
    "transfer_in", "derive", "verify", "fixity", "key_rotate", "hold_set", "hold_clear", "erase", "renew",
)  # fmt: skip


class Event:
    """One custody event, strictly read.

    Attributes:
        line: Its bytes without the LF.
        seq: Position in the chain.
        event_id: ULID.
        kind: Its type.
        at: Time as text; ``micros`` in microseconds.
    """

    def __init__(self, line: bytes, seal_id: str, seq: int, before: str) -> None:
        self.line, self.seq = line, seq
        shape = Shape(parse_canonical(line), f"event {seq}", EVENT_KEYS)
        self.event_id, self.kind, self.at = check_ulid(shape.text("event_id")), shape.text("type"), shape.text("at")
        self.micros = check_whole_time(self.at)
        shape.hexes("salt", 32)
        Shape(shape.values["agent"], "agent", ("id", "role", "auth"))
        Shape(shape.values["instrument"], "instrument", ("tool", "version", "host"))
        for value in shape.array("object", 100_000):
            Shape(value, "object", ("path", "sha256"))
        if self.kind not in EVENT_TYPES:
            raise ProblemError(f"保管事件 {seq} 的类型不认识", f"custody event {seq} has an unknown type")
        linked = (shape.number("seq"), shape.text("prev"), shape.text("item")) == (seq, before, seal_id)
        if not linked:
            raise ProblemError(f"保管链在第 {seq} 条断开", f"the chain of custody breaks at event {seq}")


def read_events(data: bytes, seal_id: str) -> list[Event]:
    """Read a chain of custody, refusing any break in it."""
    lines = data.split(b"\n")
    if lines.pop():
        raise ProblemError("保管记录最后一行不完整", "the last custody line is incomplete")
    events: list[Event] = []
    before = "0" * 64
    for seq, line in enumerate(lines):
        events.append(Event(line, seal_id, seq, before))
        before = digest("sha256", line).hex()
    return events


def check_custody(case: Case) -> None:
    """Checks 17 and 18."""
    inside = sorted(path for path in case.source.sizes if path.startswith(_PROOFS))
    if _EVENTS not in case.source.sizes:
        if inside:
            raise ProblemError("有保管记录的证明而没有记录", "proofs of custody events, but no events")
        case.warn(17, "包内没有保管记录", "no custody events in this package")
        return
    events = read_events(case.small(_EVENTS, _MAX_EVENTS), case.seal.seal_id)
    back = [str(one.seq) for one, after in _neighbours(events) if after.micros < one.micros]
    if back:
        case.warn(17, f"第 {listed(back)} 条之后时间倒退", f"time runs backwards after event {listed(back)}")
    case.passed(17, f"{len(events)} 条记录首尾相连", f"{len(events)} events, linked without a break")
    case.attempt(18, lambda one: _check_proofs(one, events, inside))


def _neighbours(events: list[Event]) -> list[tuple[Event, Event]]:
    return [(events[at], events[at + 1]) for at in range(len(events) - 1)]


def _tell_bare(case: Case, bare: list[Event]) -> None:
    """Events without a proof could have been rewritten: in a logged package only views, logged hourly, may lack one."""
    if not bare:
        return
    shown = listed([str(one.seq) for one in bare])
    logged = "seal/log/checkpoint" in case.source.sizes
    if logged and any(one.kind != "view" for one in bare):
        raise ProblemError(f"没有日志证明的保管记录：{shown}", f"custody events without a log proof: {shown}")
    case.warn(18, f"未入日志的记录：{shown}", f"events not in the log: {shown}")


def _check_proofs(case: Case, events: list[Event], inside: list[str]) -> None:
    named = {f"{_PROOFS}{one.seq:06d}-{one.event_id}.tlog-proof": one for one in events}
    strays = [path for path in inside if path not in named]
    if strays:
        raise ProblemError(f"证明没有对应的保管记录：{listed(strays)}", f"proofs without an event: {listed(strays)}")
    signed = 0
    for path in inside:
        event = named[path]
        leaf = {
            "at": event.at, "h256": digest("sha256", event.line).hex(), "hsm3": digest("sm3", event.line).hex(),
            "ref": event.event_id, "t": "custody", "v": 1,
        }  # fmt: skip
        try:
            head = check_included(case, canonical_json(leaf), InclusionFile(case.small(path)))
            signed += log_signature_holds(case, head)
        except ProblemError as problem:
            case.fail(18, f"第 {event.seq} 条：{problem.zh}", f"event {event.seq}: {problem.en}")
    if case.trust is not None and case.trust.log_keys and signed < len(inside):
        raise ProblemError("保管记录的证明没有可信日志的签名", "a custody proof is not signed by the trusted log")
    bare = [one for path, one in named.items() if path not in inside]
    _tell_bare(case, bare)
    if not bare:
        case.passed(18, f"{len(inside)} 条均在日志中", f"all {len(inside)} are in the log")
