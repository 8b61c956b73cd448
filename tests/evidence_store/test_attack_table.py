"""docs/attack-table.md: what sha256sum, bagit and openssl say to each attack, beside our checks; kept true by a test.

`python -m tests.evidence_store.test_attack_table` writes the table anew.
"""

import copy
import dataclasses
import json
import logging
import shutil
import subprocess
import tempfile
from pathlib import Path

import bagit
import pytest

from evidence_store.trust import Trust
from evidence_store.verify import verify
from tests.evidence_store.attack_rows_outer import ROWS, Row
from tests.evidence_store.forge import Forge, pem
from tests.evidence_store.judging import HONEST, SECOND, make
from tests.evidence_store.test_token_table import page_part

PAGE = Path(__file__).parents[2] / "docs" / "attack-table.md"
NOW = "1780272000"  # 2026-06-01: what openssl says of a certificate must not change with the calendar
HEAD = """# Attacks, and who notices

Each row is an attack that a test carries out on an honest package (`tests/evidence_store/attack_rows*.py`, same names);
✓ means that the tool refuses the result. The stock tools are those of [the package format](package-format.md) §6, with
roots taken from the authorities and the clock of 2026; the last column names checks of ours that fail, in the library,
in verify.py and in verify.html alike. A tool that misses a row is not at fault: it was never asked. So ours asks.

| attack | sha256sum seal.sha256 | sha256sum manifest | bagit | openssl ts | ours |
|---|---|---|---|---|---|
"""


def _runs(root: Path, *command: str) -> bool:
    return subprocess.run(command, cwd=root, capture_output=True, check=False, timeout=60).returncode == 0


def _bag_holds(root: Path) -> bool:
    try:
        bagit.Bag(str(root)).validate()
    except (bagit.BagError, OSError, ValueError):
        return False
    return True


def _tokens_hold(root: Path, roots: Path) -> bool:
    """What an expert does for every token that is there: one who finds none has nothing to run."""
    tokens = sorted(root.glob("seal/tsa/*.tsr"))
    command = ("openssl", "ts", "-verify", "-attime", NOW, "-data", "seal.sha256", "-CAfile", str(roots), "-in")
    return all(_runs(root, *command, str(one)) for one in tokens)


def noticed(root: Path, roots: Path) -> list[bool]:
    """Whether each stock tool refuses the package."""
    return [
        not _runs(root, "sha256sum", "-c", "--strict", "seal.sha256"),
        not _runs(root, "sha256sum", "-c", "--strict", "manifest-sha256.txt"),
        not _bag_holds(root),
        not _tokens_hold(root, roots),
    ]


def line_of(number: int, row: Row, original: Forge, scratch: Path) -> str:
    root = scratch / str(number)
    shutil.copytree(original.root, root)
    row.attack(dataclasses.replace(original, root=root, log=copy.deepcopy(original.log)))
    roots = scratch / "roots.pem"
    roots.write_bytes(pem(HONEST.root, SECOND.root))
    marks = " | ".join("✓" if one else "–" for one in noticed(root, roots))
    ours = ", ".join(str(one) for one in sorted(row.checks))
    shutil.rmtree(root)
    return f"| {name_of(number, row)} | {marks} | {ours} |\n"


def name_of(number: int, row: Row) -> str:
    """Rows made by one function with different arguments are numbered, so that every line has a name."""
    name = row.attack.__name__ if row.attack.__name__ != "attack" else row.attack.__qualname__.partition(".")[0]
    twins = [at for at, other in enumerate(ROWS) if _plain(other) == _plain(row)]
    words = name.replace("_", " ")
    return words if len(twins) == 1 else f"{words} ({twins.index(number) + 1})"


def _plain(row: Row) -> str:
    return row.attack.__qualname__.partition(".")[0]


@pytest.fixture(autouse=True)
def _quiet() -> None:
    logging.getLogger("bagit").setLevel(logging.CRITICAL)


@pytest.mark.slow
def test_the_table_is_true(original: Forge, tmp_path: Path) -> None:
    lines = [line_of(number, row, original, tmp_path) for number, row in enumerate(ROWS)]
    assert PAGE.read_text(encoding="utf-8") == HEAD + "".join(lines) + page_part()


@pytest.mark.slow
def test_stock_tools_accept_the_original(original: Forge, tmp_path: Path) -> None:
    roots = tmp_path / "roots.pem"
    roots.write_bytes(pem(HONEST.root, SECOND.root))
    assert noticed(original.root, roots) == [False] * 4
    assert verify(original.root, Trust.parse(json.dumps(original.trust()).encode())).verdict == "PASS"


if __name__ == "__main__":
    logging.getLogger("bagit").setLevel(logging.CRITICAL)
    with tempfile.TemporaryDirectory() as folder:
        honest = make(Path(folder) / "original")
        rows = "".join(line_of(n, row, honest, Path(folder)) for n, row in enumerate(ROWS))
        PAGE.write_text(HEAD + rows + page_part(), "utf-8")
