"""The local test authority: real tokens, plainly labelled, loopback only."""

import socket
import urllib.request
from urllib.parse import urlsplit

import pytest
from cryptography import x509
from rfc3161_client import PKIStatus, decode_timestamp_response

from caseapp.demo.authority import TestAuthority
from evidence_store import TEST_POLICY, Rfc3161Authority, request_stamps


def test_label_and_policy() -> None:
    with TestAuthority("demo") as authority:
        report = request_stamps(b"data", [Rfc3161Authority("demo", authority.url, authority.roots_pem)], k=1)
    stamp = report.stamps[0]
    assert (stamp.policy, stamp.test, report.is_test) == (TEST_POLICY, True, True)
    root = x509.load_pem_x509_certificate(authority.roots_pem)
    chain = x509.load_pem_x509_certificates(stamp.chain_pem)
    for certificate in (root, *chain):
        assert "测试时间戳" in certificate.subject.rfc4514_string()
        assert "TEST ONLY" in certificate.subject.rfc4514_string()


def test_loopback_only_and_gone_afterwards() -> None:
    with TestAuthority() as authority:
        address = urlsplit(authority.url)
        assert address.hostname == "127.0.0.1"
    with pytest.raises(ConnectionRefusedError), socket.create_connection(("127.0.0.1", address.port or 0), 1):
        pass


@pytest.mark.parametrize("query", [b"", b"junk", b"\x30\x03\x02\x01\x01", bytes(60_000)])
def test_malformed_queries_are_rejected(query: bytes) -> None:
    response = decode_timestamp_response(TestAuthority().answer(query))
    assert PKIStatus(response.status) is PKIStatus.REJECTION
    assert "测试时间戳" in response.status_string[0]


def test_requests_that_are_too_large() -> None:
    with TestAuthority() as authority:
        request = urllib.request.Request(authority.url, data=bytes(70_000), method="POST")
        with pytest.raises(urllib.error.HTTPError) as caught:
            urllib.request.urlopen(request, timeout=5)
        caught.value.close()
    assert caught.value.code == 400


def test_serial_numbers_differ() -> None:
    with TestAuthority() as authority:
        asked = [Rfc3161Authority(name, authority.url, authority.roots_pem) for name in ("a", "b", "c")]
        stamps = request_stamps(b"data", asked, k=3).stamps
    assert len({stamp.serial for stamp in stamps}) == 3
