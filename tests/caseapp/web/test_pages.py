"""Every page opens for those who may, in both languages, and says what the rows say."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import unescape

import pytest
from sqlalchemy import event

from tests.caseapp.web.house import Browser, Place
from tests.caseapp.web.routes import CASE, INCIDENT, ITEM, NOTICE, POST

TABS = ("posts", "evidence", "documents", "notices", "damages", "deadlines", "audit")
VIEWS = ("", "?view=text", "?view=files")
PAGES = (
    "/", "/cases/", f"/cases/{CASE}", *(f"/cases/{CASE}/{tab}" for tab in TABS), "/evidence/",
    *(f"/evidence/{ITEM}{view}" for view in VIEWS), "/notices/", "/notices/links", f"/notices/{NOTICE}",
    f"/notices/prepare?case={CASE}", "/deadlines/", "/deadlines/tasks", f"/deadlines/add?case={CASE}",
    "/inbox/", "/inbox/?show=all", f"/inbox/{POST}", "/incidents/", f"/incidents/{INCIDENT}",
    f"/deadlines/tasks/add?case={CASE}", "/find", "/find?q=石蜡", "/settings", "/more", "/signin",
)  # fmt: skip
HAN = re.compile(r"[\u3400-\u9fff]")
NUMBER = re.compile(r"[案谣证函文帖]-\d{4}-\d+|证\d+-\d+")


def words_of(page: str) -> str:
    """The page without what other people wrote (marked with its language), without scripts and tags."""
    bare = re.sub(r'<(\w+)\b[^>]*\blang="zh-Hans"[^>]*>.*?</\1>', " ", page, flags=re.DOTALL)
    bare = re.sub(r'data-(?:boxes|base)="[^"]*"|\b(?:href|action|value|hx-post|hx-get)="[^"]*"', " ", bare)
    return unescape(bare)


@pytest.mark.parametrize("path", PAGES)
def test_opens_for_the_lead(reader: Callable[[str], Browser], path: str) -> None:
    lead = reader("lin")
    answer = lead.get(path)
    assert answer.status_code == (302 if path == "/signin" else 200)
    assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("path", [page for page in PAGES if page != "/signin"])
def test_english_pages_hold_no_chinese_of_ours(reader: Callable[..., Browser], path: str) -> None:
    page = reader("lin", "en").get(path).text
    assert '<html lang="en"' in page
    left = [line.strip() for line in words_of(page).splitlines() if HAN.search(NUMBER.sub("", line))]
    left = [line for line in left if "<title>" not in line]
    assert left == []


def test_sign_in_page_in_english_and_chinese(visit: Callable[..., Browser]) -> None:
    nobody = visit()
    assert "辨其诬" in nobody.get("/signin").text
    nobody.client.set_cookie("bw_lang", "en")
    page = nobody.get("/signin").text
    assert "Name the lie," in page
    assert HAN.search(words_of(page)) is None


def test_today_says_what_is_due_and_why(reader: Callable[[str], Browser]) -> None:
    page = reader("lin").get("/").text
    assert "今天 3 件要办，2 件已逾期" in page
    assert "首次回应：<bdi>“燕麦圈使用工业石蜡”不实信息</bdi>" in page
    assert "平台及时处理提醒" in page
    assert "通知到达后三个工作日，内部提醒。" in page
    assert "联系邻里达补取消函原件" in page
    assert page.count("b-primary") == 1


def test_a_second_person_sees_what_waits_for_approval(reader: Callable[[str], Browser]) -> None:
    assert "关于“脆穗燕麦圈”不实信息的侵权通知书" in reader("han").get("/").text
    assert "没有等您批准的文书" in reader("lin").get("/").text


def test_the_same_figure_on_every_page(reader: Callable[[str], Browser]) -> None:
    lead = reader("lin")
    assert len({re.search(r'class="n hot">(\d+)<', lead.get(path).text)[1] for path in PAGES[:6]}) == 1  # type: ignore[index]
    head = lead.get(f"/cases/{CASE}").text
    assert "18,708.00" in head
    assert "18,708.00" in lead.get(f"/cases/{CASE}/damages").text


def test_elements_name_their_gaps(reader: Callable[[str], Browser]) -> None:
    page = reader("lin").get(f"/cases/{CASE}").text
    assert "1 条内容还没有证据" in page
    assert "证1-1" in page
    assert "处理逾期：<bdi>平台及时处理提醒</bdi>" in page


def test_a_genuine_complaint_counts_for_no_element(reader: Callable[[str], Browser]) -> None:
    page = reader("lin").get(f"/cases/{CASE}/posts").text
    assert "真实投诉" in page
    assert page.count("事实不实</span>") == 2


def test_the_trail_is_for_those_who_may_read_it(reader: Callable[[str], Browser]) -> None:
    assert "登记证据" in reader("lin").get(f"/cases/{CASE}/audit").text
    assert f"/cases/{CASE}/audit" not in unescape(reader("gao").get(f"/cases/{CASE}").text)
    refused = reader("gao").get(f"/cases/{CASE}/audit")
    assert refused.status_code == 403
    assert "还没有记录" not in refused.text


def test_find_by_number_title_and_address(reader: Callable[[str], Browser]) -> None:
    lead = reader("lin")
    assert lead.get(f"/find?q={ITEM}").status_code == 302
    assert "找到" in lead.get("/find?q=weixun.test").text
    assert "没有找到" in lead.get("/find?q=%25%25").text
    assert "他人的案件" not in lead.get("/find?q=他人").text


@pytest.mark.parametrize(("path", "most"), [("/", 12), (f"/cases/{CASE}", 12)])
def test_few_statements(shared: Place, reader: Callable[[str], Browser], path: str, most: int) -> None:
    lead = reader("lin")
    lead.get(path)
    seen: list[str] = []

    def count(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        if not statement.startswith("BEGIN"):
            seen.append(statement)

    event.listen(shared.application.engine, "before_cursor_execute", count)
    try:
        lead.get(path)
    finally:
        event.remove(shared.application.engine, "before_cursor_execute", count)
    assert len(seen) <= most, "\n\n".join(seen)
