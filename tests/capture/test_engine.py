"""Whole captures with the real Chromium: what a person gets, and what is said when something is missing."""

import hashlib
import io
import json
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from capture import Browser, CaptureRequest, CaptureResult, Limits, capture, chromium
from capture.errors import (
    AddressRefusedError,
    BadUrlError,
    CaptureError,
    CredentialsInUrlError,
    DiskFullError,
    MissingBrowserError,
    OutputRefusedError,
    SchemeRefusedError,
)
from tests.capture.conftest import Take
from tests.capture.sites import DOWNLOAD, PNG_HEIGHT, Server, band_colour

pytestmark = pytest.mark.browser


def step(result: CaptureResult, name: str) -> tuple[str, str | None]:
    record = next(item for item in result.steps if item.name == name)
    return record.state, record.code


def notes(result: CaptureResult) -> dict[str, object]:
    data: dict[str, object] = json.loads(result.files["capture.json"].read_text(encoding="utf-8"))
    return data


def test_a_page_is_captured_whole(take: Take) -> None:
    result = take("/plain")
    assert (result.state, result.outcome.kind, result.missing) == ("COMPLETE", "live", ())
    assert not [name for name in result.files if name.startswith("reading/")], "nothing lay over it: one view"
    expected = {
        *("capture.json", "capture.wacz", "dom.html", "text.txt", "network.json", "environment.json"),
        *("page.pdf", "page.mhtml", "shots/page-001.png", "shots/page-001.jpg", "frames/frame-001.html"),
        *("report.json", "report.pdf", "calibration.png"),
        *("media.json", "images/001.png"),
        *(f"crops/{name}.png" for name in ("title", "text", "author", "published_at", "likes")),
    }
    assert set(result.files) == expected
    assert result.files["page.pdf"].read_bytes().startswith(b"%PDF-")
    assert b"multipart/related" in result.files["page.mhtml"].read_bytes()[:2000]
    assert "一批料掺三公斤" in result.text
    assert "框架里的话" in result.files["text.txt"].read_text(encoding="utf-8")
    assert result.title == "一条微博"
    (picture,) = json.loads(result.files["media.json"].read_text("utf-8"))["images"]
    assert (picture["alt"], picture["box"][2:]) == ("罐头", [300, 200])
    assert picture["sha256"] == hashlib.sha256(result.files["images/001.png"].read_bytes()).hexdigest()


