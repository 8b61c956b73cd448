"""The rules of the house, and proof that each contract catches a violation planted in a copy of the tree."""

from __future__ import annotations

import ast
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("caseapp", "capture", "evidence_store")
MODULE_LINES = 300
FUNCTION_LINES = 60
BROAD_EXCEPT_ALLOWED = {"capture/engine.py", "caseapp/jobs.py"}


def modules() -> list[Path]:
    found = [path for package in PACKAGES for path in (ROOT / package).rglob("*.py")]
    return [path for path in found if "migrations/versions" not in path.as_posix()]


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("path", modules(), ids=name_of)
def test_module_is_small_and_catches_narrowly(path: Path) -> None:
    text = path.read_text("utf-8")
    assert len(text.splitlines()) <= MODULE_LINES
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            lines = (node.end_lineno or node.lineno) - node.lineno + 1
            assert lines <= FUNCTION_LINES, f"{node.name} has {lines} lines"
        if isinstance(node, ast.ExceptHandler) and name_of(path) not in BROAD_EXCEPT_ALLOWED:
            caught = ast.unparse(node.type) if node.type else ""
            assert caught not in {"", "Exception", "BaseException"}, f"line {node.lineno} catches everything"


def test_one_commit_in_the_application() -> None:
    commits = [
        f"{name_of(path)}:{node.lineno}"
        for path in modules()
        if path.is_relative_to(ROOT / "caseapp")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "commit"
    ]
    assert len(commits) == 1, commits
    assert commits[0].startswith("caseapp/services/work.py:")


def test_only_config_reads_the_environment() -> None:
    allowed = {"caseapp/config.py"}
    readers = {
        name_of(path)
        for path in modules()
        if path.is_relative_to(ROOT / "caseapp")
        and any(
            isinstance(node, ast.Attribute)
            and node.attr in {"environ", "getenv"}
            and ast.unparse(node.value) != "request"  # a WSGI request's own mapping
            for node in ast.walk(ast.parse(path.read_text("utf-8")))
        )
    }
    assert readers <= allowed


PLANTS = [
    ("caseapp layers point down only", "caseapp/domain/planted.py", "import caseapp.services"),
    ("caseapp layers point down only", "caseapp/models/planted.py", "import caseapp.documents"),
    ("caseapp layers point down only", "caseapp/services/planted.py", "import caseapp.web"),
    ("web, api and jobs do not know each other", "caseapp/web/planted.py", "import caseapp.jobs"),
    ("the two libraries know neither each other nor the application", "capture/planted.py", "import caseapp"),
    ("the two libraries know neither each other nor the application", "evidence_store/planted.py", "import sqlalchemy"),
    ("capture and evidence_store are independent", "capture/planted.py", "import evidence_store"),
    ("rules are pure", "caseapp/domain/planted.py", "import pathlib"),
    ("rules are pure", "capture/guard.py", "import socket"),
    ("use cases reach the world through ports", "caseapp/services/planted.py", "import flask"),
    ("use cases reach the world through ports", "caseapp/documents/planted.py", "import capture"),
]


@pytest.mark.slow
@pytest.mark.parametrize(("contract", "file", "line"), PLANTS, ids=[f"{p[1]}: {p[2]}" for p in PLANTS])
def test_a_planted_violation_is_caught(tmp_path: Path, contract: str, file: str, line: str) -> None:
    for package in PACKAGES:
        shutil.copytree(ROOT / package, tmp_path / package, ignore=shutil.ignore_patterns("__pycache__", "vendor"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    target = tmp_path / file
    target.write_text(f"{target.read_text('utf-8') if target.exists() else ''}\n{line}\n", "utf-8")
    command = [sys.executable, "-c", "from importlinter.cli import lint_imports_command as run; run()", "--no-cache"]
    outcome = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert outcome.returncode != 0
    assert f"{contract} BROKEN" in " ".join(outcome.stdout.split())
