"""The time stamps of an item: which are there, the request to take along, a token brought back, a receipt attached."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import datetime
from typing import Any

from flask import flash, redirect, render_template, request, send_file, url_for
from werkzeug.wrappers import Response as Answer

from caseapp.domain.errors import InvalidInputError
from caseapp.domain.permissions import Permission
from caseapp.services.scrubbing import last_scrub
from caseapp.services.stamps_by_hand import (
    DIGESTS,
    MOST_TOKEN,
    advance,
    keep_receipt,
    keep_token,
    may_bring,
    record_receipt,
    record_token,
    stamp_request,
)
from caseapp.web.access import needs
from caseapp.web.forms import Form, choice, text
from caseapp.web.i18n import N_, _, language
from caseapp.web.pages.evidence import item_of
from caseapp.web.pages.evidence_custody import blueprint
from caseapp.web.security import DOWNLOAD_POLICY
from caseapp.web.unit import acting, key_of, reading
from caseapp.web.visitor import house
from caseapp.web.wording import word
from evidence_store import EvidenceError

__all__ = ["blueprint"]

KINDS = {
    "rfc3161-http": N_("联网取得"),
    "json-wrapped": N_("联网取得（JSON）"),
    "manual-import": N_("人工导入"),
    "unknown": N_("来路未知：机构已不在设置中"),
}


def _by_hand_first() -> list[Any]:
    return sorted(house().authorities, key=lambda one: not one.by_hand)


class Brought(Form):
    """Whose token it is; the file comes beside it."""

    authority = choice(N_("机构"), lambda: [(one.name, one.name) for one in _by_hand_first()], required=True)


class Attached(Form):
    """Whose receipt it is and its number; the file comes beside it."""

    chain = choice(N_("链"), lambda: [(one.name, one.name) for one in house().chains], required=True)
    receipt_no = text(N_("凭证编号"), limit=200, required=True)


@blueprint.get("/<number>/stamps")
@needs(Permission.EVIDENCE_READ)
def stamps(number: str) -> str:
    """Show what stamps the seal and what is attached to it."""
    return _page(number, Brought(), Attached())


def _page(number: str, brought: Brought, attached: Attached) -> str:
    with reading() as work:
        row, _granted = item_of(work, number)
        may = row.package_id is not None and Permission.EVIDENCE_REGISTER in work.permissions(row)
        item = {
            "no": row.no,
            "title": row.title,
            "package_id": row.package_id,
            "key": key_of(row.no, sample=row.sample),
        }
        scrub = last_scrub(work, row)
    kept = house().store.get(str(row.package_id)) if row.package_id else None
    return render_template(
        "evidence/stamps.html",
        item=item,
        key=item["key"],
        lines=[(row, datetime.fromisoformat(row["gen_time"])) for row in kept.stamps] if kept else [],
        listed=kept.listed if kept else (),
        vouchers=[(row, datetime.fromisoformat(row["attached_at"])) for row in kept.vouchers] if kept else [],
        scrub=scrub,
        check_days=house().check_days,
        outcome=word("scrub_outcome", scrub.outcome) if scrub else "",
        policy=kept.seal["tsa_policy"] if kept else {"k": 0, "n": 0},
        kinds=KINDS,
        digests=DIGESTS,
        places=[one for one in house().authorities if one.by_hand],
        brought=brought if may and house().authorities else None,
        attached=attached if may and house().chains else None,
    )


@blueprint.get("/<number>/stamps/<digest>.tsq")
@needs(Permission.EVIDENCE_READ)
def stamp_query(number: str, digest: str) -> Answer:
    """Send the request to take to an authority; it holds a digest and nothing else."""
    with reading() as work:
        row, _granted = item_of(work, number)
        name, data = stamp_request(work, row, digest)
    answer = send_file(
        io.BytesIO(data), "application/timestamp-query", as_attachment=True, download_name=name, max_age=0
    )
    answer.headers["Content-Security-Policy"] = DOWNLOAD_POLICY
    return answer


@blueprint.post("/<number>/stamps")
@needs(Permission.EVIDENCE_REGISTER)
def import_stamp(number: str) -> Answer | tuple[str, int]:
    """Check and keep a token a person brought."""
    form = Brought(request.form)

    def keep(package_id: str, given: bytes) -> Any:
        return keep_token(house(), package_id, form.authority.data, given)

    kept = _take(number, form, keep)
    if kept is None:
        return _page(number, form, Attached()), 422
    item_id, seal = kept
    with acting() as work:
        row, _granted = item_of(work, number)
        record_token(work, row, seal)
    advance(house(), item_id, seal)
    flash(_("时间戳已核对并收入。"), "ok")
    return redirect(url_for("evidence.stamps", number=number), 303)


@blueprint.post("/<number>/receipts")
@needs(Permission.EVIDENCE_REGISTER)
def attach_receipt(number: str) -> Answer | tuple[str, int]:
    """Attach a receipt of a chain."""
    form = Attached(request.form)

    def keep(package_id: str, given: bytes) -> Any:
        keep_receipt(house(), package_id, form.chain.data, form.receipt_no.data or "", given)

    if _take(number, form, keep) is None:
        return _page(number, Brought(), form), 422
    with acting() as work:
        row, _granted = item_of(work, number)
        record_receipt(work, row, form.chain.data, form.receipt_no.data or "")
    flash(_("凭证已附上。它不算时间戳。"), "ok")
    return redirect(url_for("evidence.stamps", number=number), 303)


def _take(number: str, form: Form, keep: Callable[[str, bytes], Any]) -> tuple[str, Any] | None:
    """Return the item and what came of keeping the file; None when the form is refused, with the reason in it."""
    with reading() as work:
        row, _granted = item_of(work, number)
        package_id, item_id = may_bring(work, row), row.id
    sent = request.files.get("file")
    given = b""
    if sent is not None:
        with sent.stream as stream:
            given = stream.read(MOST_TOKEN + 1)
    if not form.validate():
        return None
    try:
        if not 0 < len(given) <= MOST_TOKEN:
            form.form_errors.append(_("请选择文件，最大 2 MB。"))
            return None
        return item_id, keep(package_id, given)
    except InvalidInputError as refusal:
        form.refuse(refusal)
    except EvidenceError as error:
        form.form_errors.append(error.message(language()))
    return None
