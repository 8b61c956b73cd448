"""`bianwu profile`: the firm's own logged-in accounts that captures may carry."""

from __future__ import annotations

from collections.abc import Callable
from typing import IO, Any

import click

from caseapp.cli.batch import AS, work_of
from caseapp.cli.house import opened
from caseapp.cli.words import Command, Group, language, option, say
from caseapp.domain.labels import Label

_READ_MOST = 2 * 1024 * 1024
FILE = click.argument("file", type=click.File("rb"))


@click.group(
    "profile",
    cls=Group,
    says=Label("登录身份：导入、续期、撤销、带着取证。", "Logins: import, renew, revoke, capture with one."),
)
def profile() -> None:
    """The group of commands on logins."""


def subcommand(name: str, zh: str, en: str) -> Callable[[Callable[..., Any]], click.Command]:
    """A command of this group with a description in two languages."""
    return profile.command(name, cls=Command, says=Label(zh, en))


@subcommand(
    "import",
    "导入登录状态（Playwright storage_state 或浏览器导出的 Cookie JSON；- 为标准输入），加密保存。",
    "Import a login (Playwright's storage_state, or cookies a browser exported as JSON; - for stdin), kept encrypted.",
)
@click.argument("name")
@FILE
@AS
@option("--pause", zh="两次访问至少间隔几秒", en="Least seconds between two visits", type=int, default=30)
def bring(name: str, file: IO[bytes], login: str, pause: int) -> None:
    """Keep a login under a name."""
    from caseapp.services.logins import import_login

    with opened() as app, work_of(app, login) as work:
        row = import_login(work, name, file.read(_READ_MOST), pause_seconds=pause)
        line = f"{row.name}  {row.hosts}"
    click.echo(f"✓ {line}")


@subcommand("renew", "重新登录后换上新的登录状态。", "Put a fresh login in place of the old one.")
@click.argument("name")
@FILE
@AS
def renew(name: str, file: IO[bytes], login: str) -> None:
    """Renew a login."""
    from caseapp.services.logins import login_named, renew_login

    with opened() as app, work_of(app, login) as work:
        renew_login(work, login_named(work, name), file.read(_READ_MOST))
    click.echo(f"✓ {name}")


@subcommand("list", "列出登录身份；从不显示其内容。", "List the logins; never what they hold.")
@AS
def show(login: str) -> None:
    """One line a login."""
    from caseapp.domain.vocabulary import LOGIN_STATUS
    from caseapp.services.logins import logins

    with opened() as app, work_of(app, login) as work:
        lines = [
            f"{row.name}  {row.hosts}  "
            + (say("已撤销", "revoked") if row.voided_at else LOGIN_STATUS.words[row.status].text(language()))
            for row in logins(work)
        ]
    for line in lines:
        click.echo(line)


@subcommand("revoke", "撤销登录身份，立即删除其内容。", "Revoke a login; what it holds is deleted at once.")
@click.argument("name")
@AS
@option("--reason", zh="理由", en="Reason", required=True)
def revoke(name: str, login: str, reason: str) -> None:
    """Revoke a login."""
    from caseapp.services.logins import login_named, revoke_login

    with opened() as app, work_of(app, login) as work:
        revoke_login(work, login_named(work, name), reason=reason)
    click.echo(f"✓ {name}")


@subcommand(
    "assess",
    "在案件里登记个人信息保护影响评估（登录后取证之前须有）。",
    "Put a case's personal-information impact assessment on record, which a logged-in capture needs.",
)
@click.argument("case")
@option("--text", zh="评估报告的日期、文号、结论与存放处", en="Its date, number, finding and place", required=True)
@AS
def assess(case: str, text: str, login: str) -> None:
    """Record the assessment of a case."""
    from caseapp.models import Case
    from caseapp.services.logins import record_impact_assessment

    with opened() as app, work_of(app, login) as work:
        record_impact_assessment(work, work.get_no(Case, case), text)
    click.echo(f"✓ {case}")


@subcommand("capture", "为案件带登录身份取证一个网址。", "Capture an address for a case, carrying a login.")
@click.argument("name")
@click.argument("url")
@option("--case", zh="案号", en="Number of the case", required=True)
@AS
def order(name: str, url: str, case: str, login: str) -> None:
    """Order a capture; the workers of `bianwu serve` do the rest."""
    from caseapp.models import Case
    from caseapp.services.captures import request_capture
    from caseapp.services.logins import login_named

    with opened() as app, work_of(app, login) as work:
        kept, home = login_named(work, name), work.get_no(Case, case)
        row = request_capture(work, url, case_id=home.id, login_id=kept.id)
        line = f"{row.no}  {row.url}"
    click.echo(f"✓ {line}")
