"""Words of the domain in the language of the request: vocabularies, states, events, deadline rules."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, Protocol

from flask import Flask, g

from caseapp.documents.catalog import load
from caseapp.domain import vocabulary
from caseapp.domain.deadlines import RULES
from caseapp.domain.errors import CaseError, FaultyRuleError
from caseapp.domain.events import event_label
from caseapp.domain.permissions import ROLE_LABELS, Role
from caseapp.domain.workflow import WORKFLOWS
from caseapp.web.filters import now
from caseapp.web.i18n import language
from caseapp.web.marks import Mark, clock, say, seal, state, stopped

LISTS: Final[Mapping[str, vocabulary.Vocabulary]] = MappingProxyType(
    {value.name: value for value in vars(vocabulary).values() if isinstance(value, vocabulary.Vocabulary)}
)
SEVERITIES: Final = vocabulary.SEVERITY.keys
VERDICT_LOOKS: Final[Mapping[str, tuple[str, str]]] = MappingProxyType(
    {
        "false_fact": ("danger", "x"), "insult": ("danger", "ban"), "impersonation": ("danger", "users"),
        "leak": ("danger", "lock"), "genuine_complaint": ("info", "user"), "fair_comment": ("ok", "check"),
        "to_check": ("", "clock-hour-4"),
    }
)  # fmt: skip


class Explained(Protocol):
    """Something with an explanation in both languages."""

    @property
    def why_zh(self) -> str:
        """The explanation in Chinese."""

    @property
    def why_en(self) -> str:
        """The explanation in English."""


def word(list_name: str, key: str | None) -> str:
    """Return a word of a closed list in the language of the request; the bare key if the list lacks it."""
    if key is None:
        return "—"
    words = LISTS[list_name].words
    return say(words[key]) if key in words else key


def role(key: str) -> str:
    """Return a role's name."""
    return say(ROLE_LABELS[Role(key)]) if key in {known.value for known in Role} else key


def event(code: str) -> str:
    """Return an audit event in words; the bare code of an event this version does not know."""
    try:
        return say(event_label(code))
    except FaultyRuleError:
        return code


def state_word(workflow: str, key: str) -> str:
    """Return a workflow state in words."""
    labels = WORKFLOWS[workflow].labels
    return say(labels[key]) if key in labels else key


def verdict(key: str | None) -> Mark:
    """Return the chip of a triage verdict."""
    key = key or "to_check"
    tone, icon = VERDICT_LOOKS.get(key, ("", ""))
    return Mark(word("post_verdict", key), tone, icon)


def severity(key: str | None) -> int | None:
    """Return a severity as 1 to 4."""
    return SEVERITIES.index(key) + 1 if key in SEVERITIES else None


def why(row: Explained) -> str:
    """Return the explanation in the language of the request."""
    return row.why_zh if language() == "zh" else row.why_en


def deadline_title(rule_id: str | None, base_event: str, ordinal: int = 1) -> str:
    """Return what a deadline is about: the words of its rule, else its base event."""
    rule = RULES.get(rule_id or "")
    if rule is None:
        return base_event
    return f"{say(rule.label)} {ordinal}" if len(rule.length) > 1 else say(rule.label)


def notice_event(code: str) -> Mark:
    """Return the chip of an event on a notice.

    A code is a state the notice reached (``refused``), a state of one of its addresses (``item_relapsed``), a decision
    on a counter-notice (``counter_sue``), or an action of either table; anything else is shown as it stands.
    """
    bare = code.removeprefix("notice.").removeprefix("notice_item.")
    if bare.removeprefix("counter_") in WORKFLOWS["counter_notice"].labels and bare.startswith("counter_"):
        return state("counter_notice", bare.removeprefix("counter_"))
    tables = ("notice_item", "notice") if bare.startswith("item_") else ("notice", "notice_item")
    key = bare.removeprefix("item_").replace("resubmitted", "submitted")
    for name in tables:
        targets = {step.action: step.target for step in WORKFLOWS[name].transitions}
        found = key if key in WORKFLOWS[name].labels else targets.get(key)
        if found is not None:
            return state(name, found)
    return Mark(event(code))


def document_kind(kind: str) -> str:
    """Return the title of a document kind; the bare key of a kind that has no template here."""
    try:
        return load(kind).title.in_language(language())
    except CaseError:
        return kind


def init_app(app: Flask) -> None:
    """Give the templates their words."""
    app.jinja_env.globals.update(
        word=word,
        role=role,
        event=event,
        verdict=verdict,
        severity=severity,
        why=why,
        deadline_title=deadline_title,
        document_kind=document_kind,
        state=state,
        seal=seal,
        clock=clock,
        stopped=stopped,
        now=now,
    )
    app.context_processor(lambda: {"visitor": g.get("visitor")})
