"""Cutting a page into tiles, and seeing that a tile is blank where the page has text."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageDraw

from capture.screenshot import TILE_PX, Tile, blank_bands, picture_width, plan


@given(st.integers(1, 4096), st.integers(1, 400_000), st.integers(1, 3))
def test_tiles_cover_the_page_once(width: int, height: int, scale: int) -> None:
    tiles = plan(width, height, scale)
    assert tiles[0].y == 0
    assert all(after.y == before.y + before.height for before, after in itertools.pairwise(tiles))
    assert tiles[-1].y + tiles[-1].height == height
    assert all(0 < tile.height * scale <= TILE_PX and tile.width == width for tile in tiles)
    assert len({tile.name for tile in tiles}) == len(tiles)


TILE = Tile(2, 1000, 200, 1000)


def picture(*lines: int, scale: int = 1) -> Image.Image:
    made = Image.new("RGB", (200 * scale, 1000 * scale), "white")
    draw = ImageDraw.Draw(made)
    for y in lines:
        draw.rectangle((20 * scale, y * scale, 90 * scale, (y + 10) * scale), fill="black")
    return made


@pytest.mark.parametrize("scale", [1, 2])
def test_a_white_tile_over_text_is_an_alarm(scale: int) -> None:
    assert blank_bands(picture(scale=scale), TILE, [(20, 1500, 70, 12)], scale) == (True, [])


def test_a_white_tile_without_text_is_no_alarm() -> None:
    assert blank_bands(picture(), TILE, [], 1) == (False, [])
    assert blank_bands(picture(), TILE, [(20, 100, 70, 12), (20, 2500, 70, 12), (300, 1500, 70, 12)], 1) == (False, [])


def test_a_white_band_over_text_is_named() -> None:
    boxes = [(20, 1050, 70, 12), (20, 1450, 70, 12), (20, 1850, 70, 12)]
    assert blank_bands(picture(50, 850), TILE, boxes, 1) == (False, [1400])
    assert blank_bands(picture(50, 450, 850), TILE, boxes, 1) == (False, [])


def test_one_dark_colour_is_blank_too() -> None:
    assert blank_bands(Image.new("RGB", (200, 1000), "navy"), TILE, [(20, 1500, 70, 12)], 1)[0]


def test_the_picture_is_as_wide_as_what_can_be_read() -> None:
    assert picture_width(1280, 1280, []) == 1280
    assert picture_width(1280, 7125, [(8, 10, 1264, 20)]) == 1280
    assert picture_width(1280, 2000, [(1900, 10, 90, 20)]) == 1990
    assert picture_width(1280, 90_000, [(80_000, 10, 90, 20)]) == 4096
    assert picture_width(1280, 1400, [(1500, 10, 90, 20)]) == 1400
