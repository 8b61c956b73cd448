"""Notices by hand: prepared, reviewed, authorised by another, submitted, proven, answered; refused otherwise."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import unquote
from uuid import uuid4

import pytest
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from caseapp.models import CounterNotice, Dispatch, EvidenceItem, Notice, NoticeEvent, NoticeItem, Post
from caseapp.web.filters import BEIJING
from tests.caseapp.web.house import NASTY, Browser, Place
from tests.caseapp.web.notice_house import (
    BARRED,
    ELSEWHERE,
    FRESH,
    approve_paper,
    picture,
    state_of,
    system,
    work_off,
)
from tests.caseapp.web.routes import CASE, FOREIGN, NOTICE

NEW, OTHER = "函-2026-0002", "函-2026-0003"
TODAY = datetime.now(BEIJING).date()
PAPER = {
    "issued_on": f"{TODAY}", "title": "法务专员", "authority": "代为提出侵权通知", "valid_from": f"{TODAY}",
    "valid_until": f"{TODAY + timedelta(days=90)}",
}  # fmt: skip
pytestmark = pytest.mark.furnished
Visit = Callable[..., Browser]


@pytest.fixture
def keys(place: Place) -> dict[str, str]:
    text = (place.settings.data_dir / "posts.txt").read_text("utf-8")
    return dict(line.split() for line in text.splitlines())


def send(browser: Browser, path: str, file: bytes | None = None, name: str = "回执.png", **form: Any) -> TestResponse:
    """Send a form, with a file if given."""
    data: dict[str, Any] = {"csrf_token": browser.token, **form}
    if file is not None:
        data["proof"] = (io.BytesIO(file), name)
    return browser.client.post(path, data=data, buffered=True)


def led(answer: TestResponse) -> str:
    """Where an answer leads."""
    return unquote(answer.location or "")


def shown_version(browser: Browser, number: str) -> str:
    """Open a notice and return the version its forms carry."""
    page = browser.get(f"/notices/{number}").text
    found = re.search(r'name="version" value="(\d+)"', page)
    return found[1] if found else ""


def prepared(browser: Browser, *posts: str, **more: Any) -> TestResponse:
    browser.get(f"/notices/prepare?case={CASE}")
    said = {f"ground-{key}": "原文直接写出产品名称" for key in posts}
    return send(browser, "/notices/prepare", case=CASE, post=list(posts), **PAPER, **said, **more)


def authorised(place: Place, visit: Visit, keys: dict[str, str]) -> tuple[Browser, Browser]:
    """A notice about two posts, authorised; the first and the second counsel."""
    lin, zhou = visit("lin"), visit("zhou")
    assert led(prepared(lin, *(keys[path] for path in FRESH))) == f"/notices/{NEW}"
    assert send(lin, f"/notices/{NEW}/review", version=shown_version(lin, NEW)).status_code == 303
    approve_paper(place, NEW)
    assert send(zhou, f"/notices/{NEW}/authorise", version=shown_version(zhou, NEW)).status_code == 303
    return lin, zhou


def submitted(place: Place, visit: Visit, keys: dict[str, str]) -> tuple[Browser, Browser]:
    lin, zhou = authorised(place, visit, keys)
    form = {"channel": "web_form", "recipient": "微汛", "address": "https://weixun.test/help/tort"}
    assert send(lin, f"/notices/{NEW}/submit", version=shown_version(lin, NEW), **form).status_code == 303
    assert work_off(place) == [True]
    return lin, zhou


def acknowledged(place: Place, visit: Visit, keys: dict[str, str]) -> tuple[Browser, Browser]:
    lin, zhou = submitted(place, visit, keys)
    form = {"receipt_no": "WX-RC-77", "at": now_text(place)}
    answer = send(lin, f"/notices/{NEW}/receipt", picture(), version=shown_version(lin, NEW), **form)
    assert answer.status_code == 303
    return lin, zhou


def now_text(place: Place) -> str:
    return f"{place.application.clock().astimezone(BEIJING):%Y-%m-%dT%H:%M}"


def outcomes(place: Place, number: str = NEW) -> list[str]:
    with place.application.sessions() as session:
        found = select(NoticeItem.outcome).join(Notice).where(Notice.no == number).order_by(NoticeItem.id)
        return list(session.scalars(found))


def item_ids(place: Place, number: str = NEW) -> list[str]:
    with place.application.sessions() as session:
        found = select(NoticeItem.id).join(Notice).where(Notice.no == number).order_by(NoticeItem.id)
        return list(session.scalars(found))


def count(place: Place, model: Any) -> int:
    with place.application.sessions() as session:
        return int(session.scalar(select(func.count()).select_from(model)) or 0)


def test_the_prepare_page_groups_by_platform_and_says_what_may_not_enter(visit: Visit, keys: dict[str, str]) -> None:
    page = visit("lin").get(f"/notices/prepare?case={CASE}").text
    assert page.index("微汛") < page.index("知野")
    assert page.count('name="post"') == 3
    assert "已定性为“真实投诉”，不得列入通知" in page
    assert f"已列入 {NOTICE}" in page
    assert "没有封存的取证" in page or "没有确认的谣言主张" in page
    assert "原文直接写出“苜禾脆穗燕麦圈”" in page
    assert keys[BARRED] not in re.findall(r'name="post" value="([^"]+)"', page)


def test_two_platforms_two_notices_each_with_a_paper(place: Place, visit: Visit, keys: dict[str, str]) -> None:
    lin = visit("lin")
    answer = prepared(lin, keys[FRESH[0]], keys[ELSEWHERE])
    assert (answer.status_code, led(answer)) == (303, f"/cases/{CASE}/notices")
    page = lin.get(f"/cases/{CASE}/notices").text
    assert NEW in page
    assert OTHER in page
    assert "已准备 2 件通知" in page
    with place.application.sessions() as session:
        assert None not in set(session.scalars(select(Notice.document_id).where(Notice.no.in_((NEW, OTHER)))))


def test_a_barred_post_enters_no_notice(place: Place, visit: Visit, keys: dict[str, str]) -> None:
    lin = visit("lin")
    assert prepared(lin, keys[FRESH[0]], keys[BARRED]).status_code == 422
    assert prepared(lin).status_code == 422
    assert prepared(lin, "0" * 26).status_code == 404
    assert count(place, Notice) == 1


@pytest.mark.parametrize(("login", "status"), [("su", 403), ("xu", 403), ("gao", 403), ("han", 403), ("zhong", 403)])
def test_the_wrong_role_prepares_nothing(
    place: Place, visit: Visit, keys: dict[str, str], login: str, status: int
) -> None:
    person = visit(login)
    assert person.get(f"/notices/prepare?case={CASE}").status_code == status
    assert send(person, "/notices/prepare", case=CASE, post=[keys[FRESH[0]]], **PAPER).status_code == status
    assert count(place, Notice) == 1


def test_what_blocks_the_paper_is_shown_and_a_new_draft_takes_it_in(
    place: Place, visit: Visit, keys: dict[str, str]
) -> None:
    lin = visit("lin")
    form = {"issued_on": f"{TODAY}", "authority": "代为提出侵权通知"}
    lin.get(f"/notices/prepare?case={CASE}")
    assert send(lin, "/notices/prepare", case=CASE, post=[keys[FRESH[0]]], **form).status_code == 303
    page = lin.get(f"/notices/{NEW}").text
    assert "必须改正" in page
    assert "代理人职务" in page
    assert "agent.title" not in page
    assert "重拟通知书" in page
    assert send(lin, f"/notices/{NEW}/review").status_code == 422
    assert send(lin, f"/notices/{NEW}/redraft").status_code == 303
    assert "第 2 稿" in lin.get(f"/notices/{NEW}").text


def test_nobody_authorises_what_he_prepared_and_nothing_leaves_before(
    place: Place, visit: Visit, keys: dict[str, str]
) -> None:
    lin, zhou, su, xu = (visit(login) for login in ("lin", "zhou", "su", "xu"))
    prepared(lin, *(keys[path] for path in FRESH))
    assert send(zhou, f"/notices/{NEW}/authorise").status_code == 422  # no approved paper yet
    assert send(lin, f"/notices/{NEW}/review").status_code == 303
    approve_paper(place, NEW)
    assert "/authorise" not in lin.get(f"/notices/{NEW}").text
    refused = send(lin, f"/notices/{NEW}/authorise")
    assert refused.status_code == 409
    assert "须由另一人办理" in refused.text
    assert send(su, f"/notices/{NEW}/authorise").status_code == 403
    assert send(xu, f"/notices/{NEW}/authorise").status_code == 403
    form = {"channel": "web_form", "recipient": "微汛"}
    assert send(lin, f"/notices/{NEW}/submit", **form).status_code == 409
    assert count(place, Dispatch) == 0
    assert send(zhou, f"/notices/{NEW}/authorise", version=shown_version(zhou, NEW)).status_code == 303
    assert state_of(place, NEW) == "authorised"


def test_submitted_once_however_often_sent(place: Place, visit: Visit, keys: dict[str, str]) -> None:
    lin, _zhou = authorised(place, visit, keys)
    page = lin.get(f"/notices/{NEW}").text
    assert "https://weixun.test/help/tort" in page
    form = {"channel": "web_form", "recipient": "微汛", "version": shown_version(lin, NEW), "once": uuid4().hex}
    for _ in range(2):
        assert led(send(lin, f"/notices/{NEW}/submit", **form)) == f"/notices/{NEW}"
    assert count(place, Dispatch) == 1
    assert send(lin, f"/notices/{NEW}/submit", **{**form, "once": uuid4().hex}).status_code == 409


def test_the_receipt_is_sealed_and_starts_the_clock(place: Place, visit: Visit, keys: dict[str, str]) -> None:
    lin, _zhou = acknowledged(place, visit, keys)
    page = lin.get(f"/notices/{NEW}").text
    assert "WX-RC-77" in page
    assert "平台公示，非法定" in page
    assert "平台处理提示 1" in page
    with place.application.sessions() as session:
        notice = session.scalars(select(Notice).where(Notice.no == NEW)).one()
        item = session.get_one(EvidenceItem, notice.receipt_evidence_id)
        assert (item.kind, item.title, item.seal_state) == ("screenshot", f"平台回执 {NEW}", "stamped")
        assert session.scalars(select(Dispatch.status)).one() == "delivered"
    assert item.no in lin.get("/notices/").text
    assert visit("su").get(f"/evidence/{item.no}").status_code == 200


@pytest.mark.parametrize(
    ("file", "form", "words"),
    [
        (None, {}, "请选一个文件"),
        (b"", {}, "空"),
        (b"<script>alert(1)</script>", {}, "只收截图"),
        (b"\x89PNG\r\n\x1a\nxx", {"receipt_no": " "}, "请填写"),
        (b"\x89PNG\r\n\x1a\nxx", {"at": "2031-01-01T00:00"}, "晚于现在"),
        (b"\x89PNG\r\n\x1a\nxx", {"at": "昨天"}, "请按北京时间填写"),
        (b"\x89PNG\r\n\x1a\nxx", {"receipt_no": "长" * 301}, "最多 300 个字"),
    ],
)
def test_a_bad_receipt_comes_back_as_it_was_typed(
    place: Place, visit: Visit, keys: dict[str, str], file: bytes | None, form: dict[str, str], words: str
) -> None:
    lin, _zhou = submitted(place, visit, keys)
    said = {"receipt_no": "WX-8", "at": now_text(place), **form}
    answer = send(lin, f"/notices/{NEW}/receipt", file, **said)
    assert answer.status_code == 422
    assert words in answer.text
    if said["receipt_no"] == "WX-8":
        assert 'value="WX-8"' in answer.text
    assert state_of(place, NEW) == "submitted"


def test_a_giant_proof_is_refused_whole(place: Place, visit: Visit, keys: dict[str, str]) -> None:
    lin, _zhou = submitted(place, visit, keys)
    head = b'--b\r\nContent-Disposition: form-data; name="proof"; filename="a.pdf"\r\n\r\n%PDF-'
    body, kind = head + b"0" * (17 * 1024 * 1024) + b"\r\n--b--\r\n", "multipart/form-data; boundary=b"
    answer = lin.client.post(f"/notices/{NEW}/receipt", data=body, content_type=kind, buffered=True)
    assert answer.status_code == 413
    assert state_of(place, NEW) == "submitted"


def test_a_refusal_and_a_removal_each_at_its_address(place: Place, visit: Visit, keys: dict[str, str]) -> None:
    lin, _zhou = acknowledged(place, visit, keys)
    first, second = item_ids(place)
    refusal = {"words": "需提供司法文书", "item": [first], "version": shown_version(lin, NEW)}
    assert send(lin, f"/notices/{NEW}/refuse", picture(), **refusal).status_code == 303
    removal = {"measure": "removed", "words": "已删除", "item": [second], "version": shown_version(lin, NEW)}
    assert send(lin, f"/notices/{NEW}/measure", **removal).status_code == 303
    assert outcomes(place) == ["refused", "removed"]
    page = lin.get(f"/notices/{NEW}").text
    assert "“<bdi>需提供司法文书</bdi>”" in page
    chain = page.split('id="h-e"')[1]
    assert chain.index("平台已受理") < chain.index("被拒绝") < chain.index("平台已处置")
    links = lin.get("/notices/links?outcome=refused").text
    assert links.count("data-row") == 2  # this one and the one of the notice before


def test_the_five_figures_count_the_rows_their_addresses_show(place: Place, visit: Visit, keys: dict[str, str]) -> None:
    lin, _zhou = acknowledged(place, visit, keys)
    for base in ("/notices/", f"/cases/{CASE}/notices"):
        page = lin.get(base).text
        found = re.findall(r'<dd class="[^"]*"><a class="plain" href="(/notices/links\?[^"]+)">([\d—]+)', page)
        assert len(found) == 5
        for href, value in found[:4]:
            rows = lin.get(href.replace("&amp;", "&")).text
            assert rows.count("<tr data-row") == int(value), href


def test_a_stale_tab_is_told_and_changes_nothing(place: Place, visit: Visit, keys: dict[str, str]) -> None:
    lin, zhou = acknowledged(place, visit, keys)
    seen = shown_version(lin, NEW)
    form = {"measure": "removed", "words": "已删除", "item": item_ids(place)}
    assert send(zhou, f"/notices/{NEW}/measure", version=shown_version(zhou, NEW), **form).status_code == 303
    answer = send(lin, f"/notices/{NEW}/refuse", version=seen, words="x", item=item_ids(place))
    assert answer.status_code == 409
    assert "刚被他人改过" in answer.text
    assert outcomes(place) == ["removed", "removed"]


def test_refused_escalated_and_notified_again(place: Place, visit: Visit, keys: dict[str, str]) -> None:
    lin, _zhou = acknowledged(place, visit, keys)
    items = item_ids(place)
    assert send(lin, f"/notices/{NEW}/refuse", words="不予处理", item=items).status_code == 303
    assert state_of(place, NEW) == "refused"
    assert send(lin, f"/notices/{NEW}/escalate", way="second_notice", words=" ").status_code == 422
    assert send(lin, f"/notices/{NEW}/escalate", way="second_notice", words="理由不成立").status_code == 303
    page = lin.get(f"/notices/{NEW}").text
    assert f"/notices/prepare?case={CASE}&amp;previous={NEW}" in unquote(page)
    again = lin.get(f"/notices/prepare?case={CASE}&previous={NEW}").text
    assert again.count('name="post"') == 2
    answer = prepared(lin, *(keys[path] for path in FRESH), previous=NEW)
    assert led(answer) == f"/notices/{OTHER}"
    assert "第 2 次" in lin.get(f"/notices/{OTHER}").text


def test_rechecks_conclude_what_captures_show(place: Place, visit: Visit, keys: dict[str, str]) -> None:
    lin, _zhou = acknowledged(place, visit, keys)
    send(lin, f"/notices/{NEW}/measure", measure="removed", words="已删除", item=item_ids(place))
    assert send(lin, f"/notices/{NEW}/conclude").status_code == 303
    assert state_of(place, NEW) == "measure_taken"
    with system(place) as work:
        for key in (keys[path] for path in FRESH):
            post, proof = work.get(Post, key), select(EvidenceItem).where(EvidenceItem.post_id == key)
            post.proof_evidence_id = work.session.scalars(proof).one().id
            post.liveness = "removed_by_platform"
    assert send(lin, f"/notices/{NEW}/conclude").status_code == 303
    assert state_of(place, NEW) == "monitoring"
    assert outcomes(place) == ["verified_down"] * 2
    with system(place) as work:
        post = work.get(Post, keys[FRESH[0]])
        post.liveness, post.relapsed_at = "live", work.now
    send(lin, f"/notices/{NEW}/conclude")
    assert state_of(place, NEW) == "relapsed"
    page = lin.get(f"/notices/{NEW}").text
    assert "再次通知" in page
    assert lin.get("/notices/links?outcome=relapsed").text.count("<tr data-row") == 1


def test_a_counter_notice_is_decided_by_two(place: Place, visit: Visit, keys: dict[str, str]) -> None:
    lin, zhou = acknowledged(place, visit, keys)
    form = {"received_at": now_text(place), "forwarded_by": "微汛", "claimant": NASTY, "grounds": "所述属实"}
    assert send(lin, f"/notices/{NEW}/counter", **form).status_code == 422  # no address chosen
    assert send(lin, f"/notices/{NEW}/counter", picture(), item=item_ids(place)[:1], **form).status_code == 303
    with place.application.sessions() as session:
        key = session.scalars(select(CounterNotice.id)).one()
    base = f"/notices/{NEW}/counter-notices/{key}"
    page = lin.get(f"/notices/{NEW}").text
    assert "<script>alert(1)</script>" not in page
    assert "类推，非法定" in page
    assert send(lin, f"{base}/propose", decision="pay").status_code == 422
    assert send(lin, f"{base}/propose", decision="sue").status_code == 303
    assert send(lin, f"{base}/decide", words="证据充分").status_code == 409
    assert send(visit("su"), f"{base}/decide", words="证据充分").status_code == 403
    zhou.get(f"/notices/{NEW}")
    assert send(zhou, f"{base}/decide", words=" ").status_code == 422
    assert send(zhou, f"{base}/decide", words="证据充分").status_code == 303
    assert "决定起诉" in lin.get(f"/notices/{NEW}").text
    assert send(lin, f"/notices/{NEW}/sue", words="已立案").status_code == 303
    assert state_of(place, NEW) == "sued"
    assert send(lin, f"/notices/{NEW}/counter-notices/{'0' * 26}/decide", words="x").status_code == 404


def test_withdrawn_with_its_reason(place: Place, visit: Visit, keys: dict[str, str]) -> None:
    lin, _zhou = acknowledged(place, visit, keys)
    assert send(lin, f"/notices/{NEW}/invalidate", words="作者已自行更正").status_code == 303
    assert send(lin, f"/notices/{NEW}/withdraw", words="作者已自行更正").status_code == 303
    assert outcomes(place) == ["withdrawn", "withdrawn"]
    assert "作者已自行更正" in lin.get(f"/notices/{NEW}").text


@pytest.mark.parametrize("login", ["su", "xu", "gao"])
def test_who_may_not_record_is_refused_and_shown_no_act(
    place: Place, visit: Visit, keys: dict[str, str], login: str
) -> None:
    acknowledged(place, visit, keys)
    person = visit(login)
    page = person.get(f"/notices/{NEW}")
    assert page.status_code == 200
    acts = set(re.findall(r'action="/notices/[^/"]+/([a-z]+)"', page.text))
    assert acts <= {"recheck"}
    for act, form in {
        "refuse": {"words": "x"}, "measure": {"measure": "removed", "words": "x"}, "withdraw": {"words": "x"},
        "escalate": {"way": "regulator", "words": "x"}, "overdue": {}, "conclude": {},
    }.items():  # fmt: skip
        answer = send(person, f"/notices/{NEW}/{act}", item=item_ids(place), **form)
        assert answer.status_code in {403, 409}, act
    assert send(person, f"/notices/{NEW}/refuse", picture(), words="x").status_code in {403, 409}
    assert outcomes(place) == ["pending", "pending"]
    assert count(place, NoticeEvent) == 4


def test_other_peoples_notices_do_not_exist(place: Place, visit: Visit) -> None:
    with system(place) as work:
        notice = work.get_no(Notice, NOTICE)
        notice.case_id = work.session.scalars(select(Notice.case_id)).one()
    stranger = visit("admin")
    assert stranger.get("/notices/").status_code == 403
    outsider = visit("gao")
    absent = outsider.get("/notices/函-2026-9999")
    assert absent.status_code == 404
    assert outsider.get(f"/notices/prepare?case={FOREIGN}").status_code == 404
    assert outsider.get(f"/notices/{NOTICE}").status_code == 200


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/notices/函-2026-9999", 404), ("/notices/x", 404), (f"/notices/{NOTICE}/bribe", 404),
        ("/notices/prepare", 404),
        (f"/notices/prepare?case={CASE}&post=帖-2026-9999", 404), (f"/notices/prepare?case={CASE}&previous=x", 404),
        (f"/notices/prepare?case={FOREIGN}", 404), ("/notices/links?outcome=<script>", 200), ("/notices/?sort=-x", 200),
        (f"/notices/{'长' * 300}", 404), ("/notices/示例-函-2026-0001", 404),
    ],
)  # fmt: skip
def test_hostile_addresses_have_the_right_status(visit: Visit, path: str, status: int) -> None:
    lin = visit("lin")
    answer = lin.client.post(path, data={"csrf_token": lin.token}) if path.endswith("bribe") else lin.get(path)
    assert answer.status_code == status
    assert "<script>" not in answer.text.replace("<script nonce", "")


@pytest.mark.parametrize("text", [NASTY, "\u202e\u200b" * 50, "长" * 2000])
def test_hostile_words_stay_words(place: Place, visit: Visit, keys: dict[str, str], text: str) -> None:
    lin, _zhou = acknowledged(place, visit, keys)
    answer = send(lin, f"/notices/{NEW}/refuse", words=text, item=item_ids(place))
    assert answer.status_code == 303
    for path in (f"/notices/{NEW}", "/notices/", "/notices/links", "/"):
        page = lin.get(path)
        assert page.status_code == 200
        assert "<script>alert(1)</script>" not in page.text
    too_long = send(lin, f"/notices/{NEW}/escalate", way="regulator", words="长" * 2001)
    assert too_long.status_code == 422
    assert "最多 2000 个字" in too_long.text


def test_lists_leave_as_csv_without_formulas(place: Place, visit: Visit) -> None:
    with system(place) as work:
        work.get_no(Notice, NOTICE).receipt_no = "=HYPERLINK(1)"
    lin = visit("lin")
    for path in ("/notices/?format=csv", "/notices/links?format=csv", f"/cases/{CASE}/notices?format=csv"):
        answer = lin.get(path)
        assert answer.mimetype == "text/csv"
        assert NOTICE in answer.text
        assert "\n=" not in answer.text
        assert ",=" not in answer.text
    assert "'=HYPERLINK" in lin.get("/notices/?format=csv").text
