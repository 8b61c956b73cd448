"""Lists of documents: columns, filters, what waits for the person who looks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from flask import url_for

from caseapp.domain.permissions import Permission
from caseapp.services.queries import CaseHead
from caseapp.services.queries.documents import document_lines
from caseapp.services.queries.granted import granted_in
from caseapp.services.queries.rows_documents import DocumentLine
from caseapp.services.work import Work
from caseapp.web import wording
from caseapp.web.i18n import N_, _, language
from caseapp.web.lists import Column, Filter, Listing, listing
from caseapp.web.unit import key_of

COLUMNS: Final[tuple[Column[DocumentLine], ...]] = (
    Column("number", N_("编号"), lambda row: row.number),
    Column("title", N_("文书"), lambda row: row.title),
    Column("kind", N_("种类"), lambda row: wording.document_kind(row.kind)),
    Column("n", N_("稿次"), lambda row: row.n),
    Column("state", N_("状态"), lambda row: wording.state_word("document_version", row.status)),
    Column("blocks", N_("阻断"), lambda row: row.blocks),
    Column("author", N_("起草人"), lambda row: row.author),
    Column("changed", N_("本稿时间"), lambda row: row.changed_at),
    Column("approver", N_("批准人"), lambda row: row.approver),
    Column("approved", N_("批准时间"), lambda row: row.approved_at),
    Column("digest", N_("定稿 SHA-256"), lambda row: row.digest),
    Column("case", N_("案件"), lambda row: row.case_no),
)


def _mine(key: str) -> str:
    return _("等我批准") if key == "yes" else _("其他")


def document_list(lines: Sequence[DocumentLine], *, with_case: bool = True) -> Listing[DocumentLine]:
    """Filter and order documents as the address says."""
    titles = {line.case_no: line.case_title for line in lines}
    filters: list[Filter[DocumentLine]] = [
        Filter("mine", N_("等我批准"), lambda row: "yes" if row.mine else "no", _mine),
        Filter("kind", N_("种类"), lambda row: row.kind, wording.document_kind),
        Filter("state", N_("状态"), lambda row: row.status, lambda key: wording.state_word("document_version", key)),
        Filter("case", N_("案件"), lambda row: row.case_no, lambda key: f"{key} {titles.get(key, '')}"),
    ]
    return listing(lines, COLUMNS, filters if with_case else filters[:3])


def href(line: DocumentLine) -> str:
    """Return the address of a document; of its approval when it waits for this person."""
    endpoint = "document.review" if line.mine else "document.page"
    return url_for(endpoint, number=key_of(line.number, sample=line.sample))


def waits_for(line: DocumentLine) -> str:
    """Return whose step of the route is open, in words."""
    if line.waits is None:
        return ""
    return _("等%(who)s", who=line.waits[language()])


def of_case(work: Work, head: CaseHead) -> dict[str, object]:
    """Return what the documents' tab of a case shows."""
    lines = document_lines(work, case_id=head.id)
    may = granted_in(work, head.id)
    key = key_of(head.number, sample=head.sample)
    return {
        "shown": document_list(lines, with_case=False),
        "href": href,
        "waits_for": waits_for,
        "start": url_for("document.start", case=key) if Permission.DOCUMENT_DRAFT in may else "",
    }
