"""Incidents, claims, the triage gate, suggestions and links."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from caseapp.domain import workflow
from caseapp.domain.errors import (
    AlreadyExistsError,
    InvalidInputError,
    MissingBeforeError,
    NotFoundError,
    PermissionDeniedError,
    ReasonRequiredError,
    SecondPersonRequiredError,
)
from caseapp.domain.vocabulary import BARRED_VERDICTS, POST_VERDICT
from caseapp.models import (
    Appearance,
    AuditEvent,
    Case,
    CaseIncident,
    EvidenceItem,
    Incident,
    Platform,
    Post,
    PostIncident,
    RumorClaim,
)
from caseapp.services import incidents, links, posts
from caseapp.services.work import Actor, open_work, read_work
from tests.caseapp.conftest import LocalPorts, World
from tests.caseapp.domain.test_matching import AGAIN, APART, FIRST, QUOTE


@pytest.fixture
def gao(world: World) -> Actor:
    return world.person("gao", "pr")


@pytest.fixture
def lin(world: World) -> Actor:
    return world.person("lin", "counsel")


def evidence(world: World, title: str = "检验报告") -> str:
    return str(
        world.make(
            lambda work: (
                work.add(
                    EvidenceItem(no=work.next_no("evidence"), title=title, kind="documentary", obtained_at=work.now)
                ).id
            )
        )
    )


def incident_with_claim(ports: LocalPorts, actor: Actor, title: str = "工业石蜡") -> tuple[str, str]:
    with open_work(ports, actor) as work:
        incident = incidents.create_incident(work, title=title)
        claim = incidents.add_rumor_claim(work, incident, quote=QUOTE, neutral="网传使用工业石蜡。")
        return incident.id, claim.id


def test_one_field_makes_an_incident_with_its_clock(ports: LocalPorts, gao: Actor) -> None:
    with open_work(ports, gao) as work:
        incident = incidents.create_incident(
            work, title=" “脆穗燕麦圈使用工业石蜡”不实信息 ", severity="II", six_type="rumor"
        )
        assert incident.no == "谣-2026-0001"
        assert incident.status == "detected"
        assert incident.response_due_at == incident.detected_at + timedelta(hours=24)
        incidents.record_first_response(work, incident)
        first = incident.first_responded_at
        incidents.record_first_response(work, incident)
        assert incident.first_responded_at == first


@pytest.mark.parametrize("wrong", [{"title": "  "}, {"severity": "V"}, {"six_type": "other"}, {"detected_at": "later"}])
def test_wrong_fields_are_refused(ports: LocalPorts, gao: Actor, wrong: dict[str, Any]) -> None:
    if "detected_at" in wrong:
        wrong = {"detected_at": ports.clock.now + timedelta(days=1)}
    with pytest.raises(InvalidInputError), open_work(ports, gao) as work:
        incidents.create_incident(work, **({"title": "x"} | wrong))


def test_an_incident_may_be_born_in_a_case_one_can_see(world: World, ports: LocalPorts, lin: Actor, gao: Actor) -> None:
    key = world.case((lin, "lead"))
    with open_work(ports, lin) as work:
        incident = incidents.create_incident(work, title="x", case_id=key)
        assert work.session.scalars(select(CaseIncident.case_id)).one() == key
    with pytest.raises(NotFoundError), open_work(ports, gao) as work:
        incidents.create_incident(work, title="x", case_id=key)
    with read_work(ports, gao) as work, pytest.raises(NotFoundError):
        work.get(Incident, incident.id)


def test_a_claim_is_recorded_once(ports: LocalPorts, gao: Actor) -> None:
    incident_id, claim_id = incident_with_claim(ports, gao)
    with open_work(ports, gao) as work:
        incident = work.get(Incident, incident_id)
        assert incidents.add_rumor_claim(work, incident, quote=f" {QUOTE} ", neutral="又").id == claim_id
        assert work.session.scalar(select(func.count()).select_from(RumorClaim)) == 1
    for wrong in ({"quote": " "}, {"neutral": ""}, {"kind": "lie"}, {"quote": "长" * 4001}):
        with pytest.raises(InvalidInputError), open_work(ports, gao) as work:
            incidents.add_rumor_claim(
                work, work.get(Incident, incident_id), **({"quote": "另一句", "neutral": "中性"} | wrong)
            )


def test_falsity_is_proven_and_signed(world: World, ports: LocalPorts, lin: Actor, gao: Actor) -> None:
    _, claim_id = incident_with_claim(ports, gao)
    paper = evidence(world)

    def verdict(actor: Actor, word: str, rationale: str, *, with_paper: bool = False) -> None:
        with open_work(ports, actor) as work:
            proofs = [work.get(EvidenceItem, paper)] if with_paper else []
            claim = work.get(RumorClaim, claim_id)
            incidents.set_claim_verdict(work, claim, word, rationale=rationale, evidence=proofs)

    with pytest.raises(PermissionDeniedError):
        verdict(gao, "false", "x", with_paper=True)
    with pytest.raises(ReasonRequiredError):
        verdict(lin, "false", " ", with_paper=True)
    with pytest.raises(InvalidInputError):
        verdict(lin, "fake", "x")
    with pytest.raises(MissingBeforeError) as missing:
        verdict(lin, "false", "台账与检验报告")
    assert "反驳证据" in missing.value.message()
    verdict(lin, "unverifiable", "尚未取得检验报告")
    verdict(lin, "false", "台账与检验报告", with_paper=True)
    verdict(lin, "false", "以市售样品检验报告补强")
    with read_work(ports, lin) as work:
        claim = work.get(RumorClaim, claim_id)
        assert (claim.verdict, claim.verified_by) == ("false", lin.user_id)
        told = select(AuditEvent.action).where(AuditEvent.object_id == claim_id)
        assert list(work.session.scalars(told)).count("rumor_claim.verdict_set") == 3


@pytest.mark.parametrize("verdict", POST_VERDICT.keys)
def test_every_verdict_needs_a_written_reason(world: World, ports: LocalPorts, gao: Actor, verdict: str) -> None:
    key = world.post()
    with pytest.raises(ReasonRequiredError), open_work(ports, gao) as work:
        incidents.triage_post(work, work.get(Post, key), verdict, reason="\n")
    with open_work(ports, gao) as work:
        incidents.triage_post(work, work.get(Post, key), verdict, reason="与台账不符", six_type="rumor")
    with read_work(ports, gao) as work:
        post = work.get(Post, key)
        assert (post.verdict, post.triaged_by, post.triaged_role) == (verdict, gao.user_id, "pr")


@pytest.mark.parametrize("barred", sorted(BARRED_VERDICTS))
def test_leaving_a_barred_verdict_takes_new_evidence_and_another_role(
    world: World, ports: LocalPorts, lin: Actor, gao: Actor, barred: str
) -> None:
    key, old = world.post(), evidence(world)
    with open_work(ports, gao) as work:
        incidents.triage_post(work, work.get(Post, key), barred, reason="订单已核实")
    new = evidence(world, "新证据")

    def leave(actor: Actor, paper: str | None) -> None:
        with open_work(ports, actor) as work:
            proof = work.get(EvidenceItem, paper) if paper else None
            incidents.triage_post(work, work.get(Post, key), "false_fact", reason="订单系伪造", evidence=proof)

    with pytest.raises(PermissionDeniedError):
        leave(gao, new)
    with pytest.raises(MissingBeforeError):
        leave(lin, None)
    with pytest.raises(MissingBeforeError):
        leave(lin, old)
    leave(lin, new)
    with read_work(ports, lin) as work:
        assert work.get(Post, key).verdict == "false_fact"


def test_the_same_role_or_person_cannot_leave_a_barred_verdict(world: World, ports: LocalPorts, lin: Actor) -> None:
    zhou = world.person("zhou", "counsel")
    key = world.post()
    with open_work(ports, lin) as work:
        incidents.triage_post(work, work.get(Post, key), "fair_comment", reason="有据批评")
    paper = evidence(world)
    for actor in (lin, zhou):
        with pytest.raises(SecondPersonRequiredError), open_work(ports, actor) as work:
            incidents.triage_post(
                work, work.get(Post, key), "insult", reason="x", evidence=work.get(EvidenceItem, paper)
            )


def test_suggestions_say_why_and_decide_nothing(world: World, ports: LocalPorts, gao: Actor) -> None:
    incident_id, _ = incident_with_claim(ports, gao)
    with open_work(ports, gao) as work:
        other = incidents.create_incident(work, title="别的事")
        incidents.add_rumor_claim(work, other, quote="公司老板卷款潜逃已经被警方带走", neutral="网传老板潜逃")
        post, apart = (posts.add_post(work, f"https://weixun.test/{n}", text=t) for n, t in ((1, FIRST), (2, APART)))
        found = links.suggest_incidents(work, post)
        assert [row.incident_id for row in found] == [incident_id]
        assert found[0].state == "suggested"
        assert "含有原句" in found[0].reasons[0]["zh"]
        assert links.suggest_incidents(work, apart) == []
        again = links.suggest_incidents(work, post)
        assert [row.id for row in again] == [found[0].id]


def test_a_confirmed_link_teaches_and_a_rejection_is_remembered(ports: LocalPorts, gao: Actor) -> None:
    incident_id, claim_id = incident_with_claim(ports, gao)
    with open_work(ports, gao) as work:
        incident = work.get(Incident, incident_id)
        work.get(RumorClaim, claim_id)
        first = posts.add_post(
            work, "https://weixun.test/1", text="它家燕麦圈表面那层亮膜是做蜡烛的东西，机器刷上去的，洗都洗不掉"
        )
        near = posts.add_post(
            work, "https://weixun.test/2", text="那层亮膜是做蜡烛的东西，机器刷上去洗都洗不掉，太可怕了吧"
        )
        assert links.suggest_incidents(work, near) == []
        row = links.link_post(work, first, incident)
        assert links.link_post(work, first, incident).id == row.id
        assert [pair.incident_id for pair in links.suggest_incidents(work, near)] == [incident_id]
        links.reject_suggestion(work, near, incident)
        links.reject_suggestion(work, near, incident)
        assert links.suggest_incidents(work, near) == []
    with pytest.raises(ReasonRequiredError), open_work(ports, gao) as work:
        links.link_post(work, work.get(Post, near.id), work.get(Incident, incident_id))
    with open_work(ports, gao) as work:
        links.link_post(work, work.get(Post, near.id), work.get(Incident, incident_id), reason="同一话术")
        assert work.session.scalars(select(PostIncident.state)).all() == ["confirmed", "confirmed"]
    with pytest.raises(ReasonRequiredError), open_work(ports, gao) as work:
        links.reject_suggestion(work, work.get(Post, near.id), work.get(Incident, incident_id))


def test_earliest_captured_is_kept_never_called_the_source(world: World, ports: LocalPorts, gao: Actor) -> None:
    incident_id, _ = incident_with_claim(ports, gao)
    early, late = (world.post(first_captured_at=ports.clock.now + timedelta(hours=hours)) for hours in (1, 2))
    uncaptured = world.post()
    with open_work(ports, gao) as work:
        incident = work.get(Incident, incident_id)
        for key, expected in ((late, late), (uncaptured, late), (early, early)):
            links.link_post(work, work.get(Post, key), incident)
            assert incident.earliest_captured_post_id == expected


def test_an_appearance_is_the_posts_own_words(ports: LocalPorts, gao: Actor) -> None:
    incident_id, claim_id = incident_with_claim(ports, gao)
    with open_work(ports, gao) as work:
        post = posts.add_post(work, "https://weixun.test/1", text=FIRST)
        near = posts.add_post(work, "https://weixun.test/2", text=AGAIN)
        picture = posts.add_post(work, "https://weixun.test/3", kind="screenshot")
        claim, incident = work.get(RumorClaim, claim_id), work.get(Incident, incident_id)
        exact = links.suggest_claims(work, post, incident)[0]
        assert FIRST[exact.span_start : exact.span_end] == QUOTE == exact.quoted
        assert links.suggest_claims(work, near, incident)[0].span_start is None
        assert links.suggest_claims(work, picture, incident) == []
        row = links.record_appearance(work, near, claim, quoted="每批料掺三公斤")
        assert (row.state, row.quoted) == ("confirmed", "每批料掺三公斤")
        assert links.record_appearance(work, picture, claim).span_start is None
        assert links.suggest_claims(work, near, incident) == []
        assert work.session.scalar(select(func.count()).select_from(Appearance)) == 3
    with pytest.raises(InvalidInputError), open_work(ports, gao) as work:
        links.record_appearance(work, work.get(Post, near.id), work.get(RumorClaim, claim_id), quoted="没说过的话")


def test_a_post_is_recorded_once_and_never_shows_another_case(world: World, ports: LocalPorts, lin: Actor) -> None:
    world.platform()
    su = world.person("su", "counsel")
    with open_work(ports, lin) as work:
        post = posts.add_post(work, "HTTPS://Weixun.test/9/PX1#top", text=FIRST)
        assert posts.add_post(work, "https://weixun.test/9/PX1").id == post.id
        assert work.session.get_one(Platform, str(post.platform_id)).name == "微汛"
        twin = posts.add_post(work, "https://m.weixun.test/9/PX2", text=FIRST.replace("，", ","))
        assert [row.id for row in posts.same_texts(work, post)] == [twin.id]
        assert twin.platform_id == post.platform_id
        assert posts.same_texts(work, posts.add_post(work, "https://a.test/")) == []
    key = world.case((lin, "lead"))
    with open_work(ports, lin) as work:
        incident = incidents.create_incident(work, title="x", case_id=key)
        links.link_post(work, work.get(Post, post.id), incident)
        assert work.get(Case, key)
    with pytest.raises(AlreadyExistsError), open_work(ports, su) as work:
        posts.add_post(work, "https://weixun.test/9/PX1")
    for wrong in ("ftp://weixun.test/1", "not a url", "https://"):
        with pytest.raises(InvalidInputError), open_work(ports, lin) as work:
            posts.add_post(work, wrong)


def test_accounts_keep_their_names_and_figures_never_change(world: World, ports: LocalPorts, gao: Actor) -> None:
    platform_id, key = world.platform(), world.post()
    with open_work(ports, gao) as work:
        platform = work.get(Platform, platform_id)
        account = posts.add_account(work, platform, uid="9900000101", handle="食安小喇叭", followers=213400)
        posts.add_account(work, platform, uid="9900000101", handle="食安大喇叭")
        assert (account.handle, account.handles[0]["handle"]) == ("食安大喇叭", "食安小喇叭")
        row = posts.record_metrics(work, work.get(Post, key), {"views": 12000}, at=work.now, raw={"views": "1.2万"})
        assert posts.record_metrics(work, work.get(Post, key), {"views": 1}, at=work.now).id == row.id
        assert row.views == 12000
    for wrong in ({"views": -1}, {"clicks": 1}):
        with pytest.raises(InvalidInputError), open_work(ports, gao) as work:
            posts.record_metrics(work, work.get(Post, key), wrong)


def test_deciding_to_act_needs_a_second_person(world: World, ports: LocalPorts, lin: Actor, gao: Actor) -> None:
    key = world.incident()
    with open_work(ports, gao) as work:
        work.transition(workflow.INCIDENT, work.get(Incident, key), "start_triage")
    with pytest.raises(PermissionDeniedError), open_work(ports, gao) as work:
        work.transition(workflow.INCIDENT, work.get(Incident, key), "decide_action", reason="x")
    with open_work(ports, lin) as work:
        work.transition(workflow.INCIDENT, work.get(Incident, key), "decide_action", reason="两家以上转发，事实不实")
    own = world.incident()
    with open_work(ports, lin) as work:
        work.transition(workflow.INCIDENT, work.get(Incident, own), "start_triage")
    with pytest.raises(SecondPersonRequiredError), open_work(ports, lin) as work:
        work.transition(workflow.INCIDENT, work.get(Incident, own), "decide_action", reason="x")
