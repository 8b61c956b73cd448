"""登录身份: the firm's own accounts that captures may carry: brought in as a file, renewed, revoked, used."""

from __future__ import annotations

from typing import Final

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as Answer

from caseapp.domain.errors import CaseError, InvalidInputError, NotFoundError, PermissionDeniedError
from caseapp.domain.labels import Label
from caseapp.domain.permissions import Permission
from caseapp.models import Case, LoginProfile
from caseapp.services.captures import URL_LIMIT, request_capture
from caseapp.services.carrying import cases_to_carry_for
from caseapp.services.logins import (
    ASSESSMENT_LENGTH,
    NAME_LENGTH,
    import_login,
    logins,
    record_impact_assessment,
    renew_login,
    revoke_login,
)
from caseapp.services.work import Work
from caseapp.web.access import needs
from caseapp.web.forms import Form, choice, text
from caseapp.web.i18n import N_, _
from caseapp.web.marks import Mark
from caseapp.web.unit import acting, reading

blueprint = Blueprint("login", __name__, url_prefix="/logins")

FILE_MOST: Final = 1024 * 1024


class Brought(Form):
    """A new login; its file comes beside it and is never shown again."""

    name = text(N_("名称"), limit=NAME_LENGTH, required=True)
    pause = text(N_("两次访问至少间隔（秒）"), limit=4)


def _cases(work: Work) -> list[tuple[str, str]]:
    unassessed = _("（尚无影响评估）")
    found = cases_to_carry_for(work)
    return [(key, f"{no} {title[:40]}" + ("" if done else unassessed)) for key, no, title, done in found]


def _assessed(cases: list[tuple[str, str]]) -> type[Form]:
    class Assessed(Form):
        """A case's impact assessment."""

        home = choice(N_("案件"), lambda: cases, required=True)
        words = text(N_("个人信息保护影响评估"), limit=ASSESSMENT_LENGTH, required=True, area=True)

    return Assessed


def mark(row: LoginProfile) -> Mark:
    """Return the chip of a login's state."""
    if row.voided_at is not None:
        return Mark(_("已撤销"), "", "ban")
    return Mark(_("可用"), "ok", "check") if row.status == "usable" else Mark(_("需重新登录"), "warn", "key")


def _page(refusal: CaseError | None = None, *, brought: Form | None = None, assessed: bool = False) -> str:
    with reading() as work:
        rows, cases = logins(work), _cases(work)
        may_edit = Permission.LOGIN_EDIT in work.permissions()
        told = Form()
        if refusal is not None:
            told.refuse(refusal)
        form = _assessed(cases)(request.form if assessed else None)
        if assessed:
            form.validate()
        return render_template(
            "login/index.html",
            rows=rows,
            mark=mark,
            told=told,
            cases=cases,
            may_edit=may_edit,
            brought=brought or Brought(data={"pause": "30"}),
            assessed=form,
            limits={"url": URL_LIMIT},
        )


@blueprint.get("/")
@needs(Permission.LOGIN_USE)
def index() -> str:
    """List the logins; what they hold is never shown."""
    return _page()


def _file() -> bytes:
    sent = request.files.get("file")
    data = sent.stream.read(FILE_MOST + 1) if sent is not None else b""
    if not data:
        problem = Label("请选择文件。", "choose a file.")
        raise InvalidInputError(field=Label("登录状态文件", "login file"), problem=problem)
    return data


@blueprint.post("/")
@needs(Permission.LOGIN_EDIT)
def bring() -> Answer | tuple[str, int]:
    """Keep a login, encrypted."""
    form = Brought(request.form)
    if not form.validate():
        return _page(brought=form), 422
    typed = form.pause.data or "30"
    try:
        data = _file()
        pause = int(typed) if typed.isascii() and typed.isdigit() else -1
        with acting() as work:
            import_login(work, form.name.data or "", data, pause_seconds=pause)
    except CaseError as refusal:
        return _refused(refusal, brought=form)
    flash(_("已加密保存。文件本身没有留存，请从您的电脑上删除它。"), "ok")
    return redirect(url_for("login.index"), 303)


def _refused(refusal: CaseError, *, brought: Form | None = None, assessed: bool = False) -> tuple[str, int]:
    if isinstance(refusal, NotFoundError | PermissionDeniedError):
        raise refusal
    return _page(refusal, brought=brought, assessed=assessed), 422


@blueprint.post("/<key>/renew")
@needs(Permission.LOGIN_EDIT)
def renew(key: str) -> Answer | tuple[str, int]:
    """Put a fresh login in place of the old one."""
    try:
        data = _file()
        with acting() as work:
            renew_login(work, work.get(LoginProfile, key), data)
    except CaseError as refusal:
        return _refused(refusal)
    flash(_("已换上新的登录状态。"), "ok")
    return redirect(url_for("login.index"), 303)


@blueprint.post("/<key>/revoke")
@needs(Permission.LOGIN_EDIT)
def revoke(key: str) -> Answer | tuple[str, int]:
    """Revoke a login; what it holds is deleted at once."""
    try:
        with acting() as work:
            revoke_login(work, work.get(LoginProfile, key), reason=request.form.get("reason", ""))
    except CaseError as refusal:
        return _refused(refusal)
    flash(_("已撤销，其内容已删除。"), "ok")
    return redirect(url_for("login.index"), 303)


@blueprint.post("/<key>/capture")
@needs(Permission.LOGIN_USE)
def use(key: str) -> Answer | tuple[str, int]:
    """Order a capture that carries the login, for a case with its assessment on record."""
    try:
        with acting() as work:
            home = work.get(Case, request.form.get("case", ""))
            row = request_capture(work, request.form.get("url", ""), case_id=home.id, login_id=key)
            number = row.no or ""
    except CaseError as refusal:
        return _refused(refusal)
    flash(_("已发起带登录身份的取证（%(no)s）。", no=number), "ok")
    return redirect(url_for("login.index"), 303)


@blueprint.post("/assess")
@needs(Permission.LOGIN_USE)
def assess() -> Answer | tuple[str, int]:
    """Put a case's impact assessment on record."""
    try:
        with acting() as work:
            home = work.get(Case, request.form.get("home", ""))
            record_impact_assessment(work, home, request.form.get("words", ""))
    except CaseError as refusal:
        return _refused(refusal, assessed=True)
    flash(_("影响评估已登记。"), "ok")
    return redirect(url_for("login.index"), 303)
