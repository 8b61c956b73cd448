"""verify.html: the verifier as one page for a browser, generated from the parts in this folder.

The page does what verify.py does, without a network and without a word about the package leaving the computer: the same
numbered checks in the same words. Tables both verifiers need come from `evidence_store.verifier`; everything else is
written twice, so that a slip in one of them shows when the tests lay their reports side by side.
"""

import base64
import hashlib
import json
from functools import cache
from importlib.resources import files
from typing import Any, Final

from evidence_store.verifier import contents, custodychain, keys, report, sealrecord, starting, timing

ENGINE: Final = (
    "problem",
    "bytes",
    "der",
    "instants",
    "sha2",
    "digests",
    "numbers",
    "curves",
    "edwards",
    "rsa",
    "keys",
    "x509",
    "pem",
    "tokens",
    "revocation",
    "strictjson",
    "notes",
    "proofs",
    "paths",
    "zips",
    "zipform",
    "sources",
    "sums",
    "sealrecord",
    "trustfile",
    "report",
    "case",
    "contents",
    "hashing",
    "webarchive",
    "origin",
    "timing",
    "starting",
    "loginclusion",
    "custodychain",
    "engine",
)
"""The parts that verify; they run without a page."""
PAGE: Final = ("words", "meaning", "parts", "result", "intake", "page")
"""The parts a person sees."""
STYLES: Final = ("tokens", "page")


def _part(name: str) -> str:
    return (files(__name__) / name).read_text(encoding="utf-8").strip("\n")


def tables() -> dict[str, Any]:
    """Return what verify.py and verify.html must know alike: names of checks, verdicts, keys, files, identifiers."""
    return {
        "CHECK_NAMES": report.CHECK_NAMES,
        "VERDICTS": report.VERDICTS,
        "LIMITS": report.LIMITS,
        "SEALED": sealrecord.SEALED,
        "SEAL_KEYS": sealrecord.TOP_KEYS,
        "ALWAYS": contents.ALWAYS,
        "LOG_FILES": contents.LOG_FILES,
        "VERIFY_FILES": contents.VERIFY_FILES,
        "OPTIONAL": contents.OPTIONAL,
        "TSA_ENDS": contents.TSA_ENDS,
        "STAMP_KEYS": timing.STAMP_KEYS,
        "TEST_POLICY": timing.TEST_POLICY,
        "START_FOLDER": starting.START_FOLDER,
        "START_KEYS": starting.START_KEYS,
        "EVENT_KEYS": custodychain.EVENT_KEYS,
        "EVENT_TYPES": custodychain.EVENT_TYPES,
        "DIGEST_OIDS": keys.DIGEST_OIDS,
        "SIGNATURE_OIDS": keys.SIGNATURE_OIDS,
        "CURVE_OIDS": keys.CURVE_OIDS,
    }


@cache
def build_engine() -> str:
    """Return the verifying parts as JavaScript; tests run them without a browser too."""
    shared = json.dumps(tables(), ensure_ascii=False, separators=(",", ":"))
    parts = [f"// {'-' * 20} {name}\n{_part(f'{name}.js')}" for name in ENGINE]
    return "\n\n".join(["'use strict';", f"const TABLES = {shared};", *parts])


def _digest(text: str) -> str:
    return "'sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() + "'"


@cache
def build_verify_html() -> bytes:
    """Return verify.html: one file, the same bytes each time, allowed to load nothing and to send nothing."""
    script = "\n\n".join([build_engine(), *(f"// {'-' * 20} {name}\n{_part(f'{name}.js')}" for name in PAGE)])
    script = f"(() => {{\n{script}\n}})();\n"
    style = "\n".join(_part(f"{name}.css") for name in STYLES) + "\n"
    allowed = f"script-src {_digest(script)}; style-src {_digest(style)}"
    policy = f"default-src 'none'; {allowed}; worker-src blob:; base-uri 'none'; form-action 'none'"
    text = _part("page.html") + "\n"
    for mark, value in (("@@POLICY@@", policy), ("@@STYLE@@", style), ("@@SCRIPT@@", script)):
        text = text.replace(mark, value)
    return text.encode()
