"""Runs the steps of a capture, one record each; nothing that failed ends as COMPLETE."""

import asyncio
import errno
import time
from collections.abc import Coroutine
from dataclasses import replace
from pathlib import Path
from typing import Any

from playwright.async_api import Error as PlaywrightError

from capture import guard, record, report
from capture.browser import Browser
from capture.environment import clock_block, host_block
from capture.errors import (
    CaptureError,
    DiskFullError,
    OutputRefusedError,
    PageCrashedError,
    RecordBrokenError,
    StepFailedError,
    StepTimeoutError,
)
from capture.live import Live
from capture.login import LoginRefusedError
from capture.models import CaptureRequest, CaptureResult, Outcome, Progress, State, StepRecord
from capture.run import Run, first_line
from capture.steps import STEPS, Step

REPORT_SECONDS = 30.0
_FULL = frozenset((errno.ENOSPC, errno.EDQUOT))


def capture(
    request: CaptureRequest, *, progress: Progress | None = None, browser: Browser | None = None
) -> CaptureResult:
    """Capture one address.

    Args:
        request: What and how.
        progress: Called before each step with its name, the number done and the number of all.
        browser: A running browser to use; without one a browser is started and ended for this capture.

    Returns:
        The result; a step that failed is in `steps`, and the state says whether the capture is whole.

    Raises:
        CaptureError: The request is refused before the start (bad URL, scheme, private address, folder, a machine
            without a usable browser), or the disk is too full to write the record itself.
    """
    guard.check_url(request.url, record.policy_of(request))
    guard.check_overrides(request.resolve)
    if request.login is not None and not request.login.serves(request.url):
        # To record a login that was not used would be a false statement.
        raise LoginRefusedError(f"{request.login.name}: {', '.join(request.login.hosts)}")
    prepare_output(request.output)
    if browser is not None:
        return browser.run(_capture(request, browser, progress))
    with Browser(extra_roots=request.extra_roots) as own:
        return own.run(_capture(request, own, progress))


def prepare_output(folder: Path) -> None:
    """Make the folder of the artifacts.

    Raises:
        OutputRefusedError: It holds something already, or cannot be made.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if any(folder.iterdir()):
            raise OutputRefusedError(f"{folder} 不是空目录 is not empty")
    except OSError as error:
        raise OutputRefusedError(f"{folder}: {error.strerror}") from error


async def _capture(request: CaptureRequest, browser: Browser, progress: Progress | None) -> CaptureResult:
    facts = await browser.ready()
    run = Run(request, browser, facts, request.output, record.utc_now())
    try:
        steps = await _run_steps(run, progress)
        return await _result(run, steps)
    finally:
        await record.clear_up(run)
        browser.keep_spare()


async def _run_steps(run: Run, progress: Progress | None) -> tuple[StepRecord, ...]:
    """Run the table from top to bottom."""
    end = time.monotonic() + run.request.limits.seconds
    done: dict[str, StepRecord] = {}
    live = Live(run.request.live)
    for number, step in enumerate(STEPS):
        if progress is not None:
            progress(step.name, number, len(STEPS))
        reason = _reason_to_skip(run, step, done)
        if reason:
            done[step.name] = StepRecord(step.name, "skipped", 0.0, detail=reason)
            continue
        run.log("step", step=step.name)
        left = end - time.monotonic()
        done[step.name] = await run_step(run, step, step.timeout if step.always else min(step.timeout, left))
        if step.in_page and done[step.name].state == "done":
            await live.publish(run)
    if progress is not None:
        progress("done", len(STEPS), len(STEPS))
    return tuple(done.values())


def _reason_to_skip(run: Run, step: Step, done: dict[str, StepRecord]) -> str:
    if step.web_page_only and not run.is_page:
        return "not a page"
    if step.name == "file" and run.is_page:
        return "a page"
    if step.asked and not getattr(run.request, step.asked):
        return "not asked for"
    missing = [name for name in step.needs if done[name].state != "done"]
    return f"needs {', '.join(missing)}" if missing else ""


async def run_step(run: Run, step: Step, seconds: float) -> StepRecord:
    """Run one step within its time and record how it went.

    This is the one place where any failure is caught: it is recorded, and the result says what is missing.
    """
    started = time.monotonic()
    try:
        async with asyncio.timeout(seconds):  # already over when nothing is left of the capture's time
            detail = await (_while_alive(run, step.run(run)) if step.in_page else step.run(run))
    except TimeoutError:
        failure: CaptureError = StepTimeoutError(f"{step.name}, {max(0.0, seconds):.0f} s")
    except CaptureError as error:
        failure = error
    except PlaywrightError as error:
        words = first_line(error)
        failure = PageCrashedError(words) if "closed" in words or "crash" in words else StepFailedError(words)
    except OSError as error:
        failure = DiskFullError(str(error)) if error.errno in _FULL else StepFailedError(f"{step.name}: {error}")
    except Exception as error:  # noqa: BLE001 - recorded: one broken step must not lose the others
        failure = StepFailedError(f"{step.name}: {type(error).__name__}: {error}")
    else:
        return StepRecord(step.name, "done", time.monotonic() - started, detail=detail)
    return StepRecord(
        step.name, "failed", time.monotonic() - started, code=failure.code, detail=record.message_of(failure)
    )


async def _while_alive(run: Run, job: Coroutine[Any, Any, str]) -> str:
    """Run a step that talks to the page; give up when the page's process ends."""
    work, watch = asyncio.ensure_future(job), asyncio.ensure_future(run.gone.wait())
    try:
        await asyncio.wait((work, watch), return_when=asyncio.FIRST_COMPLETED)
        if work.done():
            return work.result()
        raise PageCrashedError("the page's process ended")
    finally:
        work.cancel()
        watch.cancel()


