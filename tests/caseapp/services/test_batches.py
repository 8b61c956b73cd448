"""Batches and manners: one visit a host, a pause between beginnings, paused, let go on, tried again, called off."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from caseapp import jobs
from caseapp.domain.errors import NotFoundError, ReasonRequiredError
from caseapp.domain.manners import host_of, pause_for
from caseapp.models import AuditEvent, Capture, EvidenceItem, Job
from caseapp.services.batches import cancel_waiting, pause_batch, resume_batch, retry_batch
from caseapp.services.intake import take_in
from caseapp.services.jobs import LEASE, sweep_jobs
from caseapp.services.queries.batches import batches as batch_lines
from caseapp.services.queries.rows_inbox import BatchLine
from caseapp.services.work import open_work, system_actor
from tests.caseapp.services.house import House, Seen, stranger

HOSTS = ("weixun.test", "zhiye.test", "forum.test")


def paste(house: House, *urls: str) -> str:
    with house.work("gao") as work:
        taken = take_in(work, "\n".join(urls))
        assert taken.ordered == len(urls)
        return taken.batch_id


def line(house: House, key: str, login: str = "gao") -> BatchLine:
    with house.work(login) as work:
        return batch_lines(work, sample=False, keys=[key])[0]


def row(house: House, url: str) -> Capture:
    with house.ports.sessions() as session:
        return session.scalars(select(Capture).where(Capture.url == url).order_by(Capture.id.desc())).first()  # type: ignore[no-any-return]


@pytest.mark.parametrize(
    ("host", "asked", "seconds"),
    [("weibo.com", 0, 10), ("m.weibo.com", 0, 10), ("notweibo.com", 0, 2), ("s.m.weibo.com", 0, 30), ("a.test", 7, 7),
     ("a.test", 9999, 60), ("a.test", -5, 2)],
)  # fmt: skip
def test_the_longest_domain_decides_and_robots_txt_can_only_ask_for_more(host: str, asked: float, seconds: int) -> None:
    pauses = (("*", 2.0), ("weibo.com", 10.0), ("m.weibo.com", 10.0), ("s.m.weibo.com", 30.0))
    assert pause_for(host, pauses, asked=asked) == timedelta(seconds=seconds)
    assert pause_for(host, ()) == timedelta(0)


def test_a_host_is_what_a_browser_would_visit() -> None:
    assert host_of("https://user@WEIXUN.test.:8443/a") == "weixun.test"
    assert host_of("https://[::1") == ""


def test_one_capture_a_host_runs_at_a_time_and_the_other_is_woken_by_its_end(house: House) -> None:
    house.ports.host_pauses = ()
    paste(house, "https://weixun.test/1", "https://weixun.test/2", "https://zhiye.test/1")
    first, second, third = list(house.ports.queue.pushed)
    seen: list[Any] = []

    def meanwhile(_order: Any) -> None:
        house.camera.before = None
        seen.append(jobs.perform(house.ports, second))
        seen.append(row(house, "https://weixun.test/2").status)
        seen.append(jobs.perform(house.ports, third))
        seen.append(row(house, "https://zhiye.test/1").status)

    house.camera.before = meanwhile
    house.ports.queue.pushed = []
    assert jobs.perform(house.ports, first)
    assert seen == [True, "queued", True, "done"]
    assert house.ports.queue.pushed == [second]
    assert house.read(Job, second).attempt == 0  # waiting is no attempt
    assert jobs.perform(house.ports, second)
    assert row(house, "https://weixun.test/2").status == "done"


def test_the_pause_is_kept_and_on_record_in_the_seal(house: House) -> None:
    house.ports.host_pauses = (("*", 2.0), ("weixun.test", 40.0))
    house.camera.next = [Seen(facts={"robots": {"verdict": "allowed", "crawl_delay": 55}})]
    paste(house, "https://weixun.test/1", "https://weixun.test/2")
    first, second = list(house.ports.queue.pushed)
    assert jobs.perform(house.ports, first)
    assert jobs.perform(house.ports, second)
    assert row(house, "https://weixun.test/2").status == "queued"
    house.clock.now += timedelta(seconds=45)
    jobs.perform(house.ports, second)
    assert row(house, "https://weixun.test/2").status == "queued"  # robots.txt asked for 55
    house.clock.now += timedelta(seconds=15)
    with open_work(house.ports, system_actor("scheduler")) as work:
        assert second in sweep_jobs(work)
    assert jobs.perform(house.ports, second)
    with house.ports.sessions() as session:
        item = session.scalars(select(EvidenceItem).where(EvidenceItem.source == "https://weixun.test/2")).one()
    told = item.facts["frequency"]
    assert (told["host"], told["at_once"], told["pause_ms"]) == ("weixun.test", 1, 55_000)
    assert 60_000 <= told["since_last_ms"] < 62_000
    assert told["visits_in_24_hours"] == 1


def test_the_database_itself_refuses_a_second_visit_at_once(house: House) -> None:
    with house.ports.sessions() as session:
        session.add_all([_running(house, f"https://weixun.test/{number}") for number in range(2)])
        with pytest.raises(IntegrityError):
            session.commit()


def _running(house: House, url: str) -> Capture:
    now = house.clock()
    who = {"created_at": now, "created_by": "x", "updated_at": now, "updated_by": "x"}
    return Capture(url=url, host="weixun.test", status="running", requested_by="x", requested_at=now, **who)


def test_the_end_of_a_visit_wakes_nobody_who_still_stands_in_the_queue(house: House) -> None:
    house.ports.host_pauses = ()
    paste(house, "https://weixun.test/1", "https://weixun.test/2")
    first, second = list(house.ports.queue.pushed)
    house.ports.queue.pushed = []
    assert jobs.perform(house.ports, first)
    assert second not in house.ports.queue.pushed  # it was pushed when it was asked for
    assert jobs.perform(house.ports, second)


def test_a_dead_workers_visit_keeps_its_host_until_it_is_taken_back(house: House) -> None:
    paste(house, "https://weixun.test/1", "https://weixun.test/2")
    first, second = list(house.ports.queue.pushed)
    house.camera.before = _killed
    with pytest.raises(KeyboardInterrupt):
        jobs.perform(house.ports, first)
    house.camera.before = None
    jobs.perform(house.ports, second)
    assert row(house, "https://weixun.test/2").status == "queued"
    house.clock.now += LEASE + timedelta(seconds=15)
    with open_work(house.ports, system_actor("scheduler")) as work:
        told = sweep_jobs(work)
    assert set(told) == {first, second}
    for key in (second, first, second):
        jobs.perform(house.ports, key)
        house.clock.now += timedelta(seconds=11)
    assert [row(house, f"https://weixun.test/{n}").status for n in (1, 2)] == ["done", "done"]


def _killed(_order: Any) -> None:
    raise KeyboardInterrupt


def test_a_batch_is_paused_let_go_on_and_counted(house: House) -> None:
    key = paste(house, *(f"https://{host}/x" for host in HOSTS))
    assert line(house, key).waiting == 3
    with house.work("gao") as work:
        assert pause_batch(work, key) == 3
        assert pause_batch(work, key) == 0
    assert (line(house, key).waiting, line(house, key).paused, line(house, key).open) == (0, 3, False)
    assert house.run_jobs() == [False, False, False]
    house.clock.now += timedelta(days=30)
    with open_work(house.ports, system_actor("scheduler")) as work:
        assert sweep_jobs(work) == []
    with house.work("gao") as work:
        assert resume_batch(work, key) == 3
    assert all(house.run_jobs())
    assert (line(house, key).sealed, line(house, key).over) == (3, 3)
    with house.work("gao") as work:
        assert resume_batch(work, key) == 0
        changed = select(func.count()).select_from(AuditEvent).where(AuditEvent.action == "row.changed")
        assert work.session.scalar(changed) >= 6


def test_a_job_a_worker_has_in_hand_as_the_batch_is_paused_goes_back(house: House) -> None:
    key = paste(house, "https://weixun.test/1", "https://zhiye.test/1")
    with house.work("gao") as work:
        pause_batch(work, key)
        for job in work.session.scalars(select(Job)):
            job.not_before = None
    house.run_jobs()
    assert (line(house, key).paused, house.camera.seen) == (2, [])


def test_what_failed_is_tried_again_in_one_act_and_counts_once(house: House) -> None:
    house.camera.next = [Seen(), Seen(outcome="login_wall"), Seen(state="FAILED", outcome="error")]
    key = paste(house, *(f"https://{host}/x" for host in HOSTS))
    house.run_jobs()
    assert (line(house, key).sealed, line(house, key).failed) == (1, 2)
    with house.work("gao") as work:
        assert retry_batch(work, key) == 2
    assert (line(house, key).total, line(house, key).waiting, line(house, key).failed) == (3, 2, 0)
    assert all(house.run_jobs())
    assert line(house, key).sealed == 3
    with house.work("gao") as work:
        assert retry_batch(work, key) == 0
        assert batch_lines(work, sample=False) == []  # nothing is left to do
        assert work.session.scalar(select(func.count()).select_from(Capture)) == 5


def test_what_waits_is_called_off_with_a_reason(house: House) -> None:
    key = paste(house, *(f"https://{host}/x" for host in HOSTS))
    waiting = list(house.ports.queue.pushed)
    jobs.perform(house.ports, waiting[0])
    with house.work("gao") as work:
        pause_batch(work, key)
    with pytest.raises(ReasonRequiredError), house.work("gao") as work:
        cancel_waiting(work, key, reason="  ")
    with house.work("gao") as work:
        assert cancel_waiting(work, key, reason="粘错了") == 2
    house.run_jobs()
    assert (line(house, key).sealed, line(house, key).cancelled, line(house, key).paused) == (1, 2, 0)


@pytest.mark.parametrize("act", [pause_batch, resume_batch, retry_batch])
def test_a_batch_belongs_to_those_who_may(house: House, act: Any) -> None:
    key = paste(house, "https://weixun.test/1", "https://zhiye.test/1")
    for actor, wanted in ((stranger(house), key), (house["he"], key), (house["gao"], "01NONE"), (house["gao"], "")):
        with pytest.raises(NotFoundError), open_work(house.ports, actor) as work:
            act(work, wanted)


def test_two_hundred_addresses_of_one_host_are_one_batch(house: House) -> None:
    key = paste(house, *(f"https://weixun.test/{n}" for n in range(200)))
    assert (line(house, key).total, line(house, key).waiting) == (200, 200)
    with house.work("gao") as work:
        assert pause_batch(work, key) == 200
        assert cancel_waiting(work, key, reason="不取了") == 200
    assert line(house, key).cancelled == 200
