"""verify.html in the real Chromium: one browser for many packages, and what must hold of any report it gives."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from evidence_store.verifier_html import build_verify_html
from tests.caseapp.web.serving import launch

# Packages come as base64 of a ZIP, or as {path: base64} of a folder.
_JUDGE = """async ({what, trust, against}) => {
  const blob = (text) => new Blob([Uint8Array.from(atob(text), (mark) => mark.charCodeAt(0))]);
  const given = typeof what === 'string' ? blob(what) : Object.entries(what).map(([path, text]) => [path, blob(text)]);
  const optional = (text) => (text === null ? null : blob(text));
  return bianwu.verify(given, {trust: optional(trust), against: optional(against)});
}"""


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode()


class HtmlVerifier:
    """The page, opened once from a file; nothing it does may reach the network or its console."""

    def __init__(self, browser: Browser, path: Path) -> None:
        path.write_bytes(build_verify_html())
        self.browser, self.address = browser, path.as_uri()
        self.noise: list[str] = []
        self.page = self.open()[1]

    def open(self, **choices: Any) -> tuple[BrowserContext, Page]:
        context = self.browser.new_context(**{"locale": "zh-CN", "accept_downloads": True, **choices})
        page = context.new_page()
        page.on("console", lambda message: self.noise.append(message.text))
        page.on("pageerror", lambda error: self.noise.append(f"uncaught: {error}"))
        page.on("request", lambda request: self._note(request.url))
        page.goto(self.address)
        return context, page

    def _note(self, url: str) -> None:
        if url != self.address and not url.startswith("blob:"):
            self.noise.append(f"request: {url}")

    def report(
        self, what: bytes | dict[str, bytes], trust: dict[str, Any] | None, against: bytes | None = None
    ) -> dict[str, Any]:
        given = _text(what) if isinstance(what, bytes) else {path: _text(data) for path, data in what.items()}
        believed = None if trust is None else _text(json.dumps(trust).encode())
        head = None if against is None else _text(against)
        found: dict[str, Any] = self.page.evaluate(_JUDGE, {"what": given, "trust": believed, "against": head})
        return found


@contextmanager
def html_verifier(folder: Path) -> Iterator[HtmlVerifier]:
    with sync_playwright() as playwright:
        browser = launch(playwright)
        try:
            yield HtmlVerifier(browser, folder / "verify.html")
        finally:
            browser.close()


def both(
    html: HtmlVerifier,
    single: ModuleType,
    path: Path,
    trust: dict[str, Any] | None,
    against: bytes | None = None,
) -> tuple[set[int], str]:
    """Judge a ZIP or folder with verify.py and verify.html: one report, word for word. Return (failed, verdict)."""
    believed = None if trust is None else single.TrustFile(json.dumps(trust).encode())
    theirs = single.run_checks(str(path), believed, against, None)
    given: bytes | dict[str, bytes]
    if path.is_file():
        given = path.read_bytes()
    else:
        given = {one.relative_to(path).as_posix(): one.read_bytes() for one in path.rglob("*") if one.is_file()}
    ours = html.report(given, trust, against)
    assert ours == json.loads(json.dumps(theirs.to_json()))
    return {check.number for check in theirs.failures}, theirs.verdict
