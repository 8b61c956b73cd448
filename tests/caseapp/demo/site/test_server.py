"""TLS by the demo root only, one certificate a host, nothing left behind."""

import contextlib
import socket
import ssl
import threading

import pytest
from cryptography import x509

from caseapp.demo.errors import DemoSiteError
from caseapp.demo.site import LocalPlatforms
from caseapp.demo.site.pages import HOSTS
from caseapp.demo.site.tls import DemoAuthority
from tests.caseapp.demo.conftest import fetch


def handshake(platforms: LocalPlatforms, name: str, context: ssl.SSLContext) -> bytes:
    with (
        socket.create_connection(("127.0.0.1", platforms.port), 5) as plain,
        context.wrap_socket(plain, server_hostname=name) as connection,
    ):
        return connection.getpeercert(binary_form=True) or b""


@pytest.mark.parametrize("host", HOSTS)
def test_each_host_shows_its_own_certificate(platforms: LocalPlatforms, host: str) -> None:
    context = ssl.create_default_context(cafile=str(platforms.root_pem))
    context.verify_flags |= ssl.VERIFY_X509_STRICT
    leaf = x509.load_der_x509_certificate(handshake(platforms, host, context))
    names = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == [host]


def test_no_other_root_and_no_other_name_is_accepted(platforms: LocalPlatforms) -> None:
    with pytest.raises(ssl.SSLCertVerificationError):
        handshake(platforms, "weixun.test", ssl.create_default_context())
    own = ssl.create_default_context(cafile=str(platforms.root_pem))
    with pytest.raises(ssl.SSLError, match=r"(?i)unrecognized"):
        handshake(platforms, "weibo.com", own)


def test_the_root_cannot_vouch_for_real_names(platforms: LocalPlatforms) -> None:
    root = DemoAuthority.make()
    constraints = root.certificate.extensions.get_extension_for_class(x509.NameConstraints)
    assert constraints.critical
    assert constraints.value.permitted_subtrees == [x509.DNSName("test")]


def test_a_request_for_another_host_is_misdirected(platforms: LocalPlatforms) -> None:
    assert fetch(platforms, "https://weixun.test/", Host="weibo.com").status == 421


def test_table_and_allow_list_name_the_same_hosts(platforms: LocalPlatforms) -> None:
    assert set(platforms.resolve) == set(HOSTS)
    assert platforms.allow_hosts == {f"{host}:443" for host in HOSTS}
    assert set(platforms.resolve.values()) == {("127.0.0.1", platforms.port)}


def test_plain_http_and_idle_guests_do_not_disturb(platforms: LocalPlatforms) -> None:
    with socket.create_connection(("127.0.0.1", platforms.port), 5) as guest:
        guest.sendall(b"GET / HTTP/1.1\r\nHost: weixun.test\r\n\r\n")
        heard = b""
        with contextlib.suppress(ConnectionResetError):
            heard = guest.recv(200)
        assert b"200 OK" not in heard
    idle = socket.create_connection(("127.0.0.1", platforms.port), 5)
    assert fetch(platforms, "https://weixun.test/").status == 200
    idle.close()


def test_nothing_is_left_behind() -> None:
    before = set(threading.enumerate())
    with LocalPlatforms() as platforms:
        folder, port = platforms.root_pem.parent, platforms.port
        assert {path.name for path in folder.iterdir()} == {"demo-root.pem"}
        context = ssl.create_default_context(cafile=str(platforms.root_pem))
        plain = socket.create_connection(("127.0.0.1", port), 5)
        waiting = context.wrap_socket(plain, server_hostname="weixun.test")
    assert waiting.recv(10) == b""
    waiting.close()
    assert not folder.exists()
    assert not set(threading.enumerate()) - before
    with pytest.raises(OSError, match=r".*"):
        socket.create_connection(("127.0.0.1", port), 1)
    with pytest.raises(DemoSiteError):
        _ = platforms.port
