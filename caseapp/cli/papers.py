"""`bianwu paper` and `bianwu labels`: papers entered into the register, and labels for them."""

from __future__ import annotations

import json
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import click

from caseapp.cli.batch import AS, JSON, work_of
from caseapp.cli.house import opened
from caseapp.cli.words import command, language, option, say, write_new


@command(
    "paper",
    "登记材料：合同、财务票据、公证书、聊天记录、录音录像等，封存、加盖时间戳、入册并编号。",
    "Enter papers: contracts, financial records, notarial deeds, chats, recordings; sealed, stamped, logged, numbered.",
)
@click.argument("files", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@AS
@option("--title", zh="题名", en="Title", required=True)
@option(
    "--kind", zh="类型：contract、finance、notarial、chat、video（录音录像）等", en="Kind of evidence", required=True
)
@option("--source", zh="来源", en="Where and from whom", required=True)
@option("--proves", zh="证明目的", en="What it is to prove", default="")
@option(
    "--form",
    "original_or_copy",
    zh="original 原件、copy 复制件",
    en="original or copy",
    default="",
    type=click.Choice(("original", "copy", "")),
)
@option("--pages", zh="页数", en="Pages", type=int, default=0)
@option("--holder", zh="原件由谁保管", en="Who holds the original", default="")
@JSON
def paper(files: tuple[Path, ...], login: str, *, as_json: bool, **told_of: Any) -> int:
    """Seal the files as one item and register it."""
    from caseapp.services.paper_items import PaperFacts, register_paper
    from caseapp.services.papers import Paper, seal_papers

    told = PaperFacts(**told_of)
    said = told.checked()
    with opened() as app, ExitStack() as stack:
        with work_of(app, login):
            pass  # the person is there before anything is sealed
        papers = [Paper(path.name, stack.enter_context(path.open("rb"))) for path in files]
        sealed = seal_papers(app, papers, purpose=f"{told.kind} {told.title}", said=said)
        with work_of(app, login) as work:
            item = register_paper(work, sealed, told)
            number, digest = item.no, item.package_id
    facts = {"evidence": number, "package_id": digest}
    click.echo(json.dumps(facts, ensure_ascii=False) if as_json else say(f"✓ 已登记 {number}", f"✓ entered {number}"))
    return 0


@command(
    "labels",
    "打印编号标签（A4，每张 24 枚，带二维码：编号与封存摘要）。",
    "Print number labels (A4, 24 a sheet, with a QR code of number and digest of the seal).",
)
@click.argument("numbers", nargs=-1, required=True)
@AS
@option("--skip", zh="第一张上已用掉几枚", en="Labels used up on it", type=click.IntRange(0, 23), default=0)
@option("--out", zh="PDF 文件", en="PDF to write", type=click.Path(path_type=Path), default=Path("evidence-labels.pdf"))
def labels(numbers: tuple[str, ...], login: str, skip: int, out: Path) -> int:
    """Write the sheet; nothing is overwritten."""
    from caseapp.services.evidence_labels import label_sheet
    from caseapp.services.queries.evidence import item_row

    with opened() as app, work_of(app, login) as work:
        sheet = label_sheet(work, [item_row(work, one.strip()) for one in numbers], language(), skip=skip)
    write_new(out, sheet)
    return 0
