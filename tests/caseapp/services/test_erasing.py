"""An approved disposal is carried out on both places and told; stopped anywhere it goes on; nothing shows it."""

from __future__ import annotations

import zipfile
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from pypdf import PdfReader
from sqlalchemy import select

from caseapp import jobs
from caseapp.models import Capture, Case, CustodyEvent, Disposal, EvidenceItem, Post
from caseapp.services import disposal, erasing
from caseapp.services.bundles import build_bundle
from caseapp.services.disposal_papers import check_certificate, disposal_certificate
from caseapp.services.evidence import export_evidence, read_file
from caseapp.services.filing import Place, file_items
from caseapp.services.holds import ErasedError, hold_case
from caseapp.services.integrity import check_records
from caseapp.services.verification import check_package
from caseapp.services.work import open_work, system_actor
from evidence_store.backends import MemoryBackend
from evidence_store.failures import StorageFailedError
from evidence_store.replica import compare, replicate
from evidence_store.tombstones import PackageErasedError, is_erased
from tests.caseapp.services.house import QUOTE, House
from tests.caseapp.services.test_disposal import WHY, YEARS, approved, asked, ripe, settle


def disposed(house: House, **more: Any) -> tuple[str, str]:
    """An item whose disposal is approved, and the number of the disposal's row."""
    key = ripe(house, **more)
    asked(house, key)
    return key, approved(house, key).id


def contents(place: Any) -> list[bytes]:
    return [place.get(key) for key in place.list("blobs/")]


def test_the_bytes_go_and_the_register_says_when_who_and_why(house: House) -> None:
    key, row_key = disposed(house)
    item = house.read(EvidenceItem, key)
    with house.ports.store.open_file(item.package_id, "data/paper.pdf") as file:
        data = file.read()
    house.run_jobs()
    row = house.read(Disposal, row_key)
    assert row.erased_at is not None
    assert (row.blobs, row.shared, row.replica_at) == (1, 0, None)
    assert f"\n{row.log_index + 1}\n" in row.checkpoint or int(row.checkpoint.split("\n")[1]) > row.log_index
    assert data not in contents(house.ports.store.backend)
    with house.ports.sessions() as session:
        kinds = list(
            session.scalars(select(CustodyEvent.type).where(CustodyEvent.evidence_id == key).order_by(CustodyEvent.seq))
        )
    assert kinds[-1] == "erase"
    assert house.ports.store.fsck().ok
    report = check_records(house.ports)
    assert report.ok, report.contradictions
    assert house.run_jobs() == []  # done
    with house.work("xu") as work:
        number, pdf, note = disposal_certificate(work, work.get(EvidenceItem, key), "en")
        again_pdf = disposal_certificate(work, work.get(EvidenceItem, key), "en")[1]
    text = " ".join(one.extract_text() for one in PdfReader(BytesIO(pdf)).pages)
    for words in ("Certificate of disposal", number, "Approved by", "there is no second place"):
        assert words in text
    assert again_pdf == pdf  # equal state, equal bytes
    assert check_certificate(pdf, note, house.trust) == number


@pytest.mark.full
def test_nothing_gives_out_what_is_gone(house: House, tmp_path: Path) -> None:
    key, _row = disposed(house)
    for _turn in ("approved", "erased"):
        with house.work("lin") as work:
            item = work.get(EvidenceItem, key)
            for act in (
                lambda work, item: export_evidence(work, item, tmp_path, reason="x"),
                lambda work, item: read_file(work, item, "paper.pdf", purpose="x"),
            ):
                with pytest.raises(ErasedError) as refused:
                    act(work, item)
            assert "已依法处置" in refused.value.message("zh")
        house.run_jobs()
    with pytest.raises(PackageErasedError):  # neither a pass nor an alarm
        check_package(house.ports, house.read(EvidenceItem, key), tmp_path, house.trust)
    with house.work("lin") as work:
        made = build_bundle(work, work.get(Case, house.case_id), tmp_path / "b.zip", reason="送法院")
    assert made.packages == ()
    with zipfile.ZipFile(tmp_path / "b.zip") as bundle:
        assert [name for name in bundle.namelist() if "disposal-" in name]  # the certificate in its place


