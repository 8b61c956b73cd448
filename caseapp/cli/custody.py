"""`bianwu custody`: the chain of custody of an item as PDF, CASE/UCO or PREMIS."""

from __future__ import annotations

from pathlib import Path

import click

from caseapp.cli.batch import AS, work_of
from caseapp.cli.house import opened
from caseapp.cli.words import command, language, option, say, write_new

FORMS = ("pdf", "case", "premis", "archive")


@command(
    "custody",
    "导出一件证据的保管链：pdf 打印表、case 为 CASE/UCO（JSON-LD）、premis 为 PREMIS 3（XML）、"
    "archive 为归档保管说明。这次导出也记入保管链。",
    "Take out the chain of custody of an item: pdf, case (CASE/UCO as JSON-LD), premis (PREMIS 3 as XML) "
    "or archive (how it was kept). "
    "Taking it out is the last event in it.",
)
@click.argument("number")
@option(
    "--form",
    zh="pdf、case、premis 或 archive（归档保管说明）",
    en="pdf, case, premis or archive",
    type=click.Choice(FORMS),
    default="pdf",
)
@option("--out", zh="写到哪个文件夹", en="Folder to write to", type=click.Path(path_type=Path), default=Path())
@option("--reason", zh="用途", en="What for", default="")
@AS
def custody(number: str, form: str, out: Path, reason: str, login: str) -> int:
    """Write one file; nothing is overwritten."""
    from caseapp.services.custody_exports import export_custody
    from caseapp.services.queries.evidence import item_row

    if not out.is_dir():
        raise click.ClickException(say(f"没有这个文件夹：{out}", f"There is no such folder: {out}"))
    with opened() as app, work_of(app, login) as work:
        name, content = export_custody(work, item_row(work, number.strip()), form, lang=language(), reason=reason)
        write_new(out / name, content)
    return 0
