"""One item of evidence: its picture, seal, digests, custody, verification and downloads."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import BinaryIO

from flask import Blueprint, Response, make_response, render_template, request, send_file

from caseapp.domain.errors import NotFoundError, PermissionDeniedError
from caseapp.domain.events import Event
from caseapp.domain.flow import Transition
from caseapp.domain.permissions import Permission
from caseapp.domain.vocabulary import DISPOSAL_DECISION
from caseapp.domain.workflow import EVIDENCE_ITEM
from caseapp.models import EvidenceItem
from caseapp.services.custody import append_custody
from caseapp.services.evidence import export_evidence
from caseapp.services.evidence_acts import STEPS
from caseapp.services.holds import require_bytes
from caseapp.services.queries import EvidenceDetail, UsedRow, detail, item_row, viewed_since
from caseapp.services.queries.earlier import EarlierItem, earlier_item
from caseapp.services.queries.evidence import exhibits
from caseapp.services.queries.handed_in import Companion, companions
from caseapp.services.queries.register import own_cases
from caseapp.services.queries.used import used
from caseapp.services.verification import check_package, record_verification
from caseapp.services.work import Work
from caseapp.web import changes, proof, readingview, tiles, verification
from caseapp.web.access import needs
from caseapp.web.boxes import Box, boxes, boxes_json
from caseapp.web.captured import DEVICE_WORDS, captured
from caseapp.web.film import film_of
from caseapp.web.i18n import _
from caseapp.web.marks import result, say, seal
from caseapp.web.mediaview import media_of
from caseapp.web.pages import inbox_words
from caseapp.web.pages.evidence_disposal import Disposing, disposing
from caseapp.web.pages.evidence_words import DOES, USES, asked_of, home_of, use_href
from caseapp.web.redacted import Beside, beside
from caseapp.web.replay import ARCHIVE, available
from caseapp.web.replicated import copy_note
from caseapp.web.security import DOWNLOAD_POLICY
from caseapp.web.unit import acting, key_of, reading
from caseapp.web.visitor import house
from caseapp.web.witnessed import with_witnesses
from evidence_store import Trust

blueprint = Blueprint("evidence", __name__, url_prefix="/evidence")

VIEW_BATCH = timedelta(hours=1)
TILE_AGE = 3600


@blueprint.get("/<number>")
@needs(Permission.EVIDENCE_READ)
def page(number: str) -> str:
    """Show one item; looking at it is written into its custody chain, once an hour and person."""
    with acting(shows_page=True) as work:
        row, granted = item_of(work, number)
        _note_view(work, row)
        shown = _shown(work, row, granted)
    return _render(shown)


@dataclass(frozen=True, slots=True)
class Shown:
    """What the page of an item needs, read in one unit of work.

    Attributes:
        item: everything the page says.
        granted: what the person may do with it.
        uses: where it is used.
        steps: what the table offers this person now.
        disposal: what stands against disposing of it, the request that waits, what is derived from it.
        cases: cases it can be made an exhibit of: address, number and title.
        beside: for an upload of a person's own the server's visits of its address; for such a visit the upload.
        earlier: the item its page was compared with; beside_copies: its redacted copies, or the original.
    """

    item: EvidenceDetail
    granted: frozenset[Permission]
    uses: list[UsedRow]
    steps: tuple[Transition, ...]
    disposal: Disposing
    cases: list[tuple[str, str]]
    beside: list[Companion]
    earlier: EarlierItem | None
    beside_copies: Beside


def _shown(work: Work, row: EvidenceItem, granted: frozenset[Permission]) -> Shown:
    steps = tuple(step for step in work.offers(EVIDENCE_ITEM, row) if step.action in STEPS)
    cases: list[tuple[str, str]] = []
    if Permission.EVIDENCE_EXHIBIT in granted:
        known = {(number, sample) for number, sample, _label in exhibits(work, row.id)}
        own = own_cases(work, Permission.EVIDENCE_EXHIBIT)
        cases = [(key_of(no, sample=old), f"{no} {title}") for no, old, title in own if (no, old) not in known]
    compared = str(((row.facts or {}).get("changes") or {}).get("earlier_seal_id", ""))
    return Shown(
        detail(work, row), granted, used(work, row), steps, disposing(work, row, steps), cases,
        companions(work, row.id), earlier_item(work, compared), beside(work, row, granted),
    )  # fmt: skip


def item_of(work: Work, number: str) -> tuple[EvidenceItem, frozenset[Permission]]:
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


def kept_item(work: Work, number: str) -> tuple[EvidenceItem, frozenset[Permission]]:
    """Return the item as ``item_of`` does, when its bytes are still there to be shown.

    Raises:
        NotFoundError, PermissionDeniedError; ErasedError: it was disposed of.
    """
    row, granted = item_of(work, number)
    require_bytes(row)
    return row, granted


def _note_view(work: Work, row: EvidenceItem) -> None:
    """Write one custody event for an hour of looking by one person."""
    if row.package_id is not None and not viewed_since(work, row.id, work.now - VIEW_BATCH):
        append_custody(work, row, "view")
        work.record(Event.EVIDENCE_READ, row)


def opener(package_id: str) -> tiles.Open:
    """Return what opens a payload file of a package by its name."""

    def open_file(name: str) -> BinaryIO:
        stream: BinaryIO = house().store.open_file(package_id, f"data/{name}")
        return stream

    return open_file


def _picture(item: EvidenceDetail | EvidenceItem, view: str = "shot") -> tiles.Picture | None:
    names = {"shot": proof.strips, "reading": readingview.strips}[view](item.files)
    if item.package_id is None or not names:
        return None
    return tiles.picture(item.package_id, names, opener(item.package_id))


def _render(shown: Shown, report: verification.Verification | None = None) -> str:
    item = with_witnesses(house(), shown.item)
    views = proof.views(item)
    wanted = request.args.get("view", "")
    view = wanted if wanted in dict(views) else views[0][0]
    picture = _picture(item, view) if view in ("shot", "reading") else None
    found: list[Box] = []
    if view == "shot" and picture is not None and item.package_id is not None:
        found = boxes(item.files, opener(item.package_id), picture.width)
    gone = item.status == "disposed"
    opened = opener(item.package_id) if item.package_id and not gone else None
    coverage = proof.coverage(item)
    return render_template(
        "evidence/page.html",
        item=item,
        key=key_of(item.number, sample=item.sample),
        home=home_of(item),
        view=view,
        views=views,
        picture=picture,
        tile_size=tiles.TILE,
        boxes=found,
        boxes_json=boxes_json(found),
        film=film_of(opener(item.package_id), item.files) if view == "film" and item.package_id else None,
        reading=readingview.reading_of(opened, item.files) if opened else None,
        changes=_compared(shown, item, opened) if opened and view == "changes" else None,
        earlier=shown.earlier,
        media=media_of(opened, item.files) if opened and view == "media" else None,
        text=item.text,
        files=proof.listing(item.files),
        shown=shown,
        gone=gone,
        decisions=DISPOSAL_DECISION,
        may_export=Permission.EVIDENCE_EXPORT in shown.granted and not gone,
        may_describe=Permission.EVIDENCE_REGISTER in shown.granted,
        may_hold=Permission.EVIDENCE_HOLD in shown.granted and not gone,
        does=DOES,
        replay=ARCHIVE in item.files and opened is not None,
        replay_ready=available(),
        say=say,
        got=captured(item),
        uses=[(_(USES[row.kind][0]), row, use_href(row)) for row in shown.uses],
        user_side=item.facts.get("user_side"),
        devices=DEVICE_WORDS,
        capture_mark=inbox_words.capture_mark,
        advice=inbox_words.advice,
        result=result(item.capture_result),
        seal_state=seal(item.seal_state, stamped=item.stamps, wanted=asked_of(item)),
        outcome_word=proof.outcome_word(item),
        weakest=proof.weakest(item),
        ladder=proof.ladder(item),
        copied=copy_note(item),
        test_stamp=item.test_stamps > 0,
        report=report,
        digests=proof.digests(item),
        coverage=coverage,
        custody=proof.custody(item.custody),
        step=proof.next_step(item, coverage),
    )


def _compared(shown: Shown, item: EvidenceDetail, opened: tiles.Open) -> changes.Changes | None:
    return changes.changes_of(opened, item.files, item.text or "", shown.earlier)


@blueprint.get("/<number>/shot/<int:level>/<int:column>/<int:row>.jpg")
@needs(Permission.EVIDENCE_READ)
def tile(number: str, level: int, column: int, row: int) -> Response:
    """Answer one tile of the screenshot; the visit itself is in the custody chain already."""
    with reading(part=True) as work:
        item, _granted = kept_item(work, number)
    picture = _picture(item)
    if picture is None or item.package_id is None:
        raise NotFoundError(kind=tiles.PICTURE)
    answer = make_response(tiles.tile(picture, level, column, row, opener(item.package_id)))
    answer.headers["Content-Type"] = "image/jpeg"
    answer.headers["Content-Security-Policy"] = DOWNLOAD_POLICY
    answer.headers["Cache-Control"] = f"private, max-age={TILE_AGE}"
    return answer


@blueprint.post("/<number>/verify")
@needs(Permission.EVIDENCE_READ)
def verify(number: str) -> str:
    """Export the package and check it as an outsider would; show every numbered check."""
    with reading() as work:
        row, _granted = kept_item(work, number)
    with tempfile.TemporaryDirectory(prefix="bianwu-verify-") as folder:
        report = check_package(house(), row, Path(folder), trust())
    with acting(shows_page=True) as work:
        row, granted = item_of(work, number)
        record_verification(work, row, report)
        at = work.now
        shown = _shown(work, row, granted)
    found = verification.report(report, at)
    if "HX-Request" in request.headers:
        return render_template("evidence/verify.html", report=found)
    return _render(shown, report=found)


@blueprint.post("/<number>/export")
@needs(Permission.EVIDENCE_EXPORT)
def export(number: str) -> Response:
    """Send the package as a ZIP that anyone can verify offline; the export is in its custody chain."""
    with tempfile.TemporaryDirectory(prefix="bianwu-export-") as folder:
        with acting() as work:
            row, _granted = item_of(work, number)
            path = export_evidence(work, row, Path(folder), reason=request.form.get("reason") or _("页面导出"))
        stream = path.open("rb")  # stays readable after its name is gone
    return _attachment(stream, path.name)


@blueprint.get("/<number>/files/<path:name>")
@needs(Permission.EVIDENCE_EXPORT)
def download(number: str, name: str) -> Response:
    """Send one payload file as a download; it is never shown as a page of this site."""
    with acting() as work:
        row, _granted = kept_item(work, number)
        work.require(Permission.EVIDENCE_EXPORT, row)
        if name not in row.files:
            raise NotFoundError(kind=proof.FILE)
        append_custody(work, row, "view", reason=name)
        stream = opener(str(row.package_id))(name)
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
