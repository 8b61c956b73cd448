"""Many leads at once: captured, joined and judged together or not at all; one undo; the filters stay."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import unescape

from sqlalchemy import select
from werkzeug.datastructures import MultiDict

from caseapp.models import Capture, Post, PostIncident
from tests.caseapp.web.house import Browser, Place
from tests.caseapp.web.leads import leads

Visit = Callable[..., Browser]
MANY, INCIDENT = "/inbox/many?show=all", "谣-2026-0001"


def send(browser: Browser, numbers: list[str], **fields: str) -> tuple[int, str]:
    form = MultiDict([("csrf_token", browser.token), *fields.items(), *(("lead", one) for one in numbers)])
    answer = browser.client.post(MANY, data=form, buffered=True)
    return answer.status_code, answer.location or answer.text


def undo(page: str) -> dict[str, str]:
    found = re.search(r"data-undo.*?</form>", page, re.DOTALL)
    assert found is not None
    pairs = re.findall(r'name="([a-z]+)" value="([^"]*)"', found[0])
    return {name: unescape(value) for name, value in pairs if name not in {"csrf_token", "once"}}


def states(place: Place, numbers: list[str]) -> list[str]:
    """The states of the pairs of these posts."""
    with place.application.sessions() as session:
        keys = session.scalars(select(Post.id).where(Post.no.in_(numbers))).all()
        pairs = session.scalars(select(PostIncident.state).where(PostIncident.post_id.in_(keys))).all()
        return sorted(pairs)


def test_leads_are_joined_together_and_one_undo_takes_them_all_back(place: Place, visit: Visit) -> None:
    numbers = leads(place)
    gao = visit("gao")
    page = gao.get("/inbox/?show=all").text
    assert page.count('name="lead"') >= len(numbers)
    assert send(gao, numbers[:3], do="link", incident=INCIDENT) == (303, "/inbox/?show=all")
    assert states(place, numbers[:3]).count("confirmed") == 3
    again = undo(gao.get("/inbox/?show=all").text)
    assert again["leads"].split() == numbers[:3]
    assert send(gao, [], **again)[0] == 303
    assert "confirmed" not in states(place, numbers[:3])


def test_captures_are_ordered_where_none_is_open_and_called_off_by_the_undo(place: Place, visit: Visit) -> None:
    numbers = leads(place)
    gao = visit("gao")
    gao.get("/inbox/")
    assert send(gao, numbers[1:4], do="capture")[0] == 303  # a wall, a failure, and one that runs
    page = gao.get("/inbox/?show=all").text
    assert undo(page)["leads"].split() == numbers[1:3]
    assert send(gao, [], **undo(page))[0] == 303
    with place.application.sessions() as session:
        found = session.scalars(
            select(Capture.status).join(Post, Post.id == Capture.post_id).where(Post.no.in_(numbers[1:3]))
        ).all()
    assert "cancelled" in found
    assert not {"queued", "running"} & set(found)


def test_one_judgement_for_many_needs_a_reason_and_is_all_or_nothing(place: Place, visit: Visit) -> None:
    numbers = leads(place)
    gao = visit("gao")
    gao.get("/inbox/")
    assert send(gao, numbers[:2], do="judge", verdict="fair_comment")[0] == 422
    assert send(gao, [*numbers[:2], "帖-2026-99999"], do="judge", verdict="fair_comment", reason="评价")[0] == 404
    assert send(gao, numbers[:2], do="judge", verdict="fair_comment", reason="评价")[0] == 303
    with place.application.sessions() as session:
        judged = session.scalars(select(Post.no).where(Post.verdict == "fair_comment", Post.no.in_(numbers))).all()
    assert sorted(judged) == sorted(numbers[:2])


def test_nothing_chosen_too_many_and_strange_acts_are_refused(visit: Visit) -> None:
    gao = visit("gao")
    gao.get("/inbox/")
    assert send(gao, [], do="capture")[0] == 422
    assert send(gao, [f"帖-2026-{n:05}" for n in range(201)], do="capture")[0] == 422
    assert send(gao, ["帖-2026-00004"], do="burn")[0] == 404
    assert send(gao, ["<script>", "\u202e\u200b" * 40], do="capture")[0] == 404
    gao.token = "forged"
    assert send(gao, ["帖-2026-00004"], do="capture")[0] == 400
