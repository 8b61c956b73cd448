"""verify.html as a person uses it: picked, dropped, read, printed, saved; by keyboard, on a phone, in two languages."""

import base64
import json
import zipfile
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.caseapp.web.serving import AXE
from tests.evidence_store.forge import SEAL_ID, Forge, write_zip
from tests.evidence_store.page import HtmlVerifier, html_verifier
from tests.evidence_store.test_verifier_vectors import VECTORS

pytestmark = [pytest.mark.browser, pytest.mark.slow]

WIDE = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
DROP = """async (files) => {
  const transfer = new DataTransfer();
  for (const [name, text] of files) {
    transfer.items.add(new File([Uint8Array.from(atob(text), (mark) => mark.charCodeAt(0))], name));
  }
  for (const type of ['dragenter', 'dragover', 'drop']) {
    document.body.dispatchEvent(new DragEvent(type, {dataTransfer: transfer, bubbles: true, cancelable: true}));
  }
}"""
BARE = "delete globalThis.Worker; Object.defineProperty(Crypto.prototype, 'subtle', {value: undefined});"
GOOD, TRUST = VECTORS / "good.zip", VECTORS / "good-trust.json"


@pytest.fixture(scope="module")
def html(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HtmlVerifier]:
    with html_verifier(tmp_path_factory.mktemp("html")) as opened:
        yield opened
        assert opened.noise == []


@pytest.fixture
def page(html: HtmlVerifier) -> Iterator[Page]:
    context, page = html.open()
    yield page
    context.close()


def pick(page: Page, which: str, path: Path) -> str:
    """Choose a file or folder and wait for the verdict; return its first line."""
    page.evaluate("delete document.body.dataset.done")
    page.set_input_files(f"#file-{which}", path)
    page.wait_for_selector("body[data-done]")
    return page.inner_text("h1")


def audit(html: HtmlVerifier, page: Page) -> list[str]:
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate("axe.run().then((r) => r.violations.map((v) => v.id + ' ' + v.nodes[0].html.slice(0, 120)))")
    return [str(one) for one in found]


def test_from_nothing_to_pass(page: Page, tmp_path: Path, single: ModuleType) -> None:
    assert page.inner_text("h1") == "校验一份证据包"
    assert pick(page, "zip", GOOD) == "内容完整，来源未核实（未提供信任文件）"
    expect(page.locator("#next")).to_contain_text("向出具方另行索取信任文件")
    assert page.evaluate("document.activeElement.id") == "headline"
    assert pick(page, "trust", TRUST) == "通过：内容完整，来源已按信任文件核实"
    numbers = page.locator("#checks .n").all_inner_texts()
    assert numbers == [str(one) for one in (*range(1, 16), *range(17, 21))]
    facts = page.inner_text("#facts")
    for word in (
        "2026年3月1日 16:00:00（北京时间）",
        "https://weixun.test/p/1",
        "O=测试, CN=sm2 · 可信",
        "log.example/evidence",
    ):
        assert word in facts
    assert "不能证明网页在采集之前的真实性" in page.inner_text("#limits")
    with page.expect_download() as waiting:
        page.click("#save")
    waiting.value.save_as(tmp_path / "report.json")
    saved = json.loads((tmp_path / "report.json").read_text(encoding="utf-8"))
    theirs = single.run_checks(str(GOOD), single.TrustFile(TRUST.read_bytes()), None, None).to_json()
    assert saved == json.loads(json.dumps(theirs))
    head = tmp_path / "head"
    with zipfile.ZipFile(GOOD) as archive:
        name = next(one for one in archive.namelist() if one.endswith("seal/log/checkpoint"))
        head.write_bytes(archive.read(name))
    assert pick(page, "against", head).startswith("通过")
    assert "与本包收录时的检查点相同" in page.inner_text("#check-21")
    page.click("#drop-trust")
    expect(page.locator("h1")).to_contain_text("来源未核实")


def test_a_folder_and_a_folder_around_it(page: Page, original: Forge, tmp_path: Path) -> None:
    trust = tmp_path / "trust.json"
    trust.write_text(json.dumps(original.trust()), encoding="utf-8")
    assert "来源未核实" in pick(page, "folder", original.root)
    assert pick(page, "trust", trust).startswith("通过")
    with zipfile.ZipFile(GOOD) as archive:
        archive.extractall(tmp_path / "unpacked")
    assert "来源未核实" in pick(html_reset(page), "folder", tmp_path / "unpacked")


def html_reset(page: Page) -> Page:
    page.reload()
    return page


def test_dropped_all_at_once(page: Page) -> None:
    files = [(path.name, base64.b64encode(path.read_bytes()).decode()) for path in (TRUST, GOOD)]
    page.evaluate(DROP, files)
    page.wait_for_selector("body[data-done=PASS]")
    assert page.inner_text("h1").startswith("通过")
    expect(page.locator("#veil")).to_be_hidden()


def test_what_failed_is_named_first(page: Page, forge: Forge, original: Forge, tmp_path: Path) -> None:
    forge.put("data/text.txt", b"other")
    trust = tmp_path / "trust.json"
    trust.write_text(json.dumps(original.trust()), encoding="utf-8")
    page.set_input_files("#file-trust", trust)
    assert pick(page, "zip", forge.zip(tmp_path / "bad.zip")) == "不通过：见标为 FAIL 的各项"
    links = page.locator("#next a").all_inner_texts()
    assert links == ["6 内容 SHA-256", "7 内容 SM3", "8 内容齐全"]
    page.click("#next a >> nth=0")
    assert page.evaluate("location.hash") == "#check-6"
    page.click("#language")
    assert page.inner_text("h1") == "FAIL: see the checks marked FAIL"
    assert page.evaluate("document.documentElement.lang") == "en"


