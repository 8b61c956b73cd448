"""The second visit, through the real browser and the real relay in tunnel mode."""

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from capture import Browser, CaptureRequest, CaptureResult, capture
from capture.errors import RequestRefusedError
from tests.capture.conftest import Take
from tests.capture.netkit import Authority
from tests.capture.sites import serve

pytestmark = pytest.mark.browser


def graded(result: CaptureResult) -> tuple[str, tuple[str, ...]]:
    block: Any = result.facts["grade"]
    return block["grade"], tuple(block["reasons"])


def report(result: CaptureResult) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads(result.files["second/report.json"].read_text(encoding="utf-8"))
    return loaded


def test_a_page_that_only_counts_is_confirmed(take: Take) -> None:
    result = take("/counted", second_pass=True)
    assert result.state == "COMPLETE", result.missing
    assert graded(result) == ("rechecked", ("second.agrees",))
    found = report(result)
    assert found["compared"]["differs"] == []
    assert found["compared"]["text"]["same_permille"] == 1000
    assert {"second/report.json", "second/text.txt", "second/page-001.jpg"} <= set(result.files)
    listed = json.loads(result.files["capture.json"].read_text(encoding="utf-8"))["files"]
    assert set(result.files) - {"capture.json"} == set(listed)


def test_a_page_that_shows_another_text_is_not(take: Take) -> None:
    result = take("/two-faced", second_pass=True)
    assert result.state == "COMPLETE"
    grade, reasons = graded(result)
    assert grade == "self_made"
    assert "second.text" in reasons
    compared = report(result)["compared"]
    assert "石蜡" in compared["text"]["only_first"][0]
    assert "郊游" in compared["text"]["only_second"][0]


def test_without_being_asked_there_is_none(take: Take) -> None:
    result = take("/plain")
    assert graded(result) == ("self_made", ("second.not_asked",))
    assert not [name for name in result.files if name.startswith("second/")]


def test_the_tunnel_is_not_opened_and_the_browser_names_the_certificate(tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    with serve(authority.server("127.0.0.1", with_root=True)) as site, Browser(extra_roots=(authority.root,)) as own:
        request = CaptureRequest(site.url("/counted"), tmp_path / "out", allow_hosts=frozenset((site.key,)),
                                 extra_roots=(authority.root,), ntp_servers=(), second_pass=True)  # fmt: skip
        result = capture(request, browser=own)
    assert graded(result) == ("demo", ("override.root", "second.agrees"))
    found = report(result)
    assert {connection["verdict"] for connection in found["connections"]} <= {"unopened", "unused"}
    assert found["exchanges"] == 0
    assert all(len(c["sha256_in"]) == 64 for c in found["connections"] if c["verdict"] == "unopened")
    assert found["compared"]["chain"] == "same"
    leaf = hashlib.sha256(result.files["second/chain/01.der"].read_bytes()).hexdigest()
    assert leaf == result.facts["tls_cert_sha256"] == found["tls"]["chain_sha256"][0]
    assert found["tls"]["protocol"].startswith("TLS 1.")


def test_a_root_the_browser_was_not_told_of_fails_the_second_visit_only(tmp_path: Path, browser: Browser) -> None:
    authority = Authority(tmp_path)
    with serve(authority.server("127.0.0.1", with_root=True)) as site:
        request = CaptureRequest(site.url("/plain"), tmp_path / "out", allow_hosts=frozenset((site.key,)),
                                 extra_roots=(authority.root,), ntp_servers=(), second_pass=True)  # fmt: skip
        result = capture(request, browser=browser)
    assert result.state == "COMPLETE"
    assert graded(result) == ("demo", ("override.root", "second.failed"))
    (step,) = [step for step in result.steps if step.name == "second"]
    assert (step.state, step.code) == ("failed", "capture.navigation_failed")


@pytest.mark.parametrize("host", ["weibo.com", "www.zhihu.com", "MP.weixin.qq.com.", "v.douyin.com"])
def test_a_real_platforms_name_is_never_overridden(tmp_path: Path, browser: Browser, host: str) -> None:
    request = CaptureRequest(f"https://{host}/1", tmp_path / "out", resolve={host: ("127.0.0.1", 1)}, ntp_servers=())
    with pytest.raises(RequestRefusedError, match="真实平台"):
        capture(request, browser=browser)
