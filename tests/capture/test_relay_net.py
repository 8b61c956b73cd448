"""Resolve once, check, connect to that same address: names that change their mind."""

import asyncio
import socket
from pathlib import Path

import pytest

from capture.errors import AddressRefusedError, CaptureError, ConnectionFailedError, NameNotResolvedError
from capture.guard import RelayPolicy, Target
from capture.models import Limits
from capture.relay_model import Connection
from capture.relay_net import Network
from capture.relay_read import read_records
from capture.relay_spool import Meter, Spool
from capture.relay_tls import Verifier
from tests.capture.netkit import Server, answer, ok


class Zone:
    """A resolver that gives its answers one after the other, as a rebinding zone does."""

    def __init__(self, *answers: tuple[str, ...]) -> None:
        self.answers = list(answers)
        self.asked = 0

    async def __call__(self, _host: str) -> tuple[str, ...]:
        self.asked += 1
        found = self.answers.pop(0)
        if not found:
            raise OSError(-2, "Name or service not known")
        return found


def reach(folder: Path, zone: Zone, port: int, times: int, *, allow: frozenset[str] = frozenset()) -> list[str]:
    """Reach evil.example several times and return the error codes, or the address connected to."""
    policy = RelayPolicy(allow_hosts=allow, limits=Limits(), head_seconds=0.5)
    spool = Spool(folder)
    network = Network(policy, Meter(policy.limits, spool.write), spool, Verifier(""), look_up=zone)
    target = Target("http", "evil.example", port)

    async def run() -> list[str]:
        seen = []
        for _ in range(times):
            facts = network.begin(target)
            try:
                sock = await network.reach(target, facts)
                seen.append(facts.ip)
                sock.close()
            except CaptureError as error:
                seen.append(error.code)
        return seen

    try:
        return asyncio.run(run())
    finally:
        spool.close()


def test_a_rebinding_name_keeps_its_first_answer(tmp_path: Path) -> None:
    zone = Zone(("192.0.2.1",), ("127.0.0.1",))
    with Server(answer(ok(b"secret"))) as inner:
        assert reach(tmp_path, zone, inner.port, 3) == [AddressRefusedError.code] * 3
        assert inner.connections == 0
    assert zone.asked == 1


def test_a_public_first_answer_does_not_open_the_way_to_a_private_second(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dialled: list[str] = []

    async def dial(ip: str, _port: int, _seconds: float) -> socket.socket:
        dialled.append(ip)  # stands in for the kernel: no test leaves this machine
        raise ConnectionRefusedError

    monkeypatch.setattr("capture.relay_net._dial", dial)
    zone = Zone(("8.8.8.8",), ("127.0.0.1",))
    assert reach(tmp_path, zone, 80, 2) == [ConnectionFailedError.code] * 2
    assert dialled == ["8.8.8.8", "8.8.8.8"]
    assert zone.asked == 1
    connections = [record for record in read_records(tmp_path) if isinstance(record, Connection)]
    assert [connection.answers for connection in connections] == [("8.8.8.8",)] * 2


@pytest.mark.parametrize("answers", [("127.0.0.1",), ("8.8.8.8", "127.0.0.1"), ("::1",), ("::ffff:127.0.0.1",)])
def test_a_name_with_any_private_answer_is_refused(tmp_path: Path, answers: tuple[str, ...]) -> None:
    with Server(answer(ok(b"secret"))) as inner:
        assert reach(tmp_path, Zone(answers), inner.port, 1) == [AddressRefusedError.code]
        assert inner.connections == 0


def test_an_allowed_name_goes_to_the_address_that_was_checked(tmp_path: Path) -> None:
    with Server(answer(ok())) as inner:
        allow = frozenset({f"evil.example:{inner.port}"})
        assert reach(tmp_path, Zone(("127.0.0.1",)), inner.port, 2, allow=allow) == ["127.0.0.1"] * 2


def test_the_next_address_is_tried_when_one_is_dead(tmp_path: Path) -> None:
    with Server(answer(ok())) as inner:
        allow = frozenset({f"evil.example:{inner.port}"})
        zone = Zone(("::1", "127.0.0.1"))
        assert reach(tmp_path, zone, inner.port, 1, allow=allow) == ["127.0.0.1"]


def test_a_name_without_an_address_is_an_error_of_its_own(tmp_path: Path) -> None:
    assert reach(tmp_path, Zone(()), 80, 1) == [NameNotResolvedError.code]
