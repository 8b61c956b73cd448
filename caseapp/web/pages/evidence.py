"""Evidence: the register, and one item with its picture, seal, digests, custody, verification and downloads."""

from __future__ import annotations

import tempfile
from datetime import timedelta
from pathlib import Path
from typing import BinaryIO

from flask import Blueprint, Response, make_response, render_template, request, send_file, url_for

from caseapp.domain.errors import NotFoundError, PermissionDeniedError
from caseapp.domain.events import Event
from caseapp.domain.permissions import Permission
from caseapp.models import EvidenceItem
from caseapp.services.custody import append_custody
from caseapp.services.evidence import export_evidence
from caseapp.services.queries import EvidenceDetail, detail, item_row, register, viewed_since
from caseapp.services.verification import check_package, record_verification
from caseapp.services.work import Work
from caseapp.web import proof, tiles, verification
from caseapp.web.access import needs
from caseapp.web.boxes import Box, boxes, boxes_json
from caseapp.web.i18n import _
from caseapp.web.marks import result, seal
from caseapp.web.security import DOWNLOAD_POLICY
from caseapp.web.unit import acting, key_of, reading
from caseapp.web.visitor import house
from evidence_store import Trust

blueprint = Blueprint("evidence", __name__, url_prefix="/evidence")

VIEW_BATCH = timedelta(hours=1)
TILE_AGE = 3600
PAGE = 100


@blueprint.get("/")
@needs(Permission.EVIDENCE_READ)
def index() -> str:
    """List the evidence the person sees, newest first."""
    before = request.args.get("before")
    with reading() as work:
        rows = register(work, before=before)
    older = url_for("evidence.index", before=rows[-1].number) if len(rows) == PAGE else None
    return render_template("evidence/index.html", rows=rows, older=older)


@blueprint.get("/<number>")
@needs(Permission.EVIDENCE_READ)
def page(number: str) -> str:
    """Show one item; looking at it is written into its custody chain, once an hour and person."""
    with acting(shows_page=True) as work:
        row, granted = _item(work, number)
        _note_view(work, row)
        item = detail(work, row)
        may_export = Permission.EVIDENCE_EXPORT in granted
    return _render(item, may_export=may_export)


def _item(work: Work, number: str) -> tuple[EvidenceItem, frozenset[Permission]]:
    """Return the item and what the person may do with it.

    Raises:
        NotFoundError: absent or not visible.
        PermissionDeniedError: the roles held in its cases read trails only.
    """
    row = item_row(work, number)
    granted = work.permissions(row)
    if Permission.EVIDENCE_READ not in granted:
        raise PermissionDeniedError(permission=Permission.EVIDENCE_READ.label)
    return row, granted


def _note_view(work: Work, row: EvidenceItem) -> None:
    """Write one custody event for an hour of looking by one person."""
    if row.package_id is not None and not viewed_since(work, row.id, work.now - VIEW_BATCH):
        append_custody(work, row, "view")
        work.record(Event.EVIDENCE_READ, row)


def _opener(package_id: str) -> tiles.Open:
    def open_file(name: str) -> BinaryIO:
        stream: BinaryIO = house().store.open_file(package_id, f"data/{name}")
        return stream

    return open_file


def _picture(item: EvidenceDetail | EvidenceItem) -> tiles.Picture | None:
    names = proof.strips(item.files)
    if item.package_id is None or not names:
        return None
    return tiles.picture(item.package_id, names, _opener(item.package_id))


def _home(item: EvidenceDetail) -> dict[str, str] | None:
    """Return the first case the item is an exhibit of, for the breadcrumb."""
    for number, sample, _exhibit in item.exhibits:
        return {"number": number, "key": key_of(number, sample=sample)}
    return None


