"""Asking other clocks: SNTP (RFC 4330) to several servers at once, unreachable ones said plainly.

Offsets and delays are integer microseconds: seal.json allows no fractions.
"""

import queue
import socket
import struct
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from statistics import median
from typing import Any

NTP_PORT = 123
WAIT_SECONDS = 3.0
# RFC 5905 §7.3: version 4, mode 3 (client); the transmit timestamp is echoed back as the origin.
_REQUEST = struct.Struct(">B39xQ")
_ANSWER = struct.Struct(">BBbb11I")
_EPOCH_OFFSET = 2_208_988_800  # seconds from 1900 to 1970
_MODE_SERVER = 4
_UNSYNCHRONISED = 3
_STRATUM_MOST = 15
_MICRO = 1_000_000
OFF_MOST_US = 1_000_000  # farther from the servers than this the machine's clock is called wrong


@dataclass(frozen=True)
class ClockAnswer:
    """What one server said.

    Attributes:
        server: Name asked.
        ok: Whether it gave a usable time.
        offset_us: How far this machine's clock is behind that server's, in microseconds.
        delay_us: Round trip, in microseconds; the offset is no surer than half of it.
        stratum: Distance from a reference clock.
        error: Why not, when not ok.
    """

    server: str
    ok: bool
    offset_us: int = 0
    delay_us: int = 0
    stratum: int = 0
    error: str = ""


def ask(server: str, seconds: float = WAIT_SECONDS) -> ClockAnswer:
    """Ask one server.

    Args:
        server: "host" or "host:port".
        seconds: Longest wait for its answer.
    """
    host, _, port = server.partition(":")
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, int(port or NTP_PORT), type=socket.SOCK_DGRAM)[0]
        with socket.socket(family, kind, protocol) as link:
            link.settimeout(seconds)
            link.connect(address)  # answers from anyone else are dropped by the kernel
            sent = time.time_ns() // 1000
            link.send(_REQUEST.pack(0x23, _to_ntp(sent)))
            data = link.recv(512)
            received = time.time_ns() // 1000
    except (OSError, ValueError) as error:
        return ClockAnswer(server, ok=False, error=str(error) or type(error).__name__)
    return read_answer(server, data, sent, received)


def read_answer(server: str, data: bytes, sent: int, received: int) -> ClockAnswer:
    """Read a server's packet.

    Args:
        server: Name asked.
        data: The packet.
        sent: When the question left, microseconds since 1970.
        received: When the answer came.
    """
    if len(data) < _ANSWER.size:
        return ClockAnswer(server, ok=False, error="short answer")
    head, stratum, _, _, *words = _ANSWER.unpack(data[: _ANSWER.size])
    origin, arrived, left = (_from_ntp(words[n] << 32 | words[n + 1]) for n in (5, 7, 9))
    if head & 7 != _MODE_SERVER or head >> 6 == _UNSYNCHRONISED or not 0 < stratum <= _STRATUM_MOST:
        return ClockAnswer(server, ok=False, stratum=stratum, error="not synchronised")
    if abs(origin - sent) > 1:
        return ClockAnswer(server, ok=False, stratum=stratum, error="answers another question")
    offset = ((arrived - sent) + (left - received)) // 2
    return ClockAnswer(
        server, ok=True, offset_us=offset, delay_us=(received - sent) - (left - arrived), stratum=stratum
    )


def _to_ntp(micros: int) -> int:
    seconds, rest = divmod(micros, _MICRO)
    return (seconds + _EPOCH_OFFSET) % (1 << 32) << 32 | (rest << 32) // _MICRO


def _from_ntp(stamp: int) -> int:
    seconds = stamp >> 32
    if seconds < _EPOCH_OFFSET:  # era 1 begins in February 2036
        seconds += 1 << 32
    return (seconds - _EPOCH_OFFSET) * _MICRO + round((stamp & 0xFFFFFFFF) * _MICRO / (1 << 32))


def ask_all(servers: Sequence[str], seconds: float = WAIT_SECONDS) -> dict[str, Any]:
    """Ask all servers at once and sum up.

    Args:
        servers: Names; none means the check is skipped.
        seconds: Longest wait for all together.

    Returns:
        state (agreed, single, off, disagreed, unreachable or skipped), median offset_us, asked_at, servers.
    """
    asked_at = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    inbox: queue.Queue[ClockAnswer] = queue.Queue()
    for server in servers:
        # Daemon threads: name resolution has no time limit of its own and must not hold up the end of the process.
        threading.Thread(target=lambda name=server: inbox.put(ask(name, seconds)), daemon=True).start()
    answers: dict[str, ClockAnswer] = {}
    end = time.monotonic() + seconds
    while len(answers) < len(servers):
        try:
            answer = inbox.get(timeout=max(0.0, end - time.monotonic()))
        except queue.Empty:
            break
        answers[answer.server] = answer
    listed = [answers.get(name, ClockAnswer(name, ok=False, error="no answer in time")) for name in servers]
    return {"asked_at": asked_at, **summary(listed), "servers": [asdict(answer) for answer in listed]}


def summary(answers: Sequence[ClockAnswer]) -> Mapping[str, Any]:
    """Say how the answers agree: within their own round trips plus a tenth of a second, and with this machine."""
    good = [answer for answer in answers if answer.ok]
    if not good:
        return {"state": "unreachable" if answers else "skipped", "offset_us": 0}
    middle = int(median(answer.offset_us for answer in good))
    agree = all(abs(answer.offset_us - middle) <= answer.delay_us // 2 + 100_000 for answer in good)
    if not agree:
        state = "disagreed"
    elif abs(middle) > OFF_MOST_US:
        state = "off"  # the servers agree that it is this machine that is wrong
    else:
        state = "single" if len(good) == 1 else "agreed"
    return {"state": state, "offset_us": middle}
