"""谣言事件."""

from __future__ import annotations

from flask import Blueprint

from caseapp.domain.permissions import Permission
from caseapp.services.queries.incident import incident_row
from caseapp.web.access import needs
from caseapp.web.unit import reading

blueprint = Blueprint("incident", __name__, url_prefix="/incidents")


@blueprint.get("/")
@needs(Permission.CASE_READ)
def index() -> str:
    """List."""
    return ""


@blueprint.get("/<number>")
@needs(Permission.CASE_READ)
def page(number: str) -> str:
    """Show one incident."""
    with reading() as work:
        return incident_row(work, number).title
