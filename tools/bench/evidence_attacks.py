"""evidence.attacks_missed and evidence.mutations_passed: every attack against library, verify.py and verify.html."""

from __future__ import annotations

import copy
import dataclasses
import importlib.util
import json
import shutil
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

from evidence_store.trust import Trust
from evidence_store.verifier import build_verify_py
from evidence_store.verify import verify
from tests.evidence_store.attack_rows_outer import ROWS
from tests.evidence_store.forge import Forge
from tests.evidence_store.judging import make
from tests.evidence_store.page import HtmlVerifier, html_verifier
from tests.evidence_store.test_attacks_containers import ZIPS, mutate_tokens, mutate_zip, rewritten
from tools.bench.figures import Figure

MUTATIONS = range(10_000, 20_000)


def single(folder: Path) -> ModuleType:
    """The generated verify.py as a module."""
    path = folder / "verify.py"
    path.write_bytes(build_verify_py())
    spec = importlib.util.spec_from_file_location("single_verify", path)
    if spec is None or spec.loader is None:
        raise RuntimeError("verify.py cannot be loaded")
    module = importlib.util.module_from_spec(spec)
    sys.modules["single_verify"] = module
    spec.loader.exec_module(module)
    return module


def _missed(path: Path, trust: dict[str, Any], script: ModuleType, html: HtmlVerifier) -> list[str]:
    """Return which of the three verifiers do not say FAIL."""
    data = json.dumps(trust).encode()
    given: bytes | dict[str, bytes] = (
        path.read_bytes()
        if path.is_file()
        else {one.relative_to(path).as_posix(): one.read_bytes() for one in path.rglob("*") if one.is_file()}
    )
    verdicts = {
        "library": verify(path, Trust.parse(data)).verdict,
        "verify.py": script.run_checks(str(path), script.TrustFile(data), None, None).verdict,
        "verify.html": html.report(given, trust)["verdict"],
    }
    return [name for name, verdict in verdicts.items() if verdict != "FAIL"]


def attacks_missed() -> Figure:
    """Rows of the attack table missed by any of library, verify.py, verify.html."""
    missed = []
    with tempfile.TemporaryDirectory(prefix="bianwu-bench-") as name, html_verifier(Path(name)) as html:
        folder = Path(name)
        script, original = single(folder), make(folder / "original")
        for number, row in enumerate(ROWS):
            root = folder / str(number)
            shutil.copytree(original.root, root)
            forge: Forge = dataclasses.replace(original, root=root, log=copy.deepcopy(original.log))
            row.attack(forge)
            missed += [f"{row.attack.__name__} by {one}" for one in _missed(root, original.trust(), script, html)]
        for kind, changes in ZIPS.items():
            path = rewritten(original, folder / f"{kind}.zip", **changes)
            missed += [f"{kind} by {one}" for one in _missed(path, original.trust(), script, html)]
    rows = len(ROWS) + len(ZIPS)
    return Figure(len(missed), f"{rows} rows against three verifiers; missed: {', '.join(missed) or 'none'}")


def mutations_passed() -> Figure:
    """Mutated packages and tokens that pass, or that end a verifier otherwise than with a verdict."""
    with tempfile.TemporaryDirectory(prefix="bianwu-bench-") as name:
        folder = Path(name)
        script, original = single(folder), make(folder / "original")
        passed = [*mutate_zip(original, script, folder, MUTATIONS), *mutate_tokens(script, 5)]
    return Figure(len(passed), f"{len(MUTATIONS):,} mutated packages, and every fifth byte of tokens", [])


FIGURES: dict[str, Callable[[], Figure]] = {
    "evidence.attacks_missed": attacks_missed,
    "evidence.mutations_passed": mutations_passed,
}
