"""Every page opens for those who may, in both languages, and says what the rows say."""

from collections.abc import Callable

import pytest

from tests.caseapp.web.conftest import Browser

CASE, ITEM = "案-2026-0001", "证-2026-000001"
TABS = ("posts", "evidence", "documents", "notices", "damages", "deadlines", "audit")
PAGES = ("/", "/cases/", f"/cases/{CASE}", *(f"/cases/{CASE}/{tab}" for tab in TABS), "/evidence/", f"/evidence/{ITEM}",
         f"/evidence/{ITEM}?view=text", f"/evidence/{ITEM}?view=files", "/find?q=石蜡", "/settings", "/more")  # fmt: skip


@pytest.mark.parametrize("path", PAGES)
def test_opens_for_the_lead(visit: Callable[..., Browser], path: str) -> None:
    answer = visit("lin").get(path)
    assert answer.status_code == 200, answer.text
