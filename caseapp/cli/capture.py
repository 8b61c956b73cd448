"""`bianwu capture URL`: one address becomes a sealed package in the current folder, without any server."""

from __future__ import annotations

import atexit
import json
import shutil
import signal
import tempfile
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from caseapp.cli.house import opened
from caseapp.cli.words import command, language, option, say
from caseapp.config import Settings
from caseapp.domain.capture_words import OUTCOMES, PARTS
from caseapp.domain.errors import CaseError
from caseapp.domain.labels import Label

if TYPE_CHECKING:
    from caseapp.bootstrap import Application
    from caseapp.capturing import CaptureProduct

SEALED, FAILED, PARTIAL = 0, 1, 3


class NotWrittenOutError(CaseError):
    """A sealed package could not be written into the folder asked for. Facts: ``folder``, ``problem``, ``package``."""

    code = "not-written-out"
    text = Label(
        "证据已封存并保存在本机，但没能写入 {folder}：{problem}"
        "腾出空间后运行 bianwu capture --again {package} -o 目录。",
        "The evidence is sealed and kept on this machine, but could not be written into {folder}: {problem} "
        "Make room, then run: bianwu capture --again {package} -o FOLDER",
    )


def standalone(settings: Settings) -> Settings:
    """Settings of the command line's own small store, apart from the case application's database and log."""
    own = Settings.for_folder(settings.data_dir / "cli")
    return replace(
        settings,
        data_dir=own.data_dir,
        evidence_url=own.evidence_url,
        keys_url=own.keys_url,
        database_url=own.database_url,
    )


@command(
    "capture",
    "取证一个网址，在当前目录留下封存的 ZIP。退出码：0 完整；3 不完整但已封存；1 未封存。",
    "Capture one address and leave a sealed ZIP in the current folder. Exit code 0: complete; 3: sealed, but something "
    "is missing; 1: not sealed.",
)
@click.argument("url", required=False)
@option("--again", zh="重新写出已封存的包：其编号", en="Write a sealed package out again: its id", default="")
@option(
    "-o",
    "--output",
    zh="放到哪个目录",
    en="Folder to put it into",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path(),
)
@option("--json", "as_json", zh="只输出 JSON", en="JSON only", is_flag=True)
def capture_url(url: str | None, again: str, output: Path, as_json: bool) -> int:
    """Check the address, then capture, seal and export."""
    from caseapp.capturing import Capturer
    from caseapp.keys import make_keys, write_trust
    from caseapp.services.captures import canonical_url

    signal.signal(signal.SIGTERM, signal.default_int_handler)  # a polite end runs every clean-up on its way out
    settings = standalone(Settings.from_env())
    if (url is None) == (not again):
        raise click.UsageError(say("请给出一个网址，或 --again 加编号。", "Give one address, or --again and an id."))
    if url is None:
        export_again(settings, again, output)
        return SEALED
    capturer = Capturer(settings)
    address = canonical_url(url)
    capturer.check(address)
    output.mkdir(parents=True, exist_ok=True)
    settings.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    make_keys(settings)
    trust = write_trust(settings, holder="bianwu capture")
    with opened(settings, fresh=True) as app, tempfile.TemporaryDirectory(prefix="bianwu-") as scratch:
        # A thread that a stop overtook may write once more; when it has ended, the folder goes again.
        atexit.register(shutil.rmtree, scratch, ignore_errors=True)
        facts = capture_into(app, address, Path(scratch), output, quiet=as_json)
    facts["trust"] = str(trust)
    click.echo(json.dumps(facts, ensure_ascii=False) if as_json else spoken(facts))
    if facts["package"] is None:
        return FAILED
    return SEALED if facts["state"] == "COMPLETE" else PARTIAL


