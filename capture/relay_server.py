"""The relay's process: a proxy on a loopback port that records one capture. Started by `capture.relay.Relay`.

It is told everything on standard input (one JSON object a line) and answers on standard output; it has an empty
environment and ends when standard input does, that is, when its parent dies, however it dies.

Input:  the configuration, then {"op": "fetch", "id", "url", "headers"} and {"op": "finish"}.
Output: {"ready": …}, {"fetched": id, "exchange": n}, {"done": …}, or {"failed": code, "detail"} before it ends.
"""

import asyncio
import errno
import json
import os
import socket
import ssl
import sys
import traceback
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

from capture.errors import CaptureError, DiskFullError, RecordBrokenError
from capture.guard import RelayPolicy
from capture.relay_accept import Doorman, fetch
from capture.relay_leaks import LeakSearch
from capture.relay_net import Network
from capture.relay_spool import Meter, Spool
from capture.relay_tls import Minter, Verifier
from capture.relay_turn import Core

GRACE_SECONDS = 3.0
TUNNEL_SECONDS = 1.0
_ACCEPT_PAUSE = 0.05


class Server:
    """The relay: accepts browser connections and commands until it is told to finish."""

    def __init__(self, config: dict[str, Any]) -> None:
        """Set everything up.

        Args:
            config: `policy` (RelayPolicy.to_json), `witness_token`, `spool`, `leaf_pem` and `extra_roots_pem`.
        """
        policy = RelayPolicy.from_json(config["policy"], witness_token=config["witness_token"])
        folder = Path(config["spool"])
        self.spool = Spool(folder)
        self.verifier = Verifier(config["extra_roots_pem"])
        self.minter = Minter(config["leaf_pem"].encode("ascii"), folder)
        meter = Meter(policy.limits, self.spool.write)
        self.core = Core(policy, self.spool, meter, Network(policy, meter, self.spool, self.verifier))
        self.doorman = Doorman(self.core, self.minter)
        self.tasks: set[asyncio.Task[None]] = set()
        self.broken: CaptureError | None = None
        self.over = asyncio.Event()
        self.spool.on_failure = self._break

    async def run(self, commands: asyncio.StreamReader) -> None:
        """Serve until {"op": "finish"} or the end of the commands."""
        listener = socket.create_server(("127.0.0.1", 0), backlog=128)
        listener.settimeout(0)
        loop = asyncio.get_running_loop()
        deadline = loop.call_later(self.core.policy.limits.seconds, self._expire)
        port = listener.getsockname()[1]
        say({"ready": {"port": port, "root_pem": self.minter.root_pem, "trust": dict(self.verifier.trust)}})
        accepting = asyncio.create_task(self._accept(listener))
        listening = asyncio.create_task(self._listen(commands))
        over = asyncio.create_task(self.over.wait())
        await asyncio.wait((accepting, listening, over), return_when=asyncio.FIRST_COMPLETED)
        deadline.cancel()
        for task in (accepting, listening, over):
            task.cancel()
        listener.close()
        await self._end()

    async def _accept(self, listener: socket.socket) -> None:
        loop = asyncio.get_running_loop()
        while True:
            try:
                sock, came_from = await loop.sock_accept(listener)
            except OSError:  # no more file descriptors: wait for some connection to end
                await asyncio.sleep(_ACCEPT_PAUSE)
                continue
            self._start(self.doorman.admit(sock, came_from))

    async def _listen(self, commands: asyncio.StreamReader) -> None:
        while line := await commands.readline():
            command = json.loads(line)
            if command["op"] == "finish":
                return
            self._start(self._fetch(command))
        os._exit(0)  # the parent is gone: nobody is left to read the record

    async def _fetch(self, command: dict[str, Any]) -> None:
        try:
            exchange = await fetch(self.core, command["url"], command["headers"])
        except CaptureError as error:
            say({"fetched": command["id"], "exchange": 0, "code": error.code, "detail": error.detail})
        else:
            say({"fetched": command["id"], "exchange": exchange.id})

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self.tasks.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self.tasks.discard(task)
        error = None if task.cancelled() else task.exception()
        if isinstance(error, CaptureError):
            self._break(error)  # the spool has said why already
        elif error is not None:  # a fault of the relay itself: what it recorded can no longer be called whole
            sys.stderr.write("".join(traceback.format_exception(error)))
            self._break(RecordBrokenError(f"{type(error).__name__}: {error}"))

    def _break(self, error: CaptureError) -> None:
        self.broken = self.broken or error
        self.over.set()

    def _expire(self) -> None:
        meter = self.core.meter
        meter.hit("seconds")
        meter.expired = True
        for task in list(self.tasks):
            task.cancel()

    async def _end(self) -> None:
        self.core.ending = True
        if self.tasks and not self.core.policy.decrypt:  # tunnels end by themselves with the browser's context
            await asyncio.wait(self.tasks, timeout=TUNNEL_SECONDS)
        for task in list(self.tasks):
            task.cancel()
        if self.tasks:
            await asyncio.wait(self.tasks, timeout=GRACE_SECONDS)
        try:
            for upstream in list(self.core.network.live):
                self.core.network.leave(upstream)
            self.spool.close()
        except CaptureError as error:
            self._break(error)


def say(answer: dict[str, Any]) -> None:
    """Write one answer to the parent."""
    sys.stdout.write(json.dumps(answer) + "\n")
    sys.stdout.flush()


def main() -> int:
    """Read the configuration, serve, and return the exit code."""
    try:
        server_error = asyncio.run(_serve())
    except (OSError, ssl.SSLError, ValueError, KeyError, TypeError) as error:
        full = isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT)
        failure = DiskFullError(str(error)) if full else RecordBrokenError(f"{type(error).__name__}: {error}")
        say({"failed": failure.code, "detail": failure.detail})
        return 1
    if server_error is not None:
        say({"failed": server_error.code, "detail": server_error.detail})
        return 1
    return 0


async def _serve() -> CaptureError | None:
    loop = asyncio.get_running_loop()
    commands = asyncio.StreamReader(limit=16 * 1024 * 1024)
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(commands), sys.stdin)
    line = await commands.readline()
    if not line:
        return None
    server = Server(json.loads(line))
    await server.run(commands)
    if server.broken is None:
        search = LeakSearch(server.spool.folder)
        leaks = search.find(server.spool.exchanges, server.spool.secrets)
        say({"done": {"secrets_in": leaks, "secrets_searched": search.whole}})
    return server.broken
