"""A picture of each fact: cut where it stands, whole across tiles, never outside the page."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from PIL import Image

from capture.crops import HEIGHT_MOST, Darkroom, area_of, assemble
from capture.models import Box, FieldValue
from capture.run import Tile
from tests.capture.conftest import Take

SIZE = (1280, 5000)


def field(*box: int) -> FieldValue:
    return FieldValue("text", "x", "x", "hook", box=Box(*box) if box else None)


@pytest.mark.parametrize(
    ("box", "area"),
    [
        ((100, 200, 300, 40), Box(88, 188, 324, 64)),
        ((0, 0, 50, 20), Box(0, 0, 62, 32)),
        ((1270, 4990, 100, 100), Box(1258, 4978, 22, 22)),
        ((0, 100, 10, 4800), Box(0, 88, 22, HEIGHT_MOST)),
        ((2000, 10, 10, 10), None),
        ((10, 6000, 10, 10), None),
        ((), None),
    ],
)
def test_what_is_cut(box: tuple[int, ...], area: Box | None) -> None:
    assert area_of(field(*box), SIZE) == area


@pytest.mark.parametrize("scale", [1, 2])
def test_a_fact_across_two_tiles_is_whole(tmp_path: Path, scale: int) -> None:
    tiles = (Tile(1, 0, 100, 300), Tile(2, 300, 100, 200))
    files: dict[str, Path] = {}
    for tile, colour in zip(tiles, ("red", "blue"), strict=True):
        path = tmp_path / f"{tile.number}.png"
        Image.new("RGB", (tile.width * scale, tile.height * scale), colour).save(path)
        files[f"{tile.name}.png"] = path
    run: Any = SimpleNamespace(files=files, request=SimpleNamespace(scale=scale))
    picture = assemble(run, (*tiles, Tile(3, 500, 100, 50)), Box(10, 280, 50, 60), Darkroom(run))
    assert picture.size == (50 * scale, 60 * scale)
    assert picture.getpixel((0, 20 * scale - 1)) == (255, 0, 0)
    assert picture.getpixel((0, 20 * scale)) == (0, 0, 255)


@pytest.mark.browser
def test_every_fact_with_a_place_has_its_picture(take: Take) -> None:
    result = take("/plain")
    placed = {field.name for field in result.fields if field.box is not None}
    assert placed
    assert {f"crops/{name}.png" for name in placed} == {name for name in result.files if name.startswith("crops/")}
    for name in placed:
        with Image.open(result.files[f"crops/{name}.png"]) as picture:
            assert (picture.convert("L").getextrema()[0] or 0) < 128, "something is written there"
