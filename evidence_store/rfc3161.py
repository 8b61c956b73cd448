"""RFC 3161 over HTTP.

Every token is checked by two engines that share no code (`rfc3161-client` and the offline verifier's own) before it is
kept; the whole response is kept as received, so `openssl ts -verify` can check it too.
"""

import contextlib
import http.client
import socket
import ssl
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from threading import Timer
from typing import Final
from urllib.parse import urlsplit

import rfc3161_client
from rfc3161_client.base import HashAlgorithm

from evidence_store import layout
from evidence_store.digests import sha256_hex
from evidence_store.errors import FactsRefusedError, RootsFileError, TokenFormatError
from evidence_store.failures import (
    AuthorityRefusedError,
    AuthorityUnreachableError,
    ClockDisagreesError,
    TokenMismatchError,
    TokenUntrustedError,
)
from evidence_store.stamps import CLOCK_TOLERANCE, TEST_POLICY, Stamp
from evidence_store.verifier.der import SEQUENCE, read_der
from evidence_store.verifier.pem import read_certificates, write_certificates
from evidence_store.verifier.problem import ProblemError
from evidence_store.verifier.tokens import MAX_TOKEN, Token
from evidence_store.verifier.x509 import Certificate
from evidence_store.verify import OpenSslEngine

_TIMEOUT: Final = 15.0
_PATIENCE: Final = 2
"""The whole exchange may take this many times the timeout of one read."""

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


def _hang_up(connection: http.client.HTTPConnection) -> None:
    with contextlib.suppress(OSError):
        if connection.sock is not None:
            connection.sock.shutdown(socket.SHUT_RDWR)


class Rfc3161Authority:
    """An authority reached by HTTP as RFC 3161 §3.4 says.

    Args:
        name: Short name, `[a-z0-9][a-z0-9-]{0,31}`.
        url: `http://` or `https://` address queries are posted to.
        roots_pem: The authority's root certificates; trust comes from here alone, never from the token.
        timeout: Seconds to wait for connecting and for each read; the whole exchange may take twice as long.

    Raises:
        NameRefusedError, FactsRefusedError, RootsFileError: A setting that cannot be used.
    """

    kind: Final = "rfc3161-http"

    def __init__(self, name: str, url: str, roots_pem: bytes, *, timeout: float = _TIMEOUT) -> None:
        layout.stamp_stem(1, name)
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError as error:
            raise FactsRefusedError(f"{url}: {error}") from error
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.username is not None:
            raise FactsRefusedError(f"{url}: an authority's address is http:// or https://")
        self.name, self.url, self._timeout = name, url, timeout
        self._host, self._port, self._secure = parts.hostname, port, parts.scheme == "https"
        self._target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        try:
            self._roots = read_certificates(roots_pem)
        except ProblemError as error:
            raise RootsFileError(f"{name}: {error}") from error
        if not self._roots:
            raise RootsFileError(f"{name}: no root certificate")

    def stamp(self, data: bytes, *, now: Callable[[], datetime]) -> Stamp:
        """Return a checked stamp over the SHA-256 of `data`; `now` is the NTP-checked clock."""
        request = (
            rfc3161_client.TimestampRequestBuilder()
            .data(data)
            .hash_algorithm(HashAlgorithm.SHA256)
            .cert_request(cert_request=True)
            .nonce(nonce=True)
            .build()
        )
        tsq = request.as_bytes()
        tsr = self._post(tsq)
        if request.nonce is None:
            raise TokenMismatchError(f"{self.name}: no nonce was sent")
        return self.check(data, tsq, tsr, request.nonce, received_at=now())

    def _post(self, query: bytes) -> bytes:
        maker = http.client.HTTPSConnection if self._secure else http.client.HTTPConnection
        connection = maker(self._host, self._port, timeout=self._timeout)
        limit = Timer(_PATIENCE * self._timeout, _hang_up, [connection])  # a server may drip for ever
        limit.daemon = True
        limit.start()
        try:
            connection.request(
                "POST", self._target, query, {"Content-Type": "application/timestamp-query", "Connection": "close"}
            )
            answer = connection.getresponse()
            body = answer.read(MAX_TOKEN + 1)
        except (OSError, http.client.HTTPException, ssl.SSLError, ValueError) as error:
            raise AuthorityUnreachableError(f"{self.name}: {error}") from error
        finally:
            limit.cancel()
            connection.close()
        if answer.status >= http.client.INTERNAL_SERVER_ERROR:
            raise AuthorityUnreachableError(f"{self.name}: HTTP {answer.status}")
        if answer.status != http.client.OK:
            raise AuthorityRefusedError(f"{self.name}: HTTP {answer.status}")
        return body

    def check(self, data: bytes, tsq: bytes, tsr: bytes, nonce: int, *, received_at: datetime) -> Stamp:
        """Return the stamp of a response, when both engines accept it.

        Raises:
            StampError, TokenFormatError: What does not hold.
        """
        token, root = self._own_engine(data, tsr)
        if token.nonce != nonce:
            raise TokenMismatchError(f"{self.name}: nonce")
        imprint = bytes.fromhex(sha256_hex(data))
        verdict, reason = OpenSslEngine().token(tsr, imprint, [one.raw for one in self._roots])
        if verdict is False:  # None: an algorithm OpenSSL cannot judge, SM2 above all
            raise TokenUntrustedError(f"{self.name}: the second engine refuses it ({reason})")
        gen_time = _EPOCH + timedelta(microseconds=token.gen_time)
        if abs(gen_time - received_at) > CLOCK_TOLERANCE:
            raise ClockDisagreesError(f"{self.name}: {gen_time.isoformat()} / {received_at.isoformat()}")
        return Stamp(
            name=self.name,
            kind=self.kind,
            tsq=tsq,
            tsr=tsr,
            chain_pem=write_certificates(token.certificates),
            roots_pem=write_certificates([root]),
            gen_time=gen_time,
            policy=token.policy,
            serial=token.serial,
            nonce=nonce,
            received_at=received_at,
            test=token.policy == TEST_POLICY,
        )

    def _own_engine(self, data: bytes, tsr: bytes) -> tuple[Token, Certificate]:
        self._check_granted(tsr)
        try:
            token = Token(tsr)
        except ProblemError as error:
            raise TokenFormatError(f"{self.name}: {error}") from error
        if token.imprint != ("sha256", bytes.fromhex(sha256_hex(data))):
            raise TokenMismatchError(f"{self.name}: imprint")
        try:
            chain = token.chain(list(self._roots), {root.sha256 for root in self._roots})
        except ProblemError as error:
            raise TokenUntrustedError(f"{self.name}: {error}") from error
        if chain is None:
            raise TokenUntrustedError(f"{self.name}: no chain to a configured root")
        return token, chain[-1]

    def _check_granted(self, tsr: bytes) -> None:
        try:
            status = read_der(tsr).items(SEQUENCE, 1, 2)[0].items(SEQUENCE, 1, 3)[0].integer()
        except ProblemError as error:
            raise TokenFormatError(f"{self.name}: {error}") from error
        if status != 0:
            raise AuthorityRefusedError(f"{self.name}: status {status}")
