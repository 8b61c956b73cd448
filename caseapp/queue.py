"""The queue: a hint that work waits. The truth is the job row in the database (ARCHITECTURE, durability)."""

from __future__ import annotations

import hashlib
import logging
import os
import re
import secrets
import shutil
import socket as sockets
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from caseapp.domain.errors import CaseError
from caseapp.domain.labels import Label
from caseapp.logwords import words

if TYPE_CHECKING:
    from redis import Redis
    from rq import Queue

log = logging.getLogger(__name__)

QUEUE_NAME = "bianwu"
JOB_FUNCTION = "caseapp.jobs.run_job"
JOB_SECONDS = 900
MAINTENANCE_SECONDS = 15
ORPHAN_SECONDS = 5.0
SOCKET_PATH_BYTES = 107  # sun_path of Linux less its final zero (unix(7))


class NoQueueError(CaseError):
    """There is no queue server to be had."""

    code = "no-queue"
    text = Label(
        "没有队列服务：请安装 redis-tools（Debian：make setup），或设置 REDIS_URL。",
        "No queue server: install redis-tools (Debian: make setup) or set REDIS_URL.",
    )


@dataclass
class InlineQueue:
    """Runs each job at once in this process: command line, tests, the headless demo.

    Attributes:
        run: called with the job id after the row is committed.
        waiting: ids pushed while no runner was set.
    """

    run: Callable[[str], None] | None = None
    waiting: list[str] = field(default_factory=list)

    def push(self, job_id: str) -> None:
        """Run the job now, or keep its id until someone does."""
        if self.run is None:
            self.waiting.append(job_id)
        else:
            self.run(job_id)


class RedisQueue:
    """Pushes job ids to RQ; JSON on the wire, never pickle."""

    def __init__(self, url: str) -> None:
        self._url = url

    @cached_property
    def _queue(self) -> Queue:
        return queue_at(self._url)

    def push(self, job_id: str) -> None:
        """Tell a worker that the row waits, unless the queue already holds that word.

        When Redis is away the sweeper tells it later.
        """
        from redis.exceptions import RedisError  # noqa: PLC0415  the client loads with the first job

        try:
            if any(told.startswith(f"{job_id}-") for told in self._queue.get_job_ids()):
                return
            # A fresh RQ id each time: RQ may still list the id of a worker that died as started.
            self._queue.enqueue_call(
                JOB_FUNCTION,
                args=[job_id],
                job_id=f"{job_id}-{secrets.token_hex(4)}",
                timeout=JOB_SECONDS,
                result_ttl=0,
                failure_ttl=3600,
                description="job",
            )
        except RedisError as error:
            zh = "队列连不上，稍后会重新送入任务 %s：%s"
            en = "queue unreachable, the sweeper will push job %s again: %s"
            log.warning(words(zh, en, job_id, error))


def connect(url: str) -> Redis:
    """A client for `redis://…` or `unix:///path`."""
    from redis import Redis  # noqa: PLC0415  the pages start without it

    return Redis.from_url(url)


def reachable(url: str) -> bool:
    """Whether a server answers at `url`."""
    from redis.exceptions import RedisError  # noqa: PLC0415  the pages start without it

    try:
        return bool(connect(url).ping())
    except RedisError:
        return False


def workers(url: str) -> int | None:
    """How many workers wait or work at `url`; None when no server answers."""
    from redis.exceptions import RedisError  # noqa: PLC0415  the pages start without it
    from rq import Worker  # noqa: PLC0415

    try:
        return int(Worker.count(connection=connect(url)))
    except RedisError:
        return None


def queue_at(url: str) -> Queue:
    """The queue on a server; JSON on the wire."""
    from rq import Queue  # noqa: PLC0415  the pages start without it
    from rq.serializers import JSONSerializer  # noqa: PLC0415

    return Queue(QUEUE_NAME, connection=connect(url), serializer=JSONSerializer)


def work(url: str, *, name: str) -> None:
    """Take jobs from the queue until told to stop (SIGTERM lets the job in hand end)."""
    from rq import Worker  # noqa: PLC0415  only a worker needs it
    from rq.serializers import JSONSerializer  # noqa: PLC0415

    queue = queue_at(url)
    worker = Worker(
        [queue],
        name=re.sub(r"[^A-Za-z0-9_-]", "-", name),
        connection=queue.connection,
        serializer=JSONSerializer,
        maintenance_interval=MAINTENANCE_SECONDS,
        log_job_description=False,
    )
    worker.work(logging_level="WARNING")


def queue_server(folder: Path) -> tuple[list[str], str, str]:
    """How to start a private Redis server: (argv, executable, url).

    Debian's redis-tools carries the server program under another name; it acts by the name it is called with,
    so no package with a system service is needed. Every write is synced (`appendfsync always`).

    Raises:
        NoQueueError: neither program is installed.
    """
    executable = shutil.which("redis-server") or shutil.which("redis-check-rdb")
    if executable is None:
        raise NoQueueError
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    folder.chmod(0o700)
    socket = socket_of(folder)
    end_orphan(socket)
    options = {
        "port": "0",
        "unixsocket": str(socket),
        "unixsocketperm": "700",
        "dir": str(folder),
        "appendonly": "yes",
        "appendfsync": "always",
        "save": "",
        "daemonize": "no",
        "loglevel": "warning",
        "logfile": str(folder / "redis.log"),
    }
    argv = ["redis-server"]
    for key, value in options.items():
        argv += [f"--{key}", value]
    return argv, executable, f"unix://{socket}"


def socket_of(folder: Path) -> Path:
    """The server's socket: in its folder, or, where that path is too long for a socket, in a private short one."""
    socket = folder / "redis.sock"
    if len(bytes(socket)) <= SOCKET_PATH_BYTES:
        return socket
    short = Path(tempfile.gettempdir()) / f"bianwu-{os.getuid()}-{hashlib.sha256(bytes(folder)).hexdigest()[:16]}"
    short.mkdir(mode=0o700, exist_ok=True)
    if short.is_symlink() or short.stat().st_uid != os.getuid() or short.stat().st_mode & 0o077:
        raise NoQueueError
    return short / "redis.sock"


def end_orphan(socket: Path) -> None:
    """End a server that a killed supervisor left behind: two servers must not write one folder.

    Only the holder of the folder's lock calls this. Everything the server holds is on disk (`appendfsync always`).
    """
    with sockets.socket(sockets.AF_UNIX) as link:
        link.settimeout(ORPHAN_SECONDS)
        try:
            link.connect(str(socket))
            link.sendall(b"SHUTDOWN NOSAVE\r\n")
            while link.recv(4096):
                continue
        except OSError:
            return
