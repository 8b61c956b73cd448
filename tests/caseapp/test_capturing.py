"""The capture library as a port: what it refuses is refused in its words; overrides grade a capture 演示."""

from __future__ import annotations

from pathlib import Path

import pytest

import capture
from caseapp.capturing import Capturer
from caseapp.config import CaptureOverrides, Settings
from caseapp.domain.errors import CaptureRefusedError
from caseapp.services.ports import CaptureOrder


def settings(tmp_path: Path, **changes: object) -> Settings:
    return Settings.for_folder(tmp_path, **changes)


@pytest.mark.parametrize(
    "url",
    ["ftp://weixun.test/", "file:///etc/passwd", "https://user:secret@weixun.test/", "http://127.0.0.1/",
     "http://[::1]/", "http://169.254.169.254/latest/meta-data", "http://10.0.0.1/", "not an address"],
)  # fmt: skip
def test_what_may_not_be_visited_is_refused_before_anything_starts(tmp_path: Path, url: str) -> None:
    with pytest.raises(CaptureRefusedError) as refused:
        Capturer(settings(tmp_path)).check(url)
    assert refused.value.message("zh") != refused.value.message("en")
    assert "secret" not in refused.value.message("zh") + refused.value.message("en")


def test_a_public_address_and_an_allowed_one_pass(tmp_path: Path) -> None:
    Capturer(settings(tmp_path)).check("https://example.org/a")
    overrides = CaptureOverrides(allow_hosts=frozenset({"127.0.0.1:8443"}))
    Capturer(settings(tmp_path, overrides=overrides)).check("https://127.0.0.1:8443/a")


def test_a_missing_browser_is_the_librarys_own_error_and_closing_is_safe(tmp_path: Path) -> None:
    capturer = Capturer(settings(tmp_path, chromium=tmp_path / "nowhere"))
    with pytest.raises(capture.CaptureError) as refused:
        capturer.capture(CaptureOrder("https://example.org/", tmp_path / "out", "gao", "evidence"))
    assert refused.value.message("zh")
    capturer.close()
    capturer.close()
