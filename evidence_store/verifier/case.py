"""One verification in progress: the package, what the reader trusts, and the lines found so far."""

from __future__ import annotations

from evidence_store.verifier.digests import digest, new_hash
from evidence_store.verifier.edwards import verify_ed25519
from evidence_store.verifier.notes import Note, VerifierKey
from evidence_store.verifier.problem import ProblemError
from evidence_store.verifier.report import FAIL, PASS, WARN, Check
from evidence_store.verifier.sealrecord import SealRecord
from evidence_store.verifier.sources import Source
from evidence_store.verifier.sums import MAX_LIST, read_sums
from evidence_store.verifier.trustfile import TrustFile

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

_SMALL = 1 << 20


class SecondEngine:
    """Independent judgement of signatures; the library supplies one, the one-file verifier has none."""

    def ed25519(self, public: bytes, signature: bytes, message: bytes) -> bool:
        """Tell whether an Ed25519 signature holds."""
        raise NotImplementedError

    def token(self, response: bytes, imprint: bytes, roots: list[bytes]) -> tuple[bool | None, str]:
        """Tell whether a timestamp response holds under these DER roots; None when the engine cannot judge it."""
        raise NotImplementedError

    def unrevoked(self, crl: bytes, issuer: bytes, serial: int) -> bool | None:
        """Tell whether a DER list by that issuer holds and does not name the certificate; None: cannot judge."""
        raise NotImplementedError


class Case:
    """State shared by the checks.

    Attributes:
        source: The opened package.
        trust: Whom the reader believes, or None.
        against: Bytes of a witnessed head to compare with, or None.
        second: The second engine, or None.
        rows: Lines found so far.
        facts: Plain values for the report.
        disputes: (Chinese, English) for every signature on which the two engines differ.
        judged: How many signatures both engines judged; ``unjudged`` how many only ours could.
        checkpoints: Tree size -> root of every checkpoint seen or implied by a proof, to notice a fork.
        grown: Tree size -> larger sizes of which a proof shows that the log grew from the one to the other.
    """

    def __init__(
        self, source: Source, trust: TrustFile | None, against: bytes | None, second: SecondEngine | None
    ) -> None:
        self.source, self.trust, self.against, self.second = source, trust, against, second
        self.rows: list[Check] = []
        self.facts: dict[str, object] = {}
        self.disputes: list[tuple[str, str]] = []
        self.judged = self.unjudged = 0
        self.checkpoints: dict[int, bytes] = {}
        self.grown: dict[int, set[int]] = {}
        self.proven_time: int | None = None
        self._seal: SealRecord | ProblemError | None = None
        self._small: dict[str, bytes] = {}
        self._sums: dict[str, dict[str, str]] = {}

    def add(self, number: int, status: str, zh: str, en: str) -> None:
        """Write one line of the report."""
        self.rows.append(Check(number, status, zh, en))

    def passed(self, number: int, zh: str, en: str) -> None:
        """Write a PASS line."""
        self.add(number, PASS, zh, en)

    def warn(self, number: int, zh: str, en: str) -> None:
        """Write a WARN line."""
        self.add(number, WARN, zh, en)

    def fail(self, number: int, zh: str, en: str) -> None:
        """Write a FAIL line."""
        self.add(number, FAIL, zh, en)

    def attempt(self, number: int, step: Callable[[Case], None]) -> None:
        """Run one check; whatever stops it becomes a FAIL line, so that the other checks still run."""
        try:
            step(self)
        except ProblemError as problem:
            self.fail(number, problem.zh, problem.en)
        except OSError as error:
            self.fail(number, f"读取失败：{error.strerror}", f"reading failed: {error.strerror}")
        except (ValueError, TypeError, AttributeError, LookupError, ArithmeticError, RecursionError, EOFError) as error:
            # Last line of defence: hostile bytes must end as FAIL, never as a stack trace and never as PASS.
            kind = type(error).__name__
            self.fail(number, f"数据无法解析（{kind}）", f"data cannot be parsed ({kind})")

    def small(self, path: str, limit: int = _SMALL) -> bytes:
        """Return a file of the package outside ``data/``, read once."""
        if path not in self._small:
            self._small[path] = self.source.read(path, limit)
        return self._small[path]

    def sha256(self, path: str) -> str:
        """Return the SHA-256 of a file outside ``data/`` without keeping it in memory."""
        if path in self._small:
            return digest("sha256", self._small[path]).hex()
        running = new_hash("sha256")
        for piece in self.source.pieces(path):
            running.update(piece)
        return running.hexdigest()

    def sums(self, path: str) -> dict[str, str]:
        """Return a digest list of the package, read once."""
        if path not in self._sums:
            self._sums[path] = read_sums(self.small(path, MAX_LIST), path)
        return self._sums[path]

    @property
    def seal(self) -> SealRecord:
        """The seal record; the same refusal each time it cannot be read."""
        if self._seal is None:
            try:
                self._seal = SealRecord(self.small("seal/seal.json"))
            except ProblemError as problem:
                self._seal = problem
        if isinstance(self._seal, ProblemError):
            raise self._seal
        return self._seal

    def signed(self, note: Note, key: VerifierKey) -> bool:
        """Tell whether ``key`` signed a note, asking the second engine too.

        Raises:
            ProblemError: When a signature that claims to be by ``key`` does not hold.
        """
        pairs = note.signed_by(key)
        for message, signature in pairs:
            ours = verify_ed25519(key.public, signature, message)
            if self.second is not None:
                self.judged += 1
                if self.second.ed25519(key.public, signature, message) != ours:
                    self.disputes.append((f"{key.name} 的签名", f"signature by {key.name}"))
            if not ours:
                raise ProblemError(f"{key.name} 的签名无效", f"signature by {key.name} does not verify")
        return bool(pairs)
