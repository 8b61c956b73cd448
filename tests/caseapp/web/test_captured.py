"""What a capture says of its manners, in words."""

from __future__ import annotations

from typing import Any

import pytest

from caseapp.web.captured import disagreements, manners
from tests.caseapp.web.house import Place


@pytest.mark.parametrize(
    ("facts", "said"),
    [
        ({}, []),
        ({"robots": {"verdict": "disallowed"}}, ["robots.txt 不允许抓取（只作记录：由人指定的单页取证不是爬取）"]),
        ({"robots": "x", "frequency": []}, []),
        (
            {"robots": {"verdict": "none"},
             "frequency": {"pause_ms": 2500, "since_last_ms": 4_000_123, "visits_in_24_hours": 3}},
            ["网站没有 robots.txt", "同一网站一次一条，至少间隔 2.5 秒",
             "距上次访问 4,000 秒", "此前 24 小时访问 3 次"],
        ),
        ({"frequency": {"pause_ms": 0, "since_last_ms": None}},
         ["同一网站一次一条，至少间隔 0 秒", "此前 24 小时访问 0 次"]),
    ],
)  # fmt: skip
def test_manners_are_read_out(shared: Place, facts: dict[str, Any], said: list[str]) -> None:
    with shared.app().test_request_context("/"):
        assert manners(facts) == said


def test_what_adapter_and_page_say_differently_is_told_side_by_side(shared: Place) -> None:
    row = {"field": "author", "adapter": "食安小喇叭", "stated": "海岬城讯"}
    with shared.app().test_request_context("/"):
        assert disagreements({"adapter": {"disagrees": [row, 3]}}) == [("账号", "食安小喇叭", "海岬城讯")]
        assert disagreements({}) == disagreements({"adapter": "x"}) == []
