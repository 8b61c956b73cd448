"""What a time stamp is here, and what an authority has to offer. No network."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal, Protocol

from evidence_store.errors import EvidenceError

TEST_POLICY: Final = "1.3.6.1.4.1.32473.3161.1"
"""Policy OID of test authorities, below the enterprise number RFC 5612 keeps for examples."""

CLOCK_TOLERANCE: Final = timedelta(minutes=5)

State = Literal["self-timed", "stamped", "complete"]


@dataclass(frozen=True, slots=True)
class Stamp:
    """One checked time stamp.

    Attributes:
        name: Name of the authority in settings, `[a-z0-9-]`.
        kind: Adapter, a key of `AUTHORITIES`.
        tsq: DER request as sent.
        tsr: DER response as received.
        chain_pem: Certificates of the token.
        roots_pem: The configured root its chain ends in.
        gen_time: The token's time, aware UTC.
        policy: The token's policy OID.
        serial: The token's serial number.
        nonce: The nonce sent and returned, None when there was none.
        received_at: The computer's own clock when it arrived.
        test: Whether the authority is a test authority: 测试时间戳, no evidential value.
        imprint: Digest its imprint uses.
        crl: PEM of the revocation lists collected when it arrived; empty when none could be.
    """

    name: str
    kind: str
    tsq: bytes
    tsr: bytes
    chain_pem: bytes
    roots_pem: bytes
    gen_time: datetime
    policy: str
    serial: int
    nonce: int | None
    received_at: datetime
    test: bool
    imprint: str = "sha256"
    crl: bytes = b""


class TimestampAuthority(Protocol):
    """Anything that stamps bytes; the contract test runs over all of `AUTHORITIES`."""

    @property
    def name(self) -> str:
        """Short name, `[a-z0-9][a-z0-9-]*`, part of file names."""

    @property
    def kind(self) -> str:
        """Name of the adapter, kept with every stamp."""

    @property
    def by_hand(self) -> bool:
        """Whether a person fetches its stamps: `stamp` only says so."""

    def stamp(self, data: bytes, *, now: Callable[[], datetime]) -> Stamp:
        """Return a checked stamp over the SHA-256 of `data`.

        Raises:
            StampError: No answer, a refusal, or a token that does not hold.
            TokenFormatError: The answer is not a time-stamp response.
        """


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one authority gave: a stamp or an error."""

    name: str
    stamp: Stamp | None
    error: EvidenceError | None


@dataclass(frozen=True, slots=True)
class StampReport:
    """What all authorities gave.

    Attributes:
        outcomes: One for each authority, in the order given.
        state: `self-timed` below k stamps, `stamped` from k, `complete` with all n.
        is_test: Whether any stamp comes from a test authority.
    """

    outcomes: tuple[Outcome, ...]
    state: State
    is_test: bool

    @property
    def stamps(self) -> tuple[Stamp, ...]:
        """The stamps that were given."""
        return tuple(outcome.stamp for outcome in self.outcomes if outcome.stamp is not None)


def stamp_state(names: Sequence[str], k: int, wanted: Sequence[str]) -> State:
    """Return the state of a seal that has stamps of `names` under the policy k of `wanted`."""
    given = set(names)
    if not given or len(given) < k:
        return "self-timed"
    return "complete" if given >= set(wanted) else "stamped"
