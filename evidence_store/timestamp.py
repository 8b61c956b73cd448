"""Asking authorities for time stamps over the bytes of seal.sha256."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from evidence_store.errors import EvidenceError, FactsRefusedError, RootsFileError
from evidence_store.rfc3161 import Rfc3161Authority
from evidence_store.stamps import Outcome, StampReport, TimestampAuthority, stamp_state

AUTHORITIES: Final[dict[str, Callable[[str, str, bytes], TimestampAuthority]]] = {
    "http": Rfc3161Authority,
    "https": Rfc3161Authority,
}
"""Scheme of an authority's address → adapter. A new kind of authority is one entry here."""


def open_authority(name: str, url: str, roots: Path | bytes) -> TimestampAuthority:
    """Return the authority of one line of settings.

    Args:
        name: Short name.
        url: Its address; the scheme picks the adapter.
        roots: PEM file, or PEM bytes, with its root certificates.

    Raises:
        FactsRefusedError: No adapter for the scheme, or the address is malformed.
        RootsFileError: The roots cannot be read.
    """
    maker = AUTHORITIES.get(url.partition(":")[0])
    if maker is None:
        raise FactsRefusedError(f"{url}: no adapter for this kind of address")
    return maker(name, url, _read_roots(roots) if isinstance(roots, Path) else roots)


def _read_roots(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise RootsFileError(f"{path}: {error.strerror}") from error


def _ask(authority: TimestampAuthority, data: bytes, now: Callable[[], datetime]) -> Outcome:
    try:
        return Outcome(authority.name, authority.stamp(data, now=now), None)
    except EvidenceError as error:
        return Outcome(authority.name, None, error)


def request_stamps(
    data: bytes,
    authorities: Sequence[TimestampAuthority],
    *,
    k: int,
    now: Callable[[], datetime] | datetime | None = None,
) -> StampReport:
    """Ask all authorities at once for stamps over `data` (the bytes of seal.sha256). Never raises for an authority.

    Args:
        data: What to stamp.
        authorities: Whom to ask.
        k: How many stamps make the seal "stamped".
        now: The NTP-checked clock, or the time now; the computer's clock when absent.
    """
    clock = (lambda: now) if isinstance(now, datetime) else now or (lambda: datetime.now(UTC))
    with ThreadPoolExecutor(max_workers=max(1, len(authorities)), thread_name_prefix="tsa") as pool:
        outcomes = tuple(pool.map(lambda authority: _ask(authority, data, clock), authorities))
    given = [outcome.stamp for outcome in outcomes if outcome.stamp is not None]
    state = stamp_state([stamp.name for stamp in given], k, [authority.name for authority in authorities])
    return StampReport(outcomes, state, any(stamp.test for stamp in given))
