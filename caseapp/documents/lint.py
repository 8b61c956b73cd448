"""What must be right before a document leaves: findings on a model and on the facts it was drafted from."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from caseapp.documents import lint_facts
from caseapp.documents.blocks import (
    Citation,
    DocumentModel,
    FieldValue,
    Inlines,
    ListBlock,
    Paragraph,
    Sentence,
    plain,
)
from caseapp.documents.catalog import DocumentKind
from caseapp.documents.catalog import load as load_kind
from caseapp.documents.context import DocumentFacts
from caseapp.documents.lint_rules import RULES, Rule, Severity
from caseapp.documents.lint_text import Hit, KnownPost, LintContext, findings


@dataclass(frozen=True)
class Finding:
    """One finding: which rule, where, how grave, and what to do.

    Attributes:
        rule: number of the rule in LINT order (1 to 13).
        code: its stable name.
        severity: `block` stops approval, `warn` asks a person to look.
        place: id of the block or sentence, or the path of a field.
        quoted: the words concerned.
        note_zh: what is peculiar to this place; may be empty.
        note_en: the same in English.
    """

    rule: int
    code: str
    severity: Severity
    place: str
    quoted: str
    note_zh: str = ""
    note_en: str = ""

    @property
    def about(self) -> Rule:
        """The rule with its title, why in law, and the fix, in both languages."""
        return RULES[self.rule]

    def message(self, lang: str = "zh") -> str:
        """Title, quoted words, note and fix on one line."""
        rule = self.about
        if lang == "en":
            return f"{rule.title_en}: {self.quoted}{f' ({self.note_en})' if self.note_en else ''}. {rule.fix_en}."
        return f"{rule.title_zh}：{self.quoted}{f'（{self.note_zh}）' if self.note_zh else ''}。{rule.fix_zh}。"


def finding(rule: int, place: str, quoted: str, *, severity: Severity = "block", zh: str = "", en: str = "") -> Finding:
    """A finding of a rule, named and graded."""
    return Finding(rule, RULES[rule].code, severity, place, quoted[:200], zh, en)


def check(model: DocumentModel, facts: DocumentFacts) -> list[Finding]:
    """Every finding on a document.

    Args:
        model: the document, perhaps edited since it was drafted.
        facts: the facts it stands on, for comparison of addresses, sums and dates.

    Returns:
        Findings in reading order, those on the facts last. Equal findings are reported once.

    Raises:
        UnknownKindError: the kind's folder is gone.
    """
    kind = load_kind(model.kind, model.jurisdiction)
    context = _context(model, facts)
    missing = list(_missing(model))
    said = {one.note_en for one in missing}
    found = [
        *missing,
        *_structure(model, kind),
        *_citations(model),
        *_sentences(model, kind, context),
        *(
            finding(*hit.key, severity=hit.severity, zh=hit.zh, en=hit.en)
            for hit in lint_facts.check(kind, facts)
            if hit.key[:2] not in {(12, path) for path in said}
        ),
    ]
    return list(dict.fromkeys(found))


def is_blocked(found: list[Finding]) -> bool:
    """Whether any finding stops approval."""
    return any(one.severity == "block" for one in found)


def check_text(text: str, context: LintContext, *, place: str = "") -> list[Finding]:
    """Findings on a bare sentence, as an editor types it."""
    return [_from_hit(hit, place) for hit in findings(text, context)]


def _from_hit(hit: Hit, place: str) -> Finding:
    return finding(
        hit.rule, place, hit.quoted, severity=hit.severity, zh=hit.note.get("zh", ""), en=hit.note.get("en", "")
    )


def _context(model: DocumentModel, facts: DocumentFacts) -> LintContext:
    return LintContext(
        kind=model.kind,
        as_of=model.issued_on or dt.date(9999, 1, 1),
        conduct_at=min((post.published_at.date() for post in facts.posts if post.published_at), default=None),
        legal_person=facts.principal is None or facts.principal.kind == "legal_person",
        posts=tuple(KnownPost(post.no or "", post.url, post.account or "") for post in facts.posts if post.url),
        amounts=ledger_amounts(facts),
        jurisdiction=model.jurisdiction,
    )


def ledger_amounts(facts: DocumentFacts) -> frozenset[Decimal] | None:
    """Every sum of the ledger, or None when the facts hold no ledger."""
    if facts.damages is None:
        return None
    damages = facts.damages
    sums = [damages.total, damages.without_costs, *damages.other_sums]
    if damages.alternative:
        sums += [damages.alternative.amount, damages.alternative.with_costs]
    for head in damages.heads:
        sums += [head.subtotal, *(sum_ for item in head.items for sum_ in (item.amount, item.gross, item.avoided))]
    return frozenset(amount for amount in sums if amount is not None)


def _missing(model: DocumentModel) -> Iterator[Finding]:
    for place, inlines in model.rows_of_inlines():
        for inline in inlines:
            if isinstance(inline, FieldValue) and inline.missing:
                yield finding(12, place, inline.text, zh=inline.name, en=inline.name)


def _structure(model: DocumentModel, kind: DocumentKind) -> Iterator[Finding]:
    present = {block.id for block in model.blocks}
    for part in kind.parts:
        if part.block not in present:
            yield finding(
                12, part.block, part.label.zh, zh="必备部分被删", en=f"required part removed: {part.label.en}"
            )


def _citations(model: DocumentModel) -> Iterator[Finding]:
    for place, inlines in model.rows_of_inlines():
        for inline in inlines:
            if isinstance(inline, Citation) and inline.unverified:
                yield finding(13, place, inline.label, severity="warn")


def _sentences(model: DocumentModel, kind: DocumentKind, context: LintContext) -> Iterator[Finding]:
    for block, sentence in model.sentences():
        if _must_cite(block) and not _cited(sentence.content):
            yield finding(4, sentence.id, sentence.text)
        yield from _text_hits(block, sentence, kind, context)
    for place, inlines in _other_rows(model):
        for hit in findings(_own_words(inlines), context):
            if hit.rule not in {4, 7}:
                yield _from_hit(hit, place)


def _text_hits(
    block: Paragraph | ListBlock, sentence: Sentence, kind: DocumentKind, context: LintContext
) -> Iterator[Finding]:
    if isinstance(block, Paragraph) and block.role == "quote":
        return
    for hit in findings(_own_words(sentence.content), context):
        if hit.rule == 4 and (_must_cite(block) or _cited(sentence.content) or kind.audience == "public"):  # noqa: PLR2004  # the number is the rule's name
            continue
        yield _from_hit(hit, sentence.id)


def _other_rows(model: DocumentModel) -> Iterator[tuple[str, Inlines]]:
    spoken = {sentence.id for _, sentence in model.sentences()}
    yield from ((place, inlines) for place, inlines in model.rows_of_inlines() if place not in spoken)


def _must_cite(block: Paragraph | ListBlock) -> bool:
    return block.role == "fact"


def _cited(inlines: Inlines) -> bool:
    return any(isinstance(inline, Citation) and inline.source == "exhibit" for inline in inlines)


def _own_words(inlines: Inlines) -> str:
    """The printed words without the values that are another's words and without the marks of what is missing."""
    kept = tuple(inline for inline in inlines if not _foreign(inline))
    return plain(kept)


def _foreign(inline: object) -> bool:
    return isinstance(inline, FieldValue) and (inline.missing or inline.name.endswith(".quote"))
