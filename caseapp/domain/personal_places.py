"""Addresses down to the door: from the number of the house back to where the address begins, on to the room."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

REACH: Final = 48
"""How far before the number of a house its address may begin."""
_FIGURE: Final = r"(?:[0-9]{1,5}|[一二三四五六七八九十百〇零]{1,5})"
_DOOR: Final = re.compile(rf"{_FIGURE}(?:-[0-9]{{1,4}})?(?:号楼|号院|号|弄|栋|幢)", re.ASCII)
_ROAD: Final = re.compile(
    r"(?:路|街|大道|道|巷|胡同|弄|里|村|屯|庄|组|小区|花园|家园|公寓|苑|社区|大厦|园)"
    r"[东西南北中甲乙丙丁内外前后附特新老第 ]{0,3}$"
)
_DIVISION: Final = re.compile(r"[\u4e00-\u9fff]{1,8}?(?:省|自治区|市|自治州|盟|区|县|旗|街道|镇|乡)")
_BEGIN: Final = re.compile(
    r"(?:住所地|住址|地址|现住|家住|住在|位于|坐落于|坐落在|寄到|寄往|寄至|送到|户籍|居住|住|在|到)[:为是于在]?"
)
_STOP: Final = re.compile(r"[^\u4e00-\u9fff0-9A-Za-z ()-]")
_REST: Final = re.compile(
    rf"(?:[ ]?(?:[\u4e00-\u9fff]{{2,8}}(?:小区|花园|公寓|大厦|苑))?"
    rf"[ ]?(?:{_FIGURE}|[A-Za-z])[ ]?(?:号楼|号院|栋|幢|座|单元|门|楼|层|室|户|房|号))+"
    r"|-[0-9]{1,4}(?:-[0-9]{1,5}){0,2}",
    re.ASCII,
)
_ROOM: Final = re.compile(r"室|户|房|单元|-[0-9]")


def addresses(text: str) -> Iterator[tuple[int, int]]:
    """Yield first and last place of each address of a folded text that leads to a door.

    Either a division (市, 区, 县, 镇 …), a road and a number, or a road or estate, a number and a room.
    """
    done = 0
    for door in _DOOR.finditer(text):
        if door.start() < done:
            continue
        head = text[max(done, door.start() - REACH) : door.start()]
        stop = [match.end() for match in _STOP.finditer(head)]
        head = head[stop[-1] if stop else 0 :]
        road = _ROAD.search(head)
        if road is None or road.start() == 0:
            continue
        rest = _REST.match(text, door.end())
        end = rest.end() if rest else door.end()
        division = _DIVISION.search(head[: road.end()])
        if division is None and not _ROOM.search(text[door.end() : end]):
            continue
        begins = [match.end() for match in _BEGIN.finditer(head[: road.start()])]
        start = door.start() - len(head) + (begins[-1] if begins else 0)
        start += len(text[start:end]) - len(text[start:end].lstrip())
        yield start, end
        done = end
