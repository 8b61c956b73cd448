"""The shapes of a capture's report: what its rules look at, and what they say."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

Covered = Literal["has", "partly", "lacks", "later", "not_applicable"]


@dataclass(frozen=True)
class Record:
    """What is looked at.

    Attributes:
        state: COMPLETE, PARTIAL or FAILED.
        missing: What a PARTIAL capture lacks.
        facts: The `capture` block of the seal.
        notes: Topics of capture.json.
        items: Items of the cleanliness check, id → verdict.
        files: Names of the artifacts.
        fields: Names of the facts read from the page.
        steps: Step name → state.
    """

    state: str
    missing: Sequence[str]
    facts: Mapping[str, Any]
    notes: Mapping[str, Any]
    items: Mapping[str, str]
    files: frozenset[str]
    fields: frozenset[str]
    steps: Mapping[str, str]

    @property
    def grade(self) -> str:
        """The grade's key."""
        return str(self.facts["grade"]["grade"])

    def having(self, *names: str) -> tuple[str, ...]:
        """Return those of `names` there are."""
        return tuple(name for name in names if name in self.files)


@dataclass(frozen=True)
class Answer:
    """How a capture answers one criterion: verdict, artifacts, words, and what would cure a gap."""

    verdict: Covered
    files: tuple[str, ...]
    zh: str
    en: str
    cure_zh: str = ""
    cure_en: str = ""


@dataclass(frozen=True)
class Criterion:
    """One row: identifier, provisions, what is asked, and the rule that answers."""

    id: str
    sources: tuple[str, ...]
    zh: str
    en: str
    rule: Callable[[Record], Answer]
