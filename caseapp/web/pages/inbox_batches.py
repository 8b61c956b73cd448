"""Batches of the inbox: hold back, let go on, try the failures again, call off what waits; the window of a capture."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from flask import Response, abort, flash, redirect, request, url_for
from werkzeug.wrappers import Response as Answer

from caseapp.domain.errors import NotFoundError
from caseapp.domain.labels import Label
from caseapp.domain.permissions import Permission
from caseapp.models import Capture
from caseapp.services.batches import cancel_waiting, pause_batch, resume_batch, retry_batch
from caseapp.services.live import live_picture
from caseapp.services.queries import inbox as queries
from caseapp.services.queries.inbox_parts import captures
from caseapp.services.work import Work
from caseapp.web.access import needs
from caseapp.web.i18n import many
from caseapp.web.pages import inbox_forms, inbox_words
from caseapp.web.pages.inbox_acts import blueprint
from caseapp.web.security import DOWNLOAD_POLICY
from caseapp.web.unit import acting, reading

__all__ = ["blueprint"]

EMPTY: Final = b'<svg xmlns="http://www.w3.org/2000/svg" width="8" height="5"/>'
KEY_LENGTH: Final = 26
WINDOW: Final = Label("取证画面", "window of the capture")


@blueprint.post("/batch/<key>/<act>")
@needs(Permission.CAPTURE_REQUEST)
def batch(key: str, act: str) -> Answer:
    """Take one act on all captures of a paste."""
    if act not in ACTS or len(key) != KEY_LENGTH:
        abort(404)
    with acting() as work:
        flash(ACTS[act](work, key), "ok")
    return redirect(url_for("inbox.index", **inbox_words.kept()), 303)


def _pause(work: Work, key: str) -> str:
    return many("已暂停 %(num)d 条；正在取证的会做完。", pause_batch(work, key))


def _resume(work: Work, key: str) -> str:
    return many("继续取证 %(num)d 条。", resume_batch(work, key))


def _retry(work: Work, key: str) -> str:
    return many("重新取证 %(num)d 条；原来的记录都保留。", retry_batch(work, key))


def _cancel(work: Work, key: str) -> str:
    reason = request.form.get("reason", "").strip()[: inbox_forms.REASON]
    return many("已取消 %(num)d 条排队中的取证。", cancel_waiting(work, key, reason=reason))


ACTS: Final[Mapping[str, Callable[[Work, str], str]]] = {
    "pause": _pause, "resume": _resume, "retry": _retry, "cancel": _cancel,
}  # fmt: skip
"""What the address names → what does it; each returns what to say."""


@blueprint.get("/<number>/live.jpg")
@needs(Permission.POST_TRIAGE)
def live(number: str) -> Response:
    """Show the window of the post's running capture, for whoever may see the post; it is never evidence.

    Until it has shown something the answer is an empty picture, so that no page shows a broken one.

    Raises:
        NotFoundError: nothing runs.
    """
    with reading(part=True) as work:
        row = queries.post_row(work, number)
        running = next((one for one in captures(work, [row.id]).get(row.id, ()) if one.status == "running"), None)
        picture = live_picture(work, work.get(Capture, running.key)) if running else None
    if running is None:
        raise NotFoundError(kind=WINDOW)
    kind = "image/jpeg" if picture is not None else "image/svg+xml"
    return Response(picture or EMPTY, mimetype=kind, headers={"Content-Security-Policy": DOWNLOAD_POLICY})
