"""The film of a capture on the page of its item: played from here, with its chapters."""

from __future__ import annotations

import io
from typing import Final

from flask import Response, make_response, send_file

from caseapp.domain.errors import NotFoundError
from caseapp.domain.permissions import Permission
from caseapp.web import proof
from caseapp.web.access import needs
from caseapp.web.film import CHAPTERS, worded
from caseapp.web.pages.evidence import kept_item, opener
from caseapp.web.pages.evidence_deeds import blueprint
from caseapp.web.security import DOWNLOAD_POLICY
from caseapp.web.unit import reading

__all__ = ["blueprint"]

LARGEST: Final = 96 * 1024 * 1024
"""Bytes of a film played here; a capture's is a quarter of that, and a longer one is downloaded."""


@blueprint.get("/<number>/film.webm")
@needs(Permission.EVIDENCE_READ)
def film(number: str) -> Response:
    """Answer the film or a range of it; the visit itself is in the custody chain already."""
    data = _bytes(number, proof.FILM)
    answer = send_file(io.BytesIO(data), "video/webm", conditional=True, max_age=0)
    answer.headers["Content-Security-Policy"] = DOWNLOAD_POLICY
    answer.headers["Cache-Control"] = "private, no-store"
    return answer


@blueprint.get("/<number>/film.vtt")
@needs(Permission.EVIDENCE_READ)
def film_chapters(number: str) -> Response:
    """Answer the chapters, their names in the language of the reader."""
    answer = make_response(worded(_bytes(number, CHAPTERS).decode()))
    answer.headers["Content-Type"] = "text/vtt; charset=utf-8"
    answer.headers["Content-Security-Policy"] = DOWNLOAD_POLICY
    return answer


def _bytes(number: str, name: str) -> bytes:
    with reading(part=True) as work:
        item, _granted = kept_item(work, number)
    entry = item.files.get(name)
    if item.package_id is None or not isinstance(entry, dict) or int(entry.get("bytes", LARGEST + 1)) > LARGEST:
        raise NotFoundError(kind=proof.FILE)
    with opener(item.package_id)(name) as stream:
        return stream.read()
