"""JSON that can be read in one way only: no duplicate keys, no floats unless allowed, bounded size and depth."""

# ruff: noqa: PLR2004 - the numbers here are those of the formats
from __future__ import annotations

from evidence_store.verifier.problem import ProblemError

try:
    # The C scanner under json.loads, reached without its Python half, whose imports would take longer than most
    # packages take to verify.
    import _json
except ImportError:
    C_SCANNER = None
else:
    C_SCANNER = getattr(_json, "make_scanner", None)

MAX_JSON = 16 << 20
_MAX_JSON_DEPTH = 32
_MAX_INTEGER = 2**53 - 1
_ESCAPES = {code: f"\\u{code:04x}" for code in range(0x20)}
_ESCAPES.update({8: "\\b", 9: "\\t", 10: "\\n", 12: "\\f", 13: "\\r", 34: '\\"', 92: "\\\\"})

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable


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


class _Rules:
    """What the scanner asks of a decoder: how to build objects and numbers, and what to refuse."""

    strict, object_hook = True, None

    def __init__(self, *, fractions: bool) -> None:
        self.object_pairs_hook, self.parse_int, self.parse_constant = _unique_pairs, _integer, _no_constant
        self.parse_float = float if fractions else _no_float


def _scanner(rules: _Rules) -> Callable[[str, int], tuple[object, int]]:
    """Return the function that reads one value at a position; a Python without the C scanner uses its own."""
    if C_SCANNER is not None:
        found: Callable[[str, int], tuple[object, int]] = C_SCANNER(rules)
        return found
    from json import JSONDecoder  # noqa: PLC0415 - only without the C scanner

    decoder = JSONDecoder(
        object_pairs_hook=rules.object_pairs_hook,
        parse_int=rules.parse_int,
        parse_float=rules.parse_float,
        parse_constant=rules.parse_constant,
    )
    slow: Callable[[str, int], tuple[object, int]] = vars(decoder)["scan_once"]
    return slow


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
    text = text.strip(" \t\r\n")
    try:
        value, end = _scanner(_Rules(fractions=fractions))(text, 0)
    except (ValueError, RecursionError, StopIteration):
        raise _bad_json("语法错误", "syntax error") from None
    if end != len(text):
        raise _bad_json("末尾有多余内容", "something after the value")
    return value


def canonical_json(value: object) -> bytes:
    """Write a value in the canonical form of RFC 8785 (no floats).

    Raises:
        ProblemError: When a string holds a lone surrogate.
    """

    def write(item: object) -> str:
        if isinstance(item, str):
            return '"' + item.translate(_ESCAPES) + '"'
        if isinstance(item, dict):
            # RFC 8785 sorts by UTF-16 code units.
            keys = sorted(item, key=lambda key: key.encode("utf-16-be", "surrogatepass"))
            return "{" + ",".join(write(key) + ":" + write(item[key]) for key in keys) + "}"
        if isinstance(item, list):
            return "[" + ",".join(write(one) for one in item) + "]"
        return "null" if item is None else "true" if item is True else "false" if item is False else str(item)

    try:
        return write(value).encode("utf-8")
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
