"""The table of steps, and how one step ends."""

import asyncio
import errno
from pathlib import Path

import pytest
from playwright.async_api import Error as PlaywrightError

from capture import CaptureRequest, capture
from capture.engine import run_step
from capture.errors import BadUrlError, BlankImageError, RequestRefusedError
from capture.login import Login
from capture.page import file_name
from capture.run import Run
from capture.steps import STEPS, Step


def test_needs_come_before_and_names_are_unique() -> None:
    seen: set[str] = set()
    for step in STEPS:
        assert set(step.needs) <= seen, step.name
        assert step.name not in seen
        assert step.timeout > 0
        seen.add(step.name)


def test_everything_a_full_capture_promises_is_required() -> None:
    required = {step.name for step in STEPS if step.required}
    assert {"read", "scroll", "screenshot", "pictures", "mhtml", "pdf", "network", "archive"} <= required


def test_the_record_is_written_even_when_the_time_is_over() -> None:
    always = {step.name for step in STEPS if step.always}
    assert {"pictures", "close", "network", "outcome", "archive"} <= always


class Bare(Run):
    """A run without a browser, for steps that look at nothing."""

    def __init__(self, folder: Path) -> None:
        self.request = CaptureRequest(url="https://a.test/", output=folder)
        self.gone = asyncio.Event()
        self.files = {}
        self.out = folder


def ending(error: BaseException | None) -> Step:
    async def run(_run: Run) -> str:
        if error is not None:
            raise error
        return "words"

    return Step("probe", run, required=True, timeout=5, in_page=True)


@pytest.mark.parametrize(
    ("error", "state", "code"),
    [
        (None, "done", None),
        (BlankImageError("y 0"), "failed", "capture.blank_image"),
        (TimeoutError(), "failed", "capture.step_timeout"),
        (PlaywrightError("Target page, context or browser has been closed"), "failed", "capture.page_crashed"),
        (PlaywrightError("Protocol error: x"), "failed", "capture.step_failed"),
        (OSError(errno.ENOSPC, "No space left on device"), "failed", "capture.disk_full"),
        (OSError(errno.EIO, "I/O error"), "failed", "capture.step_failed"),
        (KeyError("surprise"), "failed", "capture.step_failed"),
        (ZeroDivisionError(), "failed", "capture.step_failed"),
    ],
)
def test_however_a_step_ends_it_is_recorded(
    error: BaseException | None, state: str, code: str | None, tmp_path: Path
) -> None:
    record = asyncio.run(run_step(Bare(tmp_path), ending(error), 5))
    assert (record.name, record.state, record.code) == ("probe", state, code)
    assert record.detail
    if code is not None:
        assert "。" in record.detail, "a person reads it in Chinese"


def test_a_step_has_its_time_and_no_more(tmp_path: Path) -> None:
    async def slow(_run: Run) -> str:
        await asyncio.sleep(30)
        return ""

    step = Step("slow", slow, required=True, timeout=5)
    assert asyncio.run(run_step(Bare(tmp_path), step, 0.05)).code == "capture.step_timeout"
    assert asyncio.run(run_step(Bare(tmp_path), step, -1)).code == "capture.step_timeout"


def test_a_step_in_the_page_does_not_outlive_it(tmp_path: Path) -> None:
    async def endless(run: Run) -> str:
        run.gone.set()
        await asyncio.sleep(30)
        return ""

    step = Step("endless", endless, required=True, timeout=5, in_page=True)
    assert asyncio.run(run_step(Bare(tmp_path), step, 5)).code == "capture.page_crashed"


def test_an_artifact_is_never_overwritten(tmp_path: Path) -> None:
    run = Bare(tmp_path)
    run.keep("shots/page-001.png", b"one")
    with pytest.raises(FileExistsError):
        run.keep("shots/page-001.png", b"two")
    assert (tmp_path / "shots" / "page-001.png").read_bytes() == b"one"


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("https://a.test/x/report.pdf?download=1", "report.pdf"),
        ("https://a.test/", "file"),
        ("https://a.test/..%2f..%2fetc/passwd", "passwd"),
        ("https://a.test/.htaccess", "htaccess"),
        ("https://a.test/%E8%AF%81.zip", "_E8_AF_81.zip"),
        ("https://a.test/a;b:c", "a_b_c"),
        ("https://a.test/" + "x" * 300, "x" * 80),
    ],
)
def test_a_file_has_a_name_that_harms_nothing(url: str, name: str) -> None:
    assert file_name(url) == name


def test_a_login_that_is_not_for_the_page_is_refused_and_not_pretended(tmp_path: Path) -> None:
    with pytest.raises(RequestRefusedError):
        capture(CaptureRequest(url="https://a.test/", output=tmp_path / "o", login=Login("所账号")))
    with pytest.raises(BadUrlError):
        capture(CaptureRequest(url="nothing", output=tmp_path / "o"))
