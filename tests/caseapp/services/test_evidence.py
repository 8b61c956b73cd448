"""Hop 5 and after: registration, exhibits, verification, export, and the custody chain in all of them."""

from __future__ import annotations

import json
import zipfile
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select, text, update

from caseapp.domain.errors import (
    AlreadyExistsError,
    AppendOnlyError,
    InvalidInputError,
    NotFoundError,
    PermissionDeniedError,
    ReasonRequiredError,
)
from caseapp.models import AuditEvent, Case, CustodyDetail, CustodyEvent, EvidenceItem, Exhibit
from caseapp.services import evidence, verification
from caseapp.services.custody import append_custody, custody_lines, custody_words, erase_custody_detail, note_view
from caseapp.services.work import open_work
from evidence_store import verify
from evidence_store.custody import check_chain
from tests.caseapp.services.house import House, stranger


def chain(house: House, key: str) -> list[dict[str, Any]]:
    with house.work("lin") as work:
        return check_chain(custody_lines(work, work.get(EvidenceItem, key)))


def test_a_paper_is_registered_once_with_its_chain(house: House) -> None:
    sealed = house.sealed("证4-2")
    keys = set()
    for _ in range(2):
        with house.work("xu") as work:
            item = evidence.register_files(work, sealed, title="检验报告", kind="documentary", source="检验院")
            keys.add(item.id)
            assert (item.seal_state, item.test_stamps, item.desk_id) == ("stamped", 1, house.world.desk_id)
            assert item.obtained_at <= (item.stamped_at or item.obtained_at) + timedelta(seconds=1)
    assert len(keys) == 1
    with house.work("xu") as work:
        lines = check_chain(custody_lines(work, work.get(EvidenceItem, keys.pop())))
        assert [line["type"] for line in lines] == ["ingest", "seal", "timestamp", "log"]
        assert (
            work.session.scalar(
                select(func.count()).select_from(AuditEvent).where(AuditEvent.action == "evidence.registered")
            )
            == 1
        )


def test_anyone_who_may_register_can(house: House) -> None:
    """Counsel and PR hold no right over seals: the seal is the store's, not theirs."""
    for login in ("gao", "zhou", "lin"):
        with house.work(login) as work:
            evidence.register_files(work, house.sealed(login), title=login, kind="documentary", source="x")
    for login in ("he", "han"):
        with pytest.raises(PermissionDeniedError), house.work(login) as work:
            evidence.register_files(work, house.sealed(login), title=login, kind="documentary", source="x")
    with pytest.raises(InvalidInputError), house.work("xu") as work:
        evidence.register_files(work, house.sealed("z"), title="z", kind="magic", source="x")


def test_another_desk_neither_registers_again_nor_sees(house: House, tmp_path: Path) -> None:
    sealed = house.sealed("证4-2")
    with house.work("xu") as work:
        key = evidence.register_files(work, sealed, title="检验报告", kind="documentary", source="检验院").id
    other = stranger(house)
    with pytest.raises(NotFoundError), open_work(house.ports, other) as work:
        evidence.register_files(work, sealed, title="x", kind="documentary", source="x")
    with open_work(house.ports, other) as work:
        item = work.session.get_one(EvidenceItem, key)
        case = work.session.get_one(Case, house.case_id)
        for deed in (
            lambda: verification.verify_evidence(work, item, tmp_path / "v", None),
            lambda: evidence.export_evidence(work, item, tmp_path / "e", reason="x"),
            lambda: evidence.read_file(work, item, "paper.pdf", purpose="x"),
            lambda: evidence.add_exhibit(work, case, item, "证1-1", group="x", proves="x"),
        ):
            with pytest.raises(NotFoundError):
                deed()
    assert not (tmp_path / "e").exists()


def test_exhibits_are_numbered_once_and_in_form(house: House) -> None:
    key, other = house.paper("证1-1"), house.paper("证1-2")
    with house.work("lin") as work:
        case, item = work.get(Case, house.case_id), work.get(EvidenceItem, key)
        assert evidence.add_exhibit(work, case, item, "证9-9", group="x", proves="x").exhibit_no == "证1-1"
        assert (item.status, work.session.scalars(select(Exhibit.group_no)).first()) == ("in_use", 1)
        for wrong in ("1", "证0-1", "证1-", "证１-1", "证1-1; drop", "x证1-1", "证1-1\n"):
            with pytest.raises(InvalidInputError):
                evidence.add_exhibit(work, case, work.get(EvidenceItem, key), wrong, group="x", proves="x")
    third = house.paper("证1-3", exhibit=False)
    with pytest.raises(AlreadyExistsError), house.work("lin") as work:
        evidence.add_exhibit(
            work, work.get(Case, house.case_id), work.get(EvidenceItem, third), "证1-1", group="x", proves="x"
        )
    with pytest.raises(NotFoundError), house.work("outside") as work:
        evidence.add_exhibit(
            work, work.session.get_one(Case, house.case_id), work.session.get_one(EvidenceItem, other), "证5-1",
            group="x", proves="x",
        )  # fmt: skip


def test_verification_is_recorded_and_passes(house: House, tmp_path: Path) -> None:
    key = house.paper("证4-2")
    with house.work("zhou") as work:
        item = work.get(EvidenceItem, key)
        assert verification.verify_evidence(work, item, tmp_path, house.trust).verdict == "PASS"
        assert item.verified_at == work.now
    assert chain(house, key)[-1]["type"] == "verify"
    assert chain(house, key)[-1]["outcome"] == "PASS"
    with house.work("zhou") as work:
        assert "row.changed" in set(work.session.scalars(select(AuditEvent.action)))


