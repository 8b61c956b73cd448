"""过程录像: the visit as the window showed it, kept frame by frame with the time Chromium drew each.

The raw frames stay as they came: video/frames.mjpeg is one JPEG after another, video/frames.json says where each lies,
when it was drawn and its SHA-256. What people watch is cut from them afterwards (`capture.film_cut`); nothing is ever
drawn into the page. Filming ends before the pictures are taken, which lay the page out anew.
"""

import asyncio
import base64
import hashlib
import json
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO

from playwright.async_api import CDPSession
from playwright.async_api import Error as PlaywrightError

from capture import film_cut
from capture.errors import StepFailedError
from capture.film_cut import Frame
from capture.run import Run

FRAMES, INDEX, VIDEO, CHAPTERS = "video/frames.mjpeg", "video/frames.json", "video.webm", "video/chapters.vtt"
FRAME_SECONDS = 0.2  # least time between two frames
FRAMES_MOST = 1500
BYTES_MOST = 100 * 1024 * 1024
QUALITY = 60
CUT_SECONDS = 50.0


@dataclass
class Film:
    """What is being filmed.

    Attributes:
        session: CDP session of the page.
        file: Where the raw frames go.
        frames: Those kept so far.
        stopped: Which cap ended it, "" when none did.
        problem: What kept a frame from being written.
        length: Bytes written so far.
    """

    session: CDPSession
    file: BinaryIO
    frames: list[Frame] = field(default_factory=list)
    stopped: str = ""
    problem: OSError | None = None
    length: int = 0

    async def take(self, event: dict[str, Any]) -> None:
        """Keep one frame and, after a moment, ask for the next: Chromium waits for the answer."""
        data = base64.b64decode(event["data"])
        self._keep(data, float(event["metadata"].get("timestamp") or time.time()))
        if self.stopped or self.problem:
            return
        await asyncio.sleep(FRAME_SECONDS)
        try:
            await self.session.send("Page.screencastFrameAck", {"sessionId": event["sessionId"]})
        except PlaywrightError:
            return  # the page ended meanwhile: its step says so

    def _keep(self, data: bytes, at: float) -> None:
        if self.file.closed or self.stopped or self.problem:
            return
        if len(self.frames) >= FRAMES_MOST or self.length + len(data) > BYTES_MOST:
            self.stopped = f"{len(self.frames)} frames, {self.length} bytes"
            return
        try:
            self.file.write(data)
        except OSError as error:
            self.problem = error
            return
        self.frames.append(Frame(at, self.length, len(data), hashlib.sha256(data).hexdigest()))
        self.length += len(data)


async def start(run: Run) -> str:
    """Begin to film the window."""
    film = Film(run.session, run.new_file(FRAMES).open("xb"))
    run.film = film
    run.session.on("Page.screencastFrame", film.take)
    width, height = run.request.viewport
    size = {"maxWidth": width, "maxHeight": height}
    await run.session.send("Page.startScreencast", {"format": "jpeg", "quality": QUALITY, **size})
    return ""


async def stop(run: Run) -> str:
    """End filming, keep frames and index, and begin to cut the film in a thread.

    Raises:
        StepFailedError: No frame came.
        OSError: A frame could not be written.
    """
    film = run.film
    if film is None:
        raise StepFailedError("not filmed")
    try:
        await run.session.send("Page.stopScreencast")
    except PlaywrightError:
        film.stopped = film.stopped or "the page ended"
    film.file.close()
    run.files[FRAMES] = run.out / FRAMES
    if film.problem is not None:
        raise film.problem
    if not film.frames:
        raise StepFailedError("no frame came")
    run.keep(INDEX, index_of(film))
    chapters = film_cut.chapters_of(run.actions, film.frames)
    run.keep(CHAPTERS, film_cut.webvtt(chapters))
    until = time.monotonic() + CUT_SECONDS
    job = film_cut.Job(run.out / FRAMES, tuple(film.frames), chapters, run.request.url, run.request.viewport, until)
    run.background["film"] = asyncio.get_running_loop().run_in_executor(None, film_cut.cut, job, run.out / VIDEO)
    return f"{len(film.frames)} frames" + (f", stopped at {film.stopped}" if film.stopped else "")


async def finish(run: Run) -> str:
    """Wait for the film."""
    facts = await run.background.pop("film")
    run.files[VIDEO] = run.out / VIDEO
    run.notes["film"] = {**run.notes.get("film", {}), **facts}
    return f"{facts['seconds']} s" + (f", cut: {facts['cut']}" if facts["cut"] else "")


def index_of(film: Film) -> str:
    """Return video/frames.json: of each raw frame its time (UTC), place, length in bytes and SHA-256."""
    rows = [
        {"at": _rfc3339(frame.at), "offset": frame.offset, "bytes": frame.length, "sha256": frame.sha256}
        for frame in film.frames
    ]
    document = {"schema": "bianwu/frames/1", "file": Path(FRAMES).name, "stopped": film.stopped, "frames": rows}
    return json.dumps(document, ensure_ascii=False, indent=1)


def _rfc3339(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
