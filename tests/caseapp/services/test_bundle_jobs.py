"""A bundle is asked for with its purpose, made once, taken by who asked while it is kept, and then gone."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from caseapp.domain.errors import InvalidInputError, NotFoundError, PermissionDeniedError, ReasonRequiredError
from caseapp.models import AuditEvent, Case, Job, Organization
from caseapp.services.bundle_jobs import BundleGoneError, ask_bundle, clear_bundles, path_of, take_bundle
from caseapp.services.work import Work, open_work
from tests.caseapp.conftest import LocalPorts, World


@pytest.fixture
def case_id(world: World, ports: LocalPorts, tmp_path: Path) -> str:
    ports.captures_dir = tmp_path
    members = ((world.person("lin", "counsel"), "lead"), (world.person("zhou", "counsel"), "lead"),
               (world.person("su"), "viewer"))  # fmt: skip
    principal = world.make(lambda work: work.add(Organization(name="苜禾", kind="self")).id)
    return world.case(*members, principal_id=principal)


def asked(world: World, ports: LocalPorts, case_id: str, login: str = "lin", reason: str = "起诉") -> str:
    with open_work(ports, world.person(login)) as work:
        return ask_bundle(work, work.session.get_one(Case, case_id), reason=reason).id


def made(world: World, ports: LocalPorts, key: str) -> None:
    """As the worker leaves it."""

    def finish(work: Work) -> None:
        row = work.session.get_one(Job, key)
        until = (work.now + timedelta(hours=24)).isoformat()
        row.payload = {**row.payload, "sha256": "0" * 64, "items": [], "expires_at": until}
        row.status, row.finished_at = "done", work.now

    world.make(finish)
    path_of(ports, key).parent.mkdir(parents=True, exist_ok=True)
    path_of(ports, key).write_bytes(b"zip")


def test_it_is_asked_for_with_a_purpose_by_who_may_and_once(world: World, ports: LocalPorts, case_id: str) -> None:
    with pytest.raises(ReasonRequiredError):
        asked(world, ports, case_id, reason=" ")
    with pytest.raises(InvalidInputError):
        asked(world, ports, case_id, reason="长" * 1001)
    with pytest.raises(PermissionDeniedError):
        asked(world, ports, case_id, "su")
    world.person("wei", "counsel")
    with pytest.raises(NotFoundError):
        asked(world, ports, case_id, "wei")
    assert asked(world, ports, case_id) == asked(world, ports, case_id)
    with pytest.raises(InvalidInputError):
        asked(world, ports, case_id, "zhou")


def test_a_case_without_a_principal_has_no_cover(world: World, ports: LocalPorts, case_id: str) -> None:
    world.make(lambda work: work.change(work.get(Case, case_id), principal_id=None))
    with pytest.raises(InvalidInputError):
        asked(world, ports, case_id)


def test_who_asked_takes_it_while_it_is_kept(world: World, ports: LocalPorts, case_id: str) -> None:
    key, lin = asked(world, ports, case_id), world.person("lin")
    with pytest.raises(NotFoundError), open_work(ports, lin) as work:
        take_bundle(work, work.get(Case, case_id), key)
    made(world, ports, key)
    with open_work(ports, lin) as work:
        path, name = take_bundle(work, work.get(Case, case_id), key)
    assert path.read_bytes() == b"zip"
    assert name.startswith("bundle-")
    with pytest.raises(NotFoundError), open_work(ports, world.person("zhou")) as work:
        take_bundle(work, work.get(Case, case_id), key)
    with ports.sessions() as session:
        assert session.scalars(select(AuditEvent.action).where(AuditEvent.action == "bundle.taken")).all()
    ports.clock.now += timedelta(hours=25)
    with pytest.raises(BundleGoneError), open_work(ports, lin) as work:
        take_bundle(work, work.get(Case, case_id), key)


def test_files_nobody_vouches_for_are_deleted_and_others_kept(world: World, ports: LocalPorts, case_id: str) -> None:
    key = asked(world, ports, case_id)
    made(world, ports, key)
    path_of(ports, "orphan").write_bytes(b"x")
    assert world.make(clear_bundles) == 1
    assert path_of(ports, key).is_file()
    ports.clock.now += timedelta(hours=25)
    assert world.make(clear_bundles) == 1
    assert not path_of(ports, key).exists()
