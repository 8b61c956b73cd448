from __future__ import annotations

import datetime as dt
import io
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pypdf
import pytest

from caseapp.documents import DocumentError, DocumentModel, PdfFacts, draft, list_kinds, load, to_pdf
from caseapp.documents.blocks import Citation, Paragraph, Sentence, Text
from caseapp.documents.errors import MissingGlyphsError
from caseapp.documents.pdf import html_to_pdf


@pytest.fixture(scope="module")
def model() -> DocumentModel:
    kind = load("infringement_notice")
    return draft(kind, kind.sample())


@pytest.fixture(scope="module")
def printed(model: DocumentModel) -> bytes:
    return to_pdf(model)


def text_of(pdf: bytes) -> str:
    pages = (page.extract_text() for page in pypdf.PdfReader(io.BytesIO(pdf)).pages)
    return "".join("".join(pages).split())


def fonts_of(pdf: bytes) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for page in pypdf.PdfReader(io.BytesIO(pdf)).pages:
        for font in page["/Resources"]["/Font"].values():  # type: ignore[index]
            whole = font.get_object()
            found[whole["/BaseFont"]] = whole["/DescendantFonts"][0].get_object()["/FontDescriptor"].get_object()
    return found


def test_the_same_model_gives_the_same_bytes(model: DocumentModel, printed: bytes) -> None:
    again = DocumentModel.from_json(model.to_json())
    assert to_pdf(again) == printed


@pytest.mark.slow
def test_another_process_and_another_day_give_the_same_bytes(printed: bytes) -> None:
    code = (
        "import sys; from caseapp.documents import draft, load, to_pdf; k = load('infringement_notice');"
        "sys.stdout.buffer.write(to_pdf(draft(k, k.sample())))"
    )
    environment = {"PATH": "/usr/bin:/bin", "TZ": "America/New_York", "SOURCE_DATE_EPOCH": "1", "PYTHONHASHSEED": "7"}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, env=environment, check=True)
    assert done.stdout == printed


def test_the_text_can_be_read_out(printed: bytes) -> None:
    text = text_of(printed)
    facts = load("infringement_notice").sample()
    values = [facts.number, facts.principal and facts.principal.name, facts.principal and facts.principal.uscc]
    values += [value for post in facts.posts for value in (post.url, post.package_sha256, post.evidence, post.account)]
    for value in values:
        assert value
        assert "".join(value.split()) in text


def test_every_font_is_embedded_as_a_subset(printed: bytes) -> None:
    fonts = fonts_of(printed)
    assert any("CJK" in name or "Fang" in name for name in fonts)
    for name, descriptor in fonts.items():
        assert "+" in name, "a subset carries a prefix"
        assert {"/FontFile", "/FontFile2", "/FontFile3"} & set(descriptor)


def test_it_declares_pdf_a(printed: bytes) -> None:
    reader = pypdf.PdfReader(io.BytesIO(printed))
    xmp = reader.xmp_metadata
    assert xmp is not None
    packet = xmp.stream.get_data().decode()
    assert 'part="3"' in packet
    assert 'conformance="U"' in packet
    catalog = reader.trailer["/Root"]
    assert catalog["/OutputIntents"][0]["/DestOutputProfile"]  # type: ignore[index]
    assert "/OpenAction" not in catalog  # type: ignore[operator]
    assert reader.trailer["/ID"]


def test_the_file_names_its_document_and_no_clock(printed: bytes) -> None:
    metadata = pypdf.PdfReader(io.BytesIO(printed)).metadata
    assert metadata is not None
    assert metadata.title == "侵权通知书 函-2026-0001"
    assert metadata.creation_date == dt.datetime(2026, 8, 12, 12, tzinfo=dt.UTC)


def test_every_page_has_its_number(printed: bytes) -> None:
    reader = pypdf.PdfReader(io.BytesIO(printed))
    total = len(reader.pages)
    for number, page in enumerate(reader.pages, 1):
        assert f"—{number}/{total}—" in "".join(page.extract_text().split())
        assert page.mediabox.width == pytest.approx(595.28, abs=0.01)