def test_what_cannot_be_used_is_said_in_words(page: Page, tmp_path: Path, original: Forge) -> None:
    trust = tmp_path / "trust.json"
    trust.write_bytes(original.get("verify/trust.example.json"))
    page.set_input_files("#file-trust", trust)
    assert pick(page, "zip", GOOD) == "无法校验"
    assert "请向出具方另行索取 trust.json" in page.inner_text("#lead")
    junk = tmp_path / "junk.zip"
    junk.write_bytes(b"<script>alert(1)</script>" * 9)
    assert pick(html_reset(page), "zip", junk) == "不通过：见标为 FAIL 的各项"


def test_names_from_a_package_are_never_markup(page: Page, forge: Forge, tmp_path: Path) -> None:
    value: dict[str, Any] = json.loads(forge.get("seal/seal.json"))
    value["capture"]["url"] = "<img src=x onerror=alert(1)>\u202e"
    value["case_ref"] = "<b>x</b>\n\u2066y"
    forge.record(capture=value["capture"], case_ref=value["case_ref"])
    pick(page, "zip", forge.zip(tmp_path / "p.zip"))
    assert page.locator("#facts img, #facts b, #checks img").count() == 0
    assert "<img src=x" in page.inner_text("#facts")
    assert "\u202e" not in page.inner_text("body")


def test_stop(page: Page, original: Forge, tmp_path: Path) -> None:
    entries = {**original.everything(), "data/big.bin": bytes(96 << 20)}
    big = write_zip(tmp_path / "big.zip", {f"bianwu-{SEAL_ID}/{path}": data for path, data in entries.items()})
    page.set_input_files("#file-zip", big)
    page.wait_for_selector("#progress:not([hidden])")
    expect(page.locator("#step")).to_contain_text("已读")
    assert "第 6 项" in page.inner_text("#step")
    page.click("#stop")
    assert page.inner_text("h1") == "无法校验"
    assert "已停止，没有结论" in page.inner_text("#lead")
    assert "来源未核实" in pick(page, "zip", GOOD)


@pytest.mark.parametrize("width", [1440, 390, 320])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_accessible_at_every_width(width: int, scheme: str, html: HtmlVerifier) -> None:
    context, page = html.open(viewport={"width": width, "height": 844}, color_scheme=scheme, reduced_motion="reduce")
    for step in ("empty", "untrusted", "pass", "english", "fail"):
        if step == "untrusted":
            pick(page, "zip", GOOD)
        elif step == "pass":
            pick(page, "trust", TRUST)
        elif step == "english":
            page.click("#language")
        elif step == "fail":
            pick(page, "trust", VECTORS / "test-token-trust.json")
        assert page.evaluate(WIDE) <= 0, step
        if width != 320:
            assert audit(html, page) == [], step
    context.close()


def test_by_keyboard_alone(page: Page) -> None:
    reached = []
    for _ in range(6):
        page.keyboard.press("Tab")
        reached.append(page.evaluate("document.activeElement.id || document.activeElement.className"))
    assert reached == ["skip", "language", "pick-zip", "pick-folder", "pick-trust", "pick-against"]
    page.focus("#pick-zip")
    with page.expect_file_chooser() as waiting:
        page.press("#pick-zip", "Enter")
    waiting.value.set_files(GOOD)
    page.wait_for_selector("body[data-done]")


def test_a_browser_without_webcrypto_and_workers(html: HtmlVerifier, original: Forge, tmp_path: Path) -> None:
    """The page's own code gives the same report; the foot of the page says who judged."""
    entries = {f"bianwu-{SEAL_ID}/{path}": data for path, data in original.everything().items()}
    changed = {name: data + bytes(9 << 20) if name.endswith("text.txt") else data for name, data in entries.items()}
    big = write_zip(tmp_path / "big.zip", changed)
    reports = []
    for script in (
        "",
        "delete globalThis.Worker; Object.defineProperty(Crypto.prototype, 'subtle', {value: undefined});",
    ):
        context, page = html.open()
        page.add_init_script(script)
        page.reload()
        page.set_input_files("#file-trust", TRUST)
        assert pick(page, "zip", GOOD).startswith("通过")
        foot = page.inner_text("#engine")
        assert ("：0 个由浏览器" in foot) == bool(script)
        assert pick(page, "zip", big).startswith("不通过")
        reports.append(page.inner_text("#checks"))
        context.close()
    assert reports[0] == reports[1]


def test_printed(page: Page) -> None:
    pick(page, "zip", GOOD)
    page.emulate_media(media="print")
    for hidden in ("#intake", "#save", "#language", "#next button"):
        expect(page.locator(hidden)).to_be_hidden()
    for shown in ("h1", "#checks", "#facts", "#limits"):
        expect(page.locator(shown)).to_be_visible()


def test_without_javascript(html: HtmlVerifier) -> None:
    context, page = html.open(java_script_enabled=False)
    assert "也可以用随包的 verify.py 校验" in page.inner_text("body")
    context.close()
