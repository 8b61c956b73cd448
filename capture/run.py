"""The state of one running capture, shared by its steps, and the window through which they look into the page."""

import asyncio
import json
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib import resources
from pathlib import Path
from time import time as clock
from typing import TYPE_CHECKING, Any

from playwright.async_api import BrowserContext, CDPSession, Page
from playwright.async_api import Error as PlaywrightError

from capture.browser import Browser, BrowserFacts
from capture.compare import Comparison
from capture.errors import PageCrashedError, StepFailedError
from capture.models import CaptureRequest, FieldValue, Outcome
from capture.relay import Relay
from capture.relay_model import Recording
from capture.scrub import Scrubber
from capture.witness import WitnessSide

if TYPE_CHECKING:
    from capture.film import Film

WORLD = "bianwu"
ERROR_PAGE = "chrome-error:"  # scheme of what Chromium shows in place of a page that does not come


Report = dict[str, Any]
TextBox = Sequence[int]


@dataclass(frozen=True)
class Tile:
    """One part of the picture, in CSS pixels of the page."""

    number: int
    y: int
    width: int
    height: int
    folder: str = "shots"

    @property
    def name(self) -> str:
        """Payload name without the ending."""
        return f"{self.folder}/page-{self.number:03}"


@dataclass(frozen=True)
class Shots:
    """The tiles of the picture, on their way to disk.

    Attributes:
        tiles: All of them.
        boxes: Where the page has text.
        pending: A report to come for each tile taken.
        darkroom: The one thread that stores them, so that one decoded tile at a time is in memory.
    """

    tiles: Sequence[Tile]
    boxes: Sequence[TextBox]
    pending: "list[asyncio.Future[Report]]" = field(default_factory=list)
    darkroom: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(1, "darkroom"))


class World:
    """Runs our own scripts in the page's main frame, in a JavaScript world the page cannot see or change.

    A page can replace `innerText` or `scrollTo` in its own world; what the record says must not pass through them.
    """

    def __init__(self, session: CDPSession) -> None:
        """Attach to a page.

        Args:
            session: CDP session of the page's main target.
        """
        self._session = session
        self._context: int | None = None

    async def call(self, script: str, argument: Any = None) -> Any:
        """Call the function in `capture/scripts/<script>.js` with one JSON argument and return its JSON result.

        A navigation in between destroys the world; it is made anew and the script run once more.

        Raises:
            StepFailedError: The script threw, or the page moves on faster than it can be read.
            PageCrashedError: The page is gone.
        """
        source = resources.files("capture").joinpath("scripts", f"{script}.js").read_text(encoding="utf-8")
        expression = f"({source})({json.dumps(argument, ensure_ascii=False)})"
        try:
            return await self._evaluate(expression)
        except PlaywrightError as error:
            if "context" not in str(error).lower():
                raise PageCrashedError(first_line(error)) from error
        self._context = None
        try:
            return await self._evaluate(expression)
        except PlaywrightError as error:
            if "context" in str(error).lower():  # gone a second time: a chain of refreshes, not a crash
                raise StepFailedError("页面不停跳转 the page keeps moving on") from error
            raise PageCrashedError(first_line(error)) from error

    async def _evaluate(self, expression: str) -> Any:
        if self._context is None:
            tree = await self._session.send("Page.getFrameTree")
            frame = tree["frameTree"]["frame"]["id"]
            made = await self._session.send("Page.createIsolatedWorld", {"frameId": frame, "worldName": WORLD})
            self._context = int(made["executionContextId"])
        answer = await self._session.send(
            "Runtime.evaluate",
            {"expression": expression, "contextId": self._context, "awaitPromise": True, "returnByValue": True},
        )
        if "exceptionDetails" in answer:
            details = answer["exceptionDetails"]
            raise StepFailedError(str(details.get("exception", {}).get("description", details.get("text")))[:300])
        return well_formed(answer["result"].get("value"))


