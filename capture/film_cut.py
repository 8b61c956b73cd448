"""The film people watch: each raw frame above a strip with address, UTC clock and step, as WebM with chapters.

The strip lies below the picture, never over it, and says that the system added it (由系统叠加). A frame stays on screen
as long as the page did not change; the clock runs on meanwhile. VP8 in WebM plays in every browser without an add-on.
"""

import io
import shutil
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any

from PIL import Image, ImageDraw, ImageFont

STRIP_PX = 56
MARGIN_PX = 12
BITS = 1_500_000
MILLISECONDS = Fraction(1, 1000)
TICK_SECONDS = 1.0
CAPTION = ("由系统叠加 · added by the system", "added by the system")
INK, PAPER = "#ffffff", "#1c2430"


@dataclass(frozen=True)
class Frame:
    """One raw frame: when it was drawn (seconds since the epoch, UTC), and where it lies in the file of frames."""

    at: float
    offset: int
    length: int
    sha256: str


@dataclass(frozen=True)
class Chapter:
    """What was done from `start` to `end`, seconds of the film."""

    start: float
    end: float
    title: str


@dataclass(frozen=True)
class Job:
    """What is cut: the raw frames, the chapters, the address, the window's size in px, and when to give up."""

    frames_file: Path
    frames: Sequence[Frame]
    chapters: Sequence[Chapter]
    url: str
    size: tuple[int, int]
    until: float


def chapters_of(actions: Sequence[Mapping[str, Any]], frames: Sequence[Frame]) -> list[Chapter]:
    """Return one chapter for each step that lasted while the page was filmed.

    Args:
        actions: The capture's log: `time` (seconds since the epoch), `act`, `step`.
        frames: At least one.
    """
    begin, end = frames[0].at, frames[-1].at + TICK_SECONDS
    starts = [(float(one["time"]), str(one["step"])) for one in actions if one["act"] == "step"]
    found = []
    for (at, name), (after, _) in zip(starts, [*starts[1:], (end, "")], strict=True):
        first, last = max(at, begin) - begin, min(after, end) - begin
        if last > first:
            found.append(Chapter(round(first, 3), round(last, 3), name))
    return found


def webvtt(chapters: Sequence[Chapter]) -> str:
    """Return the chapters as WebVTT (W3C), for players that show them."""
    rows = [f"{_stamp(one.start)} --> {_stamp(one.end)}\n{one.title}" for one in chapters]
    return "\n\n".join(("WEBVTT", *rows)) + "\n"


def _stamp(seconds: float) -> str:
    whole, ms = divmod(round(seconds * 1000), 1000)
    return f"{whole // 3600:02}:{whole // 60 % 60:02}:{whole % 60:02}.{ms:03}"


def moments(frames: Sequence[Frame]) -> Iterator[tuple[float, Frame]]:
    """Yield when the film shows which frame: when it was drawn, and again each second until the next."""
    for frame, after in zip(frames, [*(one.at for one in frames[1:]), frames[-1].at + TICK_SECONDS], strict=True):
        at = frame.at
        while at < after:
            yield at, frame
            at += TICK_SECONDS


def cut(job: Job, target: Path) -> dict[str, Any]:
    """Write the film.

    Returns:
        Seconds of the film, its frames, and where it was cut because time was over ("" when it is whole).
    """
    import av  # noqa: PLC0415 - its libraries are loaded only where a film is cut

    begin, cut_at, shown, last = job.frames[0].at, "", 0, 0.0
    width, height = job.size[0] + job.size[0] % 2, job.size[1] + job.size[1] % 2  # VP8 halves the colours
    with job.frames_file.open("rb") as raw, av.open(str(target), "w", format="webm") as film:
        stream = film.add_stream("libvpx", rate=30, options={"deadline": "realtime", "cpu-used": "8", "crf": "20"})
        stream.width, stream.height, stream.pix_fmt, stream.bit_rate = width, height + STRIP_PX, "yuv420p", BITS
        stream.codec_context.time_base = MILLISECONDS
        film.set_chapters([_marked(number, one) for number, one in enumerate(job.chapters)])
        page: tuple[Frame, Image.Image] | None = None
        for at, frame in moments(job.frames):
            if time.monotonic() > job.until:
                cut_at = f"{last:.1f} s"
                break
            if page is None or page[0] is not frame:
                raw.seek(frame.offset)
                page = frame, Image.open(io.BytesIO(raw.read(frame.length))).convert("RGB")
            last = at - begin
            sheet = _with_strip(page[1], job, at, last, (width, height))
            picture = av.VideoFrame.from_image(sheet)  # type: ignore[no-untyped-call]  # untyped in PyAV
            picture.pts, picture.time_base = round(last * 1000), MILLISECONDS
            film.mux(stream.encode(picture))
            shown += 1
        film.mux(stream.encode(None))
    return {"seconds": round(last + TICK_SECONDS), "frames": shown, "raw_frames": len(job.frames), "cut": cut_at}


def _marked(number: int, chapter: Chapter) -> Any:
    times = {"start": round(chapter.start * 1000), "end": round(chapter.end * 1000), "time_base": MILLISECONDS}
    return {"id": number + 1, **times, "metadata": {"title": chapter.title}}


def _with_strip(page: Image.Image, job: Job, at: float, seconds: float, size: tuple[int, int]) -> Image.Image:
    """Return the frame with the strip below it."""
    sheet = Image.new("RGB", (size[0], size[1] + STRIP_PX), PAPER)
    sheet.paste(page.crop((0, 0, min(page.width, size[0]), min(page.height, size[1]))), (0, 0))
    draw, (font, chinese) = ImageDraw.Draw(sheet), _font()
    step = next((one.title for one in job.chapters if one.start <= seconds < one.end), "")
    clock = datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M:%S.%f")[:-3] + " UTC"
    caption = CAPTION[0 if chinese else 1]
    room = size[0] - 2 * MARGIN_PX
    draw.text((MARGIN_PX, size[1] + 6), _fitting(draw, job.url, font, room), font=font, fill=INK)
    draw.text((MARGIN_PX, size[1] + 30), f"{clock}  {step}", font=font, fill=INK)
    draw.text((size[0] - MARGIN_PX, size[1] + 30), caption, font=font, fill=INK, anchor="ra")
    return sheet


def _fitting(draw: ImageDraw.ImageDraw, words: str, font: Any, room: int) -> str:
    """Shorten words in the middle until they fit: host and end of an address stay."""
    if draw.textlength(words, font=font) <= room:
        return words
    half = len(words) // 2
    while half > 1 and draw.textlength(f"{words[:half]}…{words[-half:]}", font=font) > room:
        half = half * 9 // 10
    return f"{words[:half]}…{words[-half:]}"


@cache
def _font() -> tuple[Any, bool]:
    """Return a font and whether it can write Chinese; fontconfig knows which file that is."""
    tool = shutil.which("fc-match")
    if tool is not None:
        asked = [tool, "-f", "%{file}\t%{index}", "sans-serif:lang=zh-cn"]
        answer = subprocess.run(asked, capture_output=True, text=True, timeout=10, check=False).stdout
        name, _, index = answer.partition("\t")
        try:
            return ImageFont.truetype(name, 16, index=int(index)), True
        except (OSError, ValueError):
            pass
    return ImageFont.load_default(16), False
