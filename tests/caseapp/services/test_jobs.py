"""Jobs: one worker at a time, a lost lease comes back, an old fence writes nothing."""

from __future__ import annotations

from datetime import timedelta

import pytest

from caseapp.models import Job
from caseapp.services.jobs import (
    LEASE,
    STALE_AFTER,
    LeaseLostError,
    beat_job,
    enqueue_job,
    fail_job,
    finish_job,
    sweep_jobs,
    take_job,
)
from caseapp.services.work import open_work, system_actor
from tests.caseapp.conftest import LocalPorts

WORKER = system_actor("worker")


def enqueue(ports: LocalPorts) -> str:
    with open_work(ports, WORKER) as work:
        return enqueue_job(work, "capture", "captures", "01CAPTURE", colour="red").id


def state(ports: LocalPorts, job_id: str) -> Job:
    with ports.sessions() as session:
        return session.get_one(Job, job_id)


def test_the_queue_hears_of_a_job_after_the_commit_and_of_an_open_one_not_twice(ports: LocalPorts) -> None:
    with open_work(ports, WORKER) as work:
        first = enqueue_job(work, "capture", "captures", "01CAPTURE")
        assert ports.queue.pushed == []
    assert ports.queue.pushed == [first.id]
    assert enqueue(ports) == first.id


def test_one_of_two_workers_gets_it(ports: LocalPorts) -> None:
    job_id = enqueue(ports)
    with open_work(ports, WORKER) as work:
        lease = take_job(work, job_id, "one")
    with open_work(ports, WORKER) as work:
        assert take_job(work, job_id, "two") is None
    assert lease is not None
    assert (lease.fence, lease.attempt, lease.payload) == (1, 1, {"colour": "red"})


def test_finishing_and_progress(ports: LocalPorts) -> None:
    job_id = enqueue(ports)
    with open_work(ports, WORKER) as work:
        lease = take_job(work, job_id, "one")
    assert lease is not None
    with open_work(ports, WORKER) as work:
        beat_job(work, lease, "scroll", 3, 20)
    assert (state(ports, job_id).step, state(ports, job_id).step_done) == ("scroll", 3)
    with open_work(ports, WORKER) as work:
        finish_job(work, lease)
    assert state(ports, job_id).status == "done"
    with pytest.raises(LeaseLostError), open_work(ports, WORKER) as work:
        beat_job(work, lease, "late", 1, 1)


def test_a_silent_worker_loses_the_job_and_can_no_longer_write(ports: LocalPorts) -> None:
    job_id = enqueue(ports)
    with open_work(ports, WORKER) as work:
        old = take_job(work, job_id, "dead")
    assert old is not None
    ports.clock.now += LEASE + timedelta(seconds=1)
    ports.queue.pushed.clear()
    with open_work(ports, WORKER) as work:
        sweep_jobs(work)
    assert ports.queue.pushed == [job_id]
    with open_work(ports, WORKER) as work:
        new = take_job(work, job_id, "alive")
    assert new is not None
    assert new.fence == old.fence + 1
    with pytest.raises(LeaseLostError), open_work(ports, WORKER) as work:
        finish_job(work, old)
    with open_work(ports, WORKER) as work:
        finish_job(work, new)
    assert state(ports, job_id).status == "done"


def test_retryable_failures_wait_longer_each_time_and_end(ports: LocalPorts) -> None:
    job_id = enqueue(ports)
    waits = []
    for attempt in (1, 2, 3):
        with open_work(ports, WORKER) as work:
            lease = take_job(work, job_id, "one")
        assert lease is not None
        with open_work(ports, WORKER) as work:
            again = fail_job(work, lease, retryable=True, code="x", zh="坏", en="bad")
        assert again is (attempt < 3)
        row = state(ports, job_id)
        if again and row.not_before is not None:
            waits.append(row.not_before - ports.clock.now)
            ports.clock.now = row.not_before
    assert waits[1] > waits[0]
    assert (state(ports, job_id).status, state(ports, job_id).error_zh) == ("failed", "坏")


def test_a_failure_that_cannot_be_retried_ends_at_once(ports: LocalPorts) -> None:
    job_id = enqueue(ports)
    with open_work(ports, WORKER) as work:
        lease = take_job(work, job_id, "one")
    assert lease is not None
    with open_work(ports, WORKER) as work:
        assert not fail_job(work, lease, retryable=False, code="refused", zh="拒", en="no")
    assert state(ports, job_id).status == "failed"


def test_the_sweep_repeats_an_unheard_message_but_not_a_fresh_one(ports: LocalPorts) -> None:
    job_id = enqueue(ports)
    with open_work(ports, WORKER) as work:
        assert sweep_jobs(work) == []
    ports.clock.now += STALE_AFTER + timedelta(seconds=1)
    with open_work(ports, WORKER) as work:
        assert sweep_jobs(work) == [job_id]


def test_a_worker_lost_for_the_last_time_fails_the_job(ports: LocalPorts) -> None:
    job_id = enqueue(ports)
    for _ in range(3):
        with open_work(ports, WORKER) as work:
            assert take_job(work, job_id, "dies") is not None
        ports.clock.now += LEASE + timedelta(seconds=1)
        with open_work(ports, WORKER) as work:
            sweep_jobs(work)
    assert (state(ports, job_id).status, state(ports, job_id).error_code) == ("failed", "worker-lost")
