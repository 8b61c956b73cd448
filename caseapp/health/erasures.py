"""The doctor's line about disposals: approved ones whose bytes are still in the store or in its second place."""

from __future__ import annotations

from typing import Final

from caseapp.config import Settings
from caseapp.domain.labels import Label
from caseapp.health.finding import Finding, State

PART: Final = Label("依法处置的抹除", "Erasure of what was disposed of")
_FIX: Final = Label(
    "恢复副本的连通，解除不再需要的案件保留，然后运行 bianwu dispose run",
    "Bring the replica back, release holds of cases no longer needed, then run: bianwu dispose run",
)


def erasures(settings: Settings) -> Finding:
    """How many approved disposals wait for the store, and how many for the second place."""
    from sqlalchemy import func, select  # noqa: PLC0415  the doctor's other checks do without
    from sqlalchemy.exc import SQLAlchemyError  # noqa: PLC0415
    from sqlalchemy.orm import Session  # noqa: PLC0415

    from caseapp.models import Disposal, make_engine  # noqa: PLC0415

    if settings.nothing_logged():
        return Finding(PART, "ok", Label("还没有证据", "no evidence yet"), _FIX)
    approved = select(func.count()).select_from(Disposal).where(Disposal.decision == "approved")
    engine = make_engine(settings.database_url)
    try:
        with Session(engine) as session:
            total = session.scalar(approved) or 0
            here = session.scalar(approved.where(Disposal.erased_at.is_(None))) or 0
            there = session.scalar(approved.where(Disposal.replica_at.is_(None))) or 0
    except SQLAlchemyError as error:
        return Finding(PART, "fail", str(getattr(error, "orig", error)).splitlines()[0][:200], _FIX)
    finally:
        engine.dispose()
    there = there if settings.replica_url else 0
    state: State = "warn" if here or there else "ok"
    zh = f"已批准 {total} 件 · 库内未抹除 {here} · 副本未抹除 {there}"
    en = f"approved: {total} · not erased here: {here} · not in the replica: {there}"
    return Finding(PART, state, Label(zh, en), _FIX)
