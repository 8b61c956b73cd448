"""Words a person typed, as they are stored: whole, or refused with the limit; never cut off unseen."""

from __future__ import annotations

from typing import Final

from caseapp.domain.errors import InvalidInputError
from caseapp.domain.labels import Label
from caseapp.services.storable import storable

REASON: Final = Label("理由", "reason")


def typed(text: str, field: Label, most: int) -> str:
    """Return words without the blanks around them, in the form both databases keep.

    Args:
        text: as typed.
        field: what it is called in a refusal.
        most: characters that have room.

    Raises:
        InvalidInputError: it is longer.
    """
    said: str = storable(text.strip())
    if len(said) > most:
        raise InvalidInputError(field=field, problem=Label(f"最多 {most} 个字。", f"use at most {most} characters."))
    return said
