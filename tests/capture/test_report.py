"""The report of a capture: what courts ask, what the other side will say, never more than the record shows."""

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from capture.criteria import CRITERIA, cover
from capture.findings import Record
from capture.grade import REASONS
from capture.objections import foresee
from capture.report import COVERED, GRADES
from tests.capture.conftest import Take

FACTS: Mapping[str, Any] = {
    "grade": {"grade": "rechecked", "reasons": ["second.agrees"]},
    "actor": "林岚",
    "tls_cert_sha256": "ab" * 32,
    "tls_verdict": "trusted",
}
GOOD = Record(
    state="COMPLETE",
    missing=(),
    facts=FACTS,
    notes={},
    items={"clock": "ok", "sandbox": "ok", "dns_answers": "ok", "not_before": "ok"},
    files=frozenset(
        ("environment.json", "capture.json", "capture.wacz", "page.pdf", "text.txt", "shots/page-001.png", "video.webm",
         "second/report.json", "network.json")
    ),
    fields=frozenset(("author", "text")),
    steps={"navigate": "done"},
)  # fmt: skip


def graded(key: str, *reasons: str) -> Mapping[str, Any]:
    return {**FACTS, "grade": {"grade": key, "reasons": list(reasons)}}


def verdicts(record: Record) -> dict[str, str]:
    return {criterion.id: answer.verdict for criterion, answer in cover(record)}


def test_a_good_capture_has_what_it_has_and_no_more() -> None:
    found = verdicts(GOOD)
    assert {name for name, verdict in found.items() if verdict == "has"} == {
        "environment", "running", "error_detection", "preserved", "person", "time", "clear", "reproducible", "origin",
    }  # fmt: skip
    assert found["unchanged"] == found["ordinary_course"] == "later"
    assert found["neutral"] == "not_applicable"
    assert found["publisher"] == "partly"
    assert [objection.id for objection in foresee(GOOD)] == ["own_hand"]


@pytest.mark.parametrize(
    ("changes", "criterion", "verdict", "objection"),
    [
        ({"items": {"clock": "ok", "sandbox": "failed"}}, "environment", "partly", None),
        ({"files": frozenset()}, "environment", "lacks", "video"),
        ({"files": frozenset()}, "clear", "lacks", "video"),
        ({"steps": {"pdf": "failed"}}, "running", "partly", None),
        ({"state": "PARTIAL", "missing": ("pdf",)}, "preserved", "partly", "incomplete"),
        ({"items": {"clock": "unknown"}}, "time", "partly", "clock"),
        ({"items": {"clock": "failed"}}, "time", "partly", "clock"),
        ({"items": {"clock": "ok"}}, "time", "has", "beginning"),
        ({"notes": {"reading": {"done": [1]}}}, "running", "has", "reading"),
        ({"facts": graded("demo", "override.dns", "second.agrees")}, "origin", "lacks", "override"),
        ({"facts": graded("self_made", "second.not_asked"), "files": frozenset(("capture.json",))}, "error_detection",
         "lacks", "own_hand"),
        ({"facts": graded("self_made", "second.text")}, "error_detection", "partly", "differs"),
        ({"facts": graded("self_made", "second.not_asked")}, "origin", "partly", "own_hand"),
        ({"facts": graded("witnessed", "second.agrees", "witness.third")}, "neutral", "partly", None),
        ({"facts": {**FACTS, "tls_cert_sha256": "", "tls_verdict": "plain"}, "items": {}}, "origin", "lacks", "plain"),
        ({"facts": {**FACTS, "tls_cert_sha256": "", "tls_verdict": "plain"}, "items": {}}, "origin", "lacks", "names"),
        ({"facts": {**FACTS, "actor": ""}}, "person", "lacks", None),
        ({"fields": frozenset()}, "publisher", "lacks", None),
        ({"notes": {"expanded": [1, 2]}}, "running", "has", "opened"),
        ({"notes": {"redactions": 3}}, "running", "has", "redacted"),
        ({"notes": {"changes": {"differs": ["text"]}}}, "running", "has", "changed"),
        ({"facts": {**FACTS, "login_profile": "微博", "login": {"second_visit": "same"}}}, "person", "has", "login"),
        ({"notes": {"screenshot_cut": "cut at 9 px"}}, "clear", "partly", None),
    ],
)  # fmt: skip
def test_what_is_missing_is_said(changes: dict[str, Any], criterion: str, verdict: str, objection: str | None) -> None:
    record = replace(GOOD, **changes)
    assert verdicts(record)[criterion] == verdict
    if objection is not None:
        assert objection in [found.id for found in foresee(record)]


def test_every_gap_names_its_cure_and_all_words_are_in_both_languages() -> None:
    records = [GOOD, replace(GOOD, files=frozenset(), fields=frozenset(), items={}, state="PARTIAL")]
    records += [replace(GOOD, facts=graded(key, "second.not_asked")) for key in GRADES]
    for record in records:
        for _criterion, answer in cover(record):
            assert answer.verdict in COVERED
            assert answer.zh
            assert answer.en.replace("林岚", "").isascii()
            assert bool(answer.cure_zh) == bool(answer.cure_en)
            assert answer.cure_zh or answer.verdict in ("has", "partly", "not_applicable")
        for found in foresee(record):
            assert found.zh
            assert found.en.isascii()
            assert found.answer_zh or found.cure_zh
    assert len({criterion.id for criterion in CRITERIA}) == len(CRITERIA) == 13
    assert all(zh and en.isascii() for zh, en in REASONS.values())


@pytest.mark.browser
def test_the_report_lies_beside_the_capture(take: Take) -> None:
    result = take("/folded", second_pass=True, operator="<b>林岚</b>")
    report: Any = json.loads(result.files["report.json"].read_text(encoding="utf-8"))
    assert report["grade"] == result.facts["grade"]
    assert [row["id"] for row in report["criteria"]] == [criterion.id for criterion in CRITERIA]
    assert {row["id"]: row["verdict"] for row in report["items"]}["second_pass"] == "ok"
    assert "opened" in [row["id"] for row in report["objections"]]
    pdf = result.files["report.pdf"].read_bytes()
    assert pdf.startswith(b"%PDF-")
    listed = json.loads(result.files["capture.json"].read_text(encoding="utf-8"))["files"]
    assert {"report.json", "report.pdf"} <= set(listed)
