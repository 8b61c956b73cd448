"""The witness relay: sees where ciphertext goes and nothing of it, and its receipt bears out a visit or does not."""

import asyncio
import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from capture import Browser, CaptureRequest, CaptureResult, capture
from capture.guard import RelayPolicy
from capture.models import Witness
from capture.relay_model import UNOPENED, Connection
from capture.signed_note import VerifierKey, open_note
from capture.witness import bear_out, read_receipt
from capture.witness_relay import WitnessRelay
from evidence_store import Signer
from tests.capture.netkit import Authority
from tests.capture.sites import Server, serve

TOKEN, NAME, SESSION = "token-of-32-printable-characters", "witness.test", "ab" * 16
SHOWN = f"Proxy-Authorization: Bearer {TOKEN}\r\n"
NAMED = f"Bianwu-Session: {SESSION}\r\n"
NOW = datetime(2026, 11, 16, tzinfo=UTC)


@contextmanager
def witness(folder: Path, *allow: str) -> Iterator[Witness]:
    """A witness relay on loopback, in a loop of its own."""
    signer = Signer.generate(NAME)
    relay = WitnessRelay(signer, TOKEN, folder / "receipts.jsonl", RelayPolicy(allow_hosts=frozenset(allow)))
    listener = socket.create_server(("127.0.0.1", 0))
    loop = asyncio.new_event_loop()
    task = loop.create_task(relay.serve(listener))
    thread = threading.Thread(target=lambda: loop.run_until_complete(asyncio.gather(task, return_exceptions=True)))
    thread.start()
    try:
        yield Witness(f"127.0.0.1:{listener.getsockname()[1]}", TOKEN, signer.verifier_key)
    finally:
        loop.call_soon_threadsafe(task.cancel)
        thread.join()
        listener.close()
        loop.close()


def ask(witness: Witness, head: str) -> bytes:
    """Say something to the witness and hear it out."""
    host, _, port = witness.address.rpartition(":")
    with socket.create_connection((host, int(port)), timeout=5) as sock:
        sock.sendall(head.encode())
        answer = b""
        while block := sock.recv(65536):
            answer += block
    return answer


@contextmanager
def tls_site(folder: Path) -> Iterator[tuple[Server, Authority]]:
    authority = Authority(folder)
    with serve(authority.server("127.0.0.1", with_root=True)) as site:
        yield site, authority


def visit(folder: Path, site: Server, authority: Authority, seen_by: Witness) -> CaptureResult:
    request = CaptureRequest(
        site.url("/counted"),
        folder / "out",
        allow_hosts=frozenset((site.key,)),
        extra_roots=(authority.root,),
        ntp_servers=(),
        second_pass=True,
        witness=seen_by,
    )
    with Browser(extra_roots=(authority.root,)) as own:
        return capture(request, browser=own)


@pytest.mark.browser
def test_a_receipt_bears_out_the_second_visit(tmp_path: Path) -> None:
    with tls_site(tmp_path) as (site, authority), witness(tmp_path, site.key) as seen_by:
        result = visit(tmp_path, site, authority, seen_by)
    block: Any = result.facts["grade"]
    assert block["reasons"] == ["override.root", "second.agrees", "witness.own"]
    note = result.files["second/witness.note"].read_text(encoding="utf-8")
    assert json.loads((tmp_path / "receipts.jsonl").read_text(encoding="utf-8")) == {"note": note}
    text = open_note(note, VerifierKey.parse(seen_by.key))
    connections = json.loads(text.partition("\n")[2])["connections"]
    assert {row["ip"] for row in connections} == {"127.0.0.1"}
    assert TOKEN not in note
    assert "奶酪棒" not in note
    package = "".join(path.read_text(encoding="utf-8", errors="ignore") for path in result.files.values())
    assert TOKEN not in package


@pytest.mark.browser
def test_a_witness_with_another_key_proves_nothing(tmp_path: Path) -> None:
    other = Signer.generate(NAME).verifier_key
    with tls_site(tmp_path) as (site, authority), witness(tmp_path, site.key) as seen_by:
        result = visit(tmp_path, site, authority, replace(seen_by, key=other))
    block: Any = result.facts["grade"]
    assert block["reasons"] == ["override.root", "second.agrees", "witness.unproven"]
    assert result.state == "COMPLETE"


