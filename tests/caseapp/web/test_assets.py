"""The front-end assets: locked, naming no host, pinned; every icon a page asks for is in the sprite."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from caseapp.web import marks, nav, wording
from tools import fetch_assets

ROOT = Path(__file__).resolve().parents[3]
WEB = ROOT / "caseapp" / "web"
ICONS = set((ROOT / "tools" / "assets" / "icons.txt").read_text(encoding="utf-8").split())


def test_the_lock_file_has_digests_and_names_no_host() -> None:
    lock = json.loads((fetch_assets.SOURCE / "package-lock.json").read_text(encoding="utf-8"))
    packages = {name: entry for name, entry in lock["packages"].items() if name}
    assert packages
    for name, entry in packages.items():
        assert entry["integrity"].startswith("sha512-"), name
        assert "resolved" not in entry
    assert "omit-lockfile-registry-resolved=true" in (fetch_assets.SOURCE / ".npmrc").read_text(encoding="utf-8")


def test_every_pinned_file_has_a_digest_and_its_own_name() -> None:
    pins = fetch_assets.pins(dev=True)
    assert all(re.fullmatch(r"[0-9a-f]{64}", pin["sha256"]) for pin in pins)
    assert len({pin["to"] for pin in pins}) == len(pins)


def test_a_file_that_is_not_the_pinned_one_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = tmp_path / "node_modules" / "x"
    source.parent.mkdir()
    source.write_text("changed", encoding="utf-8")
    pin = {"from": "x", "to": "x", "sha256": "0" * 64}
    monkeypatch.setattr(fetch_assets, "SOURCE", tmp_path)
    monkeypatch.setattr(fetch_assets, "VENDOR", tmp_path / "vendor")
    monkeypatch.setattr(fetch_assets, "pins", lambda **_options: [pin])
    with pytest.raises(fetch_assets.AssetError, match="not the pinned file"):
        fetch_assets.copy_pinned(dev=False)
    assert not (tmp_path / "vendor" / "x").exists()


def test_every_icon_is_in_the_sprite() -> None:
    asked = {icon for looks in marks.LOOKS.values() for _tone, icon in looks.values()}
    asked |= {icon for _tone, icon in wording.VERDICT_LOOKS.values()}
    asked |= {entry[2] for entry in (*nav.ENTRIES, nav.MORE)}
    for path in WEB.rglob("*.html"):
        text = path.read_text(encoding="utf-8")
        asked |= set(re.findall(r'(?:ico|empty|alert)\("([a-z0-9-]+)"', text))
    for path in WEB.rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        asked |= set(re.findall(r'(?:Mark|Clock)\([^()]*(?:\([^()]*\)[^()]*)*, "[a-z]*", "([a-z0-9-]+)"', text))
    assert asked - {""} <= ICONS


def test_templates_hold_no_inline_style_or_script() -> None:
    for path in WEB.rglob("templates/**/*.html"):  # the replay's own page lives on an origin of its own
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"\sstyle=|\son[a-z]+=|<style|\|\s*safe\b", text), path
        assert all("src=" in tag for tag in re.findall(r"<script[^>]*>", text)), path


def test_every_key_of_a_page_stands_in_the_keyboard_map() -> None:
    """A control that listens to a letter is told of by ``?``."""
    named = {key.lower() for keys, _what in nav.KEYS for key in keys}
    used: set[str] = set()
    for page in (WEB / "templates").rglob("*.html"):
        used |= set(re.findall(r"""(?:data-key|\bkey)="([a-z/])\"""", page.read_text("utf-8")))
    assert used
    assert used <= named
