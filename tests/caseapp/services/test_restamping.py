"""Authorities that were away: the seal says so, they are asked again, and only then is it called stamped."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from caseapp import jobs
from caseapp.models import EvidenceItem, Job
from caseapp.services import evidence
from caseapp.services.custody import custody_lines
from caseapp.services.queries import queue
from caseapp.services.queries.system import system_state
from caseapp.services.restamping import ALARM_AFTER, FIRST_WAIT, LONGEST_WAIT, advance_seal, sweep_stamps
from caseapp.services.work import open_work, system_actor
from evidence_store import SealState, open_authority, verify
from evidence_store.custody import check_chain
from evidence_store.failures import AuthorityUnreachableError
from tests.caseapp.services.house import House


class Away:
    """The authority with its line cut: it counts who asks."""

    kind, by_hand = "rfc3161-http", False

    def __init__(self, name: str) -> None:
        self.name, self.asked = name, 0

    def stamp(self, _data: bytes, **_: Any) -> Any:
        self.asked += 1
        raise AuthorityUnreachableError(self.name)


@pytest.fixture
def cut(house: House) -> tuple[Any, Away]:
    """The authority as it is, and the same with its line cut, which the house now has."""
    ports: Any = house.ports
    (real,) = ports.authorities
    away = Away(real.name)
    ports.authorities = (away,)
    return real, away


def registered(house: House) -> str:
    with house.work("xu") as work:
        sealed = house.sealed("证4-2")
        return evidence.register_files(work, sealed, title="检验报告", kind="documentary", source="检验院").id


def row(house: House, key: str) -> EvidenceItem:
    with house.ports.sessions() as session:
        return session.get_one(EvidenceItem, key)


def waiting(house: House) -> Job:
    with house.ports.sessions() as session:
        return session.scalars(select(Job).where(Job.kind == "stamp")).one()


def later(house: House, span: timedelta) -> None:
    ports: Any = house.ports
    ports.clock.now += span


def run(house: House) -> None:
    app: Any = house.ports
    assert jobs.perform(app, waiting(house).id)


def test_a_stamp_that_was_missing_is_fetched_later(house: House, cut: tuple[Any, Away], tmp_path: Any) -> None:
    real, away = cut
    key = registered(house)
    assert (row(house, key).seal_state, row(house, key).stamps) == ("logged", 0)
    app: Any = house.ports
    assert not jobs.perform(app, waiting(house).id), "not before its time"
    later(house, FIRST_WAIT)
    run(house)
    assert away.asked == 2
    assert waiting(house).status == "queued"
    app.authorities = (real,)
    later(house, 2 * FIRST_WAIT)
    run(house)
    item = row(house, key)
    assert (item.seal_state, item.stamps, item.test_stamps) == ("stamped", 1, 1)
    assert item.facts["stamped_by"] == [real.name]
    assert isinstance(item.stamped_at, datetime)
    assert waiting(house).status == "done"
    with house.work("xu") as work:
        lines = check_chain(custody_lines(work, work.get(EvidenceItem, key)))
    assert [line["type"] for line in lines] == ["ingest", "seal", "log", "timestamp"]
    package = app.store.export(item.package_id, tmp_path / "out", as_zip=False)
    assert verify(package, house.trust).verdict == "PASS"


def test_the_pause_grows_and_has_an_end(house: House, cut: tuple[Any, Away]) -> None:
    assert cut
    registered(house)
    pauses = []
    app: Any = house.ports
    for _ in range(12):
        ready = waiting(house).not_before
        assert ready is not None
        app.clock.now = ready
        run(house)
        again = waiting(house).not_before
        assert again is not None
        pauses.append(timedelta(minutes=round((again - app.clock.now) / FIRST_WAIT)))
    assert pauses[:3] == [FIRST_WAIT, 2 * FIRST_WAIT, 4 * FIRST_WAIT]
    assert pauses[-1] == LONGEST_WAIT


def test_below_k_a_seal_is_not_called_stamped(house: House, cut: tuple[Any, Away], authority: Any) -> None:
    real, _away = cut
    app: Any = house.ports
    app.authorities, app.least_stamps = (real, Away("second")), 2
    key = registered(house)
    assert (row(house, key).seal_state, row(house, key).stamps) == ("logged", 1)
    app.authorities = (real, open_authority("second", real.url, authority.roots_pem))
    later(house, FIRST_WAIT)
    run(house)
    assert (row(house, key).seal_state, row(house, key).stamps) == ("stamped", 2)


def test_a_later_setting_changes_no_older_seal(house: House, cut: tuple[Any, Away]) -> None:
    """The k in force when it was sealed decides, for it is written into the seal."""
    real, _away = cut
    app: Any = house.ports
    key = registered(house)
    app.authorities, app.least_stamps = (real, Away("second")), 2
    later(house, FIRST_WAIT)
    run(house)
    item = row(house, key)
    assert (item.seal_state, item.stamps, item.facts["stamps_wanted"]) == ("stamped", 1, 1)


def test_what_was_sealed_before_is_swept_up(house: House, cut: tuple[Any, Away]) -> None:
    """No authority was set, so no job was ordered; later one is."""
    real, _away = cut
    app: Any = house.ports
    app.authorities = ()
    key = registered(house)
    with open_work(house.ports, system_actor("scheduler")) as work:
        assert sweep_stamps(work) == 0
    app.authorities = (real,)
    with open_work(house.ports, system_actor("scheduler")) as work:
        assert sweep_stamps(work) == 1
    with open_work(house.ports, system_actor("scheduler")) as work:
        assert sweep_stamps(work) == 0, "its job is open"
    later(house, FIRST_WAIT)
    run(house)
    assert (row(house, key).seal_state, row(house, key).stamps) == ("stamped", 1)
    with open_work(house.ports, system_actor("scheduler")) as work:
        assert sweep_stamps(work) == 0


@pytest.mark.parametrize(
    ("state", "n", "test", "complete"),
    [
        ("complete", 1, False, True),
        ("stamped", 2, False, False),
        ("complete", 1, True, False),
        ("complete", 0, False, False),
        ("logged", 1, False, False),
    ],
)
def test_what_makes_a_seal_complete(house: House, state: Any, n: int, test: bool, complete: bool) -> None:
    key = registered(house)
    assert row(house, key).seal_state == "stamped", "a test stamp completes nothing"
    seal = SealState(state, (), min(1, n), n, state == "logged", test, 0)
    with open_work(house.ports, system_actor("worker")) as work:
        advance_seal(work, work.session.get_one(EvidenceItem, key), seal)
    assert row(house, key).seal_state == ("complete" if complete else "stamped")


def test_one_of_two_stamps_is_an_alarm(house: House, cut: tuple[Any, Away]) -> None:
    real, _away = cut
    app: Any = house.ports
    app.authorities, app.least_stamps = (real, Away("second")), 2
    registered(house)
    later(house, ALARM_AFTER + timedelta(minutes=1))
    with open_work(house.ports, house.world.person("boss", "admin")) as work:
        assert system_state(work, sample=True).unstamped == 1
    with house.work("xu") as work:
        assert queue(work, sample=True).unstamped == 1


def test_an_alarm_after_a_quarter_of_an_hour(house: House, cut: tuple[Any, Away]) -> None:
    assert cut
    registered(house)
    admin = house.world.person("boss", "admin")
    for minutes, count in ((14, 0), (2, 1)):
        later(house, timedelta(minutes=minutes))
        with open_work(house.ports, admin) as work:
            assert system_state(work, sample=True).unstamped == count
