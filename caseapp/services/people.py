"""What an administrator does to people: add with a one-time password, give roles with a reason, bar, let in again."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from typing import Final

from caseapp.domain.errors import InvalidInputError, ReasonRequiredError, WorkflowRefusedError
from caseapp.domain.events import Event
from caseapp.domain.labels import Label
from caseapp.domain.permissions import Permission, Role
from caseapp.models import User
from caseapp.services.users import (
    change_roles,
    create_user,
    deactivate_user,
    live_sessions,
    revoke_all,
    set_password,
)
from caseapp.services.work import Work

NAME_LENGTH: Final = 100
REASON_LENGTH: Final = 1000
_LETTERS: Final = "abcdefghjkmnpqrstuvwxyz23456789"
_CHANGE: Final = Label("修改用户", "change a user")


class StillActiveError(WorkflowRefusedError):
    """The person was not barred. Facts: ``login``."""

    code = "still-active"
    text = Label(
        "{login} 没有停用，密码未作改动。重设密码请用“重设密码”或 bianwu user password。",
        "{login} is not barred; the password stays as it is. To reset it: Reset password, or bianwu user password.",
    )


def one_time_password() -> str:
    """A password a person can type: four groups of four letters and digits without look-alikes."""
    return "-".join("".join(secrets.choice(_LETTERS) for _ in range(4)) for _ in range(4))


def add_person(
    work: Work, *, login: str, display: str, roles: Iterable[str], dept: str | None = None, title: str | None = None
) -> tuple[User, str]:
    """Create a user with a one-time password, to be changed at the first sign-in.

    Returns:
        The user and the password, which is kept nowhere.

    Raises:
        InvalidInputError: no role, or a login or name that will not do.
        AlreadyExistsError: the login is taken. PermissionDeniedError.
    """
    wanted = _some_role(roles)
    if len(display) > NAME_LENGTH:
        problem = Label(f"最多 {NAME_LENGTH} 字。", f"use at most {NAME_LENGTH} characters.")
        raise InvalidInputError(field=Label("姓名", "name"), problem=problem)
    password = one_time_password()
    user = create_user(
        work,
        login=login,
        display=display,
        password=password,
        roles=wanted,
        dept=dept or None,
        title=title or None,
        must_change_password=True,
    )
    return user, password


def give_roles(work: Work, user: User, roles: Iterable[str], *, reason: str, seen_version: int) -> None:
    """Change somebody's roles; the reason stays in the trail.

    Raises:
        ReasonRequiredError, LastAdminError, StaleVersionError, InvalidInputError, PermissionDeniedError.
    """
    work.require(Permission.USER_MANAGE)
    change_roles(work, user.id, _some_role(roles), reason=_reason(reason), seen_version=seen_version)


def bar_person(work: Work, user: User, *, reason: str) -> None:
    """Bar somebody from signing in; every session ends at once.

    Raises:
        ReasonRequiredError, LastAdminError, PermissionDeniedError.
    """
    work.require(Permission.USER_MANAGE)
    deactivate_user(work, user.id, reason=_reason(reason))


def let_in_again(work: Work, user: User, *, reason: str) -> str:
    """Let a barred person sign in again, with a new one-time password, which is returned.

    Raises:
        StillActiveError, ReasonRequiredError, PermissionDeniedError.
    """
    work.require(Permission.USER_MANAGE)
    if user.active:
        raise StillActiveError(login=user.login)
    work.change(user, Event.USER_CHANGED, reason=_reason(reason), active=True)
    return reset_password(work, user)


def reset_password(work: Work, user: User) -> str:
    """Replace somebody's password with a one-time one, which is returned; every session ends.

    Raises:
        InvalidInputError: one's own password is changed in the settings, with the current one.
        PermissionDeniedError.
    """
    work.require(Permission.USER_MANAGE)
    if user.id == work.actor.user_id:
        problem = Label("请在“设置与设备”里更换自己的密码。", "change your own in Settings.")
        raise InvalidInputError(field=Label("密码", "password"), problem=problem)
    password = one_time_password()
    set_password(work, user.id, password)
    return password


def end_sessions(work: Work, user: User) -> int:
    """End every session of somebody; returns how many there were.

    Raises:
        PermissionDeniedError.
    """
    work.require(Permission.USER_MANAGE)
    live = live_sessions(work, user.id)
    revoke_all(work, live)
    return len(live)


def _some_role(roles: Iterable[str]) -> list[str]:
    found = list(dict.fromkeys(roles))
    if not found:
        problem = Label("至少选一个角色；没有业务角色的人选“员工”。", "choose at least one; staff, if no other fits.")
        raise InvalidInputError(field=Label("角色", "role"), problem=problem)
    if {Role.ADMIN, Role.AUDITOR} <= set(found):
        problem = Label("管理员与审计须由两人分任。", "administrator and auditor are two people.")
        raise InvalidInputError(field=Label("角色", "role"), problem=problem)
    return found


def _reason(text: str) -> str:
    if not text.strip():
        raise ReasonRequiredError(action=_CHANGE)
    if len(text) > REASON_LENGTH:
        problem = Label(f"最多 {REASON_LENGTH} 字。", f"use at most {REASON_LENGTH} characters.")
        raise InvalidInputError(field=Label("理由", "reason"), problem=problem)
    return text.strip()
