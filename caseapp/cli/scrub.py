"""`bianwu scrub`: the routine check of kept bytes, now."""

from __future__ import annotations

import json

import click

from caseapp.cli.batch import AS, work_of
from caseapp.cli.house import opened
from caseapp.cli.words import command, language, option, say


@command(
    "scrub",
    "重读每件证据的字节，与封存清单、时间戳和存证日志核对，结果记入保管链。默认只查到期的；有损坏时退出码为 1。"
    "服务运行时每天自动查一部分，在 BIANWU_CHECK_DAYS（默认 30）天内查遍。",
    "Read the bytes of each item again and compare them with seal, time stamps and log; the result joins the chain of "
    "custody. Only what is due, unless told otherwise; exit code 1 when something is damaged. While the service runs "
    "it does a part of this each day, all within BIANWU_CHECK_DAYS (30) days.",
)
@click.argument("numbers", nargs=-1)
@option("--all", "everything", zh="全部证据，不论是否到期", en="Every item, due or not", is_flag=True)
@AS
@option("--json", "as_json", zh="只输出 JSON", en="JSON only", is_flag=True)
def scrub(numbers: tuple[str, ...], everything: bool, login: str, as_json: bool) -> int:
    """Go over the items this person may read; each look is written down at once, so stopping loses nothing."""
    from caseapp.domain.vocabulary import SCRUB_OUTCOME
    from caseapp.models import EvidenceItem
    from caseapp.services.queries.evidence import item_row
    from caseapp.services.scrubbing import due_items, kept_items, scrub_item

    lines, bad = [], 0
    with opened() as app:
        with work_of(app, login) as work:
            who = work.actor
            if numbers:
                rows = [item_row(work, number.strip()) for number in numbers]
            else:
                asked = kept_items() if everything else due_items(work)
                rows = list(work.session.scalars(work.visible(asked, EvidenceItem)))
            items = [(row.id, row.no) for row in rows if row.package_id]
        for key, number in items:
            found = scrub_item(app, key, who)
            bad += bool(found.problems)
            lines.append({"no": number, "outcome": found.outcome, "objects": found.objects, "found": found.words})
            if not as_json and found.outcome != "intact":
                word = SCRUB_OUTCOME[found.outcome].text(language())
                click.secho(f"✗ {number} {word}: {found.words}", fg="red" if found.problems else "yellow")
    if as_json:
        click.echo(json.dumps({"ok": not bad, "items": lines}, ensure_ascii=False))
    else:
        click.echo(say(f"校验 {len(lines)} 件，损坏 {bad} 件。", f"Items gone over: {len(lines)}; damaged: {bad}."))
    return 1 if bad else 0
