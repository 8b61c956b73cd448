"""Sign-in and one's own account: password, language, look, devices."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from flask import (
    Blueprint,
    Response,
    flash,
    g,
    jsonify,
    make_response,
    redirect,
    render_template,
    request,
    session,
    url_for,
)
from flask_wtf.csrf import generate_csrf
from werkzeug.wrappers import Response as Answer

from caseapp.domain.errors import BadCredentialsError, InvalidInputError, ThrottledError
from caseapp.models import UserSession
from caseapp.services.preferences import own_language, set_own_language
from caseapp.services.users import own_sessions, revoke_session, set_password
from caseapp.services.users import sign_in as open_session
from caseapp.services.users import sign_out as end_session
from caseapp.web import visitor as visitors
from caseapp.web.access import public, safe_target, signed_in, visitor
from caseapp.web.devices import device
from caseapp.web.errors import status_of
from caseapp.web.i18n import COOKIE, LANGUAGES, _, language
from caseapp.web.nav import KEYS_COOKIE, THEME_COOKIE, THEMES, YEAR
from caseapp.web.unit import acting, reading
from caseapp.web.visitor import LANGUAGE, TOKEN, forget, house, remember

blueprint = Blueprint("account", __name__)


@dataclass(frozen=True, slots=True)
class Device:
    """A signed-in device of the person."""

    id: str
    device: str
    ip: str | None
    created_at: datetime
    seen_at: datetime
    current: bool


@blueprint.route("/signin", methods=["GET", "POST"])
@public("nobody is signed in yet; nothing about the system is shown here")
def sign_in() -> Answer | str | tuple[str, int]:
    """Show the form, or check login and password; a refusal says the same for unknown and known accounts."""
    target = safe_target(request.values.get("next"))
    if request.method != "POST":  # HEAD too: only a form with its token is an attempt
        if g.get("visitor"):
            return redirect(target)
        notice = _("登录已失效，请重新登录。登录后回到原来的页面。") if request.args.get("ended") else ""
        return render_template("account/sign_in.html", target=target, login="", problem="", notice=notice)
    login = request.form.get("login", "")[:200]
    try:
        signed = open_session(
            house(),
            login=login,
            password=request.form.get("password", "")[:1024],
            ip=request.remote_addr,
            agent=request.user_agent.string,
        )
    except (BadCredentialsError, ThrottledError) as refusal:
        said = refusal.message(language())
        page = render_template("account/sign_in.html", target=target, login=login, problem=said, notice="")
        answer = make_response(page, status_of(refusal))
        if isinstance(refusal, ThrottledError):
            answer.headers["Retry-After"] = str(refusal.facts["seconds"])
        return answer
    chosen = request.cookies.get(COOKIE, "")
    stored = own_language(visitors.open_reading(signed.actor))
    remember(signed, login=login.strip().lower(), language=chosen if chosen in LANGUAGES else stored)
    if "HX-Request" in request.headers:  # over a page: it goes on with the fresh token where it stood
        return jsonify({"csrf": generate_csrf(), "login": login.strip().lower()})
    return redirect(target, 303)


@blueprint.get("/signin/again")
@public("the form shown over a page whose session ended; it shows nothing about the system")
def again() -> str:
    """Show the sign-in form alone, for the page it is laid over."""
    return render_template("account/again.html")


@blueprint.post("/signout")
@public("ending a session that has already ended is no error")
def sign_out() -> Answer:
    """End this session on the server and forget the cookie."""
    token = session.get(TOKEN)
    visitors.close_reading()
    if isinstance(token, str):
        end_session(house(), token)
    forget()
    return redirect(url_for("account.sign_in"), 303)


@blueprint.get("/settings")
@signed_in("one's own account")
def settings() -> str:
    """Show language, look, password and the signed-in devices."""
    return _settings()


def _settings(problem: str = "") -> str:
    with reading() as work:
        devices = [_device(row) for row in own_sessions(work)]
    return render_template("account/settings.html", devices=devices, problem=problem)


def _device(row: UserSession) -> Device:
    mine = row.id == visitor().session_id
    return Device(row.id, device(row.agent), row.ip, row.created_at, row.last_seen_at, mine)


@blueprint.get("/more")
@signed_in("the phone's last tab: search, settings, signing out")
def more() -> str:
    """Show what the rail holds and the bottom bar of a phone does not."""
    with reading():
        return render_template("account/more.html")


@blueprint.post("/settings/sessions/<session_id>/revoke")
@signed_in("one's own sessions; the service refuses other people's")
def revoke(session_id: str) -> Answer:
    """End one device's session."""
    with acting() as work:
        revoke_session(work, session_id)
    flash(_("已退出那台设备。"), "ok")
    return redirect(url_for("account.settings"), 303)


@blueprint.post("/settings/sessions/revoke-others")
@signed_in("one's own sessions")
def revoke_others() -> Answer:
    """End every session but this one."""
    with acting() as work:
        for row in own_sessions(work):
            if row.id != visitor().session_id:
                revoke_session(work, row.id)
    flash(_("已退出其他设备。"), "ok")
    return redirect(url_for("account.settings"), 303)


@blueprint.post("/settings/password")
@signed_in("one's own password; the current one is asked for")
def password() -> Answer | tuple[str, int]:
    """Change one's password; every session ends, this one too."""
    try:
        with acting() as work:
            set_password(
                work,
                work.actor.user_id,
                request.form.get("new", "")[:1024],
                current=request.form.get("current", "")[:1024],
            )
    except (BadCredentialsError, InvalidInputError) as refusal:
        return _settings(refusal.message(language())), 422
    forget()
    flash(_("密码已更换，请用新密码登录。"), "ok")
    return redirect(url_for("account.sign_in"), 303)


@blueprint.post("/settings/language")
@public("the sign-in page has a language switch; a signed-in person's choice is stored")
def set_language() -> Answer:
    """Switch the language and go back to the page it was chosen on."""
    chosen = request.form.get("language", "")
    answer = redirect(safe_target(request.form.get("next")), 303)
    if chosen not in LANGUAGES:
        return answer
    if g.get("visitor"):
        with acting() as work:
            set_own_language(work, chosen)
        session[LANGUAGE] = chosen
    _keep(answer, COOKIE, chosen)
    return answer


@blueprint.post("/settings/theme")
@signed_in("one's own look")
def set_theme() -> Answer:
    """Choose light, dark or the system's look for this device."""
    answer = redirect(url_for("account.settings"), 303)
    chosen = request.form.get("theme", "")
    if chosen in THEMES:
        _keep(answer, THEME_COOKIE, chosen)
    return answer


@blueprint.post("/settings/keys")
@signed_in("one's own keyboard")
def set_keys() -> Answer:
    """Switch the single keys of this device off or on (WCAG 2.1.4)."""
    answer = redirect(url_for("account.settings"), 303)
    _keep(answer, KEYS_COOKIE, "off" if request.form.get("keys") == "off" else "on")
    return answer


def _keep(answer: Answer | Response, name: str, value: str) -> None:
    secure = house().settings.secure_cookies
    answer.set_cookie(name, value, max_age=YEAR, httponly=True, samesite="Lax", secure=secure)
