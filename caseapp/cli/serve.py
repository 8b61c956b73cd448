"""`bianwu serve`: the whole installation under one supervisor."""

from __future__ import annotations

import os
import socket
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial

import click

from caseapp.cli.house import only_one
from caseapp.cli.processes import PortTakenError
from caseapp.cli.trouble import keep_log
from caseapp.cli.upgrade import refuse_other_schema
from caseapp.cli.words import command, option, say
from caseapp.config import Settings
from caseapp.supervisor import Child, Supervisor, bianwu

PROBE_SECONDS = 0.2


def children(settings: Settings) -> tuple[Settings, list[Child], list[Child]]:
    """The processes of one machine.

    Returns:
        The settings they share (with the queue's address filled in); those that serve pages; those that do jobs.

    Raises:
        NoQueueError: no queue server is installed.
    """
    front: list[Child] = []
    if settings.redis_url is None:
        from caseapp.queue import queue_server

        argv, executable, url = queue_server(settings.data_dir / "queue")
        front.append(Child("queue", argv, {"PATH": os.defpath}, executable))
        settings = replace(settings, redis_url=url)
    env = settings.child_env()
    front.append(Child("web", bianwu("web"), env, ready=partial(answers, settings.host, settings.port)))
    names = [f"worker-{number}" for number in range(1, settings.workers + 1)]
    back = [Child(name, bianwu("worker", "--name", name), env) for name in names]
    back.append(Child("scheduler", bianwu("scheduler"), env))
    return settings, front, back


def require_keys(settings: Settings) -> None:
    """Refuse to start with keys that could not sign: every seal to come would fail.

    Raises:
        KeyFileError: one is missing, open to others, or no key.
    """
    from caseapp.keys import KEY_FILES
    from evidence_store import Signer

    for name in KEY_FILES:
        Signer.load(settings.keys_dir / name)


def bring_trust(settings: Settings) -> None:
    """Have trust.json say what the settings say before anything is sealed under them, and tell its new fingerprint.

    Raises:
        EvidenceError: it cannot be read or written.
    """
    from caseapp.keys import read_trust, renew_trust, write_trust
    from caseapp.logkeys import rotate_log_key, unfinished
    from evidence_store.moments import moment
    from evidence_store.trust import Trust

    before = read_trust(settings)
    if unfinished(settings) and before is not None:  # a change of key that was killed is ended
        holder = before.sealers[0].holder
        rotate_log_key(settings, at=moment(datetime.now(UTC)), renew=lambda: write_trust(settings, holder=holder))
    path = renew_trust(settings)
    if path is not None:
        fingerprint = Trust.load(path).fingerprint
        click.echo(
            say(
                f"! 设置已变，信任文件已更新 {path}\n  SHA-256 {fingerprint}（请重新告知收件人）",
                f"! Settings changed; trust file renewed {path}\n  SHA-256 {fingerprint} (tell recipients)",
            ),
            err=True,
        )


@command(
    "serve",
    "启动网页、后台任务、调度与队列；Ctrl-C 全部停止。",
    "Start pages, workers, scheduler and queue; Ctrl-C stops all.",
)
@option(
    "--port",
    zh="端口，0 为自动挑选（BIANWU_PORT）",
    en="Port; 0 picks one (BIANWU_PORT)",
    type=click.IntRange(0, 65535),
)
@option(
    "--workers",
    zh="后台任务进程数（BIANWU_WORKERS）",
    en="Worker processes (BIANWU_WORKERS)",
    type=click.IntRange(1, 64),
)
def serve(port: int | None, workers: int | None) -> None:
    """Serve this installation until told to stop."""
    settings = Settings.from_env()
    settings.require_initialised()
    with only_one(settings.data_dir):
        require_keys(settings)
        refuse_other_schema(settings)
        bring_trust(settings)
        keep_log(settings, "serve")
        free = free_port(settings.host, settings.port if port is None else port, strict=port is not None)
        settings = replace(settings, port=free, workers=workers or settings.workers)
        settings, front, back = children(settings)
        click.echo(
            say(f"辨诬 → {address(settings)}    （Ctrl-C 停止）", f"Bianwu → {address(settings)}    (Ctrl-C stops)"),
            err=True,
        )
        Supervisor([*front, *back], say).run()


def address(settings: Settings) -> str:
    """Where the pages are, for a browser on this machine."""
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(settings.host, settings.host)  # noqa: S104  compared, not bound
    return f"http://{f'[{host}]' if ':' in host else host}:{settings.port}/"


def free_port(host: str, wanted: int, *, strict: bool) -> int:
    """A port the pages can be served on.

    Args:
        host: the address to listen on.
        wanted: the port; 0 for any.
        strict: refuse when it is taken; else another is taken and said.

    Raises:
        PortTakenError: it is taken, or the host is no address of this machine.
    """
    for port in (wanted,) if strict or not wanted else (wanted, 0):
        try:
            chosen = bindable(host, port)
        except OSError as error:
            problem = error.strerror or str(error)
            continue
        if chosen != wanted and wanted:
            click.echo(
                say(f"! 端口 {wanted} 已被占用，改用 {chosen}", f"! Port {wanted} is taken; using {chosen}"), err=True
            )
        return chosen
    raise PortTakenError(host=host, port=wanted, problem=problem)


def bindable(host: str, port: int) -> int:
    """Bind and let go; returns the port.

    Raises:
        OSError: it cannot be bound.
    """
    family, kind, protocol, _, target = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    with socket.socket(family, kind, protocol) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind(target)
        found: int = probe.getsockname()[1]
        return found


def answers(host: str, port: int) -> bool:
    """Whether somebody accepts connections there."""
    try:
        socket.create_connection((host, port), PROBE_SECONDS).close()
    except OSError:
        return False
    return True
