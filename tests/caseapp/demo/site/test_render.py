"""The small formats of the pages."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from caseapp.demo.errors import DemoFontError
from caseapp.demo.site.drawing import font, wrapped
from caseapp.demo.site.pictures import PRODUCTS, SCENES, picture, picture_size
from caseapp.demo.site.render import json_ld, minute, wan


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (0, "0"),
        (9999, "9999"),
        (10_000, "1万"),
        (12_345, "1.2万"),
        (19_999, "1.9万"),
        (38_200, "3.8万"),
        (412_600_000, "4.1亿"),
    ],
)
def test_counters_as_platforms_write_them(number: int, text: str) -> None:
    assert wan(number) == text


@given(st.integers(0, 10**12))
def test_a_counter_is_never_shown_larger_than_it_is(number: int) -> None:
    text = wan(number)
    scale = {"万": 10_000, "亿": 100_000_000}.get(text[-1], 1)
    shown = float(text.rstrip("万亿")) * scale
    assert shown <= number + 1e-3
    assert number - shown <= scale / 10


def test_times_are_beijing_times() -> None:
    assert minute(datetime(2026, 8, 10, 13, 47, tzinfo=UTC)) == "2026-08-10 21:47"


def test_linked_data_cannot_end_its_element() -> None:
    assert "</script>" not in json_ld({"text": "</script><script>alert(1)</script>"})


def test_pictures_have_the_size_the_page_reserves() -> None:
    for name in (*PRODUCTS, *SCENES):
        body = picture(name, "zhiye.test")
        size = (int.from_bytes(body[16:20]), int.from_bytes(body[20:24]))
        assert size == picture_size(name), name


def test_a_missing_font_says_what_to_install() -> None:
    with pytest.raises(DemoFontError) as caught:
        font(("no-such-font.ttf",), 12)
    assert "fonts-noto-cjk" in caught.value.message("zh")
    assert "fonts-noto-cjk" in caught.value.message("en")


def test_text_is_broken_at_the_edge_and_at_line_ends() -> None:
    face = font(("NotoSansCJK-Regular.ttc",), 20)
    lines = wrapped("苜禾脆穗燕麦圈\n米饼", face, 90)
    assert "".join(lines) == "苜禾脆穗燕麦圈米饼"
    assert all(face.getlength(line) <= 90 for line in lines)
