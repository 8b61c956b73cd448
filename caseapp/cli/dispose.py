"""`bianwu dispose`: disposal by two people, the erasure after it, the certificate; and holds on items and cases."""

from __future__ import annotations

import json
from pathlib import Path

import click

from caseapp.cli.batch import AS, work_of
from caseapp.cli.house import opened
from caseapp.cli.words import Group, command, language, option, say
from caseapp.domain.labels import Label

REASON = option("--reason", zh="理由", en="Reason", required=True)


@click.group(
    "dispose",
    cls=Group,
    says=Label(
        "依法处置：申请、批准、驳回、撤回、执行、销毁证明，以及法律保留。",
        "Lawful disposal: request, approve, refuse, withdraw, run, certificate; and legal holds.",
    ),
)
def dispose() -> None:
    """The group of commands on disposal."""


@command(
    "list", "列出等待决定、正在抹除和已处置的证据。", "List what waits for a decision, is being erased, or is done."
)
@AS
@option("--json", "as_json", zh="只输出 JSON", en="JSON only", is_flag=True)
def list_(login: str, as_json: bool) -> int:
    """One line a request, newest first."""
    from caseapp.services.disposal import disposals

    with opened() as app, work_of(app, login) as work:
        rows = [
            {"no": row.no, "evidence": item.no, "decision": row.decision, "requested_by": row.requested_name,
             "decided_by": row.decided_name, "basis": row.basis, "erased_at": f"{row.erased_at or ''}",
             "replica_at": f"{row.replica_at or ''}"}
            for row, item in disposals(work)
        ]  # fmt: skip
    if as_json:
        click.echo(json.dumps(rows, ensure_ascii=False))
        return 0
    from caseapp.domain.vocabulary import DISPOSAL_DECISION

    for one in rows:
        waits = say("待决定", "waiting")
        decision = DISPOSAL_DECISION[one["decision"]].text(language()) if one["decision"] else waits
        done = say(f"已抹除 {one['erased_at'][:16]}", f"erased {one['erased_at'][:16]}") if one["erased_at"] else ""
        click.echo(f"{one['no']}  {one['evidence']}  {decision}  {one['requested_by']}  {one['basis']}  {done}")
    if not rows:
        click.echo(say("没有处置申请。", "No request."))
    return 0


@command(
    "request", "申请处置一件证据；须写明法律依据，由另一人批准。", "Ask for an item's disposal, with its legal basis."
)
@click.argument("number")
@AS
@REASON
@option("--basis", zh="法律依据（法律和条款）", en="Legal basis (law and article)", required=True)
@option("--keep-derived", "keep", zh="派生件继续保留", en="What is derived from it stays", is_flag=True)
def request(number: str, login: str, reason: str, basis: str, keep: bool) -> int:
    """Ask for a disposal."""
    from caseapp.services.disposal import request_disposal
    from caseapp.services.queries.evidence import item_row

    with opened() as app, work_of(app, login) as work:
        item = item_row(work, number.strip())
        made = request_disposal(work, item, reason=reason, basis=basis, keep_derived=keep)
        click.echo(say(f"✓ {made.no} 已申请，须由另一人批准", f"✓ {made.no}: another person has to approve it"))
    return 0


def _decide(number: str, login: str, reason: str, action: str) -> int:
    from caseapp.services.evidence_acts import step_evidence
    from caseapp.services.queries.evidence import item_row

    with opened() as app, work_of(app, login) as work:
        item = item_row(work, number.strip())
        step_evidence(work, item, action, reason=reason)
        click.echo(f"✓ {item.no}")
    return 0


@command(
    "approve", "作为第二人批准处置；原件随即由后台抹除。", "Approve a disposal as the second person; the bytes then go."
)
@click.argument("number")
@AS
@REASON
def approve(number: str, login: str, reason: str) -> int:
    """Approve a disposal."""
    return _decide(number, login, reason, "dispose")


@command("refuse", "不予处置，证据回到原来的状态。", "Refuse a disposal; the item goes back to the state it had.")
@click.argument("number")
@AS
@REASON
def refuse(number: str, login: str, reason: str) -> int:
    """Refuse a disposal."""
    return _decide(number, login, reason, "keep")


