"""`bianwu doctor`: every part, its state, and the fix."""

from __future__ import annotations

import click

from caseapp.config import Settings
from caseapp.health import State, examine

MARKS: dict[State, tuple[str, str]] = {"ok": ("✓", "green"), "warn": ("!", "yellow"), "fail": ("✗", "red")}


@click.command()
def doctor() -> int:
    """Check every part and name the fix. Exit code 1 when something will not work."""
    settings = Settings.from_env()
    findings = examine(settings)
    column = 0 if settings.lang == "zh" else 1
    for finding in findings:
        mark, colour = MARKS[finding.state]
        click.secho(f"{mark} {finding.part[column]}: {finding.detail}", fg=colour)
        if finding.state != "ok":
            click.echo(f"    → {finding.fix[column]}")
    return 1 if any(finding.state == "fail" for finding in findings) else 0
