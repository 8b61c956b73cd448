"""Every row of the issue's "bad input", through the real parts.

Each: a clear message in both languages, a recorded state, nothing lost, no stack trace.
"""

from __future__ import annotations

import errno
import os
import re
import shutil
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from sqlalchemy import func, select

import capture
from caseapp import jobs
from caseapp.app import create_app
from caseapp.documents import UnknownKindError
from caseapp.domain.errors import CaseError, SecondPersonRequiredError
from caseapp.domain.events import Event
from caseapp.keys import LOG_KEY
from caseapp.models import (
    Approval,
    AuditEvent,
    Capture,
    Case,
    Document,
    DocumentVersion,
    EvidenceItem,
    Job,
    Membership,
    SignInAttempt,
)
from caseapp.services.approvals import approve_document
from caseapp.services.documents import draft_document, submit_document
from caseapp.services.work import open_work
from evidence_store import EvidenceStore, Signer
from evidence_store.backends import LocalBackend
from tests.capture import netkit
from tests.capture.conftest import untrusted, untrusted_pem
from tests.capture.sites import Server, serve
from tests.evidence_store.faults import FaultyPort
from tests.journey.house import PASSWORD, House, closed_port, house, overrides

__all__ = ["untrusted", "untrusted_pem"]  # fixtures

TEMPLATES = Path(__file__).resolve().parents[2] / "templates" / "cn"
HAN = re.compile(r"[\u4e00-\u9fff]")
STACK = re.compile(r"Traceback|File \".*\", line \d+")


def clear(zh: str, en: str) -> None:
    """Both languages speak, in their own words, and no stack shows."""
    assert HAN.search(zh)
    assert re.search(r"[A-Za-z]{3}", en)
    assert not HAN.search(en.split(":", maxsplit=1)[0])
    assert not STACK.search(zh + en)


def spoken(error: CaseError) -> None:
    clear(error.message("zh"), error.message("en"))


@pytest.fixture
def site() -> Iterator[Server]:
    with serve() as server:
        yield server


@pytest.fixture
def here(tmp_path: Path, site: Server) -> Iterator[House]:
    """An installation whose captures may visit the local site, and one name behind which nothing listens."""
    allowed = overrides(site.key, dead_test=("127.0.0.1", closed_port()))
    with house(tmp_path / "d", overrides=allowed) as made:
        yield made


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """An installation for what is refused at once."""
    with house(tmp_path_factory.mktemp("desk") / "d") as made:
        yield made


def failed_steps(row: Capture) -> dict[str, str]:
    return {step["code"]: step["detail"] for step in row.steps if step["state"] == "failed"}


def nothing_sealed(made: House) -> None:
    assert made.read(lambda session: session.scalar(select(func.count()).select_from(EvidenceItem))) == 0
    assert list(made.app.store.packages()) == []
    assert made.app.store.fsck().ok


# --- refused before anything starts -----------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "url",
    [
        "file:///etc/passwd",
        "ftp://weixun.test/post",
        "javascript:alert(1)",
        "data:text/html,x",
        "weixun.test/post",
        "https://",
        "",
        "http://[::1",
        "https://user:secret@weixun.test/",
    ],
)
def test_a_non_http_scheme_is_refused_in_both_languages(desk: House, url: str) -> None:
    with pytest.raises(CaseError) as caught:
        desk.order(url)
    spoken(caught.value)
    assert desk.read(lambda session: session.scalar(select(func.count()).select_from(Capture))) == 0


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:9/",
        "http://10.1.2.3/",
        "http://192.168.1.1/admin",
        "http://169.254.169.254/latest/meta-data",
        "http://[::1]/",
        "http://[::ffff:10.0.0.1]/",
        "http://2130706433/",
        "http://0x7f.1/",
        "http://localhost/",
    ],
)
def test_a_private_address_is_refused_in_both_languages(desk: House, url: str) -> None:
    with pytest.raises(CaseError) as caught:
        desk.order(url)
    assert caught.value.code == "capture-refused"
    spoken(caught.value)
    assert desk.read(lambda session: session.scalar(select(func.count()).select_from(Job))) == 0


