"""`bianwu stamp`: a request written, a token taken in under the person's name, refusals in words."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from caseapp.demo.authority import TestAuthority
from tests.caseapp.cli.conftest import Cli
from tests.caseapp.cli.test_custody import archivist

__all__ = ["archivist"]
ITEM = "证-2026-000001"


def test_a_request_out_and_a_token_in(
    archivist: Cli,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with TestAuthority("portal") as authority:
        roots = tmp_path / "roots.pem"
        roots.write_bytes(authority.roots_pem)
        rows = [
            {"name": "portal", "url": "", "roots": str(roots), "test": True, "kind": "manual-import"},
            {"name": "chain", "url": "", "kind": "chain-receipt"},
        ]
        monkeypatch.setenv("BIANWU_AUTHORITIES", json.dumps(rows))
        assert archivist("stamp", ITEM, "--as", "xu", "--request", "sha256", "--out", str(tmp_path)).code == 0
        (request,) = tmp_path.glob("*.tsq")
        token = tmp_path / "x.tsr"
        token.write_bytes(authority.answer(request.read_bytes()))
        words = ("stamp", ITEM, "--as", "xu", "--import", str(token), "--from")
        assert archivist(*words, "nobody").code == 1
        answer = archivist(*words, "portal")
        assert (answer.code, "1" in answer.out) == (0, True), answer.err
        token.write_bytes(b"rubbish")
        assert archivist(*words, "portal").code == 1
        receipt = ("stamp", ITEM, "--as", "xu", "--receipt", str(token), "--from", "chain", "--receipt-no", "7")
        assert archivist(*receipt).code == 0
        assert archivist("stamp", ITEM, "--as", "xu").code == 2
