"""The reading view of a capture on the page of its item: tiles of the derived picture."""

from __future__ import annotations

from flask import Response, make_response

from caseapp.domain.errors import NotFoundError
from caseapp.domain.permissions import Permission
from caseapp.web import readingview, tiles
from caseapp.web.access import needs
from caseapp.web.pages.evidence import TILE_AGE, kept_item, opener
from caseapp.web.pages.evidence_film import blueprint
from caseapp.web.security import DOWNLOAD_POLICY
from caseapp.web.unit import reading

__all__ = ["blueprint"]


@blueprint.get("/<number>/reading/<int:level>/<int:column>/<int:row>.jpg")
@needs(Permission.EVIDENCE_READ)
def reading_tile(number: str, level: int, column: int, row: int) -> Response:
    """Answer one tile of the derived picture; the visit itself is in the custody chain already."""
    with reading(part=True) as work:
        item, _granted = kept_item(work, number)
    names = readingview.strips(item.files)
    if item.package_id is None or not names:
        raise NotFoundError(kind=tiles.PICTURE)
    open_file = opener(item.package_id)
    picture = tiles.picture(item.package_id, names, open_file)
    answer = make_response(tiles.tile(picture, level, column, row, open_file))
    answer.headers["Content-Type"] = "image/jpeg"
    answer.headers["Content-Security-Policy"] = DOWNLOAD_POLICY
    answer.headers["Cache-Control"] = f"private, max-age={TILE_AGE}"
    return answer
