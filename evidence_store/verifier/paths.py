"""Which names a package may use: the path rule of the format."""

# ruff: noqa: PLR2004 - the numbers here are those of the formats
from __future__ import annotations

from evidence_store.verifier.problem import ProblemError

MOST_FILES = 100_000
_FORBIDDEN = frozenset('%\\:*?"<>|\u2028\u2029') | frozenset(
    chr(code) for code in (*range(0x20), *range(0x7F, 0xA0), *range(0x202A, 0x202F), *range(0x2066, 0x206A))
)


def bad_name(path: str, zh: str, en: str) -> ProblemError:
    """Return the error for a file name the format forbids; the name is shown escaped."""
    shown = ascii(path[:120])
    return ProblemError(f"文件名不安全（{zh}）：{shown}", f"unsafe file name ({en}): {shown}")


def check_path(path: str) -> None:
    """Refuse a path that breaks the path rule.

    Raises:
        ProblemError: Saying which part of the rule.
    """
    try:
        size = len(path.encode("utf-8"))
    except UnicodeEncodeError:
        raise bad_name(path, "编码无效", "invalid encoding") from None
    if not 1 <= size <= 1024 or not _FORBIDDEN.isdisjoint(path):
        raise bad_name(path, "过长或含禁用字符", "too long or forbidden characters")
    for part in path.split("/"):
        if part in ("", ".", "..") or part[0] == " " or part[-1] in " ." or len(part.encode("utf-8")) > 255:
            raise bad_name(path, "含 ..、空段或首尾空格", "dot segments, empty parts or edge spaces")
    if not path.isascii():
        from unicodedata import normalize  # noqa: PLC0415 - only names beyond ASCII need it

        if normalize("NFC", path) != path:
            raise bad_name(path, "不是 NFC 规范形式", "not in NFC")


def check_paths(paths: list[str]) -> None:
    """Apply the path rule to all names, and refuse too many or two that differ in case only."""
    if len(paths) > MOST_FILES:
        raise ProblemError("文件超过十万个", "more than 100,000 files")
    seen: set[str] = set()
    for path in paths:
        check_path(path)
        folded = path.casefold()
        if folded in seen:
            raise bad_name(path, "重复或仅大小写不同", "duplicate, or differs only in case")
        seen.add(folded)
