from __future__ import annotations

import io
import zipfile

import docx
import pytest

from caseapp.documents import DocumentFacts, DocumentModel, draft, load, to_docx
from caseapp.documents.blocks import Heading, Table, plain


@pytest.fixture(scope="module")
def model() -> DocumentModel:
    kind = load("infringement_notice")
    return draft(kind, kind.sample())


def test_headings_and_tables_are_real(model: DocumentModel) -> None:
    written = docx.Document(io.BytesIO(to_docx(model)))
    styles = [(line.style.name, line.text) for line in written.paragraphs if line.style and line.style.name]
    headings = [text for name, text in styles if name.startswith("Heading")]
    assert headings == [plain(block.content) for block in model.blocks if isinstance(block, Heading)]
    assert len(written.tables) == sum(isinstance(block, Table) for block in model.blocks)
    assert written.tables[1].cell(1, 1).text == "https://weixun.test/9900000101/PX260810A017"


def test_east_asian_fonts_are_named(model: DocumentModel) -> None:
    with zipfile.ZipFile(io.BytesIO(to_docx(model))) as parts:
        styles = parts.read("word/styles.xml").decode()
    for face in ("仿宋", "黑体", "宋体"):
        assert f'w:eastAsia="{face}"' in styles


def test_nothing_of_the_maker_or_the_clock_is_inside(model: DocumentModel) -> None:
    with zipfile.ZipFile(io.BytesIO(to_docx(model))) as parts:
        core = parts.read("docProps/core.xml").decode()
        assert {entry.date_time for entry in parts.infolist()} == {(1980, 1, 1, 0, 0, 0)}
    assert "python-docx" not in core
    assert "2026-08-12T12:00:00Z" in core


def test_a_merged_row_fills_the_table() -> None:
    kind = load("damages_schedule")
    written = docx.Document(io.BytesIO(to_docx(draft(kind, kind.sample()))))
    texts = [cell.text for table in written.tables for row in table.rows for cell in row.cells]
    assert "28,621.20" in texts
    assert any("人民币捌万陆仟肆佰元整" in text for text in texts)


def test_missing_values_are_red() -> None:
    written = docx.Document(io.BytesIO(to_docx(draft(load("infringement_notice"), DocumentFacts()), preview=True)))
    red = [run for line in written.paragraphs for run in line.runs if "缺：" in run.text]
    assert red
    assert all(str(run.font.color.rgb) == "B00020" for run in red)
    assert any("草稿" in line.text for line in written.paragraphs)
