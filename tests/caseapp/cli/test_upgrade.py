"""`bianwu upgrade`: an older database is backed up and brought up, on record; another one is refused in words."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from caseapp import migrations
from caseapp.models import make_engine
from tests.caseapp.cli.conftest import HAN, Cli


def the_database(folder: Path) -> Path:
    return next(path for path in (folder / "d").iterdir() if path.suffix in {".db", ".sqlite3", ".sqlite"})


def set_back(path: Path, revision: str) -> None:
    engine = make_engine(f"sqlite:///{path}")
    migrations.downgrade(engine, revision)
    engine.dispose()


def say_revision(path: Path, revision: str) -> None:
    with closing(sqlite3.connect(path)) as database, database:
        database.execute("UPDATE alembic_version SET version_num = ?", (revision,))


def test_a_newest_database_needs_nothing(installed: Cli, tmp_path: Path) -> None:
    before = sorted((tmp_path / "d").iterdir())
    answer = installed("upgrade")
    assert answer.code == 0
    assert "无须升级" in answer.out
    assert [path for path in sorted((tmp_path / "d").iterdir()) if path not in before and path.suffix == ".pid"] == [
        path for path in sorted((tmp_path / "d").iterdir()) if path not in before
    ]


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_an_older_database_is_backed_up_and_brought_up(installed: Cli, tmp_path: Path, lang: str) -> None:
    path = the_database(tmp_path)
    set_back(path, "0008")
    refused = installed("serve", lang=lang)
    assert refused.code == 1
    assert "bianwu upgrade" in refused.err
    assert "[schema-behind]" in refused.err
    answer = installed("upgrade", lang=lang)
    assert answer.code == 0, answer.said
    assert f"0008 → {migrations.newest()}" in answer.out
    assert bool(HAN.search(answer.out)) == (lang == "zh")
    (copy,) = (tmp_path / "d").glob(f"{path.name}.0008-*")
    assert copy.stat().st_mode & 0o077 == 0
    with closing(sqlite3.connect(copy)) as old, closing(sqlite3.connect(path)) as new:
        assert old.execute("SELECT version_num FROM alembic_version").fetchone() == ("0008",)
        assert new.execute("SELECT count(*) FROM users").fetchone() == (1,)
        deeds = new.execute("SELECT count(*) FROM audit_events WHERE action = 'system.upgraded'").fetchone()
    assert deeds == (1,)
    assert "✓" in installed("upgrade", lang=lang).out


def test_a_newer_database_is_left_alone(installed: Cli, tmp_path: Path) -> None:
    path = the_database(tmp_path)
    say_revision(path, "9999")
    for command in ("serve", "upgrade"):
        answer = installed(command)
        assert answer.code == 1
        assert "[schema-ahead]" in answer.err
    with closing(sqlite3.connect(path)) as database:
        assert database.execute("SELECT version_num FROM alembic_version").fetchone() == ("9999",)


def test_another_engine_has_to_be_backed_up_first(installed: Cli) -> None:
    answer = installed("upgrade", DATABASE_URL="postgresql+psycopg://127.0.0.1:1/nowhere")
    assert answer.code == 1
    assert "[database-away]" in answer.err


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("command", ["serve", "fsck", "upgrade"])
def test_a_database_that_is_gone_is_said_and_not_made_anew(
    installed: Cli, tmp_path: Path, command: str, lang: str
) -> None:
    path = the_database(tmp_path)
    path.unlink()
    answer = installed(command, lang=lang)
    assert answer.code == 1
    assert "[database-unfit]" in answer.err
    assert bool(HAN.search(answer.err)) == (lang == "zh")
    assert not path.exists()


def test_a_file_that_is_no_database_stops_serve(installed: Cli, tmp_path: Path) -> None:
    the_database(tmp_path).write_bytes(b"junk" * 2000)
    answer = installed("serve")
    assert answer.code == 1
    assert "[database-unfit]" in answer.err
    assert "Traceback" not in answer.err


@pytest.mark.parametrize("name", ["sealer.key", "log.key"])
@pytest.mark.parametrize("data", [None, b"junk"])
def test_a_key_that_cannot_sign_stops_serve(installed: Cli, tmp_path: Path, name: str, data: bytes | None) -> None:
    path = next((tmp_path / "d").rglob(name))
    path.unlink() if data is None else path.write_bytes(data)
    answer = installed("serve")
    assert answer.code == 1
    assert ("[evidence.key_file]" if data else "[keys-lost]") in answer.err
