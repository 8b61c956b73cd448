"""The processes `bianwu serve` starts, each also a command of its own: pages, one worker, the scheduler."""

from __future__ import annotations

import gc
import importlib
import logging
import os
import signal
import socket
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from caseapp.cli.trouble import database_words, keep_log
from caseapp.cli.words import command, option
from caseapp.config import Settings
from caseapp.domain.errors import CaseError
from caseapp.domain.labels import Label
from caseapp.supervisor import die_with

SWEEP_SECONDS = 15.0
LONGEST_BODY = 32 * 1024 * 1024
"""Bytes of a request the server takes in, on disk, before a page sees it. Above what the pages accept, so that a form
a little too long gets their calm answer; far below what fills a disk."""
LOADED_BEFORE_FORK = ("caseapp.jobs", "capture.engine")
"""What the process forked for each job would else load each time."""


class PortTakenError(CaseError):
    """The pages cannot be served there. Facts: ``host``, ``port``, ``problem``."""

    code = "port-taken"
    text = Label(
        "无法在 {host}:{port} 提供网页（{problem}）。请停止占用它的程序，或自动另选：bianwu serve --port 0",
        "Cannot serve pages on {host}:{port} ({problem}). Stop what uses it, or choose another port: "
        "bianwu serve --port 0 (picks a free one)",
    )


PARENT = option("--parent", zh="监管进程", en="The supervising process", type=int, hidden=True)


@contextmanager
def loading() -> Iterator[None]:
    """No garbage collection while modules load: they stay. It makes the start a tenth quicker."""
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()


@command("web", "在本进程提供网页。", "Serve the pages in this process.")
@PARENT
def web(parent: int | None) -> None:
    """Serve until told to stop; requests in hand are answered first."""
    settings = Settings.from_env()
    settings.require_initialised()
    die_with(parent)
    with loading():
        from waitress import serve as waitress_serve

        from caseapp.app import create_app
        from caseapp.bootstrap import build_application
        from caseapp.services.schema import check_schema
        from caseapp.web.replay import serve_replay

        keep_log(settings, "web")
        logging.getLogger("waitress.queue").setLevel(logging.ERROR)
        application = build_application(settings)
        with database_words(settings):
            check_schema(application)
        app = create_app(application)
        serve_replay(app, application, settings.host)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    try:
        waitress_serve(
            app,
            host=settings.host,
            port=settings.port,
            threads=8,
            ident=None,
            clear_untrusted_proxy_headers=True,
            max_request_body_size=LONGEST_BODY,
        )
    except OSError as error:
        raise PortTakenError(host=settings.host, port=settings.port, problem=error.strerror) from error
    finally:
        application.close()


@command("worker", "启动一个后台任务进程。", "Run background jobs in this process.")
@option("--name", zh="名称", en="Its name", default="worker")
@PARENT
def worker(name: str, parent: int | None) -> None:
    """Take jobs from the queue until told to stop; the job in hand ends first."""
    settings = Settings.from_env()
    settings.require_initialised()
    die_with(parent)
    with loading():
        from caseapp.queue import NoQueueError, work

        for module in LOADED_BEFORE_FORK:
            importlib.import_module(module)
    keep_log(settings, name)
    if settings.redis_url is None:
        raise NoQueueError
    work(settings.redis_url, name=f"{socket.gethostname()}-{name}-{os.getpid()}")


@command(
    "scheduler", "把等待的任务重新送入队列，处理到期事项。", "Send waiting jobs to the queue again, do what is due."
)
@PARENT
def scheduler(parent: int | None) -> None:
    """Tick until told to stop."""
    settings = Settings.from_env()
    settings.require_initialised()
    die_with(parent)
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    with loading():
        from caseapp.bootstrap import build_application
        from caseapp.cli.serve import bring_trust
        from caseapp.jobs import tick
        from caseapp.logcare import LogCare, ReplicaCare

        application = build_application(settings)
    keep_log(settings, "scheduler")
    bring_trust(settings)  # where no `serve` did
    care, copies = LogCare(application), ReplicaCare(application)
    while not stop.wait(SWEEP_SECONDS):
        tick(application)
        care.step()
        copies.step()
    application.close()
