"""The doctor's checks of who stands behind the evidence log: witnesses, daily heartbeat, a change of key."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final

from caseapp.config import Settings
from caseapp.domain.labels import Label
from caseapp.health.finding import Finding, State

SILENT_AFTER: Final = timedelta(minutes=15)
"""A head nobody cosigned for so long is an alarm (design of the seal)."""
_NONE_YET: Final = Label("还没有证据", "no evidence yet")


def log_witnesses(settings: Settings) -> Finding:
    """Each witness: what it cosigned last, and whether it is silent, refuses, or has seen another history."""
    from caseapp.logkeys import unfinished, witnesses_of  # noqa: PLC0415
    from evidence_store import EvidenceError  # noqa: PLC0415
    from evidence_store.backends import open_backend  # noqa: PLC0415
    from evidence_store.witnessing import witness_state  # noqa: PLC0415

    part = Label("日志见证", "Log witnesses")
    fix = Label(
        "在另一台机器上运行 bianwu witness，再用 bianwu log witness --add 登记",
        "Run bianwu witness on another machine, then register it: bianwu log witness --add",
    )
    if unfinished(settings):
        again = Label("运行 bianwu log rotate 完成更换", "Run bianwu log rotate to end it")
        return Finding(part, "fail", Label("日志换钥尚未完成", "a change of the log's key is not ended"), again)
    try:
        quorum, rows = witnesses_of(settings)
        if not rows:
            return Finding(part, "warn", Label("未设置", "none set"), fix)
        if settings.nothing_logged():
            return Finding(part, "ok", _NONE_YET, fix)
        backend = open_backend(settings.evidence_url)
        found = [(row.key.name, witness_state(backend, row.key)) for row in rows]
    except (EvidenceError, OSError) as error:
        words = Label(error.message("zh"), error.message("en")) if isinstance(error, EvidenceError) else str(error)
        return Finding(part, "fail", words, fix)
    zh = "、".join(f"{name} {_zh(one.size, one.trouble)}" for name, one in found)
    en = ", ".join(f"{name} {_en(one.size, one.trouble)}" for name, one in found)
    if any(one.trouble == "fork" for _, one in found):
        stop = Label(
            "见证方看到的是另一段历史：停止写入，运行 bianwu fsck，与备份核对",
            "A witness has seen another history: stop writing, run bianwu fsck, compare with a backup",
        )
        return Finding(part, "fail", Label(zh, en), stop)
    sound = sum(not one.trouble and one.size >= 0 for _, one in found)
    state: State = "ok" if sound == len(found) else "warn" if sound >= quorum else "fail"
    ask = Label("确认见证机在运行、地址与公钥无误", "Check that the witness runs, its address and its key")
    return Finding(part, state, Label(f"{zh}（须 {quorum}）", f"{en} (needed: {quorum})"), ask)


def _zh(size: int, trouble: str) -> str:
    words = {"silent": "没有回应", "refused": "拒绝", "fork": "看到分叉", "": ""}[trouble]
    return f"{words or '已联署'} {max(size, 0)}"


def _en(size: int, trouble: str) -> str:
    words = {"silent": "silent", "refused": "refused", "fork": "saw a fork", "": ""}[trouble]
    return f"{words or 'cosigned'} {max(size, 0)}"


def log_heartbeat(settings: Settings) -> Finding:
    """The daily heartbeat: the last one, who stamped it, and the days that lack one."""
    from evidence_store import EvidenceError  # noqa: PLC0415
    from evidence_store.backends import open_backend  # noqa: PLC0415
    from evidence_store.heartbeat import beats, missing_days  # noqa: PLC0415

    part = Label("日志每日心跳", "Log heartbeat")
    fix = Label("保持服务运行，或每天运行 bianwu log heartbeat", "Keep the service running: bianwu log heartbeat daily")
    if settings.nothing_logged():
        return Finding(part, "ok", _NONE_YET, fix)
    try:
        kept = beats(open_backend(settings.evidence_url))
    except (EvidenceError, OSError, ValueError) as error:
        words = Label(error.message("zh"), error.message("en")) if isinstance(error, EvidenceError) else str(error)
        return Finding(part, "fail", words, fix)
    if not kept:
        return Finding(part, "warn", Label("还没有", "none yet"), fix)
    last, missing = kept[-1], missing_days(kept, datetime.now(UTC).date())
    stamps = ", ".join(last.stamped_by)
    zh = f"{last.day} · {last.size} 条 · {stamps or '未加盖时间戳'}"
    en = f"{last.day} · entries: {last.size} · {stamps or 'not time-stamped'}"
    if missing:
        days = ", ".join(day.isoformat() for day in missing[-3:])
        gone = Label(f"{zh} · 缺 {len(missing)} 天：{days}", f"{en} · days missing: {len(missing)} ({days})")
        return Finding(part, "fail", gone, fix)
    return Finding(part, "ok" if stamps else "warn", Label(zh, en), fix)
