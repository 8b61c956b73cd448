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
