"""An earlier capture of the same address, as a new one is compared with it (`capture.changes`)."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import BinaryIO, Final

from capture.models import FieldValue

FIRM: Final = frozenset({"json-ld", "hook", "microdata"})
"""Sources that say where the post is; what is guessed from the page's shape is compared with less trust."""
GUESSED: Final = "trafilatura"
OWN: Final = ("title", "text")

OpenFile = Callable[[], BinaryIO]


@dataclass(frozen=True)
class Earlier:
    """An earlier capture of the same address.

    Attributes:
        seal_id: The seal it lies in.
        finished: When it ended, RFC 3339.
        text: Visible text of the page then.
        words: The post's own words then, by field name: (source, value).
        pictures: Opens the JPEG tiles of its picture, top to bottom.
    """

    seal_id: str
    finished: str
    text: str
    words: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    pictures: Sequence[OpenFile] = ()


def own_words(fields: Sequence[FieldValue]) -> dict[str, tuple[str, str]]:
    """Return what the page says is the post itself: field name → (source, value)."""
    own: dict[str, tuple[str, str]] = {}
    for one in fields:
        if one.name in OWN and one.value.strip() and (one.source in FIRM or one.source == GUESSED):
            own.setdefault(one.name, (one.source, one.value))
    return own
