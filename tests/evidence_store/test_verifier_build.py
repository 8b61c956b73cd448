"""verify.py: one file, the same bytes each time, readable, standard library only, and able to run on Python 3.9."""

import ast
import subprocess
import sys
from importlib.resources import files
from pathlib import Path

import pytest

from evidence_store.verifier import PARTS, build_verify_py

SOURCE = build_verify_py()


def test_same_bytes_and_valid() -> None:
    assert build_verify_py.__wrapped__() == SOURCE
    tree = ast.parse(SOURCE)
    assert (ast.get_docstring(tree) or "").startswith("Bianwu")
    assert b"evidence_store.verifier" not in SOURCE.replace(b"from evidence_store/verifier", b"")
    assert b"noqa" not in SOURCE
    assert b"type: ignore" not in SOURCE
    assert not any(isinstance(node, ast.arg) and node.annotation for node in ast.walk(tree))
    assert not any(isinstance(node, ast.FunctionDef) and node.returns for node in ast.walk(tree))
    assert not any(isinstance(node, ast.AnnAssign) for node in ast.walk(tree))


def test_every_part_is_in_and_small() -> None:
    names = {
        path.name.removesuffix(".py")
        for path in files("evidence_store.verifier").iterdir()
        if path.name.endswith(".py")
    }
    assert names - {"__init__"} == set(PARTS)
    for name in PARTS:
        text = (files("evidence_store.verifier") / f"{name}.py").read_text(encoding="utf-8")
        assert len(text.splitlines()) <= 300, name
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.FunctionDef):
                assert (node.end_lineno or 0) - node.lineno < 40, f"{name}.{node.name}"


def test_standard_library_only() -> None:
    for node in ast.walk(ast.parse(SOURCE)):
        found = [one.name for one in node.names] if isinstance(node, ast.Import) else []
        found += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
        for module in found:
            assert module.partition(".")[0] in sys.stdlib_module_names


def test_python_3_9(tmp_path: Path) -> None:
    path = tmp_path / "verify.py"
    path.write_bytes(SOURCE)
    vermin = Path(sys.executable).with_name("vermin")
    done = subprocess.run(
        [vermin, "-t=3.9-", "--violations", str(path)], capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode == 0, done.stdout
    ast.parse(SOURCE, feature_version=(3, 9))


def test_a_clash_of_names_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("evidence_store.verifier.PARTS", ("problem", "problem"))
    with pytest.raises(RuntimeError, match="ProblemError"):
        build_verify_py.__wrapped__()
    monkeypatch.setattr("evidence_store.verifier.PARTS", ("der", "problem"))
    with pytest.raises(RuntimeError, match="too early"):
        build_verify_py.__wrapped__()
