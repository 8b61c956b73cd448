"""Time stamps over loopback HTTP: accepted ones, and every answer that must not be."""

import base64
import hashlib
import http.server
import json
import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from asn1crypto import tsp
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from caseapp.demo.authority import TestAuthority
from evidence_store import AUTHORITIES, Rfc3161Authority, Stamp, open_authority, request_stamps, stamp, verify
from evidence_store.byhand import ManualAuthority, request_of, take_in
from evidence_store.errors import (
    EvidenceError,
    FactsRefusedError,
    NameRefusedError,
    RootsFileError,
    TokenFormatError,
)
from evidence_store.failures import (
    AuthorityRefusedError,
    AuthorityUnreachableError,
    ByHandError,
    ClockDisagreesError,
    StorageError,
    TokenMismatchError,
    TokenRevokedError,
    TokenUntrustedError,
)
from evidence_store.receipts import ChainReceipt
from evidence_store.stampfiles import read_groups
from tests.evidence_store.authorities import Authority
from tests.evidence_store.faults import FaultyPort
from tests.evidence_store.helpers import sealed

DATA = b"the bytes of seal.sha256"


def now() -> datetime:
    return datetime.now(UTC)


@pytest.fixture(scope="module")
def tsa() -> Iterator[TestAuthority]:
    with TestAuthority() as authority:
        yield authority


