"""WebSocket pass-through with every frame logged, and the plain pump for tunnels that stay unopened.

Frames are only read, never changed; the relay asks for no extensions, so payloads are as the page sees them (RFC 6455).
"""

import asyncio
import base64
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from capture.relay_model import now, rfc3339
from capture.relay_net import Stream
from capture.relay_spool import Spool

MAX_LOGGED = 1024 * 1024  # octets of one frame's payload that are logged; the length is always logged
_BLOCK = 64 * 1024
_LENGTH_16 = 126
_LENGTH_64 = 127
_TEXT = 1
_FIXED = 2  # octets every frame head has, RFC 6455 §5.2


@dataclass(frozen=True)
class Frame:
    """One WebSocket frame.

    Attributes:
        fin: Last frame of its message.
        opcode: 0 continuation, 1 text, 2 binary, 8 close, 9 ping, 10 pong.
        length: Length of the payload.
        payload: The payload unmasked, at most `MAX_LOGGED` octets of it.
    """

    fin: bool
    opcode: int
    length: int
    payload: bytes


@dataclass
class FrameParser:
    """Cuts a byte stream into frames without ever holding more than `MAX_LOGGED` of one."""

    _head: bytearray = field(default_factory=bytearray)
    _payload: bytearray = field(default_factory=bytearray)
    _mask: bytes = b""
    _length: int = -1
    _left: int = 0

    def feed(self, data: bytes) -> Iterator[Frame]:
        """Take octets in any portions and yield the frames they complete."""
        view = memoryview(data)
        while True:
            if self._length < 0:
                view = self._read_head(view)
                if self._length < 0:
                    return
            taken = min(self._left, len(view))
            room = MAX_LOGGED - len(self._payload)
            self._payload += view[: min(taken, room)]
            self._left -= taken
            view = view[taken:]
            if self._left:
                return
            yield self._finish()

    def _read_head(self, view: memoryview) -> memoryview:
        while len(view) and self._length < 0:
            self._head.append(view[0])
            view = view[1:]
            self._try_head()
        return view

    def _try_head(self) -> None:
        head = self._head
        if len(head) < _FIXED:
            return
        short = head[1] & 0x7F
        extra = {_LENGTH_16: 2, _LENGTH_64: 8}.get(short, 0)
        masked = 4 if head[1] & 0x80 else 0
        if len(head) < _FIXED + extra + masked:
            return
        self._length = int.from_bytes(head[_FIXED : _FIXED + extra]) if extra else short
        self._mask = bytes(head[_FIXED + extra :])
        self._left = self._length

    def _finish(self) -> Frame:
        payload = bytes(self._payload)
        if self._mask:
            payload = _unmask(payload, self._mask)
        frame = Frame(bool(self._head[0] & 0x80), self._head[0] & 0x0F, self._length, payload)
        self._head.clear()
        self._payload.clear()
        self._length = -1
        return frame


def _unmask(payload: bytes, mask: bytes) -> bytes:
    # One big-integer XOR is two orders of magnitude quicker than a loop over octets.
    size = len(payload)
    stretched = (mask * (size // 4 + 1))[:size]
    return (int.from_bytes(payload) ^ int.from_bytes(stretched)).to_bytes(size)


class FrameLog:
    """Writes frames as JSON lines."""

    def __init__(self, spool: Spool, path: Path) -> None:
        """Create the file, `path` under the spool."""
        self._spool = spool
        with spool.guarded():
            self._file = (spool.folder / path).open("x", encoding="utf-8")
        self.count = 0

    def write(self, sender: str, frame: Frame) -> None:
        """Log one frame; text as text when it is UTF-8, anything else as base64."""
        line: dict[str, object] = {
            "at": rfc3339(now()),
            "from": sender,
            "opcode": frame.opcode,
            "fin": frame.fin,
            "length": frame.length,
        }
        if frame.length > len(frame.payload):
            line["truncated"] = "length"
        try:
            line["text" if frame.opcode == _TEXT else "base64"] = (
                frame.payload.decode() if frame.opcode == _TEXT else base64.b64encode(frame.payload).decode("ascii")
            )
        except UnicodeDecodeError:
            line["base64"] = base64.b64encode(frame.payload).decode("ascii")
        with self._spool.guarded():
            self._file.write(json.dumps(line, ensure_ascii=False) + "\n")
        self.count += 1

    def close(self) -> None:
        """Close the file."""
        with self._spool.guarded():
            self._file.close()


async def pump(source: Stream, sink: Stream, seen: Callable[[bytes], None]) -> None:
    """Pass octets on until the source ends or either side breaks, then end the sink.

    Args:
        source: Read from.
        sink: Written to.
        seen: Told every block before it is passed on.
    """
    try:
        while block := await source.reader.read(_BLOCK):
            seen(block)
            sink.writer.write(block)
            await sink.writer.drain()
        if sink.writer.can_write_eof():
            sink.writer.write_eof()  # the other direction may still have something to say; ENOTCONN after a reset
        else:
            sink.writer.close()
    except OSError:
        sink.abort()


async def pump_both(
    client: Stream, server: Stream, from_client: Callable[[bytes], None], from_server: Callable[[bytes], None]
) -> None:
    """Pass octets both ways until either side ends; an error of one direction ends both."""
    tasks = (
        asyncio.create_task(pump(client, server, from_client)),
        asyncio.create_task(pump(server, client, from_server)),
    )
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_EXCEPTION)
    finally:
        for task in tasks:
            task.cancel()
    for task in done:
        task.result()
