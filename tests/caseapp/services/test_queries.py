"""The read side on both engines: every statement runs, and shows only what the rule lets through."""

from __future__ import annotations

from datetime import timedelta

import pytest

from caseapp.domain.errors import NotFoundError
from caseapp.models import CaseIncident, Deadline, EvidenceItem, Exhibit, Incident, PostIncident
from caseapp.services import queries
from caseapp.services.queries import tabs
from caseapp.services.queries.register import Asked, register
from caseapp.services.work import Work, read_work
from tests.caseapp.conftest import LocalPorts, World


def furnished(world: World) -> str:
    """A case of lin's with all sorts of rows and another of zhou's; returns the number of the first."""
    lin, zhou = world.person("lin", "counsel"), world.person("zhou", "counsel")
    case_id = world.case((lin, "lead"))
    world.case((zhou, "lead"), title="他案")
    post_id = world.post(platform_id=world.platform(), verdict="false_fact", verdict_reason="检验", triaged_by="x")
    incident_id = world.incident(severity="II")

    def link(work: Work) -> str:
        incident = work.session.get_one(Incident, incident_id)
        incident.response_due_at = work.now + timedelta(hours=3)
        work.add(CaseIncident(case_id=case_id, incident_id=incident_id))
        work.add(PostIncident(post_id=post_id, incident_id=incident_id, state="confirmed"))
        item = work.add(
            EvidenceItem(no=work.next_no("evidence"), title="营业执照", obtained_at=work.now, post_id=post_id)
        )
        work.add(Exhibit(case_id=case_id, evidence_id=item.id, exhibit_no="证1-1"))
        work.add(
            Deadline(case_id=case_id, object_type="cases", object_id=case_id, rule_id="answer", kind="statutory",
                     basis="民事诉讼法", base_event="收到副本", base_at=work.now, unit="day",
                     due_at=work.now - timedelta(hours=1), explanation_zh="十五日", explanation_en="15 days")
        )  # fmt: skip
        return "案-2026-0001"

    return str(world.make(link))


def test_every_statement_runs_and_agrees(world: World, ports: LocalPorts) -> None:
    number = furnished(world)
    with read_work(ports, world.people["lin"]) as work:
        head = queries.case_head(work, number)
        assert head.counts == {
            "posts": 1, "posts_live": 1, "evidence": 1, "sealed": 0, "unstamped": 0, "notices": 0, "notices_open": 0,
            "notices_overdue": 0, "documents": 0, "damages": 0, "deadlines": 1, "correspondence": 0,
        }  # fmt: skip
        assert [row.display for row in head.members] == ["lin"]
        assert head.severity == "II"
        assert [row.exhibit for row in tabs.evidence(work, head.id)] == ["证1-1"]
        assert [key.exhibit for keys in tabs.evidence_keys(work, head.id).values() for key in keys] == ["证1-1"]
        assert len(tabs.posts(work, head.id)) == 1
        assert tabs.notices(work, head.id) == []
        assert tabs.audit(work, head.id, before=10**6) == []
        today = queries.today(work, sample=False)
        assert [row.rule_id for row in today.due] == ["answer"]
        assert [row.case_no for row in today.incidents] == [number]
        assert queries.rail_counts(work, sample=False) == {
            "today": 3, "overdue": 1, "case": 1, "inbox": 0, "incident": 1,  # due, an answer, a proposal to confirm
        }  # fmt: skip
        assert [row.number for row in register(work, Asked()).rows] == ["证-2026-000001"]
        item = queries.detail(work, queries.item_row(work, "证-2026-000001"))
        assert item.exhibits == [(number, False, "证1-1")]
        assert not queries.viewed_since(work, item.id, work.now)
        assert {hit.kind for hit in queries.find(work, "2026")} == {"case", "evidence", "post"}


def test_another_person_sees_none_of_it(world: World, ports: LocalPorts) -> None:
    number = furnished(world)
    with read_work(ports, world.people["zhou"]) as work:
        with pytest.raises(NotFoundError):
            queries.case_head(work, number)
        with pytest.raises(NotFoundError):
            queries.item_row(work, "证-2026-000001")
        assert queries.today(work, sample=False).due == []
        assert queries.rail_counts(work, sample=False) == {
            "today": 0, "overdue": 0, "case": 1, "inbox": 0, "incident": 0,
        }  # fmt: skip
        assert [hit.title for hit in queries.find(work, "2026")] == ["他案"]


@pytest.mark.parametrize("words", ["%", "_", "\\", "'", '"', "\x00", "苜禾" * 200])
def test_searching_for_signs_means_the_signs(world: World, ports: LocalPorts, words: str) -> None:
    furnished(world)
    with read_work(ports, world.people["lin"]) as work:
        assert queries.find(work, words) == []