def _render(item: EvidenceDetail, *, may_export: bool, report: verification.Verification | None = None) -> str:
    views = proof.views(item)
    wanted = request.args.get("view", "")
    view = wanted if wanted in dict(views) else views[0][0]
    picture = _picture(item) if view == "shot" else None
    found: list[Box] = []
    if picture is not None and item.package_id is not None:
        found = boxes(item.files, _opener(item.package_id), picture.width)
    ladder = proof.ladder(item)
    coverage = proof.coverage(item)
    return render_template(
        "evidence/page.html",
        item=item,
        key=key_of(item.number, sample=item.sample),
        home=_home(item),
        view=view,
        views=views,
        picture=picture,
        tile_size=tiles.TILE,
        boxes=found,
        boxes_json=boxes_json(found),
        text=item.text,
        files=proof.listing(item.files),
        may_export=may_export,
        result=result(item.capture_result),
        seal_state=seal(item.seal_state, stamped=item.stamps, wanted=len(house().authorities)),
        outcome_word=proof.outcome_word(item),
        weakest=proof.weakest(item),
        ladder=ladder,
        test_stamp=item.test_stamps > 0,
        report=report,
        digests=proof.digests(item),
        coverage=coverage,
        custody=proof.custody(item.custody),
        step=proof.next_step(item, coverage),
    )


@blueprint.get("/<number>/shot/<int:level>/<int:column>/<int:row>.jpg")
@needs(Permission.EVIDENCE_READ)
def tile(number: str, level: int, column: int, row: int) -> Response:
    """Answer one tile of the screenshot; the visit itself is in the custody chain already."""
    with reading(part=True) as work:
        item, _granted = _item(work, number)
    picture = _picture(item)
    if picture is None or item.package_id is None:
        raise NotFoundError(kind=tiles.PICTURE)
    answer = make_response(tiles.tile(picture, level, column, row, _opener(item.package_id)))
    answer.headers["Content-Type"] = "image/jpeg"
    answer.headers["Content-Security-Policy"] = DOWNLOAD_POLICY
    answer.headers["Cache-Control"] = f"private, max-age={TILE_AGE}"
    return answer


@blueprint.post("/<number>/verify")
@needs(Permission.EVIDENCE_READ)
def verify(number: str) -> str:
    """Export the package and check it as an outsider would; show every numbered check."""
    with reading() as work:
        row, _granted = _item(work, number)
    with tempfile.TemporaryDirectory(prefix="bianwu-verify-") as folder:
        report = check_package(house(), row, Path(folder), trust())
    with acting(shows_page=True) as work:
        row, granted = _item(work, number)
        record_verification(work, row, report)
        at = work.now
        item = detail(work, row)
        may_export = Permission.EVIDENCE_EXPORT in granted
    shown = verification.report(report, at)
    if "HX-Request" in request.headers:
        return render_template("evidence/verify.html", report=shown)
    return _render(item, may_export=may_export, report=shown)


@blueprint.post("/<number>/export")
@needs(Permission.EVIDENCE_EXPORT)
def export(number: str) -> Response:
    """Send the package as a ZIP that anyone can verify offline; the export is in its custody chain."""
    with tempfile.TemporaryDirectory(prefix="bianwu-export-") as folder:
        with acting() as work:
            row, _granted = _item(work, number)
            path = export_evidence(work, row, Path(folder), reason=request.form.get("reason") or _("页面导出"))
        stream = path.open("rb")  # stays readable after its name is gone
    return _attachment(stream, path.name)


@blueprint.get("/<number>/files/<path:name>")
@needs(Permission.EVIDENCE_EXPORT)
def download(number: str, name: str) -> Response:
    """Send one payload file as a download; it is never shown as a page of this site."""
    with acting() as work:
        row, _granted = _item(work, number)
        work.require(Permission.EVIDENCE_EXPORT, row)
        if name not in row.files:
            raise NotFoundError(kind=proof.FILE)
        append_custody(work, row, "view", reason=name)
        stream = _opener(str(row.package_id))(name)
    return _attachment(stream, name.rpartition("/")[2])


def trust() -> Trust | None:
    """Return whom a reader of this installation's packages believes; None when that was never written down."""
    path = house().settings.data_dir / "trust.json"
    return Trust.load(path) if path.is_file() else None


def _attachment(stream: BinaryIO, name: str) -> Response:
    answer = send_file(stream, "application/octet-stream", as_attachment=True, download_name=name, max_age=0)
    answer.headers["Content-Security-Policy"] = DOWNLOAD_POLICY
    answer.headers["Cache-Control"] = "no-store"
    return answer
