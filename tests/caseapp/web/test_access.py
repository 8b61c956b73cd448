"""Who may use which route: declared, asked for, and never told apart from what does not exist."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask

from caseapp.domain.errors import FaultyRuleError
from caseapp.domain.permissions import Permission
from caseapp.models import Case, Membership
from caseapp.services.work import open_work, system_actor
from caseapp.web import access
from tests.caseapp.web.house import Browser, Place
from tests.caseapp.web.routes import CASE, FOREIGN, ITEM, address, rules

PUBLIC = {
    "account.again", "account.sign_in", "account.sign_out", "account.set_language", "static",
    "demo.page", "demo.hops", "demo.shot", "demo.enter", "shared.page", "shared.band",
}  # fmt: skip


def test_every_route_declares_who_may_use_it(shared: Place) -> None:
    app = shared.app()
    table = {name: access.declared(app, name) for name in app.view_functions}
    assert None not in table.values()
    assert {name for name, found in table.items() if found and found.public} == PUBLIC
    for name, found in table.items():
        assert found is not None
        assert found.permission or found.reason, name


def test_a_route_without_a_declaration_stops_the_start() -> None:
    app = Flask(__name__)
    app.add_url_rule("/loose", "loose", lambda: "")
    with pytest.raises(FaultyRuleError, match="loose"):
        access.check_declarations(app)


def test_a_declaration_is_kept_by_the_application() -> None:
    app = Flask(__name__)
    app.add_url_rule("/held", "held", access.needs(Permission.CASE_READ)(lambda: ""))
    access.check_declarations(app)
    found = access.declared(app, "held")
    assert found is not None
    assert found.permission is Permission.CASE_READ


def test_nobody_gets_past_the_door(shared: Place) -> None:
    app = shared.app()
    stranger = Browser(app.test_client())
    stranger.get("/signin")
    for rule in rules(app, "GET"):
        if rule.endpoint not in PUBLIC:
            answer = stranger.client.get(address(app, rule))
            assert (answer.status_code, answer.location.partition("?")[0]) == (302, "/signin"), rule
    for rule in rules(app, "POST"):
        if rule.endpoint not in PUBLIC:
            answer = stranger.post(address(app, rule))
            assert (answer.status_code, answer.location) == (302, "/signin?ended=1"), rule


@pytest.mark.parametrize("login", ["su", "zhong", "admin"])
@pytest.mark.parametrize("path", ["/cases/", f"/cases/{CASE}", "/evidence/", f"/evidence/{ITEM}", "/find?q=x"])
def test_the_wrong_role_is_refused_in_words(reader: Callable[[str], Browser], login: str, path: str) -> None:
    answer = reader(login).get(path)
    assert answer.status_code == 403
    assert "您没有“" in answer.text


@pytest.mark.parametrize("login", ["su", "zhong", "admin", "gao"])
def test_everyone_has_a_first_page_and_settings(reader: Callable[[str], Browser], login: str) -> None:
    assert reader(login).get("/").status_code == 200
    assert reader(login).get("/settings").status_code == 200


def test_other_peoples_cases_do_not_exist(shared: Place, reader: Callable[[str], Browser]) -> None:
    app, stranger = shared.app(), reader("zhou")
    assert stranger.get(f"/cases/{FOREIGN}").status_code == 200
    absent = stranger.get("/cases/案-2026-9999")
    hidden = stranger.get(f"/cases/{CASE}")
    assert absent.status_code == hidden.status_code == 404
    assert "苜禾脆穗燕麦圈" not in hidden.text
    strip = str.maketrans("", "", "0123456789abcdef")
    assert absent.text.translate(strip).count("案件") == hidden.text.translate(strip).count("案件")
    for rule in rules(app, "GET"):
        if rule.endpoint.startswith(("case.", "evidence.")) and "number" in rule.arguments:
            assert stranger.get(address(app, rule)).status_code == 404, rule
    for rule in rules(app, "POST"):
        if "number" in rule.arguments:
            assert stranger.post(address(app, rule)).status_code == 404, rule


def test_who_audits_a_case_reads_its_trail_not_its_content(visit: Callable[..., Browser], place: Place) -> None:
    with open_work(place.application, system_actor("test")) as work:
        case = work.get_no(Case, CASE)
        work.add(Membership(case_id=case.id, user_id=place.people["zhou"].user_id, role="auditor", granted_by="test"))
        work.add(Membership(case_id=case.id, user_id=place.people["zhong"].user_id, role="auditor", granted_by="test"))
    counsel_elsewhere, auditor = visit("zhou"), visit("zhong")
    for path in (f"/cases/{CASE}", f"/cases/{CASE}/documents", f"/evidence/{ITEM}", f"/evidence/{ITEM}/shot/3/0/0.jpg",
                 f"/evidence/{ITEM}/thumb.jpg"):  # fmt: skip
        assert counsel_elsewhere.get(path).status_code == 403, path
    page = auditor.get("/").text
    assert "平台及时处理提醒" not in page
    assert "没有到期的事" in page


def test_lists_hold_only_what_is_visible(reader: Callable[[str], Browser]) -> None:
    stranger = reader("zhou")
    assert CASE not in stranger.get("/cases/").text
    assert ITEM not in stranger.get("/evidence/").text
    assert ITEM not in stranger.get("/find?q=石蜡").text
    assert "平台及时处理提醒" not in stranger.get("/").text


def test_public_relations_reads_evidence_but_may_not_export_it(visit: Callable[..., Browser]) -> None:
    officer = visit("gao")
    page = officer.get(f"/evidence/{ITEM}?view=files")
    assert page.status_code == 200
    assert "导出证据包" not in page.text
    assert officer.get(f"/evidence/{ITEM}/files/text.txt").status_code == 403
    assert officer.post(f"/evidence/{ITEM}/export").status_code == 403


@pytest.mark.parametrize(
    "target",
    ["//evil.test", "https://evil.test/", "/\\evil.test", "javascript:alert(1)", "\\\\evil.test", "/a\nb", "", None],
)
def test_sign_in_leads_nowhere_else(shared: Place, target: str | None) -> None:
    with shared.app().test_request_context():
        assert access.safe_target(target) == "/"
        assert access.safe_target(f"/cases/{CASE}?a=1") == f"/cases/{CASE}?a=1"
