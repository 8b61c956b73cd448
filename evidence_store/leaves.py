"""What may stand in the log: digests and opaque references, never personal data. Pure."""

import re
from collections.abc import Mapping
from typing import Any, Final

from evidence_store.errors import LeafRefusedError
from evidence_store.layout import is_hex256
from evidence_store.moments import is_moment

LEAF_TYPES: Final = ("seal", "custody", "erase", "renewal", "key", "anchor", "scrub", "approval", "dispatch")
MAX_LEAF: Final = 4096
"""Bytes of one log entry."""

_KEYS: Final = {"v", "t", "at", "ref", "h256", "hsm3"}
_REF: Final = re.compile(r"[A-Za-z0-9._:-]{1,128}")


def leaf_bytes(leaf: Mapping[str, Any]) -> bytes:
    """Return the entry of a leaf `{v, t, at, ref, h256, hsm3}`: its canonical JSON.

    Raises:
        LeafRefusedError: Other keys, other types, or a reference that could carry personal data.
    """
    if set(leaf) != _KEYS or type(leaf["v"]) is not int or leaf["v"] != 1 or leaf["t"] not in LEAF_TYPES:
        raise LeafRefusedError("fields are v=1, t, at, ref, h256, hsm3")
    at, ref, first, second = leaf["at"], leaf["ref"], leaf["h256"], leaf["hsm3"]
    if not is_moment(at) or not isinstance(ref, str) or not _REF.fullmatch(ref):
        raise LeafRefusedError("at is a UTC time, ref an opaque reference of letters, digits and . _ : -")
    if not is_hex256(first) or not is_hex256(second):
        raise LeafRefusedError("h256 and hsm3 are 64 hex digits")
    # every value was just held to characters that need no escape, so this is the canonical form; at most 400 bytes
    return f'{{"at":"{at}","h256":"{first}","hsm3":"{second}","ref":"{ref}","t":"{leaf["t"]}","v":1}}'.encode()
