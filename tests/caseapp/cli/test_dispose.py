"""`bianwu dispose` from request to certificate, and what it refuses."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from caseapp.bootstrap import build_application
from caseapp.config import Settings
from caseapp.models import Desk, EvidenceItem, Filing, User
from caseapp.queue import InlineQueue
from caseapp.services.evidence import register_files
from caseapp.services.sealing import seal_files
from caseapp.services.work import open_work, system_actor
from evidence_store import new_ulid
from tests.caseapp.cli.conftest import Cli

BASIS = "个人信息保护法第四十七条（待核）"


def furnished(folder: Path) -> str:
    """Two archivists and a paper filed long ago; the paper's number."""
    settings = Settings.for_folder(folder / "d", ntp_servers=(), resolvers=())
    app = build_application(settings, queue=InlineQueue())
    paper = folder / "paper.pdf"
    paper.write_bytes(b"%PDF-1.4 private")
    seal_id = new_ulid()
    sealed = seal_files(app, {"paper.pdf": paper}, seal_id=seal_id, folder=folder / "p", capture={"source": "paper"},
                        case_ref=seal_id)  # fmt: skip
    with open_work(app, system_actor("test")) as work:
        desk = work.session.scalars(select(Desk)).first()
        for login in ("xu", "su"):
            user = User(login=login, display=login, roles=["archivist"])
            user.desk_id = desk.id if desk else None
            work.add(user)
    with open_work(app, system_actor("test", desk_id=desk.id if desk else None)) as work:
        item = register_files(work, sealed, title="合同", kind="contract", source="档案")
        work.add(
            Filing(evidence_id=item.id, fonds="谷屿", category="证据", retention="years_10",
                   filed_at=work.now - timedelta(days=366 * 12))
        )  # fmt: skip
        number = item.no
    app.close()
    return number


@pytest.mark.full
def test_from_request_to_certificate(installed: Cli, tmp_path: Path) -> None:
    cli, number = installed, furnished(tmp_path)
    said = ("--reason", "期满", "--as")
    assert cli("dispose", "hold", number, *said, "xu").code == 0
    held = cli("dispose", "request", number, "--basis", BASIS, *said, "xu")
    assert held.code
    assert "法律保留中" in held.said
    assert cli("dispose", "hold", number, "--release", *said, "xu").code == 0
    assert cli("dispose", "request", number, "--basis", BASIS, *said, "xu").code == 0
    assert cli("dispose", "withdraw", number, *said, "xu").code == 0
    assert cli("dispose", "request", number, "--basis", BASIS, *said, "xu").code == 0
    assert cli("dispose", "refuse", number, *said, "su").code == 0
    assert cli("dispose", "request", number, "--basis", BASIS, *said, "xu").code == 0
    own = cli("dispose", "approve", number, *said, "xu")
    assert own.code
    assert "另一" in own.said or "second" in own.said
    early = cli("dispose", "certificate", number, "--as", "su")
    assert early.code
    assert cli("dispose", "approve", number, *said, "su").code == 0
    assert cli("dispose", "run").code == 0
    rows = json.loads(cli("dispose", "list", "--as", "su", "--json").out)
    assert [row["decision"] for row in rows] == ["approved", "kept", "withdrawn"]
    assert rows[0]["erased_at"]
    assert BASIS in cli("dispose", "list", "--as", "su").out
    assert cli("dispose", "certificate", number, "--as", "su", "--out", str(tmp_path / "c")).code == 0
    trust = str(tmp_path / "d" / "trust.json")
    assert cli("dispose", "check", str(tmp_path / "c"), "--trust", trust).code == 0
    (tmp_path / "c" / "certificate.pdf").write_bytes(b"%PDF-1.4 other")
    assert cli("dispose", "check", str(tmp_path / "c"), "--trust", trust).code
    assert cli("dispose", "certificate", number, "--as", "su", "--out", str(tmp_path / "c")).code
    assert cli("fsck").code == 0
    assert not [path for path in (tmp_path / "d" / "evidence" / "blobs").rglob("*") if path.is_file()
                and b"%PDF-1.4 private" in path.read_bytes()]  # fmt: skip
    app = build_application(Settings.for_folder(tmp_path / "d"), queue=InlineQueue())
    with app.sessions() as session:
        assert session.scalars(select(EvidenceItem.status).where(EvidenceItem.no == number)).one() == "disposed"
    app.close()
