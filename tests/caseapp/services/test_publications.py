"""A statement is published: planned once approved, captured by ourselves, taken down by another person."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from caseapp.domain.errors import (
    InvalidInputError,
    NotFoundError,
    PermissionDeniedError,
    ReasonRequiredError,
    SecondPersonRequiredError,
    WorkflowRefusedError,
)
from caseapp.models import Capture, DocumentVersion, Publication
from caseapp.services import publications
from tests.caseapp.services.house import House

URL = "https://muhe-food.test/news/1"


@pytest.fixture
def version_id(house: House) -> str:
    key = house.statement()
    house.approve(key, "he", "zhou", "han")
    return key


def planned(house: House, version_id: str, login: str = "gao", channel: str = "官网") -> str:
    with house.work(login) as work:
        version = work.get(DocumentVersion, version_id)
        return publications.schedule_publication(work, version, channel=channel, account=" 苜禾 ").id


def published(house: House, version_id: str) -> str:
    key = planned(house, version_id)
    with house.work("gao") as work:
        publications.publish(work, work.get(Publication, key), URL)
    return key


def state(house: House, key: str) -> str:
    return str(house.read(Publication, key).status)


def test_published_it_is_captured_by_ourselves(house: House, version_id: str) -> None:
    key = published(house, version_id)
    row = house.read(Publication, key)
    assert (row.status, row.url, row.published_by, row.official_account) == (
        "published", URL, house["gao"].user_id, "苜禾",
    )  # fmt: skip
    with pytest.raises(InvalidInputError), house.work("gao") as work:
        publications.record_own_capture(work, work.get(Publication, key))
    assert house.run_jobs() == [True]
    with house.work("gao") as work:
        item = publications.record_own_capture(work, work.get(Publication, key))
        capture = work.get(Capture, item.capture_id or "")
        assert capture.purpose == "own_publication"
    assert house.read(Publication, key).evidence_id == item.id
    assert state(house, key) == "captured"


def test_only_an_approved_public_paper_is_planned(house: House) -> None:
    waiting = house.statement()
    with pytest.raises(InvalidInputError):
        planned(house, waiting)
    _notice, paper = house.authorised(house.rumor())
    with pytest.raises(InvalidInputError):
        planned(house, paper)
    with house.ports.sessions() as session:
        assert session.scalars(select(Publication)).all() == []


def test_a_channel_and_an_address_that_can_be_visited_are_needed(house: House, version_id: str) -> None:
    with pytest.raises(InvalidInputError):
        planned(house, version_id, channel=" ")
    key = planned(house, version_id)
    for url in ("javascript:alert(1)", "", "https://private.test/"):
        with pytest.raises(InvalidInputError), house.work("gao") as work:
            publications.publish(work, work.get(Publication, key), url)
    assert state(house, key) == "scheduled"


def test_corrected_with_a_reason_and_taken_down_by_another(house: House, version_id: str) -> None:
    key = published(house, version_id)
    with pytest.raises(ReasonRequiredError), house.work("gao") as work:
        publications.correct_publication(work, work.get(Publication, key), reason="")
    with house.work("gao") as work:
        publications.correct_publication(work, work.get(Publication, key), reason="日期有误")
    assert state(house, key) == "corrected"
    with pytest.raises(PermissionDeniedError), house.work("gao") as work:
        publications.retract_publication(work, work.get(Publication, key), reason="撤")
    with house.work("zhou") as work:
        publications.retract_publication(work, work.get(Publication, key), reason="撤")
    assert state(house, key) == "retracted"
    with pytest.raises(WorkflowRefusedError), house.work("zhou") as work:
        publications.retract_publication(work, work.get(Publication, key), reason="再撤")


def test_counsel_who_published_does_not_take_it_down(house: House, version_id: str) -> None:
    key = planned(house, version_id, "zhou")
    with house.work("zhou") as work:
        publications.publish(work, work.get(Publication, key), URL)
    with pytest.raises(SecondPersonRequiredError), house.work("zhou") as work:
        publications.retract_publication(work, work.get(Publication, key), reason="撤")


def test_outside_the_case_there_is_nothing_to_publish(house: House, version_id: str) -> None:
    key = planned(house, version_id)
    with pytest.raises(NotFoundError), house.work("outside") as work:
        publications.publish(work, work.session.get_one(Publication, key), URL)
    with pytest.raises(PermissionDeniedError), house.work("he") as work:
        publications.publish(work, work.get(Publication, key), URL)
