"""Codes of the domain in the words of the request's language."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask, g

from caseapp.domain.workflow import WORKFLOWS
from caseapp.web import i18n, marks, wording


@pytest.fixture(params=["zh", "en"])
def lang(request: pytest.FixtureRequest) -> Iterator[str]:
    app = Flask(__name__)
    i18n.init_app(app)
    with app.test_request_context():
        g.language = request.param
        yield request.param


@pytest.mark.parametrize(
    ("code", "tone", "zh"),
    [
        ("refused", "", "平台拒绝"),
        ("item_relapsed", "danger", "复燃"),
        ("item_verified_down", "ok", "核实已下架"),
        ("notice.take_measure", "ok", "平台已处置"),
        ("resubmitted", "info", "已提交"),
        ("mark_overdue", "danger", "逾期未处理"),
        ("something.else", "", "something.else"),
    ],
)
def test_notice_events(lang: str, code: str, tone: str, zh: str) -> None:
    mark = wording.notice_event(code)
    assert mark.tone == tone
    if lang == "zh":
        assert mark.text == zh
    else:
        assert mark.text.isascii()


def test_every_state_has_words_and_every_look_a_state(lang: str) -> None:
    for name, table in WORKFLOWS.items():
        for key in table.keys:
            assert marks.state(name, key).text not in {"", key} or lang == "en"
    for name, looks in marks.LOOKS.items():
        if name != "result":
            assert set(looks) <= set(WORKFLOWS[name].keys), name


def test_what_is_not_in_a_list_stands_as_it_is(lang: str) -> None:
    assert wording.word("case_stage", None) == "—"
    assert wording.word("case_stage", "unheard") == "unheard"
    assert wording.role("unheard") == wording.event("unheard") == "unheard"
    assert wording.document_kind("unheard") == "unheard"
    assert wording.deadline_title("unheard", "收到副本") == "收到副本"
