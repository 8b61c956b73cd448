"""From a paste to a claim found false in the real Chromium: PR pastes, watches, judges by key; counsel verifies."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser as Chromium
from playwright.sync_api import Page, Route, expect

from tests.caseapp.web.house import Place
from tests.caseapp.web.leads import finish, leads, spread
from tests.caseapp.web.quality import CUT, HAN_LEFT, SIDEWAYS, THEME, faults
from tests.caseapp.web.routes import ITEM
from tests.caseapp.web.serving import REFUSED, Open, opening, served

pytestmark = [pytest.mark.browser, pytest.mark.slow]
BOX = "https://weixun.test/j/1\nftp://x.test/1\nhttps://weixun.test/j/2\nhttp://10.0.0.1/\nhttps://weixun.test/j/3"
REASON = "与检验报告相反，未附依据"
STAYS = "() => { window.stays = true; }"
STAYED = "() => window.stays"


@pytest.fixture
def house(place: Place) -> Place:
    """Every test changes what it finds: a copy of its own."""
    return place


@pytest.fixture
def open_as(chromium: Chromium, site: str) -> Iterator[Open]:
    with opening(chromium, site, REFUSED, "net::ERR_FAILED", "htmx:error") as give:  # one answer is cut off on purpose
        yield give


@pytest.fixture
def site(house: Place) -> Iterator[str]:
    with served(house.app()) as address:
        yield address


def paste(page: Page, site: str) -> None:
    page.goto(f"{site}/inbox/")
    page.evaluate(STAYS)
    page.click("a[href='#paste']")
    page.fill("textarea[name=urls]", BOX)
    page.click("button:has-text('登记并取证')")
    expect(page.locator("#toasts")).to_contain_text("收下 3 个网址")
    expect(page.locator("textarea[name=urls]")).to_have_value("ftp://x.test/1\nhttp://10.0.0.1/")
    expect(page.locator("#h-wrong")).to_contain_text("2 行没有收下")
    expect(page.locator("article.lead")).to_have_count(3)


def watch(page: Page, house: Place) -> None:
    """The captures end while the page stands open; it says so by itself."""
    for n in (4, 5, 6):
        finish(house.application, house, f"帖-2026-0000{n}", title=f"第 {n} 条取到了")
    expect(page.locator("article.lead h2", has_text="取到了")).to_have_count(3, timeout=8000)
    expect(page.locator("#pulse")).to_be_empty()
    expect(page.locator("#lead-facts")).to_contain_text("听厂里干过的人说")
    assert page.evaluate(STAYED) is True


def still(page: Page) -> None:
    """Wait until nothing is being put in its place: faster than a person types, a key would meet half a page."""
    page.wait_for_function(
        "() => !document.querySelector('.htmx-request, .htmx-swapping, .htmx-settling, .htmx-added')"
    )


def judge_by_key(page: Page) -> None:
    """Everything without a mouse: down and up, a digit, the reason, Enter; join, undo, join again."""
    current = page.locator("article.lead.cur h2")
    expect(current).to_contain_text("第 6 条")
    still(page)
    page.locator("body").press("j")
    expect(current).to_contain_text("第 5 条")
    still(page)
    page.keyboard.press("k")
    expect(current).to_contain_text("第 6 条")
    still(page)
    page.keyboard.press("m")
    expect(page.locator("#toasts")).to_contain_text("已归入 谣-2026-0001")
    still(page)
    page.keyboard.press("z")
    expect(page.locator("#toasts")).to_contain_text("已撤销")
    still(page)
    page.keyboard.press("m")
    expect(page.locator("#lead-pairs")).to_contain_text("已归入")
    still(page)
    page.keyboard.press("1")
    expect(page.locator("#judge textarea")).to_be_focused()
    page.keyboard.type(REASON)
    expect(page.locator("#judge [role=status]")).to_contain_text("已保存")
    page.keyboard.press("Enter")
    expect(page.locator("#toasts")).to_contain_text("已记为“事实不实”")
    expect(current).to_contain_text("第 5 条")
    expect(page.locator("#judge textarea")).to_have_value("")
    expect(page.locator("#judge textarea")).not_to_be_focused()
    still(page)
    page.keyboard.press("5")
    page.keyboard.type("附小票与就诊记录")
    page.keyboard.press("Enter")
    expect(page.locator("#toasts")).to_contain_text("不能列入侵权通知")
    assert page.evaluate(STAYED) is True
    page.go_back()
    expect(page.locator("#lead")).to_contain_text("已定为“真实投诉”")


def claim(page: Page, site: str) -> None:
    page.goto(f"{site}/incidents/谣-2026-0001")
    page.evaluate(STAYS)
    page.click("#add-claim summary")
    page.fill("#add-claim [name=quote]", "一批料掺三公斤")
    page.fill("#add-claim [name=neutral]", "网传每批原料掺三公斤石蜡。")
    page.click("#add-claim button:has-text('登记这一句')")
    card = page.locator("article.claim", has_text="一批料掺三公斤")
    expect(card).to_contain_text("还没有反驳证据")
    card.locator("summary", has_text="列一件证据").click()
    card.locator("[name=evidence]").fill(ITEM)
    card.locator("[name=proves]").fill("未检出工业石蜡")
    card.locator("button:has-text('列入')").click()
    expect(card).to_contain_text("未检出工业石蜡")
    expect(card.locator("summary", has_text="认定这一句")).to_have_count(0)
    assert page.evaluate(STAYED) is True
    page.click(".tabs a:has-text('内容')")
    page.evaluate(STAYS)
    page.click("#posts button:has-text('归入') >> nth=0")
    expect(page.locator("#toasts")).to_contain_text("已归入")
    assert page.evaluate(STAYED) is True
    page.click(".tabs a:has-text('概览')")
    page.evaluate(STAYS)
    page.click("#acts summary:has-text('开始研判')")
    page.click("#step-start_triage button")
    expect(page.locator("#toasts")).to_contain_text("研判中")
    assert page.evaluate(STAYED) is True


def verify(page: Page, site: str) -> None:
    page.goto(f"{site}/incidents/谣-2026-0001")
    card = page.locator("article.claim", has_text="一批料掺三公斤")
    card.locator("summary", has_text="认定这一句").click()
    card.locator("select[name=verdict]").select_option("false")
    card.locator("[name=rationale]").fill("检验报告未检出")
    card.locator("button:has-text('记下认定')").click()
    expect(card).to_contain_text("林知远")
    expect(card).to_contain_text("不实")
    page.click("#acts summary:has-text('决定维权')")
    page.fill("#step-decide_action textarea", "主张已认定不实，仍在传播")
    page.click("#step-decide_action button")
    expect(page.locator("#toasts")).to_contain_text("拟维权")


@pytest.mark.full  # flickers once in six runs at the second joining by key; the cause is not found yet
def test_from_a_paste_to_a_claim_found_false(house: Place, site: str, open_as: Open) -> None:
    gao = open_as("gao")
    paste(gao, site)
    watch(gao, house)
    judge_by_key(gao)
    claim(gao, site)
    verify(open_as("lin"), site)
    auditor = open_as("zhong")
    for path in ("/inbox/", "/incidents/", "/incidents/谣-2026-0001"):
        answer = auditor.goto(site + path)
        assert answer is not None
        assert answer.status == 403


def test_a_paste_without_an_answer_keeps_what_was_typed(site: str, open_as: Open) -> None:
    gao = open_as("gao")
    gao.goto(f"{site}/inbox/?paste=1")
    gao.fill("textarea[name=urls]", BOX)
    gao.context.route("**/inbox/paste", lambda route: route.abort())
    gao.click("button:has-text('登记并取证')")
    expect(gao.locator("#toasts")).to_contain_text("没有收到应答")
    expect(gao.locator("textarea[name=urls]")).to_have_value(BOX)
    gao.context.unroute("**/inbox/paste")
    expect(gao.locator("#paste [role=status]")).to_contain_text("已保存")
    gao.reload()
    expect(gao.locator("textarea[name=urls]")).to_have_value(BOX)
    held: list[Route] = []
    gao.context.route("**/inbox/paste", lambda route: held.append(route))  # noqa: PLW0108 - Playwright marks it
    gao.click("button:has-text('登记并取证')")
    expect(gao.locator("#main[aria-busy=true]")).to_have_count(1)
    held[0].abort()
    expect(gao.locator("#main[aria-busy=true]")).to_have_count(0)
    retry = gao.locator("#toasts button", has_text="重试")
    expect(retry).to_be_visible()
    gao.context.unroute("**/inbox/paste")
    retry.click()
    expect(gao.locator("#toasts")).to_contain_text("收下 3 个网址")
    many_by_shift_and_key(gao)


def many_by_shift_and_key(page: Page) -> None:
    """Ticks: by the key, with Shift everything between; the bar comes with the first and goes when the act is done."""
    expect(page.locator("#many")).to_be_hidden()
    page.evaluate("() => document.activeElement?.blur()")
    page.keyboard.press("x")
    expect(page.locator("#many [data-count]")).to_have_text("1")
    page.locator(".pick-lead input").last.click(modifiers=["Shift"])
    expect(page.locator("#many [data-count]")).to_have_text("3")
    page.locator("#many select[name=incident]").select_option("谣-2026-0001")
    page.click("#many button[value=link]")
    expect(page.locator("#toasts")).to_contain_text("已把 3 条归入 谣-2026-0001")
    expect(page.locator("#many")).to_be_hidden()
    page.locator("body").press("z")
    expect(page.locator("#toasts")).to_contain_text("已撤销，3 条仍待确认")


def test_a_phone_opens_a_lead_of_its_own_and_comes_back(house: Place, site: str, open_as: Open) -> None:
    numbers = leads(house)
    phone = open_as("gao", 390)
    phone.goto(f"{site}/inbox/")
    expect(phone.locator("#lead")).to_be_hidden()
    phone.locator("article.lead h2 a").last.click()
    expect(phone.locator("#lead")).to_be_visible()
    expect(phone.locator("article.lead").first).to_be_hidden()
    assert phone.url.endswith("帖-2026-00004") or "%E5%B8%96-2026-00004" in phone.url
    phone.locator("label.b", has_text="待查").click()
    phone.fill("#judge textarea", "先等公司回复")
    phone.click("button:has-text('记下定性')")
    expect(phone.locator("#toasts")).to_contain_text("已记为“待查”")
    phone.click("a:has-text('回到列表')")
    expect(phone.locator("article.lead")).to_have_count(len(numbers) - 1)


@pytest.mark.parametrize(("language", "theme"), [("zh", "light"), pytest.param("en", "dark", marks=pytest.mark.full)])
def test_the_pages_are_accessible_and_whole(house: Place, site: str, open_as: Open, language: str, theme: str) -> None:
    numbers = leads(house)
    spread(house)
    page = open_as("gao", 1440, theme, language)
    wrong: list[str] = []
    for path in ("/inbox/?paste=1", f"/inbox/{numbers[1]}", "/incidents/", "/incidents/谣-2026-0001"):
        page.set_viewport_size({"width": 1440, "height": 900})
        page.goto(site + path)
        page.evaluate("() => document.querySelectorAll('details').forEach((fold) => { fold.open = true; })")
        for box in page.locator(".pick-lead input").all()[:1]:
            box.set_checked(path == "/inbox/?paste=1")  # with the bar for many
        for width in (1440, 390):
            page.set_viewport_size({"width": width, "height": 900})
            wrong += [f"{path} {width} {fault}" for fault in faults(page)]
            wrong += [f"{path} {width} sideways {place}" for place in page.evaluate(SIDEWAYS)]
            wrong += [f"{path} {width} cut {place}" for place in page.evaluate(CUT)]
        page.evaluate(THEME, "light" if theme == "dark" else "dark")
        wrong += [f"{path} other theme {fault}" for fault in faults(page, "color-contrast")]
        if language == "en":
            wrong += [f"{path} not translated {text}" for text in page.evaluate(HAN_LEFT)]
    assert not wrong, "\n".join(wrong)