@contextmanager
def answering(answer: Callable[[bytes], bytes], status: int = 200) -> Iterator[str]:
    """Serve whatever `answer` makes of a query."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = answer(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/tsa?x=1"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def asked(tsa: TestAuthority, answer: Callable[[bytes], bytes], status: int = 200) -> EvidenceError | None:
    """Return the error a stamp ends in when the wire gives `answer`."""
    with answering(answer, status) as url:
        return request_stamps(DATA, [Rfc3161Authority("x", url, tsa.roots_pem)], k=1).outcomes[0].error


def test_a_stamp(tsa: TestAuthority, tmp_path: Path) -> None:
    report = request_stamps(DATA, [Rfc3161Authority("x", tsa.url, tsa.roots_pem)], k=1, now=now())
    assert (report.state, report.is_test) == ("complete", True)
    given = report.stamps[0]
    assert abs(given.gen_time - now()) < timedelta(minutes=1)
    assert given.kind == "rfc3161-http"
    assert given.roots_pem == tsa.roots_pem
    for name, data in (("d", DATA), ("t", given.tsr), ("q", given.tsq), ("r", tsa.roots_pem), ("c", given.chain_pem)):
        (tmp_path / name).write_bytes(data)
    for words in (["-data", "d"], ["-queryfile", "q"]):
        command = ["openssl", "ts", "-verify", *words, "-in", "t", "-CAfile", "r"]
        subprocess.run(command, cwd=tmp_path, check=True, capture_output=True)
    shown = subprocess.run(
        ["openssl", "x509", "-in", "c", "-noout", "-subject", "-nameopt", "utf8"],
        cwd=tmp_path,
        check=True,
        capture_output=True,
    )
    assert "测试时间戳" in shown.stdout.decode()


def test_states(tsa: TestAuthority) -> None:
    good = [Rfc3161Authority(name, tsa.url, tsa.roots_pem) for name in ("a", "b", "c")]
    dead = Rfc3161Authority("dead", "http://127.0.0.1:9/", tsa.roots_pem)
    assert request_stamps(DATA, good, k=2).state == "complete"
    assert request_stamps(DATA, [*good, dead], k=2).state == "stamped"
    assert request_stamps(DATA, [good[0], dead], k=2).state == "self-timed"
    assert request_stamps(DATA, [dead], k=0).state == "self-timed"
    offline = request_stamps(DATA, [], k=0)
    assert (offline.state, offline.is_test, offline.stamps) == ("self-timed", False, ())
    error = request_stamps(DATA, [dead], k=1).outcomes[0].error
    assert isinstance(error, AuthorityUnreachableError)
    assert error.retryable


def test_answers_that_are_no_stamp(tsa: TestAuthority) -> None:
    other = TestAuthority("evil")
    cases: list[tuple[Callable[[bytes], bytes], int, type[EvidenceError]]] = [
        (lambda _: b"", 200, TokenFormatError),
        (lambda _: b"<html>", 200, TokenFormatError),
        (lambda _: b"\x30\x80", 200, TokenFormatError),
        (lambda _: bytes(2 << 20), 200, TokenFormatError),
        (lambda query: tsa.answer(query)[:-1], 200, TokenFormatError),
        (lambda query: tsa.answer(query) + b"\0", 200, TokenFormatError),
        (lambda _: tsa.answer(b"junk"), 200, AuthorityRefusedError),
        (tsa.answer, 403, AuthorityRefusedError),
        (tsa.answer, 503, AuthorityUnreachableError),
        (other.answer, 200, TokenUntrustedError),
        (lambda query: tsa.answer(query.replace(query[-30:-25], b"xxxxx")), 200, EvidenceError),
    ]
    for answer, status, kind in cases:
        assert isinstance(asked(tsa, answer, status), kind), (answer, kind)


def test_a_server_that_drips(tsa: TestAuthority) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        stop = threading.Event()

        def drip() -> None:
            connection, _ = server.accept()
            with connection, suppress(OSError):
                connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
                while not stop.wait(0.05):
                    connection.sendall(b"x")

        thread = threading.Thread(target=drip)
        thread.start()
        url = f"http://127.0.0.1:{server.getsockname()[1]}/"
        began = time.monotonic()
        report = request_stamps(DATA, [Rfc3161Authority("x", url, tsa.roots_pem, timeout=0.2)], k=1)
        assert time.monotonic() - began < 5
        stop.set()
        thread.join()
    assert isinstance(report.outcomes[0].error, AuthorityUnreachableError | TokenFormatError)


def test_a_recorded_answer_played_again(tsa: TestAuthority) -> None:
    kept: list[bytes] = []

    def replay(query: bytes) -> bytes:
        kept.append(tsa.answer(query))
        return kept[0]

    with answering(replay) as url:
        authority = Rfc3161Authority("x", url, tsa.roots_pem)
        assert request_stamps(DATA, [authority], k=1).state == "complete"
        error = request_stamps(DATA, [authority], k=1).outcomes[0].error
        assert isinstance(error, TokenMismatchError)
        error = request_stamps(b"other bytes", [authority], k=1).outcomes[0].error
        assert isinstance(error, TokenMismatchError)


def test_a_self_made_authority_that_brings_its_root(tsa: TestAuthority) -> None:
    """rfc3161-client 1.0.7 and 1.0.8 accepted such tokens."""
    evil = Authority("evil", embed_root=True)
    authority = Rfc3161Authority("x", "http://127.0.0.1:9/", tsa.roots_pem)
    tsr = evil.stamp(DATA, now().replace(microsecond=0), nonce=7)
    with pytest.raises(TokenUntrustedError):
        authority.check(DATA, b"", tsr, 7, received_at=now())


def pem(der: bytes) -> bytes:
    return ssl.DER_cert_to_PEM_cert(der).encode()


@pytest.mark.parametrize("kind", ["p256", "p384", "rsa", "sm2"])
def test_other_algorithms(kind: str) -> None:
    hashed_by = "sm3" if kind == "sm2" else "sha256"
    maker = Authority("x", kind=kind, hashed_by=hashed_by)
    authority = Rfc3161Authority("x", "http://127.0.0.1:9/", pem(maker.root))
    given = authority.check(DATA, b"", maker.stamp(DATA, now().replace(microsecond=0), nonce=7), 7, received_at=now())
    assert not given.test
    with pytest.raises(TokenMismatchError):
        authority.check(DATA, b"", maker.stamp(DATA, now().replace(microsecond=0), nonce=8), 7, received_at=now())


def test_a_clock_that_is_off() -> None:
    for shift in (timedelta(minutes=6), -timedelta(minutes=6)):
        with TestAuthority(clock=lambda shift=shift: now() + shift) as skewed:
            authority = Rfc3161Authority("x", skewed.url, skewed.roots_pem)
            error = request_stamps(DATA, [authority], k=1).outcomes[0].error
            assert isinstance(error, ClockDisagreesError)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_single_bit_mutations_never_pass(tsa: TestAuthority, data: st.DataObject) -> None:
    authority = Rfc3161Authority("x", tsa.url, tsa.roots_pem)
    good = _GOOD.setdefault(tsa.url, request_stamps(DATA, [authority], k=1).stamps[0])
    changed = bytearray(good.tsr)
    changed[data.draw(st.integers(0, len(changed) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    with suppress(EvidenceError):
        again = authority.check(DATA, good.tsq, bytes(changed), good.nonce, received_at=now())
        # what both engines let through says the same: an unsigned certificate of the chain, at most
        assert (again.gen_time, again.policy, again.serial) == (good.gen_time, good.policy, good.serial)


_GOOD: dict[str, Stamp] = {}


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=300))
def test_any_answer_is_an_evidence_error(answer: bytes) -> None:
    with pytest.raises(EvidenceError):
        _AUTHORITY.check(DATA, b"", answer, 7, received_at=now())


_AUTHORITY = Rfc3161Authority("x", "http://127.0.0.1:9/", TestAuthority().roots_pem)


@pytest.mark.parametrize("url", ["", "ftp://x/", "http://", "http://u:p@h/", "http://h:99999/", "x"])
def test_bad_addresses(tsa: TestAuthority, url: str) -> None:
    with pytest.raises(FactsRefusedError):
        open_authority("x", url, tsa.roots_pem)
    with pytest.raises(FactsRefusedError):
        Rfc3161Authority("x", url, tsa.roots_pem)


@pytest.mark.parametrize("roots", [b"", b"junk", b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"])
def test_bad_roots(roots: bytes, tmp_path: Path) -> None:
    (tmp_path / "r").write_bytes(roots)
    for source in (roots, tmp_path / "r", tmp_path / "none", tmp_path):
        with pytest.raises(RootsFileError):
            open_authority("x", "http://127.0.0.1/", source)


def test_bad_names(tsa: TestAuthority) -> None:
    for name in ("", "A", "a/b", "x" * 33):
        with pytest.raises(NameRefusedError):
            Rfc3161Authority(name, tsa.url, tsa.roots_pem)


@pytest.mark.parametrize("kind", sorted(AUTHORITIES))
def test_contract_of_every_adapter(tsa: TestAuthority, kind: str) -> None:
    """Who is away, or asked by a person, is an error of the tree; bad settings are refused when they are read."""
    authority = open_authority("x", "http://127.0.0.1:9/", tsa.roots_pem, kind=kind)
    assert (authority.name, authority.kind) == ("x", kind)
    with pytest.raises(ByHandError if authority.by_hand else AuthorityUnreachableError) as failure:
        authority.stamp(DATA, now=now)
    assert failure.value.retryable is not authority.by_hand
    with pytest.raises(NameRefusedError):
        open_authority("A", "http://127.0.0.1:9/", tsa.roots_pem, kind=kind)
    with pytest.raises((FactsRefusedError, TypeError)):
        open_authority("x", "http://127.0.0.1:9/", tsa.roots_pem, kind=kind, options={"other": "1"})
    if kind != "chain-receipt":
        with pytest.raises(RootsFileError):
            open_authority("x", "http://127.0.0.1:9/", b"", kind=kind)
    with pytest.raises(FactsRefusedError):
        open_authority("x", "http://127.0.0.1:9/", tsa.roots_pem, kind="other")


def json_answer(tsa: TestAuthority, *, bare: bool = False) -> Callable[[bytes], bytes]:
    def answer(body: bytes) -> bytes:
        asked = json.loads(body)
        assert asked["app"]["id"] == "a-1"
        if "hash" in asked["app"]:
            query = tsp.TimeStampReq(
                {
                    "version": "v1",
                    "cert_req": True,
                    "message_imprint": {
                        "hash_algorithm": {"algorithm": "sha256"},
                        "hashed_message": bytes.fromhex(asked["app"]["hash"]),
                    },
                }
            ).dump()
        else:
            query = base64.b64decode(asked["app"]["tsq"])
        tsr = tsa.answer(query)
        if bare:
            tsr = tsp.TimeStampResp.load(tsr)["time_stamp_token"].dump()
        return json.dumps({"code": 0, "data": {"tst": base64.b64encode(tsr).decode()}}).encode()

    return answer


@pytest.mark.parametrize("field", ["request_field", "digest_field"])
@pytest.mark.parametrize("bare", [False, True])
def test_a_token_wrapped_in_json(tsa: TestAuthority, tmp_path: Path, field: str, bare: bool) -> None:
    paths = {"request_field": "app.tsq", "digest_field": "app.hash"}
    options = {field: paths[field], "token_field": "data.tst", "fixed": {"app": {"id": "a-1"}}}
    with answering(json_answer(tsa, bare=bare)) as url:
        authority = open_authority("x", url, tsa.roots_pem, kind="json-wrapped", options=options)
        package = sealed(tmp_path)
        assert stamp(package, [authority], now=now).state == "stamped"
    assert [group.entry["kind"] for group in read_groups(package)] == ["json-wrapped"]
    assert [check.number for check in verify(package.path, None).failures] == []


@pytest.mark.parametrize(
    "answer", [b"", b"[]", b"{}", b'{"data":5}', b'{"data":{"tst":"%%"}}', b'{"data":{"tst":"AAAA"}}', b"[" * 5000]
)
def test_json_that_holds_no_token(tsa: TestAuthority, answer: bytes) -> None:
    with answering(lambda _body: answer) as url:
        authority = open_authority("x", url, tsa.roots_pem, kind="json-wrapped", options={"token_field": "data.tst"})
        assert isinstance(request_stamps(DATA, [authority], k=1).outcomes[0].error, TokenFormatError)


def test_a_token_a_person_brings(tsa: TestAuthority) -> None:
    """The exported request is answered elsewhere; hours later the answer is imported, in any of the usual shapes."""
    authority = ManualAuthority("x", "https://portal.invalid/", tsa.roots_pem)
    request = request_of(DATA)
    assert request == request_of(DATA)
    tsr = tsa.answer(request)
    bare = tsp.TimeStampResp.load(tsr)["time_stamp_token"].dump()
    shapes = (
        tsr,
        bare,
        base64.encodebytes(tsr),
        b"-----BEGIN PKCS7-----\n" + base64.encodebytes(bare) + b"-----END PKCS7-----",
    )
    for brought in shapes:
        taken = take_in(authority, DATA, brought, now=lambda: now() + timedelta(hours=30))
        assert (taken.kind, taken.nonce) == ("manual-import", None)
    with pytest.raises(TokenMismatchError):
        take_in(authority, b"other bytes", tsr, now=now)
    with pytest.raises(ClockDisagreesError):
        take_in(authority, DATA, tsr, now=lambda: now() - timedelta(hours=1))
    for rubbish in (b"", b"0", b"\x30\x80", b"not base64!", bytes(100)):
        with pytest.raises(EvidenceError):
            take_in(authority, DATA, rubbish, now=now)


def test_a_receipt_is_attached_and_no_stamp() -> None:
    chain = ChainReceipt("chain", "https://chain.invalid/")
    for receipt, known in ((hashlib.sha256(DATA).hexdigest().upper().encode(), True), (b"%PDF-1.7", False)):
        voucher = chain.attach(DATA, receipt, number="No. 7", now=now)
        assert voucher.names_digest is known
        assert voucher.to_json()["counts_as_stamp"] is False
    for receipt, number in ((b"", "7"), (b"x", ""), (b"x", "7\n8"), (bytes(5 << 20), "7")):
        with pytest.raises(FactsRefusedError):
            chain.attach(DATA, receipt, number=number, now=now)


def test_revocation_is_collected_and_heeded(tmp_path: Path) -> None:
    with TestAuthority() as authority:
        asked = Rfc3161Authority("x", authority.url, authority.roots_pem)
        package = sealed(tmp_path)
        assert stamp(package, [asked], now=now).state == "stamped"
        assert package.read("seal/tsa/01-x.crl").startswith(b"-----BEGIN X509 CRL-----")
        facts: Any = verify(package.path, None).to_json()
        assert [one["revocation"] for one in facts["timestamps"]] == [True]
        authority.revoked_at = now() - timedelta(hours=1)
        error = request_stamps(DATA, [asked], k=1, now=now).outcomes[0].error
        assert isinstance(error, TokenRevokedError)
        away = Rfc3161Authority("x", authority.url, authority.roots_pem, fetch=unreachable)
        assert request_stamps(DATA, [away], k=1, now=now).stamps[0].crl == b"", (
            "a list that cannot be had stops no stamp"
        )


def unreachable(url: str) -> bytes:
    raise AuthorityUnreachableError(url)


def test_a_stamp_of_a_forgotten_authority_says_so(tsa: TestAuthority, tmp_path: Path) -> None:
    """A crash left it out of the index and its authority is gone from the settings: how it came is not known."""
    package = sealed(tmp_path)
    stamp(package, [Rfc3161Authority("a", tsa.url, tsa.roots_pem)])
    (package.path / "seal/tsa/index.json").unlink()
    stamp(package, [])
    (group,) = read_groups(package)
    assert group.entry["kind"] == "unknown"
    assert any(path.endswith(".crl") for path in group.files)


def test_stamps_in_a_folder(tsa: TestAuthority, tmp_path: Path) -> None:
    package = sealed(tmp_path, tsa_policy={"k": 1, "n": 2, "names": ["a", "b"]})
    dead = Rfc3161Authority("b", "http://127.0.0.1:9/", tsa.roots_pem)
    first = stamp(package, [Rfc3161Authority("a", tsa.url, tsa.roots_pem), dead], now=now)
    assert first.state == "stamped"
    kept = package.read("seal/tsa/01-a.tsr")
    again = stamp(
        package, [Rfc3161Authority("a", tsa.url, tsa.roots_pem), Rfc3161Authority("b", tsa.url, tsa.roots_pem)]
    )
    assert [outcome.name for outcome in again.outcomes] == ["b"]
    assert again.state == "complete"
    assert package.read("seal/tsa/01-a.tsr") == kept
    assert [group.name for group in read_groups(package)] == ["a", "b"]
    assert sorted(item.name for item in (package.path / "seal/tsa").iterdir()) == sorted(
        ["index.json"]
        + [f"{stem}{end}" for stem in ("01-a", "02-b") for end in (".crl", ".tsq", ".tsr", "-chain.pem", "-roots.pem")]
    )
    assert stamp(package, []).state == "complete"


def test_no_authority_leaves_the_folder_alone(tmp_path: Path) -> None:
    package = sealed(tmp_path)
    before = {item: item.stat().st_mtime_ns for item in package.path.rglob("*")}
    assert stamp(package, []).state == "self-timed"
    assert {item: item.stat().st_mtime_ns for item in package.path.rglob("*")} == before


def test_disk_fails_while_stamps_are_laid_down(tsa: TestAuthority, tmp_path: Path) -> None:
    authority = Rfc3161Authority("test-tsa", tsa.url, tsa.roots_pem)
    count = FaultyPort()
    stamp(sealed(tmp_path / "count"), [authority], port=count)
    for at in range(1, count.count + 1, 3):
        package = sealed(tmp_path / str(at))
        with suppress(StorageError):
            stamp(package, [authority], port=FaultyPort(at))
        (package.path / f".tagmanifest-sha256.txt.{at:012x}.tmp").write_bytes(b"left by a kill")
        assert stamp(package, [authority]).state == "complete"
        assert len(read_groups(package)) == 1
        assert len(list((package.path / "seal/tsa").iterdir())) == 6
        assert verify(package.path, None).verdict == "UNTRUSTED-KEYS"


def test_rubbish_beside_the_stamps(tsa: TestAuthority, tmp_path: Path) -> None:
    """A token about other bytes is neither taken in nor thrown away."""
    package, other = sealed(tmp_path / "1"), sealed(tmp_path / "2")
    for one in (package, other):
        stamp(one, [Rfc3161Authority("a", tsa.url, tsa.roots_pem)])
    for end in (".tsq", ".tsr", "-chain.pem", "-roots.pem"):
        (package.path / f"seal/tsa/07-b{end}").write_bytes(other.read(f"seal/tsa/01-a{end}"))
    stamp(package, [])
    assert [group.name for group in read_groups(package)] == ["a"]
    assert (package.path / "seal/tsa/07-b.tsr").exists()


@pytest.mark.parametrize(
    "index",
    [
        b"",
        b"{}",
        b"[]",
        b'{"schema":"bianwu/tsa-index/1","stamps":[{}]}',
        b'{"schema":"bianwu/tsa-index/1","stamps":5}',
        b'{"schema":"other","stamps":[]}',
        b'{"schema":"bianwu/tsa-index/1","stamps":[null]}',
    ],
)
def test_malformed_index(tmp_path: Path, index: bytes) -> None:
    package = sealed(tmp_path)
    (package.path / "seal/tsa").mkdir()
    (package.path / "seal/tsa/index.json").write_bytes(index)
    with pytest.raises(TokenFormatError):
        stamp(package, [])


def test_index_that_names_missing_files(tsa: TestAuthority, tmp_path: Path) -> None:
    package = sealed(tmp_path)
    stamp(package, [Rfc3161Authority("a", tsa.url, tsa.roots_pem)])
    (package.path / "seal/tsa/01-a.tsr").unlink()
    with pytest.raises(StorageError):
        read_groups(package)
