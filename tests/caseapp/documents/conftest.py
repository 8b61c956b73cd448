"""Facts of the samples, ready to be spoiled."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest
import yaml

from caseapp.documents import DocumentFacts, DocumentModel, draft, load

Plain = dict[str, Any]


@pytest.fixture(scope="session")
def plain_notice() -> Plain:
    path = load("infringement_notice").folder / "sample.yaml"
    data: Plain = yaml.safe_load(path.read_text(encoding="utf-8"))
    return data


@pytest.fixture
def notice(plain_notice: Plain) -> Plain:
    return copy.deepcopy(plain_notice)


@pytest.fixture
def statement() -> Plain:
    path = load("clarification_statement").folder / "sample.yaml"
    data: Plain = yaml.safe_load(path.read_text(encoding="utf-8"))
    return data


@pytest.fixture
def schedule() -> Plain:
    path = load("damages_schedule").folder / "sample.yaml"
    data: Plain = yaml.safe_load(path.read_text(encoding="utf-8"))
    return data


@pytest.fixture
def drafted() -> Callable[..., tuple[DocumentModel, DocumentFacts]]:
    def make(data: Plain, kind: str = "infringement_notice", lang: str = "zh") -> tuple[DocumentModel, DocumentFacts]:
        facts = DocumentFacts.from_plain(data)
        return draft(load(kind), facts, lang), facts

    return make
