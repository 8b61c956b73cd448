"""Acts on an incident: create, correct, take a step, answer, add and judge claims, join posts and cases."""

from __future__ import annotations

from typing import Any, Final, NoReturn

from flask import abort, flash, redirect, request, url_for
from werkzeug.wrappers import Response

from caseapp.domain.errors import CaseError, InvalidInputError, NotFoundError, StaleVersionError, WorkflowRefusedError
from caseapp.domain.kinds import kind_label
from caseapp.domain.permissions import Permission
from caseapp.domain.workflow import INCIDENT
from caseapp.models import Case, Incident, Post, RumorClaim
from caseapp.services.cases import link_incident
from caseapp.services.incident_acts import check_seen, edit_incident, look_for_posts, respond_at, take_step
from caseapp.services.incidents import add_counter_evidence, add_rumor_claim, create_incident, set_claim_verdict
from caseapp.services.links import link_post, reject_suggestion, undo_decision
from caseapp.services.queries.evidence import item_row
from caseapp.services.queries.incident import incident_row
from caseapp.services.typed import REASON, typed
from caseapp.services.work import Work
from caseapp.web.access import needs
from caseapp.web.errors import status_of
from caseapp.web.i18n import _, many
from caseapp.web.pages.incident import Opened, blueprint, form_of, listed, show, show_list
from caseapp.web.pages.incident_forms import AddClaim, Counter, EditIncident, NewIncident, Responded, Verdict
from caseapp.web.sending import undoable
from caseapp.web.unit import acting, key_of, reading
from caseapp.web.wording import state_word, word

__all__ = ["blueprint"]

Answer = Response | tuple[str, int]
MENDED: Final = (InvalidInputError, WorkflowRefusedError)
"""What typing something else, or somebody else, can mend: the form comes back as it was typed."""
VERSION_DIGITS: Final = 9


def _home(row: Incident, anchor: str = "") -> Response:
    key = key_of(row.no, sample=row.sample)
    return redirect(url_for("incident.page", number=key, _anchor=anchor or None), 303)


def _again(number: str, opened: Opened, refusal: CaseError | None = None) -> Answer:
    """Show the page again with the refused form as it was typed."""
    with reading() as work:
        opened.form.validate()
        if refusal is not None and not opened.theirs:
            opened.form.refuse(refusal)
        status = status_of(refusal) if refusal is not None else 422
        return show(work, incident_row(work, number), opened), status


def _version() -> int | None:
    shown = request.form.get("version", "")
    return int(shown) if shown.isascii() and shown.isdigit() and len(shown) <= VERSION_DIGITS else None


@blueprint.post("/")
@needs(Permission.INCIDENT_CREATE)
def create() -> Answer:
    """Record an incident in three fields; the response clock runs from its detection."""
    form = NewIncident(request.form)
    try:
        if form.validate():
            with acting() as work:
                made = create_incident(
                    work,
                    title=str(form.title.data),
                    severity=form.severity.data or None,
                    detected_at=form.detected_at.data,
                )
                flash(_("已登记 %(no)s，24 小时响应时钟起算。", no=made.no), "ok")
                return _home(made)
    except InvalidInputError as refusal:
        form.refuse(refusal)
    with reading() as work:
        return show_list(listed(work), form), 422


@blueprint.post("/<number>/edit")
@needs(Permission.INCIDENT_TRIAGE)
def edit(number: str) -> Answer:
    """Correct title, severity, type and summary; of two editors the second sees both versions."""
    form = EditIncident(request.form)
    if not form.validate():
        return _again(number, Opened("edit", form))
    try:
        with acting() as work:
            row = incident_row(work, number)
            edit_incident(
                work,
                row,
                title=str(form.title.data),
                summary=form.summary.data,
                severity=form.severity.data or None,
                six_type=form.six_type.data or None,
                seen_version=_version(),
            )
            flash(_("已保存。"), "ok")
            return _home(row)
    except StaleVersionError as stale:
        return _again(number, Opened("edit", form, theirs=True), stale)
    except InvalidInputError as refusal:
        return _again(number, Opened("edit", form), refusal)


@blueprint.post("/<number>/step/<act>")
@needs(Permission.CASE_READ)
def step(number: str, act: str) -> Answer:
    """Take a step of the workflow; the table checks permission, state, second person and reason."""
    known = next((one for one in INCIDENT.transitions if one.action == act), None)
    if known is None:
        abort(404)
    asked = form_of(known)
    form = asked(request.form) if asked is not None else None
    if form is not None and not form.validate():
        return _again(number, Opened("step", form, act))
    said = str(form["words"].data) if form is not None else None
    try:
        with acting() as work:
            row = incident_row(work, number)
            check_seen(row, _version())
            take_step(work, row, act, reason=said, evaluation=said if known.requires else None)
            flash(_("已办理：%(what)s。", what=state_word("incident", row.status)), "ok")
            return _home(row)
    except MENDED as refusal:
        if form is None:
            raise
        return _again(number, Opened("step", form, act), refusal)


@blueprint.post("/<number>/respond")
@needs(Permission.INCIDENT_RESPOND)
def respond(number: str) -> Answer:
    """Record the first public answer; it stops the response clock."""
    form = Responded(request.form)
    if not form.validate():
        return _again(number, Opened("responded", form))
    try:
        with acting() as work:
            row = incident_row(work, number)
            respond_at(work, row, form.at.data)
            flash(_("已登记首次响应，响应时钟停止。"), "ok")
            return _home(row)
    except InvalidInputError as refusal:
        return _again(number, Opened("responded", form), refusal)