@pytest.mark.slow
def test_the_archive_is_valid_for_other_peoples_tools(take: Take) -> None:
    archive = take("/plain").files["capture.wacz"]
    tool = Path(sys.executable).with_name("wacz")
    ran = subprocess.run([tool, "validate", "-f", archive], capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can make a disk of its own size")
def test_a_full_disk_is_said_and_nothing_is_called_complete(take: Take, tmp_path: Path) -> None:
    small = tmp_path / "small"
    small.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=96k", "tmpfs", small], check=False).returncode == 0
    if not mounted:
        pytest.skip("mounting is not allowed here")
    try:
        with pytest.raises(DiskFullError) as caught:
            take("/plain", output=small / "out")
        assert "磁盘" in caught.value.message("zh")
    finally:
        subprocess.run(["umount", small], check=True)


def test_facts_are_ready_to_be_sealed(take: Take) -> None:
    result = take("/plain", operator="林知远")
    for block in (result.facts, result.host, result.clock):
        json.dumps(block)
        assert not _floats(block)
    assert result.facts["ip"] == "127.0.0.1"
    assert result.facts["http_status"] == 200
    assert result.facts["actor"] == "林知远"
    assert str(result.facts["started"]) < str(result.facts["finished"])
    assert str(result.facts["started"]).endswith("Z")
    assert result.clock["before"]["state"] == "skipped"


def _floats(node: object) -> bool:
    if isinstance(node, dict):
        return any(_floats(value) for value in node.values())
    if isinstance(node, list | tuple):
        return any(_floats(value) for value in node)
    return isinstance(node, float)


def test_fields_carry_where_they_were_read(take: Take) -> None:
    fields = {field.name: field for field in take("/plain").fields}
    assert fields["author"].value == "食安小喇叭"
    assert fields["published_at"].value == "2026-08-10T13:47:00Z"
    assert fields["likes"].value == "12345"
    assert fields["likes"].pointer == "/interactionStatistic/0/userInteractionCount"
    assert fields["text"].box is not None
    assert fields["text"].shown_path == "#text"
    assert fields["likes"].box is not None, "shown as 1.2万"


def test_every_digest_in_the_record_is_the_files(take: Take) -> None:
    result = take("/plain")
    listed = notes(result)["files"]
    assert isinstance(listed, dict)
    assert set(listed) == set(result.files) - {"capture.json"}
    for name, facts in listed.items():
        assert hashlib.sha256(result.files[name].read_bytes()).hexdigest() == facts["sha256"], name


def test_the_page_cannot_change_what_is_read(take: Take) -> None:
    result = take("/liar")
    assert "真实的文字" in result.text
    assert "假的文字" not in result.text
    assert step(result, "scroll") == ("done", None)


@pytest.mark.slow
def test_lazy_pictures_are_all_there(take: Take) -> None:
    result = take("/lazy")
    scroll = notes(result)["notes"]["scroll"]  # type: ignore[index]
    assert (scroll["images"], scroll["images_loaded"], scroll["images_pending"]) == (60, 60, 0)
    shown = 0
    for number, tile in enumerate(
        sorted(name for name in result.files if name.startswith("shots/") and name.endswith(".png"))
    ):
        with Image.open(result.files[tile]) as picture:
            rows = picture.convert("RGB")
            for index in range(60):
                y = index * 300 + PNG_HEIGHT // 2 - number * 8000
                if 0 <= y < rows.height:
                    shown += rows.getpixel((20, y + 8)) == band_colour(index)
    assert shown == 60


@pytest.mark.slow
@pytest.mark.parametrize(("bands", "scale"), [(300, 1), pytest.param(240, 2, marks=pytest.mark.full)])
def test_tall_pages_have_no_wrong_band(take: Take, bands: int, scale: int) -> None:
    result = take(f"/tall?bands={bands}", scale=scale)
    assert result.state == "COMPLETE"
    assert result.size[1] == bands * 100
    assert wrong_bands(result, bands, scale) == []


@pytest.mark.full
@pytest.mark.parametrize(("bands", "scale"), [(1300, 1), (600, 2)])
def test_very_tall_pages_have_no_wrong_band(take: Take, bands: int, scale: int) -> None:
    result = take(f"/tall?bands={bands}", scale=scale, limits=Limits(scroll_ms=60_000, seconds=240))
    assert result.size[1] == bands * 100
    assert wrong_bands(result, bands, scale) == []


def wrong_bands(result: CaptureResult, bands: int, scale: int) -> list[int]:
    """Compare every band of every tile, in PNG exactly and in the JPEG rendition roughly."""
    wrong: set[int] = set()
    seen: set[int] = set()
    tiles = notes(result)["notes"]["screenshot"]["tiles"]  # type: ignore[index]
    for tile in tiles:
        png = Image.open(io.BytesIO(result.files[tile["name"]].read_bytes())).convert("RGB")
        jpeg = Image.open(io.BytesIO(result.files[tile["name"][:-4] + ".jpg"].read_bytes())).convert("RGB")
        assert png.size == jpeg.size == (tile["width"] * scale, tile["height"] * scale)
        for y in range(tile["y"] + 50, tile["y"] + tile["height"], 100):
            band = y // 100
            spot = (800 * scale, (y - tile["y"]) * scale)
            near = jpeg.getpixel(spot)
            seen.add(band)
            if png.getpixel(spot) != band_colour(band):
                wrong.add(band)
            if max(abs(a - b) for a, b in zip(near, band_colour(band), strict=True)) > 12:  # type: ignore[arg-type]
                wrong.add(band)
    return sorted(wrong | (set(range(bands)) - seen))


def test_a_blank_picture_over_text_is_an_alarm_and_no_exhibit(take: Take) -> None:
    result = take("/covered")
    assert result.state == "PARTIAL"
    assert step(result, "pictures") == ("failed", "capture.blank_image")
    assert "shots/page-001.png" not in result.files
    assert "shots/page-001-blank.png" in result.files


@pytest.mark.slow
def test_a_list_that_drops_what_is_out_of_view_is_photographed_on_the_way(take: Take) -> None:
    result = take("/virtual")
    assert result.state == "COMPLETE"
    words = result.files["text-views.txt"].read_text(encoding="utf-8")
    assert [i for i in range(100) if f"第{i}条评论的内容" not in words] == []
    views = [name for name in result.files if name.startswith("shots/view-") and name.endswith(".png")]
    assert len(views) >= 8000 // 800
    assert "第0条评论的内容" in result.text, "the page is back at its top"
    assert step(take("/tall?bands=60", output=result.files["text.txt"].parent / "x"), "views") == ("done", None)


def test_half_characters_of_a_page_break_nothing(take: Take) -> None:
    result = take("/half-characters")
    assert result.state == "COMPLETE"
    assert (result.title, result.text.strip()) == ("题?", "半个字?")
    for name in ("dom.html", "text.txt", "capture.json"):
        result.files[name].read_text(encoding="utf-8")
    json.dumps([result.title, result.text, *(field.raw for field in result.fields)], ensure_ascii=False).encode()


def test_dialogs_are_dismissed_and_recorded(take: Take) -> None:
    result = take("/dialogs")
    assert result.state == "COMPLETE"
    assert result.title == "false"
    dialogs = notes(result)["dialogs"]
    assert [(item["type"], item["message"]) for item in dialogs] == [  # type: ignore[attr-defined]
        ("alert", "请先同意"),
        ("confirm", "确定吗"),
        ("prompt", "姓名"),
    ]


def test_folded_text_is_opened_and_every_click_recorded(take: Take, site: Server) -> None:
    site.seen.clear()
    result = take("/folded")
    assert "石蜡三公斤" in result.text
    clicks = notes(result)["notes"]["expanded"]  # type: ignore[index]
    assert clicks == [{"label": "展开", "path": "#more"}]
    assert "/elsewhere" not in site.seen


@pytest.mark.parametrize(("path", "body"), [("/attachment", DOWNLOAD), ("/report.pdf", b"%PDF-1.4\n%%EOF\n")])
def test_a_file_instead_of_a_page_is_kept_as_a_file(take: Take, path: str, body: bytes) -> None:
    result = take(path)
    assert (result.state, result.outcome.kind) == ("COMPLETE", "file")
    kept = [file for name, file in result.files.items() if name.startswith("file/")]
    assert [file.read_bytes() for file in kept] == [body]
    assert not any(name.startswith("shots/") for name in result.files)


def test_a_login_wall_is_not_taken_for_the_post(take: Take) -> None:
    assert take("/to-wall").outcome.kind == "login_wall"


def test_a_login_page_at_the_address_itself_is_a_wall(take: Take) -> None:
    result = take("/wall")
    assert (result.outcome.kind, result.outcome.words) == ("login_wall", "请先登录后查看")


def test_a_removal_notice_is_kept_in_the_platforms_own_words(take: Take) -> None:
    result = take("/gone")
    assert (result.outcome.kind, result.outcome.words) == ("removed_by_platform", "该内容因违反社区规则已被处理")


def test_a_missing_page_is_captured_as_such(take: Take) -> None:
    result = take("/nothing-here")
    assert (result.state, result.outcome.kind) == ("COMPLETE", "removed")
    assert result.facts["http_status"] == 404


@pytest.mark.slow
def test_a_page_that_grows_for_ever_is_cut_and_says_so(take: Take) -> None:
    result = take("/grows", limits=Limits(scroll_px=12_000, image_px=9_000))
    assert result.state == "PARTIAL"
    assert set(result.missing) == {"scroll", "screenshot"}
    cuts = notes(result)["cuts"]
    assert cuts["scroll"] == "stopped at 12000 px"  # type: ignore[index]
    assert cuts["screenshot"].startswith("cut at 9000 px of ")  # type: ignore[index]
    assert result.size[1] == 9_000


@pytest.mark.slow
@pytest.mark.parametrize("path", ["/never", "/stuck-image"])
def test_a_page_that_never_finishes_is_partial(take: Take, path: str) -> None:
    result = take(path, limits=Limits(navigation_ms=2_000, idle_ms=1_000))
    assert result.state == "PARTIAL"
    assert "load" in result.missing
    assert "capture.wacz" in result.files
    assert any(name.startswith("shots/") for name in result.files)


@pytest.mark.slow
def test_a_page_that_never_falls_quiet_is_complete_and_noted(take: Take) -> None:
    result = take("/busy", limits=Limits(idle_ms=1_000))
    settle = next(item for item in result.steps if item.name == "settle")
    assert result.state == "COMPLETE"
    assert settle.detail == "network still busy after 1000 ms"


@pytest.mark.slow
def test_a_page_in_an_endless_loop_does_not_hold_the_capture(take: Take, browser: Browser) -> None:
    result = take("/hangs", limits=Limits(idle_ms=1_000, seconds=6))
    assert result.state == "PARTIAL"
    assert {"read", "screenshot", "pictures"} <= set(result.missing)
    assert step(result, "read")[1] == "capture.step_timeout"
    assert "capture.wacz" in result.files


def test_a_body_over_the_limit_makes_the_capture_partial(take: Take) -> None:
    result = take("/big", limits=Limits(body_bytes=1_000_000))
    assert result.state == "PARTIAL"
    assert "limit.body_bytes" in result.missing


def test_a_dead_address_is_failed_and_on_record(take: Take) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    result = take("/", url=f"http://127.0.0.1:{port}/", allow_hosts=frozenset((f"127.0.0.1:{port}",)))
    assert (result.state, result.outcome.kind) == ("FAILED", "error")
    assert result.outcome.rule == "capture.connection_failed"
    assert step(result, "navigate") == ("failed", "capture.navigation_failed")
    assert {"capture.json", "network.json"} <= set(result.files)


def test_an_untrusted_certificate_is_a_tls_failure(take: Take, untrusted: Server) -> None:
    result = take("/", url=untrusted.url("/plain"), allow_hosts=frozenset((untrusted.key,)))
    assert (result.state, result.outcome.kind) == ("FAILED", "tls_failure")
    assert result.facts["tls_verdict"] == "refused"
    assert len(str(result.facts["tls_cert_sha256"])) == 64, "the refused chain is evidence too"
    assert untrusted.seen == []


def test_an_extra_root_makes_it_trusted_and_is_recorded(take: Take, untrusted: Server, untrusted_pem: Path) -> None:
    changes = {"allow_hosts": frozenset((untrusted.key,)), "extra_roots": (untrusted_pem,)}
    result = take("/", url=untrusted.url("/plain"), **changes)
    assert result.state == "COMPLETE"
    assert result.facts["tls_verdict"] == "trusted-by-extra-root"
    assert len(result.facts["extra_roots"]) == 1


def test_a_redirect_to_a_private_address_is_refused(take: Take) -> None:
    result = take("/to-private")
    assert (result.state, result.outcome.kind) == ("FAILED", "error")
    assert result.outcome.rule == "capture.address_refused"


def test_the_browsers_own_error_page_is_never_taken_for_the_post(take: Take) -> None:
    result = take("/moves-on")
    assert (result.state, result.outcome.kind) == ("PARTIAL", "error")
    assert result.outcome.rule == "capture.navigation_failed"
    assert "page" in result.missing


@pytest.mark.parametrize(
    ("url", "error"),
    [
        ("file:///etc/passwd", SchemeRefusedError),
        ("ftp://example.com/", SchemeRefusedError),
        ("javascript:alert(1)", SchemeRefusedError),
        ("data:text/html,x", SchemeRefusedError),
        ("随便写的", BadUrlError),
        ("", BadUrlError),
        ("http://user:pass@example.com/", CredentialsInUrlError),
        ("http://127.0.0.1:1/", AddressRefusedError),
        ("http://169.254.169.254/latest/meta-data/", AddressRefusedError),
        ("http://[::ffff:10.0.0.1]/", AddressRefusedError),
        ("http://localhost:8000/", AddressRefusedError),
    ],
)
def test_what_may_not_be_visited_is_refused_before_the_start(
    url: str, error: type[CaptureError], browser: Browser, tmp_path: Path
) -> None:
    with pytest.raises(error) as caught:
        capture(CaptureRequest(url=url, output=tmp_path / "out"), browser=browser)
    assert caught.value.message("zh")
    assert not (tmp_path / "out").exists(), "nothing was started"


def test_an_output_folder_with_something_in_it_is_refused(take: Take, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "old.txt").write_text("old", encoding="utf-8")
    with pytest.raises(OutputRefusedError):
        take("/plain")
    assert (tmp_path / "out" / "old.txt").read_text(encoding="utf-8") == "old"


def test_a_missing_chromium_says_how_to_get_one(tmp_path: Path) -> None:
    with pytest.raises(MissingBrowserError) as caught:
        Browser(tmp_path / "nothing")
    assert "apt-get install chromium" in caught.value.message("zh")
    assert "BIANWU_CHROMIUM" in caught.value.message("en")


def test_missing_chinese_fonts_are_said_and_make_the_capture_partial(site: Server, tmp_path: Path) -> None:
    config = tmp_path / "fonts.conf"
    config.write_text('<?xml version="1.0"?><fontconfig><dir>/nonexistent</dir></fontconfig>', encoding="utf-8")
    request = CaptureRequest(
        url=site.url("/frame"), output=tmp_path / "out", allow_hosts=frozenset((site.key,)), ntp_servers=()
    )
    with Browser(fontconfig_file=str(config)) as other:
        result = capture(request, browser=other)
    assert result.state == "PARTIAL"
    assert result.missing == ("fonts",)
    assert step(result, "fonts") == ("failed", "capture.missing_fonts")


def test_a_killed_renderer_leaves_a_partial_record(take: Take, browser: Browser) -> None:
    def kill(name: str, _done: int, _all: int) -> None:
        if name == "screenshot":
            facts = browser._facts
            assert facts is not None
            for proof in chromium.process_proofs(facts.pid):
                if proof.role == "renderer":
                    os.kill(proof.pid, signal.SIGKILL)

    result = take("/plain", progress=kill)
    assert result.state == "PARTIAL"
    assert step(result, "screenshot") == ("failed", "capture.page_crashed")
    assert {"dom.html", "text.txt", "capture.wacz"} <= set(result.files)


def test_a_killed_browser_is_started_again_for_the_next_capture(take: Take, browser: Browser, tmp_path: Path) -> None:
    def kill(name: str, _done: int, _all: int) -> None:
        if name == "scroll" and browser._facts is not None:
            os.kill(browser._facts.pid, signal.SIGKILL)

    assert take("/plain", progress=kill).state == "PARTIAL"
    assert take("/plain", output=tmp_path / "again").state == "COMPLETE"


def test_progress_is_told_step_by_step(take: Take) -> None:
    told: list[tuple[str, int, int]] = []
    take("/frame", progress=lambda name, done, total: told.append((name, done, total)))
    assert told[0][0] == "probes"
    assert told[-1][0] == "done"
    assert [done for _, done, _ in told] == list(range(len(told)))


def test_the_command_prints_one_json_object(site: Server, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "capture", site.url("/frame"), "-o", str(tmp_path / "out")]
    ran = subprocess.run(
        [*command, "--allow-host", site.key, "--ntp", "none", "--json"], capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, ran.stderr
    assert json.loads(ran.stdout)["state"] == "COMPLETE"
    refused = subprocess.run([*command, "--json"], capture_output=True, text=True, check=False)
    assert refused.returncode == 2
    assert json.loads(refused.stdout)["error"]["code"] == "capture.address_refused"
