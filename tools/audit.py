"""Known faults in the locked dependencies, by pip-audit; what could not be looked up is said, never passed over.

Exit code 0: looked up and clean, or the advisory service cannot be reached from here (said loudly); 1: a known fault,
or some were looked up and some were not.
"""

from __future__ import annotations

import json
import subprocess
import sys

COMMAND = ("pip-audit", "--require-hashes", "--disable-pip", "--format", "json", "--progress-spinner", "off")


def verdict(rows: list[dict[str, object]]) -> tuple[int, str]:
    """Exit code and words for what pip-audit found: one row a dependency, with `vulns` or `skip_reason`."""
    faults = [f"✗ {row['name']} {row['version']}: {fault['id']}" for row in rows for fault in row.get("vulns") or []]  # type: ignore[attr-defined]
    skipped = [str(row["name"]) for row in rows if "skip_reason" in row]
    if faults:
        return 1, "\n".join(faults)
    if len(skipped) == len(rows):
        return (
            0,
            f"! NOT AUDITED: no advisory service answers here ({len(rows)} packages). Run it where one does.",
        )
    if skipped:
        return 1, f"✗ could not be looked up: {', '.join(skipped)}"
    return 0, f"✓ {len(rows)} dependencies, no known fault"


def main(lock: str) -> int:
    """Audit one lock file."""
    done = subprocess.run([*COMMAND, "-r", lock], capture_output=True, text=True, check=False)
    try:
        rows = json.loads(done.stdout)["dependencies"]
    except (ValueError, KeyError):
        print(done.stderr[-2000:], file=sys.stderr)
        return 1
    code, words = verdict(rows)
    print(words)
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