# --- captures that end badly ------------------------------------------------------------------------------------------
@pytest.mark.browser
@pytest.mark.slow
def test_a_dead_address_is_a_recorded_failure(here: House, caplog: pytest.LogCaptureFixture) -> None:
    row = here.capture("http://dead.test/post/1")
    assert (row.status, row.result, row.outcome) == ("done", "FAILED", "error")
    assert row.error_code == "capture.connection_failed"
    clear(row.error_zh or "", row.error_en or "")
    assert here.job(row.id).status == "done"
    nothing_sealed(here)
    assert not STACK.search(caplog.text)


@pytest.mark.browser
@pytest.mark.slow
def test_a_certificate_nobody_vouches_for_is_a_recorded_failure(tmp_path: Path, untrusted: Server) -> None:
    with house(tmp_path / "d", overrides=overrides(untrusted.key)) as made:
        row = made.capture(untrusted.url("/plain"))
        assert (row.status, row.result, row.outcome) == ("done", "FAILED", "tls_failure")
        assert row.error_code == "capture.tls_failure"
        clear(row.error_zh or "", row.error_en or "")
        item = made.read(lambda session: session.scalars(select(EvidenceItem)).one())
        assert item.title.startswith("拒绝访问记录（证书无效）")
        assert {"capture.json", "network.json"} <= set(item.files)
        assert item.facts["tls_verdict"] == "refused"


@pytest.mark.browser
@pytest.mark.slow
def test_a_file_instead_of_a_page_is_kept_as_a_file(here: House, site: Server) -> None:
    row = here.capture(site.url("/report.pdf"))
    assert (row.status, row.outcome) == ("done", "file")
    assert row.result in {"COMPLETE", "PARTIAL"}
    item = here.read(lambda session: session.scalars(select(EvidenceItem)).one())
    assert any(name.startswith("file/") for name in item.files)
    assert here.app.store.fsck().ok


@pytest.mark.browser
@pytest.mark.full  # both visits wait as long as they may: more than a minute
def test_a_page_that_never_ends_is_cut_and_says_so(here: House, site: Server) -> None:
    row = here.capture(site.url("/never"))
    assert row.status == "done"
    assert row.result in {"PARTIAL", "FAILED"}
    assert row.missing or row.result == "FAILED"
    for detail in failed_steps(row).values():
        clear(detail, detail[detail.rindex("。") + 1 :])
    assert here.job(row.id).status == "done"
    assert here.app.store.fsck().ok


@pytest.mark.browser
@pytest.mark.slow
def test_a_body_of_200_mb_is_cut_and_the_page_is_kept(tmp_path: Path) -> None:
    with netkit.Server(huge) as server, house(tmp_path / "d", overrides=overrides(server.key)) as made:
        row = made.capture(f"http://{server.key}/page")
        assert (row.status, row.result) == ("done", "PARTIAL")
        assert any("/huge" in name or "limit" in name or "cut" in name for name in row.missing), row.missing
        item = made.read(lambda session: session.scalars(select(EvidenceItem)).one())
        sizes = {name: facts["bytes"] for name, facts in item.files.items()}
        assert 0 < sizes["capture.wacz"] < 100 * 2**20
        assert made.app.store.fsck().ok


