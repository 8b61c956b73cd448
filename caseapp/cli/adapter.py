"""`bianwu adapter check URL`: read a real page with its adapter, show what was found, keep the result."""

from __future__ import annotations

import json
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from caseapp.cli.words import Group, command, say
from caseapp.config import Settings
from caseapp.domain.labels import Label

if TYPE_CHECKING:
    from capture import CaptureResult

SHOWN = 60


@click.group("adapter", cls=Group, says=Label("核对平台适配器。", "Check platform adapters."))
def adapter() -> None:
    """The group."""


@command("list", "列出平台适配器及核验日期。", "List the adapters and when each was checked.")
def list_all() -> None:
    """One line an adapter."""
    from capture.adapters import ADAPTERS

    for row in ADAPTERS:
        checked = row.verified_on or say("未经真实站点核验", "not checked on the real site")
        click.echo(f"{row.name:14} {checked}  {', '.join(row.hosts) or '*'}")


@command(
    "check",
    "打开一个真实页面，逐项列出适配器读到的内容，并保存结果。退出码：0 预期字段齐全；1 有缺。",
    "Open a real page, list what its adapter reads, keep the result. Exit code 0: every expected field; 1: some lack.",
)
@click.argument("url")
def check(url: str) -> int:
    """Visit once, compare with what a live post must have, write the result beside the others."""
    from capture import Browser, CaptureRequest, capture
    from capture.adapters import choose

    settings = Settings.from_env()
    overrides = settings.overrides
    with tempfile.TemporaryDirectory(prefix="bianwu-") as scratch, Browser(settings.chromium) as browser:
        request = CaptureRequest(
            url,
            Path(scratch) / "page",
            allow_hosts=overrides.allow_hosts,
            resolve=overrides.resolve,
            extra_roots=overrides.extra_roots,
            ntp_servers=(),
        )
        result = capture(request, browser=browser)
    chosen = choose(str(result.facts["url_final"]))
    found = report(result, chosen.name, chosen.expect)
    folder = settings.data_dir / "adapters"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    kept = folder / f"{chosen.name}-{datetime.now(UTC):%Y%m%dT%H%M%SZ}.json"
    kept.write_text(json.dumps(found, ensure_ascii=False, indent=1), encoding="utf-8")
    for row in found["fields"]:
        click.echo(f"{row['name']:14} {row['value'][:SHOWN]}  ← {row['path']}")
    for name in found["lacking"]:
        click.echo(say(f"{name:14} ✗ 未读到", f"{name:14} ✗ not found"))
    click.echo(
        say(f"{chosen.name} · {found['outcome']} · 已保存 {kept}", f"{chosen.name} · {found['outcome']} · {kept}")
    )
    return 1 if found["lacking"] else 0


def report(result: CaptureResult, name: str, expected: tuple[str, ...]) -> dict[str, Any]:
    """What an adapter read from a page, as it is kept."""
    return {
        "adapter": name,
        "url": result.facts["url"],
        "at": result.facts["finished"],
        "outcome": result.outcome.kind,
        "words": result.outcome.words,
        "fields": [
            {"name": field.name, "value": field.value, "raw": field.raw, "source": field.source, "path": field.path}
            for field in result.fields
        ],
        "lacking": sorted(set(expected) - {field.name for field in result.fields}),
    }


adapter.add_command(list_all)
adapter.add_command(check)
