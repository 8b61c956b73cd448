"""`bianwu log` and `bianwu witness`: the evidence log's keys, witnesses, heartbeat and copies for others."""

from __future__ import annotations

import contextlib
import json
import socket
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from caseapp.cli.house import opened
from caseapp.cli.processes import PortTakenError
from caseapp.cli.words import Command, Group, command, language, option, say
from caseapp.config import Settings
from caseapp.domain.labels import Label

if TYPE_CHECKING:
    from evidence_store.logcheck import LogFindings
    from evidence_store.witnessing import WitnessState

FILE = click.Path(path_type=Path)
WITNESS_KEY = "log-witness.key"


@click.group(
    "log",
    cls=Group,
    says=Label("存证日志：换钥、见证、心跳、镜像与审计。", "The evidence log: key, witnesses, heartbeat, mirrors."),
)
def log() -> None:
    """The group."""


@log.command(
    "rotate",
    cls=Command,
    says=Label(
        "更换日志密钥：新旧密钥都在最后一个检查点上签名，旧密钥此后不再有效；中断后再次运行即可完成。",
        "Change the log's key: both keys sign the last checkpoint, the old one ends there. After an interruption, run "
        "it again.",
    ),
)
def rotate() -> None:
    """Give the log a new key."""
    from caseapp.keys import read_trust, write_trust
    from caseapp.logkeys import rotate_log_key
    from evidence_store.moments import moment
    from evidence_store.trust import Trust

    settings = Settings.from_env()
    settings.require_initialised()
    before = read_trust(settings)
    holder = before.sealers[0].holder if before else ""
    done = rotate_log_key(settings, at=moment(datetime.now(UTC)), renew=lambda: write_trust(settings, holder=holder))
    fingerprint = Trust.load(settings.data_dir / "trust.json").fingerprint
    click.echo(
        say(
            f"✓ 日志 {done.new.name} 已换用新密钥 {done.new.key_id.hex()}；旧密钥 {done.old.key_id.hex()} 止于第 "
            f"{done.size} 条\n  信任文件 SHA-256 {fingerprint}（请重新告知收件人与见证方）\n"
            f"  旧私钥在 {settings.keys_dir}，请移到离线保存或销毁",
            f"✓ log {done.new.name} has the new key {done.new.key_id.hex()}; the old one {done.old.key_id.hex()} ends "
            f"at entry {done.size}\n  trust file SHA-256 {fingerprint} (tell recipients and witnesses)\n"
            f"  the old private key is in {settings.keys_dir}: move it offline or destroy it",
        )
    )
    click.echo(str(done.new))


@log.command(
    "witness",
    cls=Command,
    says=Label("登记、列出、询问日志的见证方。", "Register, list and ask the witnesses of the log."),
)
@option("--add", zh="登记：地址与公钥", en="Register: address and key", nargs=2, metavar="URL VKEY", default=None)
@option("--remove", zh="除名", en="Strike off by name", default="")
@option("--quorum", zh="须有几个见证方联署", en="How many must cosign", type=click.IntRange(0, 99), default=None)
@option("--ask", zh="现在就询问", en="Ask them now", is_flag=True)
@option("--json", "as_json", zh="只输出 JSON", en="JSON only", is_flag=True)
def witnesses(add: tuple[str, str] | None, remove: str, quorum: int | None, ask: bool, as_json: bool) -> int:
    """Change the list when asked to, then say how each witness stands."""
    from dataclasses import asdict

    from caseapp.logkeys import witnesses_of
    from evidence_store.witnessing import ask_witnesses, witness_state

    with opened() as app:
        if add or remove or quorum is not None:
            _change(app.settings, add, remove, quorum)
        least, rows = witnesses_of(app.settings)
        backend = app.store.backend
        if ask:
            found = ask_witnesses(app.store.log, backend, rows, now=app.clock(), force=True)
        else:
            found = {row.key.name: witness_state(backend, row.key) for row in rows}
        lacking = sum(not state.trouble and state.size >= 0 for state in found.values()) < least
    if as_json:
        told = {"quorum": least, "witnesses": {name: asdict(state) for name, state in found.items()}}
        click.echo(json.dumps(told, ensure_ascii=False))
    else:
        for name, state in found.items():
            click.echo(_state(name, state))
        if not found:
            click.echo(say("没有见证方", "no witnesses"))
    return 1 if ask and (lacking or any(state.trouble == "fork" for state in found.values())) else 0


def _change(settings: Settings, add: tuple[str, str] | None, remove: str, quorum: int | None) -> None:
    """Change the list of witnesses, and trust.json with it."""
    from caseapp.keys import renew_trust
    from caseapp.logkeys import set_witnesses, witnesses_of
    from evidence_store.cosigning import WitnessKey
    from evidence_store.trust import Trust
    from evidence_store.witnessing import WitnessAt

    least, rows = witnesses_of(settings)
    kept = [row for row in rows if row.key.name != remove]
    if add:
        kept.append(WitnessAt(WitnessKey.parse(add[1]), add[0]))
    set_witnesses(settings, min(least, len(kept)) if quorum is None else quorum, kept)
    path = renew_trust(settings)
    if path is not None:
        fingerprint = Trust.load(path).fingerprint
        words = say(f"信任文件 {path}\n  SHA-256 {fingerprint}", f"trust file {path}\n  SHA-256 {fingerprint}")
        click.echo(words, err=True)


