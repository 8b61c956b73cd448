"""One filter for list, count and single row; and it says what the pure rule says, on both engines."""

from __future__ import annotations

import random
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import aliased

from caseapp.domain.errors import NotFoundError, PermissionDeniedError
from caseapp.domain.events import Event
from caseapp.domain.permissions import CASE_ROLES, Permission
from caseapp.domain.visibility import may_see
from caseapp.domain.vocabulary import SCOPE
from caseapp.models import (
    Account,
    AuditEvent,
    Base,
    Capture,
    Case,
    CaseIncident,
    CustodyEvent,
    Deadline,
    Desk,
    Document,
    DocumentVersion,
    EvidenceItem,
    Exhibit,
    Incident,
    Membership,
    MetricSnapshot,
    Notice,
    NoticeItem,
    Party,
    Platform,
    Post,
    PostIncident,
    RumorClaim,
    Task,
)  # fmt: skip
from caseapp.services import visibility
from caseapp.services.work import Actor, Work, open_work, read_work
from tests.caseapp.conftest import LocalPorts, World

CONTENT = (Case, Incident, RumorClaim, Post, PostIncident, Account, MetricSnapshot, Capture, EvidenceItem,
           Exhibit, Party, Document, DocumentVersion, Notice, NoticeItem, CustodyEvent, Deadline, Task,
           CaseIncident)  # fmt: skip


def plant(work: Work, cases: list[str], platform_id: str, dice: random.Random) -> None:
    """One incident with everything around it, linked to a random choice of cases."""
    n = dice.randrange(10**9)
    incident = work.add(Incident(no=f"谣-{n}", title="谣言", detected_at=work.now))
    for case_id in dice.sample(cases, dice.randrange(0, 3)):
        work.add(CaseIncident(case_id=case_id, incident_id=incident.id))
    work.add(RumorClaim(incident_id=incident.id, no=f"张-{n}", quote="工业石蜡", neutral="网传"))
    account = work.add(Account(platform_id=platform_id, uid=str(n), handle="食安小喇叭"))
    post = work.add(Post(no=f"帖-{n}", canonical_url=f"x{n}", url_as_seen="x", account_id=account.id))
    state = dice.choice(["suggested", "confirmed", "rejected"])
    work.add(PostIncident(post_id=post.id, incident_id=incident.id, state=state))
    work.add(MetricSnapshot(post_id=post.id, at=work.now, views=1))
    capture = work.add(
        Capture(
            url="x", post_id=post.id, case_id=dice.choice([None, *cases]), requested_by=str(n), requested_at=work.now
        )
    )
    evidence = work.add(
        EvidenceItem(
            no=f"证-{n}", title="页面", obtained_at=work.now, capture_id=capture.id, privileged=dice.random() < 0.4,
            post_id=dice.choice([None, post.id]),
        )
    )  # fmt: skip
    if dice.random() < 0.5:
        work.add(Exhibit(case_id=dice.choice(cases), evidence_id=evidence.id, exhibit_no=f"证{n}"))
    work.add(
        CustodyEvent(evidence_id=evidence.id, seq=1, type="capture", at=work.now, actor_id="x", leaf={}, prev_hash="0",
                     detail_digest="0", hash=str(n))
    )  # fmt: skip
    case_id = dice.choice(cases)
    work.add(Party(case_id=case_id, role="defendant", name="某"))
    paper = work.add(Document(no=f"文-{n}", case_id=case_id, kind="k", title="t", privileged=dice.random() < 0.4))
    work.add(DocumentVersion(document_id=paper.id, n=1, author_id="x", template_version="1", model={}, text_digest="0"))
    notice = work.add(Notice(no=f"函-{n}", case_id=case_id, platform_id=platform_id))
    work.add(NoticeItem(notice_id=notice.id, post_id=post.id))
    work.add(Task(title="t", case_id=dice.choice([None, *cases]), incident_id=dice.choice([None, incident.id])))
    work.add(
        Deadline(
            case_id=dice.choice([None, case_id]), incident_id=dice.choice([None, incident.id]), object_type="incidents",
            object_id=incident.id, rule_id="x", kind="internal", basis="x", base_event="x", base_at=work.now,
            unit="day", due_at=work.now, explanation_zh="x", explanation_en="x",
        )
    )  # fmt: skip


def people(world: World, cases: list[str], dice: random.Random) -> list[Actor]:
    other = world.make(lambda work: work.add(Desk(name="另一工作台")).id)
    found = [
        world.person("counsel", "counsel"),
        world.person("pr", "pr"),
        world.person("nobody"),
        world.person("auditor", "auditor"),
        world.person("elsewhere", "lead", desk_id=other),
    ]
    for number in range(8):
        person = world.person(f"p{number}", *dice.choice([(), ("counsel",), ("viewer",)]))
        for case_id in dice.sample(cases, dice.randrange(1, 4)):
            for role in dice.sample(sorted(CASE_ROLES), dice.randrange(1, 3)):
                values: dict[str, Any] = {"scope": dice.choice(SCOPE.keys), "wall": dice.random() < 0.15}

                def grant(
                    work: Work, who: Actor = person, case: str = case_id, as_: str = role, v: Any = values
                ) -> None:
                    work.add(Membership(case_id=case, user_id=who.user_id, role=as_, granted_by="x", **v))

                world.make(grant)
        found.append(person)
    return found


