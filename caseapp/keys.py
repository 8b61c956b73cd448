"""The keys of an installation and the trust.json that tells others whom to believe."""

from __future__ import annotations

import hashlib
import secrets
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from caseapp.config import LOG_KEY, SEALER_KEY, TRUST_FILE, Settings
from caseapp.logkeys import log_trust
from evidence_store import Signer
from evidence_store.files import storage_errors
from evidence_store.trust import Trust, TrustedKey, TrustedMinimum, TrustedRoot

KEY_FILES = (SEALER_KEY, LOG_KEY)


def make_keys(settings: Settings) -> bool:
    """Make the sealing key and the log's key where there are none; returns whether any was made.

    Raises:
        EvidenceError: the folder cannot be written. A key that exists is never overwritten.
    """
    folder = settings.keys_dir
    with storage_errors(folder):
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    mark = secrets.token_hex(4)
    made = False
    for name, key_name in ((SEALER_KEY, f"bianwu-sealer-{mark}"), (LOG_KEY, f"bianwu-log-{mark}")):
        if not (folder / name).exists():
            Signer.generate(key_name).save(folder / name)
            made = True
    return made


def trust_of(settings: Settings, *, holder: str, before: Trust | None = None) -> Trust:
    """What a reader must believe to verify this installation's packages, those of earlier settings too.

    Args:
        settings: names the keys and the timestamp authorities.
        holder: whose sealing key it is.
        before: the trust that held until now: the roots of an authority that is no longer asked stay, and its k holds
            for what was sealed under it.
    """
    sealer = Signer.load(settings.keys_dir / SEALER_KEY)
    roots = [
        TrustedRoot(row.name, hashlib.sha256(root).hexdigest(), row.test)
        for row in settings.stampers
        for root in root_ders(row.roots)
    ]
    known = {root.sha256 for root in roots}
    roots += [root for root in (before.roots if before else ()) if root.sha256 not in known]
    return Trust(
        sealers=(TrustedKey(sealer.verifier_key, holder, None, None),),
        roots=tuple(roots),
        minimums=_minimums(settings.stamps_needed, before),
        old_log_keys=before.old_log_keys if before else (),
        **log_trust(settings),
    )


def _minimums(least: int, before: Trust | None) -> tuple[TrustedMinimum, ...]:
    """The k of each period: a new one begins now when the settings ask for another k."""
    if before is None:
        return (TrustedMinimum(least),)
    if before.min_tokens == least:
        return before.minimums
    since, last = datetime.now(UTC).replace(microsecond=0), before.minimums[-1].since
    if last is not None:  # periods follow one another, also when settings change twice within a second
        since = max(since, last + timedelta(seconds=1))
    return (*before.minimums, TrustedMinimum(least, since))


def write_trust(settings: Settings, *, holder: str) -> Path:
    """Write trust.json into the data folder and return its path; an older one is kept beside it by date.

    The name always holds one whole file, the old or the new.

    Raises:
        EvidenceError: a key cannot be read, or the folder cannot be written.
    """
    path = settings.data_dir / TRUST_FILE
    data = trust_of(settings, holder=holder, before=read_trust(settings)).to_bytes()
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    with storage_errors(path):
        if path.exists() and path.read_bytes() != data:
            shutil.copy2(path, path.with_name(f"trust-until-{datetime.now(UTC):%Y%m%dT%H%M%S.%fZ}.json"))
        draft.write_bytes(data)
        draft.replace(path)
    return path


def read_trust(settings: Settings) -> Trust | None:
    """The trust.json of the data folder; None where it was never written.

    Raises:
        EvidenceError: it cannot be read.
    """
    path = settings.data_dir / TRUST_FILE
    return Trust.load(path) if path.is_file() else None


def renew_trust(settings: Settings) -> Path | None:
    """Bring trust.json up to the settings: other authorities, another k; nothing differs: nothing is written.

    Returns:
        The file when it was written anew, for its fingerprint must be handed to recipients again.

    Raises:
        EvidenceError: a key or the file cannot be read, or the folder cannot be written.
    """
    before = read_trust(settings)
    if before is None:
        return None
    renewed = trust_of(settings, holder=before.sealers[0].holder, before=before)
    if _but_sealers(renewed) == _but_sealers(before):
        return None
    return write_trust(settings, holder=before.sealers[0].holder)


def _but_sealers(trust: Trust) -> dict[str, object]:
    """What settings, witnesses and changes of the log's key decide; the sealers are what `init` wrote."""
    return {name: value for name, value in trust.to_json().items() if name != "sealers"}


def root_ders(path: Path) -> list[bytes]:
    """The certificates of a PEM file as DER."""
    return [one.public_bytes(Encoding.DER) for one in x509.load_pem_x509_certificates(path.read_bytes())]
