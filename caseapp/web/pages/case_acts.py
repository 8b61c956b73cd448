"""What is done on the tabs of a case: posts chosen together, the list of evidence, letters."""

from __future__ import annotations

from typing import Any, Final

from flask import flash, g, redirect, request, url_for
from sqlalchemy import select
from werkzeug.wrappers import Response

from caseapp.domain.errors import InvalidInputError, NotFoundError, ReasonRequiredError
from caseapp.domain.kinds import kind_label
from caseapp.domain.labels import Label
from caseapp.domain.permissions import Permission
from caseapp.models import Case, Correspondence, EvidenceItem, Exhibit, Post
from caseapp.services.captures import request_capture
from caseapp.services.case_state import check_writable
from caseapp.services.correspondence import add_letter, void_letter
from caseapp.services.evidence_acts import exhibit_evidence, next_exhibit_no
from caseapp.services.exhibits import change_exhibit, drop_exhibit, move_exhibit
from caseapp.services.proofs import LIMIT, Upload, seal_upload
from caseapp.services.queries.case import posts_of
from caseapp.services.queries.register import case_row
from caseapp.services.work import Work
from caseapp.web.access import needs
from caseapp.web.i18n import _, many
from caseapp.web.pages import case
from caseapp.web.pages.case import blueprint
from caseapp.web.pages.case_posts import MOST
from caseapp.web.pages.correspondence import Letter
from caseapp.web.unit import acting, key_of, reading
from caseapp.web.visitor import house

__all__ = ["blueprint"]

Answer = Response | tuple[str, int]
GROUP: Final = 300
PROVES: Final = 1000
WORDS: Final = 2000
VERSION_DIGITS: Final = 9


def _tab(row: Case, tab: str) -> Response:
    return redirect(url_for("case.tab", number=key_of(row.no, sample=row.sample), tab=tab), 303)


def seen() -> int | None:
    """Return the version the sent form carries; None when it carries none."""
    shown = request.form.get("version", "")
    return int(shown) if shown.isascii() and shown.isdigit() and len(shown) <= VERSION_DIGITS else None


def reason() -> str:
    """Return the reason that was sent, refused when it is too long to keep.

    Raises:
        InvalidInputError.
    """
    said = request.form.get("words", "")
    if len(said) > WORDS:
        problem = Label(f"最多 {WORDS} 字，现在 {len(said)} 字。", f"use at most {WORDS} characters.")
        raise InvalidInputError(field=Label("理由", "reason"), problem=problem)
    return said


@blueprint.post("/<number>/posts")
@needs(Permission.CASE_READ)
def choose(number: str) -> Response:
    """Begin a notice with the chosen posts, or have them captured again."""
    chosen = list(dict.fromkeys(request.form.getlist("post")))
    again = request.form.get("act") == "recheck"
    with acting() as work:
        row = case_row(work, number)
        posts = _posts(work, row, chosen)
        if not posts or len(posts) != len(chosen):
            problem = Label(f"请选 1 到 {MOST} 条本案的内容。", f"choose 1 to {MOST} posts of the case.")
            raise InvalidInputError(field=Label("内容", "posts"), problem=problem)
        if again:
            work.require(Permission.POST_CHECK, row)
            check_writable(row)
            for post in posts:
                request_capture(work, post.url_as_seen, purpose="verify_takedown", post_id=post.id, case_id=row.id)
        key = key_of(row.no, sample=row.sample)
    if not again:
        return redirect(url_for("notice.prepare", case=key, post=[post.id for post in posts]), 303)
    flash(many("%(num)d 条内容已排队复查。", len(posts)), "ok")
    return _tab(row, "posts")


def _posts(work: Work, row: Case, chosen: list[str]) -> list[Post]:
    if not 0 < len(chosen) <= MOST:
        return []
    found = select(Post).where(Post.id.in_(chosen), Post.id.in_(posts_of(row.id)), Post.voided_at.is_(None))
    return list(work.session.scalars(work.visible(found, Post).order_by(Post.no)))


def _said(name: str, limit: int, field: Label) -> str:
    text = request.form.get(name, "")
    if len(text) > limit:
        problem = Label(f"最多 {limit} 字，现在 {len(text)} 字。", f"use at most {limit} characters.")
        raise InvalidInputError(field=field, problem=problem)
    return text


