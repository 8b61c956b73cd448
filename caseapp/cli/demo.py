"""`bianwu demo`: the fictional case, headless with one JSON result, or played while people watch in their browser."""

from __future__ import annotations

import json
import logging
import shutil
import signal
import tempfile
import threading
from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from caseapp.cli.house import only_one
from caseapp.cli.serve import address, children, free_port
from caseapp.cli.trouble import database_words, keep_log
from caseapp.cli.words import command, language, option, say
from caseapp.config import Settings
from caseapp.domain.errors import CaseError
from caseapp.domain.labels import Label
from caseapp.supervisor import Child, Supervisor

if TYPE_CHECKING:
    from caseapp.demo.installation import Installation
    from caseapp.services.board import BoardWriter

HOPS: Final = 10


class OutputTakenError(CaseError):
    """The folder for the results holds something. Facts: ``folder``."""

    code = "output-taken"
    text = Label(
        "目录 {folder} 里已有内容，不会覆盖。请给一个空目录：--out DIR",
        "The folder {folder} holds something; nothing is overwritten. Name an empty one: --out DIR",
    )


class StoppedError(Exception):
    """The person stopped the play; raised in the playing thread at its next step."""


@command(
    "demo",
    "播放一个完整的虚构案件：取证、封存、通知、复查、损失、案卷。数据在结束时删除；--out 保留成果。",
    "Play a complete fictional case: capture, seal, notice, re-check, damages, bundle. Its data is removed at the end; "
    "--out keeps the results.",
)
@option("--no-serve", zh="不开网页，播放完即结束", en="No web pages; end with the play", is_flag=True)
@option("--json", "as_json", zh="结果以一个 JSON 对象输出", en="The result as one JSON object", is_flag=True)
@option(
    "--out",
    zh="把证据包、案卷与信任文件保留在此空目录",
    en="Keep packages, bundle and trust file in this empty folder",
    type=click.Path(file_okay=False, path_type=Path),
)
def demo(no_serve: bool, as_json: bool, out: Path | None) -> int:
    """Install the demo in a folder of its own, play it, and leave nothing behind."""
    settings = Settings.from_env()
    out = empty_folder(out) if out else None
    signal.signal(signal.SIGTERM, lambda *_: signal.raise_signal(signal.SIGINT))
    with tempfile.TemporaryDirectory(prefix="bianwu-demo-") as scratch, installed(Path(scratch), settings) as house:
        kept = out or Path(scratch) / "out"
        return headless(house, kept, as_json=as_json) if no_serve else watched(house, kept, as_json=as_json)


def empty_folder(folder: Path) -> Path:
    """The folder, made and empty.

    Raises:
        OutputTakenError: it holds something.
    """
    folder.mkdir(parents=True, exist_ok=True)
    if any(folder.iterdir()):
        raise OutputTakenError(folder=folder)
    return folder.resolve()


@contextmanager
def installed(scratch: Path, settings: Settings) -> Iterator[Installation]:
    """The demo's own installation with its platforms and its test authority."""
    from caseapp.demo.installation import install

    with database_words(settings), install(scratch / "d", base=settings) as house:
        keep_log(house.settings, "demo")
        yield house


def headless(house: Installation, out: Path, *, as_json: bool) -> int:
    """Play in this thread; the result goes to stdout, everything else to stderr."""
    result = played(house, out, threading.Event())
    show(result, as_json=as_json)
    return 0 if result["ok"] else 1


def played(house: Installation, out: Path, stop: threading.Event, board: BoardWriter | None = None) -> dict[str, Any]:
    """Play the case.

    Args:
        house: the installation.
        out: folder for the results.
        stop: set when the person wants it to end.
        board: what the pages show of it.

    Raises:
        StoppedError: `stop` was set.
    """
    from caseapp.demo.play import play

    def on_event(event: Mapping[str, Any]) -> None:
        if stop.is_set():
            raise StoppedError
        tell(event)
        if board is not None:
            board.hear(event)

    result = play(house.application, house.platforms, out=out, trust=house.trust, on_event=on_event)
    trust = out / "trust.json"
    shutil.copyfile(house.trust, trust)
    if board is not None:
        board.finish(ok=result["ok"])
    return {**result, "trust": str(trust)}


def tell(event: Mapping[str, Any]) -> None:
    """One step as one line on stderr."""
    words = event["zh"] if language() == "zh" else event["en"]
    count = f" {event['done']}/{event['total']}" if event["total"] else ""
    mark = {"start": "▶", "done": "✓", "failed": "✗"}.get(event["event"], " ")
    click.echo(f"{mark} [{event['hop']}/{HOPS}]{count} {words}", err=True)


