"""The doctor: every part is named in both languages, what was seen is said, and each red line has its fix."""

from __future__ import annotations

import re
import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from caseapp.bootstrap import build_application
from caseapp.config import AuthoritySettings, Settings
from caseapp.health import CHECKS, Finding, data, examine, machine
from caseapp.keys import make_keys
from caseapp.queue import InlineQueue
from caseapp.services.setup import initialise

HAN = re.compile(r"[\u4e00-\u9fff]")


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings.for_folder(tmp_path / "d", ntp_servers=())


@pytest.fixture
def installed(settings: Settings) -> Settings:
    settings.data_dir.mkdir(mode=0o700)
    make_keys(settings)
    app = build_application(settings, queue=InlineQueue())
    initialise(app, organization="示例单位", login="lin", display="林", password="三月桃花流水鳜鱼肥 42")
    assert app.store.head().size == 0
    app.close()
    return settings


def in_both(finding: Finding) -> None:
    assert finding.part.zh
    assert finding.seen("zh")
    assert finding.seen("en")
    assert not HAN.search(finding.part.en + finding.fix.en)
    if finding.state != "ok":
        assert finding.fix.zh
        assert finding.fix.en


@pytest.mark.slow
def test_every_finding_that_is_not_ok_says_what_to_do(tmp_path: Path) -> None:
    findings = examine(Settings.for_folder(tmp_path / "none" / "yet", chromium=tmp_path / "none", ntp_servers=()))
    assert len(findings) == len(CHECKS)
    assert len({finding.part.en for finding in findings}) == len(CHECKS)
    for finding in findings:
        in_both(finding)
    assert {finding.part.en: finding.state for finding in findings}["Browser"] == "fail"
    assert not (tmp_path / "none").exists()


@pytest.mark.parametrize("name", ["debian", "ubuntu", "fedora", "arch", "alpine", "opensuse", "something", ""])
def test_elsewhere_than_on_debian_a_path_is_named(name: str) -> None:
    fix = machine.browser_fix(name)
    for words in (fix.zh, fix.en):
        assert "BIANWU_CHROMIUM=/" in words
    assert ("apt-get" in fix.zh) == (name == "debian")


def test_a_derivative_is_known_by_what_it_is_like(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine.platform, "freedesktop_os_release", lambda: {"ID": "deepin", "ID_LIKE": "debian"})
    assert machine.system() == "debian"
    monkeypatch.setattr(machine.platform, "freedesktop_os_release", lambda: {"ID": "mystery"})
    assert machine.system() == "mystery"


