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

from caseapp.queue import QUEUE_NAME, InlineQueue, NoQueueError, RedisQueue, queue_server, reachable, socket_of


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
    path = Path(url.removeprefix("unix://"))
    assert len(bytes(path)) < 108
    path.parent.rmdir()


def test_a_long_path_has_one_private_socket(tmp_path: Path) -> None:
    folder = tmp_path / ("deep" * 30)
    socket = socket_of(folder)
    try:
        assert socket_of(folder) == socket
        assert stat.S_IMODE(socket.parent.stat().st_mode) == 0o700
        assert socket_of(folder / "other").parent != socket.parent
        socket.parent.chmod(0o755)
        with pytest.raises(NoQueueError):
            socket_of(folder)
    finally:
        socket.parent.rmdir()
        socket_of(folder / "other").parent.rmdir()


def test_without_the_program_the_fix_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(NoQueueError) as caught:
        queue_server(tmp_path / "queue")
    assert "redis-tools" in caught.value.message("zh")
    assert "redis-tools" in caught.value.message("en")


@pytest.mark.slow
def test_a_server_left_over_is_ended_and_its_jobs_are_kept(server: str, tmp_path: Path) -> None:
    RedisQueue(server).push("01JOB")
    folder = tmp_path / "queue"
    argv, executable, url = queue_server(folder)
    assert not reachable(server)
    process = subprocess.Popen(argv, executable=executable, stdout=subprocess.DEVNULL)
    try:
        for _ in range(100):
            if reachable(url):
                break
            time.sleep(0.05)
        client = Redis.from_url(url)
        assert len(Queue(QUEUE_NAME, connection=client, serializer=JSONSerializer).jobs) == 1
        client.close()
    finally:
        process.terminate()
        process.wait()


def test_push_without_a_server_is_no_error(tmp_path: Path) -> None:
    queue = RedisQueue(f"unix://{tmp_path}/none.sock")
    queue.push("01JOB")
    assert not reachable(f"unix://{tmp_path}/none.sock")
