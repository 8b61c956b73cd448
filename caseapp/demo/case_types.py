"""The typed shape of the fictional case that the demo plays.

Every class mirrors one record of the JSON files in ``caseapp/demo/data``; names of fields are the
names of the JSON keys. Times are aware (Asia/Shanghai offset as written), money is ``Decimal`` yuan
with two places, dates are ``datetime.date``. Nothing can be changed after loading. The second half
(evidence, documents, notices, deadlines, money) is in ``case_records``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Organization:
    """单位: a fictional organisation; ``kind`` is one of DOMAIN's organisation kinds."""

    id: str
    kind: str
    name: str
    aliases: tuple[str, ...]
    uscc: str
    type: str = ""
    ownership: str = ""
    address: str = ""
    legal_rep: str = ""
    legal_rep_title: str = ""
    brands: tuple[str, ...] = ()
    products: tuple[str, ...] = ()
    contact: str = ""
    phone: str = ""
    email: str = ""
    site: str = ""
    platform: str = ""
    domain: str = ""


@dataclass(frozen=True)
class DemoUser:
    """用户: one person who signs in to the demo; ``role`` is the case role's code."""

    id: str
    login: str
    name: str
    dept: str
    title: str
    role: str
    role_zh: str
    license: str = ""
    duty: str = ""


@dataclass(frozen=True)
class DemoPlatform:
    """平台: ``channel`` is where a notice goes (a form's URL or a mailto: address)."""

    id: str
    name: str
    likeness: str
    domain: str
    operator: str
    channel: str
    required: tuple[str, ...]
    stated_sla: str


@dataclass(frozen=True)
class Account:
    """发布账号 as the platform shows it."""

    id: str
    platform: str
    handle: str
    uid: str
    followers: int
    verification: str
    ip_location: str
    identity_level: str
    note: str = ""
    party: str = ""


@dataclass(frozen=True)
class Metrics:
    """传播数据: the counters a page showed at one moment."""

    at: datetime
    views: int
    reposts: int
    comments: int
    likes: int


@dataclass(frozen=True)
class Edit:
    """What the author changed, in words, and when."""

    at: datetime
    text: str


@dataclass(frozen=True)
class DemoPost:
    """涉案内容: one of the fourteen posts, with the triage the case settled on."""

    id: str
    no: str
    platform: str
    account: str
    pid: str
    url: str
    kind: str
    text: str
    cls: str
    stance: str
    claims: tuple[str, ...]
    parent: str | None
    metrics: tuple[Metrics, ...]
    liveness: str
    final: str
    checks: tuple[datetime, ...]
    platform_words: str
    text_sha256: str
    triage: str
    route: str
    notice_allowed: bool
    published_at: datetime
    image_note: str = ""
    derived_hint: str = ""
    ocr_text: str = ""
    edited: tuple[Edit, ...] = ()
    obfuscation: Mapping[str, str] | None = None


@dataclass(frozen=True)
class StateChange:
    """One step of an incident's history."""

    state: str
    at: datetime
    note: str


@dataclass(frozen=True)
class DemoIncident:
    """谣言事件."""

    id: str
    no: str
    title: str
    six_type: str
    severity: str
    status: str
    detected_at: datetime
    first_responded_at: datetime
    earliest_captured: str
    posts: tuple[str, ...]
    state_history: tuple[StateChange, ...]


@dataclass(frozen=True)
class DemoClaim:
    """谣言主张: the rumour's own sentence, its neutral restatement and what disproves it."""

    id: str
    no: str
    incident: str
    quote: str
    neutral: str
    kind: str
    verdict: str
    verified_by: str
    verified_at: datetime
    rationale: str
    evidence: tuple[str, ...]


@dataclass(frozen=True)
class LegalHold:
    """Why nothing of the case may be disposed of, and until when."""

    basis: str
    until: str


@dataclass(frozen=True)
class Stage:
    """One entry of the case's stage log."""

    stage: str
    at: datetime


@dataclass(frozen=True)
class CaseRecord:
    """案件."""

    id: str
    no: str
    title: str
    type: str
    status: str
    stage: str
    cause: str
    forum: str
    lead: str
    opened_at: datetime
    incidents: tuple[str, ...]
    legal_hold: LegalHold
    confidentiality: str
    stage_history: tuple[Stage, ...]
