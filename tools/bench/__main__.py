"""`make bench [KEY=group]` writes build/bench.json; `--report` prints it against the goals."""

from __future__ import annotations

import datetime as dt
import importlib
import json
import os
import platform
import subprocess
import sys
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

from tools.bench.figures import GOALS, Figure

OUTPUT = Path("build/bench.json")
GROUPS = {
    "capture": ("capture", "capture_whole", "capture_workers"),
    "evidence": ("evidence", "evidence_log", "evidence_attacks"),
    "web": ("web",),
    "start": ("start",),
    "memory": ("memory",),
}
"""Group → modules of this folder that hold its figures."""


def machine() -> str:
    """Cores, memory and processor in words."""
    memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // 2**30
    model = [line for line in Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("model name")]
    return f"{os.cpu_count()} × {model[0].split(':')[1].strip() if model else platform.machine()}, {memory} GiB"


def commit() -> str:
    """The commit that was measured, with a mark when the tree differs from it."""
    command = ["/usr/bin/env", "git", "describe", "--always", "--dirty"]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    return run.stdout.strip() or "unknown"


def measure(wanted: str) -> dict[str, Figure]:
    """Run every group, or the one group or key wanted; a part that cannot run says why."""
    results: dict[str, Figure] = {}
    for group, modules in GROUPS.items():
        if wanted and wanted.partition(".")[0] != group:
            continue
        figures: dict[str, Callable[[], Figure]] = {}
        for module in modules:
            figures |= importlib.import_module(f"tools.bench.{module}").FIGURES
        for key, run in figures.items():
            if "." in wanted and wanted != key:
                continue
            results[key] = run()
            print(f"{key:34} {results[key].value} {results[key].how}", file=sys.stderr)
    return results


def report() -> str:
    """A table of what build/bench.json holds against the goals of the design."""
    results = json.loads(OUTPUT.read_text())["results"]
    rows = []
    for key, (sign, goal) in GOALS.items():
        value = results.get(key, {}).get("value")
        how = results.get(key, {}).get("how", "not measured")
        met = value is not None and {"<=": value <= goal, ">=": value >= goal, "=": value == goal}[sign]
        mark = "–" if value is None else "✓" if met else "✗"
        rows.append(f"{mark} {key:34} {'–' if value is None else round(value, 3)!s:>10}  {sign} {goal:<8} {how}")
    return "\n".join(rows)


def main(arguments: list[str]) -> None:
    """Measure and write, or report."""
    if arguments == ["--report"]:
        print(report())
        return
    before = json.loads(OUTPUT.read_text())["results"] if OUTPUT.exists() else {}
    results = {key: asdict(figure) for key, figure in measure(arguments[0] if arguments else "").items()}
    OUTPUT.parent.mkdir(exist_ok=True)
    document = {
        "machine": machine(),
        "date": dt.datetime.now(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "commit": commit(),
        "results": before | results,
    }
    OUTPUT.write_text(json.dumps(document, ensure_ascii=False, indent=1) + "\n")


if __name__ == "__main__":
    main(sys.argv[1:])
