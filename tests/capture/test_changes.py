"""A page compared with an earlier capture: the post's own words decide, the page as a whole where there are none."""

import io
import json
from typing import Any

import pytest
from PIL import Image

from capture.changes import compare
from capture.compare import PictureComparison, compare_texts
from capture.earlier import Earlier, own_words
from capture.models import FieldValue
from tests.capture.conftest import Take

TEXT = "\n".join(f"第{n}段：奶酪棒的检测报告全文在此。" for n in "甲乙丙丁戊己庚辛壬癸")
OTHER = "\n".join(f"{n}：本店周末郊游活动报名开始了。" for n in "甲乙丙丁戊己庚辛壬癸")
Words = dict[str, tuple[str, str]]


def page(permille: int) -> PictureComparison:
    return PictureComparison(permille, (1000, 1000))


@pytest.mark.parametrize(
    ("before", "now", "text", "picture", "differs"),
    [
        ({}, {}, TEXT, 1000, ()),
        ({}, {}, TEXT, 700, ("picture",)),
        ({}, {}, OTHER, 1000, ("text",)),
        ({}, {}, TEXT, None, ()),
        ({"text": ("hook", "掺了三公斤")}, {"text": ("hook", "掺了三公斤 ")}, OTHER, 100, ()),
        ({"text": ("hook", "掺了三公斤")}, {"text": ("hook", "掺了五公斤")}, TEXT, 1000, ("own_words",)),
        ({"text": ("hook", "甲"), "title": ("hook", "旧")}, {"text": ("hook", "甲"), "title": ("hook", "新")},
         TEXT, 1000, ("own_words",)),
        ({"text": ("hook", "甲")}, {"text": ("trafilatura", "乙")}, TEXT, 1000, ()),
        ({"text": ("trafilatura", f"{TEXT}\n3小时前")}, {"text": ("trafilatura", f"{TEXT}\n昨天")}, TEXT, 1000, ()),
        ({"text": ("trafilatura", TEXT)}, {"text": ("trafilatura", TEXT.replace("全文", "摘要", 1))}, TEXT, 1000,
         ("own_words",)),
    ],
)  # fmt: skip
def test_what_counts_as_changed(
    before: Words, now: Words, text: str, picture: int | None, differs: tuple[str, ...]
) -> None:
    shown = page(picture) if picture is not None else None
    assert compare(before, now, compare_texts(TEXT, text), shown).differs == differs


def test_own_words_are_read_from_where_the_post_is_first() -> None:
    fields = [FieldValue("text", "简介", "简介", "meta"), FieldValue("text", "全文", "全文", "json-ld"),
              FieldValue("text", "猜的", "猜的", "trafilatura"), FieldValue("likes", "3", "3", "hook")]  # fmt: skip
    assert own_words(fields) == {"text": ("json-ld", "全文")}


@pytest.mark.browser
def test_a_page_that_is_another_one_now_is_changed_and_the_record_says_so(take: Take) -> None:
    black = io.BytesIO()
    Image.new("RGB", (1280, 800), "black").save(black, "JPEG")
    earlier = Earlier("01J0", "2026-08-10T13:00:00Z", OTHER, {}, [lambda: io.BytesIO(black.getvalue())])
    result = take("/plain", earlier=earlier)
    assert (result.state, result.outcome.kind, result.outcome.rule) == ("COMPLETE", "changed", "text-differs")
    noted: Any = result.facts["changes"]
    assert noted["differs"] == ["text", "picture"]
    assert (noted["earlier_seal_id"], noted["own_words"], noted["picture_permille"]) == ("01J0", "not_read", 0)
    report = json.loads(result.files["changes/report.json"].read_text("utf-8"))
    assert report["text"]["only_first"][0] == OTHER.splitlines()[0]
    assert result.facts["outcome"]["kind"] == "changed"
