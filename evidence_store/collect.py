"""Files and folders named on a command line → names a package can carry, with the original names on record."""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from evidence_store.errors import FileRefusedError

_UNFIT: Final = re.compile('[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069%\\\\:*?"<>|\ud800-\udfff]')
_MAX_PART: Final = 200


def fitting_name(part: str) -> str:
    """Return one part of a path in the spelling a package can carry; unfit characters become `_`."""
    text = _UNFIT.sub("_", unicodedata.normalize("NFC", part)).strip(" ").rstrip(". ")
    encoded = text.encode()[:_MAX_PART]
    return encoded.decode("utf-8", "ignore").rstrip(". ") or "_"


def _walk(path: Path) -> Iterator[Path]:
    try:
        children = sorted(path.iterdir()) if path.is_dir() and not path.is_symlink() else None
    except OSError as error:
        raise FileRefusedError(f"{path}: {error.strerror}") from error
    if children is None:
        yield path
        return
    for child in children:
        yield from _walk(child)


def collect(paths: Sequence[Path]) -> tuple[dict[str, Path], dict[str, str]]:
    """Return name in the package → file, and name → original name where the two differ.

    A folder contributes everything below it; several arguments keep their own names as top folders.

    Raises:
        FileRefusedError: Nothing to seal, or a folder that cannot be listed.
    """
    files: dict[str, Path] = {}
    originals: dict[str, str] = {}
    taken: set[str] = set()
    for given in paths:
        base = given if given.is_dir() and len(paths) == 1 else given.parent
        for path in _walk(given):
            original = path.relative_to(base).as_posix()
            name = _free("/".join(fitting_name(part) for part in original.split("/")), taken)
            taken.add(name.casefold())
            files[name] = path
            if name != original:
                originals[name] = original.encode("utf-8", "backslashreplace").decode()
    if not files:
        raise FileRefusedError("there is no file here")
    return files, originals


def _free(name: str, taken: set[str]) -> str:
    stem, dot, suffix = name.rpartition(".") if "." in name.rpartition("/")[2] else (name, "", "")
    number, candidate = 1, name
    while candidate.casefold() in taken:
        number += 1
        candidate = f"{stem}~{number}{dot}{suffix}"
    return candidate
