"""Drawing helpers for the demo's pictures: Chinese fonts, rounded boxes, a round seal, the 虚构 mark."""

from __future__ import annotations

import math
from functools import lru_cache
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from caseapp.demo.errors import DemoFontError

SANS = ("NotoSansCJK-Regular.ttc", "NotoSansSC-Regular.otf", "wqy-microhei.ttc", "PingFang.ttc", "msyh.ttc")
SANS_BOLD = ("NotoSansCJK-Bold.ttc", "NotoSansSC-Bold.otf", *SANS)
SERIF = ("NotoSerifCJK-Regular.ttc", "NotoSerifSC-Regular.otf", *SANS)
SERIF_BOLD = ("NotoSerifCJK-Bold.ttc", "NotoSerifSC-Bold.otf", *SANS_BOLD)
# Debian and Fedora keep Noto CJK here; Pillow itself only searches the XDG font folders by file name.
FOLDERS = ("/usr/share/fonts/opentype/noto", "/usr/share/fonts/google-noto-cjk", "/usr/share/fonts/noto-cjk")
SIMPLIFIED = 2

Color = tuple[int, int, int] | tuple[int, int, int, int] | str


@lru_cache(maxsize=64)
def font(names: tuple[str, ...], size: int) -> ImageFont.FreeTypeFont:
    """A font with Chinese characters at ``size`` pixels.

    Raises:
        DemoFontError: None of ``names`` is installed.
    """
    for name in names:
        for place in (name, *(str(Path(folder, name)) for folder in FOLDERS)):
            for index in (SIMPLIFIED, 0):
                try:
                    return ImageFont.truetype(place, size, index=index)
                except OSError:
                    continue
    raise DemoFontError(", ".join(names))


def wrapped(text: str, face: ImageFont.FreeTypeFont, width: int) -> list[str]:
    """Break Chinese text into lines no wider than ``width`` pixels."""
    lines, line = [], ""
    for character in text:
        if character == "\n" or (line and face.getlength(line + character) > width):
            lines.append(line)
            line = ""
        if character != "\n":
            line += character
    return [*lines, line] if line else lines


def paragraph(
    draw: ImageDraw.ImageDraw,
    at: tuple[int, int],
    text: str,
    face: ImageFont.FreeTypeFont,
    *,
    width: int,
    fill: Color,
    leading: float = 1.6,
) -> int:
    """Draw wrapped text and return the y below it."""
    x, y = at
    for line in wrapped(text, face, width):
        draw.text((x, y), line, font=face, fill=fill)
        y += round(face.size * leading)
    return y


def mark_fictional(image: Image.Image, *, text: str = "示例·虚构") -> None:
    """Write the 虚构 mark across the picture, light but legible, so that it cannot be mistaken once copied."""
    layer = Image.new("RGBA", image.size, (0, 0, 0, 0))
    draw = ImageDraw.Draw(layer)
    face = font(SANS_BOLD, max(18, image.width // 22))
    step = round(face.getlength(text) * 1.7)
    for row, y in enumerate(range(0, image.height * 2, step // 2 + 40)):
        for x in range(-(row % 2) * step // 2, image.width * 2, step):
            draw.text((x, y), text, font=face, fill=(90, 90, 90, 34))
    turned = layer.rotate(24, resample=Image.Resampling.BICUBIC)
    image.paste(Image.alpha_composite(image.convert("RGBA"), turned).convert("RGB"))


def corner_mark(image: Image.Image, text: str) -> None:
    """Write a platform's watermark into the lower right corner."""
    draw = ImageDraw.Draw(image, "RGBA")
    face = font(SANS, max(14, image.width // 40))
    width = face.getlength(text)
    at = (image.width - width - 14, image.height - face.size - 14)
    draw.text((at[0] + 1, at[1] + 1), text, font=face, fill=(0, 0, 0, 120))
    draw.text(at, text, font=face, fill=(255, 255, 255, 215))


def round_seal(text: str, size: int, *, tilt: float, color: tuple[int, int, int] = (200, 30, 30)) -> Image.Image:
    """A round red seal with its text along the rim and a star in the middle, on transparent ground."""
    image = Image.new("RGBA", (size, size), (0, 0, 0, 0))
    draw = ImageDraw.Draw(image)
    draw.ellipse((4, 4, size - 5, size - 5), outline=(*color, 225), width=max(3, size // 40))
    middle, radius = size / 2, size * 0.385
    face = font(SERIF_BOLD, round(size * 0.105))
    span = math.radians(250)
    for number, character in enumerate(text):
        angle = -math.pi / 2 - span / 2 + span * number / max(1, len(text) - 1)
        glyph = Image.new("RGBA", (round(face.size * 1.5), round(face.size * 1.5)), (0, 0, 0, 0))
        ImageDraw.Draw(glyph).text(
            (glyph.width / 2, glyph.height / 2), character, font=face, fill=(*color, 225), anchor="mm"
        )
        glyph = glyph.rotate(-math.degrees(angle) - 90, resample=Image.Resampling.BICUBIC)
        x, y = middle + radius * math.cos(angle), middle + radius * math.sin(angle)
        image.alpha_composite(glyph, (round(x - glyph.width / 2), round(y - glyph.height / 2)))
    draw.polygon(_star(middle, middle, size * 0.16), fill=(*color, 225))
    return image.rotate(tilt, resample=Image.Resampling.BICUBIC)


def _star(x: float, y: float, radius: float) -> list[tuple[float, float]]:
    points = []
    for number in range(10):
        length = radius if number % 2 == 0 else radius * 0.382
        angle = -math.pi / 2 + number * math.pi / 5
        points.append((x + length * math.cos(angle), y + length * math.sin(angle)))
    return points
