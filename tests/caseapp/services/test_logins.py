"""Logins at rest and on loan: sealed, bound to their row, refused without the law's homework, revoked for good."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import select, text

from caseapp import jobs
from caseapp.domain.errors import AlreadyExistsError, CaseError, InvalidInputError, PermissionDeniedError
from caseapp.logins import LoginsLockedError, LoginVault
from caseapp.models import Capture, Case, Job, LoginProfile
from caseapp.services.captures import request_capture
from caseapp.services.logins import (
    ImpactAssessmentMissingError,
    LoginUnusableError,
    import_login,
    login_free_at,
    logins,
    record_impact_assessment,
    renew_login,
    revoke_login,
)
from caseapp.services.work import open_work, read_work
from tests.caseapp.conftest import World
from tests.caseapp.services.house import Camera

SECRET = "planted-session-value-001"
STATE = json.dumps([{"name": "sid", "value": SECRET, "domain": ".weixun.test"}]).encode()
URL = "https://www.weixun.test/p/1"


@pytest.fixture
def desk(world: World, tmp_path: Path) -> World:
    world.ports.logins = LoginVault(tmp_path)
    world.ports.capturer = Camera()
    world.person("keeper", "archivist")
    world.person("counsel", "counsel")
    world.person("pr", "pr")
    return world


def kept(desk: World) -> str:
    with open_work(desk.ports, desk.people["keeper"]) as work:
        return import_login(work, "所内账号", STATE).id


def test_a_login_is_sealed_and_bound_to_its_row(desk: World, tmp_path: Path) -> None:
    key = kept(desk)
    with desk.ports.engine.connect() as raw:
        stored = repr(raw.execute(text("SELECT * FROM login_profiles")).all())
        stored += repr(raw.execute(text("SELECT * FROM audit_details")).all())
    assert SECRET not in stored
    with read_work(desk.ports, desk.people["keeper"]) as work:
        row = work.get(LoginProfile, key)
        sealed = row.sealed_state or ""
        assert row.hosts == "weixun.test"
    vault = LoginVault(tmp_path)
    assert vault.open(key, sealed) == STATE
    for moved, changed in ((key[::-1], sealed), (key, sealed[:-6] + "AAAAA="), (key, "x"), (key, "")):
        with pytest.raises(LoginsLockedError):
            vault.open(moved, changed)
    (tmp_path / "logins.key").chmod(0o644)
    with pytest.raises(LoginsLockedError, match="0600"):
        vault.open(key, sealed)
    (tmp_path / "logins.key").unlink()
    with pytest.raises(LoginsLockedError, match="not there"):
        vault.open(key, sealed)
    vault.seal("other", b"x")  # another key
    with pytest.raises(LoginsLockedError, match="another key"):
        vault.open(key, sealed)


def test_only_keepers_keep_and_only_users_see(desk: World) -> None:
    kept(desk)
    with pytest.raises(PermissionDeniedError), open_work(desk.ports, desk.people["counsel"]) as work:
        import_login(work, "另一个", STATE)
    with pytest.raises(PermissionDeniedError), read_work(desk.ports, desk.people["pr"]) as work:
        logins(work)
    with read_work(desk.ports, desk.people["counsel"]) as work:
        assert [row.name for row in logins(work)] == ["所内账号"]


@pytest.mark.parametrize(
    ("name", "data", "pause"),
    [("", STATE, 1), ("x" * 101, STATE, 1), ("a\nb", STATE, 1), ("x", b"{}", 1), ("x", STATE, -1), ("x", STATE, 9999)],
)
def test_what_will_not_do_is_refused(desk: World, name: str, data: bytes, pause: int) -> None:
    with pytest.raises(InvalidInputError), open_work(desk.ports, desk.people["keeper"]) as work:
        import_login(work, name, data, pause_seconds=pause)


def test_the_same_name_twice_is_refused(desk: World) -> None:
    kept(desk)
    with pytest.raises(AlreadyExistsError), open_work(desk.ports, desk.people["keeper"]) as work:
        import_login(work, "所内账号", STATE)


def test_a_capture_needs_the_assessment_the_host_and_the_right(desk: World) -> None:
    key, counsel = kept(desk), desk.people["counsel"]
    case = desk.case((counsel, "counsel"))
    with pytest.raises(ImpactAssessmentMissingError), open_work(desk.ports, counsel) as work:
        request_capture(work, URL, case_id=case, login_id=key)
    with open_work(desk.ports, counsel) as work:
        record_impact_assessment(work, work.get(Case, case), "评估报告 2026-08-11，风险低，存于合规部。")
    with pytest.raises(LoginUnusableError), open_work(desk.ports, counsel) as work:
        request_capture(work, "https://notweixun.test/", case_id=case, login_id=key)
    with pytest.raises(PermissionDeniedError), open_work(desk.ports, desk.people["pr"]) as work:
        request_capture(work, URL, login_id=key)
    with open_work(desk.ports, counsel) as work:
        row = request_capture(work, URL, case_id=case, login_id=key)
        assert row.profile_id == key
    with pytest.raises(CaseError), open_work(desk.ports, counsel) as work:
        request_capture(work, URL, case_id=case)  # the open order carries a login, this one would not


def test_a_revoked_login_is_gone_and_its_waiting_captures_say_so(desk: World) -> None:
    key, counsel = kept(desk), desk.people["counsel"]
    case = desk.case((counsel, "counsel"))
    with open_work(desk.ports, counsel) as work:
        record_impact_assessment(work, work.get(Case, case), "已评估")
        number = request_capture(work, URL, case_id=case, login_id=key).id
    with open_work(desk.ports, desk.people["keeper"]) as work:
        revoke_login(work, work.get(LoginProfile, key), reason="员工离职")
    with desk.ports.sessions() as session:
        assert session.get_one(LoginProfile, key).sealed_state is None
        job = session.scalars(select(Job.id).where(Job.object_id == number)).one()
    with pytest.raises(LoginUnusableError), open_work(desk.ports, desk.people["keeper"]) as work:
        renew_login(work, work.get(LoginProfile, key), STATE)
    store = replace(desk.ports, signer=object(), store=object())
    assert not jobs.perform(store, job)  # type: ignore[arg-type]  # the parts a capture begins with
    with desk.ports.sessions() as session:
        row = session.get_one(Capture, number)
        assert (row.result, row.error_code) == ("FAILED", "login-unusable")


def test_one_visit_at_a_time_and_a_pause(desk: World) -> None:
    key, counsel = kept(desk), desk.people["counsel"]
    case = desk.case((counsel, "counsel"))
    with open_work(desk.ports, counsel) as work:
        record_impact_assessment(work, work.get(Case, case), "已评估")
        first = request_capture(work, URL, case_id=case, login_id=key)
        other = request_capture(work, "https://m.weixun.test/2", case_id=case, login_id=key)
        assert login_free_at(work, other) is None
        first.status, first.started_at = "running", work.now
        work.session.flush()
        assert ((login_free_at(work, other) or work.now) - work.now).total_seconds() == 10
        first.status = "queued"
        work.session.flush()
        assert ((login_free_at(work, other) or work.now) - work.now).total_seconds() == 30
