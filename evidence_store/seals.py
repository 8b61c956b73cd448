"""What a seal says about itself: the text of its note, its leaf in the log, how far it has come."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from evidence_store import layout
from evidence_store.digests import sha256_hex, sm3_hex
from evidence_store.errors import PackageFormatError
from evidence_store.package import Package
from evidence_store.signing import VerifierKey, parse_note
from evidence_store.stamps import stamp_state

StateName = Literal["stored", "logged", "stamped", "complete"]


def note_text(seal_sha256: bytes, seal_sm3: bytes) -> bytes:
    """Return the text a sealer signs."""
    return seal_sha256 + f"sm3 {sm3_hex(seal_sm3)}\n".encode()


def check_note(package: Package) -> None:
    """Check that the signer named in seal.json signed this seal; whether to trust it is the reader's trust.json.

    Raises:
        PackageFormatError: No signer is named, or the note is about another seal.
        NoteError, SignatureError: The note is malformed or its signature wrong.
    """
    signer = package.seal.get("signer")
    vkey = signer.get("vkey") if isinstance(signer, Mapping) else None
    if not isinstance(vkey, str):
        raise PackageFormatError("seal.json names no signer")
    note = parse_note(package.read(layout.SEAL_NOTE))
    if note.text != note_text(package.read(layout.SEAL_SHA256), package.read(layout.SEAL_SM3)):
        raise PackageFormatError("seal.note is about another seal")
    note.require([VerifierKey.parse(vkey)])


def seal_leaf(seal: Mapping[str, Any], seal_sha256: bytes, seal_sm3: bytes) -> dict[str, Any]:
    """Return the log leaf of a package: a function of the package alone, so logging it twice gives one leaf."""
    return {
        "v": 1,
        "t": "seal",
        "at": seal.get("sealed_at"),
        "ref": seal.get("seal_id"),
        "h256": sha256_hex(seal_sha256),
        "hsm3": sm3_hex(seal_sm3),
    }


@dataclass(frozen=True, slots=True)
class SealState:
    """How far a package has come: the weakest link.

    Attributes:
        name: stored → logged → stamped → complete.
        stamps: The lines of its stamps' table of contents.
        k: Stamps wanted for "stamped".
        n: Stamps wanted for "complete".
        self_timed: Whether its time is only self-declared (自述时间).
        test: Whether any of its stamps is a 测试时间戳.
        log_index: Position in the log, or None.
    """

    name: StateName
    stamps: tuple[Mapping[str, Any], ...]
    k: int
    n: int
    self_timed: bool
    test: bool
    log_index: int | None


def seal_state(seal: Mapping[str, Any], stamps: Sequence[Mapping[str, Any]], log_index: int | None) -> SealState:
    """Return the state of a package from its seal.json, its stamps and its place in the log."""
    policy = seal.get("tsa_policy")
    if not isinstance(policy, Mapping) or type(policy.get("k")) is not int or not isinstance(policy.get("names"), list):
        raise PackageFormatError("seal.json has no tsa_policy")
    timed = stamp_state([str(stamp["name"]) for stamp in stamps], policy["k"], policy["names"])
    name: StateName = "stored"
    if log_index is not None:
        name = "logged" if timed == "self-timed" else timed
    return SealState(
        name=name,
        stamps=tuple(stamps),
        k=policy["k"],
        n=len(policy["names"]),
        self_timed=timed == "self-timed",
        test=any(stamp["test"] is True for stamp in stamps),
        log_index=log_index,
    )
