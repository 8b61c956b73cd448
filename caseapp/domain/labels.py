"""Bilingual words: every state, action, permission and event carries one ``Label``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Lang = Literal["zh", "en"]


@dataclass(frozen=True, slots=True)
class Label:
    """One meaning in Chinese and in English.

    Attributes:
        zh: the Chinese words, shown first.
        en: the same in English.
    """

    zh: str
    en: str

    def text(self, lang: Lang = "zh") -> str:
        """Return the words in ``lang``."""
        return self.zh if lang == "zh" else self.en
