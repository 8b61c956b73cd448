"""`bianwu init`: refuses what exists, keeps keys, can be repeated after an interruption."""

from __future__ import annotations

import os
import sqlite3
import stat
from pathlib import Path

import pytest

from caseapp import services
from caseapp.services import setup
from tests.caseapp.cli.conftest import PASSWORD, Cli

WORDS = ("init", "--organization", "示例单位", "--login", "root-admin", "--password-stdin")


def state_of(folder: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in folder.rglob("*") if path.is_file() and "pid" not in path.name}


def test_init_makes_everything_with_narrow_rights(cli: Cli, tmp_path: Path) -> None:
    made = cli(*WORDS, input=f"{PASSWORD}\n")
    assert made.code == 0
    assert "bianwu serve" in made.out
    assert stat.S_IMODE((tmp_path / "d").stat().st_mode) == 0o700
    keys = list((tmp_path / "d" / "keys").glob("*.key"))
    assert len(keys) == 2
    assert all(stat.S_IMODE(key.stat().st_mode) == 0o600 for key in keys)
    assert (tmp_path / "d" / "trust.json").is_file()


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_second_init_changes_nothing(installed: Cli, tmp_path: Path, lang: str) -> None:
    before = state_of(tmp_path / "d")
    again = installed(*WORDS, input=f"{PASSWORD}\n", lang=lang)
    assert again.code == 1
    assert "[already-initialised]" in again.err
    assert state_of(tmp_path / "d") == before


def test_a_second_init_does_not_make_new_keys_for_lost_ones(installed: Cli, tmp_path: Path) -> None:
    for key in (tmp_path / "d" / "keys").iterdir():
        key.unlink()
    assert installed(*WORDS, input=f"{PASSWORD}\n").code == 1
    assert not list((tmp_path / "d" / "keys").iterdir())


@pytest.mark.parametrize(
    ("password", "zh", "en"),
    [
        ("short", "至少 10 个字符", "at least 10"),
        ("", "至少 10 个字符", "at least 10"),
        ("root-admin-2026", "不能包含登录名", "do not use the login"),
        ("aaaaaaaaaaaa", "几个字符重复", "repeated characters"),
        ("x" * 300, "最多 256", "at most 256"),
    ],
)
def test_a_weak_password_is_refused_before_anything_is_made(
    cli: Cli, tmp_path: Path, password: str, zh: str, en: str
) -> None:
    for lang, said in (("zh", zh), ("en", en)):
        answer = cli(*WORDS, input=f"{password}\n", lang=lang)
        assert answer.code == 1
        assert said in answer.err
    assert not (tmp_path / "d").exists()


