"""`bianwu doctor`: every part, its state, and the fix."""

from __future__ import annotations

import json

import click

from caseapp.cli.words import command, language, option, say
from caseapp.config import Settings
from caseapp.health import CHECKS, Finding, State

MARKS: dict[State, tuple[str, str]] = {"ok": ("✓", "green"), "warn": ("!", "yellow"), "fail": ("✗", "red")}


@command(
    "doctor",
    "逐项检查系统并给出修复办法；不作任何改动。有不能工作的部分时退出码为 1。",
    "Check every part and name the fix; nothing is changed. Exit code 1 when something will not work.",
)
@option("--json", "as_json", zh="只输出 JSON", en="JSON only", is_flag=True)
def doctor(as_json: bool) -> int:
    """Look at every part, one after the other."""
    settings = Settings.from_env()
    findings = []
    for check in CHECKS:
        findings.append(check(settings))
        if not as_json:
            show(findings[-1])
    failed = sum(finding.state == "fail" for finding in findings)
    if as_json:
        click.echo(json.dumps({"ok": not failed, "parts": [plain(f) for f in findings]}, ensure_ascii=False))
    elif failed:
        click.echo(say(f"✗ {failed} 项不能工作", f"✗ {failed} parts will not work"))
    else:
        click.echo(say("✓ 可以工作", "✓ ready to work"))
    return 1 if failed else 0


def show(finding: Finding) -> None:
    """One part in one line, and below it what to do."""
    mark, colour = MARKS[finding.state]
    lang = language()
    click.secho(f"{mark} {finding.part.text(lang)}{say('：', ': ')}{finding.seen(lang)}", fg=colour)
    if finding.state != "ok":
        click.echo(f"    → {finding.fix.text(lang)}")


def plain(finding: Finding) -> dict[str, str]:
    """One part for other programs."""
    row = {"part_zh": finding.part.zh, "part_en": finding.part.en, "state": finding.state}
    row |= {"detail_zh": finding.seen("zh"), "detail_en": finding.seen("en")}
    return row if finding.state == "ok" else row | {"fix_zh": finding.fix.zh, "fix_en": finding.fix.en}
