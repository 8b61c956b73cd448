"""Time stamps laid into a package folder: asked for, written, found again after a crash."""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from evidence_store import layout
from evidence_store.digests import sha256_hex
from evidence_store.errors import PackageFormatError
from evidence_store.failures import ObjectConflictError
from evidence_store.files import OS_PORT, FilePort, read_file, replace_file, storage_errors, write_new
from evidence_store.manifest import digest_list
from evidence_store.package import MAX_TAG_FILE, Package
from evidence_store.stampfiles import (
    StampGroup,
    read_group_files,
    read_groups,
    stamp_group,
    stamp_index,
    stamp_paths,
)
from evidence_store.stamps import TEST_POLICY, Stamp, StampReport, TimestampAuthority, stamp_state
from evidence_store.timestamp import request_stamps
from evidence_store.tokencheck import EPOCH, imprint_holds
from evidence_store.verifier.problem import ProblemError
from evidence_store.verifier.tokens import Token

_FILE: Final = re.compile(r"([0-9]{2})-([a-z0-9][a-z0-9-]{0,31})\.tsr")
_UNFINISHED: Final = re.compile(r"\..+\.[0-9a-f]{12}\.tmp")  # of `write_new` and `replace_file`, left by a crash
_UNKNOWN_KIND: Final = "unknown"  # by which adapter a stamp came whose authority is no longer in the settings


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
    kinds = {authority.name: authority.kind for authority in authorities}
    groups = _recover(package, read_groups(package), kinds, port)
    there = {group.name for group in groups}
    policy = package.seal.get("tsa_policy")
    k, wanted = (policy.get("k"), policy.get("names")) if isinstance(policy, dict) else (0, [])
    if not isinstance(k, int) or not isinstance(wanted, list):
        raise PackageFormatError("seal.json has no tsa_policy")
    asked = [authority for authority in authorities if authority.name not in there]
    report = request_stamps(package.read(layout.SEAL_SHA256), asked, k=k, now=now)
    if report.stamps:
        for given in report.stamps:
            number = 1 + max((group.number for group in groups), default=0)
            groups.append(_write_group(package.path, stamp_group(number, given), port))
        replace_file(package.path / layout.TSA_INDEX, stamp_index([group.entry for group in groups]), port=port)
    rewrite_tagmanifest(package.path, port=port)
    state = stamp_state([group.name for group in groups], k, [*wanted, *(one.name for one in authorities)])
    return StampReport(report.outcomes, state, any(group.test for group in groups))


def _write_group(folder: Path, group: StampGroup, port: FilePort) -> StampGroup:
    """Write the files of a stamp, the response last: without it the others are rubbish of a crash."""
    for path, data in sorted(group.files.items(), key=lambda item: item[0].endswith(".tsr")):
        with storage_errors(path):
            port.make_folders((folder / path).parent, 0o777)
        if not write_new(folder / path, data, port=port, mode=0o666):
            raise ObjectConflictError(path)
    return group


def _recover(package: Package, groups: list[StampGroup], kinds: Mapping[str, str], port: FilePort) -> list[StampGroup]:
    """Take in whole stamps a crash left out of the table of contents; clear away halves, which have no response."""
    folder = package.path / layout.TSA
    with storage_errors(folder):
        names = {item.name for item in folder.iterdir()} if folder.is_dir() else set[str]()
    listed = {path.removeprefix(layout.TSA) for group in groups for path in group.files}
    strange = names - listed - {layout.TSA_INDEX.removeprefix(layout.TSA)}
    if not strange:
        return groups
    for name in sorted(strange):
        match = _FILE.fullmatch(name)
        group = _whole_group(package, int(match.group(1)), match.group(2), kinds) if match else None
        if group is not None:
            groups.append(group)
            listed |= {path.removeprefix(layout.TSA) for path in group.files}
    for name in sorted(strange - listed):
        if not name.endswith(".tsr"):
            with storage_errors(folder / name):
                port.remove(folder / name)
    groups.sort(key=lambda group: group.number)
    if groups:
        replace_file(package.path / layout.TSA_INDEX, stamp_index([group.entry for group in groups]), port=port)
    return groups


def _whole_group(package: Package, number: int, name: str, kinds: Mapping[str, str]) -> StampGroup | None:
    paths = stamp_paths(number, name)
    with storage_errors(package.path):
        if not all((package.path / path).is_file() for path in paths):
            return None
    files = read_group_files(package, number, name)
    tsq, tsr, chain, roots = (files[path] for path in paths)
    try:
        token = Token(tsr)
    except ProblemError:
        return None
    if not imprint_holds(token.imprint, package.read(layout.SEAL_SHA256)):
        return None
    at = EPOCH + timedelta(microseconds=token.gen_time)
    found = Stamp(
        name=name,
        kind=kinds.get(name, _UNKNOWN_KIND),
        tsq=tsq,
        tsr=tsr,
        chain_pem=chain,
        roots_pem=roots,
        gen_time=at,
        policy=token.policy,
        serial=token.serial,
        nonce=token.nonce,
        received_at=at,
        test=token.policy == TEST_POLICY,
        imprint=token.imprint[0],
        crl=b"".join(data for path, data in files.items() if path not in paths),
    )
    return stamp_group(number, found)


def rewrite_tagmanifest(folder: Path, *, port: FilePort = OS_PORT) -> None:
    """Bring tagmanifest-sha256.txt of a package folder up to date with the files outside `data/`."""
    digests = {}
    with storage_errors(folder):
        files = [item for item in folder.rglob("*") if item.is_file() and not item.is_symlink()]
    for item in files:
        path = item.relative_to(folder).as_posix()
        if _UNFINISHED.fullmatch(item.name) and not path.startswith(layout.DATA):
            with storage_errors(item):
                port.remove(item)
        elif not path.startswith(layout.DATA) and path != layout.TAGMANIFEST:
            digests[path] = sha256_hex(read_file(item, MAX_TAG_FILE))
    wanted, target = digest_list(digests), folder / layout.TAGMANIFEST
    if not target.is_file() or read_file(target, MAX_TAG_FILE) != wanted:
        replace_file(target, wanted, port=port)