def test_an_interrupted_init_can_be_repeated_and_keeps_its_keys(
    cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(services.setup, "open_work", interrupted)
        stopped = cli(*WORDS, input=f"{PASSWORD}\n")
    assert stopped.code == 130
    assert "[stopped]" in stopped.err
    keys = {path.name: path.read_bytes() for path in (tmp_path / "d" / "keys").iterdir()}
    assert keys
    assert cli(*WORDS, input=f"{PASSWORD}\n").code == 0
    assert {path.name: path.read_bytes() for path in (tmp_path / "d" / "keys").iterdir()} == keys
    assert setup.AlreadyInitialisedError.code in cli(*WORDS, input=f"{PASSWORD}\n").err


def test_questions_are_asked_and_two_passwords_must_agree(cli: Cli, tmp_path: Path) -> None:
    differ = cli("init", input=f"示例单位\nroot-admin\n{PASSWORD}\nanother passphrase\n")
    assert differ.code == 1
    assert "两次输入的密码不同" in differ.err
    assert not (tmp_path / "d").exists()
    assert cli("init", input=f"示例单位\nroot-admin\n{PASSWORD}\n{PASSWORD}\n").code == 0


def test_a_file_where_the_folder_should_be(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "d").write_text("x")
    for lang, said in (("zh", "是文件而不是目录"), ("en", "is a file, not a folder")):
        answer = cli(*WORDS, input=f"{PASSWORD}\n", lang=lang, BIANWU_DATA=str(tmp_path / "d" / "deeper"))
        assert answer.code == 1
        assert said in answer.err


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read every folder; test_real does it as another user")
def test_an_unreadable_folder(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "d").mkdir(mode=0)
    answer = cli(*WORDS, input=f"{PASSWORD}\n")
    assert answer.code == 1
    assert "[no-permission]" in answer.err


@pytest.mark.parametrize(
    "url",
    ["postgresql+psycopg://bianwu:secret@127.0.0.1:1/none", "sqlite:////proc/none/bianwu.db", "sqlite:///{garbage}"],
)
def test_a_wrong_database_address_is_said_without_its_password(cli: Cli, tmp_path: Path, url: str) -> None:
    garbage = tmp_path / "garbage.db"
    garbage.write_bytes(b"not a database at all, certainly" * 200)
    for lang in ("zh", "en"):
        answer = cli(*WORDS, input=f"{PASSWORD}\n", lang=lang, DATABASE_URL=url.format(garbage=garbage))
        assert answer.code == 1
        assert "[database-" in answer.err
        assert "DATABASE_URL" in answer.err
        assert "secret" not in answer.err
    assert garbage.read_bytes().startswith(b"not a database")


def test_an_empty_database_file_is_filled(cli: Cli, tmp_path: Path) -> None:
    path = tmp_path / "mine.db"
    sqlite3.connect(path).close()
    assert cli(*WORDS, input=f"{PASSWORD}\n", DATABASE_URL=f"sqlite:///{path}").code == 0


def test_a_folder_that_was_open_to_everybody_is_closed(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "d").mkdir(mode=0o755)
    assert cli(*WORDS, input=f"{PASSWORD}\n").code == 0
    assert stat.S_IMODE((tmp_path / "d").stat().st_mode) == 0o700


@pytest.mark.parametrize(("uscc", "words"), [("1", "18"), ("91990100FAKE00013C", "校验位")])
def test_a_wrong_credit_code_is_refused_before_anything_is_made(
    cli: Cli, tmp_path: Path, uscc: str, words: str
) -> None:
    refused = cli(*WORDS, "--uscc", uscc, input=f"{PASSWORD}\n")
    assert refused.code == 1
    assert words in refused.err
    assert not (tmp_path / "d").exists()


def test_a_lost_key_is_named_with_the_way_back_and_nothing_is_made_anew(installed: Cli, tmp_path: Path) -> None:
    (tmp_path / "d" / "keys" / "sealer.key").unlink()
    before = state_of(tmp_path / "d")
    for lang, word in (("zh", "备份"), ("en", "backup")):
        for words in (WORDS, ("user", "list")):
            refused = installed(*words, input=f"{PASSWORD}\n", lang=lang)
            assert (refused.code, "[keys-lost]" in refused.err, word in refused.err) == (1, True, True)
    assert "sealer.key" in installed("doctor").said
    assert installed("doctor").code == 1
    assert state_of(tmp_path / "d") == before


def test_an_empty_register_is_never_begun_beside_evidence(installed: Cli, tmp_path: Path) -> None:
    shot = tmp_path / "a.png"
    shot.write_bytes(b"\x89PNG\r\n\x1a\n" + b"\0" * 64)
    installed("user", "add", "xu", "--name", "许", "--role", "archivist", "--password-stdin", input=f"{PASSWORD}\n")
    assert installed("upload", str(shot), "--as", "xu", "--url", "https://weixun.test/1").code == 0
    for file in (tmp_path / "d").glob("bianwu.db*"):
        file.unlink()
    for lang, word in (("zh", "备份"), ("en", "backup")):
        refused = installed(*WORDS, input=f"{PASSWORD}\n", lang=lang)
        assert (refused.code, "[register-lost]" in refused.err, word in refused.err) == (1, True, True)
    assert not list((tmp_path / "d").glob("bianwu.db*"))
    assert installed("doctor").code == 1


def test_a_folder_in_the_place_of_the_database_is_said_to_be_one(installed: Cli, tmp_path: Path) -> None:
    for file in (tmp_path / "d").glob("bianwu.db*"):
        file.unlink()
    (tmp_path / "d" / "bianwu.db").mkdir()
    refused = installed("serve", BIANWU_PORT="0")
    assert refused.code == 1
    assert "[database-unfit]" in refused.err