@pytest.mark.parametrize(
    ("head", "status"),
    [
        ("CONNECT 127.0.0.1:1 HTTP/1.1\r\n\r\n", 403),
        (f"CONNECT 127.0.0.1:1 HTTP/1.1\r\nProxy-Authorization: Bearer x\r\nBianwu-Session: {SESSION}\r\n\r\n", 403),
        (f"CONNECT 127.0.0.1:1 HTTP/1.1\r\n{SHOWN}\r\n", 400),
        (f"CONNECT 127.0.0.1:1 HTTP/1.1\r\n{SHOWN}Bianwu-Session: ../x\r\n\r\n", 400),
        (f"CONNECT 10.0.0.1:443 HTTP/1.1\r\n{SHOWN}{NAMED}\r\n", 502),
        (f"CONNECT a b HTTP/1.1\r\n{SHOWN}{NAMED}\r\n", 400),
        (f"GET /receipt/{SESSION} HTTP/1.1\r\nAuthorization: Bearer {TOKEN}\r\n\r\n", 404),
        (f"POST /receipt/{SESSION} HTTP/1.1\r\nAuthorization: Bearer {TOKEN}\r\n\r\n", 404),
        ("GET http://127.0.0.1/ HTTP/1.1\r\n\r\n", 403),
        ("nonsense\r\n\r\n", 400),
    ],
)  # fmt: skip
def test_what_is_refused(tmp_path: Path, head: str, status: int) -> None:
    with witness(tmp_path) as relay:
        assert ask(relay, head).startswith(f"HTTP/1.1 {status} ".encode())


def test_a_receipt_is_given_once_and_names_what_failed(tmp_path: Path) -> None:
    allowed = "127.0.0.1:9"
    connect = f"CONNECT {allowed} HTTP/1.1\r\n{SHOWN}{NAMED}\r\n"
    receipt = f"GET /receipt/{SESSION} HTTP/1.1\r\nAuthorization: Bearer {TOKEN}\r\n\r\n"
    with witness(tmp_path, allowed) as relay:
        assert b" 502 " in ask(relay, connect)
        note = ask(relay, receipt).partition(b"\r\n\r\n")[2].decode()
        assert read_receipt(note, relay.key, SESSION)["connections"][0]["error"] == "capture.connection_failed"
        with pytest.raises(ValueError, match="another session"):
            read_receipt(note, relay.key, "cd" * 16)
        assert b" 404 " in ask(relay, receipt)


def connection(**changes: Any) -> Connection:
    return replace(Connection(1, "a.test", 443, NOW, ip="203.0.113.7", verdict=UNOPENED, bytes_in=10, bytes_out=5,
                              sha256_in="i", sha256_out="o"), **changes)  # fmt: skip


def row(**changes: Any) -> dict[str, Any]:
    return {"host": "a.test", "port": 443, "ip": "203.0.113.7", "bytes_in": 10, "bytes_out": 5, "sha256_in": "i",
            "sha256_out": "o", **changes}  # fmt: skip


@pytest.mark.parametrize(
    ("ours", "theirs", "proves"),
    [
        ([connection()], [row()], True),
        ([connection(), connection(host="cdn.test", sha256_in="x")], [row(), row(host="cdn.test")], True),
        ([connection(), connection(host="cdn.test")], [row()], False),
        ([connection()], [row(sha256_in="other")], False),
        ([connection()], [row(ip="198.51.100.1")], False),
        ([connection()], [], False),
        ([], [row()], False),
        ([connection()], ["nonsense", None, {}], False),
    ],
)
def test_what_bears_out_a_visit(ours: list[Connection], theirs: list[Any], proves: bool) -> None:
    found = bear_out({"connections": theirs}, ours, "a.test")
    assert found.proves == proves
    assert bool(found.problem) == (not proves)


@given(st.text(alphabet=st.characters(min_codepoint=32, exclude_categories=["Cs", "Cc"]), max_size=200))
def test_a_note_opens_with_its_key_alone(text: str) -> None:
    key, other = Signer.generate(NAME), Signer.generate(NAME)
    note = key.sign_note(f"{text}\n".encode()).decode()
    assert open_note(note, VerifierKey.parse(key.verifier_key)) == f"{text}\n"
    assert str(VerifierKey.parse(key.verifier_key)) == key.verifier_key
    for wrong in (other, Signer.generate("other")):
        with pytest.raises(ValueError, match="sign"):
            open_note(note, VerifierKey.parse(wrong.verifier_key))
    with pytest.raises(ValueError, match=r"."):
        open_note("x" + note, VerifierKey.parse(key.verifier_key))


@pytest.mark.parametrize("text", ["", "a+b", "a+00000000+AQ==", "a b+00000000+AAAA", "中+xx+!!"])
def test_what_is_no_verifier_key(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        VerifierKey.parse(text)
