"""Checks 12, 13 and 16: timestamps, and what time they prove."""

from __future__ import annotations

from evidence_store.verifier.case import Case
from evidence_store.verifier.contents import stamp_stem
from evidence_store.verifier.digests import digest
from evidence_store.verifier.instants import DAY, MINUTE, SECOND, show_time
from evidence_store.verifier.pem import read_certificates, write_certificates
from evidence_store.verifier.problem import ProblemError
from evidence_store.verifier.revocation import MAX_LISTS, RevocationList, check_revocation, read_lists
from evidence_store.verifier.strictjson import Shape, parse_canonical
from evidence_store.verifier.tokens import MAX_TOKEN, Query, Token
from evidence_store.verifier.x509 import Certificate

TEST_POLICY = "1.3.6.1.4.1.32473.3161.1"
_TEST_ZH, _TEST_EN = "测试时间戳，不能证明时间", "test timestamp, worth nothing as evidence of time"
_HEX_DIGITS = frozenset("0123456789abcdef")
_MOST_NONCE = 64
_EARLY, _LATE, _TOO_LATE = 5 * MINUTE, 15 * MINUTE, 7 * DAY
STAMP_KEYS = (
    "gen_time",
    "imprint",
    "kind",
    "n",
    "name",
    "nonce",
    "policy",
    "received_at",
    "serial",
    "stamped",
    "test",
)


class Stamp:
    """One timestamp whose signature and chain hold.

    Attributes:
        label: ``NN-name`` of its files, or the stamped file.
        token: The token.
        root: The root its chain ends in.
        trusted: Whether the trust file lists that root.
        test: Whether it comes from a test authority.
        chain: Certificates from its signer to the root.
        unlisted: Names of certificates whose revocation nothing here speaks about.
    """

    def __init__(self, case: Case, label: str, token: Token, chain: list[Certificate]) -> None:
        self.label, self.token, self.chain, self.root = label, token, chain, chain[-1]
        self.unlisted = [one.name for one in chain[:-1]]
        root = self.root
        self.trusted = case.trust is not None and root.sha256 in case.trust.roots
        flagged = case.trust is not None and case.trust.roots.get(root.sha256, ("", False))[1]
        self.test = token.policy == TEST_POLICY or flagged

    def describe(self) -> tuple[str, str]:
        """Return what the token says, in Chinese and English."""
        when, who = show_time(self.token.gen_time), self.token.signer.name
        zh = f"{self.label}：{when}，签发者 {who}，根证书 SHA-256 {self.root.sha256}"
        return zh, f"{self.label}: {when}, by {who}, root SHA-256 {self.root.sha256}"


def _second_opinion(case: Case, label: str, opinion: tuple[bool | None, str] | None, *, ours: bool) -> None:
    """Compare with the second engine's opinion of a token and note a dispute."""
    if opinion is None:
        return
    theirs, reason = opinion
    if theirs is None:
        case.unjudged += 1
        return
    case.judged += 1
    if theirs != ours:
        case.disputes.append((f"时间戳 {label}（{reason}）", f"timestamp {label} ({reason})"))


def judge_token(case: Case, label: str, response: bytes, stamped: bytes, packaged: list[Certificate]) -> Stamp:
    """Check one timestamp response over ``stamped``.

    Args:
        case: The verification.
        label: Its name in messages.
        response: DER TimeStampResp.
        stamped: The bytes it must be about.
        packaged: Roots found in the package: a help to build the chain, never a reason to believe.

    Raises:
        ProblemError: When anything about it is wrong, or its root is not one the reader trusts.
    """
    token = Token(response)
    pool = [*token.certificates, *packaged]
    anchors = set(case.trust.roots) if case.trust is not None else {one.sha256 for one in packaged}
    roots = [one for one in pool if one.sha256 in anchors]
    refused: ProblemError | None = None
    chain, actual, opinion = None, digest(token.imprint[0], stamped), None
    if case.second is not None:
        opinion = case.second.token(response, actual, [one.raw for one in roots])
    if token.imprint[1] != actual:
        refused = ProblemError("时间戳不是给本包的", "the timestamp is about other bytes")
    try:
        chain = None if refused else token.chain(packaged, anchors)
    except ProblemError as problem:
        refused = problem
    _second_opinion(case, label, opinion, ours=chain is not None)
    if refused is not None:
        raise refused
    if chain is None:
        raise ProblemError(
            "证书链不通向可信的根证书（可能是自制的时间戳机构）",
            "its chain does not lead to a trusted root (a self-made authority?)",
        )
    return Stamp(case, label, token, chain)


