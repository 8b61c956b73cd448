"""`bianwu authorities`: a list to start with; roots by fingerprint alone, what is unchecked stays out. No network."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from caseapp.cli.authorities import SYSTEM_ROOTS, roots_of
from caseapp.config import Settings
from caseapp.demo.authority import TestAuthority
from caseapp.domain.public_authorities import PUBLIC_AUTHORITIES
from evidence_store import open_authority
from tests.caseapp.cli.conftest import Cli


def test_the_list_says_how_certain_it_is(cli: Cli) -> None:
    for lang in ("zh", "en"):
        out = cli("authorities", lang=lang).out
        assert all(one.name in out for one in PUBLIC_AUTHORITIES)
        assert ("待核" if lang == "zh" else "unchecked") in out
    assert cli("authorities", "nobody").code == 2


def test_what_is_written_is_a_setting(cli: Cli, tmp_path: Path) -> None:
    bundle = tmp_path / "bundle.pem"
    bundle.write_bytes(TestAuthority().roots_pem + b"rubbish")
    answer = cli("authorities", "--write", str(tmp_path / "roots"), "--bundle", str(bundle))
    assert (answer.code, json.loads(answer.out)) == (0, []), "no root of the list is in it"
    assert cli("authorities", "--write", str(tmp_path), "--bundle", str(tmp_path / "none")).code == 1
    if not SYSTEM_ROOTS.is_file():
        pytest.skip("no system bundle here")
    answer = cli("authorities", "digicert", "freetsa", "--write", str(tmp_path / "roots"))
    settings = Settings.from_env({"BIANWU_DATA": str(tmp_path), "BIANWU_AUTHORITIES": answer.out})
    (row,) = settings.authorities
    assert row.name == "digicert"
    assert open_authority(row.name, row.url, row.roots).name == "digicert"


def test_every_entry_is_well_formed() -> None:
    names = [one.name for one in PUBLIC_AUTHORITIES]
    assert len(set(names)) == len(names)
    pem = TestAuthority().roots_pem
    for one in PUBLIC_AUTHORITIES:
        assert one.sha256 == "" or len(bytes.fromhex(one.sha256)) == 32
        assert one.sure.zh
        assert one.sure.en
        open_authority(one.name, one.url, pem)
    assert list(roots_of(pem).values()) == [pem.decode()]
