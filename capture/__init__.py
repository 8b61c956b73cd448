"""URL in, directory of artifacts out: a real browser behind a recording relay.

`Browser` and `capture` load with their first use: they bring the browser's driver and the text extractors along, which
whoever only names an error or a request does not need.
"""

import importlib
from typing import TYPE_CHECKING, Any

from capture.errors import CaptureError
from capture.models import (
    Box,
    CaptureRequest,
    CaptureResult,
    FieldValue,
    LeafKey,
    Limits,
    Outcome,
    Progress,
    StepRecord,
)

if TYPE_CHECKING:
    from capture.browser import Browser
    from capture.engine import capture

__all__ = [
    "Box",
    "Browser",
    "CaptureError",
    "CaptureRequest",
    "CaptureResult",
    "FieldValue",
    "LeafKey",
    "Limits",
    "Outcome",
    "Progress",
    "StepRecord",
    "capture",
]

_LATE = {"Browser": "capture.browser", "capture": "capture.engine"}


def __getattr__(name: str) -> Any:
    """Load what is named late (PEP 562)."""
    if name not in _LATE:
        raise AttributeError(f"module 'capture' has no attribute {name!r}")
    value = globals()[name] = getattr(importlib.import_module(_LATE[name]), name)
    return value
