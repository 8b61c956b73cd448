"""Every picture of the demo platforms, drawn when first asked for and kept as PNG bytes.

The drawings are the same on every run, so two platforms show the same forged notice to the pixel except for the
platform's own watermark, as in the case.
"""

from __future__ import annotations

import hashlib
import io
import math
from collections.abc import Callable
from functools import lru_cache

from PIL import Image, ImageDraw, ImageFilter

from caseapp.demo.errors import DemoSiteError
from caseapp.demo.site.drawing import SANS_BOLD, corner_mark, font, mark_fictional
from caseapp.demo.site.products import PRODUCTS, bag

MARKS = {"weixun.test": "微汛 weixun.test", "zhiye.test": "知野 zhiye.test", "lanjiangbbs.test": "澜江生活坛"}
ICONS = {
    "weixun.test": ("汛", (238, 98, 56)),
    "zhiye.test": ("知", (28, 98, 214)),
    "lanjiangbbs.test": ("坛", (58, 128, 84)),
    "www.muhe-food.test": ("禾", (46, 125, 80)),
    "scjg.lanjiang-tc.test": ("监", (176, 32, 36)),
}
PALETTE = (
    (232, 120, 90),
    (88, 140, 200),
    (110, 170, 110),
    (190, 130, 190),
    (214, 160, 70),
    (90, 170, 170),
    (200, 110, 130),
)
Rgb = tuple[int, int, int]


@lru_cache(maxsize=128)
def picture(name: str, host: str) -> bytes:
    """The PNG of one picture as ``host`` shows it.

    Raises:
        DemoSiteError: There is no picture of this name.
    """
    if name.startswith("avatar-"):
        return _png(_avatar(bytes.fromhex(name.removeprefix("avatar-")).decode("utf-8")))
    if name == "icon":
        letter, color = ICONS[host]
        return _png(_tile(letter, color, 64))
    draw = PRODUCTS.get(name) or SCENES.get(name)
    if draw is None:
        raise DemoSiteError(name)
    image = draw()
    if host in MARKS:
        corner_mark(image, MARKS[host])
    return _png(image)


def picture_size(name: str) -> tuple[int, int]:
    """Width and height in pixels, for the page's layout before the picture is loaded."""
    return _sizes().get(name, (960, 640))


def avatar_name(handle: str) -> str:
    """The picture name of an account's avatar."""
    return "avatar-" + handle[:2].encode("utf-8").hex()


@lru_cache(maxsize=1)
def _sizes() -> dict[str, tuple[int, int]]:
    return {
        "package-front": (900, 1080),
        "marketing": (1200, 800),
        "forged-notice": (1000, 1380),
        "group-chat": (840, 1180),
        "order-card": (840, 900),
        "mouldy-bag": (960, 720),
        "candle": (960, 720),
    }


def _png(image: Image.Image) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, "PNG", compress_level=6)
    return buffer.getvalue()


def _avatar(handle: str) -> Image.Image:
    number = hashlib.sha256(handle.encode()).digest()[0]
    return _tile(handle[:1], PALETTE[number % len(PALETTE)], 120)


def _tile(letter: str, color: Rgb, size: int) -> Image.Image:
    image = Image.new("RGB", (size, size), color)
    draw = ImageDraw.Draw(image)
    draw.text((size / 2, size / 2), letter, font=font(SANS_BOLD, round(size * 0.52)), fill="white", anchor="mm")
    return image


def _sky(top: Rgb, bottom: Rgb) -> tuple[Image.Image, ImageDraw.ImageDraw]:
    image = Image.new("RGB", (960, 640))
    draw = ImageDraw.Draw(image)
    for y in range(640):
        share = y / 640
        draw.line((0, y, 960, y), fill=tuple(round(a + (b - a) * share) for a, b in zip(top, bottom, strict=True)))
    return image, draw


def _done(image: Image.Image) -> Image.Image:
    mark_fictional(image)
    return image


def _balcony() -> Image.Image:
    image, draw = _sky((206, 232, 246), (240, 248, 238))
    draw.rectangle((0, 520, 960, 640), fill=(196, 164, 130))
    for x in range(60, 960, 150):
        draw.line((x, 60, x, 560), fill=(150, 110, 70), width=8)
        for row in range(5):
            y = 110 + row * 84
            draw.ellipse((x - 52, y - 22, x + 8, y + 26), fill=(92, 158, 84))
            draw.ellipse((x + 4, y + 6, x + 46, y + 48), fill=(214, 64, 52) if (row + x) % 2 else (226, 150, 60))
    return _done(image)


