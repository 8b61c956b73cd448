"""Receipts of judicial blockchains and the like (附着凭证): kept as they were given, never counted as a time stamp.

Such a receipt says that somebody's chain took in a digest. Nothing here can check that without asking them, so it is
attached, shown for what it is, and left out of every count. One that is an RFC 3161 token is imported as a token.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from evidence_store import layout
from evidence_store.digests import sha256_hex
from evidence_store.errors import FactsRefusedError
from evidence_store.failures import ByHandError
from evidence_store.moments import moment
from evidence_store.stamps import Stamp
from evidence_store.verifier.digests import digest

MOST_RECEIPT: Final = 4 << 20
_MOST_TEXT: Final = 200


@dataclass(frozen=True, slots=True)
class Voucher:
    """One attached receipt.

    Attributes:
        name: The chain, as settings name it.
        number: The receipt's number, as printed.
        given: Its bytes as handed over.
        attached_at: When it was attached, by our clock.
        names_digest: Whether its bytes contain a digest of the seal in hex; that proves nothing, its lack is a warning.
    """

    name: str
    number: str
    given: bytes
    attached_at: datetime
    names_digest: bool

    def to_json(self) -> dict[str, Any]:
        """Return what is written beside the bytes."""
        return {
            "schema": "bianwu/voucher/1",
            "name": self.name,
            "number": self.number,
            "sha256": sha256_hex(self.given),
            "attached_at": moment(self.attached_at.astimezone(UTC).replace(microsecond=0)),
            "names_digest": self.names_digest,
            "counts_as_stamp": False,
        }


class ChainReceipt:
    """A chain whose receipts are attached (`chain-receipt`). It has no roots, for nothing of it is verified here.

    Args:
        name: Short name.
        url: Where a person looks a receipt up; never asked by us.
        _roots: Not used.
    """

    kind: Final = "chain-receipt"
    by_hand: Final = True

    def __init__(self, name: str, url: str, _roots: bytes = b"") -> None:
        layout.stamp_stem(1, name)
        self.name, self.url = name, url

    def stamp(self, data: bytes, *, now: Callable[[], datetime]) -> Stamp:
        """Raise `ByHandError`: a receipt is no stamp."""
        del data, now
        raise ByHandError(self.name)

    def attach(self, data: bytes, given: bytes, *, number: str, now: Callable[[], datetime]) -> Voucher:
        """Return the voucher of a receipt over `data`, as given.

        Raises:
            FactsRefusedError: Nothing was given, too much, or a number that is no line of text.
        """
        if not 0 < len(given) <= MOST_RECEIPT:
            raise FactsRefusedError(f"{self.name}: a receipt has 1 to {MOST_RECEIPT} bytes")
        if not number or len(number) > _MOST_TEXT or not number.isprintable():
            raise FactsRefusedError(f"{self.name}: a receipt's number is one line of text")
        text = given.lower()
        known = (sha256_hex(data), digest("sm3", data).hex())
        return Voucher(self.name, number, given, now(), any(one.encode() in text for one in known))
