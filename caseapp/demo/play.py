"""Play the scripted case on an application: ten hops, one JSON result.

The same call serves ``bianwu demo --no-serve`` (headless) and ``make demo`` (in the background while people watch).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from capture.errors import CaptureError
from caseapp.bootstrap import Application
from caseapp.demo.acts import announce, desk, evidence, ledger, matter, outcome, papers
from caseapp.demo.errors import DemoError
from caseapp.demo.player import HopResult, OnEvent, Player
from caseapp.demo.script import HOPS, INTERVAL_LABEL, SAMPLE_MARK, NoticeRow
from caseapp.demo.site import LocalPlatforms
from caseapp.domain.errors import CaseError
from evidence_store import EvidenceError

KNOWN: Final = (CaseError, CaptureError, EvidenceError, DemoError)


def play(
    application: Application,
    platforms: LocalPlatforms,
    *,
    out: Path,
    trust: Path,
    on_event: OnEvent,
    core: bool = True,
) -> dict[str, Any]:
    """Play the case.

    Args:
        application: Set up by ``installation.install``; its jobs run in this process.
        platforms: Being served.
        out: Folder for the bundle and the exported packages; made when missing.
        trust: trust.json of the application.
        on_event: Told of every step, for the terminal and the page.
        core: The shortest complete case; False plays all fourteen posts and all notices.

    Returns:
        ``{"ok", "hops": [ten], "bundle", "packages", "trust", …}``; a hop that fails carries code and words, and the
        hops after it are not played.
    """
    out.mkdir(parents=True, exist_ok=True)
    player = Player(application, platforms, out=out, on_event=on_event, core=core)
    began = time.perf_counter()
    waiting: list[str] = []
    for number, act in _acts(player, trust, waiting):
        try:
            with player.hop(number) as result:
                act(result)
        except KNOWN as error:
            player.results[number].error = {"code": error.code, "zh": error.message("zh"), "en": error.message("en")}
            break
    return _result(player, trust, time.perf_counter() - began)


Act = tuple[int, Callable[[HopResult], None]]


def _acts(player: Player, trust: Path, waiting: list[str]) -> list[Act]:
    before: list[Act] = [
        (1, lambda result: waiting.extend(evidence.order_captures(player, result))),
        (2, lambda result: evidence.run_captures(player, result, waiting)),
        (3, lambda result: evidence.check_seals(player, result)),
        (4, lambda result: evidence.check_store(player, result, trust)),
        (5, lambda result: evidence.register_papers(player, result)),
        (6, lambda result: _matter(player, result)),
        (7, lambda result: papers.clarify(player, result)),
        (8, lambda result: announce.announce(player, result)),
    ]
    for rows in player.plan.sent(core=player.core):
        before += _wave(player, rows)
    return [*before, (10, lambda result: _ledger(player, result, trust))]


def _wave(player: Player, rows: Sequence[NoticeRow]) -> list[Act]:
    return [
        (7, lambda result: papers.draft_and_approve(player, result, rows)),
        (8, lambda result: papers.send_and_prove(player, result, rows)),
        (9, lambda result: outcome.record_and_prove(player, result, rows)),
    ]


def _matter(player: Player, result: HopResult) -> None:
    matter.open_the_case(player, result)
    matter.number_exhibits(player)
    matter.record_incidents(player, result)
    matter.link_posts(player, result)
    matter.verify_claims(player, result)
    matter.refuse_the_barred(player, result)
    desk.assign_tasks(player, result)


def _ledger(player: Player, result: HopResult, trust: Path) -> None:
    desk.confirm_limitation(player, result)
    ledger.keep_the_ledger(player, result)
    ledger.bundle_and_verify(player, result, trust)


def _result(player: Player, trust: Path, seconds: float) -> dict[str, Any]:
    # Sealing happens inside the capture's job; its share is shown where a reader looks for it.
    moved = min(player.spare_seconds, player.results[2].seconds)
    player.results[2].seconds -= moved
    player.results[3].seconds += moved
    hops = [player.results[hop.n] for hop in HOPS]
    packages = sorted(str(path) for path in (player.out / "packages").glob("*") if not path.name.startswith("."))
    bundle = player.out / ledger.BUNDLE
    return {
        "ok": all(hop.ok for hop in hops),
        "hops": [hop.to_json() for hop in hops],
        "bundle": str(bundle) if bundle.exists() else None,
        "packages": packages,
        "trust": str(trust),
        "seconds": round(seconds, 3),
        "mark": SAMPLE_MARK,
        "interval_label": INTERVAL_LABEL,
        "finished_at": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
    }
