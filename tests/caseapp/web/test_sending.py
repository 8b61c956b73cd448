"""Forms that arrive: once only, drafts kept and dropped, an ended session answered so that nothing is lost."""

from collections.abc import Callable
from uuid import uuid4

import pytest
from sqlalchemy import select

from caseapp.models import FormDraft, FormReceipt, UserSession
from caseapp.services.work import open_work
from tests.caseapp.web.conftest import Place
from tests.caseapp.web.house import Browser

Visit = Callable[..., Browser]


def receipts(place: Place) -> list[FormReceipt]:
    with place.application.sessions() as session:
        return list(session.scalars(select(FormReceipt)))


def test_the_same_form_is_carried_out_once_and_leads_to_the_same_place(place: Place, visit: Visit) -> None:
    browser = visit("lin")
    token = uuid4().hex
    first = browser.post("/settings/sessions/revoke-others", once=token)
    assert (first.status_code, first.location) == (303, "/settings")
    assert [(row.token, row.location) for row in receipts(place)] == [(token, "/settings")]
    again = browser.post("/settings/sessions/revoke-others", once=token)
    assert (again.status_code, again.location) == (303, "/settings")
    assert "没有重复办理" in browser.get("/settings").text
    assert len(receipts(place)) == 1


def test_somebody_elses_token_opens_nothing(place: Place, visit: Visit) -> None:
    token = uuid4().hex
    visit("lin").post("/settings/sessions/revoke-others", once=token)
    answer = visit("su").post("/settings/sessions/revoke-others", once=token)
    assert answer.status_code == 409
    assert len(receipts(place)) == 1


@pytest.mark.parametrize("token", ["", "x" * 32, "a" * 33, "0" * 5000])
def test_a_token_of_another_form_is_no_token(place: Place, visit: Visit, token: str) -> None:
    assert visit("lin").post("/settings/sessions/revoke-others", once=token).status_code == 303
    assert receipts(place) == []


def keep(browser: Browser, body: object) -> int:
    headers = {"X-CSRFToken": browser.token, "Accept": "application/json"}
    return browser.client.post("/drafts/", json=body, headers=headers).status_code


def test_a_draft_is_kept_for_its_author_and_gone_with_its_form(place: Place, visit: Visit) -> None:
    lin, su = visit("lin"), visit("su")
    assert keep(lin, {"key": "note:1", "values": {"text": "写到一半"}}) == 200
    assert keep(lin, {"key": "note:1", "values": {"text": "写到一半的话"}}) == 200
    assert lin.get("/drafts/?key=note:1").json["values"] == {"text": "写到一半的话"}  # type: ignore[index]
    assert su.get("/drafts/?key=note:1").status_code == 204
    lin.post("/settings/sessions/revoke-others", draft="note:1")
    assert lin.get("/drafts/?key=note:1").status_code == 204
    keep(lin, {"key": "note:2", "values": {}})
    assert lin.post("/drafts/drop", key="note:2").status_code == 204
    with place.application.sessions() as session:
        assert session.scalars(select(FormDraft)).all() == []


@pytest.mark.parametrize(
    "body",
    [None, [], "x", {}, {"key": "k"}, {"key": 1, "values": {}}, {"key": "", "values": {}},
     {"key": "k" * 201, "values": {}}, {"key": "k", "values": {"a": 1}}, {"key": "k", "values": {"a": "x\x00"}},
     {"key": "k", "values": {"a": "字" * 600000}},
     {"key": "k", "values": {str(n): "" for n in range(201)}}],
)  # fmt: skip
def test_what_is_no_draft_is_refused(visit: Visit, body: object) -> None:
    assert keep(visit("lin"), body) == 422


def test_an_ended_session_is_said_to_the_page_not_answered_with_another(place: Place, visit: Visit) -> None:
    browser = visit("lin")
    with open_work(place.application, place.people["lin"]) as work:
        for row in work.session.scalars(select(UserSession)):
            row.revoked_at = work.now
    headers = {"HX-Request": "true", "HX-Boosted": "true"}
    form = {"csrf_token": browser.token, "once": uuid4().hex}
    answer = browser.client.post("/settings/sessions/revoke-others", data=form, headers=headers)
    assert answer.status_code == 401
    assert browser.client.post("/settings/sessions/revoke-others", data=form, headers=headers).status_code == 401
    assert answer.headers["HX-Retarget"] == "#toasts"
    again = browser.get("/signin/again")
    assert "登录并继续" in again.text
    fresh = browser.client.post(
        "/signin",
        data={"csrf_token": browser.token, "login": "lin", "password": "三月桃花流水鳜鱼肥 42"},
        headers={"HX-Request": "true"},
    )
    assert fresh.json is not None
    assert fresh.json["login"] == "lin"
    done = browser.client.post(
        "/settings/sessions/revoke-others", data={**form, "csrf_token": fresh.json["csrf"]}, headers=headers
    )
    assert done.status_code == 303
