"""Tiles of a tall screenshot are cut from its strips without a seam."""

from collections.abc import Callable
from io import BytesIO
from typing import BinaryIO

import pytest
from PIL import Image

from caseapp.domain.errors import InvalidInputError, NotFoundError
from caseapp.web import tiles


def column(*colours: tuple[int, int, int], width: int = 700, height: int = 600) -> dict[str, bytes]:
    files = {}
    for number, colour in enumerate(colours, 1):
        target = BytesIO()
        Image.new("RGB", (width, height), colour).save(target, "PNG")
        files[f"shots/page-{number:03}.png"] = target.getvalue()
    return files


def opener(files: dict[str, bytes]) -> Callable[[str], BinaryIO]:
    return lambda name: BytesIO(files[name])


RED, BLUE = (200, 0, 0), (0, 0, 200)


def test_geometry_and_full_size_tiles() -> None:
    files = column(RED, BLUE)
    whole = tiles.picture("p1", sorted(files), opener(files))
    assert (whole.width, whole.height) == (700, 1200)
    seam = Image.open(BytesIO(tiles.tile(whole, 0, 0, 1, opener(files))))
    assert seam.size == (512, 512)
    top, below = seam.getpixel((10, 600 - 512 - 2)), seam.getpixel((10, 600 - 512 + 2))
    assert isinstance(top, tuple)
    assert isinstance(below, tuple)
    assert top[0] > 150 > below[0]
    edge = Image.open(BytesIO(tiles.tile(whole, 0, 1, 2, opener(files))))
    assert edge.size == (700 - 512, 1200 - 1024)


def test_smaller_levels_show_everything() -> None:
    files = column(RED, BLUE)
    whole = tiles.picture("p2", sorted(files), opener(files))
    small = Image.open(BytesIO(tiles.tile(whole, 2, 0, 0, opener(files))))
    assert small.size == (175, 300)
    first, last = small.getpixel((80, 20)), small.getpixel((80, 280))
    assert isinstance(first, tuple)
    assert isinstance(last, tuple)
    assert first[0] > 150
    assert last[2] > 150


@pytest.mark.parametrize("place", [(0, 2, 0), (0, 0, 3), (9, 0, 0), (10**20, 0, 0), (-1, 0, 0), (0, -1, 0)])
def test_outside_is_not_found(place: tuple[int, int, int]) -> None:
    files = column(RED)
    whole = tiles.picture("p3", sorted(files), opener(files))
    with pytest.raises(NotFoundError):
        tiles.tile(whole, *place, opener(files))


def test_what_is_no_picture_is_refused() -> None:
    with pytest.raises(InvalidInputError):
        tiles.picture("p4", ["x"], lambda _name: BytesIO(b"<svg onload=alert(1)>"))


def test_a_giant_is_refused_by_its_header(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tiles, "MAX_STRIP_PIXELS", 1000)
    files = column(RED)
    with pytest.raises(InvalidInputError):
        tiles.picture("p5", sorted(files), opener(files))


def test_kept_values_are_made_once_and_bounded() -> None:
    kept: tiles.Kept[int] = tiles.Kept(2)
    made: list[int] = []

    def make(value: int) -> int:
        made.append(value)
        return value

    for value in (1, 1, 2, 3, 1):
        kept.get(value, lambda value=value: make(value))
    assert made == [1, 2, 3, 1]


def test_a_small_picture_is_the_head_of_the_page_in_one_size() -> None:
    files = column(RED, height=3000)
    small = Image.open(BytesIO(tiles.thumb("p6", "shots/page-001.png", opener(files))))
    assert small.size == tiles.THUMB
    assert small.format == "JPEG"
    with pytest.raises(InvalidInputError):
        tiles.thumb("p7", "x", lambda _name: BytesIO(b"<svg onload=alert(1)>"))


@pytest.mark.parametrize("kept", [0.5, 0.9])
def test_a_picture_that_is_cut_off_is_said_to_be(kept: float) -> None:
    import caseapp.documents.pdf  # noqa: F401  # its printer lets such pictures pass where nobody forbids it

    files = {name: data[: int(len(data) * kept)] for name, data in column(RED).items()}
    whole = tiles.picture(f"cut-{kept}", sorted(files), opener(files))
    with pytest.raises(InvalidInputError):
        tiles.tile(whole, 0, 0, 0, opener(files))
    with pytest.raises(InvalidInputError):
        tiles.thumb(f"cut-{kept}", min(files), opener(files))
