from pathlib import Path

import pytest

from caseapp.documents import DocumentModel, UnknownKindError, render_sample


def test_a_sample_is_written_in_every_form(tmp_path: Path) -> None:
    written = render_sample("clarification_statement", tmp_path / "out", lang="en")
    names = [path.name for path in written]
    assert names == [f"cn-clarification_statement-en.{ending}" for ending in ("pdf", "docx", "txt", "json")]
    assert written[0].read_bytes().startswith(b"%PDF")
    assert "Muhe" in written[2].read_text(encoding="utf-8")
    assert DocumentModel.from_json(written[3].read_text(encoding="utf-8")).sample


def test_an_unknown_kind_writes_nothing(tmp_path: Path) -> None:
    with pytest.raises(UnknownKindError):
        render_sample("ransom_letter", tmp_path / "out")
    assert not (tmp_path / "out").exists()
