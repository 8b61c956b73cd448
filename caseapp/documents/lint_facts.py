"""Checks on the facts themselves: what is missing, what may not be noticed, dates and sums that contradict."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from caseapp.documents.catalog import DocumentKind, FieldRule
from caseapp.documents.context import Damages, DocumentFacts, HeadTotal, Post
from caseapp.documents.format import BEIJING, date_text, money_text
from caseapp.documents.lint_rules import Severity
from caseapp.jurisdictions import UnknownRuleError
from caseapp.jurisdictions import load as load_law

_FALSE = ("false", "misleading")


@dataclass(frozen=True)
class FactHit:
    """A rule that fired on a field: (rule, path, words) and what is peculiar to it."""

    key: tuple[int, str, str]
    zh: str = ""
    en: str = ""
    severity: Severity = "block"


def check(kind: DocumentKind, facts: DocumentFacts) -> list[FactHit]:
    """Every hit on the facts of a document of this kind."""
    return [
        *_required(kind, facts),
        *(_verdicts(facts) if kind.asserts_falsity else ()),
        *_dates(facts),
        *(_damages(facts, kind.jurisdiction) if facts.damages else ()),
    ]


def _required(kind: DocumentKind, facts: DocumentFacts) -> Iterator[FactHit]:
    tree = facts.model_dump(mode="python")
    for rule in kind.fields:
        if rule.required:
            for path in _absent(tree, rule.path.split("."), ""):
                yield FactHit((12, path, rule.label.zh), zh="必填", en=f"required: {rule.label.en}")
    yield from _conditional(kind, facts)


def _conditional(kind: DocumentKind, facts: DocumentFacts) -> Iterator[FactHit]:
    """Fields that a legal person, or a named agent, makes required."""
    asked: list[tuple[str, Any]] = []
    if facts.principal and facts.principal.kind == "legal_person":
        asked += [(f"principal.{name}", getattr(facts.principal, name)) for name in ("uscc", "address", "legal_rep")]
    if facts.agent:
        asked += [(f"agent.{name}", getattr(facts.agent, name)) for name in ("name", "authority", "valid_from")]
    declared: dict[str, FieldRule] = {rule.path: rule for rule in kind.fields}
    for path, value in asked:
        if value is None and path in declared:
            yield FactHit((12, path, declared[path].label.zh), zh="必填", en=f"required: {declared[path].label.en}")


def _absent(value: Any, parts: list[str], walked: str) -> Iterator[str]:
    """The paths under which nothing is found; a list part (`posts[]`) is followed into every entry."""
    if not parts:
        if value is None or value == "" or (isinstance(value, list | tuple) and not value):
            yield walked
        return
    name, rest = parts[0], parts[1:]
    many = name.endswith("[]")
    name = name.removesuffix("[]")
    path = f"{walked}.{name}" if walked else name
    child = value.get(name) if isinstance(value, dict) else None
    if not many:
        yield from _absent(child, rest, path) if child is not None or not rest else (f"{path}.{'.'.join(rest)}",)
        return
    for index, entry in enumerate(child or ()):
        yield from _absent(entry, rest, f"{path}.{index}")


def _verdicts(facts: DocumentFacts) -> Iterator[FactHit]:
    """Only what a person has verified as false, or an insult to a person in her own name, may be spoken against."""
    for at, claim in enumerate(facts.claims):
        if claim.verdict not in _FALSE:
            yield FactHit(
                (10, f"claims.{at}.verdict", claim.topic or ""), zh=_said(claim.verdict), en=str(claim.verdict)
            )
    person = facts.principal is not None and facts.principal.kind == "natural_person"
    for at, post in enumerate(facts.posts):
        for number, statement in enumerate(post.statements):
            path = f"posts.{at}.statements.{number}"
            words = statement.quote or ""
            if statement.kind == "opinion":
                yield FactHit((10, f"{path}.kind", words), zh="意见", en="opinion")
            elif statement.kind == "insult" and not person:
                yield FactHit(
                    (10, f"{path}.kind", words),
                    zh="对自然人的侮辱须由本人通知",
                    en="the person insulted must give notice",
                )
            elif statement.kind == "fact" and statement.verdict not in _FALSE:
                yield FactHit((10, f"{path}.verdict", words), zh=_said(statement.verdict), en=str(statement.verdict))


def _said(verdict: str | None) -> str:
    names = {"true": "属实", "mostly_true": "基本属实", "opinion": "意见", "unverifiable": "无法核实"}
    return names.get(verdict or "", "尚未核实")


def _dates(facts: DocumentFacts) -> Iterator[FactHit]:
    for at, post in enumerate(facts.posts):
        yield from _post_dates(post, f"posts.{at}", facts.issued_on)
    agent, issued = facts.agent, facts.issued_on
    if agent and agent.valid_from and issued and issued < agent.valid_from:
        yield _order(
            "agent.valid_from", issued, agent.valid_from, "文书日期早于授权", "the paper is older than the mandate"
        )
    if agent and agent.valid_until and issued and issued > agent.valid_until:
        yield _order("agent.valid_until", issued, agent.valid_until, "授权已过期", "the mandate has ended")


def _post_dates(post: Post, path: str, issued: dt.date | None) -> Iterator[FactHit]:
    stamped = post.timestamp.at if post.timestamp else None
    if post.captured_at and post.published_at and post.captured_at < post.published_at:
        yield _moments(f"{path}.captured_at", post.captured_at, "取证早于发布", "captured before it was published")
    if stamped and post.captured_at and stamped < post.captured_at:
        yield _moments(f"{path}.timestamp.at", stamped, "时间戳早于取证", "stamped before it was captured")
    if issued and post.captured_at and _day(post.captured_at) > issued:
        yield _moments(
            f"{path}.captured_at", post.captured_at, "取证晚于文书日期", "captured after the date of the paper"
        )
    for number, statement in enumerate(post.statements):
        if issued and statement.verified_at and _day(statement.verified_at) > issued:
            place = f"{path}.statements.{number}.verified_at"
            yield _moments(place, statement.verified_at, "核实晚于文书日期", "verified after the date of the paper")


def _day(moment: dt.datetime) -> dt.date:
    return moment.astimezone(BEIJING).date()


def _moments(path: str, moment: dt.datetime, zh: str, en: str) -> FactHit:
    return FactHit((11, path, date_text(_day(moment))), zh=zh, en=en)


def _order(path: str, one: dt.date, two: dt.date, zh: str, en: str) -> FactHit:
    return FactHit((11, path, f"{date_text(one)}、{date_text(two)}"), zh=zh, en=en)


def _damages(facts: DocumentFacts, jurisdiction: str) -> Iterator[FactHit]:
    damages = facts.damages or Damages()
    person = facts.principal is not None and facts.principal.kind == "natural_person"
    law = load_law(jurisdiction)
    counted: list[HeadTotal] = []
    for at, head in enumerate(damages.heads):
        path = f"damages.heads.{at}"
        yield from _head(head, path)
        try:
            rule = law.head(head.head)
        except UnknownRuleError:
            yield FactHit((7, f"{path}.head", head.head), zh="没有这个损失项", en="no such head of damage")
            continue
        if rule.natural_person_only and not person:
            yield FactHit((8, f"{path}.head", head.title or head.head))
        if rule.in_total:
            counted.append(head)
        else:
            yield FactHit((7, f"{path}.head", head.title or head.head), zh="该项不入合计", en="this head is not added")
    yield from _totals(damages, counted)


def _head(head: HeadTotal, path: str) -> Iterator[FactHit]:
    for number, item in enumerate(head.items):
        if item.gross is not None and item.avoided is not None and item.amount is not None:
            yield from _equal(f"{path}.items.{number}.amount", item.amount, item.gross - item.avoided)
    amounts = [item.amount for item in head.items]
    if head.subtotal is not None and None not in amounts:
        yield from _equal(f"{path}.subtotal", head.subtotal, _sum(amounts))


def _totals(damages: Damages, heads: list[HeadTotal]) -> Iterator[FactHit]:
    sums = {head.head: head.subtotal for head in heads}
    if None in sums.values():
        return
    costs = sums.get("D5") or Decimal(0)
    if damages.total is not None:
        yield from _equal("damages.total", damages.total, _sum(sums.values()))
    if damages.without_costs is not None:
        yield from _equal("damages.without_costs", damages.without_costs, _sum(sums.values()) - costs)
    alternative = damages.alternative
    if alternative and alternative.amount is not None and alternative.with_costs is not None:
        yield from _equal("damages.alternative.with_costs", alternative.with_costs, alternative.amount + costs)


def _sum(amounts: Iterable[Decimal | None]) -> Decimal:
    return sum((amount for amount in amounts if amount is not None), Decimal(0))


def _equal(path: str, said: Decimal, computed: Decimal) -> Iterator[FactHit]:
    if said != computed:
        right = money_text(computed)
        yield FactHit((7, path, money_text(said)), zh=f"应为 {right}", en=f"should be {right}")
