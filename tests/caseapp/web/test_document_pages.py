"""Documents by hand: drafted, filled in, reworded, reviewed by others, returned, approved, sent, published."""

from __future__ import annotations

import hashlib
import io
import re
from collections.abc import Callable

import pytest
from sqlalchemy import func, select

from caseapp.models import Dispatch, Document, DocumentVersion, EvidenceItem, Membership, Notice, Publication
from caseapp.services import documents
from tests.caseapp.web.document_house import (
    FILLED,
    HOME,
    NEW,
    approvals,
    fields,
    led,
    saved,
    send,
    start,
    status,
    submitted,
    typed,
)
from tests.caseapp.web.house import NASTY, Browser, Place
from tests.caseapp.web.notice_house import picture, state_of, system, work_off
from tests.caseapp.web.routes import CASE

pytestmark = pytest.mark.furnished
Visit = Callable[..., Browser]


def words_of(page: str) -> str:
    """The page's words alone."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", page))


def approved(place: Place, visit: Visit) -> Browser:
    """A statement approved by its three; the author's browser."""
    author = visit("lin")
    submitted(author)
    for login in ("su", "zhou", "han"):
        assert led(send(visit(login), "approve")) == HOME
    assert status(place, 2) == "approved"
    return author


# --- reading ----------------------------------------------------------------------------------------------------------
def test_a_draft_starts_with_what_the_case_knows_and_shows_its_blanks(visit: Visit) -> None:
    browser = visit("lin")
    assert led(start(browser)) == f"{HOME}/edit"
    known = fields(browser)
    assert known["principal.name"] == "澜江苜禾食品股份有限公司"
    assert known["claims.0.neutral"] == "网传使用工业石蜡"
    assert {known["claims.0.facts.0.exhibits"], known["claims.0.facts.1.exhibits"]} == {"证2-1", "证4-1"}
    page = browser.get(HOME).text
    assert page.count('class="blank"') >= 5
    assert "还有 8 项阻断" in page
    numbers = re.findall(r'id="f-(.)"', page)
    assert numbers == [chr(0x2460 + n) for n in range(len(numbers))]
    in_text = set(re.findall(r'href="#f-(.)"', page))
    assert in_text <= set(numbers)
    assert len(in_text) >= 6


def test_the_list_filters_sorts_and_leaves_as_csv(visit: Visit) -> None:
    browser = visit("lin")
    submitted(browser)
    assert NEW in browser.get("/documents/?kind=clarification_statement").text
    assert NEW not in browser.get("/documents/?kind=infringement_notice").text.split("<tbody>")[1]
    assert browser.get("/documents/?sort=-changed").status_code == 200
    rows = browser.get("/documents/?format=csv").text
    assert rows.startswith("\ufeff编号,文书")
    assert "关于“燕麦圈涂工业石蜡”等网络信息的澄清声明" in rows
    assert browser.get(f"/cases/{CASE}/documents?format=csv").mimetype == "text/csv"
    assert "起草文书" in browser.get(f"/cases/{CASE}/documents").text


def test_what_waits_for_me_is_what_i_may_decide_now(visit: Visit) -> None:
    submitted(visit("lin"))
    for login in ("lin", "zhou", "gao"):  # the approver may decide the first step too, counsel the second alone
        assert NEW not in visit(login).get("/documents/?mine=yes").text
    assert NEW in visit("su").get("/documents/?mine=yes").text.split("<tbody>")[1]


def test_every_side_and_version_opens_and_shows_who_did_what(place: Place, visit: Visit) -> None:
    browser = approved(place, visit)
    versions = browser.get(f"{HOME}?tab=versions").text
    assert versions.count("同意") >= 3
    assert "苏墨" in versions
    assert re.search(r'<span class="mono tiny" title="[0-9a-f]{64}">', versions)
    exhibits = browser.get(f"{HOME}?tab=exhibits").text
    assert "检验报告" in exhibits
    assert "/evidence/" in exhibits
    for query in ("tab=remarks", "tab=checks", "tab=nonsense", "view=changes", "view=changes&against=1"):
        assert browser.get(f"{HOME}/v/2?{query}").status_code == 200
    assert "这是第 1 稿；最新是第 2 稿" in browser.get(f"{HOME}/v/1").text
    changes = browser.get(f"{HOME}/v/2?view=changes").text
    assert "<ins>" in changes
    assert browser.get(f"{HOME}/v/3").status_code == 404
    assert browser.get(f"{HOME}/v/999999999999999999").status_code == 404