def _check_companions(case: Case, stem: str, stamp: Stamp, roots: list[Certificate]) -> None:
    """The request and the two PEM files beside a token agree with it."""
    base, token = "seal/tsa/" + stem, stamp.token
    query = Query(case.small(base + ".tsq"))
    asked = (query.imprint, query.nonce, query.policy or token.policy, query.wants_certificate)
    if asked != (token.imprint, token.nonce, token.policy, True):
        raise ProblemError(
            "请求与回应不符（摘要、随机数或策略）", "request and response differ (imprint, nonce or policy)"
        )
    if case.small(base + "-chain.pem") != write_certificates(token.certificates):
        raise ProblemError("-chain.pem 与时间戳内的证书不符", "-chain.pem is not what the token carries")
    if not roots or case.small(base + "-roots.pem") != write_certificates(roots):
        raise ProblemError("-roots.pem 含证书以外的内容", "-roots.pem holds something besides certificates")
    if stamp.root.sha256 not in {one.sha256 for one in roots}:
        raise ProblemError("-roots.pem 不含这个时间戳的根证书", "-roots.pem lacks the root of this timestamp")


def _judge_group(case: Case, stem: str) -> Stamp:
    base = "seal/tsa/" + stem
    roots = read_certificates(case.small(base + "-roots.pem"))
    stamp = judge_token(case, stem, case.small(base + ".tsr", MAX_TOKEN), case.small("seal.sha256"), roots)
    _check_companions(case, stem, stamp, roots)
    if base + ".crl" in case.source.sizes:
        _check_lists(case, stamp, read_lists(case.small(base + ".crl", MAX_LISTS)))
    return stamp


def _check_lists(case: Case, stamp: Stamp, lists: list[RevocationList]) -> None:
    """The lists beside a token revoke none of its certificates; what they leave open is kept for a warning."""
    stamp.unlisted = check_revocation(stamp.chain, lists, stamp.token.gen_time)
    if case.second is None:
        return
    for link, certificate in enumerate(stamp.chain[:-1]):
        issuer = stamp.chain[link + 1]
        for one in lists:
            if one.issuer == certificate.issuer:
                clean = case.second.unrevoked(one.raw, issuer.raw, certificate.serial)
                opinion = None if clean is None else (clean, "CRL")
                _second_opinion(case, stamp.label, opinion or (None, ""), ours=one.find(certificate.serial) is None)


def _check_index(case: Case, stems: list[str], stamps: list[Stamp]) -> None:
    """The table of contents lists the stamps that are there, and says what the tokens say."""
    top = Shape(parse_canonical(case.small("seal/tsa/index.json")), "index.json", ("schema", "stamps"))
    lines = {}
    for value in top.array("stamps", 99):
        one = Shape(value, "stamp", STAMP_KEYS)
        key = f"{one.number('n', 1, 99):02d}-{one.text('name')}"
        texts = tuple(one.text(name) for name in ("gen_time", "policy", "serial", "stamped"))
        lines[key] = (*texts, one.flag("test"), _read_nonce(one.text("nonce")))
    if sorted(lines) != stems:
        raise ProblemError("index.json 与现有时间戳文件不一致", "index.json does not list the timestamps that are here")
    for stamp in stamps:
        token = stamp.token
        when = show_time(token.gen_time - token.gen_time % SECOND)
        said = (when, token.policy, str(token.serial), "seal.sha256", token.policy == TEST_POLICY, token.nonce)
        if lines.get(stamp.label) != said:
            raise ProblemError(f"index.json 与时间戳 {stamp.label} 不符", f"index.json does not match {stamp.label}")


def _read_nonce(text: str) -> int | None:
    """Return the nonce index.json states in lower-case hex, None for ""."""
    if not _HEX_DIGITS.issuperset(text) or len(text) > _MOST_NONCE:
        raise ProblemError("index.json 的随机数写法不合规", "bad nonce in index.json")
    return int(text, 16) if text else None


def check_timestamps(case: Case) -> None:
    """Checks 12 and 13: judge every timestamp, then say what time is proven."""
    inside = [path for path in case.source.sizes if path == "seal/tsa/index.json" or stamp_stem(path)]
    stems = sorted({stem for stem in map(stamp_stem, inside) if stem})
    stamps: list[Stamp] = []
    for stem in stems:
        try:
            stamps.append(_judge_group(case, stem))
        except ProblemError as problem:
            case.fail(12, f"{stem}：{problem.zh}", f"{stem}: {problem.en}")
            continue
        _tell(case, 12, stamps[-1])
        _tell_lists(case, stamps[-1])
    if inside:
        case.attempt(12, lambda one: _check_index(one, stems, stamps))
    case.facts["timestamps"] = [
        {"name": one.label, "gen_time": show_time(one.token.gen_time), "authority": one.token.signer.name,
         "root_sha256": one.root.sha256, "trusted": one.trusted, "test": one.test, "revocation": not one.unlisted}
        for one in stamps
    ]  # fmt: skip
    case.attempt(13, lambda one: _conclude(one, stamps))