def damage(house: House, key: str) -> None:
    """Change a byte of the stored paper behind the store's back."""
    digest = house.read(EvidenceItem, key).files["paper.pdf"]["sha256"]
    path = next(path for path in (house.folder / "evidence").rglob(f"*{digest[4:]}*") if path.is_file())
    data = bytearray(path.read_bytes())
    data[50] ^= 1
    path.chmod(0o600)
    path.write_bytes(bytes(data))


@pytest.mark.parametrize("login", ["zhou", "he", "xu"])
def test_damaged_bytes_raise_the_alarm_whoever_finds_them(house: House, tmp_path: Path, login: str) -> None:
    key = house.paper("证4-2")
    damage(house, key)
    with house.work(login) as work:
        item = work.get(EvidenceItem, key)
        report = verification.verify_evidence(work, item, tmp_path / "1", house.trust)
        assert report.verdict == "FAIL"
        assert report.failures[0].detail_zh
    assert house.read(EvidenceItem, key).seal_state == "mismatch"
    assert (chain(house, key)[-1]["type"], chain(house, key)[-1]["outcome"]) == ("verify", "FAIL")
    with house.work(login) as work:
        assert verification.verify_evidence(work, work.get(EvidenceItem, key), tmp_path / "2", None).verdict == "FAIL"
        actions = list(work.session.scalars(select(AuditEvent.action)))
    assert actions.count("evidence.mismatch") == 1


def test_an_export_carries_its_custody_and_verifies_elsewhere(house: House, tmp_path: Path) -> None:
    key = house.paper("证4-2")
    with house.work("lin") as work:
        path = evidence.export_evidence(work, work.get(EvidenceItem, key), tmp_path / "out", reason="立案")
    assert verify(path, house.trust).verdict == "PASS"
    with zipfile.ZipFile(path) as archive:
        name = next(name for name in archive.namelist() if name.endswith("custody/events.jsonl"))
        lines = [json.loads(line) for line in archive.read(name).splitlines()]
    assert [line["type"] for line in check_chain(lines)][-1] == "export"
    assert "立案" not in json.dumps(lines, ensure_ascii=False)
    assert lines == chain(house, key)
    with pytest.raises(PermissionDeniedError), house.work("gao") as work:
        evidence.export_evidence(work, work.get(EvidenceItem, key), tmp_path / "no", reason="x")


def test_what_is_too_long_for_a_reason_never_enters_the_chain(house: House, tmp_path: Path) -> None:
    key = house.paper("证4-2")
    before = chain(house, key)
    with pytest.raises(InvalidInputError), house.work("lin") as work:
        evidence.export_evidence(work, work.get(EvidenceItem, key), tmp_path / "no", reason="长" * 1001)
    assert chain(house, key) == before


def test_reading_is_one_custody_event_an_hour_a_person(house: House) -> None:
    key = house.paper("证4-2")
    for login in ("zhou", "zhou", "lin"):
        with (
            house.work(login) as work,
            evidence.read_file(work, work.get(EvidenceItem, key), "paper.pdf", purpose="核对") as file,
        ):
            assert file.read(5) == b"%PDF-"
    assert [line["type"] for line in chain(house, key)].count("view") == 2
    house.clock.now += timedelta(hours=1, minutes=1)
    with house.work("zhou") as work:
        assert note_view(work, work.get(EvidenceItem, key)) is not None
        assert note_view(work, work.get(EvidenceItem, key)) is None
        with pytest.raises(NotFoundError):
            evidence.read_file(work, work.get(EvidenceItem, key), "../../etc/passwd", purpose="x")


def test_erasing_names_and_words_keeps_the_chain_whole(house: House, tmp_path: Path) -> None:
    key = house.paper("证4-2")
    with house.work("zhou") as work:
        event = append_custody(work, work.get(EvidenceItem, key), "view", reason="张三要求查看")
    with pytest.raises(PermissionDeniedError), house.work("zhou") as work:
        erase_custody_detail(work, event.id, basis="个人信息保护法第四十七条")
    with pytest.raises(ReasonRequiredError), house.work("han") as work:
        erase_custody_detail(work, event.id, basis=" ")
    with pytest.raises(NotFoundError), open_work(house.ports, stranger(house)) as work:
        erase_custody_detail(work, event.id, basis="x")
    with house.work("han") as work:
        erase_custody_detail(work, event.id, basis="个人信息保护法第四十七条")
        words = {row.id: (who, why) for row, who, why in custody_words(work, work.get(EvidenceItem, key))}
        assert words[event.id] == ("", "")
        assert "张三" not in str(words)
    with pytest.raises(NotFoundError), house.work("han") as work:
        erase_custody_detail(work, event.id, basis="again")
    assert [line["type"] for line in chain(house, key)][-2:] == ["view", "erase"]
    with house.work("lin") as work:
        path = evidence.export_evidence(work, work.get(EvidenceItem, key), tmp_path, reason="立案")
    assert verify(path, house.trust).verdict == "PASS"


def test_the_chain_cannot_be_rewritten(house: House) -> None:
    key = house.paper("证4-2")
    for statement in (
        update(CustodyEvent).where(CustodyEvent.evidence_id == key).values(actor_id="x"),
        update(CustodyDetail).values(body="{}"),
        text("DELETE FROM custody_events"),
        text("DELETE FROM custody_details"),
    ):
        with pytest.raises(AppendOnlyError), house.work("lin") as work:
            work.session.execute(statement)
    assert len(chain(house, key)) == 4