def capture_into(app: Application, url: str, scratch: Path, output: Path, *, quiet: bool) -> dict[str, Any]:
    """Capture an address; what is no evidence of the page is not sealed, but its record is kept.

    Args:
        app: the command line's own store.
        url: the address, checked.
        scratch: a fresh folder.
        output: where package or record go.
        quiet: no progress on stderr.

    Returns:
        state, outcome, words, missing, package (path or None), record (path or None).
    """
    from caseapp.domain.capture_words import is_sealed
    from caseapp.services.ports import CaptureOrder
    from caseapp.services.sealing import seal_files, stamp_beginning
    from evidence_store import new_ulid

    seal_id = new_ulid()
    begun = stamp_beginning(app, seal_id, url, scratch / "start")
    order = CaptureOrder(url, scratch / "artifacts", "cli", "evidence", begun=begun.facts)
    result = app.capturer.capture(order, progress=None if quiet else show_progress)
    package, record, package_id = None, None, None
    if is_sealed(result.state, result.outcome):
        facts = {key: value for key, value in result.facts.items() if key != "fields"} | {"start": begun.facts}
        blocks: dict[str, Any] = {"capture": facts, "host": result.host, "clock": result.clock}
        sealed = seal_files(app, {**result.files, **begun.files}, seal_id=seal_id, folder=scratch / "package", **blocks)
        package_id = sealed.receipt.package_id
        package = export(app, package_id, output)
    elif "capture.json" in result.files:
        record = output / f"bianwu-{seal_id}.capture.json"
        shutil.copyfile(result.files["capture.json"], record)
    return {
        "state": result.state,
        "outcome": result.outcome,
        "words": result.words,
        "error": dict(zip(("code", "zh", "en"), result.problem, strict=True)) if result.problem else None,
        "missing": list(result.missing),
        "grade": result.facts["grade"],
        "start": begun.facts,
        "problems": problems_of(result),
        "package": str(package) if package else None,
        "package_id": package_id,
        "record": str(record) if record else None,
    }


def export(app: Application, package_id: str, output: Path) -> Path:
    """Write a package of the command line's own store out as a ZIP.

    Raises:
        NotWrittenOutError: it could not be written there; it is sealed and kept all the same.
    """
    from evidence_store import EvidenceError

    try:
        return Path(app.store.export(package_id, output, as_zip=True))
    except EvidenceError as error:
        raise NotWrittenOutError(
            folder=output, problem=Label(error.message("zh"), error.message("en")), package=package_id
        ) from error


def export_again(settings: Settings, package_id: str, output: Path) -> None:
    """Write out a package that was sealed before and did not reach its folder."""
    output.mkdir(parents=True, exist_ok=True)
    with opened(settings, fresh=True) as app:
        click.echo(export(app, package_id, output))


def problems_of(result: CaptureProduct) -> list[dict[str, str]]:
    """The steps that failed, with code and words."""
    failed = (step for step in result.steps if step.state == "failed")
    return [{"step": step.name, "code": step.code or "", "detail": step.detail} for step in failed]


def show_progress(step: str, done: int, total: int) -> None:
    """One line a step on stderr."""
    click.echo(f"  {done}/{total} {worded(PARTS, step)}", err=True)


def worded(words: Mapping[str, Label], key: str) -> str:
    """A step or an outcome in the reader's language; one without words by its name."""
    return words[key].text(language()) if key in words else key


def spoken(facts: dict[str, Any]) -> str:
    """The result in words."""
    if facts["error"]:
        facts = {**facts, "problems": [{"detail": facts["error"][language()], "code": facts["error"]["code"]}]}
    outcome = worded(OUTCOMES, facts["outcome"])
    why = "".join(f"\n  {own_words(row['detail'])} [{row['code']}]" for row in facts["problems"])
    if facts["package"] is None:
        words = say(f"（{facts['words']}）", f" ({facts['words']})") if facts["words"] else ""
        return say(
            f"✗ 未封存：{outcome}{words}{why}\n"
            "  该页面不能作为内容本身的证据。请核对网址、登录状态，或稍后再试。\n"
            f"  经过记录在 {facts['record']}",
            f"✗ not sealed: {outcome}{words}{why}\n"
            "  This page is no evidence of the content. Check the address or a log-in wall, or try later.\n"
            f"  What happened is on record in {facts['record']}",
        )
    mark = "✓" if facts["state"] == "COMPLETE" else "!"
    missing = say("、", ", ").join(worded(PARTS, name) for name in facts["missing"])
    lacks = say("\n  缺：", "\n  missing: ") + missing if missing else ""
    head = {"COMPLETE": ("完整", "complete"), "PARTIAL": ("不完整", "not complete")}[facts["state"]]
    return (
        f"{mark} {head[0 if language() == 'zh' else 1]} · {outcome}{lacks}{why}\n"
        f"  {graded(facts['grade'])}\n  {facts['package']}\n"
        f"  bianwu verify {facts['package']} --trust {facts['trust']}"
    )


def own_words(detail: str) -> str:
    """The line of a step's two-line words (Chinese, English) that is in the reader's language."""
    zh, _, en = detail.partition("\n")
    return say(zh, en or zh)


def graded(block: dict[str, Any]) -> str:
    """The grade and what it rests on."""
    from capture.grade import REASONS
    from caseapp.domain.vocabulary import GRADE

    words = GRADE.words[block["grade"]].text(language())
    side = 0 if language() == "zh" else 1
    reasons = say("；", "; ").join(REASONS[code][side] for code in block["reasons"])
    return say(f"取证等级 {words}：{reasons}", f"grade {words}: {reasons}")
