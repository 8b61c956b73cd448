"""`bianwu`: each command is loaded when it is called, so that the first word answers at once.

Exit codes: 0 done; 1 refused or failed, with the reason; 2 wrong words, or (verify) origin not checked; 3 partly done
(capture); 130 stopped by the person.
"""

from __future__ import annotations

import importlib
import sys
from typing import Any, Protocol, cast

import click

from caseapp.cli.trouble import of_system, on_fault, say_error, set_up_logging
from caseapp.cli.words import Group, language, of_usage, option, say
from caseapp.domain.labels import Label, Lang

# command → (module, function, 中文, English, shown in the list)
COMMANDS: dict[str, tuple[str, str, str, str, bool]] = {
    "init": ("setup", "init", "建立数据目录、单位与管理员", "Set up the data folder, organization and admin", True),
    "serve": ("serve", "serve", "启动网页、后台任务与队列", "Start the web pages, workers and queue", True),
    "worker": ("processes", "worker", "只启动一个后台任务进程", "Start one worker process alone", True),
    "web": ("processes", "web", "只启动网页", "Start the web pages alone", False),
    "scheduler": ("processes", "scheduler", "只启动调度", "Start the scheduler alone", False),
    "demo": ("demo", "demo", "播放示范案件", "Play the fictional case", True),
    "capture": ("capture", "capture_url", "取证一个网址并封存", "Capture one address and seal it", True),
    "batch": ("batch", "batch", "一批网址的取证", "Capture many addresses as a batch", True),
    "profile": ("profile", "profile", "登录身份：导入、撤销、带着取证", "Logins that captures may carry", True),
    "upload": ("batch", "upload", "上传用户端取证", "Hand in what was taken at the user's side", True),
    "paper": ("papers", "paper", "登记合同、票据、公证书等材料", "Enter contracts, records, deeds and the like", True),
    "labels": ("papers", "labels", "打印证据编号标签", "Print number labels for evidence", True),
    "archive": ("archive", "archive", "归档、移交清单与盘点", "File, list and count in the archive", True),
    "redact": ("redact", "redact", "遮盖副本：提议、制作、核对", "Redacted copies: propose, make, check", True),
    "dispose": ("dispose", "dispose", "依法处置、法律保留与销毁证明", "Disposal, legal holds and certificates", True),
    "verify": ("evidence", "verify_package", "校验证据包", "Verify an evidence package", True),
    "doctor": ("doctor", "doctor", "逐项检查系统并给出修复办法", "Check every part and name the fix", True),
    "sales": ("sales", "sales", "登记损失项的销售序列", "Put a sales series on a lost-sales item", True),
    "custody": ("custody", "custody", "导出一件证据的保管链", "Take out the chain of custody of an item", True),
    "stamp": (
        "stamp",
        "stamp",
        "带请求去时间戳机构，收回时间戳",
        "Take a time stamp request out, bring a token in",
        True,
    ),
    "authorities": ("authorities", "authorities", "可用的公共时间戳机构", "Public time stamp authorities", True),
    "fsck": ("evidence", "fsck", "重算整个证据库与存证日志", "Recompute the evidence store and its log", True),
    "scrub": ("scrub", "scrub", "逐件校验证据库中的字节", "Go over the bytes of each item kept", True),
    "store": ("store", "store", "证据库的副本、比对与搬迁", "Replica, comparison and moving of the store", True),
    "report": ("report", "report", "出具或核对全库校验报告", "Issue or check the report on the store", True),
    "adapter": ("adapter", "adapter", "核对平台适配器", "Check a platform adapter", True),
    "log": ("log", "log", "存证日志：换钥、见证、心跳、镜像", "The evidence log: key, witnesses, mirrors", True),
    "witness": ("log", "witness", "在另一台机器上见证存证日志", "Witness an evidence log from another machine", True),
    "witness-relay": (
        "witness",
        "witness_relay",
        "在另一台机器上作取证见证",
        "Witness captures from another machine",
        True,
    ),
    "upgrade": ("upgrade", "upgrade", "升级数据库结构", "Upgrade the database schema", True),
    "user": ("users", "user", "管理用户", "Manage users", True),
}


class LazyGroup(Group):
    """A click group that imports a command's module when the command is named."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Names shown by `bianwu --help`."""
        del ctx
        return [name for name, row in COMMANDS.items() if row[4]]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of that name, imported now."""
        del ctx
        if cmd_name not in COMMANDS:
            return None
        module, function, *_ = COMMANDS[cmd_name]
        command: click.Command = getattr(importlib.import_module(f"caseapp.cli.{module}"), function)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands without importing any of them."""
        rows = [(name, say(COMMANDS[name][2], COMMANDS[name][3])) for name in self.list_commands(ctx)]
        with formatter.section("Commands"):
            formatter.write_dl(rows)


def _show_everything(_ctx: click.Context, _option: click.Parameter, chosen: bool) -> None:
    if chosen:
        set_up_logging(debug=True)


@click.group(
    "bianwu",
    cls=LazyGroup,
    says=Label(
        "辨诬 Bianwu：从一条不实信息到可呈堂的证据。", "辨诬 Bianwu: from a lie online to court-ready evidence."
    ),
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.version_option(package_name="bianwu")
@option(
    "--debug",
    zh="出错时显示全部细节",
    en="Show everything when something fails",
    is_flag=True,
    is_eager=True,  # before the command is looked for, which imports it
    expose_value=False,
    callback=_show_everything,
)
def main() -> None:
    """The root of all commands."""


class _OwnError(Protocol):
    code: str

    def message(self, lang: Lang) -> str: ...


def own_errors() -> tuple[type[Exception], ...]:
    """The error trees of the house; asked for only when something went wrong, so that nothing loads before."""
    from capture.errors import CaptureError
    from caseapp.domain.errors import CaseError
    from evidence_store.errors import EvidenceError

    demo = sys.modules.get("caseapp.demo.errors")
    return (CaseError, CaptureError, EvidenceError, *((demo.DemoError,) if demo else ()))


def run(arguments: list[str] | None = None) -> int:
    """Run the command line; every error of the house becomes one clear line on stderr and exit code 1."""
    set_up_logging()
    try:
        outcome: Any = main.main(args=arguments, prog_name="bianwu", standalone_mode=False)
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.format_message(), err=True)
        return error.exit_code
    except click.ClickException as error:
        say_error(of_usage(error), "usage")
        return error.exit_code
    except (click.Abort, KeyboardInterrupt):
        say_error(say("已停止，没有做完。", "Stopped before the end."), "stopped")
        return 130
    except OSError as error:
        say_error(*of_system(error))
        return 1
    except own_errors() as error:
        known = cast("_OwnError", error)
        say_error(known.message(language()), known.code)
        return 1
    return outcome if isinstance(outcome, int) else 0


def entry() -> None:
    """Console script `bianwu`."""
    sys.excepthook = on_fault
    sys.exit(run())
