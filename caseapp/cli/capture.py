"""`bianwu capture`, `bianwu verify` and `bianwu fsck`: evidence without a server."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

import click

from caseapp.bootstrap import build_application
from caseapp.capturing import Capturer
from caseapp.config import Settings
from caseapp.keys import make_keys, write_trust
from caseapp.queue import InlineQueue
from caseapp.services.captures import SEALABLE, canonical_url
from caseapp.services.ports import CaptureOrder
from caseapp.services.sealing import seal_files
from evidence_store import new_ulid
from evidence_store.trust import Trust
from evidence_store.verifier.report import render_text
from evidence_store.verify import verify


def standalone(settings: Settings) -> Settings:
    """Settings of the command line's own small store, apart from the case application's log."""
    home = settings.data_dir / "cli"
    own = Settings.for_folder(home)
    return Settings(
        **{
            **settings.__dict__,
            "data_dir": home,
            "evidence_url": own.evidence_url,
            "keys_url": own.keys_url,
            "database_url": own.database_url,
        }
    )


@click.command()
@click.argument("url")
@click.option("-o", "--output", type=click.Path(file_okay=False, path_type=Path), default=Path(), help="放到 / into")
@click.option("--json", "as_json", is_flag=True, help="只输出 JSON / JSON only")
def capture_url(url: str, output: Path, as_json: bool) -> int:
    """Capture one address and leave a sealed ZIP in the current folder."""
    settings = standalone(Settings.from_env())
    make_keys(settings)
    app = build_application(settings, queue=InlineQueue())
    trust = write_trust(settings, holder="bianwu capture")
    address = canonical_url(url)
    capturer = Capturer(settings)
    capturer.check(address)
    with tempfile.TemporaryDirectory(prefix="bianwu-") as scratch:
        order = CaptureOrder(address, Path(scratch) / "artifacts", "cli", "evidence")
        try:
            result = capturer.capture(order, progress=None if as_json else show_progress)
        finally:
            capturer.close()
        package = None
        if result.state != "FAILED" and result.outcome in SEALABLE:
            sealed = seal_files(
                app,
                result.files,
                seal_id=new_ulid(),
                folder=Path(scratch) / "package",
                capture={key: value for key, value in result.facts.items() if key != "fields"},
                host=result.host,
                clock=result.clock,
            )
            package = app.store.export(sealed.receipt.package_id, output, as_zip=True)
    app.close()
    facts: dict[str, object] = {
        "state": result.state,
        "outcome": result.outcome,
        "words": result.words,
        "missing": list(result.missing),
        "package": str(package) if package else None,
        "trust": str(trust),
    }
    click.echo(json.dumps(facts, ensure_ascii=False) if as_json else spoken(facts))
    return 0 if package and result.state == "COMPLETE" else 3 if package else 1


def show_progress(step: str, done: int, total: int) -> None:
    """One line a step on stderr."""
    click.echo(f"  {done}/{total} {step}", err=True)


def spoken(facts: dict[str, object]) -> str:
    """The result in words."""
    if facts["package"] is None:
        return (
            f"✗ 未封存 / not sealed: {facts['outcome']} {facts['words']}\n"
            "  该页面不能作为内容本身的证据。请核对网址、登录状态或稍后再试。\n"
            "  This page is no evidence of the content. Check the address, a log-in wall, or try later."
        )
    mark = "✓" if facts["state"] == "COMPLETE" else "!"
    lacks = f"\n  缺 / missing: {facts['missing']}" if facts["missing"] else ""
    return (
        f"{mark} {facts['state']} · {facts['outcome']}{lacks}\n  {facts['package']}\n"
        f"  bianwu verify {facts['package']} --trust {facts['trust']}"
    )


@click.command()
@click.argument("package", type=click.Path(path_type=Path))
@click.option("--trust", type=click.Path(path_type=Path), help="trust.json:相信谁 / whom to believe")
@click.option("--against", type=click.Path(path_type=Path), help="见证过的检查点 / a witnessed checkpoint")
@click.option("--json", "as_json", is_flag=True)
def verify_package(package: Path, trust: Path | None, against: Path | None, as_json: bool) -> int:
    """Verify a package offline. Exit code 0 PASS, 1 FAIL, 2 origin not checked (no --trust)."""
    settings = Settings.from_env()
    report = verify(package, Trust.load(trust) if trust else None, against=against)
    click.echo(json.dumps(report.to_json(), ensure_ascii=False) if as_json else render_text(report, settings.lang))
    return report.exit_code


@click.command()
def fsck() -> int:
    """Recompute every package, the log, its tree and checkpoints; list contradictions and orphans."""
    settings = Settings.from_env()
    app = build_application(settings, queue=InlineQueue())
    report = app.store.fsck()
    app.close()
    facts = {
        "ok": report.ok,
        "packages": report.packages,
        "leaves": report.leaves,
        "blobs": report.blobs,
        "problems": [str(problem) for problem in report.problems],
        "orphans": report.orphans,
    }
    click.echo(json.dumps(facts, ensure_ascii=False, indent=1))
    return 0 if report.ok else 1
