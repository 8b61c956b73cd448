"""登录身份: a keeper imports, the assessment opens the way, a capture carries it; secrets are on no page."""

from __future__ import annotations

import io
import json
from collections.abc import Callable

from sqlalchemy import select

from caseapp.models import Capture, Case, LoginProfile
from tests.caseapp.web.house import Browser, Place
from tests.caseapp.web.routes import CASE

Visit = Callable[..., Browser]
SECRET = "planted-session-value-002"
STATE = json.dumps([{"name": "sid", "value": SECRET, "domain": ".weixun.test"}]).encode()


def bring(browser: Browser, name: str, data: bytes = STATE) -> int:
    browser.get("/logins/")
    sent = {"csrf_token": browser.token, "name": name, "pause": "30", "file": (io.BytesIO(data), "state.json")}
    answer = browser.client.post("/logins/", data=sent, buffered=True)
    assert SECRET not in answer.text
    return answer.status_code


def test_from_the_file_to_a_capture_that_carries_it(visit: Visit, place: Place) -> None:
    admin, lin = visit("admin"), visit("lin")
    assert bring(admin, "法务部账号") == 303
    assert bring(admin, "法务部账号") == 422
    assert bring(admin, "<script>alert(1)</script>", b"{}") == 422
    with place.application.sessions() as session:
        key = session.scalars(select(LoginProfile.id)).one()
        case = session.scalars(select(Case.id).where(Case.no == CASE, Case.sample.is_(False))).one()
    page = lin.get("/logins/").text
    assert "法务部账号" in page
    assert SECRET not in page
    refused = lin.post(f"/logins/{key}/capture", url="https://weixun.test/p/9", case=case)
    assert refused.status_code == 422
    assert "影响评估" in refused.text
    assert lin.post("/logins/assess", home=case, words="2026-08-11 评估，风险低").status_code == 303
    assert lin.post(f"/logins/{key}/capture", url="https://elsewhere.test/", case=case).status_code == 422
    assert lin.post(f"/logins/{key}/capture", url="https://weixun.test/p/9", case=case).status_code == 303
    with place.application.sessions() as session:
        assert session.scalars(select(Capture.profile_id).where(Capture.profile_id.is_not(None))).all() == [key]
    assert admin.post(f"/logins/{key}/revoke", reason="").status_code == 422
    assert admin.post(f"/logins/{key}/revoke", reason="换人").status_code == 303
    assert "已撤销" in admin.get("/logins/").text


def test_who_may_not_comes_not_near(visit: Visit) -> None:
    gao, lin = visit("gao"), visit("lin")
    assert gao.get("/logins/").status_code == 403
    lin.get("/logins/")
    assert lin.post("/logins/", name="x").status_code == 403
    assert lin.post(f"/logins/{'0' * 26}/revoke", reason="x").status_code == 403
    assert lin.post(f"/logins/{'0' * 26}/capture", url="https://weixun.test/", case="0" * 26).status_code == 404


def keys_of(place: Place) -> tuple[str, str]:
    with place.application.sessions() as session:
        case = session.scalars(select(Case.id).where(Case.no == CASE, Case.sample.is_(False))).one()
        return session.scalars(select(LoginProfile.id)).one(), case


def carried(place: Place) -> dict[str, bool]:
    with place.application.sessions() as session:
        rows = session.scalars(select(Capture).where(Capture.url.like("%/n/%")))
        return {row.url.rpartition("/")[2]: row.profile_id is not None for row in rows}


def test_a_paste_carries_the_login_to_its_own_hosts_and_warns_without_an_assessment(visit: Visit, place: Place) -> None:
    admin, lin = visit("admin"), visit("lin")
    assert 'name="login"' not in lin.get("/inbox/").text
    assert bring(admin, "法务部账号") == 303
    key, case = keys_of(place)
    page = lin.get("/inbox/").text
    assert 'name="login"' in page
    assert "先不带登录身份取证" not in page
    urls = "https://weixun.test/n/1\nhttps://zhiye.test/n/2"
    refused = lin.post("/inbox/paste", urls=urls, login=key, home=case)
    assert refused.status_code == 422
    assert "先不带登录身份取证" in refused.text
    assert "https://zhiye.test/n/2" in refused.text
    assert lin.post("/inbox/paste", urls=urls, login=key).status_code == 422
    assert lin.post("/inbox/paste", urls=urls, login="0" * 26, home=case).status_code == 404
    assert carried(place) == {}
    assert lin.post("/inbox/paste", urls="https://weixun.test/n/0", login=key, home=case, bare="1").status_code == 303
    assert "均未带登录身份" in lin.get("/inbox/").text
    assert lin.post("/logins/assess", home=case, words="2026-08-11 评估，风险低").status_code == 303
    assert lin.post("/inbox/paste", urls=urls, login=key, home=case).status_code == 303
    assert "其中 1 次带登录身份" in lin.get("/inbox/").text
    assert carried(place) == {"0": False, "1": True, "2": False}


def test_a_lead_is_captured_with_a_login_and_again_without(visit: Visit, place: Place) -> None:
    admin, lin, gao = visit("admin"), visit("lin"), visit("gao")
    assert bring(admin, "法务部账号") == 303
    key, case = keys_of(place)
    home = "/inbox/帖-2026-00001"
    assert 'id="with-login"' in lin.get(home).text
    assert 'id="with-login"' not in gao.get(home).text
    assert lin.post(f"{home}/capture", login=key, home=case).status_code == 409
    lin.get("/logins/")
    assert lin.post("/logins/assess", home=case, words="2026-08-11 评估，风险低").status_code == 303
    assert lin.post(f"{home}/capture", login=key, home=case).status_code == 303
    assert gao.post(f"{home}/capture", login=key, home=case).status_code == 403

    def last() -> Capture:
        with place.application.sessions() as session:
            found = session.scalars(select(Capture).where(Capture.url.like("%/PX260811")).order_by(Capture.id.desc()))
            return found.first()  # type: ignore[return-value]  # there is one

    assert last().profile_id == key
    for sent, kept in (({}, key), ({"login": ""}, None)):
        failed = last().id
        with place.application.sessions() as session:
            row = session.get_one(Capture, failed)
            row.status, row.result, row.outcome = "done", "FAILED", "error"
            session.commit()
        assert lin.post(f"{home}/capture", **sent).status_code == 303
        assert (last().profile_id, last().retry_of_id) == (kept, failed)
