"""The small picture of an item beside its title in lists: the head of its screenshot, made on demand."""

from __future__ import annotations

from flask import Response, make_response

from caseapp.domain.errors import NotFoundError
from caseapp.domain.permissions import Permission
from caseapp.web import proof, tiles
from caseapp.web.access import needs
from caseapp.web.pages.evidence import TILE_AGE, kept_item, opener
from caseapp.web.pages.evidence_archive import blueprint
from caseapp.web.security import DOWNLOAD_POLICY
from caseapp.web.unit import reading

__all__ = ["blueprint"]


@blueprint.get("/<number>/thumb.jpg")
@needs(Permission.EVIDENCE_READ)
def thumb(number: str) -> Response:
    """Answer the small picture to whoever may read the item; a glance at a list is no visit of the item."""
    with reading(part=True) as work:
        item, _granted = kept_item(work, number)
    names = proof.strips(item.files)
    if item.package_id is None or not names:
        raise NotFoundError(kind=tiles.PICTURE)
    answer = make_response(tiles.thumb(item.package_id, names[0], opener(item.package_id)))
    answer.headers["Content-Type"] = "image/jpeg"
    answer.headers["Content-Security-Policy"] = DOWNLOAD_POLICY
    answer.headers["Cache-Control"] = f"private, max-age={TILE_AGE}"
    return answer
