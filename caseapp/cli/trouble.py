"""How trouble reaches a person: one line with what to do and a stable code; the whole story goes into a file.

Errors of the house speak for themselves. Errors of the system (no permission, no space) and of the database are put
into words here. Anything else is a fault of the program: `entry` sets `on_fault` as the interpreter's last hook.
"""

from __future__ import annotations

import errno
import logging
import os
import shutil
import sys
import tempfile
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from logging.handlers import RotatingFileHandler
from pathlib import Path
from types import TracebackType
from typing import Any, Final

import click

from caseapp.cli.words import language, say
from caseapp.config import Settings
from caseapp.domain.errors import CaseError
from caseapp.domain.labels import Label
from caseapp.logwords import speak

LOG_BYTES: Final = 2 * 2**20
LOG_FILES: Final = 3
NO_ROOM_BYTES: Final = 2**20


class DatabaseAwayError(CaseError):
    """The database does not answer. Facts: ``place`` (without password) and ``problem``."""

    code = "database-away"
    retryable = True
    text = Label(
        "连不上数据库 {place}：{problem}。请核对 DATABASE_URL，并确认数据库正在运行；运行 bianwu doctor 可逐项检查。",
        "The database {place} does not answer: {problem}. Check DATABASE_URL and that it runs; `bianwu doctor` helps.",
    )


class DatabaseUnfitError(CaseError):
    """The database answers, but it is not one of ours or not of this version. Facts: ``place`` and ``problem``."""

    code = "database-unfit"
    text = Label(
        "数据库 {place} 不能用：{problem}。未作任何改动。请核对 DATABASE_URL 或恢复备份；bianwu doctor 可逐项检查。",
        "The database {place} cannot be used: {problem}. Nothing was changed. Check DATABASE_URL or restore a backup; "
        "`bianwu doctor` helps.",
    )


class SystemRefusedError(CaseError):
    """The operating system refused. Facts: ``what`` (a Label) and ``where``."""

    code = "system-refused"
    text = Label("{what}：{where}", "{what}: {where}")


_SYSTEM: Final[dict[int, tuple[str, Label]]] = {
    errno.ENOSPC: (
        "disk-full",
        Label(
            "磁盘已满，已有的数据和证据不受影响。请腾出空间后重试",
            "The disk is full; existing data and evidence are untouched. Free some space and try again",
        ),
    ),
    errno.EACCES: (
        "no-permission",
        Label(
            "没有权限。请检查该路径的属主与权限，或换一个目录",
            "No permission. Check owner and mode, or use another folder",
        ),
    ),
    errno.EROFS: (
        "read-only",
        Label("这里是只读的。请换一个可写的目录", "This place is read-only. Use a folder that can be written"),
    ),
    errno.ENOENT: ("no-such-file", Label("找不到文件。请核对路径", "There is no such file. Check the path")),
    errno.ENOTDIR: (
        "not-a-folder",
        Label(
            "路径中有一段是文件而不是目录。请换一个路径", "Part of the path is a file, not a folder. Use another path"
        ),
    ),
    errno.EISDIR: (
        "is-a-folder",
        Label("这是目录而不是文件。请核对路径", "This is a folder, not a file. Check the path"),
    ),
    errno.EEXIST: (
        "exists",
        Label(
            "同名的文件或目录已存在，未覆盖。请换一个路径",
            "It exists already and was not overwritten. Use another path",
        ),
    ),
}
_SYSTEM[errno.EPERM] = _SYSTEM[errno.EACCES]
_SYSTEM[errno.EDQUOT] = _SYSTEM[errno.ENOSPC]


def of_system(error: OSError) -> tuple[str, str]:
    """Words and code for an error of the operating system."""
    code, words = _SYSTEM.get(
        error.errno or 0,
        ("system-refused", Label("系统拒绝了这一步，请检查后重试", "The system refused; check and try again")),
    )
    where = ": ".join(
        str(part) for part in (error.filename, error.strerror or str(error) or type(error).__name__) if part
    )
    return SystemRefusedError(what=words, where=where).message(language()), code


@contextmanager
def database_words(settings: Settings) -> Iterator[None]:
    """Put a database's own errors into words.

    Raises:
        DatabaseAwayError: it does not answer.
        DatabaseUnfitError: it is not a database of this program.
        OSError: no space is left for it.
    """
    from sqlalchemy.exc import ArgumentError, DatabaseError, InterfaceError, OperationalError, SQLAlchemyError

    place = shown_address(settings.database_url)
    try:
        yield
    except (OperationalError, InterfaceError) as error:
        refuse_without_room(str(error.orig), settings)
        if _unfit(str(error.orig)):
            raise DatabaseUnfitError(place=place, problem=_first_line(error.orig)) from error
        raise DatabaseAwayError(place=place, problem=_first_line(error.orig)) from error
    except DatabaseError as error:
        raise DatabaseUnfitError(place=place, problem=_first_line(error.orig)) from error
    except (ArgumentError, SQLAlchemyError) as error:
        raise DatabaseUnfitError(place=place, problem=type(error).__name__) from error


