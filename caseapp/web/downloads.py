"""A file on its way out: named, never shown by the browser as a page of ours, kept by no cache."""

from __future__ import annotations

from flask import Response, make_response

from caseapp.web.security import DOWNLOAD_POLICY


def download(content: bytes, name: str, mime: str) -> Response:
    """Return an answer that saves ``content`` under ``name``, which is ours and plain ASCII (RFC 6266)."""
    answer = make_response(content)
    answer.headers["Content-Type"] = mime
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    answer.headers["Content-Security-Policy"] = DOWNLOAD_POLICY
    answer.headers["Cache-Control"] = "no-store"
    return answer
