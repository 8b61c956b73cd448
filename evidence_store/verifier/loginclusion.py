"""Checks 14, 15 and 21: the seal is in the log, the log signed its head, and the head fits the one a witness saw."""

from __future__ import annotations

from evidence_store.verifier.case import Case
from evidence_store.verifier.digests import digest
from evidence_store.verifier.notes import Checkpoint, GrowthFile, InclusionFile
from evidence_store.verifier.problem import ProblemError
from evidence_store.verifier.proofs import earlier_root, growth_holds, inclusion_root, leaf_hash
from evidence_store.verifier.report import PASS, WARN
from evidence_store.verifier.strictjson import canonical_json

_LEAF, _PROOF, _CHECKPOINT = "seal/log/leaf.json", "seal/log/seal.tlog-proof", "seal/log/checkpoint"


def check_included(case: Case, leaf: bytes, proof: InclusionFile) -> Checkpoint:
    """Check that a leaf is in the tree of a proof's checkpoint; return that checkpoint.

    Raises:
        ProblemError: When it is not, or when two checkpoints of this package contradict each other.
    """
    checkpoint = Checkpoint(proof.checkpoint_bytes)
    root = inclusion_root(leaf_hash(leaf), proof.index, checkpoint.size, proof.hashes)
    if root != checkpoint.root:
        raise ProblemError("日志收录证明不成立", "the inclusion proof does not hold")
    before = earlier_root(proof.index, checkpoint.size, proof.hashes)
    for size, known in ((checkpoint.size, checkpoint.root), (proof.index, before)):
        if known is not None and case.checkpoints.setdefault(size, known) != known:
            raise ProblemError("同一长度的两个日志根不同（日志分叉）", "two roots for one size: the log has forked")
    if before is not None:
        case.grown.setdefault(proof.index, set()).add(checkpoint.size)
    return checkpoint


def log_signature_holds(case: Case, checkpoint: Checkpoint) -> bool:
    """Tell whether a key of the trusted log signed a checkpoint."""
    trust = case.trust
    keys = [key for key in trust.log_keys if trust.may_sign(key, checkpoint.size)] if trust is not None else []
    mine = [key for key in keys if key.name == checkpoint.origin]
    return any([case.signed(checkpoint.note, key) for key in mine])  # noqa: C419 - each signature must hold


def _not_logged(case: Case) -> None:
    named = case.seal.log_origin
    if named is not None and case.trust is not None and case.trust.log_keys:
        raise ProblemError(
            f"封存时指明日志 {named}，但包内没有收录证明", f"sealed for log {named}, but no proof is here"
        )
    case.warn(14, "没有日志收录证明", "no proof of inclusion in a log")


def check_log(case: Case) -> None:
    """Check 14: the leaf is this seal's and the proof leads to the checkpoint."""
    if not any(path in case.source.sizes for path in (_LEAF, _PROOF, _CHECKPOINT)):
        _not_logged(case)
        return
    seal = case.seal
    expected = {
        "at": seal.sealed_at, "h256": digest("sha256", case.small("seal.sha256")).hex(),
        "hsm3": digest("sm3", case.small("seal.sm3")).hex(), "ref": seal.seal_id, "t": "seal", "v": 1,
    }  # fmt: skip
    leaf = case.small(_LEAF, 4096)
    if leaf != canonical_json(expected):
        raise ProblemError("日志条目不是本包的", "the log entry is not about this package")
    proof = InclusionFile(case.small(_PROOF))
    if proof.checkpoint_bytes != case.small(_CHECKPOINT):
        raise ProblemError("checkpoint 与证明内的不同", "checkpoint differs from the one in the proof")
    head = check_included(case, leaf, proof)
    case.facts["checkpoint"] = {"origin": head.origin, "size": head.size, "root": head.root.hex(), "index": proof.index}
    case.passed(14, f"第 {proof.index} 条，共 {head.size} 条", f"entry {proof.index} of {head.size}")


