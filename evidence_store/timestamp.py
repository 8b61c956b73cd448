"""Asking authorities for time stamps over the bytes of seal.sha256."""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from evidence_store.byhand import ManualAuthority
from evidence_store.errors import EvidenceError, FactsRefusedError, RootsFileError
from evidence_store.receipts import ChainReceipt
from evidence_store.rfc3161 import JsonWrappedAuthority, Rfc3161Authority
from evidence_store.stamps import Outcome, StampReport, TimestampAuthority, stamp_state

Options = Mapping[str, Any]
Maker = Callable[[str, str, bytes, Options], TimestampAuthority]


def _plain(maker: Callable[[str, str, bytes], TimestampAuthority]) -> Maker:
    def make(name: str, url: str, roots: bytes, options: Options) -> TimestampAuthority:
        if options:
            raise FactsRefusedError(f"{name}: this kind of authority has no options")
        return maker(name, url, roots)

    return make


AUTHORITIES: Final[Mapping[str, Maker]] = {
    "rfc3161-http": _plain(Rfc3161Authority),
    "json-wrapped": JsonWrappedAuthority,
    "manual-import": _plain(ManualAuthority),
    "chain-receipt": _plain(ChainReceipt),
}
"""Kind → adapter. A new kind of authority is one entry here, held to the contract test over all of them."""
USUAL: Final = "rfc3161-http"


def open_authority(
    name: str, url: str, roots: Path | bytes, *, kind: str = USUAL, options: Options | None = None
) -> TimestampAuthority:
    """Return the authority of one line of settings.

    Args:
        name: Short name.
        url: Its address; one asked by hand may have none.
        roots: PEM file, or PEM bytes, with its root certificates.
        kind: A key of `AUTHORITIES`.
        options: What this kind needs besides.

    Raises:
        FactsRefusedError: No such kind, or the address or an option is malformed.
        RootsFileError: The roots cannot be read.
    """
    maker = AUTHORITIES.get(kind)
    if maker is None:
        raise FactsRefusedError(f"{kind}: no such kind of authority ({', '.join(AUTHORITIES)})")
    return maker(name, url, _read_roots(roots) if isinstance(roots, Path) else roots, options or {})


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
