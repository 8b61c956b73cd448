"""The visit on video: raw frames as they came, the film cut from them, its chapters; and what ends it early."""

import hashlib
import io
import json
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import av
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from capture import film, film_cut
from capture.film_cut import STRIP_PX, Chapter, Frame, Job, chapters_of, cut, moments, webvtt
from tests.capture.conftest import Take

START = 1_700_000_000.0


def frames(*seconds: float) -> list[Frame]:
    return [Frame(START + at, 0, 1, "") for at in seconds]


def steps(*rows: tuple[float, str]) -> list[dict[str, object]]:
    return [{"time": START + at, "act": "step", "step": name} for at, name in rows]


def test_a_step_is_a_chapter_as_far_as_it_was_filmed() -> None:
    log = steps((-5, "open"), (-1, "navigate"), (2, "load"), (2, "settle"), (4, "scroll"), (90, "archive"))
    log.insert(3, {"time": START + 3, "act": "click", "label": "展开"})
    found = chapters_of(log, frames(0, 1, 6))
    assert found == [
        Chapter(0, 2, "navigate"),
        Chapter(2, 4, "settle"),
        Chapter(4, 7, "scroll"),
    ]
    assert webvtt(found[:1]) == "WEBVTT\n\n00:00:00.000 --> 00:00:02.000\nnavigate\n"


@given(st.lists(st.integers(0, 60_000), min_size=1, max_size=30, unique=True).map(sorted))
def test_every_frame_is_shown_and_the_clock_never_stands_for_more_than_a_second(seconds: Sequence[int]) -> None:
    rows = frames(*(ms / 1000 for ms in seconds))
    shown = list(moments(rows))
    assert shown[0] == (rows[0].at, rows[0])
    assert {id(frame) for _, frame in shown} == {id(row) for row, after in pairwise([*rows, None]) if row}
    assert all(0 < after - before <= 1 + 1e-3 for (before, _), (after, _) in pairwise(shown))


def reel(folder: Path, *pictures: Image.Image) -> tuple[Path, list[Frame]]:
    path, rows, data = folder / "frames.mjpeg", [], b""
    for number, picture in enumerate(pictures):
        file = io.BytesIO()
        picture.save(file, "JPEG", quality=90)
        rows.append(Frame(START + number, len(data), file.tell(), hashlib.sha256(file.getvalue()).hexdigest()))
        data += file.getvalue()
    path.write_bytes(data)
    return path, rows


def test_the_film_shows_each_frame_whole_above_the_strip(tmp_path: Path) -> None:
    path, rows = reel(tmp_path, *(Image.new("RGB", (321, 201), colour) for colour in ("red", "green", "blue")))
    url = "https://weibo.example/" + "很长的地址" * 60
    job = Job(path, rows, (Chapter(0, 2, "navigate"), Chapter(2, 3, "scroll")), url, (321, 201), float("inf"))
    assert cut(job, tmp_path / "v.webm") == {"seconds": 3, "frames": 3, "raw_frames": 3, "cut": ""}
    with av.open(str(tmp_path / "v.webm")) as made:
        titles = [one["metadata"]["title"] for one in made.chapters()]
        seen = [(frame.time, frame.to_image()) for frame in made.decode(video=0)]
    assert titles == ["navigate", "scroll"]
    assert [round(at or 0) for at, _ in seen] == [0, 1, 2]
    for (_, picture), strongest in zip(seen, range(3), strict=True):
        assert picture.size == (322, 202 + STRIP_PX)
        colour = picture.getpixel((160, 190))
        assert isinstance(colour, tuple)
        assert max(range(3), key=lambda part: colour[part]) == strongest
        strip = picture.crop((0, 203, 322, 202 + STRIP_PX))
        assert len(strip.getcolors(100_000) or ()) > 10  # words stand in it


def test_time_that_is_over_is_said(tmp_path: Path) -> None:
    path, rows = reel(tmp_path, Image.new("RGB", (64, 64)))
    assert cut(Job(path, rows, (), "https://a.example/", (64, 64), 0.0), tmp_path / "v.webm")["cut"] == "0.0 s"


def test_without_a_chinese_font_the_strip_is_in_english(monkeypatch: pytest.MonkeyPatch) -> None:
    film_cut._font.cache_clear()
    monkeypatch.setattr(film_cut.shutil, "which", lambda _name: None)
    try:
        assert film_cut._font()[1] is False
    finally:
        film_cut._font.cache_clear()


@pytest.mark.browser
@pytest.mark.slow
def test_a_visit_is_filmed(take: Take) -> None:
    result = take("/folded", video=True)
    assert result.state == "COMPLETE"
    index = json.loads(result.files["video/frames.json"].read_text("utf-8"))
    data = result.files["video/frames.mjpeg"].read_bytes()
    assert index["stopped"] == ""
    assert len(index["frames"]) > 1
    for row in index["frames"]:
        raw = data[row["offset"] : row["offset"] + row["bytes"]]
        assert hashlib.sha256(raw).hexdigest() == row["sha256"]
        assert Image.open(io.BytesIO(raw)).size == (1280, 800)
    assert sum(row["bytes"] for row in index["frames"]) == len(data)
    with av.open(str(result.files["video.webm"])) as made:
        assert "scroll" in [one["metadata"]["title"] for one in made.chapters()]
        assert made.streams.video[0].height == 800 + STRIP_PX
    assert "scroll" in result.files["video/chapters.vtt"].read_text("utf-8")
    record = json.loads(result.files["capture.json"].read_text("utf-8"))
    acts = {act["act"] for act in record["actions"]}
    assert {"step", "click"} <= acts
    times = [act["at"] for act in record["actions"] if act["act"] == "step"]
    assert times == sorted(times)
    report = json.loads(result.files["report.json"].read_text("utf-8"))
    assert {row["id"]: row["verdict"] for row in report["items"]}["video"] == "ok"


@pytest.mark.browser
@pytest.mark.slow
def test_a_film_that_grows_too_long_stops_and_says_so(take: Take, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(film, "FRAMES_MOST", 1)
    result = take("/folded", video=True)
    assert result.state == "COMPLETE"
    index = json.loads(result.files["video/frames.json"].read_text("utf-8"))
    assert len(index["frames"]) == 1
    assert index["stopped"].startswith("1 frames")
