"""用户端取证: a screenshot, recording or saved page of one's own handed in; the server visits its address at once."""

from __future__ import annotations

from typing import BinaryIO, Final, cast

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as Answer

from caseapp.domain.errors import AlreadyExistsError, InvalidInputError
from caseapp.domain.permissions import Permission
from caseapp.services.captures import URL_LIMIT
from caseapp.services.handed_in import DEVICES, MOST, Told, hand_in
from caseapp.web.access import needs
from caseapp.web.captured import DEVICE_WORDS
from caseapp.web.forms import Form, choice, moment, text
from caseapp.web.i18n import N_, _
from caseapp.web.pages.evidence_media import blueprint
from caseapp.web.unit import acting, key_of, reading
from caseapp.web.visitor import house

__all__ = ["blueprint"]

TITLE_LENGTH: Final = 300
NOTE_LENGTH: Final = 1000
FORMATS: Final = ".png,.jpg,.jpeg,.mp4,.mov,.webm,.mht,.mhtml,.wacz,.html,.htm"


class Handed(Form):
    """What is said about a file of one's own; the file comes beside it."""

    url = text(N_("取自哪个网址"), limit=URL_LIMIT)
    device = choice(N_("用什么取的"), lambda: [(key, _(DEVICE_WORDS[key])) for key in DEVICES], required=True)
    taken_at = moment(N_("什么时候取的（北京时间）"))
    title = text(N_("题名"), limit=TITLE_LENGTH)
    note = text(N_("怎么取的"), limit=NOTE_LENGTH, area=True)


@blueprint.route("/upload", methods=["GET", "POST"])
@needs(Permission.EVIDENCE_REGISTER)
def upload() -> Answer | str | tuple[str, int]:
    """Take in a file of a person's own and order the server's visit of its address."""
    known = {"url": request.args.get("url", "")[:URL_LIMIT]}
    form = Handed(request.form if request.method == "POST" else None, data=known)
    with reading() as work:
        work.require(Permission.EVIDENCE_REGISTER)
    if request.method != "POST":
        return _entry(form)
    sent = request.files.get("file")
    if not form.validate() or sent is None or not sent.filename:
        return _entry(form, needed=True), 422
    told = Told(form.url.data or "", form.device.data, form.taken_at.data, form.note.data or "")
    try:
        stream = cast("BinaryIO", sent.stream)
        item, order = hand_in(house(), (reading, acting), sent.filename, stream, told, title=form.title.data or "")
    except (InvalidInputError, AlreadyExistsError) as refusal:
        form.refuse(refusal)
        return _entry(form, needed=True), 422
    flash(_("已封存并登记为用户端取证；服务器正在取证同一网址（%(no)s）。", no=order.no or ""), "ok")
    return redirect(url_for("evidence.page", number=key_of(item.no, sample=item.sample)), 303)


def _entry(form: Handed, *, needed: bool = False) -> str:
    return render_template("evidence/upload.html", form=form, needed=needed, most=MOST // 1024 // 1024, formats=FORMATS)
