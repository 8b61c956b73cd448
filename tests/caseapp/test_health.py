"""The doctor: every part is named in both languages, and each red line has its fix."""

from __future__ import annotations

from pathlib import Path

import pytest

from caseapp.config import Settings
from caseapp.health import CHECKS, examine


@pytest.mark.slow
def test_every_finding_that_is_not_ok_says_what_to_do(tmp_path: Path) -> None:
    findings = examine(Settings.for_folder(tmp_path / "none" / "yet", chromium=tmp_path / "no-browser"))
    assert len(findings) == len(CHECKS)
    for finding in findings:
        assert all(finding.part)
        if finding.state != "ok":
            assert all(finding.fix)
    assert {f.part[1]: f.state for f in findings}["Browser"] == "fail"


def test_loose_keys_are_an_alarm(tmp_path: Path) -> None:
    settings = Settings.for_folder(tmp_path)
    settings.keys_dir.mkdir()
    key = settings.keys_dir / "sealer.key"
    key.write_text("x")
    key.chmod(0o644)
    finding = next(check for check in CHECKS if check.__name__ == "_data")(settings)
    assert finding.state == "fail"
    key.chmod(0o600)
    assert next(check for check in CHECKS if check.__name__ == "_data")(settings).state == "ok"