def _missing(run: Run, steps: tuple[StepRecord, ...]) -> tuple[str, ...]:
    """Name what a complete capture would have and this one has not."""
    required = {step.name: step for step in STEPS if step.required}
    names: list[str] = []
    for item in steps:
        step = required.get(item.name)
        if step is None or item.state == "done" or item.name in names:
            continue
        not_asked = item.state == "skipped" and item.detail in ("not a page", "a page")
        if not not_asked:
            names.append(item.name)
    return tuple(dict.fromkeys((*names, *run.cuts)))


async def _result(run: Run, steps: tuple[StepRecord, ...]) -> CaptureResult:
    finished = record.utc_now()
    if run.request.login is not None and not {"close", "scrub"} <= {one.name for one in steps if one.state == "done"}:
        raise RecordBrokenError("scrub")  # what may hold a login's secrets is not handed on
    steps = tuple(replace(one, detail=run.scrubber.text(one.detail)) for one in steps) if run.scrubber else steps
    missing = _missing(run, steps)
    reached = run.navigated if run.is_page else any(name.startswith("file/") for name in run.files)
    state: State = "FAILED" if not reached else "PARTIAL" if missing else "COMPLETE"
    run.cuts = run.scrubber.data(run.cuts)
    facts = run.scrubber.data(record.seal_facts(run, finished))
    seen = report.record_of(run, state=state, missing=missing, steps=steps, facts=facts)
    printed = Step("report", lambda one: report.write(one, seen, steps), required=False, timeout=REPORT_SECONDS)
    steps = (*steps, await run_step(run, printed, REPORT_SECONDS))
    try:
        record.keep_capture_json(run, state=state, missing=missing, steps=steps, facts=facts)
    except OSError as error:  # without its record a capture is nothing: this one is not handed on
        raise DiskFullError(f"{run.out}: {error.strerror}") from error
    return CaptureResult(
        state=state,
        outcome=run.outcome or Outcome("error", "", "not-classified"),
        missing=missing,
        files=dict(run.files),
        facts=facts,
        host=run.scrubber.data(host_block(run)),
        clock=clock_block(run),
        steps=steps,
        title=run.title,
        text=run.text,
        fields=run.fields,
        size=run.size,
        started=run.started,
        finished=finished,
    )
