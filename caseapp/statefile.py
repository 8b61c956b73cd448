"""Small files in the data folder that say how something stood when it was last looked at: this machine's view alone.

One that is gone, cut off or written by another version counts for nothing; a new one replaces the old in one step.
"""

from __future__ import annotations

import json
import os
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

State = TypeVar("State")

if TYPE_CHECKING:
    from _typeshed import DataclassInstance


def load_state(path: Path, kind: type[State]) -> State | None:
    """Return what was written as ``kind``, a dataclass; None when it cannot be read as one."""
    try:
        told: Any = json.loads(path.read_text("utf-8"))
        return kind(**told)
    except (OSError, ValueError, TypeError):
        return None


def save_state(path: Path, state: DataclassInstance) -> None:
    """Write it in one step.

    Raises:
        OSError: it cannot be written; the old one stays.
    """
    new = path.with_name(f"{path.name}.{os.getpid()}")
    new.write_text(json.dumps(asdict(state)), "utf-8")
    new.replace(path)