def test_the_signature_is_not_alone_on_a_page(printed: bytes) -> None:
    last = pypdf.PdfReader(io.BytesIO(printed)).pages[-1].extract_text()
    assert "盖章" in last
    assert "附件" in last


@pytest.mark.slow
@pytest.mark.parametrize("kind", [kind.kind for kind in list_kinds()])
def test_every_kind_prints(kind: str) -> None:
    found = load(kind)
    for lang in found.languages:
        pdf = to_pdf(draft(found, found.sample(lang), lang))
        banner = "示例" if lang == "zh" else "Sample"
        assert banner in text_of(pdf)


def test_a_preview_says_draft_and_to_be_checked(model: DocumentModel) -> None:
    unsure = Citation(source="law", target="cac.six_types", label="《某规范》第四条", unverified=True)
    paragraph = Paragraph(id="p", sentences=(Sentence(id="s", content=(Text(text="依据"), unsure)),))
    small = model.model_copy(update={"blocks": (paragraph,), "sample": False})
    preview, clean = to_pdf(small, facts=PdfFacts(preview=True)), to_pdf(small)
    assert "草稿" in text_of(preview)
    assert "待核" in text_of(preview)
    assert "草稿" not in text_of(clean)
    assert "待核" not in text_of(clean)


def test_attachments_travel_inside(model: DocumentModel) -> None:
    small = model.model_copy(update={"blocks": model.blocks[:2]})
    facts = PdfFacts(author="澜江苜禾食品有限公司", attachments={"evidence.txt": b"proof", "a.json": b"{}"})
    pdf = to_pdf(small, facts=facts)
    assert pdf == to_pdf(small, facts=facts)
    reader = pypdf.PdfReader(io.BytesIO(pdf))
    assert {name: contents[0] for name, contents in reader.attachments.items()} == facts.attachments
    assert pdf != to_pdf(small)


@pytest.mark.parametrize("name", ["证据.txt", "../x", "", "a b.txt", "x" * 100, ".hidden"])
def test_attachment_names_are_plain_ascii(name: str, model: DocumentModel) -> None:
    with pytest.raises(DocumentError):
        to_pdf(model, facts=PdfFacts(attachments={name: b""}))


@pytest.mark.parametrize("address", ["http://127.0.0.1:9/x.png", "file:///etc/passwd", "data:text/plain,x"])
def test_nothing_is_ever_fetched(address: str) -> None:
    html = f'<img src="{address}"><p>x</p>'
    with pytest.raises(DocumentError, match="loads nothing"):
        html_to_pdf(html, title="x", lang="zh", day=None, facts=PdfFacts())


def test_rare_name_characters_get_real_glyphs(
    notice: dict[str, Any], drafted: Callable[..., tuple[DocumentModel, Any]]
) -> None:
    notice["principal"]["legal_rep"] = "喆堃䶮𠮷"
    model, _ = drafted(notice)
    small = model.model_copy(update={"blocks": tuple(block for block in model.blocks if block.id == "identity-table")})
    assert "喆堃䶮𠮷" in text_of(to_pdf(small))


def of_text(model: DocumentModel, text: str) -> DocumentModel:
    paragraph = Paragraph(id="p", sentences=(Sentence(id="s", content=(Text(text=text),)),))
    return model.model_copy(update={"blocks": (paragraph,)})


def test_a_letter_without_font_is_an_error_not_an_empty_box(model: DocumentModel) -> None:
    with pytest.raises(MissingGlyphsError) as caught:
        to_pdf(of_text(model, "甲\U00012000乙"))
    assert "U+12000" in caught.value.message("zh")
    assert "fonts-noto-cjk" in caught.value.message("en")


def test_a_symbol_without_font_is_printed_as_its_code(model: DocumentModel) -> None:
    text = text_of(to_pdf(of_text(model, "原文\U0001fae8完")))
    assert "原文" in text
    assert "完" in text
    assert "U+1FAE8" in text
