"""verify.html: one file, the same bytes each time, readable parts, allowed to load nothing and to send nothing."""

import base64
import hashlib
import re
import subprocess
import sys
from html.parser import HTMLParser
from importlib.resources import files

from evidence_store.companions import companion_files
from evidence_store.verifier.engine import CHECKS
from evidence_store.verifier_html import ENGINE, PAGE, STYLES, build_engine, build_verify_html, tables

SOURCE = build_verify_html().decode()
FOLDER = files("evidence_store.verifier_html")


def between(start: str, end: str) -> str:
    found: str = SOURCE.partition(start)[2].partition(end)[0]
    return found


def test_same_bytes_in_another_process() -> None:
    code = "import sys; from evidence_store.verifier_html import *; sys.stdout.buffer.write(build_verify_html())"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, check=True, timeout=60, env={"PYTHONHASHSEED": "7"}
    )
    assert done.stdout == SOURCE.encode()
    assert companion_files()["verify/verify.html"] == SOURCE.encode()


def test_every_part_is_in_and_small() -> None:
    names = {path.name for path in FOLDER.iterdir() if path.name.endswith((".js", ".css"))}
    assert names == {f"{name}.js" for name in (*ENGINE, *PAGE)} | {f"{name}.css" for name in STYLES}
    for name in names:
        text = (FOLDER / name).read_text(encoding="utf-8")
        assert len(text.splitlines()) <= 300, name
        starts = [at for at, line in enumerate(text.splitlines()) if re.match(r"(async )?function", line)]
        ends = [at for at, line in enumerate(text.splitlines()) if line == "}"]
        for start in starts:
            assert min(end for end in ends if end > start) - start < 60, (name, start)


def test_policy_allows_this_script_and_style_and_nothing_else() -> None:
    policy = between('http-equiv="Content-Security-Policy" content="', '"')
    rules = dict(rule.strip().split(" ", 1) for rule in policy.split(";"))
    assert rules.pop("default-src") == rules.pop("base-uri") == rules.pop("form-action") == "'none'"
    for name, start, end in (("script-src", "<script>", "</script>"), ("style-src", "<style>", "</style>")):
        digest = base64.b64encode(hashlib.sha256(between(start, end).encode()).digest()).decode()
        assert rules.pop(name) == f"'sha256-{digest}'"
    assert rules == {"worker-src": "blob:"}  # two workers that hash, made from the functions of the page itself
    assert SOURCE.count("<script") == SOURCE.count("<style") == 1


class Loads(HTMLParser):
    """Collects everything in the markup that could load or run something."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if name in {"src", "srcset", "style", "action", "ping"} or name.startswith("on"):
                self.found.append(f"{tag} {name}")
            if name == "href" and not (value or "").startswith("#"):
                self.found.append(f"{tag} {name} {value}")
        if tag in {"link", "iframe", "object", "embed", "img", "base"}:
            self.found.append(tag)


def test_nothing_to_load_and_no_markup_from_words() -> None:
    reader = Loads()
    reader.feed(SOURCE)
    assert reader.found == []
    script = between("<script>", "</script>")
    for word in ("innerHTML", "outerHTML", "insertAdjacent", "document.write", "eval(", "new Function", "fetch(",
                 "XMLHttpRequest", "WebSocket", "sendBeacon", "import(", "https://", "http://"):  # fmt: skip
        assert word not in script, word


def test_the_same_checks_as_verify_py() -> None:
    listed = re.search(r"const CHECKS = \[(.*?)\n\];", build_engine(), re.DOTALL)
    assert listed is not None
    numbers = [int(one) for one in re.findall(r"\[(\d+), check", listed[1])]
    assert numbers == [number for number, _ in CHECKS if number != 22]
    meanings = (FOLDER / "meaning.js").read_text(encoding="utf-8")
    for number in tables()["CHECK_NAMES"]:
        assert number == 22 or f"\n  {number}: [" in meanings


def test_every_word_in_both_languages() -> None:
    text = (FOLDER / "words.js").read_text(encoding="utf-8")
    used = set(re.findall(r"data-say=\"([^\"]+)\"", SOURCE)) | set(re.findall(r"say\('([^']+)'", SOURCE))
    known = set(re.findall(r"^  '?([\w-]+)'?: \[", text, re.MULTILINE))
    assert used <= known
    for key, value in re.findall(r"^  '?([\w-]+)'?: \[(.*?)\],$", text, re.MULTILINE | re.DOTALL):
        zh, en = re.findall(r"'[^']*'|\"[^\"]*\"", value)
        assert re.search("[\u4e00-\u9fff]", zh), key
        assert not re.search("[\u4e00-\u9fff]", en), key
