"""What a new document of a case starts from: whatever the case's rows know for its kind."""

from __future__ import annotations

from typing import Any, Final

from caseapp.documents import DocumentKind, list_kinds, load
from caseapp.domain.permissions import Permission
from caseapp.models import Case, Document, DocumentVersion
from caseapp.services.damages import assess_damages, ledger_facts
from caseapp.services.documents import WORDING, draft_document
from caseapp.services.facts import case_facts, claim_facts, exhibit_facts
from caseapp.services.times import SHANGHAI
from caseapp.services.work import Work

MADE_ELSEWHERE: Final = frozenset({"infringement_notice", "bundle_index"})
"""Kinds that are drafted with what they belong to: a notice from chosen posts, an index with its bundle."""


def startable() -> list[DocumentKind]:
    """The kinds a person starts by choosing them."""
    return [kind for kind in list_kinds() if kind.kind not in MADE_ELSEWHERE]


def prefilled(work: Work, case: Case, kind: DocumentKind) -> dict[str, Any]:
    """What the case's rows know for a document of this kind; the date is today's.

    Raises:
        NotFoundError, PermissionDeniedError.
    """
    work.require(Permission.DOCUMENT_DRAFT, case)
    roots = {rule.path.partition(".")[0].removesuffix("[]") for rule in kind.fields}
    facts = case_facts(work, case) | {"issued_on": work.now.astimezone(SHANGHAI).date().isoformat()}
    if "claims" in roots:
        facts["claims"] = claim_facts(work, case)
    if "damages" in roots:
        facts["damages"] = ledger_facts(work, case, assess_damages(work, case))
    return facts


def start_document(
    work: Work, case: Case, kind: str, *, lang: str = "zh", incident_id: str | None = None
) -> DocumentVersion:
    """Draft the first version of a document from what is known.

    Raises:
        UnknownKindError, UnknownLanguageError, NotFoundError, PermissionDeniedError.
    """
    return draft_document(work, case, kind, prefilled(work, case, load(kind)), lang=lang, incident_id=incident_id)


def exhibits_for(work: Work, document: Document, base: dict[str, Any]) -> list[dict[str, Any]]:
    """The exhibits a document may cite now: the case's, and those its last version knew that are listed no more."""
    listed = exhibit_facts(work, work.session.get_one(Case, document.case_id))
    known = {row["evidence"] for row in listed} | {row["label"] for row in listed}
    old = [row for row in base.get("exhibits", ()) if row["evidence"] not in known and row["label"] not in known]
    return [*listed, *old]


def base_of(version: DocumentVersion) -> dict[str, Any]:
    """The facts a version was drafted from, without the sentences in other words."""
    return {key: value for key, value in version.context.items() if key != WORDING}
