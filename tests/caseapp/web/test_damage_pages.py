"""The ledger by hand: put down, proven, reviewed by another, claimed, awarded, recovered; refused otherwise."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any
from urllib.parse import unquote

import pytest
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from caseapp.demo.case_data import data_file
from caseapp.domain.vocabulary import DAMAGE_HEAD
from caseapp.models import Case, DamageEvidence, DamageItem
from caseapp.services.queries.damages import assessed, damage_lines
from caseapp.services.work import read_work
from caseapp.web.pages.damage_rows import chart, counts
from tests.caseapp.web.house import NASTY, Browser, Place
from tests.caseapp.web.notice_house import system
from tests.caseapp.web.routes import CASE, FOREIGN

pytestmark = pytest.mark.furnished
Visit = Callable[..., Browser]
REFUSED = 422
ITEM = {
    "head": "D1", "title": "邻里达解约", "amount": "14,508.00", "gross": "46800", "avoided": "32292",
    "formula": "46,800 − 32,292", "period_from": "2026-08-11", "period_to": "2026-08-31", "payer": "邻里达",
    "payee": "苜禾", "confidence": "receipt", "scope": "suit", "basis": "民法典 1182", "causation": "来函写明“因网传”",
}  # fmt: skip


def send(browser: Browser, path: str, **form: Any) -> TestResponse:
    return browser.client.post(path, data={"csrf_token": browser.token, **form}, buffered=True)


def row(place: Place, key: str) -> DamageItem:
    with place.application.sessions() as session:
        return session.get_one(DamageItem, key)


def put_down(browser: Browser, **changes: str) -> str:
    """Put an item down; its key."""
    browser.get(f"/damages/add?case={CASE}")
    answer = send(browser, "/damages/add", case=CASE, **ITEM | changes)
    assert answer.status_code == 303, answer.text[-400:]
    return unquote(answer.location).rsplit("/", 1)[-1]


def proven(browser: Browser, **changes: str) -> str:
    """Put an item down and attach the report to it; its key."""
    key = put_down(browser, **changes)
    evidence = re.search(r'<option value="([0-9A-Z]{26})"[^>]*>证4-1', browser.get(f"/damages/{key}").text)
    assert evidence is not None
    assert send(browser, f"/damages/{key}/evidence", evidence=evidence[1]).status_code == 303
    return key


def test_every_step_of_the_table_by_two_people(place: Place, visit: Visit) -> None:
    lin, zhou = visit("lin"), visit("zhou")
    key = put_down(lin)
    assert send(lin, f"/damages/{key}/attach_evidence").status_code == REFUSED
    assert "缺凭证" in lin.get(f"/cases/{CASE}/damages").text
    key = proven(lin, title="检测费", head="D5")
    page = lin.get(f"/damages/{key}").text
    assert "证4-1" in page
    assert "D5-02" in page
    assert send(lin, f"/damages/{key}/attach_evidence").status_code == 303
    assert send(lin, f"/damages/{key}/review").status_code == 409
    assert "等第二人复核" in lin.get(f"/damages/{key}").text
    zhou.get(f"/damages/{key}")
    assert send(zhou, f"/damages/{key}/send_back", words=" ").status_code == REFUSED
    assert send(zhou, f"/damages/{key}/review").status_code == 303
    assert send(lin, f"/damages/{key}/claim").status_code == 303
    assert send(lin, f"/damages/{key}/void", words="x").status_code == 409
    assert send(lin, f"/damages/{key}/award", amount="999999999").status_code == REFUSED
    assert send(lin, f"/damages/{key}/award", amount="x").status_code == REFUSED
    assert send(lin, f"/damages/{key}/award", amount="").status_code == 409
    assert send(lin, f"/damages/{key}/award", amount="9000.00").status_code == 303
    assert send(lin, f"/damages/{key}/recover", amount="9000.01").status_code == REFUSED
    assert send(lin, f"/damages/{key}/recover", amount="9000").status_code == 303
    found = row(place, key)
    assert (found.status, found.awarded_fen, found.recovered_fen) == ("recovered", Decimal(9000), Decimal(9000))
    page = lin.get(f"/cases/{CASE}/damages").text
    assert "已判令" in page
    assert "9,000.00" in page


def test_a_stale_correction_shows_both_versions(place: Place, visit: Visit) -> None:
    lin, zhou = visit("lin"), visit("zhou")
    key = put_down(lin)
    version = str(row(place, key).version)
    zhou.get(f"/damages/{key}/edit")
    assert (
        send(zhou, f"/damages/{key}/edit", **ITEM | {"causation": "以周版为准", "version": version}).status_code == 303
    )
    answer = send(lin, f"/damages/{key}/edit", **ITEM | {"causation": "以林版为准", "version": version})
    assert answer.status_code == 409
    assert "以周版为准" in answer.text
    assert "以林版为准" in answer.text
    assert row(place, key).causation == "以周版为准"
    again = str(row(place, key).version)
    assert send(lin, f"/damages/{key}/edit", **ITEM | {"causation": "以林版为准", "version": again}).status_code == 303


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"amount": "14508.001"}, 422), ({"amount": "-1", "gross": "", "avoided": ""}, 422), ({"amount": ""}, 422),
        ({"amount": "1e9", "gross": ""}, 303), ({"amount": "NaN"}, 422), ({"amount": "99999999999999999"}, 422),
        ({"gross": "100", "avoided": "1"}, 422), ({"head": "BRIBE"}, 422), ({"title": "长" * 301}, 422),
        ({"title": NASTY}, 303), ({"period_from": "2026-09-01", "period_to": "2026-08-01"}, 422),
        ({"period_from": "yesterday"}, 422), ({"scope": ""}, 422), ({"causation": "\u202e\u200b" * 900}, 303),
        ({"causation": "长" * 2001}, 422),
    ],
)  # fmt: skip
def test_what_is_refused_keeps_what_was_typed(visit: Visit, changes: dict[str, str], status: int) -> None:
    lin = visit("lin")
    lin.get(f"/damages/add?case={CASE}")
    answer = send(lin, "/damages/add", case=CASE, **ITEM | changes)
    assert answer.status_code == status
    if status == REFUSED:
        assert "来函写明" in answer.text or "causation" in changes
    else:
        assert "<script>alert(1)" not in lin.get(unquote(answer.location)).text


def test_there_is_no_kind_for_paid_deletion(visit: Visit) -> None:
    page = visit("lin").get(f"/damages/add?case={CASE}").text
    assert set(re.findall(r'value="([DU]\d)"', page)) == set(DAMAGE_HEAD.keys)
    assert not any("删帖" in label.zh for label in DAMAGE_HEAD.words.values())


@pytest.mark.parametrize("login", ["su", "gao", "xu"])
def test_the_wrong_role_changes_nothing(place: Place, visit: Visit, login: str) -> None:
    key = proven(visit("lin"))
    person = visit(login)
    page = person.get(f"/damages/{key}")
    assert page.status_code == 200
    assert f'action="/damages/{key}' not in page.text
    assert person.get(f"/damages/add?case={CASE}").status_code == 403
    for act in ("edit", "evidence", "detach", "count", "void", "review", "claim", "attach_evidence"):
        answer = send(person, f"/damages/{key}/{act}", words="x", evidence="x", **ITEM)
        assert answer.status_code in {403, 409}, act
    assert row(place, key).status == "draft"


def test_other_peoples_ledgers_do_not_exist(place: Place, visit: Visit) -> None:
    key = put_down(visit("lin"))
    with system(place) as work:
        other = work.get_no(Case, FOREIGN)
        hidden_key = work.add(DamageItem(case_id=other.id, head="D1", title="他人的", amount_fen=Decimal(1))).id
    lin = visit("lin")
    lin.get(f"/damages/{key}")
    assert lin.get(f"/damages/{hidden_key}").status_code == 404
    assert lin.get(f"/damages/{'0' * 26}").status_code == 404
    assert lin.get(f"/damages/add?case={FOREIGN}").status_code == 404
    assert lin.get("/damages/add").status_code == 404
    assert send(lin, f"/damages/{hidden_key}/void", words="x").status_code == 404
    assert send(lin, f"/damages/{key}/bribe").status_code == 404
    assert send(lin, f"/damages/{key}/evidence", evidence="0" * 26).status_code == 404
    assert "他人的" not in lin.get("/damages/").text
    assert lin.client.put(f"/damages/{key}", headers={"X-CSRFToken": lin.token}).status_code == 405
    assert visit("admin").get("/damages/").status_code == 403


def test_evidence_comes_off_a_draft_and_back(place: Place, visit: Visit) -> None:
    lin = visit("lin")
    key = proven(lin)
    with place.application.sessions() as session:
        evidence = session.scalars(select(DamageEvidence.evidence_id).where(DamageEvidence.damage_id == key)).one()
    assert send(lin, f"/damages/{key}/detach", evidence=evidence, words="").status_code == REFUSED
    assert send(lin, f"/damages/{key}/detach", evidence=evidence, words="附错").status_code == 303
    assert "还没有凭证" in lin.get(f"/damages/{key}").text
    assert send(lin, f"/damages/{key}/evidence", evidence=evidence).status_code == 303
    with place.application.sessions() as session:
        found = select(func.count()).select_from(DamageEvidence).where(DamageEvidence.damage_id == key)
        assert session.scalar(found) == 1
    assert "证4-1" in lin.get(f"/damages/{key}").text


def test_what_is_left_out_says_why_and_no_total_counts_it(place: Place, visit: Visit) -> None:
    lin = visit("lin")
    plain = {"gross": "", "avoided": ""}
    put_down(lin, head="D2", title="销量下降", amount="100000", **plain)
    put_down(lin, head="D4", title="酌定", amount="300000", **plain)
    put_down(lin, head="D7", title="精神损害", amount="5000", **plain)
    key = put_down(lin, title="只作说明", scope="note", amount="7", **plain)
    page = lin.get(f"/cases/{CASE}/damages").text
    for words in ("需专家签字", "备位方案", "法人不主张精神损害", "仅作说明", "不输出预测判赔额", "酌定只作备位"):
        assert words in page, words
    counted = put_down(lin, title="先计入", amount="9", **plain)
    assert send(lin, f"/damages/{counted}/count", counted="0", words="").status_code == REFUSED
    assert send(lin, f"/damages/{counted}/count", counted="0", words="与 D1-01 重复").status_code == 303
    assert "未计入" in lin.get(f"/damages/{counted}").text
    with read_work(place.application, place.people["lin"]) as work:
        lines = damage_lines(work)
    assert sum((line.amount for line in lines if counts(line)), Decimal(0)) == assessed(lines).with_costs
    assert key not in {line.id for line in lines if counts(line)}
    drawn = chart(lines)
    assert drawn is not None
    assert sum((bar.amount for bar in drawn.bars), Decimal(0)) == assessed(lines).with_costs


def test_the_ledger_page_filters_sums_and_leaves_as_csv(visit: Visit) -> None:
    lin = visit("lin")
    put_down(lin, title="=HYPERLINK(1)")
    page = lin.get("/damages/").text
    assert "损失台账" in page
    assert page.count("<tr data-row") == 4
    assert lin.get("/damages/?head=D5").text.count("<tr data-row") == 1
    assert lin.get(f"/damages/?case={CASE}&sort=-amount").status_code == 200
    assert "'=HYPERLINK(1)" in lin.get("/damages/?format=csv").text
    assert lin.get(f"/cases/{CASE}/damages?format=csv&counted=yes").mimetype == "text/csv"


def test_a_mistake_is_voided_with_its_reason(place: Place, visit: Visit) -> None:
    lin = visit("lin")
    key = put_down(lin)
    assert send(lin, f"/damages/{key}/void", words=" ").status_code == REFUSED
    assert send(lin, f"/damages/{key}/void", words="登记错").status_code == 303
    assert row(place, key).void_reason == "登记错"
    assert lin.get(f"/damages/{key}").status_code == 404


SALES = data_file("daily_sales.csv").read_text("utf-8-sig")
STUDY = {"event": "2026-08-11", "figure": "margin", "series": SALES}


def test_a_series_is_drawn_and_changes_no_sum(place: Place, visit: Visit) -> None:
    lin = visit("lin")
    key = put_down(lin, head="D2", title="销量下降", amount="0", gross="", avoided="", confidence="computed")
    before = lin.get(f"/cases/{CASE}/damages").text
    assert "还没有销售序列" in lin.get(f"/damages/{key}").text
    answer = send(lin, f"/damages/{key}/sales", version=str(row(place, key).version), **STUDY)
    assert answer.status_code == 303
    page = lin.get(f"/damages/{key}").text
    study = page[page.index('id="study"') : page.index('aria-labelledby="h-e"')]
    assert study.count('role="img"') == 2
    for told in ("推定", "待专家签署", "未计入合计", "73,088.69", "67,806.32", "1.016947", "26 期低于把握带"):
        assert told in study, told
    assert study.count('<th scope="row"') == 60
    assert "style=" not in study
    after = lin.get(f"/cases/{CASE}/damages").text
    assert "销量与预期" in after
    assert re.findall(r'class="big">([^<]+)', before) == re.findall(r'class="big">([^<]+)', after)
    assert row(place, key).amount_fen == 0


def test_a_series_that_cannot_be_kept_is_refused_with_what_was_typed(place: Place, visit: Visit) -> None:
    lin = visit("lin")
    key = put_down(lin, head="D2", title="销量下降", amount="0", gross="", avoided="", confidence="computed")
    version = str(row(place, key).version)
    for wrong in ({"series": f"昨天,{NASTY}"}, {"series": ""}, {"event": "昨天"}, {"event": ""}, {"figure": "profit"},
                  {"event": "2036-01-01"}, {"series": "x" * 300_000}):  # fmt: skip
        answer = send(lin, f"/damages/{key}/sales", version=version, **STUDY | wrong)
        assert answer.status_code == REFUSED, wrong
        assert "<script>alert" not in answer.text
        assert 'id="series" open' in answer.text
    assert send(lin, f"/damages/{key}/sales", version="99", **STUDY).status_code == 409
    other = put_down(lin)
    assert send(lin, f"/damages/{other}/sales", version="1", **STUDY).status_code == REFUSED
    for login in ("xu", "gao"):
        stranger = visit(login)
        stranger.get("/")
        assert send(stranger, f"/damages/{key}/sales", version=version, **STUDY).status_code in {403, 404}, login
    assert row(place, key).sales is None