@command(
    "withdraw", "撤回处置申请，证据回到原来的状态。", "Withdraw a request; the item goes back to the state it had."
)
@click.argument("number")
@AS
@REASON
def withdraw(number: str, login: str, reason: str) -> int:
    """Withdraw a request."""
    return _decide(number, login, reason, "withdraw")


@command(
    "run", "立即执行已批准、尚未完成的抹除（平时由后台执行）。", "Carry out now what is approved and not done yet."
)
def run() -> int:
    """Order what is left and run it here, unless a worker has it."""
    from caseapp import jobs
    from caseapp.services.erasing import hasten_erasures, waiting_erasures
    from caseapp.services.work import open_work, system_actor

    with opened() as app:
        with open_work(app, system_actor("cli")) as work:
            waiting = hasten_erasures(work)
        for key in waiting:
            jobs.perform(app, key)
        with open_work(app, system_actor("cli")) as work:
            here, there = waiting_erasures(work)
            left = here + (there if app.has_replica else 0)
    click.echo(say(f"尚未抹除：库内 {here} 件，副本 {there} 件。", f"Not erased: {here} here, {there} in the replica."))
    return 1 if left else 0


@command(
    "certificate",
    "写出一件已处置证据的销毁证明（PDF 和签名）到新文件夹。",
    "Write the certificate of an item's disposal (PDF and signed note) into a new folder.",
)
@click.argument("number")
@AS
@option("--out", zh="新文件夹", en="New folder", type=click.Path(path_type=Path), default=Path("disposal-certificate"))
def certificate(number: str, login: str, out: Path) -> int:
    """Write the two files."""
    from caseapp.services.disposal_papers import disposal_certificate
    from caseapp.services.queries.evidence import item_row

    with opened() as app, work_of(app, login) as work:
        _no, pdf, note = disposal_certificate(work, item_row(work, number.strip()), language())
        try:
            out.mkdir()
        except FileExistsError:
            raise click.ClickException(say(f"文件夹已存在：{out}", f"The folder exists: {out}")) from None
        (out / "certificate.pdf").write_bytes(pdf)
        (out / "certificate.note").write_bytes(note)
    click.echo(say(f"✓ 已写出 {out}", f"✓ written to {out}"))
    return 0


@command("check", "核对一份销毁证明的签名（不需要本机数据）。", "Check a certificate's signature; no data is needed.")
@click.argument("folder", type=click.Path(path_type=Path))
@option(
    "--trust", zh="trust.json：相信谁", en="trust.json: whom to believe", type=click.Path(path_type=Path), required=True
)
def check(folder: Path, trust: Path) -> int:
    """Hold the PDF against its note."""
    from caseapp.services.disposal_papers import check_certificate
    from evidence_store.trust import Trust

    files = [(folder / name).read_bytes() for name in ("certificate.pdf", "certificate.note")]
    number = check_certificate(files[0], files[1], Trust.load(trust))
    click.echo(say(f"✓ {number}：签名与内容相符", f"✓ {number}: signature and contents agree"))
    return 0


@command(
    "hold",
    "对一件证据（证-…）或整个案件（案-…）设置或解除法律保留；写入保管链。",
    "Set or release a legal hold on an item or a whole case, by its number; the chain of custody tells it.",
)
@click.argument("number")
@AS
@REASON
@option("--release", zh="解除", en="Release it", is_flag=True)
def hold(number: str, login: str, reason: str, release: bool) -> int:
    """Set or release a hold."""
    from caseapp.models import Case
    from caseapp.services.holds import hold_case, hold_evidence
    from caseapp.services.queries.evidence import item_row

    with opened() as app, work_of(app, login) as work:
        if number.strip().startswith("案"):
            hold_case(work, work.get_no(Case, number.strip()), on=not release, reason=reason)
        else:
            hold_evidence(work, item_row(work, number.strip()), on=not release, reason=reason)
    click.echo(f"✓ {number}")
    return 0


for _one in (list_, request, approve, refuse, withdraw, run, certificate, check, hold):
    dispose.add_command(_one)
