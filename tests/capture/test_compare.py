"""Two visits compared: what changes by itself does not matter, what is another page does."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageDraw

from capture.compare import THUMB_WIDTH, Visit, compare, compare_pictures, compare_texts, thumbnail

TEXT = "\n".join(f"第{n}段：奶酪棒的检测报告全文在此。" for n in range(40))


def picture(height: int = 1200, *, shift: int = 0, colour: str = "black") -> Image.Image:
    image = Image.new("RGB", (1280, height), "white")
    pen = ImageDraw.Draw(image)
    for line in range(40 + shift, height - 30, 60):
        pen.rectangle((100, line, 200 + (line - shift) * 53 % 900, line + 30), fill=colour)
    return image


def visit(**changes: object) -> Visit:
    values = {"url_final": "https://a.test/x", "status": 200, "chain_sha256": ("leaf", "ca"), "text": TEXT,
              "picture": thumbnail([picture()]), "height": 1200}  # fmt: skip
    return Visit(**{**values, **changes})  # type: ignore[arg-type]  # a test's shorthand


def test_the_same_visit_agrees_in_everything() -> None:
    found = compare(visit(), visit(url_final="https://A.test:443/x#top"))
    assert found.differs == ()
    assert (found.chain, found.text.same_permille, found.picture.alike_permille) == ("same", 1000, 1000)


@pytest.mark.parametrize(
    ("changes", "point"),
    [
        ({"chain_sha256": ("x", "y")}, "chain"),
        ({"chain_sha256": ()}, "chain"),
        ({"url_final": "https://a.test/login"}, "url"),
        ({"status": 404}, "status"),
        ({"text": "该内容已被删除"}, "text"),
        ({"text": ""}, "text"),
        ({"picture": thumbnail([Image.new("RGB", (1280, 1200), "black")])}, "picture"),
        ({"picture": thumbnail([picture(2600)])}, "picture"),
    ],
)
def test_another_page_differs_where_it_does(changes: dict[str, object], point: str) -> None:
    assert compare(visit(), visit(**changes)).differs == (point,)


def test_another_leaf_of_the_same_authority_is_said_and_agrees() -> None:
    found = compare(visit(), visit(chain_sha256=("leaf of another server", "ca")))
    assert (found.chain, found.differs) == ("same-issuer", ())
    assert compare(visit(chain_sha256=()), visit(chain_sha256=())).chain == "none"


def test_counters_and_an_advertisement_do_not_matter() -> None:
    first = TEXT + "\n阅读 8,217\n3 分钟前"
    second = "广告：夏季大促\n" + TEXT + "\n阅读 8,931\n5 分钟前"
    found = compare_texts(first, second)
    assert found.agrees
    assert (found.only_first, found.only_second) == ((), ("广告：夏季大促",))
    moved = compare_pictures(thumbnail([picture()]), thumbnail([picture(shift=12)]), (1200, 1200))
    assert moved.agrees


def test_tiles_are_put_together() -> None:
    whole = thumbnail([picture()])
    parts = [picture().crop((0, 0, 1280, 600)), picture().crop((0, 600, 1280, 1200))]
    assert thumbnail(parts).size == whole.size == (THUMB_WIDTH, 90)
    assert compare_pictures(whole, thumbnail(parts), (1200, 1200)).alike_permille == 1000
    assert thumbnail([]).width == THUMB_WIDTH


@given(st.text(max_size=300), st.text(max_size=300))
def test_shares_are_whole_numbers_and_symmetric(first: str, second: str) -> None:
    one, other = compare_texts(first, second), compare_texts(second, first)
    assert one.same_permille == other.same_permille
    assert 0 <= one.same_permille <= 1000
    assert compare_texts(first, first).same_permille == 1000


def test_a_dark_page_is_not_like_what_lies_outside_a_light_one() -> None:
    dark = thumbnail([Image.new("RGB", (1280, 800), "black")])
    light = thumbnail([Image.new("RGB", (1280, 800), "white")])
    assert compare_pictures(dark, light, (800, 800)).alike_permille == 0
