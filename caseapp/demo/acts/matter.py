"""Hop 6: evidence becomes a matter: case, people, exhibits, incidents, claims, links, verdicts, and two refusals."""

from __future__ import annotations

from sqlalchemy import select

from caseapp.demo.player import CHIEF, COUNSEL, LEAD, PR, HopResult, Player, one
from caseapp.domain import workflow
from caseapp.domain.errors import NoticeBarredError
from caseapp.domain.permissions import CASE_ROLES, Role
from caseapp.models import Incident, Organization, Platform, Post, RumorClaim, User
from caseapp.services.cases import create_case, grant_membership, link_incident
from caseapp.services.evidence import add_exhibit
from caseapp.services.incidents import (
    add_counter_evidence,
    add_rumor_claim,
    create_incident,
    set_claim_verdict,
    triage_post,
)
from caseapp.services.links import link_post, record_appearance, suggest_incidents
from caseapp.services.notices import prepare_notice
from caseapp.services.work import Work


def open_the_case(player: Player, result: HopResult) -> None:
    """The lead opens the case and lets its people in."""
    record = player.plan.case.case
    with player.work(LEAD) as work:
        own = player.plan.case.organization("org-01")
        principal = one(work, Organization, uscc=own.uscc)
        court = player.made.organizations[record.forum]
        case = create_case(
            work,
            title=record.title,
            principal_id=principal.id,
            cause=record.cause,
            forum_id=court,
            severity="II",
            legal_hold=True,
            hold_basis=record.legal_hold.basis,
        )
        player.made.case = case.id
        for person in player.plan.case.users:
            # The auditor reads trails, not cases; the lead is in already.
            if person.role in CASE_ROLES and person.role != Role.LEAD:
                user = work.session.scalars(select(User).where(User.login == person.login)).one()
                grant_membership(work, case, user, person.role, scope="all")
        result.ids.append(case.no)


def record_incidents(player: Player, result: HopResult) -> None:
    """PR records the two incidents and their claims; another person decides to act."""
    for record in player.plan.case.incidents:
        with player.work(PR) as work:
            incident = create_incident(
                work, title=record.title, severity=record.severity, six_type="rumor", case_id=player.made.case
            )
            player.made.incidents[record.id] = incident.id
            work.transition(workflow.INCIDENT, incident, "start_triage")
            for claim in player.plan.case.claims:
                if claim.incident == record.id:
                    made = add_rumor_claim(
                        work,
                        incident,
                        quote=claim.quote,
                        neutral=claim.neutral,
                        kind=claim.kind,
                        subject="苜禾脆穗燕麦圈",
                    )
                    player.made.claims[claim.id] = made.id
                    result.ids.append(made.no)
            result.ids.append(incident.no)
        with player.work(LEAD) as work:
            link_incident(work, player.case(work), work.get(Incident, incident.id))


def link_posts(player: Player, result: HopResult) -> None:
    """PR confirms which post belongs to which incident; suggestions come first."""
    played = {row.post for row in player.plan.captured(core=player.core)}
    for row in player.plan.links:
        if row.post not in played:
            continue
        with player.work(PR) as work:
            post = work.get(Post, player.made.posts[row.post])
            suggest_incidents(work, post)
            link_post(work, post, work.get(Incident, player.made.incidents[row.incident]), reason=row.reason)
            player.tell("step", f"{post.no} 关联：{row.reason}", f"{post.no} linked")
            result.ids.append(post.no)
    for triage in player.plan.triage:
        if triage.post in played:
            with player.work(PR) as work:
                post = work.get(Post, player.made.posts[triage.post])
                post.stance = triage.stance
                triage_post(work, post, triage.verdict, reason=triage.reason, six_type=triage.six_type)


def number_exhibits(player: Player) -> None:
    """Counsel gives every exhibit its number in the list of evidence."""
    for record in player.plan.case.evidence:
        source = player.plan.source(record)
        ref = source.ref if source.kind == "post" else record.exhibit_no
        if ref not in player.made.evidence:
            continue
        with player.work(COUNSEL) as work:
            item = player.evidence(work, ref)
            add_exhibit(work, player.case(work), item, record.exhibit_no, group=record.group_name, proves=record.proves)
            player.keep(record.exhibit_no, item)


def verify_claims(player: Player, result: HopResult) -> None:
    """Counter-evidence first, then the verdict of the person who answers for the facts."""
    for claim in player.plan.case.claims:
        with player.work(COUNSEL) as work:
            row = work.get(RumorClaim, player.made.claims[claim.id])
            for counter in player.plan.counter_evidence:
                if counter.claim == claim.id:
                    add_counter_evidence(work, row, player.evidence(work, counter.exhibit), proves=counter.text)
        with player.work(claim.verified_by) as work:
            row = work.get(RumorClaim, player.made.claims[claim.id])
            set_claim_verdict(work, row, claim.verdict, rationale=claim.rationale)
            player.tell("step", f"{row.no} 认定为不实", f"{row.no} found false")
    for seen in player.plan.appearances:
        if seen.post in player.made.posts:
            with player.work(COUNSEL) as work:
                post = work.get(Post, player.made.posts[seen.post])
                said = work.get(RumorClaim, player.made.claims[seen.claim])
                record_appearance(work, post, said, quoted=seen.quoted if post.text else None)
    for incident_id in player.made.incidents.values():
        with player.work(CHIEF) as work:
            incident = work.get(Incident, incident_id)
            work.transition(workflow.INCIDENT, incident, "decide_action", reason="主张已认定不实，传播持续")
        with player.work(LEAD) as work:
            work.transition(workflow.INCIDENT, work.get(Incident, incident_id), "respond")
        result.ids.append(incident.no)


def refuse_the_barred(player: Player, result: HopResult) -> None:
    """A notice against the genuine complaint, or the fair criticism, is refused by the application."""
    for ref in ("post-07", "post-08"):
        record = player.plan.case.post(ref)
        barred = False
        try:
            with player.work(COUNSEL) as work:
                _prepare(player, work, ref, record.platform)
        except NoticeBarredError as refusal:
            barred = True
            result.ids.append(f"{record.no}:{refusal.code}")
            player.tell("refused", f"{record.no} {refusal.message('zh')}", f"{record.no} {refusal.message('en')}")
        player.check(barred, f"{record.no} 竟被列入通知", f"{record.no} entered a notice")


def _prepare(player: Player, work: Work, ref: str, platform: str) -> None:
    prepare_notice(
        work,
        player.case(work),
        work.get(Platform, player.made.platforms[platform]),
        [work.get(Post, player.made.posts[ref])],
        grounds={player.made.posts[ref]: "原文写出产品名称"},
    )
