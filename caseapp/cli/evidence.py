"""`bianwu verify` and `bianwu fsck`: evidence checked from its bytes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from caseapp.cli.house import opened
from caseapp.cli.words import command, language, option, say

if TYPE_CHECKING:
    from evidence_store import FsckReport


@command(
    "verify",
    "离线校验证据包。退出码：0 通过；1 不通过；2 未给出 --trust，来源未核实。",
    "Verify a package offline. Exit code 0: PASS; 1: FAIL; 2: origin not checked (no --trust).",
)
@click.argument("package", type=click.Path(path_type=Path))
@option("--trust", zh="trust.json：相信谁", en="trust.json: whom to believe", type=click.Path(path_type=Path))
@option("--against", zh="见证过的日志检查点", en="A witnessed log checkpoint", type=click.Path(path_type=Path))
@option("--json", "as_json", zh="只输出 JSON", en="JSON only", is_flag=True)
def verify_package(package: Path, trust: Path | None, against: Path | None, as_json: bool) -> int:
    """Run every check and print the report."""
    from evidence_store.trust import Trust
    from evidence_store.verifier.report import render_text
    from evidence_store.verify import verify

    report = verify(package, Trust.load(trust) if trust else None, against=against)
    click.echo(json.dumps(report.to_json(), ensure_ascii=False) if as_json else render_text(report, language()))
    return report.exit_code


@command(
    "fsck",
    "从字节重算每个证据包、存证日志、树与检查点；列出矛盾与残留。有矛盾时退出码为 1。",
    "Recompute every package, the log, its tree and checkpoints from the bytes; list contradictions and leftovers. "
    "Exit code 1 when something contradicts.",
)
@option("--json", "as_json", zh="只输出 JSON", en="JSON only", is_flag=True)
def fsck(as_json: bool) -> int:
    """Check the whole store; nothing is changed."""
    with opened() as app:
        report = app.store.fsck()
    if as_json:
        click.echo(json.dumps(plain(report), ensure_ascii=False))
    else:
        show(report)
    return 0 if report.ok else 1


def plain(report: FsckReport) -> dict[str, Any]:
    """The report for other programs."""
    problems = [
        {"where": row.where, "code": row.error.code, "zh": row.error.message("zh"), "en": row.error.message("en")}
        for row in report.problems
    ]
    counts = {"packages": report.packages, "leaves": report.leaves, "blobs": report.blobs}
    return {"ok": report.ok, **counts, "problems": problems, "orphans": report.orphans}


def show(report: FsckReport) -> None:
    """The report in words."""
    click.echo(
        say(
            f"证据包 {report.packages} · 日志条目 {report.leaves} · 文件 {report.blobs}",
            f"packages {report.packages} · log entries {report.leaves} · files {report.blobs}",
        )
    )
    for problem in report.problems:
        click.secho(f"✗ {problem.where}: {problem.error.message(language())} [{problem.error.code}]", fg="red")
    if report.orphans:
        click.echo(
            say(
                f"! {len(report.orphans)} 个中断留下的残留文件，无害",
                f"! {len(report.orphans)} leftovers of interrupted work, harmless",
            )
        )
    click.echo(
        say("✓ 全部相符", "✓ everything agrees")
        if report.ok
        else say(
            "✗ 证据库有矛盾：停止写入，保留现场，与备份核对。",
            "✗ The store contradicts itself: stop writing, keep it as it is, compare with a backup.",
        )
    )
