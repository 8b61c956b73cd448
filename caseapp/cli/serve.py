"""`bianwu serve` and the children it starts."""

from __future__ import annotations

import fcntl
import logging
import os
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import click

from caseapp.config import Settings
from caseapp.domain.errors import CaseError
from caseapp.domain.labels import Label
from caseapp.supervisor import Child, Supervisor, bianwu

SWEEP_SECONDS = 15.0


class PortTakenError(CaseError):
    """The pages cannot be served there. Facts: ``host``, ``port``, ``problem``."""

    code = "port-taken"
    text = Label(
        "无法在 {host}:{port} 提供网页（{problem}）。请换一个端口：bianwu serve --port 0",
        "Cannot serve pages on {host}:{port} ({problem}). Choose another port: bianwu serve --port 0",
    )


class AlreadyServingError(CaseError):
    """Another supervisor serves this folder. Facts: ``pid``."""

    code = "already-serving"
    text = Label(
        "这个数据目录已由进程 {pid} 在服务。请先停止它，或用 BIANWU_DATA 指明另一个目录。",
        "Process {pid} already serves this data folder. Stop it first, or name another folder in BIANWU_DATA.",
    )


@contextmanager
def only_one(path: Path) -> Iterator[None]:
    """Hold the folder's supervisor lock; the file names the supervisor's pid for `doctor` and service units.

    Raises:
        AlreadyServingError: another process holds it.
    """
    with path.open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            file.seek(0)
            raise AlreadyServingError(pid=file.read().strip() or "?") from error
        file.truncate(0)
        file.write(f"{os.getpid()}\n")
        file.flush()
        yield


def children(settings: Settings) -> tuple[Settings, list[Child]]:
    """The processes of one machine, and the settings they share (with the queue's address filled in).

    Raises:
        CaseError: no queue server is installed.
    """
    from caseapp.queue import queue_server

    found: list[Child] = []
    if settings.redis_url is None:
        argv, executable, url = queue_server(settings.data_dir / "queue")
        found.append(Child("queue", argv, {"PATH": os.defpath}, executable))
        settings = replace(settings, redis_url=url)
    env = settings.child_env()
    found.append(Child("web", bianwu("web"), env))
    found += [
        Child(f"worker-{n}", bianwu("worker", "--name", f"worker-{n}"), env) for n in range(1, settings.workers + 1)
    ]
    found.append(Child("scheduler", bianwu("scheduler"), env))
    return settings, found


@click.command()
@click.option("--port", type=click.IntRange(0, 65535), help="端口 / port (BIANWU_PORT)")
@click.option("--workers", type=click.IntRange(1, 64), help="后台任务进程数 / worker processes (BIANWU_WORKERS)")
def serve(port: int | None, workers: int | None) -> None:
    """Start web pages, workers, scheduler and queue; Ctrl-C stops them all."""
    settings = Settings.from_env()
    settings = replace(settings, port=free_port(settings.host, port if port is not None else settings.port))
    settings = replace(settings, workers=workers or settings.workers)
    settings.require_initialised()
    with only_one(settings.data_dir / "serve.pid"):
        settings, processes = children(settings)
        click.echo(f"辨诬 Bianwu → http://{settings.host}:{settings.port}/    (Ctrl-C 停止 / stops)", err=True)
        Supervisor(processes).run()


def free_port(host: str, wanted: int) -> int:
    """`wanted` when nothing listens there, else one the system picks."""
    for port in (wanted, 0):
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, port))
            except OSError:
                continue
            chosen: int = probe.getsockname()[1]
            return chosen
    return wanted


@click.command()
def web() -> None:
    """Serve the pages in this process."""
    from waitress import serve as waitress_serve

    from caseapp.app import create_app
    from caseapp.bootstrap import build_application

    settings = Settings.from_env()
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)
    app = create_app(build_application(settings))
    try:
        waitress_serve(
            app, host=settings.host, port=settings.port, threads=8, ident=None, clear_untrusted_proxy_headers=True
        )
    except OSError as error:
        raise PortTakenError(host=settings.host, port=settings.port, problem=error.strerror) from error


@click.command()
@click.option("--name", default="worker", help="名称 / name")
def worker(name: str) -> None:
    """Take jobs from the queue until told to stop."""
    import caseapp.jobs  # noqa: F401  loaded before the worker forks: each job starts at once
    from caseapp.queue import NoQueueError, work

    settings = Settings.from_env()
    if settings.redis_url is None:
        raise NoQueueError
    work(settings.redis_url, name=f"{socket.gethostname()}-{name}-{os.getpid()}")


@click.command()
def scheduler() -> None:
    """Send waiting rows to the queue again and do what is due."""
    import signal

    from caseapp.bootstrap import build_application
    from caseapp.jobs import tick

    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    application = build_application(Settings.from_env())
    while not stop.wait(SWEEP_SECONDS):
        tick(application)
