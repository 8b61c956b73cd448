"""URL in, directory of artifacts out: a real browser behind a recording relay."""

from capture.browser import Browser
from capture.engine import capture
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
