"""The list of evidence: numbers change until an approved paper cites them; places are exchanged; the trail stays."""

from __future__ import annotations

import pytest

from caseapp.domain.errors import (
    AlreadyExistsError,
    InvalidInputError,
    NotFoundError,
    PermissionDeniedError,
    ReasonRequiredError,
    StaleVersionError,
)  # fmt: skip
from caseapp.models import Document, DocumentVersion, EvidenceItem, Exhibit
from caseapp.services.exhibits import ExhibitCitedError, change_exhibit, cited_in, drop_exhibit, move_exhibit
from caseapp.services.work import Work, open_work, read_work
from tests.caseapp.conftest import LocalPorts, World


def listed(world: World) -> tuple[str, list[str]]:
    lin, su = world.person("lin", "counsel"), world.person("su")
    case_id = world.case((lin, "lead"), (su, "viewer"))

    def fill(work: Work) -> list[str]:
        keys = []
        for order in (1, 2):
            item = work.add(EvidenceItem(no=work.next_no("evidence"), title=f"页 {order}", obtained_at=work.now))
            row = Exhibit(case_id=case_id, evidence_id=item.id, exhibit_no=f"证1-{order}", group_no=1, order_no=order)
            keys.append(work.add(row).id)
        return keys

    return case_id, world.make(fill)


def test_numbers_and_places_change_and_the_trail_stays(world: World, ports: LocalPorts) -> None:
    _case_id, (first, second) = listed(world)
    lin = world.person("lin")
    with open_work(ports, lin) as work:
        assert move_exhibit(work, work.get(Exhibit, second), up=True)
        assert not move_exhibit(work, work.get(Exhibit, second), up=True)
    with read_work(ports, lin) as work:
        assert [work.get(Exhibit, key).exhibit_no for key in (first, second)] == ["证1-2", "证1-1"]
    with open_work(ports, lin) as work:
        change_exhibit(work, work.get(Exhibit, first), number=" 3-7 ", group="第三组", proves="侵权")
        row = work.get(Exhibit, first)
        assert (row.exhibit_no, row.group_no, row.order_no) == ("证3-7", 3, 7)
    for number, refusal in (("证1-1", AlreadyExistsError), ("x", InvalidInputError), ("证1", InvalidInputError)):
        with pytest.raises(refusal), open_work(ports, lin) as work:
            change_exhibit(work, work.get(Exhibit, first), number=number, group="", proves="")
    with pytest.raises(StaleVersionError), open_work(ports, lin) as work:
        change_exhibit(work, work.get(Exhibit, first), number="3-8", group="", proves="", seen_version=99)
    with pytest.raises(ReasonRequiredError), open_work(ports, lin) as work:
        drop_exhibit(work, work.get(Exhibit, first), reason=" ")
    with open_work(ports, lin) as work:
        drop_exhibit(work, work.get(Exhibit, first), reason="不用")
        change_exhibit(work, work.get(Exhibit, second), number="3-7", group="", proves="")  # free again


def test_what_an_approved_paper_cites_keeps_its_number(world: World, ports: LocalPorts) -> None:
    case_id, (first, second) = listed(world)

    def cite(work: Work) -> None:
        paper = work.add(Document(no="文-1", case_id=case_id, kind="k", title="t"))
        model = {"text": "见证1-1；证1-21 不算"}
        work.add(DocumentVersion(document_id=paper.id, n=1, author_id="x", template_version="1", model=model,
                                 text_digest="0", status="approved", approved_digest="0" * 64))  # fmt: skip

    world.make(cite)
    with open_work(ports, world.person("lin")) as work:
        one, two = work.get(Exhibit, first), work.get(Exhibit, second)
        assert (cited_in(work, one), cited_in(work, two)) == ("文-1", None)
        for deed in (
            lambda: change_exhibit(work, one, number="9-9", group="", proves=""),
            lambda: move_exhibit(work, two, up=True),
            lambda: drop_exhibit(work, one, reason="x"),
        ):
            with pytest.raises(ExhibitCitedError):
                deed()
        change_exhibit(work, one, number="1-1", group="", proves="说明可以改")


def test_the_viewer_and_outsiders_change_nothing(world: World, ports: LocalPorts) -> None:
    _case_id, (first, _second) = listed(world)
    for person, refusal in (
        (world.person("su"), PermissionDeniedError),
        (world.person("wei", "counsel"), NotFoundError),
    ):
        with pytest.raises(refusal), open_work(ports, person) as work:
            drop_exhibit(work, work.session.get_one(Exhibit, first), reason="x")
