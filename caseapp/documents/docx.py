"""DOCX from the same model: real headings, real tables, East Asian fonts; the same model gives the same bytes."""

from __future__ import annotations

import datetime as dt
import io
import zipfile
from typing import Any, Final

import docx
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_BREAK
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt, RGBColor

from caseapp.documents.blocks import (
    Block,
    Cell,
    Citation,
    DocumentModel,
    FieldValue,
    Heading,
    Inlines,
    ListBlock,
    PageBreak,
    Paragraph,
    Signature,
    Table,
)
from caseapp.documents.sheet import DRAFT_BANNER, SAMPLE_BANNER

_EPOCH: Final = (1980, 1, 1, 0, 0, 0)
_FACES: Final = {"body": "仿宋", "h1": "宋体", "h2": "黑体", "h3": "楷体"}
_SIZES: Final = {"body": 14, "h1": 22, "h2": 14, "h3": 14}
_RED: Final = RGBColor(0xB0, 0x00, 0x20)
_NO_DATE: Final = dt.date(2000, 1, 1)
_ALIGN: Final = {"right": WD_ALIGN_PARAGRAPH.RIGHT, "center": WD_ALIGN_PARAGRAPH.CENTER}


def to_docx(model: DocumentModel, *, preview: bool = False) -> bytes:
    """The model as a Word file that opens in Word and LibreOffice.

    Args:
        model: the document.
        preview: prints 草稿 and 待核 marks.
    """
    return _Writer(model, preview=preview).save()


