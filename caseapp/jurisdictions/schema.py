"""The shape of the law data (`data/<code>/*.yaml`): every entry says where it was read and how sure that is."""

from __future__ import annotations

import datetime as dt
import itertools
from enum import StrEnum
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

Key = Annotated[str, Field(pattern=r"^[a-z0-9]+(?:[._-][a-z0-9]+)*$", max_length=80)]
Line = Annotated[str, Field(min_length=1, max_length=400)]


class Certainty(StrEnum):
    """How an entry was established. Only `verified` may take part in a decision the software makes alone."""

    VERIFIED = "verified"
    """The text was read in a named source."""
    MEMORY_SURE = "memory_sure"
    """Believed right, not read anywhere: shown 待核."""
    UNSURE = "unsure"
    """Needs a lawyer before it is relied on: shown 待核."""

    @property
    def needs_check(self) -> bool:
        """True when the page must show 待核 and nothing may be decided from it."""
        return self is not Certainty.VERIFIED

    @classmethod
    def weakest(cls, *values: Certainty) -> Certainty:
        """The least certain of several; a chain is as certain as its weakest part."""
        order = tuple(cls)
        return max(values, key=order.index)


class Strict(BaseModel):
    """A record that refuses unknown keys and never changes after loading."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Words(Strict):
    """The same words in both languages."""

    zh: Line
    en: Line

    def in_language(self, lang: str) -> str:
        """The text for `zh` or `en`; Chinese for anything else."""
        return self.en if lang == "en" else self.zh


class Article(Strict):
    """One rule inside one version of a statute, found by a key that outlives renumbering."""

    key: Key
    article: Annotated[int, Field(ge=1, le=1999)]
    paragraph: Annotated[int, Field(ge=1, le=20)] | None = None
    item: Annotated[int, Field(ge=1, le=40)] | None = None
    paraphrase: Words
    certainty: Certainty
    source: Line


class StatuteVersion(Strict):
    """A text of a statute between two days, both inclusive; `in_force_to` None means still in force."""

    id: Key
    label: Words
    in_force_from: dt.date
    in_force_to: dt.date | None = None
    certainty: Certainty
    source: Line
    articles: tuple[Article, ...]

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.in_force_to is not None and self.in_force_to < self.in_force_from:
            raise ValueError("in_force_to lies before in_force_from")
        return self

    def in_force(self, day: dt.date) -> bool:
        """Whether this text applied on the day."""
        return self.in_force_from <= day and (self.in_force_to is None or day <= self.in_force_to)


class Statute(Strict):
    """A law, an interpretation or a rule with all the versions the product knows."""

    key: Key
    kind: Literal["law", "interpretation", "rule"]
    title: Words
    short: Words
    versions: Annotated[tuple[StatuteVersion, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _no_overlap(self) -> Self:
        ordered = sorted(self.versions, key=lambda version: version.in_force_from)
        for earlier, later in itertools.pairwise(ordered):
            if earlier.in_force_to is None or earlier.in_force_to >= later.in_force_from:
                raise ValueError(f"versions {earlier.id} and {later.id} are in force on the same day")
        return self


class StaleCitation(Strict):
    """An article number people still write although it moved or was repealed."""

    id: Key
    names: Annotated[tuple[Line, ...], Field(min_length=1)]
    article: Annotated[int, Field(ge=1, le=1999)] | None = None
    """None: every article of that text is stale."""
    stale_from: dt.date
    """First day on which the old number is wrong for present conduct."""
    current: Line | None = None
    """What to write instead; None when repealed without a successor."""
    topics: tuple[Line, ...] = ()
    """The number means something else today, so it counts as stale only beside one of these words or item."""
    item: int | None = None
    new_markers: tuple[Line, ...] = ()
    """Version words (2025 …) that show the writer means the present text."""
    certainty: Certainty
    source: Line


class DamagesHead(Strict):
    """One head of damage: what it is, how it is computed, what proves it, and when it may be claimed."""

    key: Annotated[str, Field(pattern=r"^[A-Z][0-9]{1,2}$")]
    title: Words
    formula: Words
    proof: Words
    guard: Words
    basis: tuple[Key, ...]
    in_total: bool
    """False: printed as an explanation or decided by the court, never added to what is claimed."""
    natural_person_only: bool = False
    alternative_to: tuple[str, ...] = ()
    """Heads that cover the same loss: one or the other, never both."""
    certainty: Certainty
    source: Line
