"""Other clocks: a real SNTP exchange on loopback, broken answers, and what is said when nobody answers."""

import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from hypothesis import given
from hypothesis import strategies as st

from capture import clock

EPOCH = 2_208_988_800


def stamp(seconds: float) -> bytes:
    whole = int(seconds)
    return struct.pack(">II", whole + EPOCH, int((seconds - whole) * 2**32))


@contextmanager
def time_server(ahead: float = 0.0, change: Callable[[bytes], bytes] | None = None) -> Iterator[str]:
    """An SNTP server whose clock is `ahead` seconds before ours."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as link:
        link.bind(("127.0.0.1", 0))
        link.settimeout(5)

        def answer() -> None:
            try:
                question, sender = link.recvfrom(512)
            except OSError:
                return
            now = time.time() + ahead
            body = struct.pack(">BBbb", 0x24, 2, 0, -20) + bytes(12) + stamp(now - 1) + question[40:48]
            body += stamp(now) + stamp(now)
            link.sendto(change(body) if change else body, sender)

        thread = threading.Thread(target=answer, daemon=True)
        thread.start()
        yield f"127.0.0.1:{link.getsockname()[1]}"
        thread.join(6)


@pytest.mark.parametrize("ahead", [0.0, 12.5, -3600.25])
def test_the_offset_of_a_server_is_measured(ahead: float) -> None:
    with time_server(ahead) as server:
        answer = clock.ask(server)
    assert answer.ok, answer.error
    assert abs(answer.offset_us - ahead * 1_000_000) < 200_000
    assert 0 <= answer.delay_us < 1_000_000
    assert answer.stratum == 2


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda body: body[:20], "short"),
        (lambda body: b"\xe4" + body[1:], "not synchronised"),
        (lambda body: body[:1] + b"\x00" + body[2:], "not synchronised"),
        (lambda body: body[:24] + bytes(8) + body[32:], "another question"),
    ],
)
def test_a_broken_answer_is_no_time(change: Callable[[bytes], bytes], words: str) -> None:
    with time_server(change=change) as server:
        answer = clock.ask(server)
    assert not answer.ok
    assert words in answer.error


def test_several_servers_are_summed_up() -> None:
    with time_server(0.5) as one, time_server(0.51) as two, time_server(0.52) as three:
        report = clock.ask_all((one, two, three))
    assert report["state"] == "agreed"
    assert abs(report["offset_us"] - 510_000) < 200_000
    assert [item["server"] for item in report["servers"]] == [one, two, three]


@pytest.mark.parametrize("ahead", [3600.0, -3600.0])
def test_a_machine_an_hour_off_is_not_called_right(ahead: float) -> None:
    with time_server(ahead) as one, time_server(ahead) as two:
        report = clock.ask_all((one, two))
    assert report["state"] == "off"
    assert abs(report["offset_us"] - ahead * 1_000_000) < 200_000


def test_servers_that_disagree_are_said_to() -> None:
    with time_server(0.0) as one, time_server(90.0) as two:
        assert clock.ask_all((one, two))["state"] == "disagreed"


def test_nobody_there_is_said_plainly() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:
        silent.bind(("127.0.0.1", 0))
        report = clock.ask_all((f"127.0.0.1:{silent.getsockname()[1]}",), seconds=0.3)
    assert report["state"] == "unreachable"
    assert report["servers"][0]["error"]
    assert clock.ask_all(())["state"] == "skipped"


@given(st.binary(max_size=80), st.integers(0, 2**40), st.integers(0, 2**40))
def test_any_packet_is_read_without_an_exception(data: bytes, sent: int, received: int) -> None:
    assert isinstance(clock.read_answer("x", data, sent, received), clock.ClockAnswer)
