"""A paper drafted anew: what was approved or authorised before does not count for it, and nothing is overwritten."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from caseapp.documents.errors import DocumentError
from caseapp.domain.errors import PermissionDeniedError, StaleVersionError
from caseapp.models import Approval, AuditEvent, Document, DocumentVersion, Notice, NoticeEvent
from caseapp.services import documents, notices
from caseapp.services.approvals import frozen_pdf
from caseapp.services.dispatches import dispatch_document
from tests.caseapp.services.house import House, statement_sample, version_of


def redraft(house: House, login: str, key: str, **more: Any) -> str:
    """Draft the next version of a version's document with the same facts; its key."""
    with house.work(login) as work:
        version = work.get(DocumentVersion, key)
        document = work.get(Document, version.document_id)
        facts = {name: value for name, value in version.context.items() if name != documents.WORDING}
        return documents.redraft_document(work, document, facts, note="改一句", **more).id


def test_a_new_version_returns_an_authorised_notice_to_preparation(house: House) -> None:
    notice_id, key = house.authorised(house.rumor())
    second = redraft(house, "zhou", key)
    notice, version = house.read(Notice, notice_id), version_of(house, second)
    assert (notice.status, notice.document_version_id) == ("prepared", second)
    assert (notice.authorised_by, notice.authorised_at) == (None, None)
    assert (version.n, version.status, version.route) == (2, "draft", [])
    assert version_of(house, key).status == "superseded"
    with house.ports.sessions() as session:
        assert session.scalars(select(Approval).where(Approval.version_id == second)).all() == []
        trail = session.scalars(select(AuditEvent.action).where(AuditEvent.object_id == notice_id)).all()
        last = session.scalars(select(NoticeEvent).order_by(NoticeEvent.seq.desc())).first()
    assert "notice.reopen" in trail
    assert last is not None
    assert (last.event, last.text) == ("prepared", "通知书另起第 2 稿，原批准不再有效")


def test_the_new_version_goes_the_whole_way_again(house: House) -> None:
    notice_id, key = house.authorised(house.rumor())
    second = redraft(house, "zhou", key)
    with pytest.raises(documents.InvalidInputError), house.work("han") as work:
        notices.authorise_notice(work, work.get(Notice, notice_id))
    with pytest.raises(documents.InvalidInputError), house.work("lin") as work:
        dispatch_document(work, work.get(DocumentVersion, key), channel="email", recipient="平台")
    with house.work("zhou") as work:
        documents.submit_document(work, work.get(DocumentVersion, second))
    house.approve(second, "lin", "han")
    with house.work("han") as work:
        notices.authorise_notice(work, work.get(Notice, notice_id))
        assert frozen_pdf(work, work.get(DocumentVersion, second))
    assert house.read(Notice, notice_id).status == "authorised"


def test_who_may_not_prepare_the_notice_does_not_undo_its_authorisation(house: House) -> None:
    notice_id, key = house.authorised(house.rumor())
    with pytest.raises(PermissionDeniedError):
        redraft(house, "gao", key)
    assert house.read(Notice, notice_id).status == "authorised"
    assert version_of(house, key).status == "approved"


def test_of_two_editors_the_second_is_told(house: House) -> None:
    key = house.statement()
    second = redraft(house, "gao", key, seen_n=1)
    with pytest.raises(StaleVersionError):
        redraft(house, "zhou", key, seen_n=1)
    document = house.read(Document, version_of(house, key).document_id)
    assert document.latest_n == version_of(house, second).n == 2


def rewordable(house: House, key: str) -> tuple[str, str]:
    """A sentence with a printed citation of law: its id and words."""
    model = documents.model_of(version_of(house, key))
    return next((one.id, one.text) for _, one in model.sentences() if "名誉权受法律保护" in one.text)


def test_a_sentence_in_other_words_keeps_its_citation_and_its_place(house: House) -> None:
    key = house.statement()
    name, words = rewordable(house, key)
    second = redraft(house, "gao", key, wording={name: f"特此声明：{words}", "s-gone": "无处可放"})
    model = documents.model_of(version_of(house, second))
    (sentence,) = [one for _, one in model.sentences() if one.id == name]
    assert sentence.text == f"特此声明：{words}"
    assert [inline.type for inline in sentence.content] == ["text", "citation", "text"]
    assert version_of(house, second).context[documents.WORDING] == {name: f"特此声明：{words}"}
    third = redraft(house, "gao", second)
    assert documents.model_of(version_of(house, third)).digest() == model.digest()
    fourth = redraft(house, "gao", third, wording={})
    assert documents.model_of(version_of(house, fourth)).digest() == version_of(house, key).text_digest


def test_an_exhibit_typed_into_a_sentence_becomes_a_citation_and_a_blank_stays_one(house: House) -> None:
    facts = statement_sample()
    facts.pop("number")
    del facts["statement"]["hotline"]
    with house.work("gao") as work:
        case = work.get(documents.Case, house.case_id)
        key = documents.draft_document(work, case, "clarification_statement", facts).id
    model = documents.model_of(version_of(house, key))
    blank = next(one for _, one in model.sentences() if "热线" in one.text)
    label = facts["exhibits"][0]["label"]
    second = redraft(house, "gao", key, wording={blank.id: f"见 {label}。{blank.text}"})
    (now,) = [one for _, one in documents.model_of(version_of(house, second)).sentences() if one.id == blank.id]
    assert [(one.type, getattr(one, "missing", None)) for one in now.content].count(("field", True)) == 1
    assert [one.target for one in now.content if one.type == "citation"] == [facts["exhibits"][0]["evidence"]]
    assert any(found["severity"] == "block" for found in version_of(house, second).findings)


@pytest.mark.parametrize("text", ["\u202e反转", "零\u200b宽", "\x07"])
def test_hidden_characters_enter_no_sentence(house: House, text: str) -> None:
    key = house.statement()
    name, _words = rewordable(house, key)
    with pytest.raises(DocumentError):
        redraft(house, "gao", key, wording={name: text})
