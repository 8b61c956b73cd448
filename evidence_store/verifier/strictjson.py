"""JSON that can be read in one way only: no duplicate keys, no floats unless allowed, bounded size and depth."""

# ruff: noqa: PLR2004 - the numbers here are those of the formats
from __future__ import annotations

import json

from evidence_store.verifier.problem import ProblemError

MAX_JSON = 16 << 20
_MAX_JSON_DEPTH = 32
_MAX_INTEGER = 2**53 - 1


def _bad_json(zh: str, en: str) -> ProblemError:
    return ProblemError("JSON 不合规：" + zh, "JSON refused: " + en)


def _unique_pairs(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise _bad_json("键重复", "duplicate key")
    return found


def _integer(text: str) -> int:
    if len(text) > 17 or abs(int(text)) > _MAX_INTEGER:
        raise _bad_json("整数过大", "integer too large")
    return int(text)


def _no_float(text: str) -> object:
    raise _bad_json("不允许小数 " + text[:20], "no fractions allowed: " + text[:20])


def _no_constant(text: str) -> object:
    raise _bad_json("不允许 " + text, "not allowed: " + text)


def _check_depth(text: str) -> None:
    """Refuse deep nesting before parsing, so the parser's recursion stays bounded."""
    depth = deepest = 0
    inside = escaped = False
    for mark in text:
        if inside:
            if escaped:
                escaped = False
            elif mark == "\\":
                escaped = True
            elif mark == '"':
                inside = False
        elif mark == '"':
            inside = True
        elif mark in "[{":
            depth += 1
            deepest = max(deepest, depth)
        elif mark in "]}":
            depth -= 1
    if deepest > _MAX_JSON_DEPTH:
        raise _bad_json("嵌套过深", "nested too deeply")


def parse_json(data: bytes, *, fractions: bool = False, limit: int = MAX_JSON) -> object:
    """Parse one JSON value.

    Args:
        data: UTF-8 bytes without a byte order mark.
        fractions: Allow numbers with a fraction or exponent (foreign files only).
        limit: Largest accepted size in bytes.

    Raises:
        ProblemError: Saying what is wrong.
    """
    if len(data) > limit:
        raise _bad_json("文件过大", "file too large")
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        raise _bad_json("不是 UTF-8", "not UTF-8") from None
    if text.count("[") + text.count("{") > _MAX_JSON_DEPTH:
        _check_depth(text)
    try:
        return json.loads(
            text,
            object_pairs_hook=_unique_pairs,
            parse_int=_integer,
            parse_float=float if fractions else _no_float,
            parse_constant=_no_constant,
        )
    except (ValueError, RecursionError):
        raise _bad_json("语法错误", "syntax error") from None


def canonical_json(value: object) -> bytes:
    """Write a value in the canonical form of RFC 8785 (no floats).

    Raises:
        ProblemError: When a string holds a lone surrogate.
    """

    def ordered(item: object) -> object:
        if isinstance(item, dict):
            # RFC 8785 sorts by UTF-16 code units.
            keys = sorted(item, key=lambda key: key.encode("utf-16-be", "surrogatepass"))
            return {key: ordered(item[key]) for key in keys}
        return [ordered(one) for one in item] if isinstance(item, list) else item

    text = json.dumps(ordered(value), ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    try:
        return text.encode("utf-8")
    except UnicodeEncodeError:
        raise _bad_json("含孤立代理字符", "lone surrogate") from None


def parse_canonical(data: bytes, *, limit: int = 1 << 20) -> object:
    """Parse canonical JSON, refusing any other spelling of the same value."""
    value = parse_json(data, limit=limit)
    if canonical_json(value) != data:
        raise _bad_json("不是规范写法", "not in canonical form")
    return value


class Shape:
    """Typed access to a JSON object whose keys are all known; anything unexpected is refused.

    Attributes:
        where: Name of the object in messages.
        values: Its members.
    """

    def __init__(self, value: object, where: str, required: tuple[str, ...], optional: tuple[str, ...] = ()) -> None:
        if not isinstance(value, dict):
            raise _bad_json(f"{where} 不是对象", f"{where} is not an object")
        wrong = sorted(set(value) - {*required, *optional} | set(required) - set(value))
        if wrong:
            listed = ", ".join(wrong)[:200]
            raise _bad_json(f"{where} 缺少或多出的键：{listed}", f"{where} lacks or has unknown keys: {listed}")
        self.where, self.values = where, value

    def _refuse(self, key: str) -> ProblemError:
        return _bad_json(f"{self.where}.{key} 的值不合规", f"{self.where}.{key} has an unacceptable value")

    def text(self, key: str, most: int = 4096) -> str:
        """Return a string of at most ``most`` characters ("" when absent)."""
        value = self.values.get(key, "")
        if not isinstance(value, str) or len(value) > most:
            raise self._refuse(key)
        return value

    def hexes(self, key: str, digits: int = 64) -> str:
        """Return a lower-case hex string of exactly ``digits`` digits."""
        value = self.text(key)
        if len(value) != digits or set(value) - set("0123456789abcdef"):
            raise self._refuse(key)
        return value

    def number(self, key: str, least: int = 0, most: int = _MAX_INTEGER) -> int:
        """Return an integer within least..most."""
        value = self.values.get(key)
        if type(value) is not int or not least <= value <= most:
            raise self._refuse(key)
        return value

    def flag(self, key: str) -> bool:
        """Return true or false (false when absent)."""
        value = self.values.get(key, False)
        if not isinstance(value, bool):
            raise self._refuse(key)
        return value

    def array(self, key: str, most: int = 1000) -> list[object]:
        """Return a list of at most ``most`` items."""
        value = self.values.get(key)
        if not isinstance(value, list) or len(value) > most:
            raise self._refuse(key)
        return value

    def mapping(self, key: str) -> dict[str, object]:
        """Return an object as it stands."""
        value = self.values.get(key)
        if not isinstance(value, dict):
            raise self._refuse(key)
        return value