def test_an_exhibit_that_is_not_for_the_reader_is_not_named(place: Place, visit: Visit) -> None:
    submitted(visit("lin"))
    with system(place) as work:
        for row in work.session.scalars(select(EvidenceItem).where(EvidenceItem.title == "检验报告")):
            row.privileged = True
    page = visit("su").get(f"{HOME}?tab=exhibits").text
    assert "这件证据不对您开放" in page
    assert "检验报告" not in page


# --- drafting ---------------------------------------------------------------------------------------------------------
def test_filled_in_it_is_the_next_version_without_blocks(place: Place, visit: Visit) -> None:
    browser = visit("lin")
    start(browser)
    assert led(saved(browser, note="补齐热线")) == HOME
    page = browser.get(f"{HOME}?tab=versions").text
    assert "第 2 稿" in page
    assert "补齐热线" in page
    assert status(place, 1) == "superseded"
    assert status(place, 2) == "draft"
    assert "核对并送审" in page


def test_lists_grow_and_shrink_without_saving(place: Place, visit: Visit) -> None:
    browser = visit("lin")
    start(browser)
    shown = browser.post(f"{HOME}/edit", **(fields(browser) | {"add": "statement.actions"}))
    assert shown.status_code == 200
    assert 'name="statement.actions.0.text"' in shown.text
    more = browser.post(f"{HOME}/edit", **(typed(shown.text) | {"drop": "claims.0.facts.0"}))
    assert 'name="claims.0.facts.0.text"' not in more.text
    assert 'name="claims.0.facts.1.text"' in more.text
    assert 'name="statement.actions.0.text"' in more.text
    with place.application.sessions() as session:
        assert session.scalars(select(func.max(DocumentVersion.n)).join(Document).where(Document.no == NEW)).one() == 1
    left = typed(more.text) | FILLED
    assert led(browser.post(f"{HOME}/edit", **left)) == HOME
    with place.application.sessions() as session:
        version = session.scalars(
            select(DocumentVersion).where(DocumentVersion.n == 2).join(Document).where(Document.no == NEW)
        ).one()
    assert [fact["text"] for fact in version.context["claims"][0]["facts"]] == ["三个批次留样未检出石蜡组分"]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"issued_on": "2026-13-40"}, "请填写日期"),
        ({"claims.0.facts.0.exhibits": "证9-9、证2-1"}, "案件证据目录里没有：证9-9"),
        ({"statement.subject": "\u202e反转"}, "看不见的控制字符"),
        ({"statement.hotline": "零\u200b宽"}, "看不见的控制字符"),
        ({"statement.subject": "长" * 501}, "500"),
        ({"claims.0.facts.0.text": "长" * 10_001}, "10000"),
        ({"note": "长" * 301}, "最多 300 个字"),
    ],
)
def test_what_cannot_be_saved_is_said_at_its_field_and_kept(
    place: Place, visit: Visit, changes: dict[str, str], said: str
) -> None:
    browser = visit("lin")
    start(browser)
    answer = saved(browser, **changes)
    assert answer.status_code == 422
    assert said in answer.text
    assert "我公司已对不实内容取证" in answer.text
    assert status(place, 1) == "draft"


def test_two_editors_see_both_versions_and_nothing_is_overwritten(place: Place, visit: Visit) -> None:
    lin, zhou = visit("lin"), visit("zhou")
    start(lin)
    mine, theirs = fields(lin), fields(zhou)
    assert led(zhou.post(f"{HOME}/edit", **(theirs | FILLED))) == HOME
    answer = lin.post(f"{HOME}/edit", **(mine | FILLED | {"statement.hotline": "000-5550-9999"}))
    assert answer.status_code == 409
    page = words_of(answer.text)
    assert "别人先存了第 2 稿" in page
    assert "000-5550-9999" in page
    assert "000-5550-0188" in page
    assert status(place, 2) == "draft"
    assert led(lin.post(f"{HOME}/edit", **typed(answer.text))) == HOME
    assert status(place, 2) == "superseded"
    assert "000-5550-9999" in lin.get(HOME).text


