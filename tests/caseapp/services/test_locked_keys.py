"""Keys of the evidence that are not there: nothing is visited, nothing lost, and the job goes on when they are back."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from caseapp import jobs
from caseapp.models import Capture
from evidence_store import EvidenceStore, Signer
from evidence_store.backends import LocalBackend
from evidence_store.vault import EncryptedBackend, KeyPlace, PlainRootKey, open_root_key
from tests.caseapp.services.house import House


def test_a_capture_waits_for_the_keys(house: House, tmp_path: Path) -> None:
    key, file = house.order(post_id=house.post()), tmp_path / "root.key"
    root = PlainRootKey.generate()
    KeyPlace(LocalBackend(tmp_path / "keys"), root).create()
    keys = KeyPlace(lambda: LocalBackend(tmp_path / "keys"), lambda: open_root_key(str(file)))
    place = EncryptedBackend(LocalBackend(tmp_path / "locked"), keys)
    house.ports.store = EvidenceStore(place, log_signer=Signer.generate("log-locked"))
    assert house.run_jobs() == [False]
    row = house.read(Capture, key)
    assert (row.status, row.error_code, row.package_id) == ("queued", "evidence.keys_locked", None)
    assert house.camera.seen == []
    assert "密钥" in row.error_zh
    root.save(file)
    house.clock.now += timedelta(minutes=1)
    assert jobs.perform(house.ports, house.job(key).id)
    assert house.read(Capture, key).package_id in set(house.ports.store.packages())
    assert house.ports.store.fsck().ok
