"""Collect the Chinese source texts of pages and views into the English catalogue.

``python tools/messages.py`` updates ``caseapp/translations/en/LC_MESSAGES/messages.po`` and lists what still lacks
English; ``--check`` changes nothing and ends with 1 when something is missing or no longer used. ``--fill FILE``
puts in the English of a JSON object (source text to English, or to [one, many]) and removes nothing, so that several
people can add theirs at once.
"""

import argparse
import fcntl
import json
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parent.parent
PO = ROOT / "caseapp" / "translations" / "en" / "LC_MESSAGES" / "messages.po"
METHODS = [("templates/**.html", "jinja2"), ("**.py", "python")]
KEYWORDS = {"_": None, "N_": None, "gettext": None, "ngettext": (1, 2), "many": (1, 1)}


def used() -> Catalog:
    """Return a catalogue of every message the web layer shows."""
    found = Catalog(locale="en", project="bianwu", charset="utf-8")
    folder = str(ROOT / "caseapp" / "web")
    options = {"templates/**.html": {"trimmed": "true", "silent": "false"}}
    for _name, _line, message, comments, context in extract_from_dir(folder, METHODS, options, KEYWORDS):
        found.add(message, context=context, auto_comments=comments)
    return found


def stored() -> Catalog:
    """Return the English catalogue as it is on disk; empty when there is none yet."""
    if not PO.exists():
        return Catalog(locale="en", project="bianwu", charset="utf-8")
    with PO.open("rb") as source:
        return read_po(source, locale="en")


def lacking(catalogue: Catalog) -> Iterator[str]:
    """Yield the source texts without English."""
    for message in catalogue:
        if message.id and not all(message.string if isinstance(message.string, tuple) else (message.string,)):
            yield message.id if isinstance(message.id, str) else message.id[0]


def fill(english: Mapping[str, str | list[str]]) -> list[str]:
    """Add used messages with their English to the catalogue; return source texts nothing shows."""
    catalogue, now, unknown = stored(), used(), []
    for message in now:
        if message.id and message.id not in catalogue:
            catalogue.add(message.id, context=message.context)
    for text, said in english.items():
        known = catalogue.get(text) or catalogue.get((text, text))
        if known is None:
            unknown.append(text)
            continue
        known.string = tuple(said) if isinstance(said, list) else said
    write(catalogue)
    return unknown


def write(catalogue: Catalog) -> None:
    """Write the catalogue over the one on disk."""
    PO.parent.mkdir(parents=True, exist_ok=True)
    fresh = PO.with_suffix(".new")
    with fresh.open("wb") as target:
        write_po(target, catalogue, width=110, omit_header=False, no_location=True, sort_output=True)
    fresh.replace(PO)


def main() -> int:
    """Update, fill or check the catalogue."""
    parser = argparse.ArgumentParser(description="Collect the messages of the pages")
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--fill", type=Path, metavar="FILE")
    options = parser.parse_args()
    with Path(__file__).open("rb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if options.fill:
            unknown = fill(json.loads(options.fill.read_text(encoding="utf-8")))
            print(*unknown, sep="\n", end="\n" if unknown else "")
            return 1 if unknown else 0
        return collect(check=options.check)


def collect(*, check: bool) -> int:
    """Bring the catalogue to what the pages show, or say whether it is."""
    catalogue, now = stored(), used()
    before = {message.id for message in catalogue if message.id}
    catalogue.update(now, no_fuzzy_matching=True)
    after = {message.id for message in catalogue if message.id}
    missing = sorted(lacking(catalogue))
    for text in missing:
        print(text)
    if check:
        return 1 if missing or before != after else 0
    catalogue.obsolete.clear()
    write(catalogue)
    return 0


if __name__ == "__main__":
    sys.exit(main())
