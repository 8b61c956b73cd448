"""Routine check: damage is found, told and alarmed; a slice a day; a disk that is away concludes nothing."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from caseapp import jobs
from caseapp.config import Settings
from caseapp.health.scrub import scrubs
from caseapp.models import CustodyEvent, EvidenceItem, Job, Scrub
from caseapp.services import scrubbing
from caseapp.services.scrubbing import EACH_DAY, due_items, period, scrub_item, slices, sweep_scrub
from caseapp.services.store_report import LIST, PDF, check_report, findings_of, store_report
from caseapp.services.work import open_work, system_actor
from evidence_store import EvidenceError, Signer, Trust
from evidence_store.backends.memory import MemoryBackend
from evidence_store.failures import DigestMismatchError, SignatureError
from evidence_store.layout import blob_key
from evidence_store.mending import mender
from evidence_store.scrub import scrub_package
from evidence_store.trust import TrustedKey
from tests.caseapp.services.house import House


def blob(house: House, key: str) -> Path:
    """The file of the paper's bytes in the store."""
    item = house.read(EvidenceItem, key)
    return next(house.folder.rglob(blob_key(item.files["paper.pdf"]["sha256"])))


def damage(path: Path) -> bytes:
    good = path.read_bytes()
    path.chmod(0o600)
    path.write_bytes(good[:-1] + bytes([good[-1] ^ 1]))
    return good


def ordered(house: House) -> Job | None:
    with open_work(house.ports, system_actor("scheduler")) as work:
        return sweep_scrub(work)


def test_damage_is_found_alarmed_and_told(house: House) -> None:
    good, bad = house.paper("证4-1"), house.paper("证4-2", "另一份")
    app: Any = house.ports
    damage(blob(house, bad))
    job = ordered(house)
    assert job is not None
    assert jobs.perform(app, job.id)
    assert ordered(house) is None, "one slice a day"
    ends = house.read(Scrub, good).stamps_end
    assert ends is not None, "its stamp's certificates were read"
    assert ends > house.clock.now
    assert house.read(Scrub, good).outcome == "intact", "the one never looked at first comes first"
    house.clock.now += EACH_DAY
    second = ordered(house)
    assert second is not None
    assert jobs.perform(app, second.id)
    row, item = house.read(Scrub, bad), house.read(EvidenceItem, bad)
    assert (row.outcome, item.seal_state) == ("damaged", "mismatch")
    assert "digest_mismatch" in (row.found or "")
    with app.sessions() as session:
        seen = session.scalars(select(CustodyEvent).where(CustodyEvent.type == "fixity")).all()
    assert {one.evidence_id: one.leaf["outcome"] for one in seen} == {good: "intact", bad: "damaged"}
    assert house.read(EvidenceItem, good).seal_state != "mismatch"
    with open_work(app, system_actor("scheduler")) as work:
        assert not list(work.session.scalars(due_items(work)))
    house.clock.now += period(house.ports.check_days)
    assert ordered(house) is not None, "its turn comes again"


def test_a_missing_file_is_damage_and_a_replica_mends_it(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    key = house.paper("证4-1")
    path, app = blob(house, key), house.ports
    good = path.read_bytes()
    path.unlink()
    store: Any = app.store
    lost = scrub_package(store, str(house.read(EvidenceItem, key).package_id))
    assert lost.outcome == "damaged"
    assert "object_missing" in lost.words

    replica = MemoryBackend()
    monkeypatch.setattr(app, "mend", mender(store.backend, replica))
    assert scrub_package(store, str(house.read(EvidenceItem, key).package_id), mend=app.mend).problems, "none to be had"
    where = f"blobs/{path.parent.parent.name}/{path.parent.name}/{path.name}"
    with replica.batch() as batch:
        batch.write(where, (good,))
        batch.sync()
        batch.link()
        batch.settle()
    path.write_bytes(good + b"x")
    found = scrub_item(app, key, house["lin"])
    assert (found.outcome, found.problems) == ("mended", ())
    assert path.read_bytes() == good
    aside = list((path.parents[3] / "quarantine").iterdir())
    assert [one.read_bytes() for one in aside] == [good + b"x"], "what was damaged is set aside, never lost"
    assert house.read(EvidenceItem, key).seal_state != "mismatch"


def test_other_work_goes_first_and_a_disk_that_is_away_concludes_nothing(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = house.paper("证4-1")
    app: Any = house.ports
    job = ordered(house)
    assert job is not None
    house.order()
    jobs.perform(app, job.id)
    assert house.job(job.object_id).status == "queued", "it steps back while another job waits"
    assert house.job(job.object_id).not_before == house.clock.now + scrubbing.STEP_BACK
    head = next(house.folder.rglob("log/checkpoint"))
    head.rename(head.with_name("away"))
    with pytest.raises(EvidenceError):
        scrub_item(app, key)
    with app.sessions() as session:
        assert session.get(Scrub, key) is None


def test_slices_cover_everything_in_time() -> None:
    assert all(0 < slices(days) < days for days in range(7, 367))
    assert slices(30) == 20


def test_the_settings_say_how_often(house: House) -> None:
    key = house.paper("证4-1")
    scrub_item(house.ports, key)
    app: Any = house.ports
    app.check_days = 60
    with open_work(app, system_actor("scheduler")) as work:
        assert not list(work.session.scalars(due_items(work)))
    house.clock.now += timedelta(days=21)
    for days, due in ((60, []), (30, [key])):
        app.check_days = days
        with open_work(app, system_actor("scheduler")) as work:
            assert [item.id for item in work.session.scalars(due_items(work))] == due, days


def test_the_doctor_counts_by_the_setting(house: House) -> None:
    key, long_ago = house.paper("证4-1"), datetime.now(UTC) - timedelta(days=40)
    scrub_item(house.ports, key)
    with open_work(house.ports, system_actor("worker")) as work:
        look = work.session.get_one(Scrub, key)
        look.at, look.stamps_end = long_ago, None
        work.session.get_one(EvidenceItem, key).logged_at = long_ago
    place = house.ports.engine.url.render_as_string(hide_password=False)
    settings = Settings.for_folder(house.folder, database_url=place, evidence_url="s3:elsewhere")
    late, fine = scrubs(settings), scrubs(replace(settings, check_days=60))
    assert (late.state, fine.state) == ("warn", "ok")
    assert "逾 30 天未校验 1" in late.seen("zh")
    assert "not for 60 days: 0" in fine.seen("en")


def test_the_report_is_signed_and_names_what_is_wrong(house: House) -> None:
    key = house.paper("证4-1")
    damage(blob(house, key))
    scrub_item(house.ports, key)
    item, admin = house.read(EvidenceItem, key), house.world.person("root", "admin")
    with open_work(house.ports, admin) as work:
        assert findings_of(work).damaged == [item.no]
        files = store_report(work, "zh")
    assert files[PDF].startswith(b"%PDF")
    assert files[LIST].decode().split() == [item.package_id, item.seal_id, item.no]
    assert check_report(files, house.trust)
    for name in (PDF, LIST):
        with pytest.raises(DigestMismatchError):
            check_report({**files, name: files[name] + b" "}, house.trust)
    house.clock.now += timedelta(days=365 * 40)
    with open_work(house.ports, admin) as work:
        work.session.get_one(Scrub, key).stamps_end = house.clock.now
        assert findings_of(work).ending == [item.no]
    stranger = Trust((TrustedKey(Signer.generate("stranger").verifier_key),))
    with pytest.raises(SignatureError):
        check_report(files, stranger)
