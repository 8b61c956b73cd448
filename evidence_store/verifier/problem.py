"""The one exception the parts raise: something in the input is not what the format says."""

from __future__ import annotations


class ProblemError(Exception):
    """Input refused, with a reason in Chinese and in English.

    The checks catch it and turn it into a FAIL line; it never reaches the person who runs the verifier.

    Attributes:
        zh: What is wrong, in Chinese.
        en: What is wrong, in English.
    """

    code = "verify.malformed"
    retryable = False

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(en)
        self.zh = zh
        self.en = en

    def message(self, lang: str) -> str:
        """Return the text in ``zh`` or ``en``."""
        return self.zh if lang == "zh" else self.en
