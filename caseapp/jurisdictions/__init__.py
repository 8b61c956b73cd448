"""Law as data: statutes with versions and certainty, stale citations, heads of damage.

Nothing in the product writes an article number by itself: it names a rule by its key, and this package answers with
the number that is in force on a given day, where we read it, and whether it still has to be checked (待核).
"""

from caseapp.jurisdictions.errors import (
    LawDataError,
    LawError,
    RuleNotInForceError,
    UnknownJurisdictionError,
    UnknownRuleError,
)
from caseapp.jurisdictions.law import Jurisdiction, LegalCitation, StaleHit, load
from caseapp.jurisdictions.numerals import article_zh, chinese_number, parse_number
from caseapp.jurisdictions.schema import Article, Certainty, DamagesHead, StaleCitation, Statute, StatuteVersion

__all__ = [
    "Article",
    "Certainty",
    "DamagesHead",
    "Jurisdiction",
    "LawDataError",
    "LawError",
    "LegalCitation",
    "RuleNotInForceError",
    "StaleCitation",
    "StaleHit",
    "Statute",
    "StatuteVersion",
    "UnknownJurisdictionError",
    "UnknownRuleError",
    "article_zh",
    "chinese_number",
    "load",
    "parse_number",
]
