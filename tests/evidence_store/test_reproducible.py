"""Same package and same custody head, same bytes: written again by other processes, as folder and as ZIP."""

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path

from evidence_store import custody_leaf
from tests.evidence_store.helpers import custody, sealed, store

EXPORT = """
import json, sys
from pathlib import Path
from evidence_store import EvidenceStore
from evidence_store.backends import LocalBackend
from tests.evidence_store.helpers import LOG
base, package, out, as_zip = sys.argv[1:]
events = json.loads((Path(base) / "events.json").read_text("utf-8"))
kept = EvidenceStore(LocalBackend(Path(base) / "s"), log_signer=LOG)
print(kept.export(package, Path(out), as_zip=as_zip == "zip", custody_events=events))
"""


def exported(base: Path, package: str, out: Path, form: str, number: int) -> Path:
    """Export in a process of its own, with another hash seed, time zone and umask each time."""
    environment = {**os.environ, "PYTHONHASHSEED": str(number), "TZ": ("UTC", "Asia/Shanghai")[number % 2]}
    done = subprocess.run(
        [sys.executable, "-c", EXPORT, str(base), package, str(out), form],
        capture_output=True, text=True, check=False, timeout=120, env=environment, umask=(0o022, 0o077)[number % 2],
        cwd=Path(__file__).parents[2],
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return Path(done.stdout.strip())


def contents(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.is_file()
    }


def test_two_processes_write_the_same_bytes(tmp_path: Path) -> None:
    kept, package = store(tmp_path / "s"), sealed(tmp_path)
    kept.admit(package)
    events = custody(package.seal_id)
    for event in events:
        kept.append(custody_leaf(event))
    (tmp_path / "events.json").write_text(json.dumps(events), encoding="utf-8")
    first, second = (
        exported(tmp_path, package.package_id, tmp_path / f"zip{number}", "zip", number) for number in (1, 2)
    )
    assert first.read_bytes() == second.read_bytes()
    folders = [
        exported(tmp_path, package.package_id, tmp_path / f"folder{number}", "folder", number) for number in (1, 2)
    ]
    assert contents(folders[0]) == contents(folders[1])
    assert {"verify/verify.html", "verify/verify.py"} <= set(contents(folders[0]))


def test_another_custody_head_is_another_export(tmp_path: Path) -> None:
    """An export is an event of custody itself: what it adds changes custody files and their list, nothing sealed."""
    kept, package = store(tmp_path / "s"), sealed(tmp_path)
    kept.admit(package)
    events = custody(package.seal_id)
    fewer = contents(kept.export(package.package_id, tmp_path / "1", custody_events=events[:2]))
    more = contents(kept.export(package.package_id, tmp_path / "2", custody_events=events))
    changed = {path for path in {*fewer, *more} if fewer.get(path) != more.get(path)}
    assert {path for path in changed if not path.startswith("custody/")} == {"tagmanifest-sha256.txt"}
