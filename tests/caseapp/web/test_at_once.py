"""Two people, or one person twice, at the very same moment: exactly one wins and the other sees what happened."""

from __future__ import annotations

import re
import secrets
import threading
from collections.abc import Callable, Iterator
from functools import partial
from html import unescape
from pathlib import Path
from urllib.parse import quote

import pytest
from sqlalchemy import func, select, update
from werkzeug.test import TestResponse

from caseapp.demo.authority import TestAuthority
from caseapp.models import Capture, Case, Party, Post
from caseapp.services.work import open_work, system_actor
from tests.caseapp.conftest import create_database, drop_database
from tests.caseapp.web.document_house import HOME, approvals, submitted
from tests.caseapp.web.house import Browser, Place, build
from tests.caseapp.web.leads import leads
from tests.caseapp.web.notice_house import furnish
from tests.caseapp.web.routes import CASE

pytestmark = [pytest.mark.furnished, pytest.mark.slow]
Act = Callable[[], TestResponse | None]
PARTY = {"role": "defendant", "name": "同时登记的当事人", "identity_level": "displayed"}


@pytest.fixture
def busy(request: pytest.FixtureRequest) -> Place:
    """The installation, on the engine the test names."""
    found: Place = request.getfixturevalue(request.param)
    return found


@pytest.fixture
def postgres_place(
    postgres_server: str, postgres_template: str, tmp_path: Path, authority: TestAuthority
) -> Iterator[Place]:
    """The same installation on PostgreSQL."""
    name = f"t_{secrets.token_hex(6)}"
    create_database(postgres_server, name, postgres_template)
    made = build(tmp_path / "data", authority, database_url=postgres_server.format(name=name))
    furnish(made, tmp_path / "scratch")
    yield made
    made.application.close()
    drop_database(postgres_server, name)


on_both = pytest.mark.parametrize(
    "busy", ["place", pytest.param("postgres_place", marks=pytest.mark.full)], indirect=True
)


def visiting(place: Place, *logins: str) -> list[Browser]:
    app = place.app()
    browsers = [Browser(app.test_client()) for _ in logins]
    for browser, login in zip(browsers, logins, strict=True):
        assert browser.sign_in(login).status_code == 303
    return browsers


def at_once(*acts: Act) -> list[TestResponse | None]:
    """Do all of it in threads that start together; what each was answered."""
    gate = threading.Barrier(len(acts))
    answers: list[TestResponse | None] = [None] * len(acts)

    def run(number: int) -> None:
        gate.wait(10)
        answers[number] = acts[number]()

    threads = [threading.Thread(target=run, args=(number,)) for number in range(len(acts))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
        assert not thread.is_alive()
    return answers


def codes(answers: list[TestResponse | None]) -> list[int]:
    return sorted(answer.status_code for answer in answers if answer is not None)


@on_both
def test_two_approvers_of_one_step(busy: Place) -> None:
    author, *both = visiting(busy, "lin", "su", "han")
    submitted(author)
    pages = [one.get(f"{HOME}/review").text for one in both]
    shown = [dict(re.findall(r'name="(n|step)" value="(\d+)"', page)) for page in pages]
    assert [form["step"] for form in shown] == ["0", "0"]
    answers = at_once(*[partial(one.post, f"{HOME}/approve", **form) for one, form in zip(both, shown, strict=True)])
    assert approvals(busy) == [(1, "approved")]
    assert codes(answers) == [303, 409]
    lost = next(answer for answer in answers if answer is not None and answer.status_code != 303)
    assert "这一步刚由他人批准，您的同意没有记下" in lost.text


@on_both
def test_two_judgements_of_one_lead(busy: Place) -> None:
    number = leads(busy)[0]
    gao, lin = visiting(busy, "gao", "lin")
    path = f"/inbox/{quote(number)}"
    seen = [unescape(re.findall(r'name="seen" value="([^"]*)"', one.get(path).text)[0]) for one in (gao, lin)]
    answers = at_once(
        lambda: gao.post(f"{path}/judge", verdict="insult", reason="高澄的理由", seen=seen[0]),
        lambda: lin.post(f"{path}/judge", verdict="false_fact", reason="林知远的理由", seen=seen[1]),
    )
    assert codes(answers) == [303, 409]
    lost = next(answer for answer in answers if answer is not None and answer.status_code == 409)
    assert "高澄的理由" in lost.text
    assert "林知远的理由" in lost.text  # what the other decided, and what was typed here
    with busy.application.sessions() as session:
        verdict = session.scalars(select(Post.verdict).where(Post.no == number)).one()
    assert verdict in {"insult", "false_fact"}


@on_both
def test_one_form_sent_twice_at_once(busy: Place) -> None:
    (gao,) = visiting(busy, "gao")
    gao.get("/inbox/")
    cookie = gao.client.get_cookie("bianwu")
    assert cookie is not None
    other = Browser(busy.app().test_client(), gao.token)
    other.client.set_cookie("bianwu", cookie.value)
    form = {"urls": "https://weixun.test/at/once", "once": "cd" * 16}
    answers = at_once(*[lambda one=one: one.post("/inbox/paste", **form) for one in (gao, other)])
    assert codes(answers) == [303, 303]
    with busy.application.sessions() as session:
        found = session.scalar(select(func.count()).select_from(Capture).where(Capture.url.like("%/at/once")))
    assert found == 1


@on_both
def test_an_act_that_races_with_archiving(busy: Place) -> None:
    (lin,) = visiting(busy, "lin")

    def archive() -> None:
        with open_work(busy.application, system_actor("test", desk_id=busy.people["lin"].desk_id)) as work:
            work.change(work.get_no(Case, CASE), status="archived", archived_at=work.now)

    def parties() -> int:
        with busy.application.sessions() as session:
            return session.scalar(select(func.count()).select_from(Party).where(Party.name == PARTY["name"])) or 0

    for _ in range(4):
        before = parties()
        lin.get(f"/cases/{CASE}/parties")
        answer = at_once(lambda: lin.post(f"/cases/{CASE}/parties", **PARTY), archive)[0]
        assert answer is not None
        assert (answer.status_code, parties() - before) in {(303, 1), (409, 0)}
        assert answer.status_code == 303 or "案件已归档" in answer.text
        assert lin.post(f"/cases/{CASE}/parties", **PARTY).status_code == 409
        with busy.application.sessions() as session:  # open again, past the rules, for the next round
            session.execute(update(Case).where(Case.no == CASE).values(status="open", archived_at=None))
            session.commit()
