"""`bianwu store`: a second place for the evidence, and moving to another one."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click

from caseapp.cli import encryption
from caseapp.cli.words import Command, Group, option, say
from caseapp.config import Settings, SettingsError
from caseapp.domain.labels import Label

if TYPE_CHECKING:
    from evidence_store.replica import Compared

_SHOWN = 20


@click.group(
    "store",
    cls=Group,
    says=Label("证据库的副本、比对与搬迁。", "Replica of the evidence store, comparison, moving to another place."),
)
def store() -> None:
    """The group."""


store.add_command(encryption.key)
store.add_command(encryption.encrypt)


def _settings(*, replica: bool = True) -> Settings:
    settings = Settings.from_env()
    settings.require_initialised()
    if replica and not settings.replica_url:
        raise SettingsError(name="BIANWU_REPLICA", problem="file:///…, s3://bucket/prefix?endpoint=https://…")
    return settings


@store.command(
    "replicate",
    cls=Command,
    says=Label(
        "把第二存放处（BIANWU_REPLICA）补齐：只补缺少的，每个对象两边都核对摘要；"
        "中断后再次运行即可继续。有损坏时退出码为 1。",
        "Bring the second place (BIANWU_REPLICA) up to date: only what it lacks, each object's digest held on both "
        "sides. After an interruption run it again. Exit code 1 when something is damaged.",
    ),
)
def replicate() -> int:
    """Copy now; the scheduler does the same every five minutes."""
    from caseapp.replica import bring_up_to_date

    state = bring_up_to_date(_settings())
    bad = state.damaged
    click.echo(
        say(
            f"第二存放处共 {state.objects} 个对象，损坏未复制 {bad} 个。",
            f"Objects on the second place: {state.objects}; damaged and not copied: {bad}.",
        )
    )
    return 1 if bad else 0


@store.command(
    "compare",
    cls=Command,
    says=Label(
        "逐字节比对两处证据库；有任何不同时退出码为 1。",
        "Read every byte of both places and compare; exit code 1 when anything differs.",
    ),
)
@option("--json", "as_json", zh="只输出 JSON", en="JSON only", is_flag=True)
def compare(as_json: bool) -> int:
    """Compare with the second place of the settings."""
    from caseapp.replica import compare_all

    return _tell(compare_all(_settings()), as_json=as_json)


@store.command(
    "migrate",
    cls=Command,
    says=Label(
        "把整个证据库复制到 PLACE 并逐字节核对；原处不改不删。完成后把 EVIDENCE_URL 改为 PLACE 再启动服务。",
        "Copy the whole store to PLACE and compare every byte; the present place is neither changed nor deleted. When "
        "it is done set EVIDENCE_URL to PLACE and start the service.",
    ),
)
@click.argument("place")
@option("--json", "as_json", zh="只输出 JSON", en="JSON only", is_flag=True)
def migrate(place: str, as_json: bool) -> int:
    """Copy, then compare; the service must not run meanwhile, or what comes later stays behind."""
    from caseapp.cli.house import only_one
    from evidence_store.backends import open_backend
    from evidence_store.replica import compare as hold
    from evidence_store.replica import replicate as copy

    settings = _settings(replica=False)
    with only_one(settings.data_dir):
        source, target = open_backend(settings.evidence_url), open_backend(place)
        copy(source, target)
        return _tell(hold(source, target), as_json=as_json)


def _tell(found: Compared, *, as_json: bool) -> int:
    rows = {
        "missing": found.missing,
        "only_there": found.only_there,
        "different": found.different,
        "damaged": found.damaged,
    }
    if as_json:
        click.echo(json.dumps({"ok": found.alike, "same": found.same, **rows}))
        return 0 if found.alike else 1
    words = {
        "missing": say("第二处缺少", "missing there"),
        "only_there": say("只在第二处", "only there"),
        "different": say("内容不同", "different"),
        "damaged": say("字节与名称不符", "bytes not those of the name"),
    }
    for name, keys in rows.items():
        for key in keys[:_SHOWN]:
            click.secho(f"✗ {words[name]}: {key}", fg="red")
    count = sum(map(len, rows.values()))
    click.echo(
        say(f"一致 {found.same} 个对象，不一致 {count} 个。", f"Objects alike: {found.same}; not alike: {count}.")
    )
    return 0 if found.alike else 1
