"""Acts of the inbox: paste, judge, link, not the same, undo, capture again, call off."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Final

from flask import abort, flash, redirect, request, url_for
from werkzeug.wrappers import Response

from caseapp.domain.errors import InvalidInputError, ReasonRequiredError, StaleVersionError, WorkflowRefusedError
from caseapp.domain.labels import Label
from caseapp.domain.permissions import Permission
from caseapp.models import Capture, Case, EvidenceItem, Incident, LoginProfile, Post
from caseapp.services.captures import OPEN, cancel_capture, request_capture, retry_capture
from caseapp.services.carrying import Carry
from caseapp.services.forms import keep_draft
from caseapp.services.incidents import create_incident, triage_post
from caseapp.services.intake import Intake, take_in
from caseapp.services.links import link_post, reject_suggestion, undo_decision
from caseapp.services.logins import ImpactAssessmentMissingError, LoginUnusableError
from caseapp.services.queries import inbox as queries
from caseapp.services.queries.inbox_parts import captures
from caseapp.services.queries.incident import incident_row
from caseapp.services.work import Work
from caseapp.web.access import needs
from caseapp.web.errors import status_of
from caseapp.web.i18n import _, many
from caseapp.web.pages import inbox_forms, inbox_rows, inbox_words
from caseapp.web.pages.inbox import blueprint, box_of, listed, show, side_of
from caseapp.web.security import MAX_FORM_FIELD
from caseapp.web.sending import undoable
from caseapp.web.unit import acting, key_of, reading
from caseapp.web.wording import word

__all__ = ["blueprint"]

Answer = Response | tuple[str, int]
ID_LENGTH: Final = 26


@blueprint.post("/paste")
@needs(Permission.POST_EDIT)
def paste() -> Answer:
    """Take every good line in, order its capture, and leave the others in the box with their reasons."""
    box = request.form.get("urls", "")
    if len(box) > MAX_FORM_FIELD:
        abort(413)  # the page stays as it is, with what was pasted; echoing it would only take as long again
    try:
        with acting() as work:
            joined = request.form.get("incident", "")
            incident = incident_row(work, joined) if joined else None
            taken = take_in(work, box, incident, _carried(work))
            if taken.left:
                keep_draft(work, inbox_forms.DRAFT, {"urls": taken.box, "incident": joined})
    except (InvalidInputError, ImpactAssessmentMissingError, LoginUnusableError) as refusal:
        with reading() as work:
            unassessed = isinstance(refusal, ImpactAssessmentMissingError)
            again = replace(box_of(work, request.form), unassessed=unassessed)
            again.form.refuse(refusal)
            return show(work, listed(work), None, alone=False, box=again), 422
    flash(_told(taken), "ok" if taken.added or taken.known else "warn")
    return redirect(url_for("inbox.index", paste="1" if taken.left else None), 303)


def _carried(work: Work) -> Carry | None:
    """Return the login chosen for a paste, and the case it is used for; None when none was."""
    key, home = request.form.get("login", ""), request.form.get("home", "")
    if not key:
        return None
    if not home:
        problem = Label("带登录身份须选定案件。", "choose the case the login is used for.")
        raise InvalidInputError(field=Label("案件", "case"), problem=problem)
    return Carry(work.get(LoginProfile, key), work.get(Case, home), bare=request.form.get("bare") == "1")


def _told(taken: Intake) -> str:
    parts = [many("收下 %(num)d 个网址", len(taken.added))]
    if taken.ordered:
        parts.append(many("发起 %(num)d 次取证", taken.ordered))
    if taken.carried:
        parts.append(many("其中 %(num)d 次带登录身份", taken.carried))
    if taken.unassessed:
        parts.append(_("均未带登录身份：案件尚无影响评估"))
    if taken.known:
        parts.append(many("%(num)d 个早已登记", len(taken.known)))
    if taken.repeated:
        parts.append(many("%(num)d 行重复，已合并", taken.repeated))
    if taken.left:
        parts.append(many("%(num)d 行有问题，留在框里", len(taken.left)))
    return " · ".join(parts)


@blueprint.post("/<number>/<act>")
@needs(Permission.POST_TRIAGE)
def take(number: str, act: str) -> Answer:
    """Take one act on a lead."""
    if act == "judge":
        return _judge(number)
    if act not in ACTS:
        abort(404)
    with acting() as work:
        row = queries.post_row(work, number)
        ACTS[act](work, row)
        home = key_of(row.no, sample=row.sample)
    return redirect(url_for("inbox.page", number=home, **inbox_words.kept()), 303)


def _judge(number: str) -> Answer:
    """Record a judgement and move on to the next lead of the list."""
    form = inbox_forms.Judge(request.form)
    if not form.validate():
        return _again(number, None)
    try:
        with acting() as work:
            row = queries.post_row(work, number)
            _check_seen(row)
            following = _following(work, row)
            triage_post(work, row, str(form.verdict.data), reason=str(form.reason.data), evidence=_cited(work))
            verdict = str(row.verdict)
    except StaleVersionError:
        return _again(number, None, theirs=True)
    except (InvalidInputError, WorkflowRefusedError) as refusal:
        return _again(number, refusal)
    said = _("已记为“%(what)s”。", what=word("post_verdict", verdict))
    flash(said + (" " + _("它不能列入侵权通知。") if inbox_forms.barred(verdict) else ""), "ok")
    return redirect(following, 303)


def _check_seen(row: Post) -> None:
    """Refuse a judgement made on what a stale tab shows; a capture that ended meanwhile does not matter.

    Raises:
        StaleVersionError: somebody judged the post since.
    """
    if request.form.get("seen", "") != (row.triaged_at.isoformat() if row.triaged_at else ""):
        raise StaleVersionError


def _again(number: str, refusal: InvalidInputError | WorkflowRefusedError | None, *, theirs: bool = False) -> Answer:
    """Show the lead again with what was typed: refused, or judged by somebody else meanwhile."""
    with reading() as work:
        side = replace(side_of(work, queries.post_row(work, number), request.form), theirs=theirs)
        side.judge.validate()
        if refusal is not None:
            side.judge.refuse(refusal)
        status = 409 if theirs else status_of(refusal) if refusal is not None else 422
        return show(work, listed(work), None, alone=True, side=side), status


def _following(work: Work, row: Post) -> str:
    """Return the address of the lead after this one in the list as it stands; of the list when it is the last."""
    rows = list(listed(work).rows)
    at = inbox_rows.place(rows, row.no)
    after = rows[at + 1] if at + 1 < len(rows) else rows[at - 1] if at > 0 else None
    return inbox_words.href(after if after is None or after.number != row.no else None)


def _cited(work: Work) -> EvidenceItem | None:
    key = request.form.get("evidence", "")
    return work.get(EvidenceItem, key) if len(key) == ID_LENGTH else None


def _incident(work: Work) -> Incident:
    key = request.form.get("incident", "")
    if not key:
        problem = Label("请选一个事件。", "choose one.")
        raise InvalidInputError(field=Label("事件", "incident"), problem=problem)
    return incident_row(work, key)


def _reason() -> str | None:
    return request.form.get("reason", "").strip()[: inbox_forms.REASON] or None


def _link(work: Work, row: Post) -> None:
    incident = _incident(work)
    link_post(work, row, incident, reason=_reason())
    _offer_undo(_("已归入 %(no)s。", no=incident.no), row, incident)


def _reject(work: Work, row: Post) -> None:
    incident = _incident(work)
    reject_suggestion(work, row, incident, reason=_reason())
    _offer_undo(_("已记下：不是 %(no)s，以后不再建议。", no=incident.no), row, incident)


def _offer_undo(text: str, row: Post, incident: Incident) -> None:
    home = url_for("inbox.take", number=key_of(row.no, sample=row.sample), act="undo", **inbox_words.kept())
    undoable(text, home, incident=key_of(incident.no, sample=incident.sample))


def _undo(work: Work, row: Post) -> None:
    incident = _incident(work)
    undo_decision(work, row, incident)
    flash(_("已撤销，%(no)s 仍待确认。", no=incident.no), "ok")


def _new(work: Work, row: Post) -> None:
    """Create an incident from a lead, and join the lead to it."""
    form = inbox_forms.NewIncident(request.form)
    if not form.validate():
        problem = Label("请填写事件名称（最多 300 字）和有效的时间。", "fill in a title (at most 300 characters).")
        raise InvalidInputError(field=Label("事件", "incident"), problem=problem)
    made = create_incident(
        work, title=str(form.title.data), severity=form.severity.data or None, detected_at=form.detected_at.data
    )
    link_post(work, row, made)
    flash(_("已登记 %(no)s，并归入这一条。", no=made.no), "ok")


def _capture(work: Work, row: Post) -> None:
    last = next(iter(captures(work, [row.id]).get(row.id, ())), None)
    failed = work.get(Capture, last.key) if last is not None and last.failed else None
    carry = _carried(work)
    if failed is not None and "login" not in request.form:
        order = retry_capture(work, failed)
    else:
        more = {"case_id": carry.case.id, "login_id": carry.login.id} if carry else {}
        order = request_capture(work, row.canonical_url, post_id=row.id, **more)
        if failed is not None and order.retry_of_id is None:
            work.change(order, retry_of_id=failed.id)
    flash(_("已发起取证 %(no)s。关闭页面不影响。", no=order.no or ""), "ok")


def _cancel(work: Work, row: Post) -> None:
    reason = _reason()
    last = next((one for one in captures(work, [row.id]).get(row.id, ()) if one.status in OPEN), None)
    if last is None:
        flash(_("取证已经结束，没有可取消的。"), "warn")
        return
    if reason is None:
        raise ReasonRequiredError(action=Label("取消取证", "call the capture off"))
    cancel_capture(work, work.get(Capture, last.key), reason=reason)
    flash(_("取证已取消。"), "ok")


ACTS: Final[Mapping[str, Callable[[Work, Post], None]]] = {
    "link": _link,
    "reject": _reject,
    "undo": _undo,
    "new": _new,
    "capture": _capture,
    "cancel": _cancel,
}
"""What the address names → what does it."""
