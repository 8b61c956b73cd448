"""Keys and signed notes: C2SP's example, round trips, and everything that must not pass."""

import base64
import contextlib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evidence_store.errors import EvidenceError, KeyFileError, NoteError
from evidence_store.failures import SignatureError
from evidence_store.signing import Signer, VerifierKey, assemble_note, parse_note

# https://pkg.go.dev/golang.org/x/mod/sumdb/note: the key pair and note of its documentation
GO_SKEY = "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz\n"
GO_VKEY = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
GO_TEXT = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n"
GO_NOTE = GO_TEXT + (
    "\n— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
)
SIGNER = Signer("sealer.example", bytes(range(32)))
NAMES = st.from_regex(r"[a-zé正.0-9/_-]{1,20}", fullmatch=True)
TEXTS = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=60).map(lambda text: (text + "\n").encode())


def write(path: Path, text: str, mode: int = 0o600) -> Path:
    path.write_text(text)
    path.chmod(mode)
    return path


def test_the_note_of_go(tmp_path: Path) -> None:
    signer = Signer.load(write(tmp_path / "key", GO_SKEY))
    assert signer.verifier_key == GO_VKEY
    assert signer.sign_note(GO_TEXT.encode()).decode() == GO_NOTE
    parse_note(GO_NOTE.encode()).require([VerifierKey.parse(GO_VKEY)])


@settings(max_examples=60, deadline=None)
@given(NAMES, st.binary(min_size=32, max_size=32), TEXTS)
def test_round_trip(name: str, seed: bytes, text: bytes) -> None:
    signer = Signer(name, seed)
    note = parse_note(signer.sign_note(text))
    assert note.text == text
    assert note.verified_by([signer.key]) == (signer.key,)
    assert VerifierKey.parse(signer.verifier_key) == signer.key
    assert assemble_note(note.text, note.signatures) == signer.sign_note(text)


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_changed_notes_never_verify(data: st.DataObject) -> None:
    good = SIGNER.sign_note(b"line one\n\nline three\n")
    at = data.draw(st.integers(0, len(good) - 1))
    changed = bytearray(good)
    changed[at] ^= data.draw(st.integers(1, 255))
    try:
        note = parse_note(bytes(changed))
        signed = note.verified_by([SIGNER.key])
    except EvidenceError:
        return
    assert not signed


def test_unknown_signatures_are_ignored_known_ones_must_hold() -> None:
    other = Signer("other.example", bytes(32))
    text = b"text\n"
    mine = (SIGNER.name, SIGNER.key.key_id + SIGNER.sign(text))
    strange = (other.name, other.key.key_id + b"\x00" * 64)
    note = parse_note(assemble_note(text, [strange, mine]))
    note.require([SIGNER.key])
    with pytest.raises(SignatureError):
        note.require([SIGNER.key, other.key])
    with pytest.raises(SignatureError):
        note.require([Signer("third.example", bytes(32)).key])
    with pytest.raises(SignatureError):
        note.require([])


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"text\n",
        b"text\n\n",
        b"text\n\nno dash\n",
        "text\n\n— a !!!!\n".encode(),
        "text\n\n— a AAAA\n".encode(),
        "text\n\n— a b c d\n".encode(),
        "text\n\n— a+b AAAAAAAAAAA=\n".encode(),
        "text\n\n— a AAAAAAAAAAB=\n".encode(),
        "te\x01xt\n\n— a AAAAAAAAAAA=\n".encode(),
        "text\n\n— a AAAAAAAAAAA=".encode(),
        b"\xff\n\n\xe2\x80\x94 a AAAAAAAAAAA=\n",
        b"text\n\n\xff a AAAAAAAAAAA=\n",
        b"x\n" * (1 << 19) + b"\n",
        ("t\n\n" + "— a AAAAAAAAAAA=\n" * 101).encode(),
    ],
)
def test_not_notes(data: bytes) -> None:
    with pytest.raises(NoteError):
        parse_note(data).require([SIGNER.key])


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a",
        "a+b",
        GO_VKEY.replace("c74f20a3", "c74f20a4"),
        GO_VKEY.replace("+ARpc", "+AhpC"),
        GO_VKEY + "=",
        "a b+00000000+" + base64.b64encode(b"\x01" + bytes(32)).decode(),
        "a+00000000+" + base64.b64encode(b"\x01" + bytes(31)).decode(),
    ],
)
def test_not_verifier_keys(text: str) -> None:
    with pytest.raises(NoteError):
        VerifierKey.parse(text)


@pytest.mark.parametrize("name", ["", "a b", "a+b", "a\n", "\ud800", "x" * 129])
def test_not_key_names(name: str) -> None:
    with pytest.raises(NoteError):
        Signer.generate(name)


def test_text_must_be_a_text() -> None:
    for text in (b"", b"no line feed", b"\x00\n", b"\xff\n"):
        with pytest.raises(NoteError):
            SIGNER.sign_note(text)


def test_key_files(tmp_path: Path) -> None:
    path = tmp_path / "k"
    SIGNER.save(path)
    assert path.stat().st_mode & 0o777 == 0o600
    assert Signer.load(path).verifier_key == SIGNER.verifier_key
    with pytest.raises(KeyFileError):
        Signer.generate("x").save(path)
    assert Signer.load(path).verifier_key == SIGNER.verifier_key
    assert "PRIVATE" not in repr(SIGNER)
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize(
    ("text", "mode"),
    [
        (GO_SKEY, 0o644),
        (GO_SKEY, 0o640),
        ("", 0o600),
        ("PRIVATE+KEY+a+b", 0o600),
        (GO_SKEY.replace("PRIVATE", "PUBLIC"), 0o600),
        (GO_SKEY.replace("c74f20a3", "c74f20a4"), 0o600),
        (GO_SKEY.replace("PeterNeumann", "Peter Neumann"), 0o600),
        ("x" * 10_000, 0o600),
    ],
)
def test_bad_key_files(tmp_path: Path, text: str, mode: int) -> None:
    with pytest.raises(KeyFileError):
        Signer.load(write(tmp_path / "k", text, mode))


def test_key_paths_that_are_no_files(tmp_path: Path) -> None:
    real = write(tmp_path / "real", GO_SKEY)
    (tmp_path / "link").symlink_to(real)
    for path in (tmp_path / "none", tmp_path, tmp_path / "link"):
        with pytest.raises(KeyFileError):
            Signer.load(path)


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=200))
def test_any_bytes(data: bytes) -> None:
    for parse in (parse_note, lambda raw: VerifierKey.parse(raw.decode("latin-1"))):
        with contextlib.suppress(EvidenceError):
            parse(data)
