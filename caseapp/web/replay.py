"""Replaying a captured page, from an origin of its own.

A captured page is hostile: its scripts run in the viewer. So the viewer is served by another application on another
port, under a name of its own for every opening (``r….localhost``), without a cookie and without a session; only a
signed token of a quarter of an hour leads to one archive. What it can reach is that archive, and nobody outside.
"""

from __future__ import annotations

import hashlib
import os
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Final

from flask import Flask, Response, abort, current_app, render_template, request
from itsdangerous import BadSignature, URLSafeTimedSerializer
from waitress.server import create_server
from werkzeug.exceptions import RequestedRangeNotSatisfiable
from werkzeug.wsgi import wrap_file

from caseapp.web.security import cookie_key
from caseapp.web.visitor import house
from evidence_store import EvidenceError
from evidence_store.tombstones import PackageErasedError

if TYPE_CHECKING:
    from caseapp.bootstrap import Application

EXTENSION: Final = "bianwu_replay"
ARCHIVE: Final = "capture.wacz"
LIFETIME: Final = 15 * 60
LOOPBACK: Final = frozenset(("127.0.0.1", "localhost", "::1"))
VIEWER: Final = Path(__file__).resolve().parents[2] / "tools" / "assets" / "node_modules" / "replaywebpage"
"""Where ``make setup`` puts ReplayWeb.page. It is under the AGPL and never part of the product itself."""
OWN: Final = Path(__file__).resolve().parent / "replay_static"
FILES: Final = {
    "ui.js": (VIEWER / "ui.js",),
    "replay/ui.js": (VIEWER / "ui.js",),
    "replay/sw.js": (OWN / "strict.js", VIEWER / "sw.js"),
}
"""Scripts of the other origin, each made of these files one after the other."""
POLICY: Final = (
    "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self' 'unsafe-inline'; img-src 'self' data: "
    "blob:; font-src 'self' data:; connect-src 'self' data: blob:; frame-src 'self'; worker-src 'self'; "
    "form-action 'none'; base-uri 'none'; object-src 'none'; frame-ancestors 'self'"
)
HEADERS: Final = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=(), clipboard-read=()",
    "X-Robots-Tag": "noindex",
}


@dataclass(frozen=True, slots=True)
class Ticket:
    """What one opening may show: whose it is, which item, which package, and the address the page had."""

    user_id: str
    item_id: str
    package_id: str
    url: str


def installed() -> bool:
    """Whether the viewer lies where ``make setup`` puts it."""
    return all(path.is_file() for paths in FILES.values() for path in paths)


def _signer(application: Application) -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(cookie_key(application.settings.keys_dir), salt="bianwu-replay")


def label(token: str) -> str:
    """Return the name of an opening's own origin, which follows from its token."""
    return f"r{hashlib.sha256(token.encode()).hexdigest()[:24]}"


def address(ticket: Ticket) -> str:
    """Return where the ticket opens; empty while no second port is served or the viewer is not installed."""
    port = current_app.extensions.get(EXTENSION)
    if port is None or not installed():
        return ""
    token = str(_signer(house()).dumps([ticket.user_id, ticket.item_id, ticket.package_id, ticket.url]))
    return f"http://{label(token)}.localhost:{port}/{token}/"


def available() -> bool:
    """Whether a replay can be opened now."""
    return current_app.extensions.get(EXTENSION) is not None and installed()


def create_replay_app(application: Application) -> Flask:
    """Return the application of the other origin: four files of the viewer, one page, one archive."""
    app = Flask("caseapp.web.replay", static_folder=None, template_folder=str(OWN))
    signer = _signer(application)

    def ticket(token: str) -> Ticket:
        if request.host.partition(":")[0] != f"{label(token)}.localhost":
            abort(404)
        try:
            return Ticket(*signer.loads(token, max_age=LIFETIME))
        except (BadSignature, TypeError):
            abort(410)

    @app.get("/<token>/")
    def page(token: str) -> str:
        return render_template("page.html", url=ticket(token).url, token=token)

    @app.get("/<token>/replay/")
    def inner(token: str) -> str:
        ticket(token)
        return render_template("inner.html")

    @app.get("/<token>/<path:name>")
    def file(token: str, name: str) -> Response:
        found = ticket(token)
        if name == ARCHIVE:
            try:
                stream = application.store.open_file(found.package_id, f"data/{ARCHIVE}")
            except PackageErasedError:
                abort(410)
            except EvidenceError:
                abort(404)
            return _ranges(stream)
        if name not in FILES:
            abort(404)
        return Response(b"\n".join(path.read_bytes() for path in FILES[name]), mimetype="text/javascript")

    app.after_request(_harden)
    return app


def _ranges(stream: BinaryIO) -> Response:
    """Answer the part of the archive that is asked for: the viewer reads it piece by piece."""
    size = stream.seek(0, os.SEEK_END)
    stream.seek(0)
    answer = Response(wrap_file(request.environ, stream), mimetype="application/wacz", direct_passthrough=True)
    answer.content_length = size
    try:
        answer.make_conditional(request, accept_ranges=True, complete_length=size)
    except RequestedRangeNotSatisfiable:
        stream.close()
        raise
    return answer


def _harden(answer: Response) -> Response:
    for name, value in HEADERS.items():
        answer.headers[name] = value
    answer.headers["Content-Security-Policy"] = POLICY
    answer.headers["Cache-Control"] = "no-store"
    return answer


def serve_replay(app: Flask, application: Application, host: str) -> Callable[[], None] | None:
    """Serve the other origin on a free port of this machine, in a thread; returns what ends it.

    Only on loopback: ``*.localhost`` leads a browser to its own machine. Elsewhere there is no replay.
    """
    if host not in LOOPBACK or not installed():
        return None
    server = create_server(create_replay_app(application), host=host, port=0, threads=4, ident=None)
    app.extensions[EXTENSION] = server.effective_port
    thread = threading.Thread(target=server.run, name="replay", daemon=True)
    thread.start()

    def end() -> None:
        server.close()
        thread.join(timeout=10)

    return end
