"""What every answer carries: a content security policy with a nonce, quiet headers, a request id, no caching.

Scripts and style sheets run only with the nonce of their page; nothing inline, nothing from another origin.
"""

from __future__ import annotations

import os
import secrets
from pathlib import Path
from urllib.parse import urlsplit
from uuid import uuid4

from flask import Flask, Response, g, request
from flask_wtf.csrf import CSRFProtect
from werkzeug.routing import RequestRedirect

POLICY = (
    "default-src 'none'; script-src 'nonce-{nonce}'; style-src 'self' 'nonce-{nonce}'; "
    "img-src 'self' data: blob:; font-src 'self'; connect-src 'self'; media-src 'self'; manifest-src 'self'; "
    "form-action 'self'; frame-ancestors 'none'; base-uri 'none'; object-src 'none'"
)
DOWNLOAD_POLICY = "default-src 'none'; sandbox; frame-ancestors 'none'"
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=(), interest-cohort=()",
}
MAX_BODY = 16 * 1024 * 1024
ROOMY = {"evidence.enter": 30 * 1024 * 1024, "evidence.upload": 201 * 1024 * 1024}
"""Pages that take several files at once; each file has its own limit there."""
MAX_FORM_FIELD = 2 * 1024 * 1024
MAX_FIELDS = 500
KEY_BYTES = 32

csrf = CSRFProtect()


def cookie_key(keys_dir: Path) -> bytes:
    """Return the key that signs the session cookie, made on first use (file mode 0600)."""
    path = keys_dir / "cookie.key"
    try:
        return path.read_bytes()
    except FileNotFoundError:
        pass
    keys_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    fresh = keys_dir / f".cookie.{os.getpid()}.{secrets.token_hex(4)}"
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as target:
            target.write(secrets.token_bytes(KEY_BYTES))
        os.link(fresh, path)  # the first process wins; the others read what it wrote
    except FileExistsError:
        pass
    finally:
        fresh.unlink()  # also when the disk was full: half a key is no key
    return path.read_bytes()


def nonce() -> str:
    """Return the nonce of this answer."""
    value: str | None = g.get("nonce")
    if value is None:
        value = g.nonce = secrets.token_urlsafe(18)
    return value


def request_id() -> str:
    """Return the id under which this request is found in the log."""
    value: str | None = g.get("request_id")
    if value is None:
        value = g.request_id = uuid4().hex
    return value


def configure(app: Flask, *, key: bytes, secure_cookies: bool) -> None:
    """Set cookies, limits and headers, and switch forgery protection on for every changing request."""
    app.config.update(
        SECRET_KEY=key,
        SESSION_COOKIE_NAME="__Host-bianwu" if secure_cookies else "bianwu",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=secure_cookies,
        MAX_CONTENT_LENGTH=MAX_BODY,
        MAX_FORM_MEMORY_SIZE=MAX_FORM_FIELD,
        MAX_FORM_PARTS=MAX_FIELDS,
        WTF_CSRF_TIME_LIMIT=None,  # lives as long as the session
        WTF_CSRF_SSL_STRICT=secure_cookies,
    )
    app.before_request(_make_room)  # before the forgery check, which reads the form
    csrf.init_app(app)
    app.before_request(_name_request)
    app.after_request(harden)
    app.jinja_env.globals.update(nonce=nonce, request_id=request_id)


def _make_room() -> None:
    if request.endpoint in ROOMY:
        request.max_content_length = ROOMY[request.endpoint]


def _name_request() -> None:
    request_id()


def harden(answer: Response) -> Response:
    """Add the headers; a view that set a stricter policy keeps it."""
    for name, value in HEADERS.items():
        answer.headers.setdefault(name, value)
    answer.headers.setdefault("Content-Security-Policy", POLICY.format(nonce=nonce()))
    answer.headers["X-Request-Id"] = request_id()
    if isinstance(request.routing_exception, RequestRedirect):  # built from the Host header: the sender's word
        answer.location = urlsplit(request.routing_exception.new_url)._replace(scheme="", netloc="").geturl()
    if request.is_secure:
        answer.headers.setdefault("Strict-Transport-Security", "max-age=63072000; includeSubDomains")
    if request.endpoint != "static" and "private" not in answer.headers.get("Cache-Control", ""):
        answer.headers["Cache-Control"] = "no-store"  # also over send_file's own words
    return answer
