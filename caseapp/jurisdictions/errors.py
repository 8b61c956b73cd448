"""Errors of the law data.

::

    CaseError
    └── LawError                     a question to the law data that has no safe answer
        ├── LawDataError             a data file breaks the schema
        ├── UnknownJurisdictionError no such folder
        ├── UnknownRuleError         no rule under that key
        └── RuleNotInForceError      the rule exists, but not on that day
"""

from __future__ import annotations

from caseapp.domain.errors import CaseError
from caseapp.domain.labels import Label


class LawError(CaseError):
    """A question to the law data that has no safe answer. Facts: ``detail``."""

    code = "law"
    text = Label(
        "法律数据无法回答：{detail}。请核对法条键和日期。",
        "The law data cannot answer: {detail}. Check the rule key and the date.",
    )


class LawDataError(LawError):
    """A file of the law data is broken; nothing of it is used. Facts: ``detail`` (file and place)."""

    code = "law-data"
    text = Label(
        "法律数据文件不合规格，整份未采用：{detail}。请按提示的位置修正该文件。",
        "A law data file breaks the schema and was not used: {detail}. Mend the file at the place named.",
    )


class UnknownJurisdictionError(LawError):
    """No data for that jurisdiction. Facts: ``detail`` (the code asked for)."""

    code = "law-unknown-jurisdiction"
    text = Label(
        "没有法域“{detail}”的数据，请改用现有法域，例如 cn。",
        "There is no data for jurisdiction “{detail}”. Use one there is, such as cn.",
    )


class UnknownRuleError(LawError):
    """No rule under that key in any version. Facts: ``detail`` (the key)."""

    code = "law-unknown-rule"
    text = Label(
        "没有键为“{detail}”的法条，请检索正确的键。",
        "There is no rule with the key “{detail}”. Look up the right key.",
    )


class RuleNotInForceError(LawError):
    """The rule is known, but no version of it applied on the day asked for. Facts: ``detail``."""

    code = "law-not-in-force"
    text = Label(
        "该法条在所问日期没有施行中的版本：{detail}。请核对文书日期，或改引当时施行的规定。",
        "No version of the rule was in force then: {detail}. Check the date or cite the rule of that time.",
    )
