"""The capture as a table: what is done, in which order, within which time, and what is missing when it fails."""

from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any

from capture import environment, page, printouts, provenance, record, screenshot
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
        always: Runs even when the capture's time is over: the record must be written.
    """

    name: str
    run: Callable[[Run], Coroutine[Any, Any, str]]
    required: bool
    timeout: float
    web_page_only: bool = False
    needs: tuple[str, ...] = ()
    always: bool = False

    @property
    def in_page(self) -> bool:
        """Whether it talks to the page and so cannot outlive it."""
        return self.web_page_only or self.name == "navigate"


_PAGE = ("navigate",)

STEPS: tuple[Step, ...] = (
    Step("probes", environment.begin, required=True, timeout=5, always=True),
    Step("fonts", environment.check_fonts, required=True, timeout=20),
    Step("relay", record.start_relay, required=True, timeout=30),
    Step("open", page.open_page, required=True, timeout=20, needs=("relay",)),
    Step("navigate", page.navigate, required=True, timeout=60, needs=("open",)),
    Step("load", page.load, required=True, timeout=60, web_page_only=True, needs=_PAGE),
    Step("settle", page.settle, required=False, timeout=20, web_page_only=True, needs=_PAGE),
    Step("expand", page.expand, required=False, timeout=15, web_page_only=True, needs=_PAGE),
    Step("scroll", page.scroll, required=True, timeout=40, web_page_only=True, needs=_PAGE),
    Step("read", page.read, required=True, timeout=30, web_page_only=True, needs=_PAGE),
    Step("fields", provenance.read_fields, required=False, timeout=30, web_page_only=True, needs=("read",)),
    Step("screenshot", screenshot.shoot, required=True, timeout=90, web_page_only=True, needs=_PAGE),
    Step("mhtml", printouts.save_mhtml, required=True, timeout=30, web_page_only=True, needs=_PAGE),
    Step("pdf", printouts.print_pdf, required=True, timeout=60, web_page_only=True, needs=_PAGE),
    Step("article", provenance.finish_fields, required=False, timeout=20, web_page_only=True, needs=("fields",)),
    Step("environment", environment.examine, required=True, timeout=30, needs=("probes",), always=True),
    Step("close", record.close_page, required=False, timeout=10, always=True),
    Step("file", page.fetch_file, required=True, timeout=120, needs=_PAGE),
    Step("network", record.finish_relay, required=True, timeout=45, needs=("relay",), always=True),
    Step("outcome", record.judge, required=True, timeout=10, always=True),
    Step("archive", record.write_archive, required=True, timeout=120, needs=("network",), always=True),
    Step("clock", environment.check_clock_again, required=False, timeout=15, always=True),
)
