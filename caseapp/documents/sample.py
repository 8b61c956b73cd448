"""Samples of every kind, from the fictional case: for people to look at and for `bianwu documents render`."""

from __future__ import annotations

from pathlib import Path

from caseapp.documents.catalog import list_kinds, load
from caseapp.documents.printing import to_docx, to_pdf
from caseapp.documents.render import draft
from caseapp.documents.text import to_text

__all__ = ["list_kinds", "render_sample"]


def render_sample(kind: str, out_dir: Path, *, jurisdiction: str = "cn", lang: str | None = None) -> list[Path]:
    """Write the sample of a kind as PDF, DOCX, plain text and model JSON.

    Args:
        kind: name of the kind.
        out_dir: made when absent; files of the same name are written anew.
        jurisdiction: folder under `templates/`.
        lang: one language; every language of the kind when None.

    Returns:
        The files written, named `<jurisdiction>-<kind>-<lang>.<ending>`.

    Raises:
        UnknownKindError: no such kind.
        UnknownLanguageError: the kind has no text in that language.
    """
    found = load(kind, jurisdiction)
    out_dir.mkdir(parents=True, exist_ok=True)
    written: list[Path] = []
    for each in (lang,) if lang else found.languages:
        model = draft(found, found.sample(each), each)
        contents = {
            "pdf": to_pdf(model),
            "docx": to_docx(model),
            "txt": to_text(model).encode(),
            "json": model.to_json().encode(),
        }
        for ending, content in contents.items():
            path = out_dir / f"{jurisdiction}-{kind}-{each}.{ending}"
            path.write_bytes(content)
            written.append(path)
    return written
