"""RFC 3161 over HTTP, bare or wrapped in JSON."""

import json
from base64 import b64decode, b64encode
from binascii import Error
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final

import rfc3161_client
from rfc3161_client.base import HashAlgorithm

from evidence_store.errors import FactsRefusedError, TokenFormatError
from evidence_store.exchange import TIMEOUT, check_url, exchange
from evidence_store.failures import TokenMismatchError
from evidence_store.queries import as_response, make_query
from evidence_store.revocation import Fetch, fetch_list
from evidence_store.stamps import Stamp
from evidence_store.tokencheck import TokenChecker
from evidence_store.verifier.problem import ProblemError
from evidence_store.verifier.tokens import MAX_TOKEN, Token

_MOST_JSON: Final = 2 * MAX_TOKEN


class Rfc3161Authority(TokenChecker):
    """An authority reached by HTTP as RFC 3161 §3.4 says.

    Args:
        name: Short name, `[a-z0-9][a-z0-9-]{0,31}`.
        url: `http://` or `https://` address queries are posted to.
        roots_pem: The authority's root certificates; trust comes from here alone, never from the token.
        timeout: Seconds to wait for connecting and for each read; the whole exchange may take twice as long.
        fetch: Port to revocation lists.

    Raises:
        NameRefusedError, FactsRefusedError, RootsFileError: A setting that cannot be used.
    """

    by_hand: Final = False

    def __init__(
        self, name: str, url: str, roots_pem: bytes, *, timeout: float = TIMEOUT, fetch: Fetch = fetch_list
    ) -> None:
        super().__init__(name, "rfc3161-http", roots_pem, fetch)
        check_url(url)
        self.url, self._timeout = url, timeout

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
        if request.nonce is None:
            raise TokenMismatchError(f"{self.name}: no nonce was sent")
        headers = {"Content-Type": "application/timestamp-query"}
        tsr = exchange(self.url, tsq, headers, most=MAX_TOKEN, timeout=self._timeout, name=self.name)
        return self.check(data, tsq, tsr, request.nonce, received_at=now())


class JsonWrappedAuthority(TokenChecker):
    """An authority that takes and gives JSON, the token in base64 in one of its fields, as several in China do.

    Args:
        name: Short name.
        url: Address the JSON is posted to.
        roots_pem: Its roots.
        options: `request_field`: where the base64 request goes (`request`); `digest_field`: or where the hex digest
            goes, for one that takes no request; `token_field`: where the base64 token is (`token`); `digest`: `sha256`
            or `sm3`; `fixed`: JSON object of further fields, such as an account. Fields are paths with dots.
        timeout: As `Rfc3161Authority`.
        fetch: Port to revocation lists.

    Raises:
        NameRefusedError, FactsRefusedError, RootsFileError: A setting that cannot be used.
    """

    by_hand: Final = False
    OPTIONS: Final = ("request_field", "digest_field", "token_field", "digest", "fixed")

    def __init__(
        self,
        name: str,
        url: str,
        roots_pem: bytes,
        options: Mapping[str, Any] | None = None,
        *,
        timeout: float = TIMEOUT,
        fetch: Fetch = fetch_list,
    ) -> None:
        super().__init__(name, "json-wrapped", roots_pem, fetch)
        check_url(url)
        chosen = dict(options or {})
        fixed = chosen.pop("fixed", {})
        texts = all(isinstance(value, str) and value for value in chosen.values())
        if set(chosen) - set(self.OPTIONS) or not texts or not isinstance(fixed, dict):
            raise FactsRefusedError(f"{name}: options are {', '.join(self.OPTIONS)}")
        self.url, self._timeout, self._fixed = url, timeout, fixed
        self._digest_field = chosen.get("digest_field", "")
        self._request_field = chosen.get("request_field", "" if self._digest_field else "request")
        self._token_field, self._digest = chosen.get("token_field", "token"), chosen.get("digest", "sha256")
        if self._digest not in {"sha256", "sm3"}:
            raise FactsRefusedError(f"{name}: digest is sha256 or sm3")

    def stamp(self, data: bytes, *, now: Callable[[], datetime]) -> Stamp:
        """Return a checked stamp; `now` is the NTP-checked clock."""
        query = make_query(data, self._digest)
        asked: dict[str, Any] = json.loads(json.dumps(self._fixed))
        if self._request_field:
            _put(asked, self._request_field, b64encode(query.der).decode())
        if self._digest_field:
            _put(asked, self._digest_field, query.imprint.hex())
        headers = {"Content-Type": "application/json", "Accept": "application/json"}
        body = exchange(
            self.url, json.dumps(asked).encode(), headers, most=_MOST_JSON, timeout=self._timeout, name=self.name
        )
        tsr = self._unwrap(body)
        if self._request_field:
            return self.check(data, query.der, tsr, query.nonce, received_at=now())
        return self.check(data, *rebuilt(self.name, data, tsr), received_at=now())

    def _unwrap(self, body: bytes) -> bytes:
        try:
            value = json.loads(body)
            for key in self._token_field.split("."):
                value = value[key]
            return as_response(b64decode(value, validate=True))
        except (ValueError, KeyError, TypeError, RecursionError, Error) as error:
            raise TokenFormatError(f"{self.name}: no token in {self._token_field}") from error


def rebuilt(name: str, data: bytes, tsr: bytes) -> tuple[bytes, bytes, int | None]:
    """Return (request, response, nonce) for a token whose request somebody else made: the one it answers.

    Raises:
        TokenFormatError: Not a token.
    """
    try:
        token = Token(tsr)
    except ProblemError as error:
        raise TokenFormatError(f"{name}: {error}") from error
    return make_query(data, token.imprint[0], nonce=token.nonce).der, tsr, token.nonce


def _put(target: dict[str, Any], path: str, value: str) -> None:
    *way, last = path.split(".")
    for key in way:
        inner = target.setdefault(key, {})
        if not isinstance(inner, dict):
            raise FactsRefusedError(f"{path}: a fixed field is in the way")
        target = inner
    target[last] = value
