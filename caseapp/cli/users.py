"""`bianwu user`: people are added, listed, barred, given roles and passwords, all through the use cases."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import click
from sqlalchemy import select

from caseapp.cli.house import opened, password_from
from caseapp.cli.words import Command, Group, language, option, say
from caseapp.config import Settings
from caseapp.domain.errors import CaseError, InvalidInputError
from caseapp.domain.labels import Label
from caseapp.domain.permissions import ROLE_LABELS, Role
from caseapp.models import Desk, User
from caseapp.services.people import bar_person, let_in_again
from caseapp.services.users import change_roles, create_user, set_password
from caseapp.services.work import Actor, Work, open_work

ROLES = tuple(role.value for role in Role if role is not Role.SYSTEM)


class UnknownLoginError(CaseError):
    """Nobody has this login. Facts: ``login``."""

    code = "no-such-login"
    text = Label(
        "没有登录名为“{login}”的人。用 bianwu user list 查看。", "Nobody has the login '{login}'. See: bianwu user list"
    )


@click.group(
    "user",
    cls=Group,
    says=Label("增加、列出、停用人员，设角色与密码。", "Add, list and bar people; set roles, passwords."),
)
def user() -> None:
    """The group of commands on people."""


@contextmanager
def at_desk() -> Iterator[Work]:
    """A unit of work of the command line at the installation's desk."""
    with opened() as app:
        with app.sessions() as session:
            desk = session.scalars(select(Desk.id).order_by(Desk.id)).first()
        with open_work(app, Actor("cli", "命令行", frozenset({"admin"}), kind="system", desk_id=desk)) as work:
            yield work


def person(work: Work, login: str) -> User:
    """The person with this login.

    Raises:
        UnknownLoginError: there is none.
    """
    found = work.session.scalars(select(User).where(User.login == login.strip().lower())).one_or_none()
    if found is None:
        raise UnknownLoginError(login=login)
    return found


def roles_from(given: tuple[str, ...]) -> tuple[str, ...]:
    """The roles, when all of them exist.

    Raises:
        InvalidInputError: naming the ones there are.
    """
    if set(given) <= set(ROLES):
        return given
    zh = "、".join(f"{role} {ROLE_LABELS[Role(role)].zh}" for role in ROLES)
    problem = Label(f"没有这个角色。可用：{zh}", f"there is no such role. There are: {', '.join(ROLES)}")
    raise InvalidInputError(field=Label("角色", "role"), problem=problem)


def subcommand(name: str, zh: str, en: str) -> Callable[[Callable[..., Any]], click.Command]:
    """A command of this group with a description in two languages."""
    return user.command(name, cls=Command, says=Label(zh, en))


def shown(row: User) -> str:
    """A person in one line."""
    roles = say("、", ", ").join(ROLE_LABELS[Role(role)].text(language()) for role in row.roles)
    state = "" if row.active else say("（已停用）", " (barred)")
    return f"{row.login}  {row.display}  {roles}{state}"


ROLE = option("--role", "roles", zh="角色，可重复", en="Role; may be repeated", multiple=True, required=True)
PASSWORD = option("--password-stdin", zh="从标准输入读密码", en="Read the password from standard input", is_flag=True)


@subcommand("add", "增加一名人员。", "Add a person.")
@click.argument("login")
@option("--name", zh="姓名", en="The person's name", required=True)
@ROLE
@PASSWORD
def add(login: str, name: str, roles: tuple[str, ...], password_stdin: bool) -> None:
    """Add a person to the desk."""
    wanted = roles_from(roles)
    Settings.from_env().require_initialised()
    password = password_from(stdin=password_stdin)
    with at_desk() as work:
        row = create_user(work, login=login, display=name, password=password, roles=wanted)
        line = shown(row)
    click.echo(f"✓ {line}")


@subcommand("list", "列出人员与角色。", "List people and their roles.")
def list_people() -> None:
    """List people with their roles."""
    with at_desk() as work:
        lines = [shown(row) for row in work.session.scalars(select(User).order_by(User.login))]
    for line in lines:
        click.echo(line)


@subcommand("roles", "改变一名人员的角色。", "Change a person's roles.")
@click.argument("login")
@ROLE
@option("--reason", zh="理由", en="Reason", default="")
def roles(login: str, roles: tuple[str, ...], reason: str) -> None:
    """Change roles; sessions go on with the new ones."""
    wanted = roles_from(roles)
    with at_desk() as work:
        line = shown(change_roles(work, person(work, login).id, wanted, reason=reason or None))
    click.echo(f"✓ {line}")


@subcommand("disable", "停用一名人员，并结束其全部登录。", "Bar a person and end every session.")
@click.argument("login")
@option("--reason", zh="理由", en="Reason", required=True)
def disable(login: str, reason: str) -> None:
    """Bar a person from signing in."""
    with at_desk() as work:
        row = person(work, login)
        bar_person(work, row, reason=reason)
        line = shown(row)
    click.echo(f"✓ {line}")


@subcommand("enable", "恢复一名已停用的人员，给出一次性密码。", "Let a barred person in again, with a new password.")
@click.argument("login")
@option("--reason", zh="理由", en="Reason", required=True)
def enable(login: str, reason: str) -> None:
    """Let a barred person sign in again with a one-time password."""
    with at_desk() as work:
        row = person(work, login)
        secret = let_in_again(work, row, reason=reason)
        line = shown(row)
    click.echo(f"✓ {line}")
    click.echo(
        say(
            f"  一次性密码：{secret}    （首次登录须更换）",
            f"  One-time password: {secret}    (to be changed at sign-in)",
        )
    )


@subcommand(
    "password", "重设一名人员的密码，下次登录须更换。", "Set a person's password, to be changed at the next sign-in."
)
@click.argument("login")
@PASSWORD
def password(login: str, password_stdin: bool) -> None:
    """Set a password; every session of the person ends."""
    with at_desk() as work:
        person(work, login)
    secret = password_from(stdin=password_stdin)
    with at_desk() as work:
        set_password(work, person(work, login).id, secret)
    click.echo(say(f"✓ {login} 的密码已重设", f"✓ password of {login} set"))