def test_a_sentence_in_other_words_keeps_its_place_and_another_editor_is_told(place: Place, visit: Visit) -> None:
    lin, zhou = visit("lin"), visit("zhou")
    submitted(lin)
    form, other = typed(lin.get(f"{HOME}/words").text), typed(zhou.get(f"{HOME}/words").text)
    key = next(name for name, text in form.items() if "已逐项核实" in text)
    assert led(lin.post(f"{HOME}/words", **(form | {key: "经核实，说明如下，见 证4-1。", "note": "改写"}))) == HOME
    page = lin.get(HOME).text
    assert "经核实，说明如下，见" in words_of(page)
    assert re.search(r'经核实，说明如下，见 <a class="ex"[^>]*>证4-1</a>', page)
    answer = zhou.post(f"{HOME}/words", **(other | {key: "我另写一句。"}))
    assert answer.status_code == 409
    assert "我另写一句。" in answer.text
    assert "经核实，说明如下" in answer.text
    too_long = zhou.post(f"{HOME}/words", **(typed(zhou.get(f"{HOME}/words").text) | {key: "长" * 4_001}))
    assert too_long.status_code == 422
    hidden = zhou.post(f"{HOME}/words", **(typed(zhou.get(f"{HOME}/words").text) | {key: "反\u202e转"}))
    assert hidden.status_code == 422
    assert zhou.post(f"{HOME}/words", **(other | {key: "反\u202e转"})).status_code == 409  # an older version, and this
    assert status(place, 3) == "draft"


def test_the_form_is_kept_and_sent_twice_it_saves_once(place: Place, visit: Visit) -> None:
    browser = visit("lin")
    start(browser)
    form = fields(browser) | FILLED | {"once": "a" * 32}
    assert led(browser.post(f"{HOME}/edit", **form)) == HOME
    assert led(browser.post(f"{HOME}/edit", **form)) == HOME
    with place.application.sessions() as session:
        assert session.scalars(select(Document.latest_n).where(Document.no == NEW)).one() == 2


# --- review -----------------------------------------------------------------------------------------------------------
def test_a_blocked_draft_is_not_submitted_and_what_blocks_is_named(place: Place, visit: Visit) -> None:
    browser = visit("lin")
    start(browser)
    page = browser.get(f"{HOME}/submit").text
    assert "还有 8 项阻断，不能送审" in page
    assert f'action="{HOME}/submit"' not in page
    answer = browser.post(f"{HOME}/submit", n="1")
    assert answer.status_code == 422
    assert "先改这些" in answer.text
    assert status(place, 1) == "draft"


def test_three_others_approve_in_order_and_the_bytes_are_frozen(place: Place, visit: Visit) -> None:
    browser = approved(place, visit)
    assert approvals(place) == [(1, "approved"), (2, "approved"), (3, "approved")]
    pdf = browser.get(f"{HOME}/v/2/pdf")
    assert pdf.mimetype == "application/pdf"
    with place.application.sessions() as session:
        version = session.scalars(select(DocumentVersion).where(DocumentVersion.approved_at.is_not(None))).one()
    assert hashlib.sha256(pdf.data).hexdigest() == version.approved_digest
    assert browser.get(f"{HOME}/v/2/pdf?save=1").headers["Content-Disposition"].startswith("attachment")
    preview = browser.get(f"{HOME}/v/1/pdf")
    assert preview.data.startswith(b"%PDF")
    assert hashlib.sha256(preview.data).hexdigest() != version.approved_digest


@pytest.mark.parametrize(("login", "code"), [("lin", 409), ("gao", 403), ("zhou", 403), ("xu", 403)])
def test_who_may_not_decide_is_told_why_and_has_no_button(place: Place, visit: Visit, login: str, code: int) -> None:
    submitted(visit("lin"))
    browser = visit(login)
    page = browser.get(f"{HOME}/review").text
    assert f'action="{HOME}/approve"' not in page
    assert send(browser, "approve", n=2).status_code == code
    assert send(browser, "return", n=2, reason="不行").status_code == code
    assert approvals(place) == []


def test_the_author_and_whoever_approved_before_decide_nothing_more(place: Place, visit: Visit) -> None:
    author, su = visit("lin"), visit("su")
    submitted(author)
    assert "您起草或送审了这一稿" in author.get(f"{HOME}/review").text
    assert led(send(su, "approve")) == HOME
    assert "您已批准过前面的一步" in su.get(f"{HOME}/review").text
    again = send(su, "approve", n=2)
    assert led(again) == HOME
    assert "没有重复办理" in su.get(HOME).text
    assert approvals(place) == [(1, "approved")]


