"""One blueprint a noun: HTML pages."""

from __future__ import annotations

from caseapp.web.pages.account import blueprint as account
from caseapp.web.pages.audit import blueprint as audit
from caseapp.web.pages.case_pages import blueprint as case
from caseapp.web.pages.damage_sales import blueprint as damage
from caseapp.web.pages.deadline_acts import blueprint as deadline
from caseapp.web.pages.demo import blueprint as demo
from caseapp.web.pages.document_leave import blueprint as document
from caseapp.web.pages.drafts import blueprint as drafts
from caseapp.web.pages.evidence_certificate import blueprint as evidence
from caseapp.web.pages.find import blueprint as find
from caseapp.web.pages.inbox_many import blueprint as inbox
from caseapp.web.pages.incident_acts import blueprint as incident
from caseapp.web.pages.login import blueprint as login
from caseapp.web.pages.notice_acts import blueprint as notice
from caseapp.web.pages.people import blueprint as people
from caseapp.web.pages.shared import blueprint as shared
from caseapp.web.pages.system_report import blueprint as system
from caseapp.web.pages.today import blueprint as today

BLUEPRINTS = (
    today,
    inbox,
    incident,
    case,
    evidence,
    find,
    account,
    drafts,
    document,
    notice,
    deadline,
    damage,
    demo,
    people,
    login,
    audit,
    shared,
    system,
)
