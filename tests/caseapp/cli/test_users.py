"""`bianwu user`: every sub-command through the use cases, every refusal in both languages."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import select

from caseapp.bootstrap import build_application
from caseapp.config import Settings
from caseapp.domain.errors import BadCredentialsError
from caseapp.models import AuditEvent
from caseapp.services.users import sign_in
from tests.caseapp.cli.conftest import PASSWORD, Cli

OTHER = "another honest passphrase"


def add(cli: Cli) -> None:
    answer = cli("user", "add", "Lin", "--name", "林知远", "--role", "counsel", "--password-stdin", input=f"{OTHER}\n")
    assert answer.code == 0, answer.err
    assert "林知远" in answer.out


def test_the_life_of_a_person(installed: Cli, tmp_path: Path) -> None:
    add(installed)
    assert "法务" in installed("user", "list").out
    assert "counsel" in installed("user", "list", lang="en").out
    assert installed("user", "roles", "lin", "--role", "pr", "--role", "lead").code == 0
    assert installed("user", "password", "lin", "--password-stdin", input=f"{PASSWORD}\n").code == 0
    app = build_application(Settings.for_folder(tmp_path / "d"))
    try:
        signed = sign_in(app, login="lin", password=PASSWORD)
        assert signed.must_change_password
        assert signed.actor.roles == {"pr", "lead"}
        assert signed.actor.desk_id
        assert installed("user", "disable", "lin", "--reason", "离职").code == 0
        with pytest.raises(BadCredentialsError):
            sign_in(app, login="lin", password=PASSWORD)
        again = installed("user", "enable", "lin", "--reason", "复职")
        secret = again.out.split("一次性密码：")[1].split()[0]
        assert sign_in(app, login="lin", password=secret).must_change_password
        assert installed("user", "disable", "lin", "--reason", "离职").code == 0
        with app.sessions() as session:
            actors = set(session.scalars(select(AuditEvent.actor_id).where(AuditEvent.object_type == "users")))
        assert "cli" in actors
    finally:
        app.close()
    assert "已停用" in installed("user", "list").out
    assert "barred" in installed("user", "list", lang="en").out


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["add", "lin", "--name", "x", "--role", "counsel", "--password-stdin"], "already-exists"),
        (["add", "new", "--name", "x", "--role", "kounsel", "--password-stdin"], "invalid-input"),
        (["add", "new", "--name", "x", "--role", "system", "--password-stdin"], "invalid-input"),
        (["add", "坏 名", "--name", "x", "--role", "pr", "--password-stdin"], "invalid-input"),
        (["roles", "nobody", "--role", "pr"], "no-such-login"),
        (["disable", "nobody", "--reason", "x"], "no-such-login"),
        (["enable", "nobody", "--reason", "x"], "no-such-login"),
        (["enable", "lin", "--reason", "x"], "still-active"),
        (["disable", "lin", "--reason", " "], "reason-required"),
        (["password", "nobody", "--password-stdin"], "no-such-login"),
    ],
)
def test_refusals(installed: Cli, words: list[str], code: str) -> None:
    add(installed)
    before = installed("user", "list").out
    for lang in ("zh", "en"):
        answer = installed("user", *words, input=f"{OTHER}\n", lang=lang)
        assert answer.code == 1
        assert f"[{code}]" in answer.err
    assert installed("user", "list").out == before


def test_a_weak_password_changes_nothing(installed: Cli) -> None:
    add(installed)
    assert "[invalid-input]" in installed("user", "password", "lin", "--password-stdin", input="short\n").err


@pytest.mark.parametrize("words", [["list"], ["disable", "lin", "--reason", "x"], ["password", "lin"]])
def test_without_an_installation_it_says_what_to_do(cli: Cli, words: list[str], tmp_path: Path) -> None:
    for lang in ("zh", "en"):
        answer = cli("user", *words, lang=lang)
        assert answer.code == 1
        assert "bianwu init" in answer.err
    assert not (tmp_path / "d").exists()
