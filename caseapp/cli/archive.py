"""`bianwu archive`: procedures, filing, lists of transfer, inventories."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import click

from caseapp.cli.batch import AS, work_of
from caseapp.cli.house import opened
from caseapp.cli.words import Command, Group, language, option, say, write_new
from caseapp.domain.labels import Label

FOUND = ("present", "differs", "absent")
FONDS = option("--fonds", zh="全宗", en="Fonds", required=True)


@click.group(
    "archive",
    cls=Group,
    says=Label("归档：操作规程、归档、移交清单、盘点。", "The archive: procedures, filing, lists of transfer, counts."),
)
def archive() -> None:
    """The group of commands on the archive."""


@archive.command("procedure", cls=Command, says=Label("启用一版操作规程。", "Put a version of the procedure in force."))
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@option("--title", zh="名称", en="Title", required=True)
@option(
    "--from", "begins", zh="起施行，如 2026-12-01", en="In force from", type=click.DateTime(["%Y-%m-%d"]), required=True
)
@AS
def procedure(file: Path, title: str, begins: datetime, login: str) -> int:
    """Seal its text and register the version."""
    from caseapp.services.filing import adopt_procedure, check_begins
    from caseapp.services.papers import Paper, seal_papers

    with opened() as app:
        with work_of(app, login) as work:
            check_begins(work, begins.date())  # before anything is sealed
        with file.open("rb") as stream:
            sealed = seal_papers(app, [Paper(file.name, stream)], purpose=f"procedure {title}")
        with work_of(app, login) as work:
            n = adopt_procedure(work, sealed, title=title, begins=begins.date()).n
    click.echo(say(f"✓ 已启用第 {n} 版", f"✓ version {n} is in force"))
    return 0


@archive.command("file", cls=Command, says=Label("把证据归档。", "File items."))
@click.argument("numbers", nargs=-1, required=True)
@FONDS
@option("--category", zh="类别", en="Category", required=True)
@option("--keep", zh="保管期限：permanent、years_30、years_10", en="Term of keeping", required=True)
@option("--place", zh="存放位置", en="Box or cabinet", default="")
@AS
def file_away(numbers: tuple[str, ...], fonds: str, category: str, keep: str, place: str, login: str) -> int:
    """File them; each filing is in the chain of custody."""
    from caseapp.services.filing import Place, file_items
    from caseapp.services.queries.evidence import item_row

    with opened() as app, work_of(app, login) as work:
        items = [item_row(work, one.strip()) for one in numbers]
        done = file_items(work, items, Place(fonds, category, keep, place))
    click.echo(say(f"✓ 已归档 {done} 件", f"✓ filed: {done}"))
    return 0


@archive.command("list", cls=Command, says=Label("归档移交清单（PDF 或 CSV）。", "The list of transfer, PDF or CSV."))
@option("--fonds", zh="全宗；不给则全部", en="Fonds; all without it", default="")
@option("--out", zh=".pdf 或 .csv 文件", en="A .pdf or .csv file", type=click.Path(path_type=Path), required=True)
@AS
def transfer(fonds: str, out: Path, login: str) -> int:
    """Write one file; nothing is overwritten."""
    from caseapp.services.filing_papers import transfer_csv, transfer_list

    with opened() as app, work_of(app, login) as work:
        made = (transfer_csv if out.suffix == ".csv" else transfer_list)(work, fonds, language())
    write_new(out, made)
    return 0


@archive.command("count", cls=Command, says=Label("登记一次盘点。", "Write down a count."))
@click.argument("found", nargs=-1, required=True, metavar="NUMBER=present|differs|absent[:NOTE]…")
@FONDS
@AS
def count(found: tuple[str, ...], fonds: str, login: str) -> int:
    """Every filed item of the fonds must be among the words."""
    from caseapp.services.filing import count_items
    from caseapp.services.queries.evidence import item_row

    with opened() as app, work_of(app, login) as work:
        seen = {}
        for word in found:
            number, _equal, said = word.partition("=")
            state, _colon, note = said.partition(":")
            seen[item_row(work, number.strip()).id] = (state, note)
        row = count_items(work, fonds, seen)
        number, differs = row.no, row.differences
    click.echo(say(f"✓ {number}，差异 {differs} 处", f"✓ {number}, differences: {differs}"))
    return 0
