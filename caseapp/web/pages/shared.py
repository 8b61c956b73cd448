"""What a share link shows to someone without an account: one item, watermarked, until the link ends."""

from __future__ import annotations

from typing import Final

from flask import Blueprint, Response, make_response, render_template, request

from caseapp.domain.errors import NotFoundError
from caseapp.services.sharing import Opened, open_share, visitor_of
from caseapp.services.work import open_work, read_work
from caseapp.web import proof, tiles, watermark
from caseapp.web.access import public
from caseapp.web.marks import seal
from caseapp.web.pages.evidence import opener
from caseapp.web.security import DOWNLOAD_POLICY, request_id
from caseapp.web.visitor import house

blueprint = Blueprint("shared", __name__, url_prefix="/shared")
REASON: Final = "the token in the address is the permission; it expires, can be revoked, and every opening is logged"


@blueprint.get("/<token>")
@public(REASON)
def page(token: str) -> str:
    """Show the item; this opening is counted, in the chain of custody and in the trail."""
    with open_work(house(), visitor_of(token, ip=request.remote_addr, request_id=request_id())) as work:
        found = open_share(work, token, counted=True)
        picture = _picture(found)
        return render_template(
            "evidence/shared.html",
            item=found.item,
            link=found.link,
            token=token,
            watermark=found.watermark,
            bands=watermark.bands(picture) if picture else 0,
            seal_state=seal(found.item.seal_state, stamped=found.item.stamps),
        )


@blueprint.get("/<token>/<int:n>.jpg")
@public(REASON)
def band(token: str, n: int) -> Response:
    """Answer one band of the screenshot with the words drawn over it."""
    with read_work(house(), visitor_of(token, ip=request.remote_addr, request_id=request_id())) as work:
        found = open_share(work, token, counted=False)
        picture, words = _picture(found), found.watermark
        package_id = str(found.item.package_id)
    if picture is None:
        raise NotFoundError(kind=tiles.PICTURE)
    answer = make_response(watermark.band(picture, n, words, opener(package_id)))
    answer.headers["Content-Type"] = "image/jpeg"
    answer.headers["Content-Security-Policy"] = DOWNLOAD_POLICY
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _picture(found: Opened) -> tiles.Picture | None:
    names = proof.strips(found.item.files)
    if not names:
        return None
    return tiles.picture(str(found.item.package_id), names, opener(str(found.item.package_id)))
