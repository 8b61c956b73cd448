"""The picture of the whole page: tiles from Chromium, kept as PNG, each with a JPEG rendition for documents.

Chromium's own full-page picture turns white without an error past about 100 megapixels, so the page is taken in tiles
and every tile is checked: a tile in one single colour where the page has text is an alarm, never an exhibit.
"""

import asyncio
import base64
import io
import math
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from PIL import Image

from capture.errors import BlankImageError, PageCrashedError, StepFailedError
from capture.run import Report, Run, Shots, TextBox, Tile

TILE_PX = 8000  # device pixels; WebP and JPEG decoders, PDF makers and viewers all take it
WIDTH_MOST = 4096
BOXES_MOST = 20_000
BAND_PX = 400
JPEG_QUALITY = 85
RETRY_SECONDS = 0.5


def plan(width: int, height: int, scale: int) -> tuple[Tile, ...]:
    """Cut a page into tiles of at most `TILE_PX` device pixels in height."""
    step = max(1, TILE_PX // scale)
    count = math.ceil(height / step)
    return tuple(Tile(n + 1, n * step, width, min(step, height - n * step)) for n in range(count))


def picture_width(viewport: int, page: int, boxes: Sequence[TextBox]) -> int:
    """Return how wide the picture is: the window, or as far right as text stands.

    Carousels and hidden menus stretch many pages to several times the window with nothing to read there.

    Args:
        viewport: Width of the window.
        page: Width of everything laid out.
        boxes: Text boxes of the page.
    """
    text = max((box[0] + box[2] for box in boxes), default=0)
    return max(viewport, min(page, text, WIDTH_MOST))


def blank_bands(picture: Image.Image, tile: Tile, boxes: Sequence[TextBox], scale: int) -> tuple[bool, list[int]]:
    """Compare a tile with where the page says text stands.

    Args:
        picture: The tile.
        tile: Its place.
        boxes: Text boxes of the page, each x, y, width, height in CSS pixels.
        scale: Device pixels per CSS pixel.

    Returns:
        Whether the whole tile is one colour although it has text, and the tops (CSS pixels of the page) of bands
        of `BAND_PX` that are one colour although they have text.
    """
    bands: dict[int, list[tuple[int, int, int, int]]] = {}
    for box in boxes:
        if _inside(box, tile):
            left, top, right, bottom = _clipped(box, tile)
            band = ((top + bottom) // 2 - tile.y) // BAND_PX * BAND_PX + tile.y
            corners = (left * scale, (top - tile.y) * scale, right * scale, (bottom - tile.y) * scale)
            bands.setdefault(band, []).append(corners)
    # One box with something in it clears its band, so nearly always one small crop a band is looked at.
    empty = [band for band, crops in bands.items() if all(_uniform(picture.crop(crop)) for crop in crops)]
    if empty and len(empty) == len(bands) and _uniform(picture):
        return True, []
    return False, sorted(band for band in empty if _uniform(picture.crop(_area(band, tile, picture.width, scale))))


def _inside(box: TextBox, tile: Tile) -> bool:
    return box[1] + box[3] > tile.y and box[1] < tile.y + tile.height and box[0] + box[2] > 0 and box[0] < tile.width


def _clipped(box: TextBox, tile: Tile) -> tuple[int, int, int, int]:
    """Return the part of a box on the tile: left, top, right, bottom in CSS pixels of the page."""
    right, bottom = min(box[0] + box[2], tile.width), min(box[1] + box[3], tile.y + tile.height)
    return max(box[0], 0), max(box[1], tile.y), right, bottom


def _area(band: int, tile: Tile, width: int, scale: int) -> tuple[int, int, int, int]:
    bottom = min(band + BAND_PX, tile.y + tile.height)
    return 0, (band - tile.y) * scale, width, (bottom - tile.y) * scale


def _uniform(picture: Image.Image) -> bool:
    return picture.getcolors(maxcolors=1) is not None


async def shoot(run: Run) -> str:
    """Photograph the whole page.

    Taking a tile makes Chromium lay the page out anew for a moment, and the page would answer with scripts of its own
    (a list redrawn, a menu folded), so that one tile would not fit the next. Scripts stand still meanwhile.

    The tiles are checked and stored in threads while the next ones and the PDF are made; `finish` waits for them.
    """
    metrics = (await run.session.send("Page.getLayoutMetrics"))["cssContentSize"]
    full_height = max(1, math.ceil(metrics["height"]))
    height = min(full_height, run.request.limits.image_px)
    boxes: list[TextBox] = await run.world.call("boxes", {"most": BOXES_MOST})
    width = picture_width(run.request.viewport[0], math.ceil(metrics["width"]), boxes)
    run.size = (width, height)
    if height < full_height:
        run.cuts["screenshot"] = f"cut at {height} px of {full_height} px"
    tiles = plan(width, height, run.request.scale)
    run.shots = Shots(tiles, boxes)
    async with scripts_halted(run):
        for tile in tiles:
            data = await photograph(run, tile)
            run.shots.pending.append(asyncio.wrap_future(run.shots.darkroom.submit(store, run, tile, data, boxes)))
    run.notes["page_size"] = {"width": math.ceil(metrics["width"]), "height": full_height}
    return f"{width}x{height} px, {len(tiles)} tiles" + (f", {cut}" if (cut := run.cuts.get("screenshot")) else "")


@asynccontextmanager
async def scripts_halted(run: Run) -> AsyncIterator[None]:
    """Hold the page's own scripts while it is photographed."""
    await run.session.send("Emulation.setScriptExecutionDisabled", {"value": True})
    try:
        yield
    finally:
        await run.session.send("Emulation.setScriptExecutionDisabled", {"value": False})


async def finish(run: Run) -> str:
    """Wait until the tiles are checked and stored; take a blank one once more before it is believed.

    Raises:
        BlankImageError: A tile stays blank where the page has text.
        StepFailedError: Chromium gave a picture of another size than asked for.
    """
    shots = run.shots
    if shots is None:
        raise StepFailedError("no pictures")
    results = await asyncio.gather(*shots.pending, return_exceptions=True)
    shots.darkroom.shutdown(wait=False)
    reports: list[Report] = []
    for tile, result in zip(shots.tiles, results, strict=False):  # fewer when the page ended meanwhile
        if isinstance(result, BaseException):
            raise result
        reports.append(await _again(run, tile, shots.boxes) if result["blank"] else result)
    run.notes["screenshot"] = {"width": run.size[0], "height": run.size[1], "scripts": "halted", "tiles": reports}
    bands = [band for report in reports for band in report["blank_bands"]]
    return f"uniform bands at {bands}" if bands else ""


async def _again(run: Run, tile: Tile, boxes: Sequence[TextBox]) -> Report:
    """Take a blank tile once more before it is believed.

    Raises:
        BlankImageError: It stays blank.
    """
    if run.gone.is_set():
        raise PageCrashedError(f"tile {tile.number} is blank and cannot be taken again")
    await asyncio.sleep(RETRY_SECONDS)
    data = await photograph(run, tile)
    report = await asyncio.to_thread(store, run, tile, data, boxes)
    if report["blank"]:
        run.keep(f"{tile.name}-blank.png", data)
        raise BlankImageError(f"y {tile.y}-{tile.y + tile.height} px")
    return report


async def photograph(run: Run, tile: Tile) -> bytes:
    """Take one tile as PNG."""
    clip = {"x": 0, "y": tile.y, "width": tile.width, "height": tile.height, "scale": 1}
    options = {"format": "png", "captureBeyondViewport": True, "optimizeForSpeed": True, "clip": clip}
    answer = await run.session.send("Page.captureScreenshot", options)
    return base64.b64decode(answer["data"])


def store(run: Run, tile: Tile, data: bytes, boxes: Sequence[TextBox]) -> Report:
    """Keep a tile and its rendition, unless it is blank; runs in a thread while Chromium draws the next."""
    scale = run.request.scale
    with Image.open(io.BytesIO(data)) as opened:
        opened.load()
        picture = opened if opened.mode == "RGB" else opened.convert("RGB")  # a tile is 30 MB: no copy without need
    if picture.size != (tile.width * scale, tile.height * scale):
        raise StepFailedError(f"tile {tile.number}: {picture.size} instead of {tile.width}x{tile.height} at {scale}")
    blank, bands = blank_bands(picture, tile, boxes, scale)
    if not blank:
        run.keep(f"{tile.name}.png", data)
        jpeg: Path = run.new_file(f"{tile.name}.jpg")
        with jpeg.open("xb") as file:
            picture.save(file, "JPEG", quality=JPEG_QUALITY)
        run.files[f"{tile.name}.jpg"] = jpeg
    place = {"y": tile.y, "width": tile.width, "height": tile.height}
    return {"name": f"{tile.name}.png", **place, "blank": blank, "blank_bands": bands}
