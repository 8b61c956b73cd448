"""`bianwu capture`: refusals at once, and with the real browser what is and what is not sealed."""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from capture.errors import MissingFontsError
from capture.record import message_of
from caseapp.cli.capture import own_words
from tests.capture.sites import Server, serve
from tests.caseapp.cli.conftest import HAN, Cli
from tests.journey.house import closed_port


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("ftp://weixun.test/", "invalid-input"),
        ("file:///etc/passwd", "invalid-input"),
        ("", "invalid-input"),
        ("not an address", "invalid-input"),
        ("http://127.0.0.1:8000/", "capture-refused"),
        ("http://169.254.169.254/", "capture-refused"),
        ("https://user:secret@weixun.test/", "capture-refused"),
    ],
)
def test_a_refused_address_leaves_nothing(cli: Cli, tmp_path: Path, url: str, code: str) -> None:
    for lang in ("zh", "en"):
        answer = cli("capture", url, lang=lang)
        assert answer.code == 1
        assert f"[{code}]" in answer.err
        assert bool(HAN.search(answer.err)) == (lang == "zh")
    assert not list(tmp_path.iterdir())


def test_without_chromium_it_names_the_setting(cli: Cli, tmp_path: Path) -> None:
    answer = cli("capture", "https://weixun.test/", BIANWU_CHROMIUM=str(tmp_path / "none"))
    assert answer.code == 1
    assert "[capture.missing_browser]" in answer.err
    assert "BIANWU_CHROMIUM" in answer.err
    assert not list(tmp_path.glob("bianwu-*"))


def test_an_output_that_is_a_file(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("x")
    answer = cli("capture", "https://weixun.test/", "-o", str(tmp_path / "taken"))
    assert answer.code == 2
    assert "路径" in answer.err


@pytest.fixture
def site() -> Iterator[Server]:
    with serve() as server:
        yield server


def env_for(site: Server, **resolve: tuple[str, int]) -> dict[str, str]:
    table = {name.replace("_", "."): list(target) for name, target in resolve.items()}
    return {"BIANWU_OVERRIDES": json.dumps({"allow_hosts": [site.key], "resolve": table})}


@pytest.mark.browser
@pytest.mark.slow
def test_a_page_becomes_a_package_that_verifies(cli: Cli, tmp_path: Path, site: Server) -> None:
    answer = cli("capture", site.url("/plain"), "--json", "-o", str(tmp_path / "out"), **env_for(site))
    assert answer.code == 0, answer.said
    facts = json.loads(answer.out)
    assert facts["state"] == "COMPLETE"
    assert facts["error"] is None
    assert facts["start"]["state"] == "no_authority", "nobody to ask on this command line, and that is said"
    checked = cli("verify", facts["package"], "--trust", facts["trust"])
    assert checked.code == 0, checked.out
    assert "访问前没有可用的时间戳" in checked.out
    again = cli("capture", site.url("/plain"), "-o", str(tmp_path / "out"), **env_for(site))
    assert again.code == 0
    assert len(list((tmp_path / "out").glob("*.zip"))) == 2
    assert cli("capture", "--again", facts["package_id"], "-o", str(tmp_path / "more")).code == 0
    (copy,) = (tmp_path / "more").glob("*.zip")
    assert copy.read_bytes() == Path(facts["package"]).read_bytes()
    nobody = cli("capture", "--again", "0" * 64, "-o", str(tmp_path / "more"))
    assert nobody.code == 1
    assert "Traceback" not in nobody.said


@pytest.mark.browser
@pytest.mark.slow
@pytest.mark.skipif(os.geteuid() != 0, reason="mounting a small file system needs root")
def test_a_full_folder_says_where_the_package_is_and_how_to_get_it(cli: Cli, tmp_path: Path, site: Server) -> None:
    small = tmp_path / "small"
    small.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(small)], check=True)
    try:
        answer = cli("capture", site.url("/plain"), "-o", str(small), lang="en", **env_for(site))
        assert answer.code == 1
        assert "[not-written-out]" in answer.err
        found = re.search(r"bianwu capture --again (\S+) -o", answer.err)
        assert found, answer.err
        assert list(small.iterdir()) == []
    finally:
        subprocess.run(["umount", str(small)], check=True)
    assert cli("capture", "--again", found[1], "-o", str(tmp_path / "room")).code == 0
    assert len(list((tmp_path / "room").glob("*.zip"))) == 1


def test_one_address_or_one_package(cli: Cli) -> None:
    assert cli("capture").code == 2
    assert cli("capture", "https://a.test/", "--again", "x").code == 2


@pytest.mark.browser
@pytest.mark.slow
def test_a_dead_address_is_not_sealed_but_on_record(cli: Cli, tmp_path: Path, site: Server) -> None:
    env = env_for(site, dead_test=("127.0.0.1", closed_port()))
    for lang, said in (("zh", "未封存"), ("en", "not sealed")):
        answer = cli("capture", "http://dead.test/", lang=lang, **env)
        assert answer.code == 1
        assert said in answer.out
        assert "[capture.connection_failed]" in answer.out
    records = list(tmp_path.glob("bianwu-*.capture.json"))
    assert len(records) == 2
    assert json.loads(records[0].read_text("utf-8"))["state"] == "FAILED"
    assert not list(tmp_path.glob("*.zip"))


@pytest.mark.browser
@pytest.mark.slow
def test_a_file_is_sealed_as_a_file(cli: Cli, tmp_path: Path, site: Server) -> None:
    answer = cli("capture", site.url("/attachment"), "--json", **env_for(site))
    facts = json.loads(answer.out)
    assert facts["outcome"] == "file"
    assert facts["package"]
    assert answer.code in {0, 3}


@pytest.mark.parametrize(("lang", "words"), [("zh", "缺少中文字体"), ("en", "No font can show Chinese")])
def test_a_failed_step_speaks_one_language(monkeypatch: pytest.MonkeyPatch, lang: str, words: str) -> None:
    monkeypatch.setenv("BIANWU_LANG", lang)
    line = own_words(message_of(MissingFontsError("fc-list\nno fonts")))
    assert line.startswith(words)
    assert own_words("one line") == "one line"
    assert ("No font" in line) == (lang == "en")
