from __future__ import annotations

from datetime import timedelta

import pytest
from argon2 import PasswordHasher
from sqlalchemy import select

from caseapp.domain.errors import (
    AlreadyExistsError,
    BadCredentialsError,
    InvalidInputError,
    NotFoundError,
    NotSignedInError,
    PermissionDeniedError,
    ThrottledError,
)
from caseapp.models import AuditEvent, Desk, Organization, SignInAttempt, User, UserSession, make_engine, make_sessions
from caseapp.services import passwords, users
from caseapp.services.audit import verify_chain
from caseapp.services.setup import AlreadyInitialisedError, initialise, is_initialised
from caseapp.services.work import Actor, open_work, read_work
from tests.caseapp.conftest import LocalPorts, World

GOOD = "石蜡不是早餐·correct horse"
SETUP = {"organization": "澜江苜禾食品有限公司", "login": "Lin.Zhiyuan ", "display": "林知远", "password": GOOD}


@pytest.fixture(autouse=True)
def quick_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Argon2id all the same, at a cost fit for many sign-ins on a busy machine."""
    monkeypatch.setattr(passwords, "_HASHER", PasswordHasher(time_cost=1, memory_cost=1024, parallelism=1))


@pytest.fixture
def admin(ports: LocalPorts) -> Actor:
    made = initialise(ports, **SETUP)
    return Actor(made.user_id, "林知远", frozenset({"admin", "counsel"}), desk_id=made.desk_id)


def test_initialise_makes_schema_organization_desk_and_admin(ports: LocalPorts, admin: Actor) -> None:
    assert is_initialised(ports)
    with ports.sessions() as session:
        user, desk = session.scalars(select(User)).one(), session.scalars(select(Desk)).one()
        assert (user.login, user.roles, user.desk_id) == ("lin.zhiyuan", ["admin", "counsel"], desk.id)
        assert str(user.password_hash).startswith("$argon2id$")
        assert session.scalars(select(Organization)).one().desk_id == desk.id
        assert verify_chain(session).intact
    with pytest.raises(AlreadyInitialisedError):
        initialise(ports, **SETUP)


def test_an_empty_file_becomes_an_installation(tmp_path: object) -> None:
    engine = make_engine(f"sqlite:///{tmp_path}/new.db")
    fresh = LocalPorts(engine, make_sessions(engine))
    assert not is_initialised(fresh)
    initialise(fresh, **SETUP)
    assert is_initialised(fresh)
    engine.dispose()


def test_a_refused_password_leaves_nothing_behind(ports: LocalPorts) -> None:
    with pytest.raises(InvalidInputError):
        initialise(ports, **(SETUP | {"password": "short"}))
    assert not is_initialised(ports)


@pytest.mark.parametrize("weak", ["short", "lin.zhiyuan-2026", "aaaaaaaaaaaa", "x" * 257])
def test_weak_passwords_are_refused_in_words(weak: str) -> None:
    with pytest.raises(InvalidInputError) as refused:
        passwords.hash_password(weak, login="lin.zhiyuan")
    assert "密码" in refused.value.message()


def test_sign_in_resume_and_sign_out(ports: LocalPorts, admin: Actor) -> None:
    signed = users.sign_in(ports, login=" LIN.zhiyuan", password=GOOD, ip="127.0.0.1", agent="Chromium")
    actor = users.resume_session(ports, signed.token, ip="127.0.0.1", request_id="r1")
    assert (actor.user_id, actor.roles, actor.desk_id) == (admin.user_id, admin.roles, admin.desk_id)
    with ports.sessions() as session:
        kept = session.scalars(select(UserSession)).one()
        assert signed.token not in (kept.token_digest, kept.id)
    users.sign_out(ports, signed.token)
    users.sign_out(ports, "nonsense")
    with pytest.raises(NotSignedInError):
        users.resume_session(ports, signed.token)
    with ports.sessions() as session:
        assert {"user.signed_in", "user.signed_out"} <= set(session.scalars(select(AuditEvent.action)))


@pytest.mark.parametrize(
    ("login", "password"),
    [
        ("lin.zhiyuan", "wrong password"),
        ("nobody", GOOD),
        ("lin.zhiyuan", ""),
        ("'; --", "x"),
        ("lin.zhiyuan", "密" * 5000),
    ],
)
def test_wrong_credentials_are_told_alike_and_kept(ports: LocalPorts, admin: Actor, login: str, password: str) -> None:
    with pytest.raises(BadCredentialsError):
        users.sign_in(ports, login=login, password=password, ip="10.0.0.9")
    with ports.sessions() as session:
        attempt = session.scalars(select(SignInAttempt)).one()
    assert (attempt.ok, attempt.ip) == (False, "10.0.0.9")
    assert admin


def test_guessing_is_slowed_down_and_success_clears_it(ports: LocalPorts, admin: Actor) -> None:
    for _ in range(5):
        with pytest.raises(BadCredentialsError):
            users.sign_in(ports, login="lin.zhiyuan", password="guess", ip="10.0.0.9")
    with pytest.raises(ThrottledError) as slowed:
        users.sign_in(ports, login="lin.zhiyuan", password=GOOD, ip="10.0.0.9")
    assert 1 <= int(str(slowed.value.facts["seconds"])) <= 15
    assert users.sign_in(ports, login="lin.zhiyuan", password=GOOD, ip="10.0.0.1").user_id == admin.user_id
    ports.clock.now += timedelta(seconds=16)
    assert users.sign_in(ports, login="lin.zhiyuan", password=GOOD, ip="10.0.0.9").user_id == admin.user_id
    with pytest.raises(BadCredentialsError):
        users.sign_in(ports, login="lin.zhiyuan", password="guess", ip="10.0.0.9")


def test_sessions_end_by_age_idleness_and_revoking(ports: LocalPorts, admin: Actor) -> None:
    first = users.sign_in(ports, login="lin.zhiyuan", password=GOOD)
    second = users.sign_in(ports, login="lin.zhiyuan", password=GOOD)
    with read_work(ports, admin) as work:
        assert {session.id for session in users.own_sessions(work)} == {first.session_id, second.session_id}
    with open_work(ports, admin) as work:
        users.revoke_session(work, second.session_id)
    with pytest.raises(NotSignedInError):
        users.resume_session(ports, second.token)
    for _ in range(15):
        ports.clock.now += timedelta(hours=11)
        users.resume_session(ports, first.token)
    ports.clock.now += timedelta(hours=11)
    with pytest.raises(NotSignedInError):
        users.resume_session(ports, first.token)
    idle = users.sign_in(ports, login="lin.zhiyuan", password=GOOD)
    ports.clock.now += timedelta(hours=13)
    with pytest.raises(NotSignedInError):
        users.resume_session(ports, idle.token)


def test_people_are_managed_by_the_manager_alone(ports: LocalPorts, admin: Actor) -> None:
    with open_work(ports, admin) as work:
        su = users.create_user(work, login="su.mo", display="苏墨", password="另一个很长的密码啊啊", roles=["counsel"])
    with pytest.raises(AlreadyExistsError), open_work(ports, admin) as work:
        users.create_user(work, login="SU.MO", display="又一个")
    for wrong in ({"login": "空 格"}, {"login": "x1", "roles": ["system"]}, {"login": "x2", "roles": ["emperor"]}):
        with pytest.raises(InvalidInputError), open_work(ports, admin) as work:
            users.create_user(work, **({"display": "x"} | wrong))
    signed = users.sign_in(ports, login="su.mo", password="另一个很长的密码啊啊")
    other = users.sign_in(ports, login="lin.zhiyuan", password=GOOD)
    for deed in (
        lambda work: users.create_user(work, login="x", display="x"),
        lambda work: users.change_roles(work, su.id, ["admin"]),
        lambda work: users.deactivate_user(work, admin.user_id, reason="x"),
        lambda work: users.set_password(work, admin.user_id, "很长很长的一个新密码"),
    ):
        with pytest.raises(PermissionDeniedError), open_work(ports, signed.actor) as work:
            deed(work)
    with pytest.raises(NotFoundError), open_work(ports, signed.actor) as work:
        users.revoke_session(work, other.session_id)
    with open_work(ports, admin) as work:
        users.change_roles(work, su.id, ["pr"])
    assert users.resume_session(ports, signed.token).roles == {"pr"}
    with open_work(ports, admin) as work:
        users.deactivate_user(work, su.id, reason="离职")
    with pytest.raises(NotSignedInError):
        users.resume_session(ports, signed.token)
    with pytest.raises(BadCredentialsError):
        users.sign_in(ports, login="su.mo", password="另一个很长的密码啊啊")


def test_own_password_needs_the_current_one_and_ends_sessions(ports: LocalPorts, admin: Actor) -> None:
    signed = users.sign_in(ports, login="lin.zhiyuan", password=GOOD)
    with pytest.raises(BadCredentialsError), open_work(ports, admin) as work:
        users.set_password(work, admin.user_id, "新的密码足够长了吧", current="wrong")
    with open_work(ports, admin) as work:
        users.set_password(work, admin.user_id, "新的密码，足够长了吧", current=GOOD)
    with pytest.raises(NotSignedInError):
        users.resume_session(ports, signed.token)
    assert not users.sign_in(ports, login="lin.zhiyuan", password="新的密码，足够长了吧").must_change_password
    with ports.sessions() as session:
        from caseapp.models import AuditDetail

        bodies = " ".join(filter(None, session.scalars(select(AuditDetail.body))))
    assert "argon2" not in bodies
    assert "***" in bodies


def test_a_reset_by_the_manager_must_be_changed(world: World, ports: LocalPorts) -> None:
    su, boss = world.person("su", "counsel"), world.person("boss", "admin")
    with open_work(ports, boss) as work:
        users.set_password(work, su.user_id, "临时密码，请尽快修改")
    assert users.sign_in(ports, login="su", password="临时密码，请尽快修改").must_change_password
