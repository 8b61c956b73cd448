"""`bianwu store`: the second place filled, compared, moved to; the doctor's line and the scheduler's hand in it."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from caseapp.bootstrap import build_application
from caseapp.config import Settings
from caseapp.health.replica import replica
from caseapp.logcare import ReplicaCare
from caseapp.replica import STATE_FILE, next_compare_due, read_state
from evidence_store.backends import LocalBackend
from tests.caseapp.cli.conftest import Cli
from tests.evidence_store.test_log import leaf


def test_replicate_compare_migrate(installed: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "BIANWU_REPLICA" in installed("store", "replicate").said
    second = tmp_path / "second"
    settings = replace(Settings.for_folder(tmp_path / "d"), replica_url=f"file:{second}")
    assert Settings.from_env(settings.to_env()) == settings
    assert replica(replace(settings, replica_url=None)).state == "warn"
    assert replica(settings).state == "fail"
    app = build_application(settings)
    app.store.append(leaf(0))
    ReplicaCare(app).round()
    app.close()
    state = read_state(settings)
    assert (state.problem, state.damaged, state.unlike) == ("", 0, 0)
    assert state.compared
    assert replica(settings).state == "ok"
    assert state.behind(datetime.now(UTC) + timedelta(hours=2))
    assert read_state(replace(settings, replica_url="file:/elsewhere")).up_to == ""

    monkeypatch.setenv("BIANWU_REPLICA", f"file:{second}")
    assert installed("store", "replicate").code == 0
    told = json.loads(installed("store", "compare", "--json").out)
    assert told["ok"]
    assert told["same"] == state.objects
    place = LocalBackend(second)
    place.put_new("log/more", b"")
    found = installed("store", "compare")
    assert found.code == 1
    assert "log/more" in found.out
    assert replica(settings).state == "fail"
    later = datetime.now(UTC) + timedelta(days=2)
    assert next_compare_due(read_state(settings), later)
    assert not next_compare_due(state, later)

    third = tmp_path / "third"
    assert installed("store", "migrate", f"file://{third}").code == 0
    assert (third / "log/checkpoint").read_bytes() == (tmp_path / "d/evidence/log/checkpoint").read_bytes()
    (settings.data_dir / STATE_FILE).write_text("{")
    assert read_state(settings).up_to == ""


def test_a_place_that_fails_is_said_and_tried_again(installed: Cli, tmp_path: Path) -> None:
    (tmp_path / "taken").write_bytes(b"")
    settings = replace(Settings.for_folder(tmp_path / "d"), replica_url=f"file:{tmp_path / 'taken'}")
    app = build_application(settings)
    care = ReplicaCare(app)
    care.round()
    care.round()
    app.close()
    assert read_state(settings).problem == "evidence.storage_failed"
    assert care._wait == 4
    assert replica(settings).state == "fail"
