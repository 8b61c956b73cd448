"""The doctor's line about the routine check: who was gone over when, and what is damaged."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

from caseapp.config import Settings
from caseapp.domain.labels import Label
from caseapp.health.finding import Finding, State

PART: Final = Label("例行校验", "Routine check of the bytes")
_FIX: Final = Label("保持服务运行，或运行 bianwu scrub --all", "Keep the service running, or run: bianwu scrub --all")
_DAMAGED: Final = Label(
    "停用损坏的证据，不要删除任何文件，从副本或备份恢复后再运行 bianwu scrub --all",
    "Do not use what is damaged, delete nothing, restore it from a replica or backup, then run: bianwu scrub --all",
)
_RENEW: Final = Label(
    "在到期前为这些证据续加时间戳：换用证书期限更长的机构，并保存好每日心跳的时间戳",
    "Have these items stamped again before that day, by an authority whose certificates last longer; keep the daily "
    "heartbeats' stamps",
)


def scrubs(settings: Settings) -> Finding:
    """How many items were gone over within the period, how many are late, how many are damaged."""
    from sqlalchemy import func, or_, select  # noqa: PLC0415  the doctor's other checks do without
    from sqlalchemy.exc import SQLAlchemyError  # noqa: PLC0415
    from sqlalchemy.orm import Session  # noqa: PLC0415

    from caseapp.models import Scrub, make_engine  # noqa: PLC0415
    from caseapp.services.scrubbing import RENEW_BEFORE, kept_items, period  # noqa: PLC0415

    if settings.nothing_logged():
        return Finding(PART, "ok", Label("还没有证据", "no evidence yet"), _FIX)
    now, kept, days = datetime.now(UTC), kept_items().subquery(), settings.check_days
    since = now - period(days)
    engine = make_engine(settings.database_url)
    try:
        with Session(engine) as session:
            joined = select(func.count()).select_from(kept).outerjoin(Scrub, Scrub.evidence_id == kept.c.id)
            total = session.scalar(select(func.count()).select_from(kept)) or 0
            damaged = session.scalar(joined.where(Scrub.outcome == "damaged")) or 0
            # An item younger than the period has had no turn yet, and its bytes were checked when they came.
            overdue = kept.c.logged_at < since, or_(Scrub.at.is_(None), Scrub.at < since)
            late = session.scalar(joined.where(*overdue)) or 0
            ends = list(
                session.scalars(
                    select(Scrub.stamps_end)
                    .join(kept, kept.c.id == Scrub.evidence_id)
                    .where(Scrub.stamps_end < now + RENEW_BEFORE)
                    .order_by(Scrub.stamps_end)
                )
            )
            last = session.scalar(select(func.max(Scrub.at)))
    except SQLAlchemyError as error:
        return Finding(PART, "fail", str(getattr(error, "orig", error)).splitlines()[0][:200], _FIX)
    finally:
        engine.dispose()
    state: State = "fail" if damaged else "warn" if late or ends else "ok"
    day = f"{last:%Y-%m-%d}" if last else ""
    zh = f"共 {total} 件 · 损坏 {damaged} · 逾 {days} 天未校验 {late} · 最近 {day or '尚未进行'}"
    en = f"items: {total} · damaged: {damaged} · not for {days} days: {late} · last: {day or 'not yet'}"
    if ends and ends[0] is not None:
        zh += f" · 时间戳证书将到期 {len(ends)} 件，最早 {ends[0]:%Y-%m-%d}"
        en += f" · stamps' certificates end soon: {len(ends)}, the first {ends[0]:%Y-%m-%d}"
    fix = _DAMAGED if damaged else _RENEW if ends and not late else _FIX
    return Finding(PART, state, Label(zh, en), fix)
