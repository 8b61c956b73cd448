"""The text rules: functions of one sentence and of what is known about the case."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from functools import cached_property
from typing import Final
from urllib.parse import urlsplit

from caseapp.documents import lint_words as table
from caseapp.documents.format import money_words
from caseapp.documents.lint_rules import Severity
from caseapp.jurisdictions import load as load_law

_QUOTED: Final = re.compile(r"“[^“”]*”|《[^《》]*》")
_URL: Final = re.compile(r"https?://[A-Za-z0-9./_?=&%#:~+@!$*;-]+")
_MONEY: Final = re.compile(r"(?<![0-9,.])((?:[0-9]{1,3}(?:,[0-9]{3})+|[0-9]+)(?:\.[0-9]{1,2})?)\s*元")
_WORDS: Final = re.compile(
    r"人民币[零壹贰叁肆伍陆柒捌玖拾佰仟万亿]+元(?:整|[零壹贰叁肆伍陆柒捌玖]角(?:整|[零壹贰叁肆伍陆柒捌玖]分)?|零?[壹贰叁肆伍陆柒捌玖]分)"
)
_DAY: Final = re.compile(r"([0-9]{4})年([0-9]{1,2})月([0-9]{1,2})日(?:[（(](?:星期|周)([一二三四五六日天])[）)])?")
_WEEKDAYS: Final = "一二三四五六日"
_SHARED: Final = re.compile(r"(?:^|&)(?:from|t|s|share|spm|utm_[a-z]+)=[^&]*")


@dataclass(frozen=True)
class KnownPost:
    """A post as the evidence has it."""

    no: str
    url: str
    account: str


@dataclass(frozen=True)
class LintContext:
    """What the text rules may know.

    Attributes:
        kind: the document kind.
        as_of: the day of the document; None means today's law is not checked by version.
        conduct_at: the day of the conduct.
        legal_person: the right holder is an organisation.
        posts: the posts of the case this document may speak of.
        amounts: every sum of the ledger; None when there is no ledger to compare with.
        verdict: of the content spoken of, when the text speaks of one.
        post_class: the triage class of that content.
    """

    kind: str = ""
    as_of: dt.date | None = None
    conduct_at: dt.date | None = None
    legal_person: bool = True
    posts: tuple[KnownPost, ...] = ()
    amounts: frozenset[Decimal] | None = None
    verdict: str | None = None
    post_class: str | None = None
    jurisdiction: str = "cn"

    @cached_property
    def by_address(self) -> Mapping[str, KnownPost]:
        """Posts by their normal address."""
        return {normal_address(post.url): post for post in self.posts}

    @cached_property
    def hosts(self) -> frozenset[str | None]:
        """Hosts on which the case has posts."""
        return frozenset(urlsplit(post.url).hostname for post in self.posts)

    @cached_property
    def accounts(self) -> frozenset[str]:
        """Accounts that published them."""
        return frozenset(post.account for post in self.posts)


@dataclass(frozen=True)
class Hit:
    """A rule that fired on a run of the text; `note` adds what is peculiar to this place."""

    rule: int
    start: int
    end: int
    quoted: str
    note: Mapping[str, str] = field(default_factory=dict)
    severity: Severity = "block"


def findings(text: str, context: LintContext) -> list[Hit]:
    """Every hit of every text rule, in reading order."""
    hits = [hit for rule in RULE_FUNCTIONS for hit in rule(text, context)]
    return sorted(hits, key=lambda hit: (hit.start, hit.rule))


def _masked(text: str) -> str:
    """The text with quoted words and titles of statutes blanked: another's words are not ours."""
    return _QUOTED.sub(lambda found: "□" * len(found.group()), text)


def _search(rule: int, pattern: re.Pattern[str], text: str, shown: str | None = None) -> Iterator[Hit]:
    for found in pattern.finditer(text):
        yield Hit(rule, found.start(), found.end(), (shown or text)[found.start() : found.end()])


def _personal(text: str, _: LintContext) -> Iterator[Hit]:
    for hit in _search(1, table.IDENTITY, text):
        digits = re.sub(r"[ -]", "", hit.quoted)
        if (
            _is_day(digits[6:10], digits[10:12], digits[12:14])
            and "信用代码" not in text[max(0, hit.start - 12) : hit.start]
        ):
            yield hit
    for pattern in (table.MOBILE, table.HOME, table.PLATE):
        yield from _search(1, pattern, text)
    for hit in _search(1, table.PRIVATE_MAIL, text):
        if table.PRIVATE_MARK.search(text):
            yield hit


def _tone(text: str, _: LintContext) -> Iterator[Hit]:
    masked = _masked(text)
    yield from _search(2, table.INSULT, masked, text)
    yield from _search(2, table.THREAT, masked, text)


def _verdict(text: str, _: LintContext) -> Iterator[Hit]:
    masked = _masked(text)
    yield from _search(3, table.VERDICT, masked, text)
    yield from _search(3, table.ABSOLUTE, masked, text)


