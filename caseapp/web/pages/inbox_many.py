"""Acts on many leads at once: capture, join to an incident, judge; one transaction, one undo, the list as it was."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from flask import abort, flash, redirect, request, url_for
from werkzeug.wrappers import Response

from caseapp.domain.errors import InvalidInputError
from caseapp.domain.labels import Label
from caseapp.domain.permissions import Permission
from caseapp.models import Capture, Incident, Post
from caseapp.services.captures import OPEN, cancel_capture, request_capture, retry_capture
from caseapp.services.incidents import triage_post
from caseapp.services.links import link_post, undo_decision
from caseapp.services.queries import inbox as queries
from caseapp.services.queries.inbox_parts import captures
from caseapp.services.queries.incident import incident_row
from caseapp.services.work import Work
from caseapp.web.access import needs
from caseapp.web.i18n import _, many
from caseapp.web.pages import inbox_forms, inbox_words
from caseapp.web.pages.inbox_send import blueprint
from caseapp.web.sending import undoable
from caseapp.web.unit import acting, key_of
from caseapp.web.wording import word

__all__ = ["blueprint"]

MOST: Final = 200
"""Leads one act may cover: as many as one paste brings."""
_LEADS: Final = Label("线索", "leads")


@blueprint.post("/many")
@needs(Permission.POST_TRIAGE)
def together() -> Response:
    """Take one act on every chosen lead, or on none when one of them refuses it."""
    act = ACTS.get(request.form.get("do", ""))
    if act is None:
        abort(404)
    with acting() as work:
        act(work, [queries.post_row(work, key) for key in _chosen()])
    return redirect(url_for("inbox.index", **inbox_words.kept()), 303)


def _chosen() -> list[str]:
    """Return the keys of the chosen leads, each once; an undo names them in one field."""
    keys = list(dict.fromkeys([*request.form.getlist("lead"), *request.form.get("leads", "").split()]))
    if not keys:
        raise InvalidInputError(field=_LEADS, problem=Label("请先勾选线索。", "tick some first."))
    if len(keys) > MOST:
        problem = Label(f"一次最多 {MOST} 条。", f"at most {MOST} at once.")
        raise InvalidInputError(field=_LEADS, problem=problem)
    return keys


def _incident(work: Work) -> Incident:
    key = request.form.get("incident", "")
    if not key:
        raise InvalidInputError(field=Label("事件", "incident"), problem=Label("请选一个事件。", "choose one."))
    return incident_row(work, key)


def _offer_undo(said: str, act: str, rows: Sequence[Post], **fields: str) -> None:
    leads = " ".join(key_of(row.no, sample=row.sample) for row in rows)
    undoable(said, url_for("inbox.together", **inbox_words.kept()), do=act, leads=leads, **fields)


def _link(work: Work, rows: Sequence[Post]) -> None:
    """Join the leads to one incident; the undo takes back those joined now, not those that were in it before."""
    incident = _incident(work)
    fresh = [row for row in rows if link_post(work, row, incident).decided_at == work.now]
    if not fresh:
        flash(_("都已在 %(no)s 里。", no=incident.no), "ok")
        return
    said = many("已把 %(num)d 条归入", len(fresh)) + f" {incident.no}"
    _offer_undo(said, "unlink", fresh, incident=key_of(incident.no, sample=incident.sample))


def _unlink(work: Work, rows: Sequence[Post]) -> None:
    incident = _incident(work)
    for row in rows:
        undo_decision(work, row, incident)
    flash(many("已撤销，%(num)d 条仍待确认。", len(rows)), "ok")


def _capture(work: Work, rows: Sequence[Post]) -> None:
    """Order a capture of each lead that has none open."""
    known = captures(work, [row.id for row in rows])
    ordered = []
    for row in rows:
        last = next(iter(known.get(row.id, ())), None)
        if last is not None and last.open:
            continue
        if last is not None and last.failed:
            retry_capture(work, work.get(Capture, last.key))
        else:
            request_capture(work, row.canonical_url, post_id=row.id)
        ordered.append(row)
    if not ordered:
        flash(_("所选线索都已在取证。"), "ok")
        return
    _offer_undo(many("发起 %(num)d 次取证", len(ordered)), "recall", ordered)


def _recall(work: Work, rows: Sequence[Post]) -> None:
    """Call off what was just ordered and is still open; what was captured meanwhile stays."""
    known = captures(work, [row.id for row in rows])
    stopped = 0
    for row in rows:
        last = next((one for one in known.get(row.id, ()) if one.status in OPEN), None)
        if last is not None:
            cancel_capture(work, work.get(Capture, last.key), reason=_("发起后随即撤销"))
            stopped += 1
    flash(many("已取消 %(num)d 次取证。", stopped), "ok")


def _judge(work: Work, rows: Sequence[Post]) -> None:
    """Record one judgement, with one reason, on every lead."""
    form = inbox_forms.Judge(request.form)
    if not form.validate():
        problem = Label(
            "请选择定性，并写明理由（最多 2000 字）。", "choose one and give a reason (at most 2000 characters)."
        )
        raise InvalidInputError(field=Label("定性", "judgement"), problem=problem)
    verdict = str(form.verdict.data)
    for row in rows:
        triage_post(work, row, verdict, reason=str(form.reason.data))
    said = many("已给 %(num)d 条定性：", len(rows)) + word("post_verdict", verdict)
    flash(said + (" " + _("它们不能列入侵权通知。") if inbox_forms.barred(verdict) else ""), "ok")


ACTS: Final = {"capture": _capture, "recall": _recall, "link": _link, "unlink": _unlink, "judge": _judge}
"""What the form names → what does it."""
