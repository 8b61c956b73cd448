"""`bianwu profile` and a batch that carries a login: in a person's name, with the assessment, no secret told."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from sqlalchemy import select

from caseapp.bootstrap import build_application
from caseapp.config import Settings
from caseapp.models import Capture, User
from caseapp.services.cases import create_case
from caseapp.services.work import Actor, open_work
from tests.caseapp.cli.conftest import HAN, Cli

PASSPHRASE = "another honest passphrase"
SECRET = "planted-session-value-003"
STATE = json.dumps([{"name": "sid", "value": SECRET, "domain": ".weixun.test"}])
BOX = "https://weixun.test/1\nhttps://zhiye.test/2\n"


@pytest.fixture
def firm(installed: Cli, tmp_path: Path) -> tuple[Cli, str]:
    """The command line of a firm with a keeper and a lawyer, and the number of the lawyer's case."""
    for login, role in (("xu", "archivist"), ("zhou", "counsel")):
        words = ("user", "add", login, "--name", login, "--role", role, "--password-stdin")
        assert installed(*words, input=f"{PASSPHRASE}\n").code == 0
    app = build_application(Settings.for_folder(tmp_path / "d"))
    with app.sessions() as session:
        row = session.scalars(select(User).where(User.login == "zhou")).one()
        actor = Actor(row.id, row.display, frozenset(row.roles), desk_id=row.desk_id)
    with open_work(app, actor) as work:
        number = str(create_case(work, title="甲案").no)
    app.close()
    return installed, number


def carried(folder: Path) -> dict[str, bool]:
    app = build_application(Settings.for_folder(folder / "d"))
    with app.sessions() as session:
        found = {row.url: row.profile_id is not None for row in session.scalars(select(Capture))}
    app.close()
    return found


def test_a_login_from_import_to_revocation(firm: tuple[Cli, str], tmp_path: Path) -> None:
    cli, case = firm
    told = [cli("profile", "import", "所内账号", "-", "--as", "xu", input=STATE)]
    assert told[0].code == 0, told[0].err
    told.append(cli("profile", "import", "所内账号", "-", "--as", "xu", input=STATE))
    assert (told[-1].code, "已" in told[-1].err) == (1, True)
    told.append(cli("profile", "import", "x", "-", "--as", "zhou", input=STATE))
    assert told[-1].code == 1
    told.append(cli("profile", "list", "--as", "zhou"))
    assert "所内账号  weixun.test  可用" in told[-1].out
    told.append(cli("profile", "list", "--as", "zhou", lang="en"))
    assert not HAN.search(told[-1].out.replace("所内账号", ""))
    batch = ("batch", "add", "-", "--as", "zhou", "--profile", "所内账号", "--case", case, "--json")
    told.append(cli(*batch, input=BOX))
    assert (told[-1].code, "影响评估" in told[-1].err) == (1, True)
    assert carried(tmp_path) == {}
    told.append(cli("profile", "capture", "所内账号", BOX.splitlines()[0], "--case", case, "--as", "zhou"))
    assert told[-1].code == 1
    assert cli("profile", "assess", case, "--text", "2026-08-11 评估，风险低", "--as", "zhou").code == 0
    told.append(cli(*batch, input=BOX))
    assert (told[-1].code, json.loads(told[-1].out)["carried"]) == (0, 1)
    assert carried(tmp_path) == {"https://weixun.test/1": True, "https://zhiye.test/2": False}
    told.append(cli("profile", "capture", "所内账号", "https://weixun.test/9", "--case", case, "--as", "zhou"))
    assert told[-1].code == 0
    assert cli("profile", "renew", "所内账号", "-", "--as", "xu", input=STATE).code == 0
    assert cli("profile", "revoke", "所内账号", "--as", "xu", "--reason", "换人").code == 0
    told.append(cli("profile", "capture", "所内账号", "https://weixun.test/10", "--case", case, "--as", "zhou"))
    assert (told[-1].code, "已撤销" in told[-1].err) == (1, True)
    assert "revoked" in cli("profile", "list", "--as", "zhou", lang="en").out
    assert SECRET not in "".join(one.said for one in told)


def test_a_batch_goes_on_logged_out_where_the_person_says_so(firm: tuple[Cli, str], tmp_path: Path) -> None:
    cli, case = firm
    assert cli("profile", "import", "所内账号", "-", "--as", "xu", input=STATE).code == 0
    batch = ("batch", "add", "-", "--as", "zhou", "--profile", "所内账号", "--case", case, "--or-logged-out")
    answer = cli(*batch, input=BOX)
    assert (answer.code, "均未带登录身份" in answer.err) == (0, True)
    assert carried(tmp_path) == {"https://weixun.test/1": False, "https://zhiye.test/2": False}
    assert cli("batch", "add", "-", "--as", "zhou", "--profile", "所内账号", input=BOX).code == 2