@blueprint.post("/<number>/claims")
@needs(Permission.CLAIM_EDIT)
def add_claim(number: str) -> Answer:
    """Record one sentence of the rumor; posts that hold it are suggested at once."""
    form = AddClaim(request.form)
    if not form.validate():
        return _again(number, Opened("claim", form))
    try:
        with acting() as work:
            row = incident_row(work, number)
            claim = add_rumor_claim(
                work,
                row,
                quote=str(form.quote.data),
                neutral=str(form.neutral.data),
                kind=str(form.kind.data),
                subject=form.subject.data or None,
            )
            found = look_for_posts(work, row)
            said = many("另有 %(num)d 条内容可能属于本事件。", found) if found else ""
            flash(_("已登记 %(no)s。", no=claim.no) + said, "ok")
            return _home(row, f"claim-{claim.id}")
    except InvalidInputError as refusal:
        return _again(number, Opened("claim", form), refusal)


def _claim(work: Work, row: Incident, key: str) -> RumorClaim:
    claim = work.get(RumorClaim, key)
    if claim.incident_id != row.id:
        raise NotFoundError(kind=kind_label("rumor_claims"))
    return claim


@blueprint.post("/<number>/claims/<key>/evidence")
@needs(Permission.CLAIM_EDIT)
def counter(number: str, key: str) -> Answer:
    """Put an evidence item against a claim, or for it."""
    form = Counter(request.form)
    if not form.validate():
        return _again(number, Opened("counter", form, key))
    try:
        with acting() as work:
            row = incident_row(work, number)
            claim = _claim(work, row, key)
            item = item_row(work, str(form.evidence.data))
            add_counter_evidence(work, claim, item, proves=form.proves.data or None, supports=bool(form.supports.data))
            flash(_("%(item)s 已列在 %(claim)s 旁。", item=item.no, claim=claim.no), "ok")
            return _home(row, f"claim-{claim.id}")
    except (InvalidInputError, NotFoundError) as refusal:
        return _missing(number, key, form, refusal)


def _missing(number: str, key: str, form: Counter, refusal: CaseError) -> Answer:
    """Show the form again when the evidence is unknown; an unknown incident or claim stays 404.

    Raises:
        NotFoundError: the incident or the claim does not exist for this person.
    """
    with reading() as work:
        _claim(work, incident_row(work, number), key)
    again = _again(number, Opened("counter", form, key), refusal)
    return (again[0], 422) if isinstance(again, tuple) else again


@blueprint.post("/<number>/claims/<key>/verdict")
@needs(Permission.CLAIM_VERIFY)
def verdict(number: str, key: str) -> Answer:
    """Say whether a claim is true, under one's own name and with the reason."""
    form = Verdict(request.form)
    if not form.validate():
        return _again(number, Opened("verdict", form, key))
    try:
        with acting() as work:
            row = incident_row(work, number)
            claim = _claim(work, row, key)
            seen = _version()
            if seen is not None and seen != claim.version:
                _stale()
            set_claim_verdict(work, claim, str(form.verdict.data), rationale=str(form.rationale.data))
            flash(_("%(no)s 已认定：%(what)s。", no=claim.no, what=word("claim_verdict", claim.verdict)), "ok")
            return _home(row, f"claim-{claim.id}")
    except StaleVersionError as stale:
        return _again(number, Opened("verdict", form, key, theirs=True), stale)
    except MENDED as refusal:
        return _again(number, Opened("verdict", form, key), refusal)


def _stale() -> NoReturn:
    raise StaleVersionError


@blueprint.post("/<number>/posts/<key>/<act>")
@needs(Permission.POST_LINK)
def decide(number: str, key: str, act: str) -> Answer:
    """Confirm that a post belongs here, say that it does not, or take that back."""
    if act not in DECISIONS:
        abort(404)
    reason = typed(request.form.get("reason", ""), REASON, 2000) or None
    with acting() as work:
        row = incident_row(work, number)
        post = work.get(Post, key)
        DECISIONS[act](work, post, row, reason)
        if act != "undo":
            home = url_for("incident.decide", number=key_of(row.no, sample=row.sample), key=post.id, act="undo")
            said = _("%(post)s 已归入。") if act == "link" else _("%(post)s 已排除，以后不再建议。")
            undoable(said % {"post": post.no}, home)
        else:
            flash(_("已撤销，%(post)s 仍待确认。", post=post.no), "ok")
        home = key_of(row.no, sample=row.sample)
        return redirect(url_for("incident.tab", number=home, tab="posts"), 303)


def _link(work: Work, post: Post, row: Incident, reason: str | None) -> Any:
    return link_post(work, post, row, reason=reason)


def _reject(work: Work, post: Post, row: Incident, reason: str | None) -> Any:
    return reject_suggestion(work, post, row, reason=reason)


def _undo(work: Work, post: Post, row: Incident, _reason: str | None) -> Any:
    return undo_decision(work, post, row)


DECISIONS: Final = {"link": _link, "reject": _reject, "undo": _undo}


@blueprint.post("/<number>/case")
@needs(Permission.CASE_EDIT)
def join_case(number: str) -> Answer:
    """Join the incident to a case: its members see it from then on."""
    with acting() as work:
        row = incident_row(work, number)
        case = work.get(Case, request.form.get("case", "")[:26])
        link_incident(work, case, row)
        flash(_("已并入 %(no)s。", no=case.no), "ok")
        home = key_of(row.no, sample=row.sample)
    return redirect(url_for("incident.page", number=home), 303)