@dataclass
class Run:
    """One capture under way.

    Attributes:
        request: What was asked.
        browser: The browser that serves it.
        browser_facts: What is known of it.
        out: Folder of the artifacts.
        started: When the capture started.
        files: Payload name → file, as artifacts appear.
        notes: What goes into capture.json beside the steps, by topic.
        cuts: What is incomplete although its step ended, topic → words ("screenshot" → "cut at 200000 px").
        background: Work in threads that a later step waits for.
        lost: The page, once shown, moved on by itself to an address that could not be shown.
        second: The second visit compared with this one; None without one.
        second_state: "" when none was made, "failed" or "done".
        testimony: Whose signed receipt bears out the second visit.
        film: What is being filmed.
        actions: What was done and when, in order.
        scrubber: Takes the login's secrets out of what is written; knows none without a login.
        gone: Set when the page's process has ended: Chromium then leaves questions without an answer.
    """

    request: CaptureRequest
    browser: Browser
    browser_facts: BrowserFacts
    out: Path
    started: datetime
    files: dict[str, Path] = field(default_factory=dict)
    notes: dict[str, Any] = field(default_factory=dict)
    cuts: dict[str, str] = field(default_factory=dict)
    background: dict[str, "asyncio.Future[Any]"] = field(default_factory=dict)
    gone: asyncio.Event = field(default_factory=asyncio.Event)
    relay: Relay | None = None
    context: BrowserContext | None = None
    recording: Recording | None = None
    navigated: bool = False
    lost: bool = False
    is_page: bool = True
    status: int = 0
    url_final: str = ""
    navigation_error: str = ""
    title: str = ""
    text: str = ""
    size: tuple[int, int] = (0, 0)
    shots: Shots | None = None
    fields: tuple[FieldValue, ...] = ()
    outcome: Outcome | None = None
    second: Comparison | None = None
    second_state: str = ""
    testimony: WitnessSide = ""
    dialogs: list[dict[str, str]] = field(default_factory=list)
    popups: list[str] = field(default_factory=list)
    downloads: list[str] = field(default_factory=list)
    film: "Film | None" = None
    actions: list[dict[str, Any]] = field(default_factory=list)
    scrubber: Scrubber = field(init=False)
    _page: Page | None = None
    _session: CDPSession | None = None
    _world: World | None = None

    def __post_init__(self) -> None:
        self.scrubber = Scrubber(self.request.login.secrets() if self.request.login else ())

    def attach(self, page: Page, session: CDPSession) -> None:
        """Remember the page and its CDP session."""
        self._page, self._session, self._world = page, session, World(session)

    @property
    def page(self) -> Page:
        """The page; the steps that use it need the step that opens it."""
        if self._page is None:
            raise PageCrashedError("no page")
        return self._page

    @property
    def session(self) -> CDPSession:
        """The CDP session of the page."""
        if self._session is None:
            raise PageCrashedError("no page")
        return self._session

    @property
    def world(self) -> World:
        """Our own JavaScript world in the page."""
        if self._world is None:
            raise PageCrashedError("no page")
        return self._world

    def log(self, act: str, *, time: float | None = None, **details: Any) -> None:
        """Note one thing that was done.

        Args:
            act: step, click, scroll, dialog, popup or download.
            time: When, in seconds since the epoch; now without it.
            details: What and where.
        """
        at = clock() if time is None else time
        moment = datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        self.actions.append({"at": moment, "time": at, "act": act, **details})

    def new_file(self, name: str) -> Path:
        """Return the path for a payload name, its folder made; registers it once it is written with `keep`."""
        path = self.out / name
        path.parent.mkdir(parents=True, exist_ok=True)
        return path

    def keep(self, name: str, data: bytes | str) -> Path:
        """Write one artifact; refuses to overwrite.

        Raises:
            FileExistsError: There is one of that name already.
        """
        path = self.new_file(name)
        raw = data.encode("utf-8", errors="replace") if isinstance(data, str) else data
        with path.open("xb") as file:
            file.write(raw)
        self.files[name] = path
        return path


def well_formed(value: Any) -> Any:
    """Return JSON data with every lone surrogate replaced by "?".

    JavaScript strings may hold half a character; no file, database or signature of ours could.
    """
    if isinstance(value, str):
        return value.encode("utf-8", errors="replace").decode("utf-8")
    if isinstance(value, list):
        return [well_formed(item) for item in value]
    if isinstance(value, dict):
        return {well_formed(key): well_formed(item) for key, item in value.items()}
    return value


def first_line(error: BaseException) -> str:
    """Return an error's first line, shortened."""
    return (str(error).splitlines() or [type(error).__name__])[0][:300]
