"""Users and roles: an administrator adds, changes, bars; everyone else is refused; nobody locks everybody out."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from sqlalchemy import select

from caseapp.models import AuditDetail, AuditEvent, User, UserSession
from caseapp.services.work import open_work, system_actor
from tests.caseapp.web.house import NASTY, PASSWORD, Browser, Place

Visit = Callable[..., Browser]
FRESH = r'id="once-password">([a-z2-9]{4}(?:-[a-z2-9]{4}){3})<'
NEXT_PASSWORD = "另一句很长的口令 7"


def version(place: Place, login: str) -> str:
    with place.application.sessions() as session:
        return str(session.scalars(select(User.version).where(User.login == login)).one())


def row(place: Place, login: str) -> User:
    with place.application.sessions() as session:
        return session.scalars(select(User).where(User.login == login)).one()


def last_detail(place: Place, action: str) -> str:
    with place.application.sessions() as session:
        found = session.scalars(select(AuditEvent).where(AuditEvent.action == action).order_by(AuditEvent.seq.desc()))
        return session.get_one(AuditDetail, found.first().id).body or ""  # type: ignore[union-attr]


def test_the_list_says_who_may_sign_in_and_as_what(visit: Visit) -> None:
    page = visit("admin").get("/people/").text
    for words in ("林知远", "法务", "钟九思", "审计", "从未", "无角色"):
        assert words in page
    csv = visit("admin").get("/people/?format=csv").text
    assert csv.startswith("\ufeff登录名,姓名,部门,角色,上次登录,参与案件,状态")
    assert "zhong" in csv
    only = visit("admin").get("/people/?role=auditor").text
    assert "钟九思" in only
    assert "林知远" not in only


@pytest.mark.parametrize("login", ["lin", "gao", "zhong", "su"])
def test_nobody_else_comes_near(visit: Visit, login: str) -> None:
    browser = visit(login)
    for path in ("/people/", "/people/new", "/people/gao"):
        assert browser.get(path).status_code == 403
    for path in ("/people/new", "/people/gao/roles", "/people/gao/bar", "/people/gao/password", "/people/gao/sessions",
                 "/people/gao/restore"):  # fmt: skip
        assert browser.post(path, reason="x").status_code == 403, path


def test_a_new_user_gets_a_password_once_and_must_change_it(visit: Visit, place: Place) -> None:
    admin = visit("admin")
    admin.get("/people/new")
    answer = admin.post("/people/new", login="Yu.Lan", display="余岚", dept="法务部", roles="counsel")
    assert answer.status_code == 200
    password = re.search(FRESH, answer.text)
    assert password
    assert password[1] not in admin.get("/people/yu.lan").text
    assert row(place, "yu.lan").must_change_password
    newcomer = visit()
    assert newcomer.sign_in("yu.lan", password[1]).status_code == 303
    held = newcomer.get("/cases/")
    assert (held.status_code, held.location) == (302, "/settings#password")
    newcomer.get("/settings")
    changed = newcomer.post("/settings/password", current=password[1], new=NEXT_PASSWORD)
    assert changed.status_code == 303
    assert newcomer.sign_in("yu.lan", NEXT_PASSWORD).status_code == 303
    assert newcomer.get("/cases/").status_code == 200


@pytest.mark.parametrize(
    ("form", "words"),
    [
        ({"login": "", "display": "甲", "roles": "counsel"}, "请填写"),
        ({"login": "含 空格", "display": "甲", "roles": "counsel"}, "小写字母"),
        ({"login": "gao", "display": "甲", "roles": "counsel"}, "已有相同的登录名"),
        ({"login": "new.one", "display": "长" * 101, "roles": "counsel"}, "最多 100 个字"),
        ({"login": "new.one", "display": "甲"}, "至少选一个角色"),
        ({"login": "new.one", "display": "甲", "roles": "system"}, "没有这个角色"),
        ({"login": "new.one", "display": "甲", "roles": "<script>"}, "没有这个角色"),
    ],
)
def test_a_refused_form_keeps_what_was_typed(visit: Visit, place: Place, form: dict[str, str], words: str) -> None:
    admin = visit("admin")
    admin.get("/people/new")
    answer = admin.post("/people/new", **form)
    assert answer.status_code in {409, 422}
    assert words in answer.text
    if form["login"]:
        assert f'value="{form["login"]}"' in answer.text
    with place.application.sessions() as session:
        assert session.scalar(select(User.id).where(User.login == "new.one")) is None


def test_names_are_shown_as_text(visit: Visit) -> None:
    admin = visit("admin")
    admin.get("/people/new")
    assert admin.post("/people/new", login="odd", display=NASTY[:90], roles="viewer").status_code == 200
    for path in ("/people/", "/people/odd"):
        page = admin.get(path).text
        assert "<script>alert" not in page
        assert "&lt;script&gt;" in page


def test_administrator_and_auditor_are_two_people(visit: Visit, place: Place) -> None:
    admin = visit("admin")
    admin.get("/people/zhong")
    both = admin.client.post(
        "/people/zhong/roles",
        data={"csrf_token": admin.token, "version": version(place, "zhong"), "roles": ["admin", "auditor"],
              "reason": "兼任"},
    )  # fmt: skip
    assert both.status_code == 422
    assert "两人分任" in both.text


def test_roles_change_with_a_reason_that_stays(visit: Visit, place: Place) -> None:
    admin, counsel = visit("admin"), visit("gao")
    assert counsel.get("/people/").status_code == 403
    admin.get("/people/gao")
    assert admin.post("/people/gao/roles", version=version(place, "gao"), roles="counsel").status_code == 422
    seen = version(place, "gao")
    answer = admin.post("/people/gao/roles", version=seen, roles="counsel", reason="转岗")
    assert (answer.status_code, answer.location) == (303, "/people/gao")
    assert row(place, "gao").roles == ["counsel"]
    assert "转岗" in last_detail(place, "user.changed")
    stale = admin.post("/people/gao/roles", version=seen, roles="viewer", reason="又改")
    assert stale.status_code == 409
    assert "您选的" in stale.text
    assert "别人刚改成的" in stale.text
    assert row(place, "gao").roles == ["counsel"]
    assert admin.post("/people/gao/roles", version="9" * 30, roles="viewer", reason="又改").status_code == 409


def test_a_barred_user_is_out_at_once_and_comes_back_with_a_new_password(visit: Visit, place: Place) -> None:
    admin, officer = visit("admin"), visit("gao")
    assert officer.get("/cases/").status_code == 200
    admin.get("/people/gao")
    assert admin.post("/people/gao/bar").status_code == 422
    assert admin.post("/people/gao/bar", **{"bar-reason": "离职"}).status_code == 303
    out = officer.get("/cases/")
    assert (out.status_code, out.location.partition("?")[0]) == (302, "/signin")
    assert officer.sign_in("gao").status_code == 401
    assert "已停用" in admin.get("/people/gao").text
    back = admin.post("/people/gao/restore", **{"bar-reason": "返聘"})
    password = re.search(FRESH, back.text)
    assert password
    assert officer.sign_in("gao").status_code == 401
    assert officer.sign_in("gao", password[1]).status_code == 303
    assert row(place, "gao").active


def test_the_last_administrator_cannot_go(visit: Visit, place: Place) -> None:
    admin = visit("admin")
    admin.get("/people/admin")
    barred = admin.post("/people/admin/bar", **{"bar-reason": "想退"})
    assert barred.status_code == 409
    assert "最后一名" in barred.text
    stripped = admin.post("/people/admin/roles", version=version(place, "admin"), roles="staff", reason="想退")
    assert stripped.status_code == 409
    assert row(place, "admin").roles == ["admin"]
    with open_work(place.application, system_actor("test")) as work:
        work.session.scalars(select(User).where(User.login == "su")).one().roles = ["admin"]
    admin.get("/people/admin")
    gone = admin.post("/people/admin/roles", version=version(place, "admin"), roles="staff", reason="交接")
    assert gone.status_code == 303
    assert admin.get("/people/").status_code == 403


def test_a_reset_password_ends_every_session(visit: Visit, place: Place) -> None:
    admin, officer = visit("admin"), visit("gao")
    admin.get("/people/gao")
    fresh = re.search(FRESH, admin.post("/people/gao/password").text)
    assert fresh
    assert officer.get("/").status_code == 302
    assert officer.sign_in("gao", PASSWORD).status_code == 401
    assert officer.sign_in("gao", fresh[1]).status_code == 303
    assert admin.post("/people/admin/password").status_code == 422


def test_sessions_are_ended_from_afar(visit: Visit, place: Place) -> None:
    admin, officer = visit("admin"), visit("gao")
    admin.get("/people/gao")
    assert admin.post("/people/gao/sessions").status_code == 303
    assert officer.get("/").status_code == 302
    with place.application.sessions() as session:
        live = select(UserSession).where(UserSession.user_id == place.people["gao"].user_id)
        assert all(one.revoked_at for one in session.scalars(live))


@pytest.mark.parametrize("login", ["nobody", "..", "%00", "a" * 300, "<b>"])
def test_who_is_not_there_is_not_found(visit: Visit, login: str) -> None:
    admin = visit("admin")
    admin.get("/people/")
    assert admin.get(f"/people/{login}").status_code in {302, 308, 400, 404}
    assert admin.post(f"/people/{login}/sessions").status_code in {302, 308, 400, 404}
