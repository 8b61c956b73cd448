"""What every adapter does with a token it was given: two engines, imprint, clock, chain, revocation.

Every token is checked by two engines that share no code (`rfc3161-client` and the offline verifier's own) before it is
kept; the whole response is kept as received, so `openssl ts -verify` can check it too.
"""

from datetime import UTC, datetime, timedelta
from typing import Final

from evidence_store import layout
from evidence_store.digests import sha256_hex
from evidence_store.errors import RootsFileError, TokenFormatError
from evidence_store.failures import (
    AuthorityRefusedError,
    ClockDisagreesError,
    TokenMismatchError,
    TokenRevokedError,
    TokenUntrustedError,
)
from evidence_store.revocation import Fetch, collect_lists, fetch_list
from evidence_store.stamps import CLOCK_TOLERANCE, TEST_POLICY, Stamp
from evidence_store.verifier.der import SEQUENCE, read_der
from evidence_store.verifier.digests import digest
from evidence_store.verifier.pem import read_certificates, write_certificates
from evidence_store.verifier.problem import ProblemError
from evidence_store.verifier.revocation import check_revocation, read_lists
from evidence_store.verifier.tokens import Token
from evidence_store.verifier.x509 import Certificate
from evidence_store.verify import OpenSslEngine

IMPRINTS: Final = ("sha256", "sha384", "sha512", "sm3")
"""Digests a token's imprint may use; authorities in China often stamp the SM3."""

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


def imprint_holds(imprint: tuple[str, bytes], data: bytes) -> bool:
    """Tell whether an imprint is that of some bytes."""
    name, hashed = imprint
    if name not in IMPRINTS:
        return False
    return hashed == (bytes.fromhex(sha256_hex(data)) if name == "sha256" else digest(name, data))


class TokenChecker:
    """An authority's name, roots and the checks of what it answers.

    Args:
        name: Short name, `[a-z0-9][a-z0-9-]{0,31}`.
        kind: Adapter the token came by, kept with it.
        roots_pem: The authority's root certificates; trust comes from here alone, never from the token.
        fetch: Port to revocation lists.

    Raises:
        NameRefusedError, RootsFileError: A setting that cannot be used.
    """

    def __init__(self, name: str, kind: str, roots_pem: bytes, fetch: Fetch = fetch_list) -> None:
        layout.stamp_stem(1, name)
        self.name, self.kind, self._fetch = name, kind, fetch
        try:
            self._roots = read_certificates(roots_pem)
        except ProblemError as error:
            raise RootsFileError(f"{name}: {error}") from error
        if not self._roots:
            raise RootsFileError(f"{name}: no root certificate")

    def check(
        self, data: bytes, tsq: bytes, tsr: bytes, nonce: int | None, *, received_at: datetime, late: bool = False
    ) -> Stamp:
        """Return the stamp of a response, when both engines accept it.

        Args:
            data: The stamped bytes.
            tsq: The request.
            tsr: The response.
            nonce: The request's.
            received_at: The NTP-checked clock.
            late: The token may be older than now, because a person fetched it by other means; never newer.

        Raises:
            StampError, TokenFormatError: What does not hold.
        """
        token, chain = self._own_engine(data, tsr)
        if token.nonce != nonce:
            raise TokenMismatchError(f"{self.name}: nonce")
        verdict, reason = OpenSslEngine().token(tsr, token.imprint[1], [one.raw for one in self._roots])
        if verdict is False:  # None: an algorithm OpenSSL cannot judge, SM2 above all
            raise TokenUntrustedError(f"{self.name}: the second engine refuses it ({reason})")
        gen_time = EPOCH + timedelta(microseconds=token.gen_time)
        if gen_time - received_at > CLOCK_TOLERANCE or (not late and received_at - gen_time > CLOCK_TOLERANCE):
            raise ClockDisagreesError(f"{self.name}: {gen_time.isoformat()} / {received_at.isoformat()}")
        return Stamp(
            name=self.name,
            kind=self.kind,
            tsq=tsq,
            tsr=tsr,
            chain_pem=write_certificates(token.certificates),
            roots_pem=write_certificates([chain[-1]]),
            gen_time=gen_time,
            policy=token.policy,
            serial=token.serial,
            nonce=nonce,
            received_at=received_at,
            test=token.policy == TEST_POLICY,
            imprint=token.imprint[0],
            crl=self._revocation(chain, token.gen_time),
        )

    def _revocation(self, chain: list[Certificate], at: int) -> bytes:
        lists = collect_lists(chain, self._fetch)
        if lists:
            try:
                check_revocation(chain, read_lists(lists), at)
            except ProblemError as error:
                raise TokenRevokedError(f"{self.name}: {error}") from error
        return lists

    def _own_engine(self, data: bytes, tsr: bytes) -> tuple[Token, list[Certificate]]:
        self._check_granted(tsr)
        try:
            token = Token(tsr)
        except ProblemError as error:
            raise TokenFormatError(f"{self.name}: {error}") from error
        if not imprint_holds(token.imprint, data):
            raise TokenMismatchError(f"{self.name}: imprint")
        try:
            chain = token.chain(list(self._roots), {root.sha256 for root in self._roots})
        except ProblemError as error:
            raise TokenUntrustedError(f"{self.name}: {error}") from error
        if chain is None:
            raise TokenUntrustedError(f"{self.name}: no chain to a configured root")
        return token, chain

    def _check_granted(self, tsr: bytes) -> None:
        try:
            status = read_der(tsr).items(SEQUENCE, 1, 2)[0].items(SEQUENCE, 1, 3)[0].integer()
        except ProblemError as error:
            raise TokenFormatError(f"{self.name}: {error}") from error
        if status != 0:
            raise AuthorityRefusedError(f"{self.name}: status {status}")