def test_nothing_to_look_with_is_a_finding_and_no_crash(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    for check in (machine.browser, machine.sandbox, machine.fonts, machine.queue, machine.openssl):
        finding = check(settings)
        in_both(finding)
        if check is not machine.browser:  # the real executable is found without a PATH
            assert finding.state != "ok"


def test_another_program_is_no_browser(settings: Settings) -> None:
    assert machine.browser(replace(settings, chromium=Path("/bin/true"))).state == "fail"
    assert machine.browser(settings).state == "ok"


def test_a_queue_that_does_not_answer(tmp_path: Path) -> None:
    away = Settings.for_folder(tmp_path, redis_url=f"unix://{tmp_path}/none.sock")
    assert machine.queue(away).state == "fail"


@contextmanager
def time_server(ahead: float) -> Iterator[str]:
    """An SNTP server on the loopback whose clock is `ahead` seconds ahead."""
    import time

    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as link:
        link.bind(("127.0.0.1", 0))
        link.settimeout(0.1)
        over = threading.Event()

        def answer() -> None:
            while not over.is_set():
                try:
                    question, who = link.recvfrom(512)
                except OSError:
                    continue
                now = time.time() + ahead + 2_208_988_800
                stamp = struct.pack(">II", int(now), int(now % 1 * 2**32))
                link.sendto(struct.pack(">BBbb3I", 0x24, 1, 4, -20, 0, 0, 0) + stamp + question[40:48] + stamp * 2, who)

        thread = threading.Thread(target=answer)
        thread.start()
        try:
            yield f"127.0.0.1:{link.getsockname()[1]}"
        finally:
            over.set()
            thread.join()


@pytest.mark.parametrize(
    ("ahead", "state", "zh", "en"),
    [(7.5, "warn", "本机慢 7.", "behind"), (-7.5, "warn", "本机快 7.", "ahead"), (0, "ok", "秒", "s ")],
)
def test_the_clock_says_how_far_it_is(settings: Settings, ahead: float, state: str, zh: str, en: str) -> None:
    from dataclasses import replace

    with time_server(ahead) as server:
        finding = machine.clock(replace(settings, ntp_servers=(server,)))
    assert finding.state == state
    assert zh in finding.seen("zh")
    assert en in finding.seen("en")


def test_the_english_catalogue_is_complete(settings: Settings) -> None:
    assert machine.translations(settings).state == "ok"


def test_a_broken_catalogue_is_a_finding(settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for content, state in (('msgid "今日"\nmsgstr ""\n', "warn"), (None, "fail")):
        path = tmp_path / "x.po"
        path.unlink(missing_ok=True)
        if content:
            path.write_text(content, "utf-8")
        monkeypatch.setattr(machine, "ENGLISH", path)
        assert machine.translations(settings).state == state


def test_an_installation_that_is_well(installed: Settings) -> None:
    for check in (data.data_folder, data.keys, data.database, data.evidence_log):
        finding = check(installed)
        assert finding.state == "ok", finding
    assert "0007" in data.database(installed).seen("en") or "schema" in data.database(installed).seen("en")


def test_loose_keys_are_an_alarm(installed: Settings) -> None:
    key = installed.keys_dir / "sealer.key"
    key.chmod(0o644)
    assert data.keys(installed).state == "fail"
    key.chmod(0o600)
    assert data.keys(installed).state == "ok"


def test_a_folder_open_to_others_is_a_warning(installed: Settings) -> None:
    installed.data_dir.chmod(0o755)
    assert data.data_folder(installed).state == "warn"


def test_a_damaged_database_is_an_alarm(installed: Settings) -> None:
    path = installed.data_dir / "bianwu.db"
    for extra in path.parent.glob("bianwu.db-*"):
        extra.unlink()
    content = bytearray(path.read_bytes())
    content[4096:12288] = b"\xff" * 8192
    path.write_bytes(content)
    finding = data.database(installed)
    assert finding.state == "fail"
    in_both(finding)


def test_a_schema_of_another_version_is_named(installed: Settings) -> None:
    from caseapp import migrations
    from caseapp.models import make_engine

    engine = make_engine(installed.database_url)
    migrations.downgrade(engine, "-1")
    engine.dispose()
    finding = data.database(installed)
    assert finding.state == "fail"
    assert migrations.newest() in finding.fix.zh


def test_a_forged_log_head_is_an_alarm(installed: Settings) -> None:
    head = installed.data_dir / "evidence" / "log" / "checkpoint"
    assert head.is_file()
    head.chmod(0o600)
    head.write_text("forged\n1\nAAAA\n\n— forged AAAA\n", "utf-8")
    finding = data.evidence_log(installed)
    assert finding.state == "fail"
    in_both(finding)


def test_authorities(settings: Settings, tmp_path: Path) -> None:
    from dataclasses import replace

    assert data.authorities(settings).state == "warn"
    row = AuthoritySettings("one", "http://127.0.0.1:9/", tmp_path / "roots.pem", test=True)
    assert data.authorities(replace(settings, authorities=(row,))).state == "fail"
    row.roots.write_text("x")
    assert data.authorities(replace(settings, authorities=(row,))).state == "warn"
    assert data.authorities(replace(settings, authorities=(replace(row, test=False),))).state == "ok"
