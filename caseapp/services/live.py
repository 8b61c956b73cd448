"""The window of a running capture, shown to those who wait for it and may read about its post; never evidence."""

from __future__ import annotations

from typing import Final

from caseapp.domain.permissions import Permission
from caseapp.models import Capture
from caseapp.services.work import Work

LIVE: Final = "live.jpg"
"""Its name in the folder of the attempt; gone with it."""


def live_picture(work: Work, capture: Capture) -> bytes | None:
    """Return what the window of a running capture shows, for somebody who may read about its post; None when nothing.

    Raises:
        NotFoundError, PermissionDeniedError: the post is not for this person.
    """
    work.require(Permission.CASE_READ, capture)
    if capture.status != "running":
        return None
    shown = sorted((work.app.captures_dir / capture.id).glob(f"*/{LIVE}"), key=lambda path: int(path.parent.name))
    try:
        return shown[-1].read_bytes() if shown else None
    except FileNotFoundError:  # it ended this moment
        return None
