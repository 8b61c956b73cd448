"""How each item of the cleanliness check is judged."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from capture import CaptureRequest
from capture.cleanliness import CHECKS, Facts, Verdict, judge

RAW: dict[str, Any] = {
    "tool": {"bianwu": "1", "capture_sha256": "ab"},
    "relay": {"relay_sha256": "cd"},
    "chromium": "156",
    "chromium_sha256": "ef",
    "chromium_arguments": ["chromium", "--remote-debugging-pipe"],
    "tracer_pid": "0",
    "profile_before_start": "/tmp/profile\ntotal 0\n",
    "browser_processes": [{"role": "browser", "uid": 7, "seccomp": 0}, {"role": "renderer", "uid": 7, "seccomp": 2}],
    "browser_targets": [{"type": "page", "url": "https://weixun.test/"}],
    "hosts": "127.0.0.1 localhost\n# 1.2.3.4 weixun.test\n",
    "container": False,
    "image": "",
    "names": {"state": "agreed", "host": "weixun.test", "system": ["203.0.113.7"], "answers": []},
    "calibration": {"sha256": "09", "wrong_bands": []},
    "film_frames": 40,
}
BEGUN = {"state": "stamped", "at": "2026-11-23T08:00:00Z", "stamped_by": ["one"], "silent": []}
REQUEST = CaptureRequest(url="https://weixun.test/1", output=Path("x"), video=True, begun=BEGUN)


def verdicts(
    request: CaptureRequest = REQUEST, cookies: int | None = 0, clock: str = "agreed", **raw: Any
) -> dict[str, Verdict]:
    fonts = raw.pop("fonts", 3)
    return {item.id: item.verdict for item in judge(Facts(request, {**RAW, **raw}, cookies, clock, fonts))}


def test_a_clean_machine() -> None:
    seen = verdicts()
    assert {seen[check.id] for check in CHECKS if check.id != "container"} == {"ok"}
    assert seen["container"] == "not_applicable"
    assert len(seen) == len(CHECKS)


@pytest.mark.parametrize("state", ["", "test", "unanswered", "no_authority"])
def test_a_beginning_nobody_stamped_is_openly_not_proven(state: str) -> None:
    begun = {**BEGUN, "state": state, "silent": ["two stamp.unreachable"]} if state else {}
    assert verdicts(replace(REQUEST, begun=begun))["not_before"] == "not_done"


def test_a_visit_nobody_asked_to_film_is_openly_not_filmed() -> None:
    assert verdicts(replace(REQUEST, video=False), film_frames=0)["video"] == "not_done"


@pytest.mark.parametrize(
    ("item", "raw"),
    [
        ("chromium", {"chromium_sha256": ""}),
        ("calibration", {"calibration": {"sha256": "09", "wrong_bands": [3]}}),
        ("sandbox", {"browser_processes": []}),
        ("sandbox", {"browser_processes": [{"role": "renderer", "uid": 7, "seccomp": 0}]}),
        ("sandbox", {"browser_processes": [{"role": "renderer", "uid": 0, "seccomp": 2}]}),
        ("debugger", {"tracer_pid": "4711"}),
        ("debugger", {"tracer_pid": "unknown"}),
        ("debugger", {"chromium_arguments": ["--remote-debugging-port=9222"]}),
        ("profile", {"profile_before_start": "/p\ntotal 4\n-rw Cookies\n"}),
        ("profile", {"cookies": 2}),
        ("extensions", {"browser_targets": [{"type": "service_worker", "url": "chrome-extension://abc/x.js"}]}),
        ("hosts_file", {"hosts": "10.0.0.9\tWeixun.test\n"}),
        ("clock", {"clock": "disagreed"}),
        ("clock", {"clock": "off"}),
        ("video", {"film_frames": 0}),
        ("fonts", {"fonts": 0}),
    ],
)
def test_what_is_not_clean_is_said(item: str, raw: dict[str, Any]) -> None:
    seen = verdicts(**raw)
    assert seen[item] == "failed"
    assert [name for name, verdict in seen.items() if verdict == "failed"] == [item]


@pytest.mark.parametrize(
    ("state", "verdict"), [("unreachable", "unknown"), ("single", "unknown"), ("skipped", "not_done")]
)
def test_a_clock_that_could_not_be_checked(state: str, verdict: str) -> None:
    assert verdicts(clock=state)["clock"] == verdict


def test_what_is_not_known_is_not_called_clean() -> None:
    assert verdicts(fonts=None)["fonts"] == "unknown"
    assert verdicts(container=True)["container"] == "unknown"
    assert verdicts(container=True, image="sha256:" + "ab" * 32)["container"] == "ok"


@pytest.mark.parametrize(
    ("state", "verdict"),
    [("differs", "unknown"), ("unreachable", "unknown"), ("skipped", "not_done"), ("not_applicable", "not_applicable")],
)
def test_names_that_resolvers_do_not_agree_on_are_flagged(state: str, verdict: Verdict) -> None:
    answers = [{"resolver": "203.0.113.53", "addresses": ["198.51.100.1"], "error": ""}]
    names = {"state": state, "host": "weixun.test", "system": ["203.0.113.7"], "answers": answers}
    assert verdicts(names=names)["dns_answers"] == verdict
