"""The filter means the same whatever else the caller's query joins."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select

from caseapp.models import (
    Capture,
    CaseIncident,
    Document,
    DocumentVersion,
    EvidenceItem,
    Exhibit,
    Membership,
    Post,
    PostIncident,
)
from caseapp.services.work import open_work, system_actor
from tests.caseapp.conftest import World

JOINS = [
    (EvidenceItem, select(EvidenceItem.id).join(Capture, Capture.id == EvidenceItem.capture_id, isouter=True)),
    (EvidenceItem, select(EvidenceItem.id).join(Exhibit, Exhibit.evidence_id == EvidenceItem.id, isouter=True)),
    (Post, select(Post.id).join(PostIncident, PostIncident.post_id == Post.id, isouter=True)),
    (Post, select(Post.id).join(CaseIncident, CaseIncident.voided_at.is_not(None), isouter=True)),
    (DocumentVersion, select(DocumentVersion.id).join(Document, Document.id == DocumentVersion.document_id)),
    (Membership, select(Membership.id)),
    (EvidenceItem, select(EvidenceItem.id).join(Membership, Membership.voided_at.is_not(None), isouter=True)),
]


@pytest.mark.parametrize(("model", "statement"), JOINS, ids=[f"{m.__name__}-{n}" for n, (m, _) in enumerate(JOINS)])
def test_joined_tables_do_not_change_what_is_seen(world: World, model: type, statement: object) -> None:
    insider, outsider = world.person("内", "counsel"), world.person("外", "counsel")
    incident_id, post_id = world.incident(), world.post()
    case_id = world.case((insider, "counsel"))

    def rows(work: object) -> None:
        work.add(CaseIncident(case_id=case_id, incident_id=incident_id))
        work.add(PostIncident(post_id=post_id, incident_id=incident_id, state="confirmed"))
        item = work.add(EvidenceItem(no="证-2026-000001", title="页面", obtained_at=work.now, post_id=post_id))
        work.add(Exhibit(case_id=case_id, evidence_id=item.id, exhibit_no="证1-1"))
        paper = work.add(Document(no="文-2026-0001", case_id=case_id, kind="infringement_notice", title="通知"))
        work.add(
            DocumentVersion(
                document_id=paper.id,
                n=1,
                author_id=insider.user_id,
                template_version="1",
                model={},
                text_digest="0" * 64,
            )
        )

    world.make(rows)
    seen = {}
    for actor in (insider, outsider, system_actor("all")):
        with open_work(world.ports, actor) as work:
            plain = work.visible(select(func.count(func.distinct(model.id))), model)
            joined = work.visible(statement, model)
            seen[actor.display] = (work.session.scalar(plain), len(set(work.session.scalars(joined))))
    assert seen["内"][0] == seen["内"][1] == seen["all"][0]
    assert seen["外"] == (0, 0)
