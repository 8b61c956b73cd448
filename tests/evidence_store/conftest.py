"""Fixtures of the verification tests: the honest package, a copy of it to attack, and verify.py as a module."""

import copy
import dataclasses
import importlib.util
import shutil
import sys
from pathlib import Path
from types import ModuleType

import pytest

from evidence_store.verifier import build_verify_py
from tests.evidence_store.forge import Forge
from tests.evidence_store.judging import make


@pytest.fixture(scope="session")
def original(tmp_path_factory: pytest.TempPathFactory) -> Forge:
    return make(tmp_path_factory.mktemp("original") / "package")


@pytest.fixture(scope="session")
def single(tmp_path_factory: pytest.TempPathFactory) -> ModuleType:
    """The generated verify.py as a module."""
    path = tmp_path_factory.mktemp("single") / "verify.py"
    path.write_bytes(build_verify_py())
    spec = importlib.util.spec_from_file_location("single_verify", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["single_verify"] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def forge(original: Forge, tmp_path: Path) -> Forge:
    """A copy of the honest package for one attack."""
    shutil.copytree(original.root, tmp_path / "package")
    return dataclasses.replace(original, root=tmp_path / "package", log=copy.deepcopy(original.log))
