"""`bianwu serve` and the children it starts."""

from __future__ import annotations

import logging
import os
import socket
import threading
from dataclasses import replace

import click

from caseapp.config import Settings
from caseapp.supervisor import Child, Supervisor, bianwu, write_pid

SWEEP_SECONDS = 15.0


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
    require_installation(settings)
    settings, processes = children(settings)
    write_pid(settings.data_dir / "serve.pid")
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


def require_installation(settings: Settings) -> None:
    """Refuse to start on a folder that `bianwu init` has not set up.

    Raises:
        NotInitialisedError: says to run `bianwu init`.
    """
    from caseapp.bootstrap import build_application

    build_application(settings).close()


@click.command()
def web() -> None:
    """Serve the pages in this process."""
    from waitress import serve as waitress_serve

    from caseapp.app import create_app
    from caseapp.bootstrap import build_application

    settings = Settings.from_env()
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)
    app = create_app(build_application(settings))
    waitress_serve(
        app, host=settings.host, port=settings.port, threads=8, ident=None, clear_untrusted_proxy_headers=True
    )


@click.command()
@click.option("--name", default="worker", help="名称 / name")
def worker(name: str) -> None:
    """Take jobs from the queue until told to stop."""
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