def refuse_without_room(words: str, settings: Settings) -> None:
    """Say that the disk is full when that is what SQLite's words mean.

    Raises:
        OSError: no space is left for the database.
    """
    if _no_room(words, settings.data_dir):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), shown_address(settings.database_url))


def _unfit(words: str) -> bool:
    """Whether the database answered and it is its contents that do not fit (an old or foreign schema)."""
    return any(sign in words for sign in ("no such table", "no such column", "has no column", "malformed"))


def _no_room(words: str, folder: Path) -> bool:
    """Whether SQLite failed for want of space; a full disk may say no more than that it could not read or open."""
    dumb = any(sign in words for sign in ("disk I/O error", "unable to open"))
    full = dumb and folder.exists() and shutil.disk_usage(folder).free < NO_ROOM_BYTES
    return full or "database or disk is full" in words


def shown_address(url: str) -> str:
    """A database's address without user and password."""
    scheme, _, rest = url.partition("://")
    return f"{scheme}://{rest.rpartition('@')[2]}"


def _first_line(error: object) -> str:
    return next(iter(str(error).strip().splitlines()), type(error).__name__)[:300]


def say_error(message: str, code: str) -> None:
    """One error on stderr: what happened, what to do, and the stable code in brackets."""
    click.secho(f"✗ {message} [{code}]", fg="red", err=True)


class OneLine(logging.Formatter):
    """A log line for the terminal: no stack, which is in the file."""

    def format(self, record: logging.LogRecord) -> str:
        """One line; a fault is named by its kind."""
        plain = logging.makeLogRecord({**record.__dict__, "exc_info": None, "exc_text": None, "stack_info": None})
        kind = record.exc_info[0] if record.exc_info else None
        first = next(iter(super().format(plain).splitlines()), "")  # a library may write a stack into its message
        return first + (f" ({kind.__name__})" if kind else "")


class QuietFile(RotatingFileHandler):
    """A log file; when it cannot be written the work goes on."""

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802  the name logging calls
        """Do without the line: it stands on stderr in short."""
        del record


def keep_log(settings: Settings, name: str) -> None:
    """Write what this process warns of, in full and in the person's language, into `logs/NAME.log`."""
    speak(settings.lang)
    settings.logs_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    path = settings.logs_dir / f"{name}.log"
    handler = QuietFile(path, maxBytes=LOG_BYTES, backupCount=LOG_FILES, encoding="utf-8", delay=True)
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    logging.getLogger().addHandler(handler)


def set_up_logging(*, debug: bool = False) -> None:
    """Warnings go to stderr, one line each; with `debug` everything goes there in full."""
    style = "%(levelname)s %(name)s: %(message)s"
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter(style) if debug else OneLine(style))
    logging.basicConfig(level=logging.DEBUG if debug else logging.WARNING, handlers=[handler], force=debug)


def on_fault(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> Any:
    """Last hook of the interpreter: an unforeseen exception becomes one line and a file with the whole story."""
    if issubclass(kind, KeyboardInterrupt):
        return None
    if logging.getLogger().isEnabledFor(logging.DEBUG):
        return sys.__excepthook__(kind, error, trace)
    path = write_fault("".join(traceback.format_exception(kind, error, trace)))
    kept = say(f"详情在 {path}", f"The details are in {path}") if path else kind.__name__
    say_error(
        say(
            f"程序出错，这一步没有完成，已有的数据和证据不受影响。{kept}，请交给维护者。bianwu --debug … 可直接显示。",
            f"The program failed at this step; existing data and evidence are untouched. {kept}: "
            "hand it to the maintainers. `bianwu --debug …` shows it at once.",
        ),
        "unforeseen",
    )
    return None


def write_fault(text: str) -> Path | None:
    """Keep the story of a fault: in the data folder when there is one, else among temporary files."""
    name = f"fault-{datetime.now(UTC):%Y%m%dT%H%M%S%fZ}.log"
    try:
        settings = Settings.from_env()
        folder = settings.logs_dir if settings.data_dir.is_dir() else Path(tempfile.gettempdir())
    except CaseError:
        folder = Path(tempfile.gettempdir())
    for place in dict.fromkeys((folder, Path(tempfile.gettempdir()))):
        try:
            place.mkdir(parents=True, exist_ok=True, mode=0o700)
            path = place / name
            path.touch(mode=0o600, exist_ok=False)
            path.write_text(text, "utf-8")
        except OSError:
            continue
        return path
    return None
