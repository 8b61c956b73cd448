"""The small picture of a running capture: there while it runs, small, and no part of the evidence."""

import io
from pathlib import Path

import pytest
from PIL import Image

from capture.live import HEIGHT, WIDTH, shrink
from tests.capture.conftest import Take

pytestmark = pytest.mark.browser


def test_the_window_is_shown_while_a_capture_runs(take: Take, tmp_path: Path) -> None:
    path = tmp_path / "live.jpg"
    seen: dict[str, bytes] = {}

    def progress(step: str, _done: int, _total: int) -> None:
        if path.is_file():
            seen[step] = path.read_bytes()

    result = take("/plain", live=path, progress=progress)
    assert result.state == "COMPLETE"
    assert "navigate" not in seen
    assert {"settle", "screenshot"} <= set(seen)
    with Image.open(io.BytesIO(seen["screenshot"])) as image:
        assert (image.format, image.size) == ("JPEG", (WIDTH, HEIGHT))
        assert len(image.getcolors(maxcolors=1 << 16) or ()) > 1  # not a white sheet
    assert not any("live" in name for name in result.files)
    assert list(tmp_path.glob("live.part")) == []


def test_a_place_that_cannot_be_written_changes_nothing(take: Take, tmp_path: Path) -> None:
    result = take("/plain", live=tmp_path / "none" / "live.jpg")
    assert (result.state, result.missing) == ("COMPLETE", ())


@pytest.mark.parametrize("size", [(1280, 800), (40, 4000), (5000, 1)])
def test_any_window_becomes_a_small_picture(size: tuple[int, int]) -> None:
    stream = io.BytesIO()
    Image.new("RGB", size, "red").save(stream, "JPEG")
    with Image.open(io.BytesIO(shrink(stream.getvalue()))) as image:
        assert image.width <= WIDTH
        assert 1 <= image.height <= HEIGHT
