"""`bianwu log` and `bianwu witness`: a real witness process killed and back, key changes killed at every step."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from caseapp.bootstrap import build_application
from caseapp.config import Settings
from caseapp.config_values import AuthoritySettings
from caseapp.demo.authority import TestAuthority
from caseapp.health.log import log_heartbeat, log_witnesses
from caseapp.keys import write_trust
from caseapp.logcare import LogCare
from caseapp.logkeys import rotate_log_key, unfinished
from evidence_store import Signer
from evidence_store.heartbeat import beats
from evidence_store.trust import Trust
from tests.caseapp.cli.conftest import Cli
from tests.evidence_store.test_log import leaf


@contextmanager
def witness(folder: Path, key: str, port: int = 0) -> Iterator[list[str]]:
    """A witness process; yields the words that register it."""
    words = [sys.executable, "-m", "caseapp.cli", "witness", str(folder), "--log", key, "--port", str(port)]
    env = {"PATH": os.defpath, "PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(words, env=env, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        told = [process.stdout.readline(), process.stdout.readline()][1].split()
        try:
            yield told[3:]
        finally:
            process.kill()


@pytest.fixture
def settings(installed: Cli, tmp_path: Path) -> Settings:
    assert installed("log", "witness").code == 0
    return Settings.for_folder(tmp_path / "d")


def test_witness_killed_and_back_heartbeat_mirror(installed: Cli, settings: Settings, tmp_path: Path) -> None:
    app = build_application(settings)
    app.store.append(leaf(1))
    key = Signer.load(settings.keys_dir / "log.key").verifier_key
    with witness(tmp_path / "w", key) as (_, url, vkey):
        before = Trust.load(settings.data_dir / "trust.json").fingerprint
        assert installed("log", "witness", "--add", url, vkey, "--quorum", "1", "--ask").code == 0
        trust = Trust.load(settings.data_dir / "trust.json")
        assert (trust.witnesses, trust.quorum, trust.fingerprint != before) == ((vkey,), 1, True)
    app.store.append(leaf(2))
    silent = installed("log", "witness", "--ask", "--json")
    assert silent.code == 1
    (state,) = json.loads(silent.out)["witnesses"].values()
    assert (state["trouble"], state["size"]) == ("silent", 1)
    assert log_witnesses(settings).state == "fail"
    assert log_heartbeat(settings).state == "warn"
    with witness(tmp_path / "w", key, int(url.rpartition(":")[2])):
        assert installed("log", "witness", "--ask", lang="en").code == 0
        LogCare(app).round()
    assert log_witnesses(settings).state == "ok"
    assert "1" in installed("log", "heartbeat").out
    mirror, trusted = str(tmp_path / "mirror"), str(settings.data_dir / "trust.json")
    assert installed("log", "export", mirror).code == 0
    assert installed("log", "audit", mirror, "--trust", trusted).code == 0
    tile = next((tmp_path / "mirror" / "log" / "tile" / "0").rglob("2"))
    tile.chmod(0o600)
    tile.write_bytes(bytes(64))
    assert installed("log", "audit", mirror, "--trust", trusted).code == 1
    assert installed("log", "witness", "--remove", vkey.partition("+")[0]).code == 0
    assert Trust.load(settings.data_dir / "trust.json").quorum == 0
    app.close()


class KilledError(BaseException):
    """The process died."""


@pytest.mark.parametrize("step", [0, 11, 12, 1, 2, 3, 13, 14, 15])
def test_key_changed_once_though_killed(installed: Cli, settings: Settings, step: int) -> None:
    app = build_application(settings)
    app.store.append(leaf(1))
    old = app.store.log.head().signed

    def die(number: int) -> None:
        if number == step:
            raise KilledError

    if step:
        with pytest.raises(KilledError):
            rotate_log_key(
                settings, at="2026-03-01T00:00:00Z", renew=lambda: write_trust(settings, holder="x"), on_step=die
            )
        assert unfinished(settings)
        assert log_witnesses(settings).state == "fail"
    answer = installed("log", "rotate")
    assert answer.code == 0, answer.err
    assert not unfinished(settings)
    trust = Trust.load(settings.data_dir / "trust.json")
    assert (len(trust.retired_log_keys), str(trust.log) in answer.out) == (1, True)
    app.store.append(leaf(2))  # the same running process, under the new key
    assert app.store.log.accept(old).size == 1
    assert app.store.fsck().problems == []
    app.close()


def test_heartbeat_is_stamped_once_by_each_authority(settings: Settings, tmp_path: Path) -> None:
    with TestAuthority("portal") as authority:
        (tmp_path / "roots.pem").write_bytes(authority.roots_pem)
        row = AuthoritySettings("portal", authority.url, tmp_path / "roots.pem", test=True)
        app = build_application(replace(settings, authorities=(row,)))
        app.store.append(leaf(1))
        LogCare(app).round()
        LogCare(app).round()
        assert [one.stamped_by for one in beats(app.store.backend)] == [("portal",)]
        assert app.store.fsck().problems == []
        assert log_heartbeat(settings).state == "ok"
        app.close()