def huge(link: socket.socket, head: bytes) -> None:
    """A page that fetches 200 MB."""
    path = head.split(b" ", 2)[1]
    if path == b"/page":
        script = "<script>fetch('/huge').then(r=>r.arrayBuffer())</script>"
        body = f"<!doctype html><meta charset=utf-8><title>大图</title><p>正文</p>{script}".encode()
        kind, size = b"text/html", len(body)
    elif path == b"/huge":
        body, kind, size = b"", b"image/png", 200 * 2**20
    else:
        body, kind, size = b"", b"text/plain", 0
    link.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: %s\r\nContent-Length: %d\r\n\r\n" % (kind, size) + body)
    piece = os.urandom(2**20)
    try:
        for _ in range(size // 2**20 if path == b"/huge" else 0):
            link.sendall(piece)
    except OSError:
        return


# --- a machine that lacks something -----------------------------------------------------------------------------------
def test_without_chromium_the_job_fails_with_the_fix_and_can_be_ordered_again(tmp_path: Path) -> None:
    with house(tmp_path / "d", chromium=tmp_path / "no-chromium") as made:
        row = made.capture("https://weixun.test/post/1")
        assert (row.status, row.result, row.error_code) == ("done", "FAILED", "capture.missing_browser")
        clear(row.error_zh or "", row.error_en or "")
        assert "BIANWU_CHROMIUM" in (row.error_zh or "")
        assert "BIANWU_CHROMIUM" in (row.error_en or "")
        assert made.job(row.id).status == "failed"
        assert made.order("https://weixun.test/post/1") != row.id
        nothing_sealed(made)


@pytest.mark.browser
@pytest.mark.slow
def test_without_a_chinese_font_the_capture_says_so(here: House, site: Server, tmp_path: Path) -> None:
    bare = tmp_path / "fonts.conf"
    bare.write_text(f'<?xml version="1.0"?><fontconfig><cachedir>{tmp_path}/fc</cachedir></fontconfig>')
    bare.chmod(0o644)
    for folder in (tmp_path, *tmp_path.parents):
        if folder.is_relative_to(Path("/tmp/pytest-of-root")) or "pytest" in folder.name:
            folder.chmod(folder.stat().st_mode | 0o055)  # as root the browser is another user
    here.app.capturer._browser = capture.Browser(None, fontconfig_file=str(bare))
    row = here.capture(site.url("/plain"))
    assert row.status == "done"
    assert row.result != "COMPLETE"
    detail = failed_steps(row)["capture.missing_fonts"]
    clear(detail, detail[detail.rindex("。") + 1 :])
    assert "fonts-noto-cjk" in detail


# --- a full disk ------------------------------------------------------------------------------------------------------
@pytest.mark.browser
@pytest.mark.slow
def test_a_disk_that_is_full_while_sealing_seals_nothing_and_the_job_runs_again(here: House, site: Server) -> None:
    sound = here.app.store
    port = FaultyPort(error=errno.ENOSPC, once=False)
    backend = LocalBackend(here.app.settings.evidence_url, port=port)
    signer = Signer.load(here.app.settings.keys_dir / LOG_KEY)
    here.app.__dict__["store"] = EvidenceStore(backend, log_signer=signer)
    port.at = port.count + 1  # from here on nothing can be written
    row = here.capture(site.url("/plain"))
    assert (row.status, row.error_code) == ("queued", "evidence.disk_full")
    clear(row.error_zh or "", row.error_en or "")
    job = here.job(row.id)
    assert (job.status, job.attempt) == ("queued", 1)
    here.app.__dict__["store"] = sound
    nothing_sealed(here)
    run_when_due(here, row.id)
    row = here.row(row.id)
    assert (row.status, row.result) == ("done", "COMPLETE")
    assert here.app.store.fsck().ok


def run_when_due(made: House, key: str) -> None:
    """Run the job again, its pause being over."""
    with made.app.sessions.begin() as session:
        session.scalars(select(Job).where(Job.object_id == key)).one().not_before = None
    assert jobs.perform(made.app, made.job(key).id)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 24 MB."""
    folder = tmp_path / "small"
    folder.mkdir()
    if os.geteuid() != 0:
        pytest.skip("mounting a small file system needs root; the variant with failing file operations always runs")
    command = ["mount", "-t", "tmpfs", "-o", "size=24m", "tmpfs", str(folder)]
    if subprocess.run(command, capture_output=True, check=False).returncode != 0:
        pytest.skip("no tmpfs can be mounted here")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


@pytest.mark.browser
@pytest.mark.full  # the variant with failing file operations above always runs
def test_a_really_full_disk_is_a_recorded_state_and_space_mends_it(small_disk: Path, site: Server) -> None:
    with house(small_disk / "d", overrides=overrides(site.key)) as made:
        key = made.order(site.url("/plain"))
        filler = small_disk / "filler"
        with filler.open("wb") as file:
            file.write(b"\0" * (shutil.disk_usage(small_disk).free - 2**20))
        jobs.perform(made.app, made.job(key).id)
        filler.unlink()
        row = made.row(key)
        assert row.result != "COMPLETE" or row.status == "queued"
        said = (row.error_zh or "") + "".join(failed_steps(row).values())
        assert HAN.search(said)
        assert not STACK.search(said)
        assert made.app.store.fsck().ok
        again = made.capture(site.url("/plain?again"))
        assert (again.status, again.result) == ("done", "COMPLETE")
        assert made.app.store.fsck().ok


# --- papers and people ------------------------------------------------------------------------------------------------
def a_case(made: House) -> str:
    with open_work(made.app, made.people["lin"]) as work:
        case = work.add(Case(no=work.next_no("case"), title="示例案", status="open"))
        for login, role in (("lin", "lead"), ("han", "counsel")):
            work.add(Membership(case_id=case.id, user_id=made.people[login].user_id, role=role, granted_by="test"))
        return case.id


@pytest.mark.parametrize(
    "kind", ["no_such_kind", "../cn/infringement_notice", "", "/etc/passwd", "INFRINGEMENT_NOTICE"]
)
def test_an_unknown_document_kind_is_refused_and_nothing_is_written(desk: House, kind: str) -> None:
    key = a_case(desk)
    with pytest.raises(UnknownKindError) as caught, open_work(desk.app, desk.people["lin"]) as work:
        draft_document(work, work.get(Case, key), kind, {})
    spoken(caught.value)
    assert desk.read(lambda session: session.scalar(select(func.count()).select_from(Document))) == 0


@pytest.mark.slow
def test_a_second_approval_by_the_author_is_refused_and_nothing_is_approved(desk: House) -> None:
    key = a_case(desk)
    facts = yaml.safe_load((TEMPLATES / "infringement_notice" / "sample.yaml").read_text("utf-8"))
    with open_work(desk.app, desk.people["lin"]) as work:
        version = draft_document(work, work.get(Case, key), "infringement_notice", facts)
        submit_document(work, version)
    for person, refused in (("lin", True), ("han", False), ("han", True), ("lin", True)):
        before = approvals(desk)
        if not refused:
            assert not approve_document(desk.app, desk.people[person], version.id)
            assert approvals(desk) == before + 1
            continue
        with pytest.raises(SecondPersonRequiredError) as caught:
            approve_document(desk.app, desk.people[person], version.id)
        spoken(caught.value)
        assert approvals(desk) == before
    assert desk.read(lambda session: session.get_one(DocumentVersion, version.id)).status != "approved"


def approvals(made: House) -> int:
    return int(made.read(lambda session: session.scalar(select(func.count()).select_from(Approval))))


def test_a_wrong_password_says_so_in_the_readers_language_and_is_on_record(desk: House) -> None:
    client = create_app(desk.app).test_client()
    words = {"zh": "登录名或密码不对", "en": "Wrong login or password"}
    for language, said in words.items():
        client.set_cookie("bw_lang", language)
        token = re.search(r'name="csrf_token" value="([^"]+)"', client.get("/signin").text)
        assert token
        form = {"csrf_token": token[1], "login": "lin", "password": "not the password"}
        answer = client.post("/signin", data=form)
        assert answer.status_code == 401
        assert said in answer.text
        assert not STACK.search(answer.text)
        assert "not the password" not in answer.text
    tries = desk.read(lambda session: session.scalars(select(SignInAttempt)).all())
    assert [row.ok for row in tries] == [False, False]
    refused = desk.read(
        lambda s: s.scalars(select(AuditEvent).where(AuditEvent.action == Event.USER_SIGN_IN_REFUSED)).all()
    )
    assert len(refused) == 2
    token = re.search(r'name="csrf_token" value="([^"]+)"', client.get("/signin").text)
    assert token
    answer = client.post("/signin", data={"csrf_token": token[1], "login": "lin", "password": PASSWORD})
    assert answer.status_code == 303
