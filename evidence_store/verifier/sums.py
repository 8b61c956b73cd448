"""Digest lists: ``<hex><two spaces><path>`` lines, sorted by path, as sha256sum writes and checks them."""

from __future__ import annotations

from evidence_store.verifier.paths import check_path
from evidence_store.verifier.problem import ProblemError

MAX_LIST = 128 << 20
_HEX = frozenset(b"0123456789abcdef")


def read_sums(data: bytes, what: str) -> dict[str, str]:
    """Read a digest list with 64-digit digests.

    Args:
        data: The file.
        what: Its name, for messages.

    Returns:
        Path -> lower-case hex, in the order of the file.

    Raises:
        ProblemError: On any line not exactly in the format, unsorted or repeated paths, or unsafe paths.
    """

    def refuse(number: int, zh: str, en: str) -> ProblemError:
        return ProblemError(f"{what} 第 {number} 行{zh}", f"{what} line {number}: {en}")

    found: dict[str, str] = {}
    before = b""
    lines = data.split(b"\n")
    if lines.pop():
        raise refuse(len(lines) + 1, "没有换行", "does not end in a line feed")
    for number, line in enumerate(lines, 1):
        path = line[66:]
        if line[64:66] != b"  " or not _HEX.issuperset(line[:64]):
            raise refuse(number, "格式不合规", "not in the format")
        if path <= before:
            raise refuse(number, "未排序或重复", "unsorted or repeated")
        before = path
        try:
            text = path.decode("utf-8")
        except UnicodeDecodeError:
            raise refuse(number, "不是 UTF-8", "not UTF-8") from None
        check_path(text)
        found[text] = line[:64].decode()
    return found


def write_sums(sums: dict[str, str]) -> bytes:
    """Write a digest list in the order given."""
    return "".join(f"{value}  {path}\n" for path, value in sums.items()).encode()
