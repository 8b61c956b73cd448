"""Reading back what a relay wrote, and what the relay itself is."""

import hashlib
import importlib.metadata
import json
import ssl
import sys
from pathlib import Path

from capture.errors import RecordBrokenError
from capture.relay_model import RECORDS_NAME, Record, from_json

_FOLDER = Path(__file__).resolve().parent
_CHILD_MODULES = ("errors.py", "guard.py", "hosts.py", "models.py", "relay_*.py")


def read_records(spool: Path) -> list[Record]:
    """Read `records.jsonl`; a last line cut by a killed relay is left out.

    Raises:
        RecordBrokenError: It cannot be read.
    """
    path = spool / RECORDS_NAME
    try:
        lines = path.read_bytes().split(b"\n") if path.exists() else [b""]
        found = []
        for line in lines[:-1]:
            data = json.loads(line)
            found.append(from_json(data.pop("kind"), data, spool))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise RecordBrokenError(f"{path}: {error}") from error
    return found


def software() -> dict[str, str]:
    """Return versions and the digest of the relay's own code, for the record."""
    digest = hashlib.sha256()
    for pattern in _CHILD_MODULES:
        for path in sorted(_FOLDER.glob(pattern)):
            digest.update(path.name.encode() + b"\0" + hashlib.sha256(path.read_bytes()).digest())
    return {
        "python": sys.version.split()[0],
        "openssl": ssl.OPENSSL_VERSION,
        "cryptography": importlib.metadata.version("cryptography"),
        "relay_sha256": digest.hexdigest(),
    }