@pytest.mark.parametrize("listed", [visibility.MOST_LISTED, 0])
def test_filter_equals_rule_in_list_count_and_single_row(
    world: World, ports: LocalPorts, listed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(visibility, "MOST_LISTED", listed)  # 0: as for someone with very many memberships
    dice = random.Random(20260811)
    cases = [world.case() for _ in range(5)]
    platform_id = world.platform()
    world.make(lambda work: [plant(work, cases, platform_id, dice) for _ in range(7)])
    seen_total = hidden_total = 0
    for person in people(world, cases, dice):
        with read_work(ports, person) as work:
            for model in CONTENT:
                rows = work.session.scalars(select(model)).all()
                listed = {row.id for row in work.session.scalars(work.visible(select(model), model))}
                alias = aliased(model)
                counted = work.session.scalar(work.visible(select(func.count()).select_from(alias), alias))
                expected = set()
                for row in rows:
                    facts = visibility.row_facts(work.session, row)
                    assert work.sees(row) == may_see(work.viewer, facts)
                    if may_see(work.viewer, facts):
                        expected.add(row.id)
                assert listed == expected, (person.display, model.__name__)
                assert counted == len(expected)
                seen_total += len(expected)
                hidden_total += len(rows) - len(expected)
    assert seen_total > 200
    assert hidden_total > 200


def test_hidden_and_absent_are_told_alike(world: World, ports: LocalPorts) -> None:
    lin, su = world.person("lin", "counsel"), world.person("su", "counsel")
    key = world.case((lin, "lead"))
    refusals = []
    for wanted in (key, "01ARZ3NDEKTSV4RRFFQ69G5FAV"):
        with read_work(ports, su) as work, pytest.raises(NotFoundError) as refused:
            work.get(Case, wanted)
        refusals.append(refused.value.message())
    assert refusals[0] == refusals[1]


def test_an_expired_or_voided_membership_shows_nothing(world: World, ports: LocalPorts) -> None:
    lin, su = world.person("lin", "counsel"), world.person("su")
    key = world.case((lin, "lead"))
    for values in ({"expires_at": ports.clock.now - timedelta(days=1)}, {"voided_at": ports.clock.now, "role": "pr"}):
        own = {"case_id": key, "user_id": su.user_id, "role": "counsel", "granted_by": "x"}
        world.make(lambda work, row=own | values: work.add(Membership(**row)))
        with read_work(ports, su) as work:
            assert not work.session.scalars(work.visible(select(Case), Case)).all()


def test_the_role_in_the_case_counts_not_the_desk_role(world: World, ports: LocalPorts) -> None:
    su = world.person("su", "counsel")
    key = world.case((su, "viewer"))
    with read_work(ports, su) as work:
        assert Permission.CASE_CREATE in work.permissions()
        with pytest.raises(PermissionDeniedError) as denied:
            work.require(Permission.CASE_EDIT, work.get(Case, key))
    assert "修改案件" in denied.value.message()
    assert "edit a case" in denied.value.message("en")


def test_the_auditor_reads_trails_but_no_content(world: World, ports: LocalPorts) -> None:
    lin, zhong, su = world.person("lin", "counsel"), world.person("zhong", "auditor"), world.person("su", "counsel")
    key = world.case((lin, "lead"))
    with open_work(ports, lin) as work:
        work.record(Event.ROW_READ, work.get(Case, key))
    for person, events, cases in ((zhong, 1, 0), (lin, 1, 1), (su, 0, 0)):
        with read_work(ports, person) as work:
            found = work.session.scalars(work.visible(select(AuditEvent), AuditEvent)).all()
            assert len(found) == events
            assert all(work.sees(event) for event in found)
            assert len(work.session.scalars(work.visible(select(Case), Case)).all()) == cases


def test_every_table_with_a_desk_or_case_has_a_way(world: World, ports: LocalPorts) -> None:
    """A new table must be given its way in ``services.visibility``: silence would hide or show it wrongly."""
    apart = {"user_sessions", "sign_in_attempts", "audit_details", "custody_details", "number_sequences", "desks",
             "audit_events", "form_drafts", "form_receipts"}  # fmt: skip
    with read_work(ports, world.person("lin", "counsel")) as work:
        for mapper in Base.registry.mappers:
            model = mapper.class_
            if model.__tablename__ not in apart:
                assert visibility.has_way(model), model.__tablename__
                work.session.execute(work.visible(select(model), model)).all()
    assert visibility.has_way(Platform)
