"""Pictures on the way down, for pages that hold only what is in view (virtualised lists).

The picture of the whole page would show such a list empty below the window, and nothing would look wrong. The scroll
step notices that words it passed are gone in the end; then the way down is photographed window by window.
"""

import asyncio
import base64
import io
import time
from typing import Any

from PIL import Image

from capture.run import Run
from capture.screenshot import JPEG_QUALITY

LOST_LEAST = 3
LOST_SHARE = 0.2
OVERLAP = 0.85  # of a window: what one picture cuts at the edge the next shows whole
VIEWS_MOST = 150
IMAGE_WAIT_MS = 2_000


def is_virtualised(words_seen: int, words_lost: int) -> bool:
    """Say whether a page dropped what it had shown.

    Args:
        words_seen: Samples of text taken while scrolling down.
        words_lost: How many of them the page no longer held in the end.
    """
    return words_lost >= LOST_LEAST and words_lost > words_seen * LOST_SHARE


async def shoot_views(run: Run) -> str:
    """Photograph a virtualised page window by window and keep the words of each window."""
    report = run.notes.get("scroll", {})
    if not is_virtualised(int(report.get("words_seen", 0)), int(report.get("words_lost", 0))):
        return "not needed"
    limits = run.request.limits
    end = time.monotonic() + limits.scroll_ms / 1000
    step = int(run.request.viewport[1] * OVERLAP)
    views: list[dict[str, Any]] = []
    texts: list[str] = []
    y = 0
    while True:
        view = await run.world.call("view", {"y": y, "waitMs": IMAGE_WAIT_MS})
        texts.append(f"[y {view['y']}]\n{view.pop('text')}")
        views.append({**view, "name": await _shoot(run, len(views) + 1)})
        y += step
        if view["end"]:
            break
        if len(views) >= VIEWS_MOST or y > limits.scroll_px or time.monotonic() > end:
            run.cuts["views"] = f"stopped after {len(views)} windows at {view['y']} px"
            break
    await run.world.call("view", {"y": 0, "waitMs": 0})
    run.keep("text-views.txt", "\n\n".join(texts))
    run.notes["views"] = views
    return f"{len(views)} windows" + (f", {run.cuts['views']}" if "views" in run.cuts else "")


async def _shoot(run: Run, number: int) -> str:
    answer = await run.session.send("Page.captureScreenshot", {"format": "png", "optimizeForSpeed": True})
    name = f"shots/view-{number:03}"
    await asyncio.to_thread(_store, run, name, base64.b64decode(answer["data"]))
    return f"{name}.png"


def _store(run: Run, name: str, data: bytes) -> None:
    run.keep(f"{name}.png", data)
    rendition = io.BytesIO()
    with Image.open(io.BytesIO(data)) as picture:
        picture.convert("RGB").save(rendition, "JPEG", quality=JPEG_QUALITY)
    run.keep(f"{name}.jpg", rendition.getvalue())
