"""档案: operating procedures by version, what is filed where, lists of transfer, and inventories counted by people."""

from __future__ import annotations

from typing import BinaryIO, Final, cast

from flask import Response, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as Answer

from caseapp.domain.errors import InvalidInputError, NotFoundError
from caseapp.domain.labels import Label
from caseapp.domain.permissions import Permission
from caseapp.domain.vocabulary import INVENTORY_FOUND, RETENTION
from caseapp.services.filing import (
    NAME_LENGTH,
    NOTE_LENGTH,
    PLACE_LENGTH,
    Place,
    adopt_procedure,
    check_begins,
    count_items,
    file_items,
    filed,
    inventories,
    procedures,
)
from caseapp.services.filing_papers import transfer_csv, transfer_list
from caseapp.services.papers import Paper, seal_papers
from caseapp.services.queries.evidence import item_row
from caseapp.services.work import Work
from caseapp.web.access import needs, visitor
from caseapp.web.downloads import download
from caseapp.web.forms import Form, choice, day, text
from caseapp.web.i18n import N_, _, language, many
from caseapp.web.marks import say
from caseapp.web.pages.evidence_labels import NUMBERS_LENGTH, WORD
from caseapp.web.pages.evidence_redact import blueprint
from caseapp.web.unit import acting, key_of, reading
from caseapp.web.visitor import house

__all__ = ["blueprint"]

UNKNOWN: Final = Label("有编号不存在，或您看不到。", "a number is unknown, or not for you to see.")
NUMBERS: Final = Label("证据编号", "evidence numbers")
TYPES: Final = {"pdf": "application/pdf", "csv": "text/csv; charset=utf-8"}


class Filing(Form):
    """Which items are filed where."""

    numbers = text(N_("证据编号"), limit=NUMBERS_LENGTH, required=True, area=True)
    fonds = text(N_("全宗"), limit=NAME_LENGTH, required=True)
    category = text(N_("档案类别"), limit=NAME_LENGTH, required=True)
    retention = choice(N_("保管期限"), lambda: [(key, say(RETENTION[key])) for key in RETENTION], required=True)
    place = text(N_("存放位置"), limit=PLACE_LENGTH)


class Adopted(Form):
    """A version of the operating procedure; its text comes beside it."""

    title = text(N_("名称"), limit=NAME_LENGTH, required=True)
    begins = day(N_("起施行"), required=True)


@blueprint.get("/archive")
@needs(Permission.EVIDENCE_READ)
def archive() -> str:
    """Show procedures, what is filed, and the counts."""
    return _page(Filing(None), Adopted(None))


@blueprint.post("/archive/file")
@needs(Permission.EVIDENCE_TRANSFER)
def file_away() -> Answer | tuple[str, int]:
    """File items."""
    form = Filing(request.form)
    if not form.validate():
        return _page(form, Adopted(None)), 422
    where = Place(form.fonds.data or "", form.category.data or "", form.retention.data, form.place.data or "")
    numbers = list(dict.fromkeys(one for one in WORD.split(form.numbers.data or "") if one))
    try:
        with acting() as work:
            done = file_items(work, [item_row(work, number) for number in numbers], where)
    except NotFoundError:
        form.refuse(InvalidInputError(field=NUMBERS, problem=UNKNOWN))
        return _page(form, Adopted(None)), 422
    except InvalidInputError as refusal:
        form.refuse(refusal)
        return _page(form, Adopted(None)), 422
    flash(many("已归档 %(num)d 件，记入各件的保管链。", done), "ok")
    return redirect(url_for("evidence.archive"), 303)


@blueprint.post("/archive/procedures")
@needs(Permission.EVIDENCE_REGISTER)
def adopt() -> Answer | tuple[str, int]:
    """Put a version of the procedure in force; its text is sealed."""
    form, sent = Adopted(request.form), request.files.get("file")
    begins = form.begins.data
    if not form.validate() or begins is None or sent is None or not sent.filename:
        return _page(Filing(None), form, needed=True), 422
    try:
        with reading() as work:
            check_begins(work, begins)
        paper = Paper(sent.filename, cast("BinaryIO", sent.stream))
        sealed = seal_papers(house(), [paper], purpose=f"procedure {form.title.data}")
        with acting() as work:
            adopt_procedure(work, sealed, title=form.title.data or "", begins=begins)
    except InvalidInputError as refusal:
        form.refuse(refusal)
        return _page(Filing(None), form, needed=True), 422
    flash(_("已封存并启用。"), "ok")
    return redirect(url_for("evidence.archive"), 303)


@blueprint.get("/archive/list")
@needs(Permission.EVIDENCE_READ)
def transfer_sheet() -> Response:
    """Send the list of transfer as PDF or CSV."""
    kind = "csv" if request.args.get("format") == "csv" else "pdf"
    make = transfer_csv if kind == "csv" else transfer_list
    with reading() as work:
        made = make(work, request.args.get("fonds", "")[:NAME_LENGTH], language())
    return download(made, f"archive-list.{kind}", TYPES[kind])


@blueprint.route("/archive/count", methods=["GET", "POST"])
@needs(Permission.EVIDENCE_TRANSFER)
def count() -> Answer | str | tuple[str, int]:
    """Count a fonds: every filed item is looked for by a person."""
    fonds = request.values.get("fonds", "")[:NAME_LENGTH]
    if request.method != "POST":
        with reading() as work:
            return _sheet(work, fonds, "")
    try:
        with acting() as work:
            found = {
                row.item.id: (request.form.get(f"f-{row.item.id}", ""), request.form.get(f"n-{row.item.id}", ""))
                for row in filed(work, fonds)
            }
            made = count_items(work, fonds, found)
            told = many("盘点已登记，%(num)d 处差异。", made.differences)
    except InvalidInputError as refusal:
        with reading() as work:
            return _sheet(work, fonds, refusal.message(language())), 422
    flash(told, "ok")
    return redirect(url_for("evidence.archive"), 303)


def _sheet(work: Work, fonds: str, problem: str) -> str:
    rows = [(row, request.form.get(f"f-{row.item.id}", ""), request.form.get(f"n-{row.item.id}", "")[:NOTE_LENGTH])
            for row in filed(work, fonds)]  # fmt: skip
    states = [(key, say(INVENTORY_FOUND[key])) for key in INVENTORY_FOUND]
    return render_template("evidence/count.html", fonds=fonds, rows=rows, states=states, problem=problem)


def _page(form: Filing, adopted: Adopted, *, needed: bool = False) -> str:
    with reading() as work:
        rows = filed(work)
        seen = {row.item.id for row in rows}
        held = [(row, key_of(item.no, sample=item.sample), work.sees(item)) for row, item in procedures(work)]
        counts = [(row, [line for key, line in row.lines.items() if key in seen]) for row in inventories(work)]
        return render_template(
            "evidence/archive.html",
            rows=[(row, key_of(row.item.no, sample=row.item.sample)) for row in rows],
            every=list(dict.fromkeys(row.filing.fonds for row in rows)),
            held=held,
            counts=counts,
            form=form,
            adopted=adopted,
            needed=needed,
            term=lambda key: say(RETENTION[key]),
            found=lambda key: say(INVENTORY_FOUND[key]),
            may_file=Permission.EVIDENCE_TRANSFER in visitor().permissions,
            may_adopt=Permission.EVIDENCE_REGISTER in visitor().permissions,
        )
