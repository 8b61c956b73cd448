"""What the window shows while a capture runs: a small picture for the people who wait, never evidence.

It is taken as the window is, without a clip or any other change of the page; it is replaced step by step and belongs
to whoever deletes the folder it lies in. A page that does not answer at once is not asked again.
"""

import asyncio
import base64
import io
from dataclasses import dataclass
from pathlib import Path

from PIL import Image
from playwright.async_api import Error as PlaywrightError

from capture.errors import CaptureError
from capture.run import Run

SECONDS = 0.8
WIDTH, HEIGHT, QUALITY = 320, 200, 55


@dataclass
class Live:
    """The place of the picture.

    Attributes:
        path: Where it is put; None for nowhere.
        shown: How many were put there.
    """

    path: Path | None
    shown: int = 0

    async def publish(self, run: Run) -> None:
        """Put the window as it is now in the place of the last picture; failing to is no event."""
        if self.path is None:
            return
        try:
            async with asyncio.timeout(SECONDS):
                # No clip and no scaling by Chromium: those lay the page out anew for a moment.
                shot = await run.session.send("Page.captureScreenshot", {"format": "jpeg", "quality": 60})
                small = await asyncio.to_thread(shrink, base64.b64decode(shot["data"]))
            part = self.path.with_suffix(".part")
            part.write_bytes(small)
            part.replace(self.path)
            self.shown += 1
        except (TimeoutError, PlaywrightError, CaptureError, OSError, ValueError):
            self.path = None


def shrink(picture: bytes) -> bytes:
    """Return the top of a picture as a small JPEG."""
    with Image.open(io.BytesIO(picture)) as opened:
        image = opened.convert("RGB")
    image.thumbnail((WIDTH, image.height * WIDTH // image.width + 1))
    stream = io.BytesIO()
    image.crop((0, 0, image.width, min(image.height, HEIGHT))).save(stream, "JPEG", quality=QUALITY)
    return stream.getvalue()
