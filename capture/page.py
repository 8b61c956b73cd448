"""The steps that open the page, bring it to rest and read it."""

import asyncio
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

from playwright.async_api import Dialog, Download, Frame, Page
from playwright.async_api import Error as PlaywrightError
from playwright.async_api import TimeoutError as PlaywrightTimeoutError

from capture.errors import NavigationFailedError, RelayStoppedError
from capture.run import ERROR_PAGE, Run, first_line, well_formed

# What a browser shows as a page; anything else is a file (https://mimesniff.spec.whatwg.org/ groups).
PAGE_TYPES = frozenset(
    ("text/html", "application/xhtml+xml", "text/plain", "application/xml", "text/xml", "image/svg+xml")
)
FONT_MS = 3_000
IMAGE_WAIT_MS = 2_000
END_QUIET_MS = 400
EXPAND_MOST = 30
FRAME_SECONDS = 5
FRAMES_MOST = 40
LISTED_MOST = 200  # dialogs, popups or downloads


async def open_page(run: Run) -> str:
    """Open a fresh context with the relay as its only way out, and one page in it."""
    if run.relay is None:
        raise RelayStoppedError("not started")
    run.context = await run.browser.open_context(run.request, run.relay.proxy_server)
    cookies, login = await run.context.cookies(), run.request.login
    page = await run.context.new_page()
    session = await run.context.new_cdp_session(page)
    # Emulation belongs to a session: without its own, ours would put the page back to one device pixel per pixel.
    width, height = run.request.viewport
    metrics = {"width": width, "height": height, "deviceScaleFactor": run.request.scale, "mobile": False}
    await session.send("Emulation.setDeviceMetricsOverride", metrics)
    run.attach(page, session)
    page.on("crash", lambda _page: run.gone.set())
    run.notes["fresh_context"] = {"cookies": len(cookies), "login_profile": login.name if login else None}
    page.on("dialog", lambda dialog: _dismiss(run, dialog))
    page.on("framenavigated", lambda frame: _note_loss(run, frame))
    page.on("download", lambda download: _note_download(run, download))
    run.context.on("page", lambda popup: _close_popup(run, popup))
    return f"cookies {len(cookies)}"


def _listed(run: Run, topic: str, known: Sequence[Any]) -> bool:
    """Whether one more is written down: a page may open them for ever, and the record must stay readable."""
    if len(known) < LISTED_MOST:
        return True
    run.cuts[topic] = f"more than {LISTED_MOST}, the rest is not listed"
    return False


async def _dismiss(run: Run, dialog: Dialog) -> None:
    note = {"type": dialog.type, "message": well_formed(dialog.message[:2000])}
    if _listed(run, "dialogs", run.dialogs):
        run.dialogs.append(note)
        run.log("dialog", type=dialog.type)
    try:
        await dialog.dismiss()
    except PlaywrightError as error:
        note["error"] = first_line(error)


def _note_loss(run: Run, frame: Frame) -> None:
    """Note that the page went where nothing could be shown: what stands there now is the browser's own words."""
    if frame.parent_frame is None and frame.url.startswith(ERROR_PAGE):
        run.lost = True


async def _note_download(run: Run, download: Download) -> None:
    if _listed(run, "downloads", run.downloads):
        run.downloads.append(download.url)
        run.log("download", url=download.url)


async def _close_popup(run: Run, popup: Page) -> None:
    listed = _listed(run, "popups", run.popups)
    if listed:
        run.popups.append(popup.url)
        run.log("popup", url=popup.url)
    try:
        await popup.close()
    except PlaywrightError as error:
        if listed:
            run.popups.append(f"{popup.url} ({first_line(error)})")


async def navigate(run: Run) -> str:
    """Visit the address; a load event that does not come is noted, not waited for for ever.

    Raises:
        NavigationFailedError: Nothing of the page arrived.
    """
    page, limits = run.page, run.request.limits
    try:
        response = await page.goto(run.request.url, wait_until="commit", timeout=limits.navigation_ms)
    except PlaywrightError as error:
        await asyncio.sleep(0)  # lets a download event that came with the error be handled
        if run.downloads or "Download is starting" in str(error):
            run.is_page = False
            run.url_final = run.downloads[0] if run.downloads else run.request.url
            return "download"
        run.navigation_error = first_line(error)
        raise NavigationFailedError(run.navigation_error) from error
    run.navigated = True
    run.url_final = page.url
    if response is not None:
        run.status = response.status
        content_type = (await response.header_value("content-type") or "").split(";")[0].strip().lower()
        run.notes["document"] = {"status": response.status, "content_type": content_type}
        if content_type and content_type not in PAGE_TYPES:
            run.is_page = False
            return content_type
    return f"HTTP {run.status}"


async def load(run: Run) -> str:
    """Wait for the load event."""
    limits = run.request.limits
    try:
        await run.page.wait_for_load_state("load", timeout=limits.navigation_ms)
    except PlaywrightTimeoutError:
        words = f"no load event within {limits.navigation_ms} ms"
        run.cuts["load"] = words
        return words
    return ""


