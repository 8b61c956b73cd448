"""The calibration capture: a known page is drawn and photographed before the visit, so that the tool is seen to work.

The page is ours and needs no network: coloured bands whose every pixel is known. What comes out differently means that
something between browser and picture is not in order, and the capture says so.
"""

import hashlib
import io

from PIL import Image

from capture.run import Run

BANDS = ("#000000", "#ffffff", "#ff0000", "#00ff00", "#0000ff", "#c0c0c0", "#123456", "#fedcba")
WIDTH, BAND = 640, 40
PAGE = "<!doctype html><style>*{margin:0}div{height:40px}</style>" + "".join(
    f'<div style="background:{colour}"></div>' for colour in BANDS
)


async def calibrate(run: Run) -> str:
    """Draw the known page, photograph it and compare."""
    picture = await run.browser.photograph(PAGE, WIDTH, BAND * len(BANDS))
    run.keep("calibration.png", picture)
    wrong = wrong_bands(picture)
    digest = hashlib.sha256(picture).hexdigest()
    run.notes["calibration"] = {"sha256": digest, "wrong_bands": wrong}
    if wrong:
        run.cuts["calibration"] = f"bands {wrong} of the known page came out wrong"
    return f"{len(BANDS) - len(wrong)} of {len(BANDS)} bands as drawn"


def wrong_bands(picture: bytes) -> list[int]:
    """Return the numbers of the bands that are not one solid area of their colour."""
    with Image.open(io.BytesIO(picture)) as opened:
        image = opened.convert("RGB")
    if image.size != (WIDTH, BAND * len(BANDS)):
        return list(range(len(BANDS)))
    wanted = [tuple(bytes.fromhex(colour[1:])) for colour in BANDS]
    areas = (image.crop((0, number * BAND, WIDTH, (number + 1) * BAND)) for number in range(len(BANDS)))
    return [n for n, area in enumerate(areas) if area.getcolors(maxcolors=1) != [(WIDTH * BAND, wanted[n])]]