def _tell(case: Case, number: int, stamp: Stamp) -> None:
    zh, en = stamp.describe()
    if stamp.test:
        case.warn(number, f"{_TEST_ZH}。{zh}", f"{_TEST_EN}. {en}")
    elif not stamp.trusted:
        case.warn(number, f"签名成立，根证书未经核实。{zh}", f"signature holds, root not checked. {en}")
    else:
        case.passed(number, zh, en)


def _tell_lists(case: Case, stamp: Stamp) -> None:
    if stamp.test:  # worth nothing, revoked or not
        return
    if stamp.unlisted:
        names = "; ".join(stamp.unlisted)
        case.warn(
            12,
            f"{stamp.label}：没有随附当时有效的吊销清单，未核对是否已吊销：{names}",
            f"{stamp.label}: no current revocation list is here, so revocation was not checked: {names}",
        )
    elif stamp.chain[:-1]:
        case.passed(12, f"{stamp.label}：吊销清单中没有其证书", f"{stamp.label}: its certificates are not revoked")


def _conclude(case: Case, stamps: list[Stamp]) -> None:
    """Check 13: enough timestamps, in order with the sealing time, and what they prove together."""
    seal, trust = case.seal, case.trust
    counted = [one for one in stamps if one.trusted] if trust is not None else stamps
    authorities = {one.root.sha256 for one in counted}
    need = seal.tsa_k if trust is None else trust.min_tokens(seal.sealed_micros)
    if trust is not None and len(authorities) < need:
        have = len(authorities)
        case.fail(
            13, f"可信时间戳不足：{have} 个，信任文件要求 {need} 个", f"too few trusted timestamps: {have} of {need}"
        )
    case.facts["state"] = "self-timed" if not stamps else "complete" if len(stamps) >= max(seal.tsa_n, 1) else "stamped"
    if not counted:
        case.warn(
            13, f"仅为自述时间 {seal.sealed_at}，没有第三方证明", f"self-timed {seal.sealed_at}: no third party vouches"
        )
        return
    real = [one for one in counted if not one.test]
    first = min(one.token.gen_time for one in real or counted)
    shown = show_time(first)
    if first < seal.sealed_micros - _EARLY:
        raise ProblemError(f"时间戳 {shown} 早于封存时间", f"timestamp {shown} lies before the sealing time")
    if need and first > seal.sealed_micros + _TOO_LATE:  # a seal that needs no stamp is not worse for a late one
        raise ProblemError(
            f"时间戳 {shown} 晚于自述时间七日以上，自述时间不可信",
            f"timestamp {shown} is more than 7 days after the stated time, which is not credible",
        )
    _check_key_outlived(case, first)
    case.proven_time = first
    _tell_time(case, stamps, first, real=bool(real))


def _tell_time(case: Case, stamps: list[Stamp], first: int, *, real: bool) -> None:
    seal, shown = case.seal, show_time(first)
    if not real:
        case.warn(13, f"{_TEST_ZH}（{shown}）", f"{_TEST_EN} ({shown})")
    elif case.trust is None:
        case.warn(13, f"如果根证书可信，则至迟 {shown} 已封存", f"sealed no later than {shown}, if the root is trusted")
    elif first > seal.sealed_micros + _LATE or len(stamps) < seal.tsa_k:
        case.warn(
            13,
            f"至迟 {shown} 已封存；更早的自述时间未获证明，或时间戳少于封存时的计划",
            f"sealed no later than {shown}; the earlier stated time is not proven, or fewer stamps than planned",
        )
    else:
        case.passed(13, f"至迟 {shown} 已封存", f"sealed no later than {shown}")


def _check_key_outlived(case: Case, first: int) -> None:
    """A seal by a retired key must have been stamped while the key was valid, or it could be back-dated."""
    if case.trust is None:
        return
    ends = [one.not_after for one in case.trust.sealers if one.key.text == case.seal.signer_vkey]
    if ends and all(end is not None and first > end + _LATE for end in ends):
        raise ProblemError("时间戳晚于签名密钥的失效时间", "the timestamp is later than the end of the key's validity")


def check_checkpoint_stamp(case: Case) -> None:
    """Check 16: the optional timestamp over the log's checkpoint."""
    path = "seal/log/checkpoint.tsr"
    if path not in case.source.sizes:
        return
    roots: list[Certificate] = []
    for name in case.source.sizes:
        if name.startswith("seal/tsa/") and name.endswith("-roots.pem"):
            roots += read_certificates(case.small(name))
    _tell(
        case, 16, judge_token(case, "checkpoint", case.small(path, MAX_TOKEN), case.small("seal/log/checkpoint"), roots)
    )