def test_a_stale_tab_approves_nothing(place: Place, visit: Visit) -> None:
    author, su = visit("lin"), visit("su")
    submitted(author)
    su.get(f"{HOME}/review")
    assert led(saved(author, **{"statement.hotline": "000-5550-7777"})) == HOME
    answer = su.post(f"{HOME}/approve", n="2")
    assert answer.status_code == 409
    for n in ("", "x", "-1", "9" * 30):
        assert su.post(f"{HOME}/approve", n=n).status_code == 409
    assert approvals(place) == []
    assert author.post(f"{HOME}/submit", n="2").status_code == 409


def test_returned_with_a_reason_and_sent_again_as_a_new_version(place: Place, visit: Visit) -> None:
    author, su = visit("lin"), visit("su")
    submitted(author)
    assert send(su, "return", reason=" ").status_code == 422
    assert led(send(su, "return", reason="第二句没有证据")) == HOME
    assert status(place, 2) == "changes_requested"
    page = author.get(f"{HOME}?tab=remarks").text
    assert "已退回：第二句没有证据" in words_of(page)
    assert led(saved(author, note="补了证据")) == HOME
    assert led(send(author, "submit")) == HOME
    review = su.get(f"{HOME}/review").text
    assert "补了证据" in review
    assert "比上一稿改了" in review
    assert led(send(su, "approve")) == HOME
    assert approvals(place) == [(1, "changes"), (1, "approved")]


def test_a_full_route_failing_at_the_seal_can_be_pressed_again(
    place: Place, visit: Visit, monkeypatch: pytest.MonkeyPatch
) -> None:
    author = visit("lin")
    submitted(author)
    for login in ("su", "zhou"):
        send(visit(login), "approve")
    han = visit("han")
    han.get(f"{HOME}/review")
    with monkeypatch.context() as patch:
        patch.setattr("caseapp.services.approvals.render_pdf", lambda _version: b"%PDF-other")
        assert han.post(f"{HOME}/approve", n="2", once="b" * 32).status_code == 409
    assert status(place, 2) == "in_review"
    assert led(han.post(f"{HOME}/approve", n="2", once="b" * 32)) == HOME
    assert status(place, 2) == "approved"


# --- leaving ----------------------------------------------------------------------------------------------------------
def test_signed_sent_and_arrived_with_its_proof(place: Place, visit: Visit) -> None:
    browser = approved(place, visit)
    assert led(send(browser, "sign")) == f"{HOME}/leave"
    form = {"channel": "email", "recipient": "市场监督管理局", "address": "a@b.test"}
    assert led(send(browser, "dispatch", **form)) == f"{HOME}/leave"
    assert led(send(browser, "dispatch", **form)) == f"{HOME}/leave"
    page = browser.get(f"{HOME}/leave").text
    assert 'hx-trigger="every 2s"' in page
    with place.application.sessions() as session:
        row = session.scalars(select(Dispatch)).one()
    part = browser.get(f"{HOME}/dispatches/{row.id}").text
    assert "待发出" in part
    assert work_off(place) == [True]
    assert "every 2s" not in browser.get(f"{HOME}/dispatches/{row.id}").text
    assert status(place, 2) == "dispatched"
    browser.get(f"{HOME}/leave")
    data = {"csrf_token": browser.token, "words": "收件回执", "proof": (io.BytesIO(picture()), "回执.png")}
    answer = browser.client.post(f"{HOME}/dispatches/{row.id}/arrive", data=data, buffered=True)
    assert led(answer) == f"{HOME}/leave"
    assert status(place, 2) == "delivered"
    with place.application.sessions() as session:
        proof = session.get_one(EvidenceItem, session.get_one(Dispatch, row.id).arrival_evidence_id)
    assert proof.proves == f"{NEW} 已送达 市场监督管理局"
    assert browser.get(f"{HOME}/edit").status_code == 409
    assert "填写字段" not in browser.get(HOME).text


def test_what_bounced_is_recorded_and_a_proof_that_is_none_is_refused(place: Place, visit: Visit) -> None:
    browser = approved(place, visit)
    send(browser, "dispatch", channel="post", recipient="某单位")
    work_off(place)
    with place.application.sessions() as session:
        key = session.scalars(select(Dispatch.id)).one()
    browser.get(f"{HOME}/leave")
    data = {"csrf_token": browser.token, "words": "x", "proof": (io.BytesIO(b"#!/bin/sh"), "a.png")}
    answer = browser.client.post(f"{HOME}/dispatches/{key}/arrive", data=data, buffered=True)
    assert answer.status_code == 422
    assert "只收截图" in answer.text
    assert send(browser, f"dispatches/{key}/bounce", words="").status_code == 422
    assert led(send(browser, f"dispatches/{key}/bounce", words="查无此单位")) == f"{HOME}/leave"
    assert status(place, 2) == "returned"