def check_head(case: Case) -> None:
    """Check 15: the trusted log signed the checkpoint, and enough witnesses cosigned it."""
    if _CHECKPOINT not in case.source.sizes:
        return
    head = Checkpoint(case.small(_CHECKPOINT))
    if case.seal.log_origin not in {None, head.origin}:
        raise ProblemError("日志名称与封存记录不符", "the log is not the one named in the record")
    if case.trust is None:
        case.warn(15, f"日志 {head.origin} 的签名未经核实", f"signature of log {head.origin} not checked")
        return
    if not case.trust.log_keys:
        case.warn(15, "信任文件没有列出日志公钥", "the trust file lists no log key")
        return
    if not log_signature_holds(case, head):
        raise ProblemError("检查点没有可信日志密钥的签名", "no trusted log key signed the checkpoint")
    seen = sum(1 for key in case.trust.witnesses if case.signed(head.note, key))
    if seen < case.trust.quorum:
        raise ProblemError(
            f"见证不足：{seen}，要求 {case.trust.quorum}", f"too few witnesses: {seen} of {case.trust.quorum}"
        )
    case.passed(15, f"{head.origin} 已签名，见证 {seen} 个", f"signed by {head.origin}, {seen} witnesses")


def check_against(case: Case) -> None:
    """Check 21: a head somebody saw elsewhere and the heads of this package belong to one log that only grew."""
    if case.against is None:
        return
    mine = Checkpoint(case.small(_CHECKPOINT))
    growth = GrowthFile(case.against) if case.against.startswith(b"old ") else None
    theirs = Checkpoint(growth.checkpoint_bytes if growth else case.against)
    if theirs.origin != mine.origin:
        raise ProblemError("外部检查点属于另一个日志", "the witnessed head belongs to another log")
    checked = case.trust is not None and bool(case.trust.log_keys)
    if checked and not log_signature_holds(case, theirs):
        raise ProblemError("外部检查点没有可信日志密钥的签名", "no trusted log key signed the witnessed head")
    if case.checkpoints.setdefault(mine.size, mine.root) != mine.root:
        raise ProblemError("同一长度的两个日志根不同（日志分叉）", "two roots for one size: the log has forked")
    _meet(case, theirs, growth, mine.size)
    _tell_meeting(case, mine.size, theirs.size, checked=checked)


def _meet(case: Case, theirs: Checkpoint, growth: GrowthFile | None, mine: int) -> None:
    """Find the witnessed head among the heads this package proves, or reach it by the growth proof beside it."""
    known = case.checkpoints.get(theirs.size)
    if known is not None and known != theirs.root:
        raise ProblemError(
            "长度相同而根不同：日志被改写或分叉", "same size, another root: the log was rewritten or forked"
        )
    if growth is not None and growth.old_size in case.checkpoints:
        old = (growth.old_size, case.checkpoints[growth.old_size])
        if not growth_holds(old, (theirs.size, theirs.root), growth.hashes):
            raise ProblemError(
                "增长证明不成立：日志被改写、删减或分叉", "growth proof fails: the log was rewritten, cut or forked"
            )
        case.grown.setdefault(growth.old_size, set()).add(theirs.size)
    elif known is None:
        raise ProblemError(
            f"长度不同（{mine} 与 {theirs.size}）且没有增长证明：既未证实也未否定；请向日志索取从 {mine} 起的证明",
            f"sizes differ ({mine}, {theirs.size}) and no growth proof: neither shown nor refuted; "
            f"ask the log for one from {mine}",
        )


def _leads(case: Case, old: int, new: int) -> bool:
    """Tell whether the proofs at hand show, step by step, that the log grew from one size to the other."""
    reached, pending = {old}, [old]
    while pending:
        further = case.grown.get(pending.pop(), set()) - reached
        reached |= further
        pending += further
    return new in reached


def _tell_meeting(case: Case, mine: int, theirs: int, *, checked: bool) -> None:
    """Say exactly what the comparison shows."""
    shown = True
    if mine == theirs:
        zh = f"与本包收录时的检查点相同（长度 {mine}）"
        en = f"the very head this package was logged under (size {mine})"
    elif _leads(case, mine, theirs):
        zh = f"本包收录（长度 {mine}）之后，日志到外部检查点（长度 {theirs}）为止只增不改"
        en = f"from this package's head (size {mine}) to the witnessed one (size {theirs}) the log only grew"
    elif _leads(case, theirs, mine):
        zh = f"外部检查点（长度 {theirs}）较早，到本包收录（长度 {mine}）为止日志只增不改"
        en = f"the witnessed head (size {theirs}) is older; up to this package's (size {mine}) the log only grew"
    else:
        shown = False
        zh = f"与包内证明中长度 {theirs} 的日志相同；它与本包收录时（长度 {mine}）是否相连，包内证明不足以说明"
        en = f"agrees with a proof in here at size {theirs}; whether it joins this package's head ({mine}) is not shown"
    if not checked:
        zh, en = zh + "；该检查点的签名未经核实", en + "; the signature of that head was not checked"
    case.add(21, PASS if shown and checked else WARN, zh, en)
