"""`python -m capture URL -o DIR`: capture one address into an empty folder.

Exit code 0: COMPLETE. 1: PARTIAL or FAILED; the record says what is missing. 2: refused before the start.
"""

import argparse
import json
import os
import sys
from dataclasses import asdict
from pathlib import Path

from capture import Browser, CaptureError, CaptureRequest, CaptureResult, capture
from capture.grade import REASONS
from capture.models import NTP_SERVERS, RESOLVERS

EXIT = {"COMPLETE": 0, "PARTIAL": 1, "FAILED": 1}
REFUSED = 2


def parser() -> argparse.ArgumentParser:
    """Return the command's arguments."""
    made = argparse.ArgumentParser(prog="python -m capture", description=__doc__)
    made.add_argument("url")
    made.add_argument("-o", "--output", type=Path, required=True, metavar="DIR", help="空目录 empty folder")
    made.add_argument(
        "--allow-host", action="append", default=[], metavar="HOST:PORT", help="放行的内网目标 private target"
    )
    made.add_argument(
        "--extra-root", action="append", default=[], type=Path, metavar="PEM", help="附加信任根 trust root"
    )
    made.add_argument("--scale", type=int, default=1, choices=(1, 2, 3), help="设备像素比 device pixels per CSS pixel")
    made.add_argument("--ntp", action="append", metavar="HOST", help="时间源 time source; “none” skips the check")
    made.add_argument("--operator", default="", help="取证人 operator")
    made.add_argument("--once", action="store_true", help="不做第二遍访问 no second visit, grade 自证")
    made.add_argument("--no-video", action="store_true", help="不录过程视频 do not film the visit")
    made.add_argument("--json", action="store_true", help="结果以 JSON 输出 print the result as JSON")
    return made


def main(arguments: list[str] | None = None) -> int:
    """Run the command."""
    given = parser().parse_args(arguments)
    servers = NTP_SERVERS if given.ntp is None else tuple(name for name in given.ntp if name != "none")
    request = CaptureRequest(
        url=given.url,
        output=given.output,
        allow_hosts=frozenset(given.allow_host),
        extra_roots=tuple(given.extra_root),
        scale=given.scale,
        operator=given.operator,
        ntp_servers=servers,
        resolvers=() if given.ntp == ["none"] else RESOLVERS,
        second_pass=not given.once,
        video=not given.no_video,
    )
    chosen = os.environ.get("BIANWU_CHROMIUM")
    try:
        with Browser(Path(chosen) if chosen else None, extra_roots=request.extra_roots) as browser:
            result = capture(request, browser=browser, progress=None if given.json else _show)
    except CaptureError as error:
        if given.json:
            refusal = {"code": error.code, "zh": error.message("zh"), "en": error.message("en")}
            print(json.dumps({"state": "REFUSED", "error": refusal}, ensure_ascii=False))
        else:
            print(f"{error.message('zh')}\n{error.message('en')}", file=sys.stderr)
        return REFUSED
    _report(result, as_json=given.json)
    return EXIT[result.state]


def _show(step: str, done: int, total: int) -> None:
    print(f"[{done}/{total}] {step}", file=sys.stderr)


def _report(result: CaptureResult, *, as_json: bool) -> None:
    if as_json:
        plain = asdict(result)
        print(json.dumps(plain, ensure_ascii=False, default=str))
        return
    print(f"{result.state}  {result.outcome.kind}  {result.outcome.words}".rstrip())
    for code in result.facts["grade"]["reasons"]:
        print(f"{result.facts['grade']['grade']}: {' '.join(REASONS[code])}")
    for name in result.missing:
        print(f"缺 missing: {name}")
    for step in result.steps:
        if step.state == "failed":
            print(f"{step.name}: {step.detail}")
    for name, path in sorted(result.files.items()):
        print(f"{name}\t{path.stat().st_size}")


if __name__ == "__main__":
    sys.exit(main())
