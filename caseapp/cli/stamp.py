"""`bianwu stamp`: the request for an item's seal, a token brought back, a receipt attached."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from caseapp.cli.batch import AS, work_of
from caseapp.cli.house import opened
from caseapp.cli.words import command, option, say

if TYPE_CHECKING:
    from caseapp.bootstrap import Application

DIGESTS = ("sha256", "sm3")


@command(
    "stamp",
    "一件证据的时间戳：--request 写出请求（.tsq，只含摘要），--import 收入机构给的时间戳，--receipt 附上司法链等的凭证"
    "（不算时间戳）。",
    "The time stamps of an item: --request writes the request (.tsq, a digest alone), --import takes in what an "
    "authority gave, --receipt attaches a receipt of a chain (no time stamp).",
)
@click.argument("number")
@option("--request", "digest", zh="写出请求：sha256 或 sm3", en="Write the request", type=click.Choice(DIGESTS))
@option("--out", zh="写到哪个文件夹", en="Folder to write to", type=click.Path(path_type=Path), default=Path())
@option("--import", "token", zh="收入时间戳文件", en="Token to take in", type=click.Path(path_type=Path))
@option("--receipt", zh="附上凭证文件", en="Receipt to attach", type=click.Path(path_type=Path))
@option("--from", "name", zh="设置中的机构或链的名称", en="Name of the authority or chain in the settings", default="")
@option("--receipt-no", zh="凭证编号", en="The receipt's number", default="")
@AS
def stamp(
    *,
    number: str,
    digest: str | None,
    out: Path,
    token: Path | None,
    receipt: Path | None,
    name: str,
    receipt_no: str,
    login: str,
) -> int:
    """Do one of the three; the person's rights count as in the pages."""
    if sum(one is not None for one in (digest, token, receipt)) != 1:
        raise click.UsageError(
            say("--request、--import、--receipt 选一个", "Give one of --request, --import, --receipt")
        )
    with opened() as app:
        if digest is not None:
            _write(app, login, number.strip(), digest, out)
        elif token is not None:
            _import(app, login, number.strip(), token, name)
        elif receipt is not None:
            _attach(app, login, number.strip(), receipt, name, receipt_no)
    return 0


def _write(app: Application, login: str, number: str, digest: str, out: Path) -> None:
    from caseapp.services.queries.evidence import item_row
    from caseapp.services.stamps_by_hand import stamp_request

    with work_of(app, login) as work:
        name, data = stamp_request(work, item_row(work, number), digest)
    target = out / name
    try:
        with target.open("xb") as file:
            file.write(data)
    except OSError as error:
        raise click.ClickException(f"{target}: {error.strerror}") from None
    click.echo(say(f"✓ 已写出 {target}", f"✓ written to {target}"))


def _read(path: Path) -> bytes:
    from caseapp.services.stamps_by_hand import MOST_TOKEN

    try:
        with path.open("rb") as file:
            return file.read(MOST_TOKEN + 1)
    except OSError as error:
        raise click.ClickException(f"{path}: {error.strerror}") from None


def _import(app: Application, login: str, number: str, path: Path, name: str) -> None:
    from caseapp.services.queries.evidence import item_row
    from caseapp.services.stamps_by_hand import advance, keep_token, may_bring, record_token

    given = _read(path)
    with work_of(app, login) as work:
        row = item_row(work, number)
        package_id, item_id = may_bring(work, row), row.id
    seal = keep_token(app, package_id, name, given)
    with work_of(app, login) as work:
        record_token(work, item_row(work, number), seal)
    advance(app, item_id, seal)
    count = len(seal.stamps)
    click.echo(say(f"✓ 已核对并收入，现有 {count} 家", f"✓ checked and taken in; authorities: {count}"))


def _attach(app: Application, login: str, number: str, path: Path, name: str, receipt_no: str) -> None:
    from caseapp.services.queries.evidence import item_row
    from caseapp.services.stamps_by_hand import keep_receipt, may_bring, record_receipt

    given = _read(path)
    with work_of(app, login) as work:
        package_id = may_bring(work, item_row(work, number))
    keep_receipt(app, package_id, name, receipt_no, given)
    with work_of(app, login) as work:
        record_receipt(work, item_row(work, number), name, receipt_no)
    click.echo(say("✓ 凭证已附上（不算时间戳）", "✓ receipt attached (no time stamp)"))