def test_a_statement_is_planned_published_captured_and_taken_down_by_another(place: Place, visit: Visit) -> None:
    browser = approved(place, visit)
    assert led(send(browser, "publications", channel="单位官网", account="苜禾")) == f"{HOME}/leave"
    with place.application.sessions() as session:
        key = session.scalars(select(Publication.id)).one()
    assert send(browser, f"publications/{key}/publish", url="javascript:alert(1)").status_code == 422
    assert led(send(browser, f"publications/{key}/publish", url="https://weixun.test/news/1")) == f"{HOME}/leave"
    early = send(browser, f"publications/{key}/capture")
    assert early.status_code == 422
    assert "取证还没有封存" in early.text
    mine = browser.get(f"{HOME}/leave").text
    assert f"publications/{key}/retract" not in mine
    assert send(browser, f"publications/{key}/retract", words="有误").status_code in {403, 409}
    assert led(send(visit("zhou"), f"publications/{key}/retract", words="有误")) == f"{HOME}/leave"
    with place.application.sessions() as session:
        assert session.get_one(Publication, key).status == "retracted"


# --- the paper of a notice --------------------------------------------------------------------------------------------
def test_editing_the_paper_of_an_authorised_notice_returns_it_to_preparation(place: Place, visit: Visit) -> None:
    with place.application.sessions() as session:
        document = session.scalars(select(Document).where(Document.kind == "infringement_notice")).one()
        notice = session.scalars(select(Notice)).one()
    assert document.no
    with system(place) as work:
        row = work.session.get_one(Notice, notice.id)
        row.status, row.document_id = "authorised", document.id
        row.authorised_by, row.authorised_at = place.people["han"].user_id, work.now
        version = documents.latest_version(work, work.session.get_one(Document, document.id))
        version.context, row.document_version_id = {"posts": []}, version.id
    browser = visit("lin")
    home = f"/documents/{document.no}"
    page = browser.get(f"{home}/edit").text
    assert "会退回准备，须重新批准" in page
    assert led(browser.post(f"{home}/edit", **typed(page))) == home
    assert state_of(place, notice.no) == "prepared"
    assert "通知书另起第 3 稿" in browser.get(f"/notices/{notice.no}").text


def test_a_stored_text_that_is_no_document_is_said(place: Place, visit: Visit) -> None:
    with system(place) as work:
        old = work.session.scalars(select(DocumentVersion).where(DocumentVersion.n == 2)).one()
        home = work.session.get_one(Document, old.document_id)
        row = work.add(
            Document(no=work.next_no("document"), case_id=home.case_id, kind=home.kind, title="x", latest_n=1)
        )
        broken = {"template_version": "1.0", "model": {}, "text_digest": "0" * 64, "author_id": old.author_id}
        work.add(DocumentVersion(document_id=row.id, n=1, **broken))
    assert "存储的内容不是可读的文书" in visit("lin").get(f"/documents/{row.no}").text


# --- hostile input ----------------------------------------------------------------------------------------------------
def test_other_peoples_documents_do_not_exist(place: Place, visit: Visit) -> None:
    submitted(visit("lin"))
    stranger, absent = visit("xu"), "文-2026-9999"
    with system(place) as work:
        for row in work.session.scalars(select(Membership).where(Membership.user_id == place.people["xu"].user_id)):
            row.wall = True
    for tail in ("", "/v/1", "/v/1/pdf", "/review", "/leave"):
        hidden, none = stranger.get(f"{HOME}{tail}"), stranger.get(f"/documents/{absent}{tail}")
        assert (hidden.status_code, none.status_code) == (404, 404), tail
        assert "石蜡" not in hidden.text
    for tail in ("/approve", "/return"):
        assert stranger.post(f"{HOME}{tail}", n="2", reason="x").status_code == 404
    assert NEW not in stranger.get("/documents/").text


