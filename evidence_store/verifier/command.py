"""The command line of verify.py."""

from __future__ import annotations

import sys

from evidence_store.verifier.engine import run_checks
from evidence_store.verifier.problem import ProblemError
from evidence_store.verifier.report import render_text
from evidence_store.verifier.sources import UnusableError
from evidence_store.verifier.trustfile import TrustFile

_MOST_EXTRA = 1 << 20
USAGE = """用法 / usage: python3 -I -S verify.py PACKAGE [--trust FILE] [--against CHECKPOINT] [--json]

PACKAGE    证据包文件夹或 ZIP / the package, a folder or a ZIP
--trust    信任文件，须另行取得 / trust.json, obtained separately
--against  见证过的日志检查点 / a log checkpoint somebody witnessed
--json     输出 JSON / write JSON

退出码 / exit code: 0 PASS, 1 FAIL, 2 UNTRUSTED-KEYS 或无法验证 / or nothing could be judged
"""


def _read_extra(path: str, zh: str, en: str) -> bytes:
    try:
        with open(path, "rb") as file:  # noqa: PTH123 - pathlib costs start-up time
            data = file.read(_MOST_EXTRA + 1)
    except OSError as error:
        raise UnusableError(f"无法读取{zh}：{error.strerror}", f"cannot read the {en}: {error.strerror}") from None
    if len(data) > _MOST_EXTRA:
        raise UnusableError(f"{zh}过大", f"the {en} is too large")
    return data


def _read_trust(path: str) -> TrustFile:
    data = _read_extra(path, "信任文件", "trust file")
    try:
        return TrustFile(data)
    except ProblemError as problem:
        raise UnusableError(
            f"信任文件不能使用（{problem.zh}）。请向出具方另行索取 trust.json",
            f"the trust file cannot be used ({problem.en}). Ask the issuer for trust.json",
        ) from None


def _read_arguments(arguments: list[str]) -> dict[str, str] | None:
    """Return {"package", "trust", "against", "json"} as far as given, or None when the call is wrong."""
    found: dict[str, str] = {}
    rest = list(arguments)
    while rest:
        word = rest.pop(0)
        if word == "--json":
            name, value = "json", "yes"
        elif word in ("--trust", "--against") and rest:
            name, value = word[2:], rest.pop(0)
        elif word.startswith("--") or "package" in found:
            return None
        else:
            name, value = "package", word
        if name in found:
            return None
        found[name] = value
    return found if "package" in found else None


def _write(text: str) -> None:
    # The console's own encoding may not know Chinese; bytes cannot fail.
    sys.stdout.buffer.write(text.encode("utf-8", "backslashreplace"))
    sys.stdout.buffer.flush()


def main(arguments: list[str]) -> int:
    """Run the verifier; return the exit code."""
    given = _read_arguments(arguments)
    if given is None:
        _write(USAGE)
        return 2
    try:
        trust = _read_trust(given["trust"]) if "trust" in given else None
        against = _read_extra(given["against"], "检查点", "checkpoint") if "against" in given else None
        report = run_checks(given["package"], trust, against, None)
    except ProblemError as problem:
        if "json" in given:
            import json  # noqa: PLC0415 - only for output

            values = {"schema": "bianwu/report/1", "verdict": "UNUSABLE", "zh": problem.zh, "en": problem.en}
            _write(json.dumps(values, ensure_ascii=False) + "\n")
        else:
            _write(f"无法验证：{problem.zh}\ncannot verify: {problem.en}\n")
        return 2
    if "json" in given:
        import json  # noqa: PLC0415 - only for output

        _write(json.dumps(report.to_json(), ensure_ascii=False, indent=1) + "\n")
    else:
        _write(render_text(report))
    return report.exit_code
