"""`bianwu batch` and `bianwu upload`: pastes of many addresses, and what a person took at their own side."""

from __future__ import annotations

import json
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from caseapp.cli.house import opened
from caseapp.cli.words import Command, Group, command, option, say
from caseapp.domain.labels import Label

if TYPE_CHECKING:
    from caseapp.bootstrap import Application
    from caseapp.services.carrying import Carry
    from caseapp.services.work import Work

JSON = option("--json", "as_json", zh="只输出 JSON", en="JSON only", is_flag=True)
AS = option("--as", "login", zh="以谁的名义（登录名）", en="In whose name (login)", required=True)


@click.group(
    "batch",
    cls=Group,
    says=Label(
        "一批网址：登记、进度、暂停、继续、重取、取消。",
        "Batches of addresses: add, show, pause, resume, retry, cancel.",
    ),
)
def batch() -> None:
    """The group of commands on batches."""


def work_of(app: Application, login: str) -> AbstractContextManager[Work]:
    """A unit of work of a person; their own rights count, as in the pages."""
    from sqlalchemy import select

    from caseapp.cli.users import UnknownLoginError
    from caseapp.models import User
    from caseapp.services.work import Actor, open_work

    with app.sessions() as session:
        row = session.scalars(select(User).where(User.login == login.strip().lower(), User.active)).one_or_none()
    if row is None:
        raise UnknownLoginError(login=login)
    return open_work(app, Actor(row.id, f"{row.display}（命令行）", frozenset(row.roles), desk_id=row.desk_id))


@batch.command(
    "add",
    cls=Command,
    says=Label(
        "登记一批网址并取证（每行一个，- 为标准输入）。", "Record and capture addresses, one a line (- for stdin)."
    ),
)
@click.argument("file", type=click.File(encoding="utf-8"))
@AS
@option(
    "--profile", zh="带哪个登录身份（只用于它自己的网站）", en="Login to carry (for its own hosts only)", default=""
)
@option("--case", "home", zh="为哪个案件带登录身份", en="Case the login is used for", default="")
@option(
    "--or-logged-out",
    "bare",
    zh="案件没有影响评估时，不带登录身份照取",
    en="Go on logged out when the case has no impact assessment",
    is_flag=True,
)
@JSON
def add(file: Any, login: str, profile: str, home: str, bare: bool, as_json: bool) -> int:
    """Take the good lines in; tell the others with their reasons. The workers of `bianwu serve` do the rest."""
    from caseapp.cli.words import language
    from caseapp.services.intake import MOST_BYTES, take_in

    if bool(profile) != bool(home):
        raise click.UsageError(say("--profile 与 --case 须一起给出", "give --profile and --case together"))
    with opened() as app, work_of(app, login) as work:
        taken = take_in(work, file.read(MOST_BYTES), carry=_carry(work, profile, home, bare=bare))
    key = taken.batch_id if taken.ordered else None
    left: list[dict[str, Any]] = [
        {"line": one.number, "text": one.text, "problem": one.problem.text(language()) if one.problem else ""}
        for one in taken.left
    ]
    facts: dict[str, Any] = {
        "batch": key,
        "added": len(taken.added),
        "known": len(taken.known),
        "ordered": taken.ordered,
    }
    facts |= {"carried": taken.carried, "left": left}
    if as_json:
        click.echo(json.dumps(facts, ensure_ascii=False))
    else:
        for one in left:
            click.echo(f"✗ {one['line']} {one['text'][:200]!r}: {one['problem']}", err=True)
        if taken.unassessed:
            click.echo(say("! 案件尚无影响评估，均未带登录身份", "! no impact assessment: all logged out"), err=True)
        click.echo(
            say(f"✓ 发起 {taken.ordered} 次取证，批次 {key}", f"✓ {taken.ordered} captures ordered, batch {key}")
        )
    return 1 if left else 0


