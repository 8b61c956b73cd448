"""`bianwu report`: the signed report on the whole store, made or checked."""

from __future__ import annotations

from pathlib import Path

import click

from caseapp.cli.batch import work_of
from caseapp.cli.house import opened
from caseapp.cli.words import command, language, option, say


@command(
    "report",
    "出具全库校验报告：PDF、摘要清单与签名，写到新文件夹；或用 --check 核对一份报告（不需要本机数据）。",
    "Issue the report on the whole store: PDF, list of digests and signature, into a new folder; or check one with "
    "--check (which needs no data of this machine).",
)
@option("--as", "login", zh="以谁的名义（登录名）", en="In whose name (login)", default="")
@option("--out", zh="新文件夹", en="New folder", type=click.Path(path_type=Path), default=Path("store-report"))
@option("--check", zh="核对这个文件夹里的报告", en="Check the report in this folder", type=click.Path(path_type=Path))
@option("--trust", zh="trust.json：相信谁", en="trust.json: whom to believe", type=click.Path(path_type=Path))
def report(login: str, out: Path, check: Path | None, trust: Path | None) -> int:
    """Write the three files, or hold them against their signature."""
    if check is not None:
        return _check(check, trust)
    if not login:
        raise click.UsageError(say("须给出 --as。", "Give --as."))
    from caseapp.services.store_report import store_report

    with opened() as app, work_of(app, login) as work:
        files = store_report(work, language())
        try:
            out.mkdir()
        except FileExistsError:
            raise click.ClickException(say(f"文件夹已存在：{out}", f"The folder exists: {out}")) from None
        for name, content in files.items():
            (out / name).write_bytes(content)
    click.echo(say(f"✓ 已写出 {out}", f"✓ written to {out}"))
    return 0


def _check(folder: Path, trust: Path | None) -> int:
    from caseapp.services.store_report import LIST, NOTE, PDF, check_report
    from evidence_store.trust import Trust

    if trust is None:
        raise click.UsageError(say("核对须给出 --trust。", "Give --trust to check."))
    at = check_report({name: (folder / name).read_bytes() for name in (PDF, LIST, NOTE)}, Trust.load(trust))
    click.echo(say(f"✓ 签名与内容相符，出具于 {at}", f"✓ signature and contents agree; issued {at}"))
    return 0
