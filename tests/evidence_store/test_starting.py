"""The beginning of a capture: judged by both verifiers, and honest when nobody answered."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType

import pytest

from evidence_store import Stamp, Trust, begin, verify
from evidence_store.failures import AuthorityUnreachableError
from tests.evidence_store.attack_rows_start import BEFORE, statement
from tests.evidence_store.authorities import TEST_POLICY, Authority
from tests.evidence_store.forge import SEAL_ID, Forge, pem
from tests.evidence_store.judging import FILES, HONEST, judge, make

NOW = datetime(2026, 3, 1, 8, 0, 0, 400_000, tzinfo=UTC)


def laid(root: Path, *authorities: Authority) -> Forge:
    """A package that holds a beginning, honestly made."""
    files = {**FILES, "start/statement.json": statement()}
    for number, one in enumerate(authorities, 1):
        files[f"start/{number:02d}-{one.name}.tsr"] = one.stamp(statement(), BEFORE, nonce=9)
        files[f"start/{number:02d}-{one.name}-roots.pem"] = pem(one.root)
    return make(root, files=files)


@pytest.mark.parametrize(
    ("by", "status", "said"),
    [
        ((HONEST,), "PASS", "no earlier than 2026-03-01T07:59:20Z"),
        ((Authority("one", policy=TEST_POLICY),), "WARN", "test timestamp"),
        ((), "WARN", "no timestamp before the visit"),
    ],
)
def test_what_a_beginning_proves(
    by: tuple[Authority, ...], status: str, said: str, tmp_path: Path, single: ModuleType
) -> None:
    package = laid(tmp_path, *by)
    trust = package.trust()
    if by and by[0] is not HONEST:
        trust["tsa_roots"] += [{"name": "t", "sha256": by[0].root_sha256, "test": True}]
    failed, _ = judge(package.root, trust, single)
    assert failed == set()
    report = verify(package.root, Trust.parse(json.dumps(trust).encode()))
    [line] = [check for check in report.checks if check.number == 23]
    assert (line.status, said in line.detail_en) == (status, True)
    assert report.facts.get("not_before") == ("2026-03-01T07:59:20Z" if status == "PASS" else None)


def test_without_a_beginning_nothing_is_said(original: Forge) -> None:
    assert 23 not in {check.number for check in verify(original.root, None).checks}


class Mute:
    """An authority that cannot be reached."""

    name, kind = "mute", "rfc3161-http"

    def stamp(self, data: bytes, *, now: Callable[[], datetime]) -> Stamp:
        raise AuthorityUnreachableError(f"{len(data)} {now()}")


@pytest.mark.parametrize(
    ("authorities", "state"), [((), "no_authority"), (None, "not_asked"), ((Mute(),), "unanswered")]
)
def test_nobody_answering_is_written_down(authorities: tuple[Mute, ...] | None, state: str, tmp_path: Path) -> None:
    made = begin(
        tmp_path / "s", seal_id=SEAL_ID, url="https://a.test/", checkpoint=b"", authorities=authorities, now=lambda: NOW
    )
    assert made.facts["state"] == state
    assert made.facts["at"] == ""
    assert [line.split()[0] for line in made.facts["silent"]] == [one.name for one in authorities or ()]  # type: ignore[attr-defined]
    assert set(made.files) == {"start/statement.json"}
    first = json.loads(made.files["start/statement.json"].read_bytes())
    assert first["at"] == "2026-03-01T08:00:00Z"
    again = begin(
        tmp_path / "t", seal_id=SEAL_ID, url="https://a.test/", checkpoint=b"", authorities=(), now=lambda: NOW
    )
    assert json.loads(again.files["start/statement.json"].read_bytes())["nonce"] != first["nonce"]
