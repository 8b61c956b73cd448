"""trust.json: whom the reader of a package believes. It never comes out of the package itself."""

from __future__ import annotations

from evidence_store.verifier.digests import digest
from evidence_store.verifier.notes import COSIGNATURE, ED25519, VerifierKey
from evidence_store.verifier.problem import ProblemError
from evidence_store.verifier.sealrecord import check_whole_time
from evidence_store.verifier.strictjson import Shape, canonical_json, parse_json

TRUST_SCHEMA = "bianwu/trust/1"
_MAX_TRUST = 1 << 20


class TrustedSealer:
    """A key that may seal.

    Attributes:
        key: Its verifier key.
        holder: Who holds it.
        not_before: First acceptable sealing time in microseconds, or None; ``not_after`` the last.
    """

    def __init__(self, value: object) -> None:
        shape = Shape(value, "sealer", ("vkey",), ("holder", "not_before", "not_after"))
        self.key, self.holder = _note_key(shape.text("vkey"), ED25519), shape.text("holder", 200)
        self.not_before = self._bound(shape, "not_before")
        self.not_after = self._bound(shape, "not_after")

    @staticmethod
    def _bound(shape: Shape, key: str) -> int | None:
        return None if shape.values.get(key) is None else check_whole_time(shape.values[key])

    def covers(self, at: int) -> bool:
        """Tell whether the key was valid at that time."""
        return (self.not_before is None or self.not_before <= at) and (self.not_after is None or at <= self.not_after)


def _note_key(text: str, *kinds: int) -> VerifierKey:
    key = VerifierKey(text)
    if key.kind not in kinds:
        raise ProblemError(f"{key.name} 的公钥类型不适用", f"key of {key.name} is of the wrong type here")
    return key


def _read_minimums(top: Shape) -> list[tuple[int | None, int]]:
    """Read ``min_tokens``: a number for all time, or one for each period by its beginning."""
    if not isinstance(top.values["min_tokens"], list):
        return [(None, top.number("min_tokens", 0, 99))]
    found: list[tuple[int | None, int]] = []
    for value in top.array("min_tokens", 100):
        one = Shape(value, "min_tokens", ("since", "least"))
        since = None if one.values["since"] is None else check_whole_time(one.values["since"])
        if (since is None) != (not found) or (len(found) > 1 and (since or 0) <= (found[-1][0] or 0)):
            raise ProblemError(
                "min_tokens 的时段须从 null 起依次排列", "periods of min_tokens are not in order from null"
            )
        found.append((since, one.number("least", 0, 99)))
    if not found:
        raise ProblemError("min_tokens 没有时段", "min_tokens lists no period")
    return found


class TrustFile:
    """A parsed trust.json.

    Attributes:
        log_keys: Keys the log signs with, the current one first, then old ones; empty when no log is trusted.
        log_ends: Public bytes of an old key -> leaves of the last checkpoint it may have signed.
        sealers: Keys that may seal.
        witnesses: Keys of witnesses; at least ``quorum`` of them must have cosigned.
        roots: SHA-256 of a timestamp root -> (name, is a test authority).
        minimums: (since, how many) in order: timestamps of different authorities a package sealed from that time on,
            microseconds, must have; the first since is None.
        fingerprint: SHA-256 of the canonical form, the number printed in reports.
    """

    def __init__(self, data: bytes) -> None:
        value = parse_json(data, limit=_MAX_TRUST)
        keys = ("schema", "log", "sealers", "witnesses", "quorum", "tsa_roots", "min_tokens")
        top = Shape(value, "trust.json", keys)
        if top.text("schema") != TRUST_SCHEMA:
            raise ProblemError("不支持的 trust.json 版本", "unsupported version of trust.json")
        self.value = top.values
        self.fingerprint = digest("sha256", canonical_json(value)).hex()
        self.log_keys: list[VerifierKey] = []
        self.log_ends: dict[bytes, int] = {}
        if top.values["log"] is not None:
            log = Shape(top.values["log"], "log", ("vkey",), ("old",))
            old = log.array("old", 100) if "old" in log.values else []
            self.log_keys = [_note_key(log.text("vkey"), ED25519), *(self._old_key(one) for one in old)]
        self.sealers = [TrustedSealer(one) for one in top.array("sealers")]
        self.witnesses = [_note_key(str(text), ED25519, COSIGNATURE) for text in top.array("witnesses", 100)]
        self.quorum = top.number("quorum", 0, len(self.witnesses))
        self.roots: dict[str, tuple[str, bool]] = {}
        for one in top.array("tsa_roots"):
            root = Shape(one, "tsa_root", ("name", "sha256"), ("test",))
            self.roots[root.hexes("sha256")] = (root.text("name", 200), root.flag("test"))
        self.minimums = _read_minimums(top)
        if not self.sealers:
            raise ProblemError("没有列出任何封存密钥", "lists no key that may seal")
        # By the key alone: one witness under two names is one witness, and a log that cosigns itself is none.
        keys_listed = {key.public for key in [*self.log_keys, *self.witnesses]}
        if len(keys_listed) != len(self.log_keys) + len(self.witnesses):
            raise ProblemError("同一公钥列了两次", "the same key is listed twice")

    def _old_key(self, value: object) -> VerifierKey:
        """Read an earlier key of the log: a verifier key, or one with the size its last checkpoint has."""
        if isinstance(value, str):
            return _note_key(value, ED25519)
        shape = Shape(value, "old", ("vkey", "last_size"), ("until",))
        if "until" in shape.values:
            check_whole_time(shape.values["until"])
        key = _note_key(shape.text("vkey"), ED25519)
        self.log_ends[key.public] = shape.number("last_size")
        return key

    def may_sign(self, key: VerifierKey, size: int) -> bool:
        """Tell whether a key of the log may have signed a checkpoint of that size."""
        return size <= self.log_ends.get(key.public, size)

    def min_tokens(self, sealed_at: int) -> int:
        """Return how many timestamps of different authorities a package sealed at that time must have."""
        counts = [count for since, count in self.minimums if since is None or since <= sealed_at]
        return counts[-1]
