"""A demo installation stands by itself and says what it is."""

import json
from pathlib import Path

import pytest

from caseapp.config import Settings
from caseapp.demo.installation import RECHECK_SECONDS, actor_for, install, new_password
from caseapp.services.users import sign_in

pytestmark = pytest.mark.slow


def test_everybody_of_the_case_can_sign_in(tmp_path: Path) -> None:
    with install(tmp_path / "demo", base=Settings.from_env({"BIANWU_LANG": "en"})) as made:
        case = made.platforms.content.case
        assert [row.login for row in made.sign_ins] == ["admin", *(user.login for user in case.users)]
        counsel = made.sign_ins[2]
        signed = sign_in(made.application, login=counsel.login, password=counsel.password)
        assert signed.actor == actor_for(made.application, case.users[1])
        assert signed.actor.roles == {"counsel"}
        settings = made.settings
        assert settings.demo
        assert settings.lang == "en"
        assert settings.recheck_seconds == RECHECK_SECONDS
        assert settings.overrides.resolve == dict(made.platforms.resolve)
        assert all(authority.test for authority in settings.authorities)
        trust = json.loads(made.trust.read_text("utf-8"))
        assert "澜江苜禾食品有限公司" in json.dumps(trust, ensure_ascii=False)
    with install(tmp_path / "demo") as again:
        assert again.sign_ins == ()


def test_passwords_differ_and_can_be_typed() -> None:
    made = {new_password() for _ in range(200)}
    assert len(made) == 200
    assert all(len(text) == 19 and text.isascii() for text in made)
