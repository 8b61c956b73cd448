"""The evidence page's line about the second place: whether this item is on it."""

from __future__ import annotations

from caseapp.replica import read_state
from caseapp.services.queries import EvidenceDetail
from caseapp.web.filters import BEIJING
from caseapp.web.i18n import _
from caseapp.web.visitor import house


def copy_note(item: EvidenceDetail) -> str:
    """Say how the item stands on the second place; empty where none is set, or the item is not sealed.

    What was in the log before the last good run began is there: that run copied all it found, and read it back.
    """
    settings = house().settings
    if not settings.replica_url or item.logged_at is None:
        return ""
    state = read_state(settings)
    if state.damaged or state.unlike:
        return _("副本：第二存放处有不符，见系统状态。")
    reached = state.reached
    if reached is None or reached < item.logged_at:
        return _("副本：尚未复制到第二存放处。")
    return _("副本：已复制到第二存放处并回读核对，截至 %(at)s。", at=f"{reached.astimezone(BEIJING):%Y-%m-%d %H:%M}")