def show(result: Mapping[str, Any], *, as_json: bool) -> None:
    """The result: one JSON object on stdout, or what failed in words on stderr."""
    if as_json:
        click.echo(json.dumps(result, ensure_ascii=False))
    for hop in result["hops"]:
        if "error" in hop:
            error = hop["error"]
            click.secho(f"✗ {hop['n']}. {error[language()]} [{error['code']}]", fg="red", err=True)
    if result["ok"]:
        click.echo(
            say(f"✓ 十步全部完成，{result['seconds']:.0f} 秒", f"✓ all ten hops done in {result['seconds']:.0f} s"),
            err=True,
        )


def watched(house: Installation, out: Path, *, as_json: bool) -> int:
    """Serve the pages, play in a thread beside them, then let workers take over, until the person stops it.

    The workers start after the play: the play runs its own captures in order, at the platforms' stages.
    """
    settings = house.settings
    settings = replace(settings, port=free_port(settings.host, settings.port, strict=False))
    with only_one(settings.data_dir):
        settings, front, back = children(settings)
        click.echo(
            say(f"辨诬 → {address(settings)}    （Ctrl-C 停止）", f"Bianwu → {address(settings)}    (Ctrl-C stops)"),
            err=True,
        )
        board = board_of(house)
        watch = f"{address(settings)}demo/?key={board.board.key}"
        click.echo(say(f"在浏览器里看播放 → {watch}", f"Watch it in the browser → {watch}"), err=True)
        tell_sign_ins(house)
        stop = threading.Event()
        with ThreadPoolExecutor(1, "play") as thread:
            future = thread.submit(played, house, out, stop, board)
            try:
                stage = Stage(house, settings, Supervisor(front, say), back, future, as_json=as_json)
                stage.supervisor.run(stage.look)
            finally:
                stop.set()
                if not future.done():
                    logging.getLogger("asyncio").setLevel(logging.CRITICAL)  # the browser ends first and says so
                    click.echo(say("正在停止：等这一步结束 …", "Stopping: this step ends first …"), err=True)
    return stage.exit_code()


def board_of(house: Installation) -> BoardWriter:
    """A fresh board with the ten hops and the sign-ins."""
    from caseapp.demo.script import HOPS as SCRIPTED
    from caseapp.services.board import BoardWriter, Entry

    hops = [(hop.n, hop.name, hop.name_en) for hop in SCRIPTED]
    entries = [Entry(row.login, row.name, row.role, row.password) for row in house.sign_ins]
    return BoardWriter(house.settings.data_dir, hops, entries)


class Stage:
    """What goes on while the pages are served.

    Args:
        house: the installation.
        settings: with the port that is served.
        supervisor: of the pages and the queue.
        back: the workers, not started yet.
        future: the play.
        as_json: print the result as JSON.
    """

    def __init__(
        self,
        house: Installation,
        settings: Settings,
        supervisor: Supervisor,
        back: list[Child],
        future: Future[dict[str, Any]],
        *,
        as_json: bool,
    ) -> None:
        self.supervisor = supervisor
        self._house, self._settings, self._back, self._future = house, settings, back, future
        self._as_json = as_json
        self._shown = False

    def look(self) -> None:
        """When the play is over: say where the case is and start the workers.

        Raises:
            Exception: whatever ended the play.
        """
        if self._shown or not self._future.done():
            return
        self._shown = True
        result = self._future.result()
        self._house.application.capturer.close()
        show(result, as_json=self._as_json)
        click.echo(say(f"→ 案件：{self._case()}", f"→ the case: {self._case()}"), err=True)
        tell_sign_ins(self._house)
        click.echo(say("  Ctrl-C 停止，不留下任何文件", "  Ctrl-C stops and leaves no files"), err=True)
        self.supervisor.children.extend(self._back)

    def exit_code(self) -> int:
        """0 when the whole case was played, 1 when a hop failed, 130 when it was stopped before the end."""
        if not self._shown:
            return 130
        return 0 if self._future.result()["ok"] else 1

    def _case(self) -> str:
        from sqlalchemy import select

        from caseapp.models import Case

        with self._house.application.sessions() as session:
            no = session.scalars(select(Case.no)).first()
        base = address(self._settings)
        return f"{base}cases/{no}" if no else base


def tell_sign_ins(house: Installation) -> None:
    """Login and password of everyone in the case."""
    from caseapp.domain.permissions import ROLE_LABELS, Role

    click.echo(say("  登录名 / 密码（示例）：", "  login / password (sample):"), err=True)
    width = max((len(row.login) for row in house.sign_ins), default=0)
    for row in house.sign_ins:
        role = ROLE_LABELS[Role(row.role)].text(language())
        click.echo(f"    {row.login:<{width}}  {row.password}   {row.name} · {role}", err=True)
