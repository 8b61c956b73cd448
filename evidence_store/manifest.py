"""Canonical JSON (RFC 8785, restricted) and digest lists in the format of `sha256sum`. Pure.

The restrictions (no floats, bounded integers, bounded depth, no duplicate keys) make "parse, then write" either give
the same bytes or an error, so a signature over the text is a signature over the meaning.
"""

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any, Final, NoReturn

from evidence_store.errors import CanonicalJsonError, EvidenceError, ManifestError
from evidence_store.layout import check_path

MAX_DEPTH: Final = 32
MAX_INTEGER: Final = (1 << 53) - 1
_LINE: Final = re.compile(r"([0-9a-f]{64})  (.+)")


def _sort_key(name: str) -> bytes:
    # RFC 8785 orders by UTF-16 code units; big-endian bytes compare the same way
    return name.encode("utf-16-be")


def _check_text(text: str) -> str:
    try:
        text.encode("utf-8")
    except UnicodeEncodeError as error:
        raise CanonicalJsonError("a string holds half of a surrogate pair") from error
    return text


def _prepare(value: object, depth: int) -> object:
    """Return `value` with every mapping sorted, or refuse what canonical JSON cannot hold."""
    if depth > MAX_DEPTH:
        raise CanonicalJsonError(f"nested deeper than {MAX_DEPTH}")
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        return _check_text(str(value))
    if isinstance(value, int):
        if abs(value) > MAX_INTEGER:
            raise CanonicalJsonError(f"integer outside ±(2^53-1): {value}")
        return int(value)
    if isinstance(value, Mapping):
        if not all(isinstance(name, str) for name in value):
            raise CanonicalJsonError("an object key is not a string")
        names = sorted((_check_text(name) for name in value), key=_sort_key)
        return {name: _prepare(value[name], depth + 1) for name in names}
    if isinstance(value, list | tuple):
        return [_prepare(item, depth + 1) for item in value]
    raise CanonicalJsonError(f"no canonical form for {type(value).__name__}")


def canonical_json(value: object) -> bytes:
    """Return the canonical bytes of a JSON value (no line feed at the end).

    Raises:
        CanonicalJsonError: A float, an integer beyond ±(2^53-1), a lone surrogate, or another type.
    """
    return json.dumps(_prepare(value, 0), ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()


def _refuse_number(text: str) -> NoReturn:
    raise CanonicalJsonError(f"not an integer: {text[:40]}")


def _integer(text: str) -> int:
    if len(text) > 17:  # noqa: PLR2004 - a sign and the 16 digits of 2^53-1
        raise CanonicalJsonError(f"integer outside ±(2^53-1): {text[:40]}")
    return int(text)


def _unique_pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise CanonicalJsonError("an object has the same key twice")
    return found


def parse_json(data: bytes, *, canonical: bool = True) -> Any:
    """Return the value of JSON bytes, by default only when they are canonical.

    Raises:
        CanonicalJsonError: Not UTF-8, not JSON, or outside the restrictions of this module.
    """
    try:
        value = json.loads(
            data.decode("utf-8"),
            object_pairs_hook=_unique_pairs,
            parse_float=_refuse_number,
            parse_constant=_refuse_number,
            parse_int=_integer,
        )
        again = canonical_json(value)
    except EvidenceError:
        raise
    except (ValueError, RecursionError) as error:
        raise CanonicalJsonError(str(error)[:200]) from error
    if canonical and again != data:
        raise CanonicalJsonError("keys, spaces or escapes are not in canonical form")
    return value


def parse_object(data: bytes, *, canonical: bool = True) -> dict[str, Any]:
    """Return the object that JSON bytes hold; another kind of value is a `CanonicalJsonError`."""
    value = parse_json(data, canonical=canonical)
    if not isinstance(value, dict):
        raise CanonicalJsonError("not an object")
    return value


def digest_list(digests: Mapping[str, str] | Iterable[tuple[str, str]]) -> bytes:
    """Return the text of a digest list: `<hex>  <path>` lines sorted by the bytes of the path.

    Args:
        digests: Path to 64 lower-case hex digits.
    """
    lines = []
    for path, digest in sorted(dict(digests).items(), key=lambda pair: pair[0].encode()):
        line = f"{digest}  {check_path(path)}"
        if not _LINE.fullmatch(line):
            raise ManifestError(f"not a digest: {path}")
        lines.append(line + "\n")
    return "".join(lines).encode()


def parse_digest_list(data: bytes) -> dict[str, str]:
    """Return path to hex digest, in order of the list.

    Raises:
        ManifestError: Not UTF-8, a malformed line, a path no package can carry, unsorted or repeated paths.
    """
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise ManifestError("not UTF-8") from error
    if text and not text.endswith("\n"):
        raise ManifestError("the last line does not end")
    found: dict[str, str] = {}
    last = b""
    for number, line in enumerate(text.split("\n")[:-1], 1):
        match = _LINE.fullmatch(line)
        if match is None:
            raise ManifestError(f"line {number}")
        digest, path = match.groups()
        try:
            key = check_path(path).encode()
        except EvidenceError as error:
            raise ManifestError(f"line {number}: {error.detail}") from error
        if key <= last:
            raise ManifestError(f"line {number}: paths are not sorted or repeat")
        found[path], last = digest, key
    return found
