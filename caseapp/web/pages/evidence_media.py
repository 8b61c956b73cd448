"""Video, sound and pictures of a capture on the page of its item: played and shown from the kept files."""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO, Final

from flask import Response, request

from caseapp.domain.errors import NotFoundError
from caseapp.domain.permissions import Permission
from caseapp.models import EvidenceItem
from caseapp.services.custody import append_custody
from caseapp.services.queries.evidence import file_viewed_since
from caseapp.services.work import Work
from caseapp.web import proof
from caseapp.web.access import needs
from caseapp.web.mediaview import type_of
from caseapp.web.pages.evidence import VIEW_BATCH, kept_item, opener
from caseapp.web.pages.evidence_reading import blueprint
from caseapp.web.security import DOWNLOAD_POLICY
from caseapp.web.unit import acting

__all__ = ["blueprint"]

PIECE: Final = 256 * 1024
LONGEST: Final = 8 * 1024 * 1024
"""Bytes of one answer to a range: a player asks again for what follows, and no worker is held by a pause."""
_OK, _PARTIAL, _UNSATISFIABLE = 200, 206, 416


@blueprint.get("/<number>/kept/<path:name>")
@needs(Permission.EVIDENCE_READ)
def kept(number: str, name: str) -> Response:
    """Answer a kept medium or a range of it.

    That a film or sound was played is written into its custody chain once an hour; the pictures are part of the page,
    and looking at that is in the chain already.

    Raises:
        NotFoundError: absent, not visible, or no medium a browser may show.
    """
    mime = type_of(name)
    with acting() as work:
        item, _granted = kept_item(work, number)
        entry = item.files.get(name)
        if not mime or item.package_id is None or not isinstance(entry, dict):
            raise NotFoundError(kind=proof.FILE)
        if not mime.startswith("image/"):
            _note(work, item, name)
        package_id, size = item.package_id, int(entry["bytes"])
    return _answer(opener(package_id)(name), size, mime)


def _note(work: Work, item: EvidenceItem, name: str) -> None:
    if not file_viewed_since(work, item.id, name, work.now - VIEW_BATCH):
        append_custody(work, item, "view", reason=name)


def _answer(stream: BinaryIO, size: int, mime: str) -> Response:
    wanted = request.range
    asked = wanted.range_for_length(size) if wanted is not None and wanted.units == "bytes" else None
    if wanted is not None and asked is None:
        stream.close()
        return Response(status=_UNSATISFIABLE, headers={"Content-Range": f"bytes */{size}"})
    start, end = asked or (0, size)
    end = min(end, start + LONGEST) if asked else end
    stream.seek(start)
    answer = Response(_pieces(stream, end - start), _PARTIAL if asked else _OK, mimetype=mime)
    answer.content_length = end - start
    if asked:
        answer.headers["Content-Range"] = f"bytes {start}-{end - 1}/{size}"
    answer.headers["Accept-Ranges"] = "bytes"
    answer.headers["Content-Security-Policy"] = DOWNLOAD_POLICY
    answer.headers["Cache-Control"] = "private, no-store"
    return answer


def _pieces(stream: BinaryIO, left: int) -> Iterator[bytes]:
    with stream:
        while left > 0 and (data := stream.read(min(PIECE, left))):
            left -= len(data)
            yield data
