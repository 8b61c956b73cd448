"""Tables of the case application: one aggregate a file, all importable from here."""

from __future__ import annotations

from caseapp.models.archive import Filing, Inventory, Procedure
from caseapp.models.audit import AuditDetail, AuditEvent, NumberSequence
from caseapp.models.capture import Capture, Job
from caseapp.models.case import Case, CaseIncident, CaseStage, Party, Relief
from caseapp.models.correspondence import Correspondence, CorrespondenceEvidence
from caseapp.models.damage import DamageEvidence, DamageItem
from caseapp.models.db import Base, Keyed, Row, make_engine, make_sessions, new_id, reading
from caseapp.models.deadline import Deadline, Task
from caseapp.models.disposal import Disposal
from caseapp.models.document import Approval, Citation, Dispatch, Document, DocumentVersion
from caseapp.models.evidence import CustodyDetail, CustodyEvent, EvidenceItem, Exhibit
from caseapp.models.form import FormDraft, FormReceipt
from caseapp.models.handover import Handover, ShareLink
from caseapp.models.incident import ClaimEvidence, Incident, RumorClaim
from caseapp.models.login import LoginProfile
from caseapp.models.notice import CounterNotice, Notice, NoticeEvent, NoticeItem
from caseapp.models.organization import Desk, Organization
from caseapp.models.post import Account, Appearance, MetricSnapshot, Platform, Post, PostIncident
from caseapp.models.publication import Publication
from caseapp.models.scrub import Scrub
from caseapp.models.types import Json, Money, UtcDateTime, rfc3339
from caseapp.models.user import Membership, SignInAttempt, User, UserSession

__all__ = [
    "Account",
    "Appearance",
    "Approval",
    "AuditDetail",
    "AuditEvent",
    "Base",
    "Capture",
    "Case",
    "CaseIncident",
    "CaseStage",
    "Citation",
    "ClaimEvidence",
    "Correspondence",
    "CorrespondenceEvidence",
    "CounterNotice",
    "CustodyDetail",
    "CustodyEvent",
    "DamageEvidence",
    "DamageItem",
    "Deadline",
    "Desk",
    "Dispatch",
    "Disposal",
    "Document",
    "DocumentVersion",
    "EvidenceItem",
    "Exhibit",
    "Filing",
    "FormDraft",
    "FormReceipt",
    "Handover",
    "Incident",
    "Inventory",
    "Job",
    "Json",
    "Keyed",
    "LoginProfile",
    "Membership",
    "MetricSnapshot",
    "Money",
    "Notice",
    "NoticeEvent",
    "NoticeItem",
    "NumberSequence",
    "Organization",
    "Party",
    "Platform",
    "Post",
    "PostIncident",
    "Procedure",
    "Publication",
    "Relief",
    "Row",
    "RumorClaim",
    "Scrub",
    "ShareLink",
    "SignInAttempt",
    "Task",
    "User",
    "UserSession",
    "UtcDateTime",
    "make_engine",
    "make_sessions",
    "new_id",
    "reading",
    "rfc3339",
]  # fmt: skip
