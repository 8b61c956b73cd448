"""Numbers, vocabularies, errors and the visibility rule."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from caseapp.domain import errors
from caseapp.domain.errors import CaseError, FaultyRuleError, InvalidInputError, InvalidNumberError
from caseapp.domain.kinds import KINDS
from caseapp.domain.labels import Label
from caseapp.domain.numbers import REGISTERS, Number, format_number, parse_number
from caseapp.domain.visibility import Grant, Reach, RowFacts, Viewer, may_see, strictest
from caseapp.domain.vocabulary import BARRED_VERDICTS, POST_VERDICT


@given(st.sampled_from(sorted(REGISTERS)), st.integers(2000, 2999), st.integers(1, 9999))
def test_numbers_go_round(kind: str, year: int, count: int) -> None:
    assert parse_number(format_number(kind, year, count)) == Number(kind, year, count)


@pytest.mark.parametrize(
    ("text", "number"),
    [("案-2026-0007", Number("case", 2026, 7)), (" 证－２０２６—000345 ", Number("evidence", 2026, 345))],
)
def test_numbers_forgive_full_width(text: str, number: Number) -> None:
    assert parse_number(text) == number


@given(st.text(max_size=30))
def test_any_text_is_a_number_or_refused(text: str) -> None:
    with contextlib.suppress(InvalidNumberError):
        assert parse_number(text).kind in REGISTERS


def test_numbers_out_of_range_are_faults() -> None:
    for kind, year, count in (("x", 2026, 1), ("case", 1999, 1), ("case", 2026, 0)):
        with pytest.raises(FaultyRuleError):
            format_number(kind, year, count)


def test_prefixes_are_unique_and_tables_named() -> None:
    assert len({register.prefix for register in REGISTERS.values()}) == len(REGISTERS)
    assert KINDS["cases"].zh == "案件"


def test_a_vocabulary_refuses_in_words() -> None:
    assert POST_VERDICT.require("insult") == "insult"
    assert set(POST_VERDICT) > BARRED_VERDICTS
    assert len(POST_VERDICT.keys) == 7
    with pytest.raises(InvalidInputError) as refused:
        POST_VERDICT.require("complaint")
    assert "真实投诉" in refused.value.message("zh")


def tree(kind: type[CaseError]) -> list[type[CaseError]]:
    return [kind, *(leaf for child in kind.__subclasses__() for leaf in tree(child))]


def test_every_error_has_its_own_code_and_both_languages() -> None:
    own = [kind for kind in tree(CaseError) if kind.__module__ == errors.__name__]
    assert len({kind.code for kind in own}) == len(own) >= 18
    facts = dict.fromkeys(("seconds", "permission", "kind", "field", "problem", "number", "workflow", "action", "state",
                           "verdict", "detail", "at", "newest", "what"), Label("某", "some"))  # fmt: skip
    for kind in own:
        error = kind(**facts)
        assert error.message("zh") != error.message("en")
        assert kind.code in str(error)
        assert kind.__name__ in str(errors.__doc__)


def test_message_facts_are_not_templates() -> None:
    assert "{__class__}" in InvalidNumberError(number="{__class__}").message()


DESK = "d"
RULE_CASES = [
    # viewer roles, grants, row, seen?
    ({"counsel"}, (), RowFacts(DESK, frozenset()), True),
    ({"viewer"}, (), RowFacts(DESK, frozenset()), False),
    ({"counsel"}, (), RowFacts("other", frozenset()), False),
    ({"pr"}, (), RowFacts(DESK, frozenset(), privileged=True), False),
    ({"counsel"}, (), RowFacts(DESK, frozenset({"A"})), False),
    (set(), (Grant("A", "viewer"),), RowFacts(DESK, frozenset({"A"})), True),
    (set(), (Grant("A", "viewer"),), RowFacts(DESK, frozenset({"A"}), privileged=True), False),
    (set(), (Grant("A", "lead"),), RowFacts(DESK, frozenset({"A"}), privileged=True), True),
    (set(), (Grant("A", "lead", wall=True),), RowFacts(DESK, frozenset({"A"})), False),
    (set(), (Grant("A", "lead"), Grant("B", "lead", wall=True)), RowFacts(DESK, frozenset({"A", "B"})), False),
    (set(), (Grant("A", "lead"), Grant("B", "viewer")), RowFacts(DESK, frozenset({"A", "B"}), privileged=True), False),
    (set(), (Grant("A", "lead"), Grant("A", "viewer")), RowFacts(DESK, frozenset({"A"}), privileged=True), True),
    (set(), (Grant("A", "external", "evidence_only"),), RowFacts(DESK, frozenset({"A"})), False),
    (set(), (Grant("A", "external", "evidence_only"),), RowFacts(DESK, frozenset({"A"}), Reach.EVIDENCE), True),
    (set(), (Grant("A", "lead"), Grant("B", "pr", "report_only")), RowFacts(DESK, frozenset({"A", "B"})), False),
    ({"auditor"}, (), RowFacts(DESK, frozenset({"A"})), False),
    ({"admin"}, (), RowFacts(DESK, frozenset()), False),
    ({"system"}, (), RowFacts(None, frozenset({"A"}), privileged=True), True),
]


@pytest.mark.parametrize(("roles", "grants", "row", "seen"), RULE_CASES)
def test_visibility_rule(roles: set[str], grants: tuple[Grant, ...], row: RowFacts, seen: bool) -> None:
    assert may_see(Viewer(DESK, frozenset(roles), grants), row) is seen


def test_strictest_confidentiality() -> None:
    assert strictest(["internal", "core_secret", "public"]) == "core_secret"
    assert strictest([]) == "internal"
