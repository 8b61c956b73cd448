"""Verification in the library: the numbered checks of the verifier, each signature judged by a second engine as well.

The first engine is the pure Python of `evidence_store.verifier`, the same code that ships as verify.py. The second is
`cryptography` for Ed25519 and `rfc3161-client` (OpenSSL) for timestamps. When they differ, check 22 fails.
"""

import hashlib
from pathlib import Path

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.x509 import load_der_x509_certificate, load_der_x509_crl
from rfc3161_client import VerificationError, VerifierBuilder, decode_timestamp_response

from evidence_store.errors import InputError
from evidence_store.trust import Trust
from evidence_store.verifier.case import SecondEngine
from evidence_store.verifier.engine import run_checks
from evidence_store.verifier.keys import PublicKey
from evidence_store.verifier.problem import ProblemError
from evidence_store.verifier.report import Check, Report, render_text
from evidence_store.verifier.sources import UnusableError
from evidence_store.verifier.tokens import Token
from evidence_store.verifier.x509 import Certificate

__all__ = ["Check", "OpenSslEngine", "Report", "render_text", "verify"]

# RSASSA-PSS and Ed25519 as signature algorithm of a SignerInfo.
_BEYOND = ("1.2.840.113549.1.1.10", "1.3.101.112")
_MAX_HEAD = 1 << 20


class OpenSslEngine(SecondEngine):
    """Judges signatures with `cryptography` and timestamps with `rfc3161-client`."""

    def ed25519(self, public: bytes, signature: bytes, message: bytes) -> bool:
        """Tell whether an Ed25519 signature holds."""
        try:
            Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
        except (InvalidSignature, ValueError):
            return False
        return True

    def token(self, response: bytes, imprint: bytes, roots: list[bytes]) -> tuple[bool | None, str]:
        """Tell whether a timestamp response over ``imprint`` leads to one of ``roots``.

        Returns:
            (verdict, reason); the verdict is None for SM2, Ed25519 and RSA-PSS, which OpenSSL's PKCS #7 code cannot
            judge in a token.
        """
        if not roots:
            return False, "no trusted root"
        if _beyond_openssl(response, roots):
            return None, "SM2/Ed25519/PSS"
        builder = VerifierBuilder()
        for root in {hashlib.sha256(one).digest(): one for one in roots}.values():
            builder = builder.add_root_certificate(load_der_x509_certificate(root))
        try:
            builder.build().verify(decode_timestamp_response(response), imprint)
        except (VerificationError, ValueError) as error:
            return False, str(error)[:200]
        return True, "rfc3161-client"

    def unrevoked(self, crl: bytes, issuer: bytes, serial: int) -> bool | None:
        """Tell whether a revocation list holds and names no such certificate; None for what OpenSSL cannot judge."""
        try:
            if PublicKey(Certificate(issuer).key_info).kind == "sm2":
                return None
            listed, key = load_der_x509_crl(crl), load_der_x509_certificate(issuer).public_key()
            holds = listed.is_signature_valid(key)  # type: ignore[arg-type]  # a key that signs nothing is a TypeError
        except UnsupportedAlgorithm:
            return None
        except (ProblemError, ValueError, TypeError):
            return False
        return holds and listed.get_revoked_certificate_by_serial_number(serial) is None


def _beyond_openssl(response: bytes, roots: list[bytes]) -> bool:
    """Tell whether a token rests on an algorithm only our engine knows.

    Only the certificates from its signer to the root count: a token's list of certificates is not signed, so whoever
    hands it on may add one to it, and must not silence the second engine by that.
    """
    try:
        token = Token(response)
        anchors = {hashlib.sha256(root).hexdigest() for root in roots}
        chain = token.chain([Certificate(root) for root in roots], anchors) or []
        kinds = {PublicKey(one.key_info).kind for one in chain}
    except ProblemError:
        return False
    return bool(chain) and (token.algorithm in _BEYOND or bool(kinds & {"sm2", "ed25519"}))


def verify(path: Path, trust: Trust | None, *, against: Path | bytes | str | None = None) -> Report:
    """Verify an evidence package completely and report every problem.

    Args:
        path: Package folder or ZIP.
        trust: Whom to believe; without it the verdict is at best ``UNTRUSTED-KEYS``.
        against: A witnessed log checkpoint, or an add-checkpoint body that proves growth: a path, or the bytes.

    Raises:
        InputError: When there is nothing to judge at ``path`` or ``against``. A damaged or hostile package is never an
            exception: it is a report with the verdict ``FAIL``.
    """
    head = against if isinstance(against, bytes | None) else _read_head(Path(against))
    try:
        return run_checks(str(path), None if trust is None else trust.parsed, head, OpenSslEngine())
    except UnusableError as problem:
        raise InputError(problem.en) from problem


def _read_head(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            data = file.read(_MAX_HEAD + 1)
    except OSError as error:
        raise InputError(f"{path}: {error.strerror}") from error
    if len(data) > _MAX_HEAD:
        raise InputError(f"{path}: not a checkpoint")
    return data
