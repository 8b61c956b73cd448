"""Checkpoints and proof files, byte by byte, and what is not one."""

import base64

import pytest

from evidence_store import merkle
from evidence_store.checkpoint import Checkpoint, GrowthProof, InclusionProof
from evidence_store.errors import CheckpointError, ProofError
from evidence_store.signing import Signer

SIGNER = Signer("log.example", bytes(range(32)))
ROOT = merkle.leaf_hash(b"x")
HEAD = Checkpoint.sign(SIGNER, 1, ROOT)
HASH = base64.b64encode(bytes(32)).decode()


def note(text: str) -> bytes:
    return SIGNER.sign_note(text.encode())


def test_the_bytes() -> None:
    root = base64.b64encode(ROOT).decode()
    assert HEAD.signed.startswith(f"log.example\n1\n{root}\n\n— log.example ".encode())
    proof = InclusionProof(0, (bytes(32),), HEAD)
    assert proof.to_bytes() == f"c2sp.org/tlog-proof@v1\nindex 0\n{HASH}\n\n".encode() + HEAD.signed
    assert InclusionProof(0, (), HEAD).to_bytes() == b"c2sp.org/tlog-proof@v1\nindex 0\n\n" + HEAD.signed
    assert GrowthProof(1, (bytes(32),), HEAD).to_bytes() == f"old 1\n{HASH}\n\n".encode() + HEAD.signed


def test_round_trips() -> None:
    assert Checkpoint.parse(HEAD.signed) == HEAD
    assert HEAD.note.text == HEAD.text
    for hashes in ((), (bytes(32), ROOT)):
        assert InclusionProof.parse(InclusionProof(7, hashes, HEAD).to_bytes()) == InclusionProof(7, hashes, HEAD)
        assert GrowthProof.parse(GrowthProof(7, hashes, HEAD).to_bytes()) == GrowthProof(7, hashes, HEAD)
    InclusionProof(0, (), HEAD).check(b"x")
    with pytest.raises(ProofError):
        InclusionProof(0, (), HEAD).check(b"y")
    with pytest.raises(ProofError):
        GrowthProof(2, (), HEAD).check(ROOT)


@pytest.mark.parametrize(
    "text",
    [
        "log\n1\n",
        f"log\n1\n{HASH}\nextension\n",
        f"\n1\n{HASH}\n",
        f"log\n01\n{HASH}\n",
        f"log\n-1\n{HASH}\n",
        f"log\n１\n{HASH}\n",
        f"log\n{'9' * 30}\n{HASH}\n",
        f"log\n1\n{HASH[:-4]}\n",
        "log\n1\n!!!!\n",
        f"log\n1\n{HASH[:-2]}B=\n",
    ],
)
def test_not_checkpoints(text: str) -> None:
    with pytest.raises(CheckpointError):
        Checkpoint.parse(note(text))
    with pytest.raises(ProofError):
        InclusionProof.parse(b"c2sp.org/tlog-proof@v1\nindex 0\n\n" + note(text))


@pytest.mark.parametrize(
    "head",
    [
        b"",
        b"c2sp.org/tlog-proof@v1",
        b"c2sp.org/tlog-proof@v2\nindex 0",
        b"c2sp.org/tlog-proof@v1\nextra AAAA\nindex 0",
        b"c2sp.org/tlog-proof@v1\nindex 00",
        b"c2sp.org/tlog-proof@v1\nindex x",
        b"c2sp.org/tlog-proof@v1\nindex 0\nAAAA",
        b"c2sp.org/tlog-proof@v1\nindex 0\n\xff",
        b"c2sp.org/tlog-proof@v1\nindex 0" + f"\n{HASH}".encode() * 64,
        b"old",
        b"old -1",
    ],
)
def test_not_proofs(head: bytes) -> None:
    for parse in (InclusionProof.parse, GrowthProof.parse):
        with pytest.raises(ProofError):
            parse(head + b"\n\n" + HEAD.signed)
        with pytest.raises(ProofError):
            parse(head)