async def settle(run: Run) -> str:
    """Wait, within limits, until the network is quiet and the page's fonts are there."""
    run.browser.keep_spare()  # here the processor waits for the network anyway
    words = ""
    try:
        await run.page.wait_for_load_state("networkidle", timeout=run.request.limits.idle_ms)
    except PlaywrightTimeoutError:
        words = f"network still busy after {run.request.limits.idle_ms} ms"
    run.notes["fonts_of_page"] = await run.world.call("fonts", {"ms": FONT_MS})
    return words


async def expand(run: Run) -> str:
    """Open what the page folds away (展开, 阅读全文 …), as a reader would; every click is noted."""
    clicks = await run.world.call("expand", {"most": EXPAND_MOST})
    for click in clicks:
        run.log("click", time=click.pop("at") / 1000, **click)
    run.notes["expanded"] = clicks
    return f"{len(clicks)} opened"


async def scroll(run: Run) -> str:
    """Scroll down step by step so that lazy content loads, then back to the top."""
    limits = run.request.limits
    waits = {"stepWaitMs": IMAGE_WAIT_MS, "endQuietMs": END_QUIET_MS}
    argument = {"maxPx": limits.scroll_px, "maxMs": limits.scroll_ms, **waits}
    report = await run.world.call("scroll", argument)
    for at, y in report.pop("track"):
        run.log("scroll", time=at / 1000, y=y)
    run.notes["scroll"] = report
    words = f"{report['images_loaded']}/{report['images']} images, {report['reached_px']} px"
    if report["stopped"] != "end":
        cap = limits.scroll_px if report["stopped"] == "px" else limits.scroll_ms
        run.cuts["scroll"] = f"stopped at {cap} {report['stopped']}"
        words += f", {run.cuts['scroll']}"
    return words


async def read(run: Run) -> str:
    """Keep the document tree and the visible text, of the page and of its frames."""
    page = await run.world.call("read")
    run.title, run.url_final = str(page["title"]), str(page["url"])
    html, text, frames = str(page.pop("html")), str(page.pop("text")), page.pop("frames")
    run.notes["page"] = page
    run.keep("dom.html", html)
    kept = [(str(frame["url"]), str(frame["html"]), str(frame["text"])) for frame in frames]
    if page["frames_foreign"]:
        kept += await _read_foreign(run)
    for number, (_, tree, _) in enumerate(kept, start=1):
        run.keep(f"frames/frame-{number:03}.html", tree)
    run.notes["frames_kept"] = [url for url, _, _ in kept]
    run.text = text
    run.keep("text.txt", text + "".join(f"\n\n[frame {url}]\n{words}" for url, _, words in kept))
    return f"{len(text)} characters, {len(kept)} frames"


async def _read_foreign(run: Run) -> list[tuple[str, str, str]]:
    """Read the frames of other origins that show something: address, tree, visible text."""
    home = _origin(run.page.url)
    frames = [frame for frame in run.page.frames if frame is not run.page.main_frame and _origin(frame.url) != home]
    frames = [frame for frame in frames if frame.url not in ("", "about:blank")]
    answers = await asyncio.gather(*(_read_frame(frame) for frame in frames[:FRAMES_MOST]))
    missed = [f"{frame.url}: {error}" for frame, (_, _, error) in zip(frames, answers, strict=False) if error]
    run.notes["frames_missed"] = missed
    if len(frames) > FRAMES_MOST:
        run.cuts["frames"] = f"{FRAMES_MOST} of {len(frames)} frames read"
    return [(frame.url, html, text) for frame, (html, text, _) in zip(frames, answers, strict=False) if text.strip()]


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


async def _read_frame(frame: Frame) -> tuple[str, str, str]:
    """Return a frame's tree and visible text, or why there is none."""
    try:
        async with asyncio.timeout(FRAME_SECONDS):
            html, words = await asyncio.gather(
                frame.content(), frame.locator(":root").inner_text(timeout=FRAME_SECONDS * 1000)
            )
    except (PlaywrightError, TimeoutError) as error:
        return "", "", first_line(error)
    return well_formed(html), well_formed(words), ""


async def fetch_file(run: Run) -> str:
    """Fetch what is a file and not a page, through the same relay and policy, and keep the original."""
    if run.relay is None:
        raise RelayStoppedError("not started")
    url = run.url_final or run.request.url
    exchange = await asyncio.to_thread(run.relay.fetch, url)
    run.status = exchange.status
    note = {"url": url, "status": exchange.status, "sha256": exchange.response_sha256, "bytes": exchange.response_bytes}
    run.notes["file"] = {**note, "content_type": exchange.header("content-type"), "truncated": exchange.truncated}
    if exchange.truncated or exchange.response_body is None:
        run.cuts["file"] = exchange.error_detail or exchange.truncated or "empty"
    if exchange.response_body is not None:
        run.keep(f"file/{file_name(url)}", exchange.response_body.read_bytes())
    if run.request.login is not None:  # the relay asks for it, not the browser that carries the cookies
        run.cuts["login"] = "文件未带登录身份取得 the file was fetched without the login"
    return f"{exchange.response_bytes} bytes"


def file_name(url: str) -> str:
    """Return a safe ASCII name for what a URL gives; the URL itself is in the record."""
    last = urlsplit(url).path.rsplit("/", 1)[-1]
    safe = "".join(
        character if character.isascii() and (character.isalnum() or character in "._-") else "_" for character in last
    )
    return safe.lstrip(".")[:80] or "file"
