"""The reading view of a whole capture: made last, beside the untouched view, with every act on record."""

import json

import pytest
from PIL import Image

from tests.capture.conftest import Take

DARK = (34, 34, 34)  # of the bar at the window's foot

pytestmark = pytest.mark.browser


def test_both_views_are_kept_and_every_act_is_on_record(take: Take) -> None:
    result = take("/overlaid")
    record = json.loads(result.files["capture.json"].read_text(encoding="utf-8"))
    report = json.loads(result.files["reading/report.json"].read_text(encoding="utf-8"))
    assert result.state == "COMPLETE"
    assert record["limits"]["scroll_ms"] > 0, "the caps it was ordered with"
    names = [step.name for step in result.steps]
    assert names.index("reading") > max(
        names.index(name) for name in ("screenshot", "views", "mhtml", "pdf", "pictures")
    )
    assert report["labels"]["untouched"]["zh"] == "未经触碰"
    assert [(act["selector"], act["kind"]) for act in report["done"]] == [("#bar", "cookie")] * 2
    assert "Cookie" in report["done"][0]["text"]
    assert [act["selector"] for act in record["actions"] if act["act"] == "reading"] == ["#bar"] * 2
    assert report["back_again"], "the page puts the bar back once; that is said"
    with (
        Image.open(result.files["shots/page-001.png"]) as before,
        Image.open(result.files["reading/page-001.png"]) as after,
    ):
        assert before.getpixel((600, 790)) == DARK
        assert after.getpixel((600, 790)) == (255, 255, 255)
    assert "Cookie" in result.text, "the text is that of the untouched page"
    assert "Cookie" not in result.files["reading/text.txt"].read_text(encoding="utf-8")
    words = {row["id"] for row in json.loads(result.files["report.json"].read_text(encoding="utf-8"))["objections"]}
    assert "reading" in words
