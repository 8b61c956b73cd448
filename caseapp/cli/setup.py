"""`bianwu init`: keys, trust file, database, organization and administrator."""

from __future__ import annotations

from pathlib import Path

import click

from caseapp.cli.house import ask, only_one, opened, password_from
from caseapp.cli.trouble import database_words, shown_address
from caseapp.cli.words import command, option, say
from caseapp.config import KeysLostError, RegisterLostError, Settings


@command(
    "init",
    "建立数据目录：密钥、数据库、单位与管理员。已建立的不会改动；中断后可重来。",
    "Set up the data folder: keys, database, organization and administrator. What is set up already stays as it is; "
    "after an interruption run it again.",
)
@option("--organization", zh="单位名称", en="Name of the organization")
@option("--uscc", zh="统一社会信用代码", en="Unified social credit code", default="")
@option("--login", zh="管理员登录名", en="The administrator's login")
@option("--name", zh="管理员姓名", en="The administrator's name", default="")
@option("--password-stdin", zh="从标准输入读密码", en="Read the password from standard input", is_flag=True)
def init(organization: str | None, uscc: str, login: str | None, name: str, password_stdin: bool) -> None:
    """Refuse an installation that is set up; else make everything, the first user last."""
    from caseapp.domain.uscc import clean_uscc
    from caseapp.keys import make_keys, trust_of, write_trust
    from caseapp.services.passwords import hash_password
    from caseapp.services.setup import initialise

    settings = Settings.from_env()
    refuse_existing(settings)
    organization = ask(organization, "--organization", "单位名称", "Organization", quiet=password_stdin)
    login = ask(login, "--login", "管理员登录名", "Admin login", quiet=password_stdin)
    password = password_from(stdin=password_stdin)
    hash_password(password, login=login)  # refused before anything is made
    uscc = clean_uscc(uscc) if uscc else ""
    settings.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    settings.data_dir.chmod(0o700)  # it may have been there before, open to everybody
    with only_one(settings.data_dir):
        make_keys(settings)
        trust = write_trust(settings, holder=organization)
        with opened(settings, fresh=True) as app:
            initialise(
                app,
                organization=organization,
                login=login,
                display=name or login,
                password=password,
                uscc=uscc or None,
            )
    tell(settings, trust, trust_of(settings, holder=organization).fingerprint)


def refuse_existing(settings: Settings) -> None:
    """Look whether somebody can sign in already, changing nothing.

    Raises:
        AlreadyInitialisedError: yes.
        KeysLostError, RegisterLostError: a part of what was set up here before is gone.
        DatabaseAwayError, DatabaseUnfitError: the database cannot be asked.
    """
    from sqlalchemy import inspect, select

    from caseapp.models import User, make_engine
    from caseapp.services.setup import AlreadyInitialisedError

    if lost := settings.lost_keys():
        raise KeysLostError(folder=settings.keys_dir, names="、".join(lost))
    if settings.database_url.startswith("sqlite:///") and not _has_bytes(settings.database_url):
        refuse_beside_evidence(settings)
        return
    with database_words(settings):
        engine = make_engine(settings.database_url)
        try:
            with engine.connect() as connection:
                there = inspect(connection).has_table(User.__tablename__)
                if there and connection.scalar(select(User.id).limit(1)) is not None:
                    raise AlreadyInitialisedError
        finally:
            engine.dispose()
    refuse_beside_evidence(settings)


def refuse_beside_evidence(settings: Settings) -> None:
    """Refuse to begin an empty register beside evidence that a lost one described.

    Raises:
        RegisterLostError: the store holds evidence.
    """
    if settings.has_evidence():
        raise RegisterLostError(place=shown_address(settings.database_url))


def _has_bytes(url: str) -> bool:
    path = Path(url.removeprefix("sqlite:///").partition("?")[0])
    return path.exists() and path.stat().st_size > 0


def tell(settings: Settings, trust: Path, fingerprint: str) -> None:
    """Say what was made, what to keep safe, and what comes next."""
    click.echo(say(f"✓ 数据目录 {settings.data_dir}", f"✓ data folder {settings.data_dir}"))
    click.echo(
        say(
            f"✓ 信任文件 {trust}\n  SHA-256 {fingerprint}（请另行告知收件人）",
            f"✓ trust file {trust}\n  SHA-256 {fingerprint} (tell recipients by another way)",
        )
    )
    click.echo(
        say(
            f"! 请离线备份密钥目录 {settings.keys_dir}：丢失后无法再以同一身份封存",
            f"! Back up the keys folder offline: {settings.keys_dir}. Without them this house cannot seal again",
        )
    )
    click.echo("→ bianwu serve")
