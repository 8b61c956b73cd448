"""Checks 1, 10 and 11: who sealed this, and does the reader trust that key."""

from __future__ import annotations

from evidence_store.verifier.case import Case
from evidence_store.verifier.digests import digest
from evidence_store.verifier.notes import ED25519, Note, VerifierKey
from evidence_store.verifier.problem import ProblemError


def check_trust(case: Case) -> None:
    """Check 1: say which trust file is used, or that there is none."""
    if case.trust is None:
        case.warn(
            1,
            "未提供信任文件：只能核对内容是否完整，不能核对来源（用 --trust trust.json）",
            "no trust file: contents can be checked, the origin cannot (use --trust trust.json)",
        )
        return
    fingerprint = case.trust.fingerprint
    case.facts["trust_fingerprint"] = fingerprint
    case.passed(
        1, f"指纹 {fingerprint}（请与另行取得的指纹核对）", f"fingerprint {fingerprint} (compare it by another way)"
    )


def _claimed_key(case: Case) -> VerifierKey:
    key = VerifierKey(case.seal.signer_vkey)
    if key.kind != ED25519 or key.name != case.seal.signer_name:
        raise ProblemError("封存记录中的签名者自相矛盾", "the signer in the record contradicts itself")
    return key


def check_signature(case: Case) -> None:
    """Check 10: seal.note is a note over both digest lists, signed by the key the record names."""
    note = Note(case.small("seal/seal.note"))
    text = case.small("seal.sha256") + b"sm3 " + digest("sm3", case.small("seal.sm3")).hex().encode() + b"\n"
    if note.text != text:
        raise ProblemError(
            "seal.note 签的不是本包的封印清单", "seal.note is not about the digest lists of this package"
        )
    key = _claimed_key(case)
    if not case.signed(note, key):
        raise ProblemError("没有封存记录所称签名者的签名", "no signature by the signer the record names")
    case.passed(10, f"Ed25519 签名成立：{key.name}", f"Ed25519 signature holds: {key.name}")


def check_signer(case: Case) -> None:
    """Check 11: the signer is listed in the trust file and was valid at the sealing time."""
    key = _claimed_key(case)
    if case.trust is None:
        case.warn(11, f"{key.text} 未经核实", f"{key.text} has not been checked")
        return
    known = [one for one in case.trust.sealers if (one.key.name, one.key.public) == (key.name, key.public)]
    if not known:
        raise ProblemError(f"签名者不在信任文件中：{key.text}", f"signer is not in the trust file: {key.text}")
    valid = [one for one in known if one.covers(case.seal.sealed_micros)]
    if not valid:
        raise ProblemError("封存时间不在该密钥的有效期内", "the sealing time lies outside the validity of this key")
    holder = valid[0].holder or key.name
    case.passed(11, f"{holder}，密钥在有效期内", f"{holder}, key valid at the sealing time")
