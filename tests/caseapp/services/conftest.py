"""The house of the service tests, with one timestamp authority for all of them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from caseapp.demo.authority import TestAuthority
from tests.caseapp.conftest import Clock, LocalPorts, World
from tests.caseapp.services import house as parts


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What needs the house is slow; on the second engine it belongs to the full run, save for the races."""
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents and "house" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.slow)
            if "[postgres" in item.name and "at_once" not in item.name:
                item.add_marker(pytest.mark.full)


class _Time:
    """The clock of the test that runs now: the authority answers by it."""

    clock: Clock = Clock()


@pytest.fixture(scope="session")
def authority() -> Iterator[Any]:
    with TestAuthority(clock=lambda: _Time.clock.now) as made:
        root = x509.load_pem_x509_certificate(made.roots_pem).public_bytes(Encoding.DER)
        made.fingerprint = hashlib.sha256(root).hexdigest()  # type: ignore[attr-defined]  # for trust.json
        yield made


@pytest.fixture
def house(ports: LocalPorts, world: World, tmp_path: Path, authority: TestAuthority) -> Iterator[parts.House]:
    _Time.clock = ports.clock
    yield from parts.furnish(ports, world, tmp_path, authority)