def _uncited(text: str, context: LintContext) -> Iterator[Hit]:
    masked = _masked(text)
    found = table.FACTUAL.search(masked)
    if found and context.kind != "memo" and not table.NOT_FACTUAL.search(text):
        yield Hit(4, found.start(), found.end(), found.group(), severity="warn")


def _stale(text: str, context: LintContext) -> Iterator[Hit]:
    if context.as_of is None:
        return
    law = load_law(context.jurisdiction)
    for hit in law.stale_citations(text, context.as_of, conduct_at=context.conduct_at):
        current = hit.entry.current or "已废止，不再引用 (repealed)"
        yield Hit(5, hit.start, hit.end, hit.quoted, {"zh": f"现为：{current}", "en": f"now: {current}"})


def normal_address(url: str) -> str:
    """An address without share parameters, fragment and closing slash, for comparison."""
    parts = urlsplit(url)
    query = _SHARED.sub("", parts.query).strip("&")
    return f"{parts.hostname}{parts.path.rstrip('/')}{'?' + query if query else ''}"


def _addresses(text: str, context: LintContext) -> Iterator[Hit]:
    if not context.posts:
        return
    named = set(re.findall(r"帖-[0-9]+", text))
    for found in _URL.finditer(text):
        url = found.group().rstrip(".;")
        post = context.by_address.get(normal_address(url))
        wrong = post is None and urlsplit(url).hostname in context.hosts
        crossed = post is not None and len(named) == 1 and post.no not in named
        if wrong or crossed:
            yield Hit(6, found.start(), found.start() + len(url), url)
    for found in re.finditer(r"账号“([^“”]{1,60})”", text):
        if found.group(1) not in context.accounts:
            yield Hit(6, found.start(1), found.end(1), found.group(1))


def _amounts(text: str, context: LintContext) -> Iterator[Hit]:
    sums = [(found, _decimal(found.group(1))) for found in _MONEY.finditer(text)]
    if context.amounts is not None:
        for found, amount in sums:
            if amount is not None and amount not in context.amounts:
                yield Hit(7, found.start(), found.end(), found.group())
    for found in _WORDS.finditer(text):
        said = [amount for _, amount in sums if amount is not None]
        if said and all(money_words(amount) != found.group() for amount in said):
            yield Hit(7, found.start(), found.end(), found.group())


def _mental(text: str, context: LintContext) -> Iterator[Hit]:
    if context.legal_person and not table.MENTAL_DENIED.search(text):
        yield from _search(8, table.MENTAL, _masked(text), text)


def _paid(text: str, _: LintContext) -> Iterator[Hit]:
    if not table.PAID_REFUSED.search(text):
        yield from _search(9, table.PAID, text)


def _not_noticeable(text: str, context: LintContext) -> Iterator[Hit]:
    if context.kind not in table.NOTICE_KINDS:
        return
    if context.verdict in table.BAD_VERDICTS or context.post_class in table.BAD_CLASSES:
        yield Hit(10, 0, len(text), text)


def _dates(text: str, _: LintContext) -> Iterator[Hit]:
    days: list[tuple[int, dt.date]] = []
    for found in _DAY.finditer(text):
        year, month, day, weekday = found.groups()
        if not _is_day(year, month, day):
            yield Hit(11, found.start(), found.end(), found.group())
            continue
        date = dt.date(int(year), int(month), int(day))
        days.append((found.start(), date))
        if weekday and _WEEKDAYS.index("日" if weekday == "天" else weekday) != date.weekday():
            yield Hit(11, found.start(), found.end(), found.group())
    yield from _order(text, days)


def _order(text: str, days: list[tuple[int, dt.date]]) -> Iterator[Hit]:
    """Two clauses, each with one act and one date, in an order that cannot be."""
    clauses = [(found.start(), found.end(), found.group()) for found in re.finditer(r"[^，；。]+", text)]
    acts: list[tuple[str, dt.date, int]] = []
    for start, end, clause in clauses:
        inside = [day for at, day in days if start <= at < end]
        if len(inside) == 1:
            acts += [(word, inside[0], start) for pair in table.ORDERED for word in pair if word in clause]
    for later, earlier in table.ORDERED:
        firsts = [day for word, day, _ in acts if word == earlier]
        for word, day, start in acts:
            if word == later and firsts and day < min(firsts):
                yield Hit(11, start, start + len(word), word)


def _placeholders(text: str, _: LintContext) -> Iterator[Hit]:
    yield from _search(12, table.PLACEHOLDER, _masked(text), text)


def _is_day(year: str, month: str, day: str) -> bool:
    try:
        dt.date(int(year), int(month), int(day))
    except ValueError:
        return False
    return True


def _decimal(text: str) -> Decimal | None:
    try:
        return Decimal(text.replace(",", ""))
    except InvalidOperation:
        return None


RULE_FUNCTIONS: Final[tuple[Callable[[str, LintContext], Iterator[Hit]], ...]] = (
    _personal,
    _tone,
    _verdict,
    _uncited,
    _stale,
    _addresses,
    _amounts,
    _mental,
    _paid,
    _not_noticeable,
    _dates,
    _placeholders,
)
