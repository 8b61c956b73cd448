"""Rectangles painted over a picture, strip by strip; what lies outside them is measured and stays as it is.

One strip is in memory at a time. What is written holds pixels and nothing else: no EXIF, no text, no colour profile.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, BinaryIO, Final

from PIL import Image, ImageDraw, UnidentifiedImageError

from caseapp.domain.errors import CaseError, InvalidInputError
from caseapp.domain.labels import Label
from caseapp.services.masking import MOST_PIXELS, Box, Strip, keyed

BAND: Final = 512
"""Rows of pixels that are digested together."""
PIXELS_ONLY: Final = frozenset((b"IHDR", b"IDAT", b"IEND"))
_DEEP: Final = 16
_HEAD: Final = 25
_NO_PICTURE: Final = (
    UnidentifiedImageError, Image.DecompressionBombError, Image.DecompressionBombWarning, OSError, SyntaxError,
    ValueError,
)  # fmt: skip
_PICTURE: Final = Label("截图", "screenshot")


class MaskFaultError(CaseError):
    """What was painted is not what was asked for; nothing was kept."""

    code = "mask-fault"
    text = Label(
        "遮盖副本与原件比对不符，没有保存。请重试；仍不行请联系管理员。",
        "The redacted copy does not agree with its original and was not kept. Try again, or ask your admin.",
    )


def measured(names: Sequence[str], open_file: Any) -> list[Strip]:
    """Return the column the pictures make.

    Raises:
        InvalidInputError: one is no picture that can be masked without changing its pixels.
    """
    found: list[Strip] = []
    top = 0
    for name in names:
        with open_file(name) as source:
            wide, high = _head(source).size
        found.append(Strip(name, top, wide, high))
        top += high
    return found


def _head(source: BinaryIO) -> Image.Image:
    first = source.read(_HEAD)
    source.seek(0)
    try:
        image = Image.open(source, formats=("PNG", "JPEG"))
    except _NO_PICTURE as error:
        problem = Label("不是 PNG 或 JPEG 图片，不能遮盖。", "not a PNG or JPEG picture; it cannot be masked.")
        raise InvalidInputError(field=_PICTURE, problem=problem) from error
    if image.width * image.height > MOST_PIXELS:
        most = MOST_PIXELS // 1_000_000
        problem = Label(f"单张图片超过 {most} 百万像素。", f"one picture has more than {most} million pixels.")
        raise InvalidInputError(field=_PICTURE, problem=problem)
    deep = image.format == "PNG" and first[24:25] == bytes([_DEEP])
    if deep or image.mode not in {"1", "L", "LA", "P", "RGB", "RGBA"} or getattr(image, "is_animated", False):
        problem = Label(
            "不支持 16 位、CMYK 或动态图片：转换会改变像素值。",
            "16 bit, CMYK and animated pictures are not taken: converting them would change their pixels.",
        )
        raise InvalidInputError(field=_PICTURE, problem=problem)
    return image


def pixels(source: BinaryIO) -> Image.Image:
    """Return a picture's pixels as L, LA, RGB or RGBA, whose values are those of the file, and nothing else of it.

    Raises:
        InvalidInputError: as `measured`, or the file is cut off.
    """
    image = _head(source)
    clear = "transparency" in image.info
    mode = {"1": "L", "P": "RGB"}.get(image.mode, image.mode)
    if clear:
        mode = "RGBA"
    try:
        image.load()
        made = image if image.mode == mode and not clear else image.convert(mode)
    except (OSError, SyntaxError, ValueError) as error:
        problem = Label("图片文件不完整。", "the picture is cut off.")
        raise InvalidInputError(field=_PICTURE, problem=problem) from error
    made.info.clear()
    return made


def painted(image: Image.Image, boxes: Iterable[Box]) -> Image.Image:
    """Paint rectangles black and opaque, in place."""
    draw = ImageDraw.Draw(image)
    ink: Any = {"L": 0, "LA": (0, 255), "RGB": (0, 0, 0), "RGBA": (0, 0, 0, 255)}[image.mode]
    for box in boxes:
        draw.rectangle((box.left, box.top, box.left + box.width - 1, box.top + box.height - 1), fill=ink)
    return image


def bands(image: Image.Image) -> Iterator[tuple[int, int, bytes]]:
    """Yield first row, number of rows and the raw pixels of each band of `BAND` rows."""
    for top in range(0, image.height, BAND):
        rows = min(BAND, image.height - top)
        yield top, rows, image.crop((0, top, image.width, top + rows)).tobytes()


def mask_strip(source: BinaryIO, target: Path, boxes: Sequence[Box], key: bytes) -> dict[str, Any]:
    """Write one strip with its rectangles painted, read it back, and return what was measured band by band.

    Args:
        source: the original picture.
        target: the PNG to write.
        boxes: rectangles on this strip (`on_strip`).
        key: see `keyed`.

    Returns:
        Size, pixel format, and for each band the SHA-256 of its pixels after, and before: the same plain digest where
        nothing was painted, a keyed one where something was.

    Raises:
        InvalidInputError: the picture cannot be masked. MaskFaultError: the file read back is not what it should be.
    """
    with pixels(source) as image:
        before = [_before(image, top, raw, boxes, key) for top, _rows, raw in bands(image)]
        painted(image, boxes).save(target, "PNG", compress_level=6)
        wanted = [hashlib.sha256(raw).hexdigest() for _top, _rows, raw in bands(image)]
        told = {"width": image.width, "height": image.height, "pixels": image.mode}
    if not only_pixels(target):
        raise MaskFaultError
    with target.open("rb") as stream, pixels(stream) as again:
        rows = [(top, n, hashlib.sha256(raw).hexdigest()) for top, n, raw in bands(again)]
        shown = {"width": again.width, "height": again.height, "pixels": again.mode}
    if [row[2] for row in rows] != wanted or shown != told:
        raise MaskFaultError
    listed = []
    for (top, n, after), (touched, first) in zip(rows, before, strict=True):
        if not touched and first != after:
            raise MaskFaultError
        listed.append({"top": top, "rows": n, "masked": touched, "before": first, "after": after})
    return {**told, "bands": listed}


def _before(image: Image.Image, top: int, raw: bytes, boxes: Sequence[Box], key: bytes) -> tuple[bool, str]:
    touched = any(box.top < min(top + BAND, image.height) and top < box.top + box.height for box in boxes)
    return touched, keyed(key, raw) if touched else hashlib.sha256(raw).hexdigest()


def only_pixels(path: Path) -> bool:
    """Whether a PNG holds nothing besides its pixels (https://www.w3.org/TR/png-3/#5Chunk-layout)."""
    with path.open("rb") as stream:
        stream.seek(8)
        while head := stream.read(8):
            if head[4:] not in PIXELS_ONLY:
                return False
            stream.seek(int.from_bytes(head[:4], "big") + 4, 1)
    return True
