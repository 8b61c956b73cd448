"""The queue against a real server started from its folder."""

from __future__ import annotations

import stat
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from redis import Redis
from rq import Queue
from rq.serializers import JSONSerializer

from caseapp.queue import QUEUE_NAME, InlineQueue, RedisQueue, queue_server, reachable


def test_inline_queue_keeps_ids_until_someone_runs_them() -> None:
    queue = InlineQueue()
    queue.push("one")
    done: list[str] = []
    queue.run = done.append
    queue.push("two")
    assert (queue.waiting, done) == (["one"], ["two"])


@pytest.fixture
def server(tmp_path: Path) -> Iterator[str]:
    argv, executable, url = queue_server(tmp_path / "queue")
    process = subprocess.Popen(argv, executable=executable, stdout=subprocess.DEVNULL)
    try:
        for _ in range(100):
            if reachable(url):
                break
            time.sleep(0.05)
        yield url
    finally:
        process.terminate()
        process.wait()


@pytest.mark.slow
def test_a_private_server_syncs_every_write_and_is_ours_alone(server: str) -> None:
    client = Redis.from_url(server)
    assert client.config_get("appendfsync") == {"appendfsync": "always"}
    folder = Path(server.removeprefix("unix://")).parent
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    client.close()


@pytest.mark.slow
def test_push_puts_json_on_the_wire(server: str) -> None:
    queue = RedisQueue(server)
    queue.push("01JOB")
    queue.push("01JOB")
    client = Redis.from_url(server)
    (job,) = Queue(QUEUE_NAME, connection=client, serializer=JSONSerializer).jobs
    assert job.func_name == "caseapp.jobs.run_job"
    assert job.args == ["01JOB"]
    client.close()


def test_a_socket_path_that_is_too_long_moves_elsewhere(tmp_path: Path) -> None:
    _argv, _executable, url = queue_server(tmp_path / ("deep" * 30))
    assert len(url.removeprefix("unix://")) < 108


def test_push_without_a_server_is_no_error(tmp_path: Path) -> None:
    queue = RedisQueue(f"unix://{tmp_path}/none.sock")
    queue.push("01JOB")
    assert not reachable(f"unix://{tmp_path}/none.sock")
