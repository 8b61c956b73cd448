"""`bianwu init` and `bianwu user`."""

from __future__ import annotations

import sys

import click

from caseapp.bootstrap import Application, build_application
from caseapp.config import Settings
from caseapp.keys import make_keys, trust_of, write_trust
from caseapp.models import User
from caseapp.queue import InlineQueue
from caseapp.services.setup import initialise
from caseapp.services.users import create_user, deactivate_user, set_password
from caseapp.services.work import Actor, open_work

OPERATOR = Actor("cli", "命令行", frozenset({"admin"}), kind="system")


def password_from(stdin: bool) -> str:
    """The password: one line of standard input, or asked for twice without showing it."""
    if stdin:
        return sys.stdin.readline().rstrip("\n")
    asked: str = click.prompt("密码 / Password", hide_input=True, confirmation_prompt=True)
    return asked


@click.command()
@click.option("--organization", prompt="单位名称 / Organization", help="单位名称 / name of the organization")
@click.option("--uscc", default="", help="统一社会信用代码 / unified social credit code")
@click.option("--login", prompt="管理员登录名 / Admin login", help="登录名 / login")
@click.option("--name", default="", help="显示姓名 / display name")
@click.option("--password-stdin", is_flag=True, help="从标准输入读密码 / read the password from standard input")
def init(organization: str, uscc: str, login: str, name: str, password_stdin: bool) -> None:
    """Set up the data folder: keys, database, organization and administrator."""
    settings = Settings.from_env()
    password = password_from(password_stdin)
    settings.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    make_keys(settings)
    app = build_application(settings, queue=InlineQueue())
    try:
        initialise(
            app,
            organization=organization,
            login=login,
            display=name or login,
            password=password,
            uscc=uscc or None,
        )
    finally:
        app.close()
    path = write_trust(settings, holder=organization)
    click.echo(f"✓ {settings.data_dir}")
    click.echo(f"✓ trust.json: {path}\n  SHA-256 {trust_of(settings, holder=organization).fingerprint}")
    click.echo(f"! 请离线备份密钥目录 / back up the keys folder offline: {settings.keys_dir}")
    click.echo("→ bianwu serve")


@click.group()
def user() -> None:
    """Add, bar and list people."""


def opened() -> Application:
    """The installation, with jobs run in this process."""
    return build_application(Settings.from_env(), queue=InlineQueue())


@user.command("add")
@click.argument("login")
@click.option("--name", required=True, help="姓名 / name")
@click.option(
    "--role", "roles", multiple=True, required=True, help="角色 / role: counsel pr archivist approver auditor …"
)
@click.option("--password-stdin", is_flag=True)
def add(login: str, name: str, roles: tuple[str, ...], password_stdin: bool) -> None:
    """Add a person to the desk."""
    app = opened()
    password = password_from(password_stdin)
    with open_work(app, OPERATOR) as work:
        desk_id = work.session.query(User.desk_id).filter(User.desk_id.is_not(None)).limit(1).scalar()
        row = create_user(work, login=login, display=name, password=password, roles=roles)
        row.desk_id = desk_id
    app.close()
    click.echo(f"✓ {login} {name} {' '.join(roles)}")


@user.command("list")
def list_users() -> None:
    """List people with their roles."""
    app = opened()
    with open_work(app, OPERATOR) as work:
        for row in work.session.query(User).order_by(User.login):
            state = "" if row.active else "  (停用 / barred)"
            click.echo(f"{row.login:20} {row.display:12} {' '.join(row.roles)}{state}")
    app.close()


@user.command("disable")
@click.argument("login")
@click.option("--reason", required=True, help="理由 / reason")
def disable(login: str, reason: str) -> None:
    """Bar a person from signing in and end every session."""
    app = opened()
    with open_work(app, OPERATOR) as work:
        deactivate_user(
            work, find(work.session.query(User).filter(User.login == login.lower()).one_or_none(), login), reason=reason
        )
    app.close()
    click.echo(f"✓ {login}")


@user.command("password")
@click.argument("login")
@click.option("--password-stdin", is_flag=True)
def password(login: str, password_stdin: bool) -> None:
    """Set a person's password; it must be changed at the next sign-in."""
    app = opened()
    secret = password_from(password_stdin)
    with open_work(app, OPERATOR) as work:
        set_password(
            work, find(work.session.query(User).filter(User.login == login.lower()).one_or_none(), login), secret
        )
    app.close()
    click.echo(f"✓ {login}")


def find(row: User | None, login: str) -> str:
    """The key of a person.

    Raises:
        click.ClickException: no such login.
    """
    if row is None:
        raise click.ClickException(f"没有这个登录名 / no such login: {login}")
    return row.id
