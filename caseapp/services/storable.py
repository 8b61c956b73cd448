"""Text from a hostile page in the form every database keeps."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, is_dataclass
from typing import Any


def storable(value: Any) -> Any:
    """Return a value as both databases can hold it in a text or JSON column.

    NUL becomes the visible sign ␀ (PostgreSQL keeps no NUL in text or JSON), a lone surrogate a question mark (UTF-8
    has none), a number that is not finite nothing (JSON has none); a dataclass becomes a map of its fields.
    """
    if isinstance(value, str):
        return value.replace("\x00", "\u2400").encode("utf-8", "replace").decode()
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if is_dataclass(value) and not isinstance(value, type):
        return storable(asdict(value))
    if isinstance(value, Mapping):
        return {storable(str(key)): storable(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [storable(item) for item in value]
    return value