def _river() -> Image.Image:
    image, draw = _sky((24, 34, 66), (70, 66, 104))
    draw.rectangle((0, 380, 960, 640), fill=(22, 32, 56))
    for number in range(16):
        x, height = number * 62, 60 + (number * 47) % 130
        draw.rectangle((x, 380 - height, x + 52, 380), fill=(40, 46, 78))
    for x in range(40, 960, 90):
        draw.ellipse((x - 9, 372, x + 9, 390), fill=(255, 214, 120))
        draw.line((x, 400, x + 14, 600), fill=(150, 122, 70), width=4)
    image.paste(image.filter(ImageFilter.GaussianBlur(1)))
    return _done(image)


def _breakfast() -> Image.Image:
    image, draw = _sky((246, 238, 224), (232, 218, 196))
    draw.ellipse((250, 120, 710, 580), fill=(255, 255, 255))
    draw.ellipse((290, 160, 670, 540), fill=(244, 232, 208))
    for number in range(26):
        angle, distance = number * 2.4, 22 + number * 6
        x, y = 480 + distance * math.cos(angle), 350 + distance * math.sin(angle)
        draw.ellipse((x - 24, y - 24, x + 24, y + 24), outline=(206, 154, 82), width=13)
    draw.rounded_rectangle((760, 160, 880, 420), 20, fill=(252, 252, 252))
    draw.rectangle((772, 220, 868, 408), fill=(250, 240, 220))
    return _done(image)


def _oldtown() -> Image.Image:
    image, draw = _sky((150, 160, 170), (206, 210, 212))
    for number in range(4):
        x = number * 250 - 30
        draw.polygon([(x - 24, 250), (x + 130, 150), (x + 284, 250)], fill=(66, 70, 76))
        draw.rectangle((x, 250, x + 260, 560), fill=(232, 226, 214))
        draw.rectangle((x + 90, 380, x + 170, 560), fill=(120, 76, 52))
    draw.rectangle((0, 560, 960, 640), fill=(120, 124, 128))
    for x in range(0, 960, 26):
        draw.line((x, (x * 37) % 200, x - 18, (x * 37) % 200 + 70), fill=(226, 230, 234), width=2)
    return _done(image)


def _dusk() -> Image.Image:
    image, draw = _sky((242, 150, 96), (92, 76, 130))
    draw.ellipse((160, 160, 700, 330), fill=(250, 206, 170))
    draw.polygon([(640, 240), (820, 150), (800, 250), (840, 330)], fill=(250, 206, 170))
    image = image.filter(ImageFilter.GaussianBlur(5))
    draw = ImageDraw.Draw(image)
    draw.rectangle((0, 540, 960, 640), fill=(52, 46, 72))
    return _done(image)


def _poster() -> Image.Image:
    image, draw = _sky((60, 80, 92), (36, 46, 56))
    draw.rectangle((0, 430, 960, 640), fill=(150, 156, 160))
    for x in range(0, 960, 80):
        draw.line((x, 430, x - 60, 640), fill=(126, 132, 138), width=3)
    small = bag(180, 262)
    image.paste(small, (640, 230), small)
    draw.ellipse((250, 150, 370, 280), fill=(236, 206, 180))
    draw.rounded_rectangle((200, 280, 420, 560), 60, fill=(245, 247, 248))
    draw.ellipse((410, 250, 530, 370), fill=(0, 0, 0))
    draw.polygon([(452, 280), (452, 340), (504, 310)], fill="white")
    draw.rectangle((0, 530, 960, 640), fill=(0, 0, 0))
    draw.text(
        (480, 570),
        "报告编号 YG-2026-W04417、YG-2026-W04436，结论只对所检样品负责",
        font=font(SANS_BOLD, 26),
        fill="white",
        anchor="mm",
    )
    return _done(image)


SCENES: dict[str, Callable[[], Image.Image]] = {
    "balcony": _balcony,
    "river": _river,
    "breakfast": _breakfast,
    "oldtown": _oldtown,
    "dusk": _dusk,
    "video-poster": _poster,
}
