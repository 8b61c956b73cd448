"""The cleanliness check: every item judged from what was seen, what was not done said, raw outputs kept."""

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from capture import CaptureResult, environment
from tests.capture.conftest import Take
from tests.capture.test_clock import time_server

pytestmark = pytest.mark.browser


def check(result: CaptureResult) -> dict[str, Any]:
    data: dict[str, Any] = json.loads(result.files["environment.json"].read_text(encoding="utf-8"))
    return data


def verdicts(result: CaptureResult) -> dict[str, str]:
    return {item["id"]: item["verdict"] for item in check(result)["items"]}


def test_every_item_is_judged_and_the_sum_is_sealed(take: Take) -> None:
    result = take("/frame")
    seen = verdicts(result)
    for good in ("tool", "chromium", "sandbox", "debugger", "profile", "extensions", "proxy", "hosts_file", "fonts"):
        assert seen[good] == "ok", good
    assert seen["dns_override"] == seen["trust_roots"] == "ok"
    assert seen["allow_list"] == "failed", "a private target was allowed, and that is said"
    assert seen["clock"] == "not_done"
    assert seen["not_before"] == "not_done"
    clean = result.host["clean_check"]
    assert clean["sha256"] == hashlib.sha256(result.files["environment.json"].read_bytes()).hexdigest()
    assert sum(count for name, count in clean.items() if name != "sha256") == len(seen)


def test_raw_outputs_are_kept(take: Take) -> None:
    raw = check(take("/frame"))["raw"]
    assert len(raw["chromium_sha256"]) == len(raw["tool"]["capture_sha256"]) == len(raw["relay"]["relay_sha256"]) == 64
    assert raw["hosts"] == Path("/etc/hosts").read_text(encoding="utf-8", errors="replace")
    assert any(process["role"] == "renderer" for process in raw["browser_processes"])
    assert not any(argument.startswith("--no-sandbox") for argument in raw["chromium_arguments"])
    assert not any(target["url"].startswith("chrome-extension:") for target in raw["browser_targets"])


def test_overrides_of_the_demo_are_named(take: Take, untrusted_pem: Path) -> None:
    result = take("/frame", resolve={"weixun.test": ("127.0.0.1", 1)}, extra_roots=(untrusted_pem,))
    items = {item["id"]: item for item in check(result)["items"]}
    assert items["dns_override"]["verdict"] == items["trust_roots"]["verdict"] == "failed"
    assert items["dns_override"]["detail"] == "weixun.test→127.0.0.1:1"
    assert str(untrusted_pem) in items["trust_roots"]["detail"]


def test_the_clock_is_asked_before_and_after(take: Take) -> None:
    with time_server(0.6) as one, time_server(0.6) as two:
        result = take("/frame", ntp_servers=(one, two))
    assert verdicts(result)["clock"] == "ok"
    assert abs(result.clock["before"]["offset_us"] - 600_000) < 300_000
    assert result.clock["after"]["state"] == "unreachable", "these servers answer once"


def test_fonts_of_an_empty_machine_are_none(tmp_path: Path) -> None:
    config = tmp_path / "fonts.conf"
    config.write_text('<?xml version="1.0"?><fontconfig><dir>/nonexistent</dir></fontconfig>', encoding="utf-8")
    assert environment.chinese_fonts(str(config)) == 0
    assert environment.chinese_fonts() != 0