def _carry(work: Work, profile: str, home: str, *, bare: bool) -> Carry | None:
    from caseapp.models import Case
    from caseapp.services.carrying import Carry
    from caseapp.services.logins import login_named

    return Carry(login_named(work, profile), work.get_no(Case, home), bare=bare) if profile else None


@batch.command(
    "show",
    cls=Command,
    says=Label("看进度；不给编号则列出未完的批次。", "Show progress; without a key the open batches."),
)
@click.argument("key", required=False)
@AS
@JSON
def show(key: str | None, login: str, as_json: bool) -> int:
    """Print a line a batch."""
    from dataclasses import asdict

    from caseapp.domain.errors import NotFoundError
    from caseapp.services.batches import BATCH
    from caseapp.services.queries.batches import batches

    with opened() as app, work_of(app, login) as work:
        lines = batches(work, sample=True, keys=[key] if key else None)
    if key and not lines:
        raise NotFoundError(kind=BATCH)
    for line in lines:
        if as_json:
            click.echo(json.dumps({**asdict(line), "at": line.at.isoformat(), "over": line.over}, ensure_ascii=False))
            continue
        click.echo(
            say(
                f"{line.key}  {line.over}/{line.total} 封存 {line.sealed} 未取得 {line.failed} 取证中 {line.running} "
                f"排队 {line.waiting} 已暂停 {line.paused} 已取消 {line.cancelled}",
                f"{line.key}  {line.over}/{line.total} sealed {line.sealed}, not obtained {line.failed}, running "
                f"{line.running}, waiting {line.waiting}, paused {line.paused}, cancelled {line.cancelled}",
            )
        )
    return 0


@batch.command(
    "act",
    cls=Command,
    says=Label("暂停、继续、重取失败的、取消排队的。", "Pause, resume, retry the failed, cancel what waits."),
)
@click.argument("what", type=click.Choice(("pause", "resume", "retry", "cancel")))
@click.argument("key")
@AS
@option("--reason", zh="取消的理由", en="Why it is cancelled", default="")
def act(what: str, key: str, login: str, reason: str) -> int:
    """Take one act on a batch."""
    from caseapp.services.batches import cancel_waiting, pause_batch, resume_batch, retry_batch

    with opened() as app, work_of(app, login) as work:
        if what == "cancel":
            done = cancel_waiting(work, key, reason=reason)
        else:
            done = {"pause": pause_batch, "resume": resume_batch, "retry": retry_batch}[what](work, key)
    click.echo(say(f"✓ {done} 条", f"✓ {done} captures"))
    return 0


@command(
    "upload",
    "上传自己录的屏、截的图或存的网页（用户端取证，证明力弱），并由服务器再取同一网址。",
    "Hand in your own recording, screenshot or saved page as lesser evidence; the server captures the same address.",
)
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@AS
@option(
    "--url", zh="取自哪个网址；文件里有则可不给", en="Where it was taken; not needed when the file names it", default=""
)
@option("--device", zh="用什么取的", en="Taken on", type=click.Choice(("phone", "desktop", "other")), default="other")
@option("--note", zh="怎么取的", en="How it was taken", default="")
@JSON
def upload(file: Path, login: str, url: str, device: str, note: str, as_json: bool) -> int:
    """Seal and register a file of one's own and order the server's visit."""
    from caseapp.services.handed_in import Told, hand_in

    with opened() as app, file.open("rb") as stream:
        opener = (lambda: work_of(app, login),) * 2
        item, order = hand_in(app, opener, file.name, stream, Told(url=url, device=device, note=note))
    facts = {"evidence": item.no, "grade": item.grade, "capture": order.no, "url": order.url}
    words = say(
        f"✓ {item.no} 用户端取证（自证），服务器重取 {order.no} {order.url}",
        f"✓ {item.no} taken at the user's side (self-made), server capture {order.no} {order.url}",
    )
    click.echo(json.dumps(facts, ensure_ascii=False) if as_json else words)
    return 0