class _Writer:
    def __init__(self, model: DocumentModel, *, preview: bool) -> None:
        self._model = model
        self._preview = preview
        self._file = docx.Document()
        self._page()
        self._styles()

    def save(self) -> bytes:
        """Write all blocks and pack the file with fixed times."""
        banners = [SAMPLE_BANNER] if self._model.sample else []
        for banner in [*banners, *([DRAFT_BANNER] if self._preview else [])]:
            line = self._paragraph(align=WD_ALIGN_PARAGRAPH.CENTER, indent=False)
            line.add_run(banner[self._model.lang]).font.size = Pt(10.5)
        for block in self._model.blocks:
            self._block(block)
        self._properties()
        buffer = io.BytesIO()
        self._file.save(buffer)
        return _repack(buffer.getvalue())

    def _page(self) -> None:
        section = self._file.sections[0]
        section.page_width, section.page_height = Mm(210), Mm(297)
        section.top_margin, section.bottom_margin = Mm(37), Mm(32)
        section.left_margin, section.right_margin = Mm(28), Mm(26)
        footer = section.footer.paragraphs[0]
        footer.alignment = WD_ALIGN_PARAGRAPH.CENTER
        for kind, text in (("begin", None), (None, "PAGE"), ("end", None)):
            footer.add_run()._r.append(_field_part(kind, text))  # noqa: SLF001  # python-docx has no page number

    def _styles(self) -> None:
        names = {"Normal": "body", "Heading 1": "h1", "Heading 2": "h2", "Heading 3": "h3"}
        for name, key in names.items():
            style = self._file.styles[name]
            style.font.name = _FACES[key] if self._model.lang == "zh" else "Times New Roman"
            style.font.size = Pt(_SIZES[key])
            style.font.bold = key == "h1"
            style.font.color.rgb = RGBColor(0, 0, 0)
            fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
            fonts.set(qn("w:eastAsia"), _FACES[key])
            for theme in ("w:asciiTheme", "w:hAnsiTheme", "w:eastAsiaTheme", "w:cstheme"):
                fonts.attrib.pop(qn(theme), None)
            style.paragraph_format.space_before = style.paragraph_format.space_after = Pt(0)
            style.paragraph_format.line_spacing = Pt(32 if key == "h1" else 25)

    def _properties(self) -> None:
        made = dt.datetime.combine(self._model.issued_on or _NO_DATE, dt.time(12), tzinfo=dt.UTC).replace(tzinfo=None)
        core = self._file.core_properties
        core.title, core.author, core.last_modified_by = self._model.title, "", ""
        core.created = core.modified = made
        core.language = "zh-CN" if self._model.lang == "zh" else "en"
        core.comments = ""

    def _block(self, block: Block) -> None:
        if isinstance(block, Heading):
            heading = self._file.add_heading(level=block.level)
            if block.level == 1:
                heading.alignment = WD_ALIGN_PARAGRAPH.CENTER
            self._runs(heading, block.content)
        elif isinstance(block, Paragraph):
            right = WD_ALIGN_PARAGRAPH.RIGHT if block.role in {"number", "meta"} else None
            line = self._paragraph(align=right, indent=block.role not in {"number", "meta", "to"})
            self._sentences(line, tuple(sentence.content for sentence in block.sentences))
        elif isinstance(block, ListBlock):
            for index, item in enumerate(block.items):
                line = self._paragraph(indent=True)
                line.add_run(block.marker(index))
                self._sentences(line, tuple(sentence.content for sentence in item.sentences))
        elif isinstance(block, Table):
            self._table(block)
        elif isinstance(block, Signature):
            self._signature(block)
        elif isinstance(block, PageBreak):
            self._file.add_paragraph().add_run().add_break(WD_BREAK.PAGE)

    def _paragraph(self, *, align: Any = None, indent: bool = True) -> Any:
        line = self._file.add_paragraph()
        line.alignment = align
        if indent and self._model.lang == "zh":
            line.paragraph_format.first_line_indent = Pt(2 * _SIZES["body"])
        return line

    def _sentences(self, line: Any, contents: tuple[Inlines, ...]) -> None:
        for number, content in enumerate(contents):
            if number and self._model.lang == "en":
                line.add_run(" ")
            self._runs(line, content)

    def _runs(self, line: Any, inlines: Inlines) -> None:
        for inline in inlines:
            if isinstance(inline, Citation):
                line.add_run(inline.label if inline.shown else "")
                if inline.unverified and self._preview:
                    line.add_run("〔待核〕").font.superscript = True
                continue
            run = line.add_run(inline.text)
            if isinstance(inline, FieldValue) and inline.missing:
                run.font.color.rgb = _RED
                run.font.bold = True

    def _table(self, block: Table) -> None:
        if block.caption:
            line = self._paragraph(indent=False)
            line.paragraph_format.keep_with_next = True
            self._runs(line, block.caption)
        rows = [*([block.header] if block.header else []), *(row.cells for row in block.rows)]
        table = self._file.add_table(rows=len(rows), cols=len(block.columns), style="Table Grid")
        table.alignment = WD_TABLE_ALIGNMENT.CENTER
        for number, cells in enumerate(rows):
            self._cells(table, number, block, cells)
        if block.header:
            mark = OxmlElement("w:tblHeader")
            table.rows[0]._tr.get_or_add_trPr().append(mark)  # noqa: SLF001  # python-docx has no repeated header row

    def _cells(self, table: Any, number: int, block: Table, cells: tuple[Cell, ...]) -> None:
        at = 0
        for cell in cells:
            target = table.cell(number, at)
            if cell.span > 1:
                target = target.merge(table.cell(number, at + cell.span - 1))
            target.width = Mm(1.56 * sum(column.width for column in block.columns[at : at + cell.span]))
            line = target.paragraphs[0]
            line.alignment = _ALIGN.get(block.columns[at].align)
            line.paragraph_format.line_spacing = Pt(18)
            self._runs(line, cell.content)
            for run in line.runs:
                run.font.size = Pt(11)
            at += cell.span

    def _signature(self, block: Signature) -> None:
        for number, content in enumerate(block.lines):
            line = self._paragraph(indent=False)
            line.paragraph_format.left_indent = Mm(60)
            line.paragraph_format.keep_with_next = number + 1 < len(block.lines)
            if number == 0:
                line.paragraph_format.space_before = Pt(28)
            self._runs(line, content)


def _field_part(kind: str | None, text: str | None) -> Any:
    if kind is not None:
        part = OxmlElement("w:fldChar")
        part.set(qn("w:fldCharType"), kind)
        return part
    part = OxmlElement("w:instrText")
    part.text = text
    return part


def _repack(content: bytes) -> bytes:
    """The same parts with fixed times, so that equal models give equal bytes under one release of zlib."""
    packed = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as source, zipfile.ZipFile(packed, "w") as target:
        for name in source.namelist():
            entry = zipfile.ZipInfo(name, date_time=_EPOCH)
            entry.external_attr = 0o600 << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            target.writestr(entry, source.read(name))
    return packed.getvalue()
