"""The command line's own words: every help line, question and refusal in one language, Chinese or English.

The language is `Settings.lang`; it is looked up when something is printed, so one process can speak both.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final, TypeVar

import click

from caseapp.config import language_of
from caseapp.domain.labels import Label, Lang

F = TypeVar("F", bound=Callable[..., Any])
_HEADINGS: Final = {"Options": "选项", "Commands": "命令", "Arguments": "参数"}
_OWN: Final = {
    "--help": Label("显示这段说明", "Show this help"),
    "--version": Label("显示版本号", "Show the version"),
}
_OPTION_PLACE: Final = {"[OPTIONS]": "[选项]", "COMMAND [ARGS]...": "命令 [参数]..."}


def language() -> Lang:
    """Language of this command line."""
    return language_of()


def say(zh: str, en: str) -> str:
    """The words in the language of this command line."""
    return zh if language() == "zh" else en


class Formatter(click.HelpFormatter):
    """Help pages with headings in the person's language."""

    def write_usage(self, prog: str, args: str = "", prefix: str | None = None) -> None:
        """Write the usage line."""
        for english, chinese in _OPTION_PLACE.items():
            args = args.replace(english, say(chinese, english))
        super().write_usage(prog, args, prefix or say("用法：", "Usage: "))

    def write_heading(self, heading: str) -> None:
        """Write a section's heading."""
        super().write_heading(say(_HEADINGS.get(heading, heading), heading))


class Context(click.Context):
    """A context that prints with our formatter."""

    formatter_class = Formatter


class Option(click.Option):
    """An option with its help in two languages.

    Args:
        says: what it means.
    """

    def __init__(self, names: Sequence[str], *, says: Label, **attributes: Any) -> None:
        super().__init__(names, help=says.zh, **attributes)
        self._says = says

    def get_help_record(self, ctx: click.Context) -> tuple[str, str] | None:
        """The line of the help page."""
        self.help = self._says.text(language())
        return super().get_help_record(ctx)


class Spoken:
    """What commands and groups share: a description in two languages.

    Attributes:
        says: what the command does.
    """

    context_class: type[click.Context] = Context

    def __init__(self, *arguments: Any, says: Label, **attributes: Any) -> None:
        super().__init__(*arguments, **attributes)
        self.says = says

    def get_short_help_str(self, limit: int = 45) -> str:
        """The line in the list of commands, never cut."""
        del limit
        return self.says.text(language())

    def format_help_text(self, _ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The description on the help page."""
        formatter.write_paragraph()
        with formatter.indentation():
            formatter.write_text(self.says.text(language()))

    def get_params(self, ctx: click.Context) -> list[click.Parameter]:
        """The parameters; click's own --help and --version speak the person's language too."""
        params: list[click.Parameter] = super().get_params(ctx)  # type: ignore[misc]  # a mix-in before click.Command
        for param in params:
            words = next((_OWN[name] for name in param.opts if name in _OWN), None)
            if words is not None and isinstance(param, click.Option):
                param.help = words.text(language())
        return params


class Command(Spoken, click.Command):
    """A command that speaks both languages."""


class Group(Spoken, click.Group):
    """A group of commands that speaks both languages."""

    command_class = Command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command, or say which there are.

        Raises:
            click.UsageError: there is no such command.
        """
        if self.get_command(ctx, args[0]) is None and not args[0].startswith("-"):
            known = " ".join(self.list_commands(ctx))
            raise click.UsageError(
                say(f"没有“{args[0]}”这个命令。可用的有：{known}", f"No such command '{args[0]}'. There are: {known}"),
                ctx,
            )
        return super().resolve_command(ctx, args)


def of_usage(error: click.ClickException) -> str:
    """What is wrong with the words typed, and where the help is."""
    context = error.ctx if isinstance(error, click.UsageError) else None
    path = context.command_path if context else "bianwu"
    words = _chinese(error) if language() == "zh" else error.format_message()
    return say(f"{words}\n  说明：{path} --help", f"{words}\n  Help: {path} --help")


def _chinese(error: click.ClickException) -> str:
    if isinstance(error, click.NoSuchOption):
        near = f"是不是 {' '.join(error.possibilities)}？" if error.possibilities else ""
        return f"没有选项 {error.option_name}。{near}"
    name = error.param.get_error_hint(error.ctx) if isinstance(error, click.BadParameter) and error.param else ""
    if isinstance(error, click.MissingParameter):
        return f"缺少 {name}。"
    if isinstance(error, click.BadParameter):
        return f"{name} 不能用：{_problem(error)}"
    if isinstance(error, click.BadOptionUsage):
        return f"选项 {error.option_name} 用法不对：{error.message}"
    return error.format_message()


def _problem(error: click.BadParameter) -> str:
    """Why a value is refused, by the type that refused it."""
    kind = error.param.type if error.param else None
    if isinstance(kind, click.IntRange):
        return f"须为 {kind.min} 到 {kind.max} 的整数。"
    if isinstance(kind, click.Choice):
        return f"只能是 {' '.join(str(choice) for choice in kind.choices)}。"
    if isinstance(kind, click.Path):
        return "路径不存在、不是目录，或没有权限。请换一个路径。"
    return error.message


def write_new(path: Path, content: bytes) -> None:
    """Write a file that is not there yet, and say where.

    Raises:
        ClickException: something lies there already; it is not touched.
    """
    try:
        with path.open("xb") as file:
            file.write(content)
    except FileExistsError:
        raise click.ClickException(say(f"文件已存在：{path}", f"The file exists: {path}")) from None
    click.echo(say(f"✓ 已写出 {path}", f"✓ written to {path}"))


def option(*names: str, zh: str, en: str, **attributes: Any) -> Callable[[F], F]:
    """`click.option` with help in two languages."""
    return click.option(*names, cls=Option, says=Label(zh, en), **attributes)


def command(name: str, zh: str, en: str) -> Callable[[Callable[..., Any]], Command]:
    """`click.command` with a description in two languages."""
    return click.command(name, cls=Command, says=Label(zh, en))
