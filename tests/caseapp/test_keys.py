"""Keys are made once and for their owner alone; trust.json is replaced whole and its past is kept."""

from __future__ import annotations

import stat
from dataclasses import replace
from pathlib import Path

import pytest

from caseapp.config import SEALER_KEY, AuthoritySettings, NotInitialisedError, Settings
from caseapp.demo.authority import TestAuthority
from caseapp.keys import LOG_KEY, make_keys, renew_trust, root_ders, trust_of, write_trust
from evidence_store import EvidenceError, Signer, Trust


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings.for_folder(tmp_path / "data")


def test_keys_are_made_once_and_readable_by_their_owner_alone(settings: Settings) -> None:
    with pytest.raises(NotInitialisedError):
        settings.require_initialised()
    assert make_keys(settings)
    settings.require_initialised()
    kept = {name: (settings.keys_dir / name).read_bytes() for name in (SEALER_KEY, LOG_KEY)}
    assert len(set(kept.values())) == 2
    assert not make_keys(settings)
    for name, data in kept.items():
        path = settings.keys_dir / name
        assert path.read_bytes() == data
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(settings.keys_dir.stat().st_mode) == 0o700


def test_a_lost_key_is_made_and_the_other_stays(settings: Settings) -> None:
    make_keys(settings)
    sealer = (settings.keys_dir / SEALER_KEY).read_bytes()
    (settings.keys_dir / LOG_KEY).unlink()
    assert make_keys(settings)
    assert (settings.keys_dir / SEALER_KEY).read_bytes() == sealer


def test_trust_names_the_keys_and_the_authorities(settings: Settings, tmp_path: Path) -> None:
    make_keys(settings)
    authority = TestAuthority()
    roots = tmp_path / "roots.pem"
    roots.write_bytes(authority.roots_pem)
    stamped = replace(settings, authorities=(AuthoritySettings("test-tsa", "http://127.0.0.1:1/", roots, test=True),))
    trust = trust_of(stamped, holder="澜江苜禾食品有限公司")
    assert trust.sealers[0].vkey == Signer.load(settings.keys_dir / SEALER_KEY).verifier_key
    assert trust.log == Signer.load(settings.keys_dir / LOG_KEY).verifier_key
    assert [(root.name, root.test) for root in trust.roots] == [("test-tsa", True)]
    assert (trust.min_tokens, trust_of(settings, holder="x").min_tokens) == (1, 0)
    assert len(root_ders(roots)) == 1
    two = replace(stamped, authorities=stamped.authorities * 2, least_stamps=2)
    assert trust_of(two, holder="x").min_tokens == 2


def test_an_older_trust_is_kept_beside_the_new_one(settings: Settings) -> None:
    make_keys(settings)
    path = write_trust(settings, holder="甲公司")
    assert write_trust(settings, holder="甲公司") == path
    first = path.read_bytes()
    assert sorted(one.name for one in settings.data_dir.glob("*trust*")) == ["trust.json"]
    write_trust(settings, holder="乙公司")
    kept = settings.data_dir.glob("trust-until-*.json")
    assert [one.read_bytes() for one in kept] == [first]
    assert Trust.load(path).sealers[0].holder == "乙公司"
    assert [one for one in settings.data_dir.iterdir() if one.name.startswith(".trust")] == []


def test_earlier_settings_stay_in_the_trust(settings: Settings, tmp_path: Path) -> None:
    """An authority that is no longer asked stays believed, and each k holds for what was sealed under it."""
    make_keys(settings)
    assert renew_trust(settings) is None, "nobody wrote one"
    rows = []
    for name in ("one", "two"):
        roots = tmp_path / f"{name}.pem"
        roots.write_bytes(TestAuthority(name).roots_pem)
        rows.append(AuthoritySettings(name, "http://127.0.0.1:1/", roots, test=True))
    write_trust(replace(settings, authorities=(rows[0],)), holder="甲公司")
    raised = replace(settings, authorities=tuple(rows), least_stamps=2)
    path = renew_trust(raised)
    assert path is not None
    assert renew_trust(raised) is None, "nothing differs"
    assert renew_trust(replace(settings, authorities=(rows[1],))) == path
    trust = Trust.load(path)
    assert {root.name for root in trust.roots} == {"one", "two"}
    assert [one.least for one in trust.minimums] == [1, 2, 1]
    assert trust.minimums[0].since is None
    assert trust.sealers[0].holder == "甲公司"


def test_a_folder_that_cannot_be_written_is_an_error_of_ours(settings: Settings) -> None:
    settings.data_dir.mkdir()
    (settings.data_dir / "keys").write_text("a file")
    with pytest.raises(EvidenceError) as refused:
        make_keys(settings)
    assert refused.value.message("zh")
