"""Trouble in words: the system's errors, the database's, faults of the program, and what the log keeps."""

from __future__ import annotations

import errno
import logging
import os
import stat
from pathlib import Path
from types import SimpleNamespace

import pytest
from sqlalchemy.exc import ArgumentError, DatabaseError, OperationalError

from caseapp.cli import trouble
from caseapp.config import Settings
from tests.caseapp.cli.conftest import HAN


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EACCES, errno.EROFS, errno.ENOENT, errno.EEXIST, errno.EIO])
def test_errors_of_the_system(monkeypatch: pytest.MonkeyPatch, number: int) -> None:
    for lang in ("zh", "en"):
        monkeypatch.setenv("BIANWU_LANG", lang)
        words, code = trouble.of_system(OSError(number, os.strerror(number), "/some/where"))
        assert "/some/where" in words
        assert code
        assert bool(HAN.search(words)) == (lang == "zh")


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (OperationalError("select", {}, Exception("connection refused")), trouble.DatabaseAwayError),
        (OperationalError("select", {}, Exception("no such column: x")), trouble.DatabaseUnfitError),
        (DatabaseError("select", {}, Exception("file is not a database")), trouble.DatabaseUnfitError),
        (ArgumentError("what"), trouble.DatabaseUnfitError),
    ],
)
def test_errors_of_the_database_show_no_password(tmp_path: Path, error: Exception, kind: type[Exception]) -> None:
    settings = Settings.for_folder(tmp_path, database_url="postgresql+psycopg://bianwu:hunter2@db.test:5432/bianwu")
    with pytest.raises(kind) as caught, trouble.database_words(settings):
        raise error
    assert "db.test" in str(caught.value)
    assert "hunter2" not in str(caught.value)


def test_a_full_disk_is_not_taken_for_a_database_that_is_away(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = Settings.for_folder(tmp_path)

    def fail(words: str) -> type[BaseException]:
        with pytest.raises((OSError, trouble.DatabaseAwayError)) as caught, trouble.database_words(settings):
            raise OperationalError("select", {}, Exception(words))
        return caught.type

    assert fail("disk I/O error") is trouble.DatabaseAwayError
    assert fail("database or disk is full") is OSError
    monkeypatch.setattr("caseapp.cli.trouble.shutil.disk_usage", lambda _: SimpleNamespace(free=0))
    assert fail("disk I/O error") is OSError


def test_a_fault_becomes_one_line_and_a_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("BIANWU_DATA", str(tmp_path))
    for lang, said in (("zh", "程序出错"), ("en", "The program failed")):
        monkeypatch.setenv("BIANWU_LANG", lang)
        error = RuntimeError("surprise")
        trouble.on_fault(type(error), error, None)
        shown = capsys.readouterr().err
        assert said in shown
        assert "[unforeseen]" in shown
        assert "surprise" not in shown
        assert "Traceback" not in shown
    stories = list((tmp_path / "logs").glob("fault-*.log"))
    assert len(stories) == 2
    assert "RuntimeError: surprise" in stories[0].read_text("utf-8")
    assert stat.S_IMODE(stories[0].stat().st_mode) == 0o600


def test_a_fault_without_a_place_to_write_is_still_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "logs").write_text("a file in the way")
    monkeypatch.setenv("BIANWU_DATA", str(tmp_path))
    monkeypatch.setattr(trouble.tempfile, "gettempdir", lambda: str(tmp_path / "logs"))
    trouble.on_fault(RuntimeError, RuntimeError("x"), None)
    assert "[unforeseen]" in capsys.readouterr().err


def test_the_terminal_gets_one_line_and_the_file_the_whole_story(tmp_path: Path) -> None:
    root = logging.getLogger()
    before = list(root.handlers)
    settings = Settings.for_folder(tmp_path)
    trouble.keep_log(settings, "web")
    try:
        error = RuntimeError("deep inside")
        logging.getLogger("bianwu.test").error("request failed", exc_info=error)
        seen = (RuntimeError, error, None)
        record = logging.LogRecord("n", logging.ERROR, "p", 1, "request failed", (), seen)
        assert trouble.OneLine("%(message)s").format(record) == "request failed (RuntimeError)"
        wordy = logging.LogRecord("n", logging.ERROR, "p", 1, "job failed\nTraceback (most recent …", (), None)
        assert trouble.OneLine("%(message)s").format(wordy) == "job failed"
    finally:
        for handler in set(root.handlers) - set(before):
            root.removeHandler(handler)
            handler.close()
    story = (tmp_path / "logs" / "web.log").read_text("utf-8")
    assert "deep inside" in story
