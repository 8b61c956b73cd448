"""Which earlier capture a new visit of the same address is compared with: the first one sealed of the same post."""

from __future__ import annotations

import re
from functools import partial
from typing import Final

from sqlalchemy import select

from caseapp.models import Capture, EvidenceItem
from caseapp.services.ports import EarlierCapture
from caseapp.services.work import Work

SEEN: Final = ("live", "changed")
"""Outcomes that show the post."""
_PICTURE: Final = re.compile(r"shots/page-[0-9]+\.jpg")


def earlier_of(work: Work, row: Capture) -> EarlierCapture | None:
    """Return what a capture is compared with; None when the post was never sealed before.

    The first one, not the last: a post that was edited after the notice stays edited at every later check. Like is
    compared with like: same post (without one: same address and case), same login, same desk.
    """
    same = (
        (Capture.post_id == row.post_id,)
        if row.post_id
        else (Capture.post_id.is_(None), Capture.url == row.url, Capture.case_id == row.case_id)
    )
    found = work.session.execute(
        select(Capture, EvidenceItem.files, EvidenceItem.package_id)
        .join(EvidenceItem, EvidenceItem.capture_id == Capture.id)
        .where(
            *same,
            Capture.id != row.id,
            Capture.status == "done",
            Capture.outcome.in_(SEEN),
            Capture.profile_id == row.profile_id if row.profile_id else Capture.profile_id.is_(None),
            Capture.desk_id == row.desk_id if row.desk_id else Capture.desk_id.is_(None),
            Capture.sample == row.sample,
            Capture.voided_at.is_(None),
            EvidenceItem.package_id.is_not(None),
            EvidenceItem.voided_at.is_(None),
        )
        .order_by(Capture.finished_at, Capture.id)
        .limit(1)
    ).first()
    if found is None:
        return None
    capture, files, package_id = found
    names = sorted(name for name in files if _PICTURE.fullmatch(name))
    pictures = tuple(partial(work.app.store.open_file, package_id, f"data/{name}") for name in names)
    finished = str(capture.facts.get("finished") or "")
    fields = [one for one in capture.facts.get("fields") or () if isinstance(one, dict)]
    return EarlierCapture(str(capture.seal_id), finished, capture.text or "", fields, pictures)
