"""The read side: few statements a page, every row through ``work.visible``."""

from __future__ import annotations

from caseapp.services.queries import tabs
from caseapp.services.queries.case import SAMPLE_PREFIX, case_head, cases, ledger
from caseapp.services.queries.evidence import custody, detail, item_row, viewed_since
from caseapp.services.queries.find import find
from caseapp.services.queries.rows import (
    AuditRow,
    CaseHead,
    CaseRow,
    ClaimHead,
    DamageRow,
    DeadlineRow,
    EvidenceKey,
    EvidenceRow,
    Hit,
    MemberRow,
    NoticeItemRow,
    NoticeRow,
    PlatformRow,
    PostFact,
    PostRow,
)
from caseapp.services.queries.rows_evidence import CustodyRow, EvidenceDetail, UsedRow
from caseapp.services.queries.rows_today import (
    ApprovalRow,
    DueRow,
    IncidentClockRow,
    NoticeEventRow,
    QueueRow,
    TodayRows,
)
from caseapp.services.queries.today import queue, rail_counts, today

__all__ = [
    "SAMPLE_PREFIX",
    "ApprovalRow",
    "AuditRow",
    "CaseHead",
    "CaseRow",
    "ClaimHead",
    "CustodyRow",
    "DamageRow",
    "DeadlineRow",
    "DueRow",
    "EvidenceDetail",
    "EvidenceKey",
    "EvidenceRow",
    "Hit",
    "IncidentClockRow",
    "MemberRow",
    "NoticeEventRow",
    "NoticeItemRow",
    "NoticeRow",
    "PlatformRow",
    "PostFact",
    "PostRow",
    "QueueRow",
    "TodayRows",
    "UsedRow",
    "case_head",
    "cases",
    "custody",
    "detail",
    "find",
    "item_row",
    "ledger",
    "queue",
    "rail_counts",
    "tabs",
    "today",
    "viewed_since",
]