@pytest.mark.parametrize("login", ["su", "han", "xu"])
def test_who_may_not_draft_is_refused(place: Place, visit: Visit, login: str) -> None:
    submitted(visit("lin"))
    browser = visit(login)
    for path in (f"/documents/start?case={CASE}", f"{HOME}/edit", f"{HOME}/words", f"{HOME}/submit"):
        assert browser.get(path).status_code == 403, path
    for path in ("/documents/start", f"{HOME}/edit", f"{HOME}/words", f"{HOME}/submit"):
        assert browser.post(path, case=CASE, kind="clarification_statement", lang="zh", n="2").status_code == 403, path
    assert status(place, 2) == "in_review"


def test_script_in_every_block_is_text(visit: Visit) -> None:
    browser = visit("lin")
    start(browser)
    nasty = NASTY.replace("\u202e", "").replace("\u200b", "")
    form = fields(browser)
    texts = {
        name: nasty for name in (*form, *FILLED) if name.endswith((".text", "subject", "topic", "neutral", "hotline"))
    }
    answer = browser.post(f"{HOME}/edit", **(form | FILLED | texts | {"note": nasty}))
    assert led(answer) == HOME
    tails = ("", "?tab=remarks", "/v/2?view=changes", "/edit", "/words", "/submit", "/review")
    for path in (*(f"{HOME}{tail}" for tail in tails), "/documents/", f"/cases/{CASE}/documents"):
        page = browser.get(path)
        assert page.status_code == 200, path
        assert "<script>alert" not in page.text, path
        assert "<img src=x" not in page.text, path


@pytest.mark.parametrize(
    ("form", "code"),
    [
        ({"kind": "no_such", "lang": "zh"}, 422),
        ({"kind": "../../etc", "lang": "zh"}, 422),
        ({"kind": "bundle_index", "lang": "zh"}, 422),
        ({"kind": "clarification_statement", "lang": "xx"}, 422),
        ({}, 422),
        ({"kind": "clarification_statement", "lang": "zh", "case": "案-2026-0002"}, 404),
        ({"kind": "clarification_statement", "lang": "zh", "case": "x" * 4000}, 404),
    ],
)
def test_a_start_that_names_nothing_known_is_refused(visit: Visit, form: dict[str, str], code: int) -> None:
    browser = visit("lin")
    browser.get(f"/documents/start?case={CASE}")
    assert browser.post("/documents/start", **({"case": CASE} | form)).status_code == code


def test_two_megabytes_and_invented_fields_harm_nothing(place: Place, visit: Visit) -> None:
    browser = visit("lin")
    start(browser)
    form = fields(browser) | FILLED
    assert browser.post(f"{HOME}/edit", **(form | {"statement.subject": "大" * 700_000})).status_code in {413, 422}
    many = {f"claims.0.facts.{n}.text": "x" for n in range(3, 500)}
    assert browser.post(f"{HOME}/edit", **(form | many)).status_code in {303, 413, 422}
    odd = {"claims.99999999999.topic": "x", "claims.-1.topic": "x", "claims..topic": "x", "exhibits.0.label": "证9-9",
           "sample": "1", "number": "文-0", "damages.total": "9", "__class__": "x"}  # fmt: skip
    answer = browser.post(f"{HOME}/edit", **(fields(browser) | FILLED | odd))
    assert led(answer) == HOME
    with place.application.sessions() as session:
        rows = session.scalars(select(DocumentVersion).join(Document).where(Document.no == NEW)).all()
    last = max(rows, key=lambda row: row.n)
    assert last.context["number"] == NEW
    assert "damages" not in last.context
    assert len(last.context["claims"]) == 1


@pytest.mark.parametrize("path", [f"{HOME}/approve", f"{HOME}/return", f"{HOME}/sign", f"{HOME}/dispatch"])
def test_acts_are_never_done_by_looking(visit: Visit, path: str) -> None:
    browser = visit("lin")
    submitted(browser)
    assert browser.get(path).status_code == 405
    assert browser.client.post(path, data={"n": "2"}).status_code == 400  # no forgery token


def test_an_act_nobody_knows_and_a_key_of_nothing_are_not_found(place: Place, visit: Visit) -> None:
    browser = approved(place, visit)
    browser.get(f"{HOME}/leave")
    for tail in ("dispatches/x/arrive", "dispatches/x/explode", "publications/x/publish", "publications/x/y"):
        assert browser.post(f"{HOME}/{tail}", words="x", url="https://weixun.test/1").status_code == 404, tail
