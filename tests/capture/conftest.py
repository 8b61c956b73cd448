"""Fixtures of the capture tests: one loopback site, one browser for the whole run."""

import ipaddress
import ssl
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from capture import Browser, CaptureRequest, CaptureResult, capture
from tests.capture.sites import Server, serve

Take = Callable[..., CaptureResult]


@pytest.fixture(scope="session")
def site() -> Iterator[Server]:
    with serve() as server:
        yield server


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Whatever starts the browser is a test with a browser, said or not."""
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents and "browser" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with Browser() as running:
        yield running


@pytest.fixture
def take(site: Server, browser: Browser, tmp_path: Path) -> Take:
    """Capture a path of the site with the shared browser."""

    def run(path: str, **changes: Any) -> CaptureResult:
        progress = changes.pop("progress", None)
        values: dict[str, Any] = {
            "url": site.url(path),
            "output": tmp_path / "out",
            "allow_hosts": frozenset((site.key,)),
            "ntp_servers": (),
        }
        request = CaptureRequest(**{**values, **changes})
        return capture(request, browser=browser, progress=progress)

    return run


@pytest.fixture(scope="session")
def untrusted_pem(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A self-signed certificate for 127.0.0.1; its key lies beside it."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "untrusted.test")])
    start = datetime.now(UTC) - timedelta(days=1)
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    builder = builder.serial_number(x509.random_serial_number()).not_valid_before(start)
    builder = builder.not_valid_after(start + timedelta(days=9))
    address = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))
    builder = builder.add_extension(x509.SubjectAlternativeName([address]), critical=False)
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
    folder = tmp_path_factory.mktemp("untrusted")
    pem = builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)
    (folder / "root.pem").write_bytes(pem)
    plain = serialization.NoEncryption()
    secret = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain)
    (folder / "both.pem").write_bytes(secret + pem)
    return folder / "root.pem"


@pytest.fixture
def untrusted(untrusted_pem: Path) -> Iterator[Server]:
    """The same site over HTTPS with a certificate nobody vouches for."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(untrusted_pem.with_name("both.pem"))
    with serve(context) as server:
        yield server