def _place() -> tuple[str, str, str]:
    return (
        _said("exhibit_no", 16, Label("证据编号", "exhibit number")),
        _said("group", GROUP, Label("组名", "name of the group")),
        _said("proves", PROVES, Label("证明目的", "what it proves")),
    )


@blueprint.post("/<number>/exhibits")
@needs(Permission.EVIDENCE_EXHIBIT)
def add_exhibit(number: str) -> Response:
    """Give evidence of the case its place in the list; without a number, the next one of the group."""
    with acting() as work:
        row = case_row(work, number)
        check_writable(row)
        item = work.get(EvidenceItem, request.form.get("evidence", ""))
        label, group, proves = _place()
        wanted = request.form.get("group_no", "1")
        group_no = int(wanted) if wanted.isascii() and wanted.isdigit() and len(wanted) <= 3 and int(wanted) else 1  # noqa: PLR2004 - three digits
        if not label.strip():
            label = next_exhibit_no(work, row, group_no)
        made = exhibit_evidence(work, row, item, label, group=group, proves=proves)
        told = made.exhibit_no
    flash(_("已编入目录：%(no)s。", no=told), "ok")
    return _tab(row, "evidence")


def _exhibit(work: Work, number: str, key: str) -> tuple[Case, Exhibit]:
    row = case_row(work, number)
    place = work.get(Exhibit, key)
    if place.case_id != row.id or place.voided_at is not None:
        raise NotFoundError(kind=kind_label("exhibits"))
    return row, place


@blueprint.post("/<number>/exhibits/<key>")
@needs(Permission.EVIDENCE_EXHIBIT)
def edit_exhibit(number: str, key: str) -> Response:
    """Change an exhibit's number, group and purpose, move it, or take it out of the list."""
    act = request.form.get("act", "")
    with acting() as work:
        row, place = _exhibit(work, number, key)
        if act in {"up", "down"}:
            moved = move_exhibit(work, place, up=act == "up")
            said = _("已移动，编号随之互换。") if moved else _("已在本组的头或尾。")
        elif act == "drop":
            drop_exhibit(work, place, reason=reason())
            said = _("已移出目录，证据本身不变。")
        else:
            label, group, proves = _place()
            change_exhibit(work, place, number=label, group=group, proves=proves, seen_version=seen())
            said = _("已保存。")
    flash(said, "ok")
    return _tab(row, "evidence")


@blueprint.post("/<number>/correspondence")
@needs(Permission.CORRESPONDENCE_EDIT)
def add_correspondence(number: str) -> Answer:
    """Record a letter with what came along; the attachment is sealed before anything is written."""
    form: Any = Letter(request.form)
    if form.validate():
        try:
            upload = _upload(number)
            with acting() as work:
                row = case_row(work, number)
                add_letter(
                    work, row, direction=form.direction.data, channel=form.channel.data, party=form.party.data,
                    at=form.at.data, subject=form.subject.data, body=form.body.data,
                    privileged=form.privileged.data, upload=upload,
                )  # fmt: skip
            flash(_("已登记来往函件。"), "ok")
            return _tab(row, "correspondence")
        except InvalidInputError as refusal:
            form.refuse(refusal)
    with reading() as work:
        work.require(Permission.CORRESPONDENCE_EDIT, case_row(work, number))
    g.pop("reading", None)
    return case.again(number, "correspondence", form=form, open=True)


def _upload(number: str) -> Upload | None:
    file = request.files.get("proof")
    if file is None or not file.filename:
        return None
    with reading(part=True) as work:
        row = case_row(work, number)
        work.require(Permission.CORRESPONDENCE_EDIT, row)
        check_writable(row)
    return seal_upload(house(), file.stream.read(LIMIT + 1), name=file.filename, purpose=f"letter of {row.no}")


@blueprint.post("/<number>/correspondence/<key>/void")
@needs(Permission.CORRESPONDENCE_EDIT)
def void_correspondence(number: str, key: str) -> Response:
    """Void a letter recorded by mistake, with the reason."""
    with acting() as work:
        row = case_row(work, number)
        letter = work.get(Correspondence, key)
        if letter.case_id != row.id or letter.voided_at is not None:
            raise NotFoundError(kind=kind_label("correspondence"))
        if not reason().strip():
            raise ReasonRequiredError(action=Label("作废", "void"))
        void_letter(work, letter, reason=reason())
    flash(_("已作废，记录保留。"), "ok")
    return _tab(row, "correspondence")
