"""The installation as commands open it, its one lock, and what is asked of a person at the keyboard."""

from __future__ import annotations

import fcntl
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from caseapp.cli.trouble import DatabaseUnfitError, database_words, shown_address
from caseapp.cli.words import say
from caseapp.config import Settings
from caseapp.domain.errors import CaseError
from caseapp.domain.labels import Label

if TYPE_CHECKING:
    from caseapp.bootstrap import Application

LOCK_FILE = "serve.pid"
SQLITE = "sqlite:///"


class AlreadyServingError(CaseError):
    """Another process holds this folder. Facts: ``pid``."""

    code = "already-serving"
    text = Label(
        "这个数据目录已由进程 {pid} 占用。请先停止它，或用 BIANWU_DATA 指明另一个目录。",
        "Process {pid} already uses this data folder. Stop it first, or name another folder in BIANWU_DATA.",
    )


@contextmanager
def only_one(folder: Path) -> Iterator[None]:
    """Hold the folder's lock; its file names the holder's pid for `doctor` and service units.

    Raises:
        AlreadyServingError: another process holds it.
    """
    with (folder / LOCK_FILE).open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            file.seek(0)
            raise AlreadyServingError(pid=file.read().strip() or "?") from error
        file.truncate(0)
        file.write(f"{os.getpid()}\n")
        file.flush()
        yield


@contextmanager
def opened(settings: Settings | None = None, *, fresh: bool = False) -> Iterator[Application]:
    """The installation, with jobs run in this process; a database's own errors come out in words.

    Args:
        settings: where everything is; the environment's without it.
        fresh: the database may not be there yet; else a missing file is refused, never made anew.
    """
    from caseapp.bootstrap import build_application
    from caseapp.queue import InlineQueue

    settings = settings or Settings.from_env()
    settings.require_initialised()
    if not fresh:
        require_database(settings)
    with database_words(settings):
        app = build_application(settings, queue=InlineQueue())
        try:
            yield app
        finally:
            app.close()


def require_database(settings: Settings) -> None:
    """Refuse an installation whose SQLite file is gone: opening it would make an empty one.

    Raises:
        DatabaseUnfitError: it is gone.
    """
    if settings.database_url.startswith(SQLITE) and not file_of(settings).exists():
        problem = say("文件不存在", "the file is missing")
        raise DatabaseUnfitError(place=shown_address(settings.database_url), problem=problem)


def file_of(settings: Settings) -> Path:
    """Return the file of an SQLite database."""
    return Path(settings.database_url.removeprefix(SQLITE).partition("?")[0])


def password_from(*, stdin: bool) -> str:
    """The password: one line of standard input, or asked for twice without showing it.

    Raises:
        click.ClickException: the two differ.
    """
    if stdin:
        return sys.stdin.readline().rstrip("\r\n")
    first: str = click.prompt(say("密码", "Password"), hide_input=True, err=True)
    again: str = click.prompt(say("再输一次", "Again"), hide_input=True, err=True)
    if first != again:
        raise click.ClickException(say("两次输入的密码不同，请重新运行。", "The two passwords differ. Run it again."))
    return first


def ask(given: str | None, option: str, zh: str, en: str, *, quiet: bool) -> str:
    """What was given as an option, or the person's answer.

    Args:
        given: the option's value.
        option: its name, for the refusal.
        zh: the question in Chinese.
        en: the question in English.
        quiet: standard input holds the password, so nothing can be asked.

    Raises:
        click.UsageError: nothing was given and nothing can be asked.
    """
    if given:
        return given
    if quiet:
        raise click.UsageError(
            say(f"与 --password-stdin 同用时须给出 {option}。", f"Give {option} with --password-stdin.")
        )
    answer: str = click.prompt(say(zh, en), err=True)
    return answer
