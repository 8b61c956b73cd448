"""What is typed into a form and not sent yet, kept for the person who typed it."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify, request

from caseapp.domain.errors import InvalidInputError
from caseapp.domain.labels import Label
from caseapp.services.forms import draft, drop_draft, keep_draft
from caseapp.web.access import signed_in
from caseapp.web.filters import stamp
from caseapp.web.unit import acting, reading

blueprint = Blueprint("drafts", __name__, url_prefix="/drafts")
OWN = "one's own unsent forms"
MOST_FIELDS = 200
_DRAFT = Label("草稿", "draft")
_SHAPE = Label("不是表单内容，请刷新页面。", "not the contents of a form; reload the page.")


@blueprint.get("/")
@signed_in(OWN)
def kept() -> Response | tuple[str, int]:
    """Answer the kept values of ?key=, or nothing (204)."""
    with reading(part=True) as work:
        found = draft(work, request.args.get("key", "")[:200])
    return jsonify({"values": found.values, "at": stamp(found.at)}) if found else ("", 204)


@blueprint.post("/")
@signed_in(OWN)
def keep() -> Response:
    """Keep {"key", "values"} over what was kept before.

    Raises:
        InvalidInputError: another shape, or too much.
    """
    said = request.get_json(silent=True)
    said = said if isinstance(said, dict) else {}
    key, values = said.get("key"), said.get("values")
    if not isinstance(values, dict) or not isinstance(key, str) or len(values) > MOST_FIELDS:
        raise InvalidInputError(field=_DRAFT, problem=_SHAPE)
    if not all(isinstance(text, str) and "\x00" not in f"{name}{text}" for name, text in values.items()):
        raise InvalidInputError(field=_DRAFT, problem=_SHAPE)
    with acting() as work:
        made = keep_draft(work, key, values)
        at = stamp(made.at)
    return jsonify({"at": at})


@blueprint.post("/drop")
@signed_in(OWN)
def drop() -> tuple[str, int]:
    """Forget the values kept under ``key``."""
    with acting() as work:
        drop_draft(work, request.form.get("key", "")[:200])
    return "", 204
