"""Every attack of the table: the library and the one-file verifier each refuse it, for the right reason.

The trust file is always the honest one. A row names the checks that must fail; others may fail as well.
"""

import copy
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

from evidence_store.verifier import build_verify_py
from tests.evidence_store.attack_rows import edit_payload
from tests.evidence_store.attack_rows_outer import ROWS, Row, forked_checkpoint, rebuilt_log
from tests.evidence_store.forge import Forge, Log, NoteKey
from tests.evidence_store.judging import judge


def test_the_original_passes(original: Forge, single: ModuleType, tmp_path: Path) -> None:
    assert judge(original.root, original.trust(), single) == (set(), "PASS")
    assert judge(original.zip(tmp_path / "p.zip"), original.trust(), single) == (set(), "PASS")
    assert judge(original.root, None, single) == (set(), "UNTRUSTED-KEYS")


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.attack.__name__)
def test_attack(row: Row, forge: Forge, original: Forge, single: ModuleType) -> None:
    row.attack(forge)
    failed, verdict = judge(forge.root, original.trust(), single)
    assert verdict == "FAIL"
    assert row.checks <= failed


# --- against a witnessed head ---------------------------------------------------------------------
def test_honest_growth_is_accepted(original: Forge, single: ModuleType) -> None:
    log = copy.deepcopy(original.log)
    assert log is not None
    trust = original.trust()
    assert judge(original.root, trust, single, log.checkpoint(6)) == (set(), "PASS")
    log.append(b"later")
    assert judge(original.root, trust, single, log.growth_file(6)) == (set(), "PASS")
    # Another size without a proof cannot be compared, and what was asked for and not shown is a failure.
    assert judge(original.root, trust, single, log.checkpoint()) == ({21}, "FAIL")


@pytest.mark.parametrize("attack", [forked_checkpoint, rebuilt_log], ids=lambda attack: attack.__name__)
def test_rewritten_history_against_a_witnessed_head(
    attack: Callable[[Forge], None], forge: Forge, original: Forge, single: ModuleType
) -> None:
    log = copy.deepcopy(original.log)
    assert log is not None
    attack(forge)
    size = int(forge.get("seal/log/checkpoint").split(b"\n")[1])
    heads = [log.checkpoint(size), log.growth_file(size)]
    for head in heads:
        failed, verdict = judge(forge.root, original.trust(), single, head)
        assert verdict == "FAIL"
        assert 21 in failed


def test_deleted_last_entries_against_a_witnessed_head(original: Forge, single: ModuleType) -> None:
    """The log drops its last entries and signs a shorter or another continuation."""
    log = copy.deepcopy(original.log)
    assert log is not None
    cut = Log(log.key, log.leaves[:4])
    assert judge(original.root, original.trust(), single, cut.checkpoint())[0] == {21}
    other = Log(log.key, [*log.leaves[:4], b"x", b"y", b"z"])
    assert judge(original.root, original.trust(), single, other.growth_file(6))[0] == {21}
    assert judge(original.root, original.trust(), single, other.checkpoint(6))[0] == {21}


def test_head_signed_by_nobody(original: Forge, single: ModuleType) -> None:
    log = copy.deepcopy(original.log)
    assert log is not None
    stranger = Log(NoteKey(log.key.name, seed=9), log.leaves)
    assert judge(original.root, original.trust(), single, stranger.checkpoint(6))[0] == {21}
    assert judge(original.root, original.trust(), single, Log(NoteKey("else"), log.leaves).checkpoint(6))[0] == {21}
    assert judge(original.root, original.trust(), single, b"nonsense")[0] == {21}


def test_one_file_in_its_own_process(forge: Forge, original: Forge, tmp_path: Path) -> None:
    """As an expert runs it: isolated, no site packages, exit codes as documented."""
    program, trust = tmp_path / "verify.py", tmp_path / "trust.json"
    program.write_bytes(build_verify_py())
    trust.write_text(json.dumps(original.trust()), encoding="utf-8")

    def run(*arguments: str) -> subprocess.CompletedProcess[bytes]:
        command = [sys.executable, "-I", "-S", str(program), *arguments]
        return subprocess.run(command, capture_output=True, check=False, env={"LC_ALL": "C"}, timeout=60)

    good = run(str(original.root), "--trust", str(trust), "--json")
    assert (good.returncode, json.loads(good.stdout)["verdict"], good.stderr) == (0, "PASS", b"")
    bare = run(str(original.root))
    assert bare.returncode == 2
    assert "UNTRUSTED-KEYS: contents intact, origin not checked" in bare.stdout.decode()
    edit_payload(forge)
    bad = run(str(forge.root), "--trust", str(trust))
    assert bad.returncode == 1
    assert "[FAIL]  6" in bad.stdout.decode()
    assert run(str(tmp_path / "nothing")).returncode == 2
    assert run().returncode == 2
    assert run(str(original.root), "--trust", str(tmp_path / "nothing"), "--json").returncode == 2
