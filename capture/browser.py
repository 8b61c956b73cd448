"""The life of one Chromium that serves captures one after another.

One driver and one browser process per worker; each capture gets a fresh context with its own relay as proxy and is
gone with it. The browser knows one relay key (`leaf_key`), made here, held in memory only and handed to each relay.
"""

import asyncio
import logging
import shutil
from collections.abc import Coroutine, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self, TypeVar, cast

from playwright.async_api import Browser as PlaywrightBrowser
from playwright.async_api import BrowserContext, Playwright, async_playwright
from playwright.async_api import Error as PlaywrightError

from capture import chromium, scratch
from capture.errors import BrowserFailedError, SandboxUnavailableError
from capture.guard import RelayPolicy
from capture.models import CaptureRequest
from capture.relay import Relay
from capture.relay_tls import new_leaf_key, pins_of

if TYPE_CHECKING:
    from playwright.async_api import StorageState

T = TypeVar("T")
LAUNCH_MS = 60_000
CLOSE_SECONDS = 10

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class BrowserFacts:
    """What is known of the running browser, for the record."""

    executable: Path
    version: str
    pid: int
    uid: int
    profile_listing: str
    proofs: tuple[chromium.ProcessProof, ...]


class Browser:
    """A running Chromium. Use it from one thread at a time, as a context manager or with `close()`.

    Attributes:
        executable: The Chromium that runs.
        leaf_key: The relay key this browser accepts.
        fontconfig_file: Font configuration, "" for the system's.
    """

    def __init__(
        self, executable: Path | None = None, *, fontconfig_file: str = "", extra_roots: Sequence[Path] = ()
    ) -> None:
        """Find Chromium; it starts with the first capture.

        Args:
            executable: The operator's own Chromium instead of the one found.
            fontconfig_file: Another font configuration than the system's.
            extra_roots: PEM files of added trust roots the second visit of a capture may meet.

        Raises:
            MissingBrowserError: No usable Chromium.
        """
        self.executable = chromium.find_browser(executable)
        self.fontconfig_file = fontconfig_file
        self.leaf_key = new_leaf_key()
        self._root_pins = pins_of(extra_roots)
        self._runner = asyncio.Runner()
        self._playwright: Playwright | None = None
        self._chromium: PlaywrightBrowser | None = None
        self._facts: BrowserFacts | None = None
        self._folder: Path | None = None
        self._spare: Relay | None = None
        self._served = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def run(self, job: Coroutine[Any, Any, T]) -> T:
        """Run a coroutine on this browser's own event loop."""
        return self._runner.run(job)

    def close(self) -> None:
        """End the browser and its driver; safe to repeat."""
        try:
            self._runner.run(self._stop())
        finally:
            self._runner.close()
            self._runner = asyncio.Runner()

    async def ready(self) -> BrowserFacts:
        """Start the browser, or start it again if it ended.

        Raises:
            BrowserFailedError: It does not start.
            SandboxUnavailableError: It starts only without its sandbox.
        """
        if self._facts is not None and self._chromium is not None and self._chromium.is_connected():
            return self._facts
        await self._stop()
        try:
            self._facts = await self._start()
        except PlaywrightError as error:
            await self._stop()
            words = str(error)
            if "sandbox" in words.lower() and "no usable sandbox" in words.lower():
                raise SandboxUnavailableError(_last_words(words)) from error
            raise BrowserFailedError(_last_words(words)) from error
        except SandboxUnavailableError:
            await self._stop()
            raise
        return self._facts

    async def _start(self) -> BrowserFacts:
        scratch.sweep()
        self._folder = scratch.new_folder("chromium")
        stage = chromium.prepare(self.executable, self._folder)
        self._spare = self._spare or self._new_spare()  # starts while Chromium does
        self._playwright = await async_playwright().start()
        self._chromium = await self._playwright.chromium.launch(
            executable_path=stage.launcher,
            chromium_sandbox=True,
            env={**stage.env, **({"FONTCONFIG_FILE": self.fontconfig_file} if self.fontconfig_file else {})},
            args=chromium.flags(self.leaf_key.spki_pin, *self._root_pins),
            timeout=LAUNCH_MS,
        )
        pid, proofs = await self._prove(self._chromium)
        listing = stage.profile_listing.read_text(encoding="utf-8", errors="replace")
        return BrowserFacts(self.executable, self._chromium.version, pid, stage.uid, listing, proofs)

    async def _prove(self, browser: PlaywrightBrowser) -> tuple[int, tuple[chromium.ProcessProof, ...]]:
        """Open an empty page and read in /proc how its renderer is confined."""
        session = await browser.new_browser_cdp_session()
        processes = (await session.send("SystemInfo.getProcessInfo"))["processInfo"]
        await session.detach()
        pid = next(int(item["id"]) for item in processes if item["type"] == "browser")
        context = await browser.new_context()
        await context.new_page()
        proofs = chromium.process_proofs(pid)
        await context.close()
        chromium.require_sandbox(proofs)
        return pid, proofs

    def relay(self, policy: RelayPolicy) -> Relay:
        """Return a relay for one capture, not yet entered: the spare one if there is one.

        Args:
            policy: What it may reach.
        """
        self._served += 1
        spare, self._spare = self._spare, None
        if spare is None:
            return Relay(policy, scratch.new_folder("relay"), leaf_key=self.leaf_key)
        spare.policy = policy
        return spare

    def keep_spare(self) -> None:
        """Start the process of the next capture's relay, if this browser is one that serves many."""
        if self._spare is None and self._served > 1:
            self._spare = self._new_spare()

    def _new_spare(self) -> Relay:
        spare = Relay(RelayPolicy(), scratch.new_folder("relay"), leaf_key=self.leaf_key)
        spare.spawn()
        return spare

    async def open_context(self, request: CaptureRequest, proxy_server: str) -> BrowserContext:
        """Open a fresh context whose only way out is the given relay.

        Args:
            request: The capture's window, language and zone.
            proxy_server: `Relay.proxy_server`.
        """
        await self.ready()
        if self._chromium is None:
            raise BrowserFailedError(str(self.executable))
        width, height = request.viewport
        return await self._chromium.new_context(
            proxy={"server": proxy_server},
            viewport={"width": width, "height": height},
            device_scale_factor=request.scale,
            locale=request.locale,
            timezone_id=request.timezone,
            accept_downloads=False,
            ignore_https_errors=False,
            service_workers="allow",
            storage_state=cast("StorageState", request.login.state()) if request.login is not None else None,
        )

    async def photograph(self, html: str, width: int, height: int) -> bytes:
        """Draw a page of ours, in a context of its own without scripts and without network; returns a PNG."""
        await self.ready()
        if self._chromium is None:
            raise BrowserFailedError(str(self.executable))
        context = await self._chromium.new_context(
            java_script_enabled=False,
            offline=True,
            service_workers="block",
            viewport={"width": width, "height": height},
        )
        try:
            page = await context.new_page()
            await page.set_content(html)
            return await page.screenshot()
        finally:
            await context.close()

    async def print_html(self, html: str) -> bytes:
        """Print a page of ours as PDF, in a context of its own without scripts and without network."""
        await self.ready()
        if self._chromium is None:
            raise BrowserFailedError(str(self.executable))
        context = await self._chromium.new_context(java_script_enabled=False, offline=True, service_workers="block")
        try:
            page = await context.new_page()
            await page.set_content(html)
            return await page.pdf(prefer_css_page_size=True)
        finally:
            await context.close()

    async def abandon(self) -> None:
        """Drop a browser that no longer answers; the next capture starts another."""
        await self._stop()

    async def _stop(self) -> None:
        """End browser and driver, each within a limit, and remove the folder."""
        running, self._chromium = self._chromium, None
        driver, self._playwright = self._playwright, None
        self._facts = None
        for part in (running.close() if running else None, driver.stop() if driver else None):
            if part is None:
                continue
            try:
                await asyncio.wait_for(part, CLOSE_SECONDS)
            except (TimeoutError, PlaywrightError) as error:
                _log.warning("browser did not close cleanly: %s", error)
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)
            self._folder = None
        if self._spare is not None:
            self._spare.close()
            shutil.rmtree(self._spare.spool, ignore_errors=True)
            self._spare = None


def _last_words(message: str) -> str:
    """Return the first telling line of Playwright's long launch report."""
    lines = [line.strip() for line in message.splitlines() if line.strip()]
    telling = [line for line in lines if "[err]" in line or "error while loading" in line or "FATAL" in line]
    return (telling or lines or [""])[0][:300]
