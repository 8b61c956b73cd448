"""A page compared with an earlier capture of the same address: is it still the page that was captured then?

The post's own words decide where both captures read them; a page of which only the whole was read is compared as a
whole. Every figure is kept, also when nothing differs: "unchanged since" is a finding as well.
"""

import asyncio
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

from PIL import Image

from capture.compare import PictureComparison, TextComparison, compare_pictures, compare_texts, thumbnail
from capture.earlier import FIRM, OWN, Earlier, OpenFile, own_words
from capture.models import Outcome
from capture.run import Run

REPORT: Final = "changes/report.json"
_LINE_LEAST: Final = 12  # shorter lines of a guessed article are dates and counters as often as words
_SPACE: Final = re.compile(r"\s+")
_DIGITS: Final = re.compile(r"\d[\d.,:：]*")


@dataclass(frozen=True)
class Changes:
    """What came of the comparison.

    Attributes:
        own_words: "same", "differs", or "not_read" when one of the two captures could not tell them from the page.
        differs: What makes it another page than before: own_words, text, picture; empty when nothing does.
    """

    own_words: str
    text: TextComparison
    picture: PictureComparison | None
    differs: tuple[str, ...]


async def look(run: Run) -> str:
    """Compare with the earlier capture; a post that is there and differs has the outcome `changed`."""
    earlier: Earlier | None = run.request.earlier
    if earlier is None or run.outcome is None or run.outcome.kind != "live":
        return "not the post"
    own = own_words(run.fields)
    names = sorted(name for name in run.files if name.startswith("shots/page-") and name.endswith(".jpg"))
    here = [_opener(run, name) for name in names]
    picture = await asyncio.to_thread(_pictures, earlier.pictures, here)
    found = compare(earlier.words, own, compare_texts(earlier.text, run.text), picture)
    if found.differs:
        run.outcome = Outcome("changed", "", f"{found.differs[0].replace('_', '-')}-differs")
    _keep(run, earlier, found)
    return f"differs: {', '.join(found.differs)}" if found.differs else "unchanged"


def compare(
    before: Mapping[str, tuple[str, str]],
    now: Mapping[str, tuple[str, str]],
    text: TextComparison,
    picture: PictureComparison | None,
) -> Changes:
    """Say what differs."""
    if "text" in before and "text" in now and before["text"][0] == now["text"][0]:
        names = [name for name in OWN if name in before and name in now and before[name][0] == now[name][0]]
        same = all(_same(before[name], now[name]) for name in names)
        return Changes("same" if same else "differs", text, picture, () if same else ("own_words",))
    shown = {"text": text.agrees, "picture": picture is None or picture.agrees}
    return Changes("not_read", text, picture, tuple(name for name, agrees in shown.items() if not agrees))


def _same(before: tuple[str, str], now: tuple[str, str]) -> bool:
    if before[0] in FIRM:
        return _SPACE.sub(" ", before[1]).strip() == _SPACE.sub(" ", now[1]).strip()
    return _long_lines(before[1]) == _long_lines(now[1])


def _long_lines(text: str) -> list[str]:
    lines = (_DIGITS.sub("0", _SPACE.sub(" ", line).strip()) for line in text.splitlines())
    return [line for line in lines if len(line) >= _LINE_LEAST]


def _opener(run: Run, name: str) -> OpenFile:
    return lambda: run.files[name].open("rb")


def _pictures(before: Sequence[OpenFile], now: Sequence[OpenFile]) -> PictureComparison | None:
    if not before or not now:
        return None
    (one, tall), (other, taller) = _small(before), _small(now)
    return compare_pictures(one, other, (tall, taller))


def _small(pictures: Sequence[OpenFile]) -> tuple[Image.Image, int]:
    tiles, height = [], 0
    for opener in pictures:
        with opener() as stream, Image.open(stream) as picture:
            height += picture.height
            picture.draft("L", (picture.width // 8, picture.height // 8))  # JPEG decodes small at once
            tiles.append(picture.convert("L"))
    return thumbnail(tiles), height


def _keep(run: Run, earlier: Earlier, found: Changes) -> None:
    said = {"earlier": {"seal_id": earlier.seal_id, "finished": earlier.finished}, **asdict(found)}
    run.keep(REPORT, json.dumps({"schema": "bianwu/changes/1", **said}, ensure_ascii=False, indent=1))
    run.notes["changes"] = {
        "earlier_seal_id": earlier.seal_id,
        "earlier_finished": earlier.finished,
        "own_words": found.own_words,
        "text_permille": found.text.same_permille,
        "picture_permille": found.picture.alike_permille if found.picture is not None else -1,
        "differs": list(found.differs),
    }


def facts(run: Run) -> dict[str, Any]:
    """What the seal says of it; empty when there was nothing to compare with."""
    noted: dict[str, Any] = run.notes.get("changes", {})
    return noted
