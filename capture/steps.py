"""The capture as a table: what is done, in which order, within which time, and what is missing when it fails."""

from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any

from capture import (
    calibration,
    changes,
    crops,
    environment,
    film,
    images,
    logged_in,
    media,
    page,
    printouts,
    provenance,
    reading,
    record,
    screenshot,
    scrolled,
    second,
    wire,
)
from capture.run import Run


@dataclass(frozen=True)
class Step:
    """One row.

    Attributes:
        name: Stable name, for records and progress.
        run: What is done; returns what a person should know about it, or "".
        required: Without it the capture is PARTIAL.
        timeout: Seconds.
        web_page_only: Left out when the address gave a file.
        needs: Steps that must have been done before.
        in_page: Talks to the page, so it cannot outlive the page's process.
        asked: Name of the request's attribute without which it is left out; "" for what is always done.
        always: Runs even when the capture's time is over: the record must be written.
    """

    name: str
    run: Callable[[Run], Coroutine[Any, Any, str]]
    required: bool
    timeout: float
    web_page_only: bool = False
    needs: tuple[str, ...] = ()
    in_page: bool = False
    always: bool = False
    asked: str = ""


def _visit(
    name: str,
    run: Callable[[Run], Coroutine[Any, Any, str]],
    timeout: float,
    *,
    required: bool,
    needs: str = "navigate",
) -> Step:
    """A step on the open web page."""
    return Step(name, run, required, timeout, web_page_only=True, needs=(needs,), in_page=True)


STEPS: tuple[Step, ...] = (
    Step("probes", environment.begin, required=True, timeout=5, always=True),
    Step("fonts", environment.check_fonts, required=True, timeout=20),
    Step("calibration", calibration.calibrate, required=True, timeout=20),
    Step("relay", record.start_relay, required=True, timeout=30),
    Step("open", page.open_page, required=True, timeout=20, needs=("relay",)),
    Step("film", film.start, required=False, timeout=10, needs=("open",), in_page=True, asked="video"),
    Step("navigate", page.navigate, required=True, timeout=60, needs=("open",), in_page=True),
    _visit("load", page.load, 60, required=True),
    _visit("settle", page.settle, 20, required=False),
    _visit("expand", page.expand, 15, required=False),
    _visit("scroll", page.scroll, 40, required=True),
    _visit("read", page.read, 30, required=True),
    _visit("fields", provenance.read_fields, 30, required=False, needs="read"),
    _visit("images", images.look, 15, required=False, needs="read"),
    Step("film_end", film.stop, required=False, timeout=20, needs=("film",), always=True, asked="video"),
    _visit("screenshot", screenshot.shoot, 90, required=True),
    _visit("views", scrolled.shoot_views, 60, required=True, needs="scroll"),
    _visit("mhtml", printouts.save_mhtml, 30, required=True),
    _visit("pdf", printouts.print_pdf, 60, required=True),
    Step(
        "pictures", screenshot.finish, required=True, timeout=60, web_page_only=True, needs=("navigate",), always=True
    ),
    _visit("reading", reading.derive, 45, required=False, needs="read"),
    Step("article", provenance.finish_fields, required=False, timeout=20, web_page_only=True, needs=("fields",)),
    Step("crops", crops.cut, required=False, timeout=30, web_page_only=True, needs=("fields", "pictures")),
    Step("environment", environment.examine, required=True, timeout=30, needs=("probes",), always=True),
    Step("close", record.close_page, required=False, timeout=10, always=True),
    Step("file", page.fetch_file, required=True, timeout=120, needs=("navigate",)),
    Step("network", record.finish_relay, required=True, timeout=45, needs=("relay",), always=True),
    Step("media", media.keep, required=False, timeout=60, web_page_only=True, needs=("network",), always=True),
    Step("wire", wire.trace, required=False, timeout=20, web_page_only=True, needs=("fields", "network")),
    Step("outcome", record.judge, required=True, timeout=10, always=True),
    Step(
        "changes",
        changes.look,
        required=False,
        timeout=30,
        web_page_only=True,
        needs=("read", "outcome"),
        asked="earlier",
    ),
    Step(
        "second",
        second.visit_again,
        required=False,
        timeout=90,
        web_page_only=True,
        needs=("read",),
        asked="second_pass",
    ),
    Step("video", film.finish, required=False, timeout=60, needs=("film_end",), always=True, asked="video"),
    Step("scrub", logged_in.clean_up, required=False, timeout=60, always=True, asked="login"),
    Step("archive", record.write_archive, required=True, timeout=120, needs=("network",), always=True),
    Step("clock", environment.check_clock_again, required=False, timeout=15, always=True),
)