def _state(name: str, state: WitnessState) -> str:
    zh = {"": "已联署", "silent": "没有回应", "refused": "拒绝联署", "fork": "看到另一段历史（分叉）"}[state.trouble]
    en = {"": "cosigned", "silent": "silent", "refused": "refuses", "fork": "has seen another history (fork)"}
    if state.size < 0 and not state.trouble:
        return say(f"- {name}：尚未询问", f"- {name}: not asked yet")
    mark, size = "✗" if state.trouble else "✓", max(state.size, 0)
    return say(
        f"{mark} {name}：{zh} · {size} 条 {state.cosigned_at} {state.said}".rstrip(),
        f"{mark} {name}: {en[state.trouble]} · {size} entries {state.cosigned_at} {state.said}".rstrip(),
    )


@log.command(
    "heartbeat",
    cls=Command,
    says=Label("为今天的检查点留存并加盖时间戳。", "Keep and time-stamp today's checkpoint."),
)
def heartbeat() -> None:
    """Keep today's head."""
    from evidence_store.heartbeat import beat

    with opened() as app:
        done = beat(app.store.log, app.store.backend, app.authorities, now=app.clock)
    names = ", ".join(done.stamped_by) or say("未加盖时间戳", "not time-stamped")
    click.echo(say(f"✓ {done.day} · {done.size} 条 · {names}", f"✓ {done.day} · {done.size} entries · {names}"))


@log.command(
    "export",
    cls=Command,
    says=Label("把日志导出为静态文件，供镜像与他人审计。", "Write the log as static files for mirrors and auditors."),
)
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
def export(folder: Path) -> None:
    """Bring a mirror up to date."""
    from evidence_store.mirror import export_log

    with opened() as app:
        head = export_log(app.store.log, app.store.backend, folder)
    root = head.root.hex()
    place = folder / "log"
    click.echo(say(f"✓ {place} · {head.size} 条 · 根 {root}", f"✓ {place} · {head.size} entries · root {root}"))


@log.command(
    "audit",
    cls=Command,
    says=Label(
        "离线重算一份镜像：条目、树、检查点、联署、心跳、换钥。有矛盾时退出码为 1。",
        "Recompute a mirror offline: entries, tree, checkpoints, cosignatures, heartbeats, keys. Exit code 1 when "
        "something contradicts.",
    ),
)
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
@option("--trust", zh="trust.json：相信谁", en="trust.json: whom to believe", type=FILE, required=True)
@option("--against", zh="见证过的日志检查点", en="A witnessed log checkpoint", type=click.Path(path_type=Path))
def audit(folder: Path, trust: Path, against: Path | None) -> int:
    """Check a mirror without any database."""
    from evidence_store.errors import TrustFileError
    from evidence_store.mirror import audit_log
    from evidence_store.signing import VerifierKey
    from evidence_store.trust import Trust

    believed = Trust.load(trust)
    if believed.log is None:
        raise TrustFileError(f"{trust}: names no log")
    head, found = audit_log(folder, VerifierKey.parse(believed.log), against=against)
    _tell(found)
    root = head.root.hex()
    click.echo(say(f"{head.origin} · {head.size} 条 · 根 {root}", f"{head.origin} · {head.size} entries · root {root}"))
    return 1 if found.problems else 0


def _tell(found: LogFindings) -> None:
    for where, error in found.problems:
        click.secho(f"✗ {where}: {error.message(language())} [{error.code}]", fg="red")
    if not found.problems:
        click.echo(say("✓ 全部相符", "✓ everything agrees"))


@command(
    "witness",
    "在另一台机器上运行：为日志的检查点联署，只联署增长，绝不联署分叉。Ctrl-C 停止。",
    "Run on another machine: cosign a log's checkpoints when it only grew, never a fork. Ctrl-C stops.",
)
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
@option("--log", "keys", zh="日志的公钥（可多次）", en="Key of a log (repeatable)", multiple=True, required=True)
@option("--host", zh="监听地址", en="Address to listen on", default="127.0.0.1")
@option("--port", zh="端口", en="Port", type=click.IntRange(0, 65535), default=8440)
@option("--name", zh="签名中的名称，不含空格", en="Name in the signatures, no spaces", default="")
def witness(folder: Path, keys: tuple[str, ...], host: str, port: int, name: str) -> None:
    """Make the key on first use, say what the log's side needs, serve."""
    from evidence_store import Signer
    from evidence_store.backends import LocalBackend
    from evidence_store.cosigning import WitnessKey
    from evidence_store.signing import VerifierKey
    from evidence_store.witness import Witness
    from evidence_store.witness_http import WitnessServer

    logs: dict[str, list[VerifierKey]] = {}
    for text in keys:
        key = VerifierKey.parse(text)
        logs.setdefault(key.name, []).append(key)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    if not (folder / WITNESS_KEY).exists():
        Signer.generate(name or f"witness.{socket.gethostname()}").save(folder / WITNESS_KEY)
    signer = Signer.load(folder / WITNESS_KEY)
    one = Witness(LocalBackend(folder / "state"), signer, logs, now=lambda: datetime.now(UTC))
    try:
        server = WitnessServer((host, port), one)
    except OSError as error:
        raise PortTakenError(host=host, port=port, problem=error.strerror) from error
    vkey = WitnessKey.of(signer)
    click.echo(say(f"日志见证 → {server.url}（Ctrl-C 停止）", f"Log witness → {server.url} (Ctrl-C stops)"))
    click.echo(f"bianwu log witness --add {server.url} {vkey}")
    with server, contextlib.suppress(KeyboardInterrupt):
        server.serve_forever()
