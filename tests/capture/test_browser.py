"""The running browser: confined, unprivileged, without an environment, and gone when it is closed."""

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from capture import Browser, CaptureRequest, chromium
from capture.cleanliness import SECCOMP_FILTER
from capture.errors import BrowserFailedError, MissingBrowserError, SandboxUnavailableError
from capture.guard import RelayPolicy
from tests.capture.sites import Server

pytestmark = pytest.mark.browser


def test_renderers_are_confined_and_nothing_runs_as_root(browser: Browser) -> None:
    facts = browser.run(browser.ready())
    proofs = chromium.process_proofs(facts.pid)
    assert {"browser", "renderer", "zygote"} <= {proof.role for proof in facts.proofs}
    for proof in facts.proofs:
        assert proof.uid == facts.uid != 0
        if proof.role == "renderer":
            assert proof.seccomp == SECCOMP_FILTER
    assert proofs
    if os.geteuid() == 0:
        assert facts.uid in range(61184, 65520)
        assert all(proof.no_new_privileges for proof in facts.proofs)


def test_the_environment_of_the_browser_is_empty(browser: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    facts = browser.run(browser.ready())
    # Chromium writes over the environment of its children; the browser process keeps it as it was given.
    raw = Path(f"/proc/{facts.pid}/environ").read_bytes()
    names = {item.partition(b"=")[0] for item in raw.split(b"\0") if item}
    assert names <= {b"HOME", b"LANG", b"TMPDIR", b"PWD", b"CHROME_DESKTOP"}
    home = [item for item in raw.split(b"\0") if item.startswith(b"HOME=")]
    assert all(b"bianwu-chromium-" in item for item in home)


def test_the_profile_was_empty_before_the_start(browser: Browser) -> None:
    facts = browser.run(browser.ready())
    folder, total, *rest = facts.profile_listing.strip().splitlines()
    assert "profile" in folder
    assert (total, rest) == ("total 0", [])


def test_nothing_is_left_behind() -> None:
    browser = Browser()
    facts = browser.run(browser.ready())
    folder = browser._folder
    profile = Path(facts.profile_listing.splitlines()[0])
    assert folder is not None
    assert folder.exists()
    browser.close()
    browser.close()
    deadline = time.monotonic() + 10
    while psutil.pid_exists(facts.pid) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not psutil.pid_exists(facts.pid)
    assert not folder.exists()
    assert not profile.exists()


def test_each_capture_has_a_relay_of_its_own_and_the_next_ones_waits_unarmed() -> None:
    with Browser() as browser:
        browser.run(browser.ready())
        first = browser.relay(RelayPolicy(allow_hosts=frozenset(("a.test:80",))))
        assert first.pid > 0, "started beside Chromium"
        assert first.proxy_server == "", "listens nowhere before it has a policy"
        browser.keep_spare()
        second = browser.relay(RelayPolicy())
        assert second.pid == 0, "a browser for one capture keeps no spare"
        browser.keep_spare()
        spare = browser._spare
        assert spare is not None
        assert len({first.spool, second.spool, spare.spool}) == 3
        with first as relay:
            assert relay.policy.allow_hosts == {"a.test:80"}
            assert relay.proxy_server.startswith("http://127.0.0.1:")
            assert relay.finish().exchanges == ()
    assert not psutil.pid_exists(spare.pid)
    assert not spare.spool.exists()
    for used in (first, second):
        shutil.rmtree(used.spool)


def test_the_browser_ends_with_a_worker_that_is_killed(tmp_path: Path) -> None:
    script = (
        "import time\nfrom capture import Browser\nb = Browser()\nfacts = b.run(b.ready())\n"
        "print(facts.pid, flush=True)\ntime.sleep(60)\n"
    )
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True) as worker:
        assert worker.stdout is not None
        pid = int(worker.stdout.readline())
        assert psutil.pid_exists(pid)
        worker.kill()
    deadline = time.monotonic() + 20
    while psutil.pid_exists(pid) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not psutil.pid_exists(pid)


def test_the_only_way_out_is_the_relay(browser: Browser, site: Server, tmp_path: Path) -> None:
    """With a proxy that is not there, nothing arrives: not even at an address on this machine."""
    site.seen.clear()

    async def visit() -> str:
        context = await browser.open_context(CaptureRequest(url=site.url("/"), output=tmp_path), "http://127.0.0.1:1")
        page = await context.new_page()
        words = ""
        try:
            await page.goto(site.url("/plain"))
        except BrowserError as error:
            words = str(error)
        await context.close()
        return words

    from playwright.async_api import Error as BrowserError

    assert "ERR_PROXY_CONNECTION_FAILED" in browser.run(visit())
    assert site.seen == []


@pytest.mark.parametrize("script", ["#!/bin/sh\nexit 3\n", "#!/bin/sh\nexec sleep 0\n"])
def test_a_chromium_that_does_not_start_is_said(tmp_path: Path, script: str) -> None:
    fake = tmp_path / "fake-chromium"
    fake.write_text(script, encoding="utf-8")
    fake.chmod(0o755)
    tmp_path.chmod(0o755)
    with Browser(fake) as browser, pytest.raises(BrowserFailedError):
        browser.run(browser.ready())


def test_without_setpriv_root_does_not_start_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if os.geteuid() != 0:
        pytest.skip("needs root")
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(SandboxUnavailableError) as caught:
        chromium.prepare(Path("/usr/lib/chromium/chromium"), tmp_path)
    assert "setpriv" in caught.value.message("zh")


def proof(role: str, *, uid: int = 61200, seccomp: int = 2) -> chromium.ProcessProof:
    return chromium.ProcessProof(1, role, uid, seccomp, no_new_privileges=True)


@pytest.mark.parametrize(
    "proofs",
    [
        [],
        [proof("browser")],
        [proof("browser"), proof("renderer", seccomp=0)],
        [proof("browser", uid=0), proof("renderer")],
        [proof("browser"), proof("renderer"), proof("renderer", seccomp=1)],
    ],
)
def test_a_browser_without_proof_is_refused(proofs: list[chromium.ProcessProof]) -> None:
    with pytest.raises(SandboxUnavailableError):
        chromium.require_sandbox(proofs)


def test_a_confined_browser_is_accepted() -> None:
    chromium.require_sandbox([proof("browser", seccomp=0), proof("renderer"), proof("utility", seccomp=0)])


def test_the_launch_script_of_a_distribution_is_passed_by() -> None:
    assert chromium.find_browser().read_bytes()[:2] != b"#!"


def test_an_override_must_be_a_program(tmp_path: Path) -> None:
    plain = tmp_path / "chromium"
    plain.write_text("no program", encoding="utf-8")
    for path in (plain, tmp_path, tmp_path / "absent"):
        with pytest.raises(MissingBrowserError):
            chromium.find_browser(path)
