"""Number labels with QR codes for chosen items, as one sheet to print."""

from __future__ import annotations

import re

from flask import Response, render_template, request

from caseapp.domain.errors import InvalidInputError, NotFoundError
from caseapp.domain.labels import Label
from caseapp.domain.permissions import Permission
from caseapp.services.evidence_labels import label_sheet
from caseapp.services.queries.evidence import item_row
from caseapp.web.access import needs
from caseapp.web.downloads import download
from caseapp.web.forms import Form, text
from caseapp.web.i18n import N_, language
from caseapp.web.pages.evidence_upload import blueprint
from caseapp.web.unit import reading

__all__ = ["blueprint"]

NUMBERS_LENGTH = 6000
WORD = re.compile(r"[\s,;，；、]+")


class Wanted(Form):
    """Which items, and how many labels of the sheet are used up."""

    numbers = text(N_("证据编号"), limit=NUMBERS_LENGTH, required=True, area=True)
    skip = text(N_("第一张上已用掉几枚"), limit=2)


@blueprint.route("/labels", methods=["GET", "POST"])
@needs(Permission.EVIDENCE_READ)
def labels() -> str | Response | tuple[str, int]:
    """Ask for the numbers, or send the sheet."""
    if request.method != "POST":
        return _asked(Wanted(None, data={"numbers": "\n".join(request.args.getlist("no"))[:NUMBERS_LENGTH]}))
    form = Wanted(request.form)
    if not form.validate():
        return _asked(form), 422
    typed = (form.skip.data or "0").strip()
    numbers = list(dict.fromkeys(one for one in WORD.split(form.numbers.data or "") if one))
    try:
        with reading() as work:
            items = [item_row(work, number) for number in numbers]
            sheet = label_sheet(work, items, language(), skip=int(typed) if typed.isascii() and typed.isdigit() else 0)
    except NotFoundError:
        problem = Label("有编号不存在，或您看不到。", "a number is unknown, or not for you to see.")
        form.refuse(InvalidInputError(field=Label("证据编号", "evidence numbers"), problem=problem))
        return _asked(form), 422
    except InvalidInputError as refusal:
        form.refuse(refusal)
        return _asked(form), 422
    return download(sheet, "evidence-labels.pdf", "application/pdf")


def _asked(form: Wanted) -> str:
    return render_template("evidence/labels.html", form=form)
