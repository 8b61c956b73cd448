"""阅读视图: a derived copy of the page without what lies over it, made after everything untouched is on disk.

Cookie notices and app prompts are hidden, never clicked: a click would declare consent in the firm's name, run the
page's own code and send requests. Log-in prompts stay, for no wall is got round. Pictures whose address waits in an
attribute (data-src …) that the page never came round to are loaded here too. The untouched view remains the evidence;
this one is for reading, and every act that made it is in reading/report.json and in the action log.
"""

import asyncio
import json
import math
from typing import Any

from capture import screenshot
from capture.run import Run, Tile
from capture.screenshot import BOXES_MOST, plan

FOLDER = "reading"
ACTS_MOST = 60
ROUNDS = 2  # a page may put back what was hidden; it is hidden once more, and then that is said
SCROLL_MS = 8_000
IMAGE_WAIT_MS = 2_000
END_QUIET_MS = 400
LABELS = {
    "untouched": {"zh": "未经触碰", "en": "untouched"},
    "reading": {"zh": "阅读视图（派生）", "en": "reading view (derived)"},
}


async def derive(run: Run) -> str:
    """Hide overlays, load what waits in attributes, photograph once more; with nothing to do, no second view."""
    report: dict[str, Any] = {"labels": LABELS, "done": [], "left": [], "back_again": False}
    run.notes["reading"] = report
    for turn in range(ROUNDS):
        found = await run.world.call("close_overlays", {"most": ACTS_MOST})
        report["left"] = found["left"] if turn == 0 else report["left"]
        report["back_again"] = turn > 0 and bool(found["done"])
        for act in found["done"]:
            run.log("reading", time=act["at"] / 1000, **{name: act[name] for name in ("selector", "kind", "what")})
        report["done"] += found["done"]
        if not report["done"]:
            return f"nothing to close, {len(report['left'])} left"
        if turn == 0 and any(act["kind"] in ("scroll_lock", "lazy") for act in found["done"]):
            report["scroll"] = await _scroll(run)
    report["size"], report["tiles"] = await _photograph(run)
    page = await run.world.call("read")
    run.keep(f"{FOLDER}/text.txt", str(page["text"]))
    run.keep(f"{FOLDER}/report.json", json.dumps(report, ensure_ascii=False, indent=1))
    return f"{len(report['done'])} closed, {len(report['left'])} left, {len(report['tiles'])} tiles"


async def _scroll(run: Run) -> dict[str, Any]:
    """Let load what a locked page kept from loading; what is asked for now is in the network record with its time."""
    limits = run.request.limits
    waits = {"stepWaitMs": IMAGE_WAIT_MS, "endQuietMs": END_QUIET_MS}
    caps = {"maxPx": limits.scroll_px, "maxMs": min(SCROLL_MS, limits.scroll_ms)}
    report: dict[str, Any] = await run.world.call("scroll", {**caps, **waits})
    del report["track"]
    return report


async def _photograph(run: Run) -> tuple[list[int], list[dict[str, Any]]]:
    """Take and store the tiles of the derived view."""
    metrics = (await run.session.send("Page.getLayoutMetrics"))["cssContentSize"]
    boxes = await run.world.call("boxes", {"most": BOXES_MOST})
    width = screenshot.picture_width(run.request.viewport[0], math.ceil(metrics["width"]), boxes)
    height = min(max(1, math.ceil(metrics["height"])), run.request.limits.image_px)
    tiles: list[dict[str, Any]] = []
    async with screenshot.scripts_halted(run):
        for part in plan(width, height, run.request.scale):
            tile = Tile(part.number, part.y, part.width, part.height, folder=FOLDER)
            data = await screenshot.photograph(run, tile)
            tiles.append(await asyncio.to_thread(screenshot.store, run, tile, data, boxes))
    return [width, height], tiles
