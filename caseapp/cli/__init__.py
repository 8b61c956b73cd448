"""`bianwu`: each command is loaded when it is called, so that the first word answers at once."""

from __future__ import annotations

import importlib
import logging
import sys
from typing import Any

import click

from capture.errors import CaptureError
from caseapp.config import Settings
from caseapp.domain.errors import CaseError
from caseapp.domain.labels import Lang
from evidence_store.errors import EvidenceError

# command → (module, function, 中文, English, shown in the list)
COMMANDS: dict[str, tuple[str, str, str, str, bool]] = {
    "init": ("setup", "init", "建立数据目录、单位与管理员", "Set up the data folder, organization and admin", True),
    "serve": ("serve", "serve", "启动网页、后台任务与队列", "Start the web pages, workers and queue", True),
    "worker": ("serve", "worker", "只启动一个后台任务进程", "Start one worker process alone", True),
    "web": ("serve", "web", "只启动网页", "Start the web pages alone", False),
    "scheduler": ("serve", "scheduler", "只启动调度", "Start the scheduler alone", False),
    "demo": ("demo", "demo", "播放示范案件", "Play the fictional case", True),
    "capture": ("capture", "capture_url", "取证一个网址并封存", "Capture one address and seal it", True),
    "verify": ("capture", "verify_package", "校验证据包", "Verify an evidence package", True),
    "doctor": ("doctor", "doctor", "逐项检查系统并给出修复办法", "Check every part and name the fix", True),
    "fsck": ("capture", "fsck", "重算整个证据库与存证日志", "Recompute the evidence store and its log", True),
    "user": ("setup", "user", "管理用户", "Manage users", True),
}


class LazyGroup(click.Group):
    """A click group that imports a command's module when the command is named."""

    def list_commands(self, _ctx: click.Context) -> list[str]:
        """Names shown by `bianwu --help`."""
        return [name for name, row in COMMANDS.items() if row[4]]

    def get_command(self, _ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of that name, imported now."""
        if cmd_name not in COMMANDS:
            return None
        module, function, zh, en, _shown = COMMANDS[cmd_name]
        command: click.Command = getattr(importlib.import_module(f"caseapp.cli.{module}"), function)
        command.short_help = f"{zh} / {en}"
        return command

    def format_commands(self, _ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands without importing any of them."""
        rows = [(name, f"{COMMANDS[name][2]} / {COMMANDS[name][3]}") for name in self.list_commands(_ctx)]
        with formatter.section("Commands"):
            formatter.write_dl(rows)


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="bianwu")
def main() -> None:
    """辨诬 Bianwu: 从一条不实信息到可呈堂的证据 / from a lie online to court-ready evidence."""


def run(arguments: list[str] | None = None) -> int:
    """Run the command line; every error of the house becomes one clear line on stderr and exit code 1."""
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s", stream=sys.stderr)
    try:
        outcome: Any = main.main(args=arguments, standalone_mode=False)
    except (CaseError, CaptureError, EvidenceError) as error:
        say_error(error.message(language()), error.code)
        return 1
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except click.Abort:
        click.echo("", err=True)
        return 130
    return outcome if isinstance(outcome, int) else 0


def language() -> Lang:
    """Language of messages on the command line."""
    try:
        return Settings.from_env().lang
    except CaseError:
        return "zh"


def say_error(message: str, code: str) -> None:
    """One error line on stderr: what happened, what to do, and the stable code in brackets."""
    click.secho(f"✗ {message} [{code}]", fg="red", err=True)


def entry() -> None:
    """Console script `bianwu`."""
    sys.exit(run())
