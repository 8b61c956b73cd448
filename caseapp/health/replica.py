"""The doctor's line about the second place of the evidence."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

from caseapp.config import Settings
from caseapp.domain.labels import Label
from caseapp.health.finding import Finding
from caseapp.replica import read_state

PART: Final = Label("证据副本", "Replica of the evidence")
_SET: Final = Label("在 BIANWU_REPLICA 中指明第二存放处", "Name a second place in BIANWU_REPLICA")
_RUN: Final = Label(
    "运行 bianwu store replicate 与 bianwu store compare 查看原因",
    "Run bianwu store replicate, then bianwu store compare",
)


def replica(settings: Settings) -> Finding:
    """How far the second place is; nothing is asked of it here, so a page never waits for a network."""
    if not settings.replica_url:
        return Finding(PART, "warn", Label("未设置", "none set"), _SET)
    state = read_state(settings)
    wrong = state.unlike + state.damaged
    day, seen = state.up_to[:16] or "—", state.compared[:10] or "—"
    zh = f"{state.objects} 个对象 · 截至 {day} UTC · 逐字节比对 {seen} · 不符 {wrong}"
    en = f"objects: {state.objects} · as of {day} UTC · every byte compared {seen} · wrong: {wrong}"
    if state.problem:
        zh, en = f"{zh} · 上次未成：{state.problem}", f"{en} · last run failed: {state.problem}"
    if state.behind(datetime.now(UTC)):
        return Finding(PART, "fail", Label(zh, en), _RUN)
    return Finding(PART, "warn" if state.problem else "ok", Label(zh, en), _RUN)
