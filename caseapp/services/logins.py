"""The firm's own logged-in accounts: brought in, renewed, revoked, and lent to a capture when the law was minded."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import select

from caseapp.domain.errors import AlreadyExistsError, InvalidInputError, NotFoundError, WorkflowRefusedError
from caseapp.domain.events import Event
from caseapp.domain.kinds import kind_label
from caseapp.domain.labels import Label
from caseapp.domain.manners import host_of
from caseapp.domain.permissions import Permission
from caseapp.models import Capture, Case, LoginProfile, Post
from caseapp.services.storable import storable
from caseapp.services.typed import REASON, typed
from caseapp.services.visibility import case_ids
from caseapp.services.work import Work

NAME_LENGTH: Final = 100
ASSESSMENT_LENGTH: Final = 2000
MOST_PAUSE: Final = 3600
_NAME: Final = Label("登录身份名称", "name of the login")


class ImpactAssessmentMissingError(WorkflowRefusedError):
    """No case of the capture has its personal-information impact assessment on record."""

    code = "impact-assessment-missing"
    text = Label(
        "登录后取证会接触更多个人信息，须先在案件里登记个人信息保护影响评估：“登录身份”页 → 个人信息保护影响评估"
        "（或 bianwu profile assess 案号）。也可不带登录身份取证。",
        "A logged-in capture meets more personal data: put the case's personal-information impact assessment on "
        "record first (page Logins, or bianwu profile assess CASE), or capture logged out.",
    )


class LoginUnusableError(WorkflowRefusedError):
    """The login cannot be used. Facts: ``name``, ``problem``."""

    code = "login-unusable"
    text = Label("登录身份“{name}”不能用：{problem}", "The login “{name}” cannot be used: {problem}")


def import_login(work: Work, name: str, data: bytes, *, pause_seconds: int = 30) -> LoginProfile:
    """Keep a login, encrypted; the file itself is kept nowhere.

    Raises:
        PermissionDeniedError, AlreadyExistsError: a login of that name is there.
        InvalidInputError: the name, the pause or the file will not do.
    """
    work.require(Permission.LOGIN_EDIT)
    name = str(storable(name.strip()))
    if not name or len(name) > NAME_LENGTH or not name.isprintable():
        problem = Label(f"须为 1 到 {NAME_LENGTH} 个可见字符。", f"give 1 to {NAME_LENGTH} printable characters.")
        raise InvalidInputError(field=_NAME, problem=problem)
    if not 0 <= pause_seconds <= MOST_PAUSE:
        problem = Label(f"0 到 {MOST_PAUSE} 秒。", f"0 to {MOST_PAUSE} seconds.")
        raise InvalidInputError(field=Label("两次访问的间隔", "pause between visits"), problem=problem)
    hosts = work.app.logins.hosts(name, data)
    known = select(LoginProfile.id).where(LoginProfile.name == name, LoginProfile.sample == work.sample)
    if work.session.scalar(known):
        raise AlreadyExistsError(kind=kind_label("login_profiles"))
    row = LoginProfile(name=name, hosts=" ".join(hosts), imported_at=work.now, pause_seconds=pause_seconds)
    work.add(row)
    _keep(work, row, data)
    work.record(Event.LOGIN_IMPORTED, row, after={"name": name, "hosts": row.hosts})
    return row


def renew_login(work: Work, row: LoginProfile, data: bytes) -> None:
    """Put a fresh login in place of the old one.

    Raises:
        PermissionDeniedError, InvalidInputError: the file will not do. LoginUnusableError: it was revoked.
    """
    work.require(Permission.LOGIN_EDIT, row)
    _refuse_revoked(row)
    row.hosts = " ".join(work.app.logins.hosts(row.name, data))
    row.imported_at, row.status = work.now, "usable"
    _keep(work, row, data)
    work.record(Event.LOGIN_IMPORTED, row, after={"name": row.name, "hosts": row.hosts})


def _keep(work: Work, row: LoginProfile, data: bytes) -> None:
    row.sealed_state = work.app.logins.seal(row.id, data)
    work.session.flush()  # before anything is told: the trail never holds it


def revoke_login(work: Work, row: LoginProfile, *, reason: str) -> None:
    """Revoke a login: its secrets are deleted at once; what was captured with it stays named.

    Raises:
        PermissionDeniedError, ReasonRequiredError.
    """
    work.require(Permission.LOGIN_EDIT, row)
    if row.voided_at is None:
        work.void(row, typed(reason, REASON, 1000))
        row.sealed_state = None
        work.session.flush()


def logins(work: Work) -> list[LoginProfile]:
    """Return the logins, revoked ones last.

    Raises:
        PermissionDeniedError: the actor may not use them.
    """
    work.require(Permission.LOGIN_USE)
    found = work.visible(select(LoginProfile), LoginProfile).order_by(LoginProfile.name)
    return sorted(work.session.scalars(found), key=lambda row: row.voided_at is not None)


def login_named(work: Work, name: str) -> LoginProfile:
    """Return the login of that name.

    Raises:
        NotFoundError: there is none for this person. PermissionDeniedError.
    """
    for row in logins(work):
        if row.name == name.strip():
            return row
    raise NotFoundError(kind=kind_label("login_profiles"))


def check_login(
    work: Work, login_id: str | None, url: str, post: Post | None, case_id: str | None, waiting: Capture | None
) -> None:
    """Refuse an order whose login it may not carry, or that joins a waiting one with another login.

    Raises:
        InvalidInputError: the address is being captured already, with another login or none.
        NotFoundError, PermissionDeniedError: it is not for this person.
        LoginUnusableError: revoked, to be renewed, or not of this host.
        ImpactAssessmentMissingError: no case of it has its assessment on record.
    """
    if waiting is not None and waiting.profile_id != login_id:
        problem = Label("同一网址正在取证，登录身份不同。", "it is being captured already, with another login.")
        raise InvalidInputError(field=Label("网址", "Address"), problem=problem)
    if not login_id:
        return
    work.require(Permission.LOGIN_USE)
    usable_login(work.get(LoginProfile, login_id), url)
    cases = case_ids(work.session, post) if post is not None else frozenset[str]()
    cases |= {case_id} if case_id else frozenset[str]()
    if not any(is_assessed(work, key) for key in cases):
        raise ImpactAssessmentMissingError


def usable_login(row: LoginProfile, url: str) -> None:
    """Refuse a login that is revoked, wants to be renewed, or belongs to other hosts.

    Raises:
        LoginUnusableError: see above.
    """
    check_usable(row)
    if not serves(row, url):
        problem = Label(f"只用于 {row.hosts}。", f"it is for {row.hosts} only.")
        raise LoginUnusableError(name=row.name, problem=problem)


def check_usable(row: LoginProfile) -> None:
    """Refuse a login that is revoked or wants to be renewed.

    Raises:
        LoginUnusableError: see above.
    """
    _refuse_revoked(row)
    if row.status != "usable":
        problem = Label("网站已要求重新登录，请重新导入。", "the site wants a new sign-in; import it again.")
        raise LoginUnusableError(name=row.name, problem=problem)


def serves(row: LoginProfile, url: str) -> bool:
    """Whether a login is one of the host of an address."""
    host = host_of(url)
    return any(host == one or host.endswith(f".{one}") for one in row.hosts.split())


def _refuse_revoked(row: LoginProfile) -> None:
    if row.voided_at is not None or row.sealed_state is None:
        raise LoginUnusableError(name=row.name, problem=Label("已撤销。", "it was revoked."))


def is_assessed(work: Work, case_id: str) -> bool:
    """Whether a case has its impact assessment on record."""
    return bool(work.session.get_one(Case, case_id).impact_assessment)


def record_impact_assessment(work: Work, case: Case, text: str, *, seen_version: int | None = None) -> None:
    """Put a case's personal-information impact assessment on record: where it lies, of which day, what it found.

    Raises:
        NotFoundError, PermissionDeniedError, StaleVersionError, InvalidInputError: no words, or too many.
    """
    work.require(Permission.CASE_EDIT, case)
    words = str(storable(text.strip()))
    if not words or len(words) > ASSESSMENT_LENGTH:
        problem = Label(f"须为 1 到 {ASSESSMENT_LENGTH} 字。", f"give 1 to {ASSESSMENT_LENGTH} characters.")
        raise InvalidInputError(field=Label("影响评估", "impact assessment"), problem=problem)
    who = work.actor.user_id
    values: dict[str, Any] = {"impact_assessment": words, "impact_assessed_at": work.now, "impact_assessed_by": who}
    work.change(case, seen_version=seen_version, **values)


def lend_login(work: Work, row: Capture) -> tuple[str, bytes] | None:
    """Open the login a capture carries, as its visit begins; None when it carries none.

    Raises:
        LoginUnusableError: it was revoked or ended since the order. LoginsLockedError: it cannot be decrypted.
    """
    if row.profile_id is None:
        return None
    kept = work.session.get_one(LoginProfile, row.profile_id)
    usable_login(kept, row.url)
    kept.last_used_at = work.now
    return kept.name, work.app.logins.open(kept.id, kept.sealed_state or "")


def note_login_end(work: Work, row: Capture, *, logged_out: bool) -> None:
    """Mark the login of a capture that met a log-in wall: 需重新登录."""
    if row.profile_id is None or not logged_out:
        return
    kept = work.session.get_one(LoginProfile, row.profile_id)
    if kept.status == "usable":
        kept.status = "sign_in_again"
        work.record(Event.LOGIN_ENDED, kept, after={"status": kept.status, "capture": row.no})


def login_free_at(work: Work, row: Capture) -> datetime | None:
    """Return until when a capture waits for its login: one visit at a time, and a pause between beginnings."""
    if row.profile_id is None:
        return None
    mine = (Capture.profile_id == row.profile_id, Capture.id != row.id)
    if work.session.scalar(select(Capture.id).where(*mine, Capture.status == "running").limit(1)):
        return work.now + timedelta(seconds=10)
    last = work.session.scalar(
        select(Capture.started_at).where(*mine, Capture.started_at.is_not(None)).order_by(Capture.started_at.desc())
    )
    pause = timedelta(seconds=work.session.get_one(LoginProfile, row.profile_id).pause_seconds)
    return last + pause if last is not None and last + pause > work.now else None
