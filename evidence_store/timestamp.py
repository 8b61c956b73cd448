"""Asking authorities for time stamps over the bytes of seal.sha256, and laying them into a package folder."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from evidence_store import layout
from evidence_store.digests import sha256_hex
from evidence_store.errors import EvidenceError, FactsRefusedError, PackageFormatError, RootsFileError
from evidence_store.failures import ObjectConflictError
from evidence_store.files import OS_PORT, FilePort, read_file, replace_file, storage_errors, write_new
from evidence_store.manifest import digest_list
from evidence_store.package import MAX_TAG_FILE, Package
from evidence_store.rfc3161 import Rfc3161Authority
from evidence_store.stampfiles import read_groups, stamp_group, stamp_index
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


def stamp(
    package: Package,
    authorities: Sequence[TimestampAuthority],
    *,
    now: Callable[[], datetime] | datetime | None = None,
    port: FilePort = OS_PORT,
) -> StampReport:
    """Ask authorities for stamps over a package in a folder and add them below `seal/tsa/`.

    An authority whose stamp lies there already is not asked again. Without any stamp the seal stays "self-timed".

    Returns:
        The outcomes of those asked; the state counts the stamps that were there before too.

    Raises:
        StorageError: The folder cannot be written.
        TokenFormatError: The stamps already there are malformed.
    """
    groups = read_groups(package)
    there = {group.name for group in groups}
    policy = package.seal.get("tsa_policy")
    k, wanted = (policy.get("k"), policy.get("names")) if isinstance(policy, dict) else (0, [])
    if not isinstance(k, int) or not isinstance(wanted, list):
        raise PackageFormatError("seal.json has no tsa_policy")
    asked = [authority for authority in authorities if authority.name not in there]
    report = request_stamps(package.read(layout.SEAL_SHA256), asked, k=k, now=now)
    number = _last_number(package)
    for given in report.stamps:
        number += 1
        group = stamp_group(number, given)
        groups.append(group)
        for path, data in group.files.items():
            with storage_errors(path):
                port.make_folders((package.path / path).parent, 0o777)
            if not write_new(package.path / path, data, port=port, mode=0o666):
                raise ObjectConflictError(path)
    if report.stamps:
        replace_file(package.path / layout.TSA_INDEX, stamp_index([group.entry for group in groups]), port=port)
        rewrite_tagmanifest(package.path, port=port)
    names = [group.name for group in groups]
    state = stamp_state(names, k, [*wanted, *(authority.name for authority in authorities)])
    return StampReport(report.outcomes, state, any(group.test for group in groups))


def _last_number(package: Package) -> int:
    """Return the highest NN in use, also by files a crash left without an index."""
    folder = package.path / layout.TSA
    with storage_errors(folder):
        names = [item.name[:2] for item in folder.iterdir()] if folder.is_dir() else []
    return max((int(name) for name in names if name.isdecimal()), default=0)


def rewrite_tagmanifest(folder: Path, *, port: FilePort = OS_PORT) -> None:
    """Write tagmanifest-sha256.txt of a package folder anew from the files outside `data/`."""
    digests = {}
    with storage_errors(folder):
        files = [item for item in folder.rglob("*") if item.is_file() and not item.is_symlink()]
    for item in files:
        path = item.relative_to(folder).as_posix()
        if not path.startswith(layout.DATA) and path != layout.TAGMANIFEST:
            digests[path] = sha256_hex(read_file(item, MAX_TAG_FILE))
    replace_file(folder / layout.TAGMANIFEST, digest_list(digests), port=port)
