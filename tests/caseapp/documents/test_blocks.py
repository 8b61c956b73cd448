from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from caseapp.documents import BadModelError, DocumentModel, to_docx, to_text
from caseapp.documents.blocks import (
    Cell,
    Citation,
    Column,
    FieldValue,
    Heading,
    Item,
    ListBlock,
    PageBreak,
    Paragraph,
    Row,
    Sentence,
    Signature,
    Table,
    Text,
)
from caseapp.documents.sheet import Sheet

printable = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), max_size=30)
inlines = st.lists(
    st.one_of(
        st.builds(Text, text=printable),
        st.builds(FieldValue, name=printable, text=printable, missing=st.booleans()),
        st.builds(
            Citation,
            source=st.sampled_from(["exhibit", "law"]),
            target=printable,
            label=printable,
            shown=st.booleans(),
            unverified=st.booleans(),
        ),
    ),
    max_size=3,
).map(tuple)


def _sentence(content: Any) -> Sentence:
    return Sentence(id="s", content=content)


some_sentences = st.lists(inlines.map(_sentence), max_size=3).map(tuple)
tables = st.integers(1, 4).flatmap(
    lambda width: st.builds(
        Table,
        id=st.just("t"),
        role=st.sampled_from(["keys", "grid"]),
        caption=inlines,
        columns=st.just(tuple(Column(align="mono", width=10) for _ in range(width))),
        header=st.one_of(st.just(()), st.tuples(*[st.builds(Cell, content=inlines)] * width)),
        rows=st.lists(
            st.builds(
                Row,
                role=st.sampled_from(["body", "total"]),
                cells=st.tuples(*[st.builds(Cell, content=inlines)] * width),
            ),
            max_size=3,
        ).map(tuple),
    )
)
any_block = st.one_of(
    st.builds(Heading, id=st.just("h"), level=st.integers(1, 3), content=inlines),
    st.builds(
        Paragraph, id=st.just("p"), role=st.sampled_from(["body", "fact", "quote", "to"]), sentences=some_sentences
    ),
    st.builds(
        ListBlock,
        id=st.just("l"),
        style=st.sampled_from(["1.", "（1）", "-"]),
        items=st.lists(st.builds(Item, sentences=some_sentences), max_size=3).map(tuple),
    ),
    tables,
    st.builds(Signature, id=st.just("g"), chop=st.booleans(), lines=st.lists(inlines, max_size=3).map(tuple)),
    st.just(PageBreak(id="b")),
)


def renumbered(blocks: list[Any]) -> tuple[Any, ...]:
    """Give every block and sentence its own id."""
    counter = iter(range(10_000))

    def own(sentence: Sentence) -> Sentence:
        return sentence.model_copy(update={"id": f"s{next(counter)}"})

    fresh = []
    for block in blocks:
        update: dict[str, Any] = {"id": f"x{next(counter)}"}
        if isinstance(block, Paragraph):
            update["sentences"] = tuple(own(one) for one in block.sentences)
        if isinstance(block, ListBlock):
            update["items"] = tuple(Item(sentences=tuple(own(one) for one in item.sentences)) for item in block.items)
        fresh.append(block.model_copy(update=update))
    return tuple(fresh)


def model_of(*blocks: Any, lang: Any = "zh") -> DocumentModel:
    return DocumentModel(
        kind="infringement_notice", template_version="1.0", jurisdiction="cn", lang=lang, title="标题", blocks=blocks
    )


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(any_block, max_size=6), st.sampled_from(["zh", "en"]))
def test_every_model_survives_storage_and_prints(blocks: list[Any], lang: str) -> None:
    model = model_of(*renumbered(blocks), lang=lang)
    assert DocumentModel.from_json(model.to_json()) == model
    text = to_text(model)
    html = Sheet(model, "", preview=True).html()
    assert text.endswith("\n")
    assert html.endswith("</body></html>")
    assert "<script" not in html


@settings(max_examples=4, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(any_block, max_size=5))
def test_every_model_becomes_docx(blocks: list[Any]) -> None:
    model = model_of(*renumbered(blocks))
    assert to_docx(model) == to_docx(model)


BASE = json.loads(model_of(Heading(id="h", level=1, content=(Text(text="甲"),)), PageBreak(id="b")).to_json())


@pytest.mark.parametrize(
    ("change", "place"),
    [
        (lambda m: m["blocks"].append({"type": "image", "id": "i", "src": "http://x"}), "blocks.2"),
        (lambda m: m["blocks"].append({"type": "raw_html", "id": "i", "html": "<script>"}), "blocks.2"),
        (lambda m: m["blocks"][0].update(onclick="x"), "onclick"),
        (lambda m: m["blocks"][0].update(level=4), "level"),
        (lambda m: m["blocks"][0]["content"].append({"type": "link", "text": "x"}), "content.1"),
        (lambda m: m["blocks"][1].update(id="h"), "twice"),
        (lambda m: m["blocks"][1].update(id="../x"), "id"),
        (lambda m: m.update(extra=1), "extra"),
        (lambda m: m.update(schema="bianwu-document/2"), "schema"),
        (lambda m: m.pop("kind"), "kind"),
        (lambda m: m["blocks"][0].update(content="甲"), "content"),
        (lambda m: m.update(lang="fr"), "lang"),
    ],
)
def test_anything_outside_the_model_is_refused_with_its_place(change: Any, place: str) -> None:
    data = json.loads(json.dumps(BASE))
    change(data)
    with pytest.raises(BadModelError) as caught:
        DocumentModel.from_json(json.dumps(data))
    assert place in caught.value.message("en")


@pytest.mark.parametrize("text", ["", "[", "null", "[]", "1e999", '{"blocks": NaN}', "[" * 100_000, '"\\ud800"'])
def test_junk_is_refused(text: str) -> None:
    with pytest.raises(BadModelError):
        DocumentModel.from_json(text)


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=200))
def test_any_text_is_a_model_or_an_error(text: str) -> None:
    with pytest.raises(BadModelError):
        DocumentModel.from_json(text)


def test_an_uneven_table_is_refused() -> None:
    with pytest.raises(ValueError, match="fill 2 columns"):
        Table(id="t", columns=(Column(), Column()), rows=(Row(cells=(Cell(content=()),)),))


def test_a_list_writes_its_own_numbers() -> None:
    item = Item(sentences=(Sentence(id="s1", content=(Text(text="甲"),)),))
    other = Item(sentences=(Sentence(id="s2", content=(Text(text="乙"),)),))
    text = to_text(model_of(ListBlock(id="l", style="（1）", items=(item, other))))
    assert text == "（1）甲\n（2）乙\n"


def test_a_hidden_citation_prints_nothing() -> None:
    hidden = Citation(source="exhibit", target="证-2026-000001", label="证1-1", shown=False)
    model = model_of(Paragraph(id="p", sentences=(Sentence(id="s", content=(Text(text="甲"), hidden)),)))
    assert to_text(model) == "甲\n"
    assert "证1-1" not in Sheet(model, "").html()
