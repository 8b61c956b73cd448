"""`bianwu witness-relay` as a process: key and token made once, serving until told to stop."""

from __future__ import annotations

import os
import re
import signal
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from capture.signed_note import VerifierKey
from tests.caseapp.cli.conftest import Cli


def start(folder: Path, lang: str) -> subprocess.Popen[str]:
    words = [sys.executable, "-m", "caseapp.cli", "witness-relay", str(folder), "--port", "0", "--name", "witness.test"]
    env = {"PATH": os.defpath, "BIANWU_LANG": lang, "PYTHONUNBUFFERED": "1"}
    return subprocess.Popen(words, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


@pytest.mark.slow
def test_it_says_what_the_other_side_needs_and_keeps_its_key(tmp_path: Path) -> None:
    keys = []
    for lang in ("zh", "en"):
        with start(tmp_path / "w", lang) as process:
            assert process.stdout is not None
            told = "".join(process.stdout.readline() for _ in range(3))
            process.send_signal(signal.SIGINT)
            assert process.wait(10) == 0
            assert "Traceback" not in process.stdout.read()
        found = re.search(r"witness\.test\+\S+", told)
        assert found
        keys.append(VerifierKey.parse(found[0]))
        assert ("验证公钥" in told) == (lang == "zh")
    assert keys[0] == keys[1]
    for name in ("witness.key", "witness.token"):
        assert stat.S_IMODE((tmp_path / "w" / name).stat().st_mode) == 0o600


def test_a_taken_port_is_said(cli: Cli, tmp_path: Path) -> None:
    answer = cli("witness-relay", str(tmp_path / "w"), "--host", "192.0.2.1", lang="en")
    assert answer.code == 1
    assert "[port-taken]" in answer.err
