"""统一社会信用代码: its form and its check character (GB 32100-2015)."""

from __future__ import annotations

from typing import Final

from caseapp.domain.errors import InvalidInputError
from caseapp.domain.labels import Label

ALPHABET: Final = "0123456789ABCDEFGHJKLMNPQRTUWXY"
LENGTH: Final = 18
_FIELD: Final = Label("统一社会信用代码", "unified social credit code")
_FORM: Final = Label(
    "应为 18 位数字或大写字母（不含 I、O、S、V、Z）。请照营业执照抄录。",
    "18 digits or capital letters (without I, O, S, V, Z). Copy it from the business licence.",
)
_CHECK: Final = Label(
    "校验位不符，至少有一位抄错。请照营业执照核对。",
    "the check character does not fit: a character is wrong. Compare it with the business licence.",
)


def clean_uscc(text: str) -> str:
    """Return the code without spaces and in capitals.

    Raises:
        InvalidInputError: it is no such code, or a character of it is wrong.
    """
    code = "".join(text.split()).upper()
    if len(code) != LENGTH or not set(code) <= set(ALPHABET):
        raise InvalidInputError(field=_FIELD, problem=_FORM)
    total = sum(ALPHABET.index(char) * pow(3, place, 31) for place, char in enumerate(code[:-1]))
    if ALPHABET[-total % 31] != code[-1]:
        raise InvalidInputError(field=_FIELD, problem=_CHECK)
    return code
