"""Documentation is executed or checked against the code."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from caseapp.cli import COMMANDS
from caseapp.config import Settings

ROOT = Path(__file__).resolve().parents[1]
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])
LINK = re.compile(r"\]\(([^)#]+?)(?:#[^)]*)?\)")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_links_lead_somewhere(page: Path) -> None:
    for target in LINK.findall(page.read_text("utf-8")):
        if not target.startswith(("http:", "https:", "mailto:")):
            assert (page.parent / target).exists(), target


def test_every_make_target_named_in_the_papers_exists() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    named = {word for page in PAGES for word in re.findall(r"`make ([a-z-]+)", page.read_text("utf-8"))}
    assert named <= targets


def test_every_command_named_in_the_readme_exists() -> None:
    named = set(re.findall(r"bin/bianwu ([a-z]+)", (ROOT / "README.md").read_text("utf-8")))
    assert named
    assert named <= set(COMMANDS)


def test_every_setting_is_documented(tmp_path: Path) -> None:
    page = (ROOT / "docs/settings.md").read_text("utf-8")
    for name in Settings.for_folder(tmp_path).to_env():
        assert name in page


def test_the_repository_names_no_registry_host_and_no_machine_path() -> None:
    files = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.split("\n")
    hosts = ["pypi" + ".org", "pythonhosted" + ".org", "registry" + ".npmjs", "deb" + ".debian.org"]
    for name in filter(None, files):
        text = (ROOT / name).read_bytes()
        for host in hosts:
            assert host.encode() not in text, name
