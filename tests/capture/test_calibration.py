"""The calibration page: what comes out of the browser is what was drawn, and anything else is noticed."""

import io
import json
from typing import Any

import pytest
from PIL import Image

from capture.calibration import BAND, BANDS, WIDTH, wrong_bands
from tests.capture.conftest import Take


def picture(*, spoiled: int | None = None, width: int = WIDTH) -> bytes:
    image = Image.new("RGB", (width, BAND * len(BANDS)))
    for number, colour in enumerate(BANDS):
        image.paste(colour, (0, number * BAND, width, (number + 1) * BAND))
    if spoiled is not None:
        image.putpixel((WIDTH // 2, spoiled * BAND + 3), (1, 2, 3))
    out = io.BytesIO()
    image.save(out, "PNG")
    return out.getvalue()


def test_the_known_page_is_known() -> None:
    assert wrong_bands(picture()) == []
    assert wrong_bands(picture(width=WIDTH + 1)) == list(range(len(BANDS)))


@pytest.mark.parametrize("number", range(len(BANDS)))
def test_one_wrong_pixel_is_seen(number: int) -> None:
    assert wrong_bands(picture(spoiled=number)) == [number]


@pytest.mark.browser
def test_every_capture_begins_with_it(take: Take) -> None:
    result = take("/plain")
    assert wrong_bands(result.files["calibration.png"].read_bytes()) == []
    report: Any = json.loads(result.files["environment.json"].read_text(encoding="utf-8"))
    verdicts = {item["id"]: item["verdict"] for item in report["items"]}
    assert verdicts["calibration"] == "ok"
    assert verdicts["dns_answers"] == "not_applicable"
