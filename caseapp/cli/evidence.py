"""`bianwu verify` and `bianwu fsck`: evidence checked from its bytes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from caseapp.cli.house import opened
from caseapp.cli.words import command, language, option, say

if TYPE_CHECKING:
    from caseapp.services.integrity import RecordReport
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
    "从字节重算每个证据包、存证日志、树与检查点，并核对数据库的操作日志、流转记录、登记与定稿；列出矛盾与残留。"
    "有矛盾时退出码为 1。",
    "Recompute every package, the log, its tree and checkpoints from the bytes, and check the database's audit trail, "
    "custody chains, register and frozen documents against them; list contradictions and leftovers. Exit code 1 when "
    "something contradicts.",
)
@option("--json", "as_json", zh="只输出 JSON", en="JSON only", is_flag=True)
def fsck(as_json: bool) -> int:
    """Check the whole store, and the database against it; nothing is changed."""
    from caseapp.services.integrity import check_records
    from evidence_store.vault import require_keys

    with opened() as app:
        require_keys(app.store)  # locked is not damaged: told once, nothing concluded
        report = app.store.fsck()
        records = check_records(app)
    if as_json:
        click.echo(json.dumps(plain(report, records), ensure_ascii=False))
    else:
        show(report, records)
    return 0 if report.ok and records.ok else 1


def plain(report: FsckReport, records: RecordReport) -> dict[str, Any]:
    """Both reports for other programs."""
    problems = [
        {"where": row.where, "code": row.error.code, "zh": row.error.message("zh"), "en": row.error.message("en")}
        for row in report.problems
    ]
    problems += [
        {"where": row.where, "code": row.code, "zh": row.what.zh, "en": row.what.en} for row in records.contradictions
    ]
    counts = {
        "packages": report.packages,
        "leaves": report.leaves,
        "blobs": report.blobs,
        "audit_events": records.events,
        "custody_events": records.custody,
        "items": records.items,
        "versions": records.versions,
    }
    left = {"orphans": report.orphans, "custody_unmatched": records.unmatched, "unregistered": records.unregistered}
    return {"ok": report.ok and records.ok, **counts, "problems": problems, **left}


def show(report: FsckReport, records: RecordReport) -> None:
    """Both reports in words."""
    click.echo(
        say(
            f"证据包 {report.packages} · 日志条目 {report.leaves} · 文件 {report.blobs}\n"
            f"操作日志 {records.events} · 流转记录 {records.custody} · 登记 {records.items} · 定稿 {records.versions}",
            f"packages {report.packages} · log entries {report.leaves} · files {report.blobs}\n"
            f"audit events {records.events} · custody events {records.custody} · evidence items {records.items} · "
            f"frozen documents {records.versions}",
        )
    )
    for problem in report.problems:
        click.secho(f"✗ {problem.where}: {problem.error.message(language())} [{problem.error.code}]", fg="red")
    for row in records.contradictions:
        click.secho(f"✗ {row.where}: {row.what.text(language())} [{row.code}]", fg="red")
    if records.unmatched:
        click.secho(lacking(records.unmatched), fg="yellow")
    if records.unregistered:
        click.secho(nameless(records.unregistered), fg="yellow")
    if report.orphans:
        click.echo(leftovers(report.orphans, sound=report.ok))
    click.echo(verdict(sound=report.ok and records.ok, whole=not records.unmatched and not records.unregistered))


def nameless(packages: list[str]) -> str:
    """Packages that no item of the register names, in words."""
    listed = ", ".join(package[:16] for package in packages[:5])
    return say(
        f"! 证据库中有 {len(packages)} 个证据包没有登记（取证中断，或登记被删去）：{listed}",
        f"! the store keeps {len(packages)} packages that no item names (a capture that did not finish, or rows that "
        f"were removed): {listed}",
    )


def leftovers(orphans: list[str], *, sound: bool) -> str:
    """What nothing refers to, in words: harmless only when nothing else is wrong."""
    listed = "".join(f"\n    {orphan}" for orphan in orphans[:10])
    if not sound:
        return say(
            f"! {len(orphans)} 个文件无所归属；证据库有损坏，它们可能属于损坏的证据包，不要删除：{listed}",
            f"! {len(orphans)} files belong to nothing; the store is damaged and they may be parts of a damaged "
            f"package: delete none of them:{listed}",
        )
    return say(
        f"! {len(orphans)} 个中断留下的残留，不影响任何证据：{listed}",
        f"! {len(orphans)} leftovers of interrupted work; no evidence depends on them:{listed}",
    )


def lacking(events: list[str]) -> str:
    """Custody events that the log knows and the database does not, in words."""
    return say(
        f"! 存证日志中有 {len(events)} 条流转记录不在数据库中（导出中断，或被删去）：{'、'.join(events[:5])}",
        f"! the log knows {len(events)} custody events that the database does not (an export that did not finish, "
        f"or rows that were removed): {', '.join(events[:5])}",
    )


def verdict(*, sound: bool, whole: bool) -> str:
    """The last line."""
    if not sound:
        return say(
            "✗ 证据库或数据库有矛盾：停止写入，保留现场，与备份核对。",
            "✗ The store or the database contradicts itself: stop writing, keep it as it is, compare with a backup.",
        )
    if not whole:
        return say(
            "! 没有矛盾，但有缺失：请与备份核对。",
            "! Nothing contradicts, but something is lacking: compare with a backup.",
        )
    return say("✓ 全部相符", "✓ everything agrees")
