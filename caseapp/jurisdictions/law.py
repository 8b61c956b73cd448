"""Reading the law data, and the questions it answers."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

import yaml
from pydantic import TypeAdapter, ValidationError

from caseapp.jurisdictions.errors import LawDataError, RuleNotInForceError, UnknownJurisdictionError, UnknownRuleError
from caseapp.jurisdictions.numerals import article_zh, parse_number
from caseapp.jurisdictions.schema import Article, Certainty, DamagesHead, StaleCitation, Statute, StatuteVersion

DATA: Final = Path(__file__).parent / "data"
_FILES: Final[Mapping[str, TypeAdapter[Any]]] = {
    "statutes.yaml": TypeAdapter(tuple[Statute, ...]),
    "stale.yaml": TypeAdapter(tuple[StaleCitation, ...]),
    "damages.yaml": TypeAdapter(tuple[DamagesHead, ...]),
}
_NUMBER: Final = r"[0-9０-９零〇一二两三四五六七八九十百千]{1,12}"
_TAIL: Final = re.compile(
    rf"\s*》?\s*(?P<version>[（(][^（()）]{{1,40}}[)）])?\s*》?\s*第?\s*(?P<article>{_NUMBER})\s*条"
    rf"(?:\s*第?\s*(?P<paragraph>{_NUMBER})\s*款)?(?:\s*第?\s*[（(]?(?P<item>{_NUMBER})[)）]?\s*项)?"
)
_ADMITTED: Final = re.compile(r"旧条号|旧法|已废止|修订前|修正前|原条号")


@dataclass(frozen=True)
class LegalCitation:
    """A rule as it is to be cited on one day."""

    key: str
    statute: str
    version: str
    text_zh: str
    text_en: str
    paraphrase_zh: str
    paraphrase_en: str
    certainty: Certainty
    source: str

    def text(self, lang: str) -> str:
        """The citation in `zh` or `en`."""
        return self.text_en if lang == "en" else self.text_zh


@dataclass(frozen=True)
class StaleHit:
    """A stale citation found in a text: where, which entry, and what the text says."""

    start: int
    end: int
    quoted: str
    entry: StaleCitation


@dataclass(frozen=True)
class Jurisdiction:
    """The law of one jurisdiction as the product knows it."""

    code: str
    statutes: tuple[Statute, ...]
    stale: tuple[StaleCitation, ...]
    heads: tuple[DamagesHead, ...]

    def keys(self) -> frozenset[str]:
        """Every rule key of every version."""
        return frozenset(article.key for _, _, article in self._articles())

    def cite(self, key: str, as_of: dt.date) -> LegalCitation:
        """The rule under `key` with the number it bears on `as_of`.

        Raises:
            UnknownRuleError: no version knows the key.
            RuleNotInForceError: some version does, but none in force on that day.
        """
        known = [(statute, version, article) for statute, version, article in self._articles() if article.key == key]
        if not known:
            raise UnknownRuleError(detail=key)
        for statute, version, article in known:
            if version.in_force(as_of):
                return _citation(statute, version, article)
        raise RuleNotInForceError(detail=f"{key}，{as_of.isoformat()}")

    def head(self, key: str) -> DamagesHead:
        """The head of damage D1, D5 … by its key.

        Raises:
            UnknownRuleError: there is no such head.
        """
        for head in self.heads:
            if head.key == key:
                return head
        raise UnknownRuleError(detail=key)

    def stale_citations(self, text: str, as_of: dt.date, *, conduct_at: dt.date | None = None) -> list[StaleHit]:
        """Stale article numbers in a text.

        A number that the text itself calls old, or that is cited with its old version for conduct of that time, is
        right and is not reported.

        Args:
            text: a sentence or paragraph.
            as_of: the day of the document.
            conduct_at: the day of the conduct, where an older text may rightly apply.
        """
        if _ADMITTED.search(text):
            return []
        return sorted(self._stale(text, as_of, conduct_at), key=lambda hit: (hit.start, -hit.end))

    def _stale(self, text: str, as_of: dt.date, conduct_at: dt.date | None) -> Iterator[StaleHit]:
        for entry in self.stale:
            if as_of < entry.stale_from:
                continue
            for name in entry.names:
                if name not in text:
                    continue
                yield from _stale_hits(entry, name, text, conduct_at)

    def _articles(self) -> Iterator[tuple[Statute, StatuteVersion, Article]]:
        for statute in self.statutes:
            for version in statute.versions:
                for article in version.articles:
                    yield statute, version, article


def _citation(statute: Statute, version: StatuteVersion, article: Article) -> LegalCitation:
    revised = len(statute.versions) > 1 or "修" in version.label.zh
    label_zh = f"（{version.label.zh}）" if revised else ""
    label_en = f" ({version.label.en})" if revised else ""
    section = f"art. {article.article}"
    section += f"({article.paragraph})" if article.paragraph is not None else ""
    section += f" item {article.item}" if article.item is not None else ""
    number = article_zh(article.article, article.paragraph, article.item)
    return LegalCitation(
        key=article.key,
        statute=statute.key,
        version=version.id,
        text_zh=f"《{statute.title.zh}》{label_zh}{number}",
        text_en=f"{statute.title.en}{label_en}, {section}",
        paraphrase_zh=article.paraphrase.zh,
        paraphrase_en=article.paraphrase.en,
        certainty=Certainty.weakest(version.certainty, article.certainty),
        source=article.source,
    )


def _stale_hits(entry: StaleCitation, name: str, text: str, conduct_at: dt.date | None) -> Iterator[StaleHit]:
    for found in re.finditer(re.escape(name), text):
        tail = _TAIL.match(text, found.end())
        if tail is None:
            if entry.article is None:
                yield StaleHit(found.start(), found.end(), found.group(), entry)
            continue
        if entry.article is not None and parse_number(tail["article"]) != entry.article:
            continue
        version = tail["version"] or ""
        if any(marker in version for marker in entry.new_markers):
            continue
        if version and conduct_at is not None and conduct_at < entry.stale_from:
            continue
        if _means_the_old_rule(entry, tail["item"], text):
            yield StaleHit(found.start(), tail.end(), text[found.start() : tail.end()], entry)


def _means_the_old_rule(entry: StaleCitation, item: str | None, text: str) -> bool:
    if not entry.topics and entry.item is None:
        return True
    if entry.item is not None and item is not None and parse_number(item) == entry.item:
        return True
    return any(topic in text for topic in entry.topics)


@cache
def load(code: str = "cn") -> Jurisdiction:
    """The law of a jurisdiction by its folder name (`cn`).

    Raises:
        UnknownJurisdictionError: there is no such folder.
        LawDataError: a file breaks the schema; the message names the place.
    """
    folder = DATA / code
    if not re.fullmatch(r"[a-z]{2}", code) or not folder.is_dir():
        raise UnknownJurisdictionError(detail=code)
    return parse(code, {name: (folder / name).read_text(encoding="utf-8") for name in _FILES})


def parse(code: str, files: Mapping[str, str]) -> Jurisdiction:
    """Build a jurisdiction from the text of its three files; used by `load` and by imports of edited data.

    Raises:
        LawDataError: not YAML, a broken entry, a doubled key, or a head of damage resting on an unknown rule.
    """
    parts = {name: _parse_file(name, files.get(name, "")) for name in _FILES}
    law = Jurisdiction(code, parts["statutes.yaml"], parts["stale.yaml"], parts["damages.yaml"])
    _check_keys(law)
    return law


def _parse_file(name: str, text: str) -> Any:
    try:
        return _FILES[name].validate_python(yaml.safe_load(text))
    except yaml.YAMLError as error:
        raise LawDataError(detail=f"{name}: {error}") from error
    except ValidationError as error:
        first = error.errors()[0]
        raise LawDataError(detail=f"{name} {'.'.join(map(str, first['loc']))}: {first['msg']}") from error


def _check_keys(law: Jurisdiction) -> None:
    seen: dict[str, str] = {}
    for statute in law.statutes:
        for version in statute.versions:
            keys = [article.key for article in version.articles]
            doubled = {key for key in keys if keys.count(key) > 1}
            foreign = {key for key in keys if seen.setdefault(key, statute.key) != statute.key}
            if doubled or foreign:
                raise LawDataError(
                    detail=f"statutes.yaml {version.id}: doubled key {', '.join(sorted(doubled | foreign))}"
                )
    unknown = {key for head in law.heads for key in head.basis} - set(seen)
    if unknown:
        raise LawDataError(detail=f"damages.yaml: unknown rule {', '.join(sorted(unknown))}")
