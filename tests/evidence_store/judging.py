"""What the attack tests share: an honest package, its one honest trust file, and both verifiers side by side."""

import json
from pathlib import Path
from types import ModuleType
from typing import Any

from evidence_store.trust import Trust
from evidence_store.verify import verify
from tests.evidence_store.authorities import Authority
from tests.evidence_store.forge import Forge, NoteKey, wacz

HONEST = Authority("one")
SECOND = Authority("two", "rsa")
ROGUE = Authority("rogue")
FILES = {"capture.wacz": wacz(), "text.txt": "他说的不是事实".encode(), "shots/1.png": bytes(range(256)) * 4}


def make(root: Path, **changes: Any) -> Forge:
    witness = NoteKey("witness.example", kind=4)
    settings = {"files": FILES, "authorities": [HONEST, SECOND], "witnesses": [witness], **changes}
    return Forge(root, **settings).build()


def judge(
    path: Path, trust: dict[str, Any] | None, single: ModuleType, against: bytes | None = None
) -> tuple[set[int], str]:
    """Run both verifiers; they must agree on everything but check 22. Return (failed checks, verdict)."""
    data = None if trust is None else json.dumps(trust).encode()
    ours = verify(path, None if data is None else Trust.parse(data), against=against)
    theirs = single.run_checks(str(path), None if data is None else single.TrustFile(data), against, None)
    lines = [
        (check.number, check.status, check.detail_zh, check.detail_en) for check in ours.checks if check.number != 22
    ]
    assert lines == [(check.number, check.status, check.detail_zh, check.detail_en) for check in theirs.checks]
    # A dispute between the engines is only ever possible where the first engine failed already.
    if ours.verdict != "FAIL" or theirs.verdict != "FAIL":
        assert ours.verdict == theirs.verdict
    return {check.number for check in theirs.failures}, theirs.verdict
