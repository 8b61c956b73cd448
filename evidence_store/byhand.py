"""Authorities no program can ask: a person takes the request or the digest to them and brings back what they gave."""

from base64 import b64decode
from binascii import Error
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Final

from evidence_store.failures import ByHandError
from evidence_store.queries import as_response, make_query
from evidence_store.revocation import Fetch, fetch_list
from evidence_store.rfc3161 import rebuilt
from evidence_store.stamps import Stamp
from evidence_store.tokencheck import TokenChecker


class ManualAuthority(TokenChecker):
    """An authority whose tokens people import (`manual-import`): its imprint must be that of the seal.

    Args:
        name: Short name.
        url: Where a person goes, for the page; never asked by us.
        roots_pem: Its roots.
        fetch: Port to revocation lists.
    """

    by_hand: Final = True

    def __init__(self, name: str, url: str, roots_pem: bytes, *, fetch: Fetch = fetch_list) -> None:
        super().__init__(name, "manual-import", roots_pem, fetch)
        self.url = url

    def stamp(self, data: bytes, *, now: Callable[[], datetime]) -> Stamp:
        """Raise `ByHandError`: nobody answers here."""
        del data, now
        raise ByHandError(self.name)


def request_of(data: bytes, digest: str = "sha256") -> bytes:
    """Return the request to take along; without a nonce, so that it is the same whenever it is exported."""
    return make_query(data, digest, nonce=None).der


def take_in(authority: TokenChecker, data: bytes, given: bytes, *, now: Callable[[], datetime]) -> Stamp:
    """Return the checked stamp of a file a person brought from an authority, one that answers by itself too.

    Args:
        authority: Whose roots must bear it.
        data: The stamped bytes.
        given: DER or base64, a whole response or a bare token.
        now: The NTP-checked clock.

    Raises:
        StampError, TokenFormatError: What does not hold, above all an imprint of other bytes.
    """
    tsr = as_response(_plain(given))
    stamp = authority.check(data, *rebuilt(authority.name, data, tsr), received_at=now(), late=True)
    return replace(stamp, kind="manual-import")


def _plain(given: bytes) -> bytes:
    """Return DER, of base64 with or without PEM marks too."""
    text = given.strip()
    if text[:1] == b"0" and text[1:2] >= b"\x80":  # 0x30 and a long length: DER, where base64 has a letter
        return given
    lines = [line for line in text.splitlines() if not line.startswith(b"-----")]
    try:
        return b64decode(b"".join(b"".join(lines).split()), validate=True) or given
    except (Error, ValueError):
        return given