def test_a_hold_on_its_case_puts_the_erasure_off(house: House) -> None:
    key, row_key = disposed(house)
    with house.work("lin") as work:
        hold_case(work, work.get(Case, house.case_id), on=True, reason="另案")
    house.run_jobs()
    assert house.read(Disposal, row_key).begun_at is None
    assert not is_erased(house.ports.store.backend, house.read(EvidenceItem, key).package_id)
    with house.work("lin") as work:
        hold_case(work, work.get(Case, house.case_id), on=False, reason="已结")
    house.clock.now += 2 * erasing.AGAIN
    again(house)
    assert house.read(Disposal, row_key).erased_at is not None


def again(house: House) -> None:
    """What the scheduler does: tell the queue of what waits, and run it."""
    with open_work(house.ports, system_actor("scheduler")) as work:
        erasing.sweep_erasures(work)
        jobs.sweep_jobs(work)
    house.run_jobs()


class Away(MemoryBackend):
    """A second place that is away until it is told to come back."""

    away = False

    def list(self, prefix: str) -> Any:
        if self.away:
            raise StorageFailedError("away")
        return super().list(prefix)


def test_the_second_place_erases_too_once_it_is_back(house: House) -> None:
    key, row_key = disposed(house)
    other = Away()
    replicate(house.ports.store.backend, other)
    other.away = True
    house.ports.has_replica, house.ports.open_replica = True, lambda: other
    with house.ports.store.open_file(house.read(EvidenceItem, key).package_id, "data/paper.pdf") as file:
        data = file.read()
    house.run_jobs()
    row = house.read(Disposal, row_key)
    assert row.erased_at is not None
    assert row.replica_at is None
    with open_work(house.ports, system_actor("test")) as work:
        assert erasing.waiting_erasures(work) == (0, 1)
    other.away = False
    assert data in contents(other)
    house.clock.now += 2 * erasing.AGAIN
    again(house)
    assert house.read(Disposal, row_key).replica_at is not None
    assert data not in contents(other)
    replicate(house.ports.store.backend, other)
    assert compare(house.ports.store.backend, other).alike


STEPS = [*(pytest.param(step, marks=pytest.mark.full) for step in ("before", "erase", "carry", "finish")), "record"]


@pytest.mark.parametrize("step", STEPS)
def test_killed_at_any_step_it_mends_itself(house: House, monkeypatch: pytest.MonkeyPatch, step: str) -> None:
    key, row_key = disposed(house)
    other = MemoryBackend()
    replicate(house.ports.store.backend, other)
    house.ports.has_replica, house.ports.open_replica = True, lambda: other
    names = {"before": "_begin", "erase": "erase", "record": "_record", "carry": "_carry", "finish": "finish_job"}
    real = getattr(erasing, names[step])

    def dies(*args: Any, **more: Any) -> Any:
        if step in {"erase", "carry"}:
            real(*args, **more)  # it was done, and nobody could be told any more
        raise StorageFailedError("injected")

    monkeypatch.setattr(erasing, names[step], dies)
    assert house.run_jobs() == [False] or step == "finish"
    monkeypatch.setattr(erasing, names[step], real)
    house.clock.now += 2 * erasing.AGAIN
    again(house)
    row = house.read(Disposal, row_key)
    assert row.erased_at is not None
    assert row.replica_at is not None
    with house.ports.sessions() as session:
        found = session.scalars(
            select(CustodyEvent).where(CustodyEvent.evidence_id == key, CustodyEvent.type == "erase")
        ).all()
    assert len(found) == 1
    assert house.ports.store.fsck().ok
    assert check_records(house.ports).ok


def test_what_the_register_repeats_of_a_page_goes_too(house: House) -> None:
    capture = house.look(house.post(text=""))
    with house.ports.sessions() as session:
        item = session.scalars(select(EvidenceItem).where(EvidenceItem.capture_id == capture.id)).one()
        fields = [{"name": "text", "value": QUOTE}]
        session.get_one(Capture, capture.id).facts = {"fields": fields, "dns": {}}
        session.get_one(Post, item.post_id).text = QUOTE
        key, post_key = item.id, str(item.post_id)
        session.commit()
    with house.work("xu") as work:
        file_items(work, [work.get(EvidenceItem, key)], Place("谷屿", "证据", "years_10"))
    settle(house)
    house.clock.now += YEARS
    with house.work("lin") as work:
        disposal.request_disposal(work, work.get(EvidenceItem, key), **WHY)
    approved(house, key, "xu")
    house.run_jobs()
    kept = house.read(Capture, capture.id)
    assert (kept.text, kept.facts) == (None, {"dns": {}})
    assert house.read(Post, post_key).text is None
    assert "fields" not in house.read(EvidenceItem, key).facts
    assert check_records(house.ports).ok
