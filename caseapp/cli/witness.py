"""`bianwu witness-relay`: let another machine's captures pass through this one, unopened, and sign what was seen."""

from __future__ import annotations

import asyncio
import contextlib
import os
import secrets
import socket
from pathlib import Path
from typing import TYPE_CHECKING

import click

from caseapp.cli.processes import PortTakenError
from caseapp.cli.words import command, option, say

if TYPE_CHECKING:
    from capture.witness_relay import WitnessRelay

KEY, TOKEN = "witness.key", "witness.token"


def token_of(path: Path) -> str:
    """Return the token in a file of mode 0600, made on first use."""
    if not path.exists():
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(secrets.token_urlsafe(32) + "\n")
    return path.read_text(encoding="ascii").strip()


@command(
    "witness-relay",
    "在另一台机器上运行：转发取证的密文而不解密，记录连接地址、时间与摘要并签名。Ctrl-C 停止。",
    "Run on another machine: pass a capture's ciphertext on without decryption, log addresses, times and digests, and "
    "sign them. Ctrl-C stops.",
)
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
@option("--host", zh="监听地址", en="Address to listen on", default="127.0.0.1")
@option("--port", zh="端口", en="Port", type=click.IntRange(0, 65535), default=8439)
@option("--name", zh="签名中的名称，不含空格", en="Name in the signatures, no spaces", default="")
@option("--allow-host", zh="放行的内网目标 HOST:PORT", en="Private target HOST:PORT", multiple=True)
def witness_relay(folder: Path, host: str, port: int, name: str, allow_host: tuple[str, ...]) -> None:
    """Make key and token on first use, say what the capturing side needs, serve."""
    from capture.guard import RelayPolicy
    from capture.witness_relay import WitnessRelay
    from evidence_store import Signer

    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    if not (folder / KEY).exists():
        Signer.generate(name or socket.gethostname()).save(folder / KEY)
    signer = Signer.load(folder / KEY)
    policy = RelayPolicy(allow_hosts=frozenset(allow_host))
    relay = WitnessRelay(signer, token_of(folder / TOKEN), folder / "receipts.jsonl", policy)
    try:
        listener = socket.create_server((host, port), backlog=64)
    except OSError as error:
        raise PortTakenError(host=host, port=port, problem=error.strerror) from error
    words = _words(signer.verifier_key, folder / TOKEN, f"{host}:{listener.getsockname()[1]}")
    with listener, contextlib.suppress(KeyboardInterrupt):
        asyncio.run(_serve(relay, listener, words))


async def _serve(relay: WitnessRelay, listener: socket.socket, words: list[str]) -> None:
    """Say where it listens from within the loop: by then Ctrl-C ends it quietly."""
    for line in words:
        click.echo(line)
    await relay.serve(listener)


def _words(key: object, token: Path, address: str) -> list[str]:
    return [
        say(f"见证中继 → {address}（Ctrl-C 停止）", f"Witness relay → {address} (Ctrl-C stops)"),
        say(f"验证公钥 {key}", f"verifier key {key}"),
        say(f"口令在 {token}", f"the token is in {token}"),
    ]
