"""A picture of each fact read from the page, cut from the screenshot, so that a reader sees where it stood."""

import asyncio
from collections.abc import Sequence
from typing import Any

from PIL import Image

from capture.models import Box, FieldValue
from capture.run import Run, Tile

MARGIN = 12  # CSS pixels around the fact
COMPRESSION = 1  # of 9: no pixel differs, and a tall text takes a third of the time
HEIGHT_MOST = 3000  # CSS pixels; a long text is shown from its beginning


async def cut(run: Run) -> str:
    """Cut one picture for each field that has a place on the photographed part of the page."""
    shots = run.shots
    fields = [field for field in run.fields if field.box is not None]
    if shots is None or not fields:
        return "0 pictures"
    rows = await asyncio.to_thread(_cut_all, run, shots.tiles, fields)
    run.notes["crops"] = rows
    return f"{len(rows)} pictures"


class Darkroom:
    """The tiles of the picture, decoded; one at a time is in memory, for one is 30 MB."""

    def __init__(self, run: Run) -> None:
        """Begin with none.

        Args:
            run: Whose tiles.
        """
        self._run = run
        self._name = ""
        self._tile: Image.Image | None = None

    def tile(self, name: str) -> Image.Image | None:
        """Return a tile; None when it was not kept."""
        path = self._run.files.get(f"{name}.png")
        if name != self._name and path is not None:
            self.empty()
            opened = Image.open(path)
            opened.load()
            self._name, self._tile = name, opened
        return self._tile if path is not None else None

    def empty(self) -> None:
        """Let go of the tile."""
        if self._tile is not None:
            self._tile.close()
        self._name, self._tile = "", None


def _cut_all(run: Run, tiles: Sequence[Tile], fields: Sequence[FieldValue]) -> list[dict[str, Any]]:
    rows = []
    darkroom = Darkroom(run)
    for field in fields:
        area = area_of(field, run.size)
        if area is None:
            continue
        name = f"crops/{field.name}.png"
        picture = assemble(run, tiles, area, darkroom)
        path = run.new_file(name)
        with path.open("xb") as file:
            picture.save(file, "PNG", compress_level=COMPRESSION)
        run.files[name] = path
        whole = field.box is not None and area.height >= min(field.box.height, run.size[1])
        rows.append({"field": field.name, "file": name, "x": area.x, "y": area.y, "width": area.width,
                     "height": area.height, "whole": whole})  # fmt: skip
    darkroom.empty()
    return rows


def area_of(field: FieldValue, size: tuple[int, int]) -> Box | None:
    """Return what is cut for a field, in CSS pixels of the page; None when it lies outside the picture."""
    box = field.box
    if box is None:
        return None
    left, top = max(0, box.x - MARGIN), max(0, box.y - MARGIN)
    right = min(size[0], box.x + box.width + MARGIN)
    bottom = min(size[1], box.y + box.height + MARGIN, top + HEIGHT_MOST)
    return Box(left, top, right - left, bottom - top) if right > left and bottom > top else None


def assemble(run: Run, tiles: Sequence[Tile], area: Box, darkroom: Darkroom) -> Image.Image:
    """Return a part of the screenshot, put together from the tiles it lies on."""
    scale = run.request.scale
    whole = Image.new("RGB", (area.width * scale, area.height * scale), "white")
    for tile in tiles:
        top, bottom = max(area.y, tile.y), min(area.y + area.height, tile.y + tile.height)
        opened = darkroom.tile(tile.name) if top < bottom else None
        if opened is None:
            continue
        left, upper, right, lower = area.x, top - tile.y, area.x + area.width, bottom - tile.y
        part = opened.crop((left * scale, upper * scale, right * scale, lower * scale)).convert("RGB")
        whole.paste(part, (0, (top - area.y) * scale))
    return whole
