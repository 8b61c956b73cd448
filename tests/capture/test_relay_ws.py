"""WebSocket frames: any portions, any sizes, nothing held that need not be."""

import asyncio
import json
import socket
import struct
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from capture.relay_net import open_stream
from capture.relay_spool import Spool
from capture.relay_ws import MAX_LOGGED, Frame, FrameLog, FrameParser, pump


def encode(opcode: int, payload: bytes, mask: bytes = b"", *, fin: bool = True) -> bytes:
    size = len(payload)
    bit = 0x80 if mask else 0
    if size < 126:
        head = bytes((opcode | (0x80 if fin else 0), bit | size))
    elif size < 65536:
        head = bytes((opcode | (0x80 if fin else 0), bit | 126)) + size.to_bytes(2)
    else:
        head = bytes((opcode | (0x80 if fin else 0), bit | 127)) + size.to_bytes(8)
    masked = bytes(octet ^ mask[index % 4] for index, octet in enumerate(payload)) if mask else payload
    return head + mask + masked


@given(
    st.lists(
        st.tuples(
            st.sampled_from([0, 1, 2, 8, 9, 10]),
            st.one_of(st.binary(max_size=200), st.binary(min_size=126, max_size=130)),
            st.one_of(st.just(b""), st.binary(min_size=4, max_size=4)),
            st.booleans(),
        ),
        max_size=8,
    ),
    st.integers(1, 40),
)
def test_frames_come_back_in_any_portions(frames: list[tuple[int, bytes, bytes, bool]], step: int) -> None:
    raw = b"".join(encode(opcode, payload, mask, fin=fin) for opcode, payload, mask, fin in frames)
    parser = FrameParser()
    found = [frame for at in range(0, len(raw), step) for frame in parser.feed(raw[at : at + step])]
    assert found == [Frame(fin, opcode, len(payload), payload) for opcode, payload, _, fin in frames]


@given(st.binary(max_size=500))
def test_any_octets_are_read_without_an_error(raw: bytes) -> None:
    for frame in FrameParser().feed(raw):
        assert len(frame.payload) <= frame.length


def test_a_huge_frame_is_counted_and_not_held() -> None:
    parser = FrameParser()
    size = MAX_LOGGED * 3
    raw = encode(2, b"x" * size, b"abcd")
    frames = [frame for at in range(0, len(raw), 65536) for frame in parser.feed(raw[at : at + 65536])]
    assert [(frame.length, len(frame.payload)) for frame in frames] == [(size, MAX_LOGGED)]
    assert set(frames[0].payload) == {ord("x")}


def test_the_log_keeps_text_as_text_and_anything_else_as_base64(tmp_path: Path) -> None:
    spool = Spool(tmp_path)
    log = FrameLog(spool, Path("frames.jsonl"))
    log.write("client", Frame(fin=True, opcode=1, length=6, payload="辨诬".encode()))
    log.write("server", Frame(fin=True, opcode=1, length=1, payload=b"\xff"))
    log.write("server", Frame(fin=True, opcode=2, length=9, payload=b"ab"))
    log.close()
    spool.close()
    lines = [json.loads(line) for line in (tmp_path / "frames.jsonl").read_text(encoding="utf-8").splitlines()]
    assert [line.get("text") or line["base64"] for line in lines] == ["辨诬", "/w==", "YWI="]
    assert lines[2]["truncated"] == "length"
    assert log.count == 3


def pair() -> tuple[socket.socket, socket.socket]:
    """Two ends of a TCP connection over loopback."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        ours = socket.create_connection(listener.getsockname())
        theirs, _ = listener.accept()
    for sock in (ours, theirs):
        sock.settimeout(0)
    return ours, theirs


def test_an_end_passed_to_a_side_that_was_reset_meanwhile_ends_quietly() -> None:
    async def run() -> None:
        far_source, source = pair()
        far_sink, sink = pair()
        from_stream = await open_stream(source, None, name=None, seconds=0)
        to_stream = await open_stream(sink, None, name=None, seconds=0)
        far_source.close()  # the end to pass on
        to_stream.writer.transport.pause_reading()  # type: ignore[attr-defined]  # the reset is not noticed by reading
        far_sink.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        far_sink.close()  # RST: from now on shutdown() says ENOTCONN
        await pump(from_stream, to_stream, lambda _block: None)
        from_stream.abort()

    asyncio.run(run())
