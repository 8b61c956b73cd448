"""The bundle: approved papers and verified packages; the verifier it carries passes each of them outside the house."""

from __future__ import annotations

import errno
import hashlib
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from caseapp.domain.errors import NotFoundError, PermissionDeniedError
from caseapp.models import AuditEvent, Case, CustodyEvent, EvidenceItem
from caseapp.services import bundles
from caseapp.services.bundles import Bundle, build_bundle
from caseapp.services.custody import custody_lines
from caseapp.services.filing import Place, file_items
from caseapp.services.work import open_work
from evidence_store import EvidenceError
from evidence_store.custody import check_chain
from tests.caseapp.services.house import House, stranger, version_of
from tests.caseapp.services.test_evidence import damage


def build(house: House, path: Path, login: str = "lin") -> Bundle:
    with house.work(login) as work:
        return build_bundle(work, work.get(Case, house.case_id), path, reason="立案")


@pytest.fixture
def filled(house: House) -> str:
    """A case with papers, a captured post, an approved notice and a ledger; the notice's version."""
    _notice, version_id = house.authorised(house.rumor())
    house.damage("14508.00", item=house.paper("证5-1", "取消函"))
    return version_id


def test_every_package_inside_verifies_with_the_verifier_inside(house: House, filled: str, tmp_path: Path) -> None:
    path = tmp_path / "out" / "bundle.zip"
    made = build(house, path)
    assert made.path == path
    assert hashlib.sha256(path.read_bytes()).hexdigest() == made.facts.sha256
    trust = tmp_path / "trust.json"
    trust.write_bytes(house.trust.to_bytes())
    with zipfile.ZipFile(path) as archive:
        archive.extractall(tmp_path / "in")
    verifier = next((tmp_path / "in").rglob("verify.py"))
    packages = sorted({file.parent.parent for file in (tmp_path / "in").rglob("seal/seal.json")})
    assert len(packages) == len(made.packages) == 5
    for package in packages:
        done = subprocess.run(
            [sys.executable, "-I", "-S", str(verifier), str(package), "--trust", str(trust)],
            capture_output=True, text=True, timeout=120, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr
    papers = {hashlib.sha256(file.read_bytes()).hexdigest() for file in (tmp_path / "in").rglob("*.pdf")}
    assert version_of(house, filled).approved_digest in papers
    assert [p for p in path.parent.iterdir() if p != path] == []


def test_each_package_says_that_it_was_exported_and_the_building_is_on_record(
    house: House, filled: str, tmp_path: Path
) -> None:
    with house.work("xu") as work:
        paper = work.session.scalars(select(EvidenceItem).where(EvidenceItem.title == "取消函")).one()
        assert file_items(work, [paper], Place("法务部", "诉讼证据", "years_30")) == 1
        number = paper.no
    build(house, tmp_path / "one.zip")
    build(house, tmp_path / "one.zip")
    with zipfile.ZipFile(tmp_path / "one.zip") as archive:
        kept = [name for name in archive.namelist() if "archive-" in name]
    assert [name.rpartition("archive-")[2] for name in kept] == [f"{number[2:]}.pdf"], "how what is filed was kept"
    with house.work("lin") as work:
        case = work.get(Case, house.case_id)
        for exhibit, item in work.session.execute(
            select(bundles.Exhibit, bundles.EvidenceItem).join(
                bundles.EvidenceItem, bundles.EvidenceItem.id == bundles.Exhibit.evidence_id
            )
        ):
            lines = check_chain(custody_lines(work, item))
            assert [line["type"] for line in lines].count("export") == 2, exhibit.exhibit_no
        actions = list(work.session.scalars(select(AuditEvent.action).where(AuditEvent.object_id == case.id)))
    assert actions.count("bundle.built") == 2
    assert filled


def test_only_those_who_may_export_get_one(house: House, filled: str, tmp_path: Path) -> None:
    with pytest.raises(PermissionDeniedError):
        build(house, tmp_path / "x.zip", "gao")
    for actor in (house["outside"], stranger(house)):
        with pytest.raises(NotFoundError), open_work(house.ports, actor) as work:
            build_bundle(work, work.session.get_one(Case, house.case_id), tmp_path / "x.zip", reason="x")
    assert not (tmp_path / "x.zip").exists()
    assert filled


def test_a_damaged_package_stops_it_and_what_was_there_stays(house: House, filled: str, tmp_path: Path) -> None:
    path = tmp_path / "out" / "bundle.zip"
    build(house, path)
    before = path.read_bytes()
    with house.ports.sessions() as session:
        events = len(session.scalars(select(CustodyEvent.id)).all())
        key = session.scalars(select(bundles.EvidenceItem.id).where(bundles.EvidenceItem.title == "取消函")).one()
    damage(house, key)
    with pytest.raises(EvidenceError):
        build(house, path)
    assert path.read_bytes() == before
    assert [p for p in path.parent.iterdir() if p != path] == []
    with house.ports.sessions() as session:
        assert len(session.scalars(select(CustodyEvent.id)).all()) == events
    assert filled


def test_a_full_disk_leaves_nothing_half_written(
    house: House, filled: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_case: Any, _items: Any, file: Any) -> Any:
        file.write(b"PK half")
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(bundles, "write_bundle", full)
    with pytest.raises(EvidenceError) as refused:
        build(house, tmp_path / "out" / "bundle.zip")
    assert refused.value.message("zh")
    assert list((tmp_path / "out").iterdir()) == []
    assert filled
