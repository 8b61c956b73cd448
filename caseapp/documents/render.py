"""From a template folder and facts to a document model: Jinja in a sandbox, strict HTML, blocks."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from typing import Any, Final

import jinja2
from jinja2 import nodes
from jinja2.exceptions import SecurityError
from jinja2.sandbox import ImmutableSandboxedEnvironment
from markupsafe import Markup

from caseapp.documents.blocks import DocumentModel
from caseapp.documents.build import Builder
from caseapp.documents.catalog import DocumentKind
from caseapp.documents.context import DocumentFacts
from caseapp.documents.errors import TemplateFaultError
from caseapp.documents.format import money_words
from caseapp.documents.markup import read
from caseapp.documents.values import Budget, Fact, TemplateStopError, budget_of, path_of, printed, raw, with_text
from caseapp.jurisdictions import LawError, chinese_number
from caseapp.jurisdictions import load as load_law

MAX_TEMPLATE: Final = 200_000
MAX_RENDERED: Final = 20_000_000
_FORBIDDEN: Final = (
    nodes.Include,
    nodes.Import,
    nodes.FromImport,
    nodes.Extends,
    nodes.Block,
    nodes.CallBlock,
    nodes.FilterBlock,
    nodes.Macro,
    nodes.AssignBlock,
    nodes.Mul,
    nodes.Pow,
    nodes.Mod,
)


class _Sandbox(ImmutableSandboxedEnvironment):
    """No loader, no globals but ours, no filter but ours, no arithmetic that grows memory."""

    def __init__(self) -> None:
        super().__init__(autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True)
        self.globals.clear()
        self.filters.clear()


def draft(kind: DocumentKind, facts: DocumentFacts, lang: str = "zh", *, on: dt.date | None = None) -> DocumentModel:
    """Draft a document.

    Args:
        kind: the template folder.
        facts: what is known; what is missing prints red and blocks approval.
        lang: `zh` or `en`.
        on: the day whose law applies while the document bears no date yet; the document's own date wins.

    Raises:
        UnknownLanguageError: the kind has no text in that language.
        TemplateFaultError: the template breaks the rules of the sandbox or of the block model.
    """
    source = kind.source(lang)
    name = f"{kind.jurisdiction}/{kind.kind}/{lang}.html"
    day = facts.issued_on or on or dt.date(9999, 1, 1)
    budget = Budget(lang=lang, labels=kind.labels(lang))
    try:
        blocks = Builder(lang).blocks(read(_rendered(source, kind, facts, budget, day)))
    except (TemplateStopError, SecurityError, jinja2.TemplateError, LawError, TypeError, RecursionError) as error:
        line = getattr(error, "lineno", None)
        detail = f"{error}（第 {line} 行）" if line else str(error) or type(error).__name__
        raise TemplateFaultError(template=name, detail=detail) from error
    return DocumentModel(
        kind=kind.kind,
        template_version=kind.version,
        jurisdiction=kind.jurisdiction,
        lang="en" if lang == "en" else "zh",
        title=kind.title.in_language(lang),
        number=facts.number,
        issued_on=facts.issued_on,
        sample=facts.sample,
        blocks=blocks,
    )


def _rendered(source: str, kind: DocumentKind, facts: DocumentFacts, budget: Budget, day: dt.date) -> str:
    if len(source) > MAX_TEMPLATE:
        raise TemplateStopError(f"the template is longer than {MAX_TEMPLATE} characters")
    environment = _Sandbox()
    environment.filters.update(_filters(facts, budget))
    _check_syntax(environment.parse(source))
    tree = facts.model_dump(mode="python")
    variables: dict[str, Any] = {name: Fact(value, name, budget) for name, value in tree.items()}
    variables["law"] = _law(kind, budget, day)
    parts: list[str] = []
    size = 0
    for part in environment.from_string(source).generate(variables):
        size += len(part)
        if size > MAX_RENDERED:
            raise TemplateStopError(f"the text is longer than {MAX_RENDERED} characters")
        parts.append(part)
    return "".join(parts)


def _check_syntax(tree: nodes.Template) -> None:
    for node in tree.find_all(_FORBIDDEN):
        raise jinja2.TemplateSyntaxError(f"{type(node).__name__} is not allowed in a template", node.lineno)
    for name in tree.find_all(nodes.Name):
        if name.name == "self":
            raise jinja2.TemplateSyntaxError("self is not a fact", name.lineno)
    for loop in tree.find_all(nodes.For):
        if loop.recursive or not isinstance(loop.iter, nodes.Getattr | nodes.Name | nodes.Getitem):
            raise jinja2.TemplateSyntaxError("a loop runs over a list of the facts, nothing else", loop.lineno)
    for assigned in tree.find_all(nodes.Assign):
        if not isinstance(assigned.node, nodes.Getattr | nodes.Name | nodes.Getitem | nodes.Test | nodes.Compare):
            raise jinja2.TemplateSyntaxError("set names a fact, nothing else", assigned.lineno)


def _law(kind: DocumentKind, budget: Budget, day: dt.date) -> Callable[[str], Markup]:
    law = load_law(kind.jurisdiction)

    def cite(key: str) -> Markup:
        if key not in kind.legal_basis:
            raise TemplateStopError(f"rule {key} is not among the legal_basis of metadata.yaml")
        citation = law.cite(key, day)
        mark = Markup(' data-unverified="1"') if citation.certainty.needs_check else Markup("")
        template = Markup('<cite data-source="law" data-target="{}"{}>{}</cite>')
        return template.format(key, mark, citation.text(budget.lang))

    return cite


def _filters(facts: DocumentFacts, budget: Budget) -> Mapping[str, Callable[..., Any]]:
    labels = {exhibit.evidence: exhibit.label for exhibit in facts.exhibits}

    def cite(evidence: Fact) -> Markup:
        return _exhibits(evidence, labels, budget, shown=True)

    def support(evidence: Fact) -> Markup:
        return _exhibits(evidence, labels, budget, shown=False)

    return {"cite": cite, "support": support, **_WORDING}


def _exhibits(evidence: Fact, labels: Mapping[str, str], budget: Budget, *, shown: bool) -> Markup:
    """Citations of one evidence number or of a list; an empty list is a missing proof and prints red."""
    found = [evidence] if isinstance(raw(evidence), str) else list(evidence)
    if not found:
        return Fact(None, path_of(evidence), budget).__html__()
    marks = [_exhibit(str(one), labels.get(str(one)), budget, shown=shown) for one in found]
    separator = Markup("、") if budget.lang == "zh" else Markup(", ")
    return separator.join(marks) if shown else Markup("").join(marks)


def _ordinal(number: object) -> str:
    """一, 二, 三 … for headings."""
    return chinese_number(int(str(raw(number) if isinstance(number, Fact) else number)))


def _capitals(amount: Fact) -> Fact:
    """A sum in words: 人民币…元整."""
    return amount if raw(amount) is None else with_text(amount, money_words(raw(amount)))


def _clause(fact: Fact) -> Fact:
    """Without its closing full stop, so that a citation can stand before the template's own."""
    return fact if raw(fact) is None else with_text(fact, printed(fact).rstrip("。；;. \n"))


def _bare(fact: Fact) -> Fact:
    """For use inside quotation marks: its own become single ones. Never for words quoted as evidence."""
    if raw(fact) is None:
        return fact
    return with_text(fact, printed(fact).replace("“", "‘").replace("”", "’"))


def _need(many: Fact) -> Fact:
    """The red mark of an empty list; prints nothing when there is something."""
    return Fact(None, path_of(many), budget_of(many)) if not many else with_text(many, "")


def _count(many: Fact) -> int:
    return len(many)


_WORDING: Final[Mapping[str, Callable[..., Any]]] = {
    "ordinal": _ordinal,
    "capitals": _capitals,
    "clause": _clause,
    "bare": _bare,
    "need": _need,
    "count": _count,
}


def _exhibit(evidence: str, label: str | None, budget: Budget, *, shown: bool) -> Markup:
    if label is None:
        return Fact(None, f"exhibit {evidence}", budget).__html__()
    text = label if budget.lang == "zh" else f"Exhibit {label.removeprefix('证')}"
    hidden = Markup("") if shown else Markup(" hidden")
    return Markup('<cite data-source="exhibit" data-target="{}"{}>{}</cite>').format(evidence, hidden, text)
