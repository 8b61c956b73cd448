"""Statements built once: never another person's, never of another moment, and the same answer as one built anew."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Select, select

from caseapp.models import Case, Membership
from caseapp.services import prepared
from caseapp.services.prepared import Rows, execute
from caseapp.services.work import Work, read_work
from tests.caseapp.conftest import LocalPorts, World

built: list[str] = []


@pytest.fixture(autouse=True)
def nothing_kept() -> None:
    prepared._kept.clear()
    built.clear()


def titles(work: Work) -> Rows:
    built.append(work.actor.user_id)
    found: Select[*tuple[Any, ...]] = select(Case.title).order_by(Case.title)
    return work.visible(found, Case)


def named(work: Work, title: str, *, upper: bool) -> Rows:
    built.append(title if isinstance(title, str) else "a place")
    found: Select[*tuple[Any, ...]] = select(Case.title).where(Case.title == title)
    return work.visible(found.where(Case.stage == "x") if upper else found, Case)


def young(work: Work) -> Rows:
    hour = timedelta(hours=1)
    found: Select[*tuple[Any, ...]] = select(Case.title).where(
        Case.created_at >= work.now - hour, Case.created_at <= work.now + hour
    )
    return work.visible(found, Case)


def seen(ports: LocalPorts, person: Any, build: Any, *values: Any, **shape: Any) -> list[str]:
    with read_work(ports, person) as work:
        return [title for (title,) in execute(work, build, *values, **shape)]


def test_a_statement_is_built_once_for_a_person_and_is_no_other_persons(world: World, ports: LocalPorts) -> None:
    lin, zhou = world.person("lin", "counsel"), world.person("zhou", "counsel")
    world.case((lin, "lead"), title="甲案")
    second = world.case((zhou, "lead"), title="乙案")
    for _ in range(3):
        assert seen(ports, lin, titles) == ["甲案"]
        assert seen(ports, zhou, titles) == ["乙案"]
    assert len(built) == 2
    own = {"case_id": second, "user_id": lin.user_id, "role": "counsel", "granted_by": "x"}
    world.make(lambda work: work.add(Membership(**own)))
    assert seen(ports, lin, titles) == ["乙案", "甲案"]
    with world.ports.sessions() as session:
        for row in session.query(Membership).filter_by(user_id=lin.user_id, case_id=second):
            row.wall = True
        session.commit()
    assert seen(ports, lin, titles) == ["甲案"]


def test_values_and_shapes_differ_from_call_to_call(world: World, ports: LocalPorts) -> None:
    lin = world.person("lin", "counsel")
    for title in ("甲案", "乙案"):
        world.case((lin, "lead"), title=title)
    assert seen(ports, lin, named, {"title": "甲案"}, upper=False) == ["甲案"]
    assert seen(ports, lin, named, {"title": "乙案"}, upper=False) == ["乙案"]
    assert seen(ports, lin, named, {"title": "' OR 1=1"}, upper=False) == []
    assert seen(ports, lin, named, {"title": "甲案"}, upper=True) == []
    assert built == ["a place", "a place"]


def test_time_is_that_of_the_work_which_runs_it(world: World, ports: LocalPorts) -> None:
    lin = world.person("lin", "counsel")
    world.case((lin, "lead"), title="甲案")
    assert seen(ports, lin, young) == ["甲案"]
    ports.clock.now += timedelta(hours=3)
    assert seen(ports, lin, young) == []


def test_memory_is_bounded(world: World, ports: LocalPorts, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(prepared, "KEPT", 2)
    lin = world.person("lin", "counsel")
    for number in range(4):
        seen(ports, lin, named, {"title": "x"}, upper=number % 2 == 0)
        seen(ports, lin, titles)
    assert len(prepared._kept) == 2


def test_a_builder_has_no_session(world: World, ports: LocalPorts) -> None:
    def asks(work: Work) -> Rows:
        return work.session.execute(select(Case))  # type: ignore[return-value]  # it must not get that far

    with read_work(ports, world.person("lin", "counsel")) as work, pytest.raises(AttributeError):
        execute(work, asks)


HOSTILE = ["", "'", "''; drop table cases --", "100 %", "%(x)s", ":x", "a\\'b", "\u202e甲", "{}", "?"]


def odd(work: Work) -> Rows:
    found: Select[*tuple[Any, ...]] = select(Case.title).where(
        Case.title.in_(HOSTILE), Case.title != "x'", Case.sample.is_(False), Case.version >= 1
    )
    return work.visible(found.order_by(Case.title).limit(9), Case)


def none(work: Work) -> Rows:
    found: Select[*tuple[Any, ...]] = select(Case.title).where(Case.title.in_([]))
    return work.visible(found, Case)


def test_constants_are_written_as_values_whatever_they_hold(world: World, ports: LocalPorts) -> None:
    lin = world.person("lin", "counsel")
    for title in HOSTILE[1:]:
        world.case((lin, "lead"), title=title)
    world.case((lin, "lead"), title="x'")
    assert set(seen(ports, lin, odd)) == set(HOSTILE[1:])
    assert seen(ports, lin, none) == []
    made = next(one for key, one in prepared._kept.items() if key[0] is odd)  # type: ignore[index]
    left = made.statement.compile(dialect=ports.engine.dialect).params.values()
    assert not set(left) & {*HOSTILE, "x'"}
