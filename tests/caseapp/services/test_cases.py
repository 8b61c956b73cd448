"""Cases: opened by their lead, staffed, staged, joined with incidents."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from caseapp.domain.errors import InvalidInputError, NotFoundError, PermissionDeniedError, ReasonRequiredError
from caseapp.models import AuditEvent, Case, CaseIncident, CaseStage, Incident, Membership, Organization, User
from caseapp.services import cases
from caseapp.services.work import Actor, open_work
from tests.caseapp.conftest import LocalPorts, World


@pytest.fixture
def lin(world: World) -> Actor:
    return world.person("lin", "lead")


@pytest.fixture
def case_id(ports: LocalPorts, lin: Actor) -> str:
    with open_work(ports, lin) as work:
        return cases.create_case(work, title=" 苜禾案 ").id


def test_a_case_is_opened_with_its_lead_in_it(ports: LocalPorts, lin: Actor, case_id: str) -> None:
    with open_work(ports, lin) as work:
        case = work.get(Case, case_id)
        assert (case.no, case.title, case.status, case.lead_id) == ("案-2026-0001", "苜禾案", "open", lin.user_id)
        assert work.session.scalars(select(Membership.role)).all() == ["lead"]
        actions = set(work.session.scalars(select(AuditEvent.action)))
    assert {"row.created", "case.open"} <= actions


def test_what_makes_no_case(ports: LocalPorts, world: World, lin: Actor) -> None:
    with pytest.raises(InvalidInputError), open_work(ports, lin) as work:
        cases.create_case(work, title="  ")
    with pytest.raises(PermissionDeniedError), open_work(ports, world.person("gao", "pr")) as work:
        cases.create_case(work, title="x")
    with pytest.raises(NotFoundError), open_work(ports, lin) as work:
        cases.create_case(work, title="x", principal_id="01NOSUCHORGANIZATION000000")


def test_people_come_stay_once_and_go(ports: LocalPorts, world: World, lin: Actor, case_id: str) -> None:
    gao = world.person("gao", "pr")

    def grant(scope: str = "all") -> str:
        with open_work(ports, lin) as work:
            user = work.get(User, gao.user_id)
            return cases.grant_membership(work, work.get(Case, case_id), user, "pr", scope=scope).id

    first = grant()
    assert grant() == first
    assert grant("evidence_only") == first
    with open_work(ports, gao) as work:
        assert work.get(Case, case_id)
    with pytest.raises(ReasonRequiredError), open_work(ports, lin) as work:
        cases.revoke_membership(work, work.get(Membership, first), reason=" ")
    with open_work(ports, lin) as work:
        cases.revoke_membership(work, work.get(Membership, first), reason="调离")
    with pytest.raises(NotFoundError), open_work(ports, gao) as work:
        work.get(Case, case_id)
    assert grant() == first
    with open_work(ports, gao) as work:
        assert work.get(Case, case_id)
        actions = list(work.session.scalars(select(AuditEvent.action).order_by(AuditEvent.seq)))
    kept = [action for action in actions if action.startswith("membership.")]
    assert kept == ["membership.granted", "membership.changed", "membership.revoked", "membership.changed"]


def test_a_membership_ends_at_its_time(ports: LocalPorts, world: World, lin: Actor, case_id: str) -> None:
    gao = world.person("gao", "pr")
    end = ports.clock.now + timedelta(days=1)
    with open_work(ports, lin) as work:
        cases.grant_membership(work, work.get(Case, case_id), work.get(User, gao.user_id), "pr", expires_at=end)
    ports.clock.now = end + timedelta(seconds=1)
    with pytest.raises(NotFoundError), open_work(ports, gao) as work:
        work.get(Case, case_id)


@pytest.mark.parametrize("wrong", [{"role": "admin"}, {"role": "boss"}, {"scope": "everything"}])
def test_no_such_role_or_scope(
    ports: LocalPorts, world: World, lin: Actor, case_id: str, wrong: dict[str, str]
) -> None:
    gao = world.person("gao", "pr")
    with pytest.raises(InvalidInputError), open_work(ports, lin) as work:
        cases.grant_membership(work, work.get(Case, case_id), work.get(User, gao.user_id), **({"role": "pr"} | wrong))


def test_people_outside_the_case_change_nothing(ports: LocalPorts, world: World, lin: Actor, case_id: str) -> None:
    for actor in (world.person("zhou", "counsel"), world.person("qian", "lead")):
        with open_work(ports, actor) as work:
            assert refusals(work, case_id, lin) == 4
    member = world.person("chen", "counsel")
    with open_work(ports, lin) as work:
        cases.grant_membership(work, work.get(Case, case_id), work.get(User, member.user_id), "counsel")
    with pytest.raises(PermissionDeniedError), open_work(ports, member) as work:
        cases.grant_membership(work, work.get(Case, case_id), work.get(User, lin.user_id), "viewer")


def refusals(work: cases.Work, case_id: str, lin: Actor) -> int:
    case, user = work.session.get_one(Case, case_id), work.session.get_one(User, lin.user_id)
    incident = work.add(Incident(no=work.next_no("incident"), title="x", detected_at=work.now))
    count = 0
    for deed in (
        lambda: cases.grant_membership(work, case, user, "pr"),
        lambda: cases.link_incident(work, case, incident),
        lambda: cases.change_stage(work, case, "takedown"),
        lambda: cases.add_party(work, case, role="recipient", name="x"),
    ):
        with pytest.raises(NotFoundError):
            deed()
        count += 1
    return count


def test_incidents_join_once_and_only_visible_ones(ports: LocalPorts, world: World, lin: Actor, case_id: str) -> None:
    key = world.incident()
    for _ in range(2):
        with open_work(ports, lin) as work:
            cases.link_incident(work, work.get(Case, case_id), work.get(Incident, key))
    with open_work(ports, lin) as work:
        link = work.session.scalars(select(CaseIncident)).one()
        work.void(link, "并错了")
    with open_work(ports, lin) as work:
        assert cases.link_incident(work, work.get(Case, case_id), work.get(Incident, key)).voided_at is None
    other = world.person("qian", "lead")
    with open_work(ports, other) as work:
        mine = cases.create_case(work, title="另一案")
        with pytest.raises(NotFoundError):
            cases.link_incident(work, mine, work.session.get_one(Incident, key))


def test_stages_are_free_logged_and_only_grow(ports: LocalPorts, lin: Actor, case_id: str) -> None:
    for stage in ("takedown", "evidence", "first_instance"):
        with open_work(ports, lin) as work:
            cases.change_stage(work, work.get(Case, case_id), stage, note="按计划")
    with pytest.raises(InvalidInputError), open_work(ports, lin) as work:
        cases.change_stage(work, work.get(Case, case_id), "heaven")
    with open_work(ports, lin) as work:
        assert work.session.scalar(select(func.count()).select_from(CaseStage)) == 4
        assert work.get(Case, case_id).stage == "first_instance"


def test_parties(ports: LocalPorts, lin: Actor, case_id: str) -> None:
    with open_work(ports, lin) as work:
        row = cases.add_party(work, work.get(Case, case_id), role="recipient", name="微汛公司")
        assert (row.case_id, row.name) == (case_id, "微汛公司")
    with pytest.raises(InvalidInputError), open_work(ports, lin) as work:
        cases.add_party(work, work.get(Case, case_id), role="friend", name="x")
    with open_work(ports, lin) as work:
        assert work.session.scalar(select(func.count()).select_from(Organization)) == 0
