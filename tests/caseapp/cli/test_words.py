"""Help and refusals in the person's language, Chinese or English, never both and never click's own."""

from __future__ import annotations

import pytest

from caseapp.cli import COMMANDS
from tests.caseapp.cli.conftest import HAN, Cli

SHOWN = [name for name, row in COMMANDS.items() if row[4]]


def test_the_list_of_commands_is_in_one_language(cli: Cli) -> None:
    chinese, english = cli("--help"), cli("--help", lang="en")
    assert chinese.code == english.code == 0
    for name in SHOWN:
        assert f"  {name}" in chinese.out
        assert COMMANDS[name][2] in chinese.out
        assert COMMANDS[name][3] in english.out
    assert "用法：" in chinese.out
    assert "Show" not in chinese.out
    assert not HAN.search(english.out.replace("辨诬", ""))


@pytest.mark.parametrize("path", [[name] for name in SHOWN] + [["user", name] for name in ("add", "list", "roles")])
def test_every_help_page_speaks_both_languages(cli: Cli, path: list[str]) -> None:
    chinese, english = cli(*path, "--help"), cli(*path, "--help", lang="en")
    assert chinese.code == english.code == 0
    assert HAN.search(chinese.out)
    assert "Show this" not in chinese.out
    assert not HAN.search(english.out)
    assert english.out.startswith("Usage: bianwu ")


@pytest.mark.parametrize(
    ("words", "zh", "en"),
    [
        (["nonsense"], "没有“nonsense”这个命令", "No such command 'nonsense'"),
        (["user", "nonsense"], "没有“nonsense”这个命令", "No such command 'nonsense'"),
        (["serve", "--prt", "1"], "没有选项 --prt", "No such option"),
        (["serve", "--port", "99999"], "须为 0 到 65535 的整数", "not in the range"),
        (["serve", "--workers", "many"], "须为 1 到 64 的整数", "not a valid integer"),
        (["capture"], "请给出一个网址", "Give one address"),
        (["verify"], "缺少", "Missing argument"),
        (["user", "add", "lin"], "缺少", "Missing option"),
        (["init", "--password-stdin"], "须给出 --organization", "Give --organization"),
    ],
)
def test_wrong_words_are_refused_with_the_way_to_the_help(cli: Cli, words: list[str], zh: str, en: str) -> None:
    chinese, english = cli(*words), cli(*words, lang="en")
    assert (chinese.code, english.code) == (2, 2)
    assert zh in chinese.err
    assert "--help" in chinese.err
    assert en in english.err
    assert not HAN.search(english.err)


def test_no_words_shows_the_help(cli: Cli) -> None:
    answer = cli()
    assert answer.code == 2
    assert "用法：" in answer.err


@pytest.mark.parametrize(
    ("variable", "value"), [("BIANWU_PORT", "x"), ("DATABASE_URL", "mysql://a/b"), ("KEYS_URL", "s3:x")]
)
def test_a_setting_that_cannot_be_used_is_named(cli: Cli, variable: str, value: str) -> None:
    for command in ("serve", "fsck", "doctor"):
        for lang in ("zh", "en"):
            answer = cli(command, lang=lang, **{variable: value})
            assert answer.code == 1
            assert variable in answer.err
            assert "[settings-invalid]" in answer.err
