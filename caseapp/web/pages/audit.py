"""审计台: the trail over all cases for those who may read it: who, what, when, which case; never content."""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response as Answer

from caseapp.domain.chain import Fault
from caseapp.domain.errors import FaultyRuleError
from caseapp.domain.events import Event
from caseapp.domain.kinds import kind_label
from caseapp.domain.labels import Label
from caseapp.domain.permissions import Permission
from caseapp.models import User
from caseapp.services.audit import record_audit_check, verify_audit
from caseapp.services.queries.system import last_audit_check
from caseapp.services.queries.trail import (
    MOST_EXPORTED,
    PAGE,
    VIEWS,
    TrailFilter,
    TrailRow,
    actions,
    actors,
    trail,
    trail_count,
    whole_trail,
)
from caseapp.services.work import Work
from caseapp.web import wording
from caseapp.web.access import needs, visitor
from caseapp.web.filters import BEIJING, now
from caseapp.web.i18n import N_, _, language, many
from caseapp.web.lists import cell
from caseapp.web.marks import say
from caseapp.web.places import tab_href
from caseapp.web.unit import acting, reading

blueprint = Blueprint("audit", __name__, url_prefix="/audit")

LAST = 2**63 - 1
KEPT = ("who", "what", "case", "since", "until", "view")
FAULTS_SHOWN = 20
HEADS = (
    N_("序号"), N_("时间"), N_("谁"), N_("登录名"), N_("做了什么"), N_("事件代码"), N_("对象"), N_("编号"), N_("案件"),
    N_("理由"), N_("变更的字段"), N_("地址"), N_("请求号"), N_("链值"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Asked:
    """The filter as typed and as understood."""

    typed: dict[str, Any]
    found: TrailFilter
    wrong: tuple[str, ...] = ()

    @property
    def filtered(self) -> bool:
        """Whether anything is left out."""
        return bool(self.typed)


@blueprint.get("/")
@needs(Permission.AUDIT_READ)
def index() -> str:
    """Show the trail as the address filters it."""
    asked = asked_of(request.args)
    before = _place(request.args.get("before", ""))
    with reading() as work:
        rows = [] if asked.wrong else trail(work, asked.found, before=before)
        total = 0 if asked.wrong else trail_count(work, asked.found)
        values = _frame(work, asked)
    older = url_for("audit.index", **asked.typed, before=rows[-1].seq) if len(rows) == PAGE else None
    return render_template("audit/index.html", rows=rows, total=total, older=older, before=before, **values)


@blueprint.post("/export")
@needs(Permission.AUDIT_READ)
def export() -> Response:
    """Send what the filter leaves as CSV that says its filter, its count and the SHA-256 of its table."""
    asked = asked_of(request.form)
    with acting() as work:
        table, count = table_of(whole_trail(work, asked.found))
        digest = hashlib.sha256(table).hexdigest()
        who = work.session.get_one(User, work.actor.user_id)
        line = filter_line(asked, _names(work))
        after = {"list": "audit", "filter": asked.typed, "rows": count, "sha256": digest}
        work.record(Event.LIST_EXPORTED, who, after=after)
        head = _head(line, count, digest, work.actor.display)
    answer = Response("\ufeff".encode() + head + table, mimetype="text/csv")
    stamp = f"{now().astimezone(BEIJING):%Y%m%d-%H%M}"
    answer.headers["Content-Disposition"] = f'attachment; filename="audit-{stamp}.csv"'
    answer.headers["X-Table-SHA256"] = digest
    return answer


@blueprint.post("/verify")
@needs(Permission.AUDIT_VERIFY)
def verify() -> Answer | str:
    """Check the whole chain, write down that it was checked, and show what was found."""
    with reading() as work:
        report = verify_audit(work)  # outside the transaction that writes: it walks every event
    with acting(shows_page=True) as work:
        record_audit_check(work, report)
        if report.intact:
            flash(many("已校验 %(num)d 条，链条完整。", report.events), "ok")
            return redirect(url_for("audit.index"), 303)
        asked = asked_of(MultiDict())
        rows, total = trail(work, asked.found), trail_count(work, asked.found)
        values = _frame(work, asked)
    faults = [(fault.seq, _fault(fault)) for fault in report.faults[:FAULTS_SHOWN]]
    return render_template(
        "audit/index.html", rows=rows, total=total, older=None, before=None, faults=faults,
        faulty=len(report.faults), **values,
    )  # fmt: skip


def asked_of(values: MultiDict[str, str]) -> Asked:
    """Read a filter; what cannot be read is named, and then nothing is shown rather than everything."""
    typed = {key: values[key].strip()[:100] for key in KEPT if values.get(key, "").strip()}
    wrong: list[str] = []
    days: dict[str, datetime | None] = {}
    for key in ("since", "until"):
        days[key] = _day(typed.get(key, ""))
        if key in typed and days[key] is None:
            wrong.append(key)
    if "view" in typed and typed["view"] not in VIEWS:
        wrong.append("view")
    until = days["until"] + timedelta(days=1) if days["until"] else None
    found = TrailFilter(
        typed.get("who", ""), typed.get("what", ""), typed.get("case", ""), days["since"], until,
        typed.get("view", ""),
    )  # fmt: skip
    return Asked(typed, found, tuple(wrong))


def _day(text: str) -> datetime | None:
    try:
        found = date.fromisoformat(text)
    except ValueError:
        return None
    if not 2000 <= found.year <= 9000:  # noqa: PLR2004 - a day later must still be one
        return None
    return datetime(found.year, found.month, found.day, tzinfo=BEIJING)


def _place(text: str) -> int | None:
    plain = text.isascii() and text.isdigit() and len(text) < 20  # noqa: PLR2004 - digits of the largest place
    return min(int(text), LAST) if plain else None


def _frame(work: Work, asked: Asked) -> dict[str, object]:
    every = Permission.AUDIT_READ in work.permissions()
    return {
        "asked": asked,
        "views": [(key, say(label)) for key, label in VIEWS.items()],
        "people": [(key, name) for key, name in actors(work)],
        "deeds": sorted(((key, wording.event(key)) for key in actions(work)), key=lambda pair: pair[1]),
        "kind": kind_word,
        "checked": last_audit_check(work) if every else None,
        "every": every,
        "may_verify": Permission.AUDIT_VERIFY in visitor().permissions,
        "case_href": lambda row: tab_href(row.case_no, sample=row.case_sample, tab="audit"),
        "reads_cases": Permission.CASE_READ in visitor().permissions,
        "most": MOST_EXPORTED,
    }


def kind_word(table: str) -> str:
    """Return what a table's rows are called; its bare name if this version does not know it."""
    try:
        return say(kind_label(table))
    except FaultyRuleError:
        return table


def _names(work: Work) -> dict[str, str]:
    return dict(actors(work))


def filter_line(asked: Asked, names: dict[str, str]) -> str:
    """Say a filter in one line."""
    said = {
        "who": names.get(asked.found.who, asked.found.who),
        "what": wording.event(asked.found.what) if asked.found.what else "",
        "case": asked.found.case,
        "since": asked.typed.get("since", ""),
        "until": asked.typed.get("until", ""),
        "view": say(VIEWS[asked.found.view]) if asked.found.view in VIEWS else "",
    }
    words = {
        "who": _("谁"), "what": _("做了什么"), "case": _("案件"), "since": _("自"), "until": _("至"), "view": _("专题"),
    }  # fmt: skip
    told = [f"{words[key]}={value}" for key, value in said.items() if value]
    return "; ".join(told) or _("无筛选")


def table_of(rows: Iterable[TrailRow]) -> tuple[bytes, int]:
    """Return the table as CSV bytes (its heads first) and how many rows it has."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow([_(head) for head in HEADS])
    count = 0
    for row in rows:
        count += 1
        writer.writerow([cell(value) for value in _cells(row)])
    return out.getvalue().encode(), count


def _cells(row: TrailRow) -> Sequence[object]:
    return (
        row.seq, row.at, row.actor, row.login, wording.event(row.action), row.action, kind_word(row.object_type),
        row.number, row.case_no, row.reason, " ".join(row.fields), row.ip, row.request_id, row.hash,
    )  # fmt: skip


def _head(line: str, count: int, digest: str, who: str) -> bytes:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow([_("筛选"), cell(line)])
    writer.writerow([_("行数"), str(count)])
    writer.writerow([_("导出"), cell(who), cell(now())])
    writer.writerow([_("空行以下各字节的 SHA-256"), digest])
    writer.writerow([])
    return out.getvalue().encode()


FAULTS = {
    "gap": Label("序号不连续：有记录缺失", "a gap in the numbers: records are missing"),
    "broken": Label("与上一条不相连", "not linked to the one before"),
    "altered": Label("链值与内容不符：这条被改过", "the hash does not fit: this record was changed"),
    "detail-altered": Label("细节与摘要不符：细节被改过", "the detail does not fit its digest: it was changed"),
    "detail-missing": Label("细节缺失，也没有依法删除的记录", "the detail is missing without a lawful erasure"),
    "detail-back": Label("已依法删除的细节又出现了", "a lawfully erased detail is back"),
}


def _fault(fault: Fault) -> str:
    known = FAULTS.get(fault.code)
    return known.text(language()) if known else fault.code
