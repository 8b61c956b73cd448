"""Hop 7: drafted from facts, versions, what blocks; who may see and submit."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest
from sqlalchemy import select

from caseapp.documents.errors import BadFactsError, UnknownKindError
from caseapp.domain.errors import NotFoundError, PermissionDeniedError, WorkflowRefusedError
from caseapp.models import AuditEvent, Case, Citation, Document, DocumentVersion
from caseapp.services import documents
from caseapp.services.documents import BlockedDocumentError
from caseapp.services.work import Actor, open_work
from tests.caseapp.services.house import House, refusal, statement_sample, stranger, version_of

KIND = "clarification_statement"


def draft(house: House, login: str = "gao", facts: Any = None, kind: str = KIND) -> str:
    with house.work(login) as work:
        case = work.get(Case, house.case_id)
        given = statement_sample() if facts is None else facts
        given.pop("number", None)
        return documents.draft_document(work, case, kind, given).id


def test_a_draft_has_number_author_model_and_trail(house: House) -> None:
    version = version_of(house, draft(house))
    document = house.read(Document, version.document_id)
    assert document.no.startswith("文-")
    assert (version.n, version.status, version.author_id) == (1, "draft", house["gao"].user_id)
    assert version.context["number"] == document.no
    with house.ports.sessions() as session:
        assert "document.drafted" in set(session.scalars(select(AuditEvent.action)))


@pytest.mark.parametrize("kind", ["no_such_kind", "../../../etc", "", "infringement_notice/.."])
def test_an_unknown_kind_is_refused_in_words(house: House, kind: str) -> None:
    with pytest.raises(UnknownKindError) as refused:
        draft(house, kind=kind)
    assert refusal(refused.value)


def test_facts_that_are_none_are_refused(house: House) -> None:
    with pytest.raises(BadFactsError):
        draft(house, facts={**statement_sample(), "claims": "x"})


def refused_all(house: House, actor: Actor, key: str) -> None:
    """Every step of drafting, tried by someone who may not see the case."""
    with open_work(house.ports, actor) as work:
        case = work.session.get_one(Case, house.case_id)
        version = work.session.get_one(DocumentVersion, key)
        document = work.session.get_one(Document, version.document_id)
        for deed in (
            lambda: documents.draft_document(work, case, KIND, statement_sample()),
            lambda: documents.redraft_document(work, document, statement_sample(), note=None),
            lambda: documents.submit_document(work, version),
        ):
            with pytest.raises(NotFoundError):
                deed()


def test_only_those_in_the_case_draft_and_submit(house: House) -> None:
    key = draft(house)
    refused_all(house, house["outside"], key)
    refused_all(house, stranger(house), key)
    with pytest.raises(PermissionDeniedError):
        draft(house, "he")


def test_a_finding_blocks_and_is_named_in_both_languages(house: House) -> None:
    facts = statement_sample()
    del facts["principal"]
    key = draft(house, facts=facts)
    with pytest.raises(BlockedDocumentError) as refused, house.work("gao") as work:
        documents.submit_document(work, work.get(DocumentVersion, key))
    assert "处必须改正" in refused.value.message("zh")
    assert "block" in refused.value.message("en")
    version = version_of(house, key)
    assert (version.status, version.approved_digest, version.route) == ("draft", None, [])


def test_submitting_fixes_bytes_and_route_once(house: House) -> None:
    version = version_of(house, house.statement())
    pdf = documents.render_pdf(version)
    assert version.approved_digest == hashlib.sha256(pdf).hexdigest()
    assert [step["role"] for step in version.route] == ["business", "counsel", "leader"]
    with house.ports.sessions() as session:
        cited = session.scalars(select(Citation).where(Citation.version_id == version.id)).all()
    assert {row.target_type for row in cited} == {"exhibit", "law"}
    assert all(row.sentence_id and row.target_key and row.shown for row in cited)
    with pytest.raises(WorkflowRefusedError), house.work("gao") as work:
        documents.submit_document(work, work.get(DocumentVersion, version.id))


def test_a_new_version_supersedes_the_one_before(house: House) -> None:
    key = house.statement()
    facts = statement_sample()
    facts.pop("number")
    with house.work("gao") as work:
        document = work.get(Document, version_of(house, key).document_id)
        second = documents.redraft_document(work, document, facts, note="改一句")
        assert (second.n, second.diff_of_n, second.note) == (2, 1, "改一句")
        assert second.context["number"] == document.no
    assert version_of(house, key).status == "superseded"
    with house.work("gao") as work:
        third = documents.redraft_document(work, work.get(Document, second.document_id), facts, note=None)
        assert documents.latest_version(work, work.get(Document, second.document_id)).id == third.id
    assert version_of(house, second.id).status == "superseded"


def test_what_left_the_house_is_not_redrafted(house: House) -> None:
    key = house.statement()
    house.approve(key, "he", "zhou", "han")
    with house.work("lin") as work:
        work.transition(documents.workflow.DOCUMENT_VERSION, work.get(DocumentVersion, key), "dispatch")
    document_id = version_of(house, key).document_id
    with pytest.raises(WorkflowRefusedError), house.work("gao") as work:
        documents.redraft_document(work, work.get(Document, document_id), statement_sample(), note=None)
    assert house.read(Document, document_id).latest_n == 1
