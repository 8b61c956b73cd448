"""A capture whose run failed, or whose workers kept dying: it says so where a person looks, and lets others go on."""

from __future__ import annotations

from sqlalchemy import select

from caseapp.domain import workflow
from caseapp.models import Capture, Job
from caseapp.services.captures import OPEN
from caseapp.services.manners import wake_next
from caseapp.services.work import Work


def record_capture_failure(work: Work, capture_id: str, *, code: str, zh: str, en: str, again: bool) -> None:
    """Write into the capture why it failed; ``again`` says that the job will run once more.

    What the post is found to be stays as it was: a failure of ours proves nothing about it.
    """
    row = work.session.get_one(Capture, capture_id)
    if row.status not in OPEN:
        return
    row.error_code, row.error_zh, row.error_en = code, zh, en
    if again:
        if row.status == "running":
            work.transition(workflow.CAPTURE, row, "give_back", reason=code)
            wake_next(work, row)
        return
    if row.status == "queued":
        row.host = None  # it never came to visit
        work.transition(workflow.CAPTURE, row, "start")
    row.result, row.outcome = "FAILED", row.outcome or "error"
    work.transition(workflow.CAPTURE, row, "finish")
    wake_next(work, row)


def settle_lost_captures(work: Work) -> int:
    """End captures whose job was given up because its workers kept dying; returns how many there were."""
    waits = select(Job.id).where(Job.object_id == Capture.id, Job.kind == "capture", Job.status.in_(OPEN))
    lost = list(work.session.scalars(select(Capture.id).where(Capture.status.in_(OPEN), ~waits.exists())))
    for capture_id in lost:
        record_capture_failure(
            work,
            capture_id,
            code="worker-lost",
            zh="执行进程多次中断，本次取证未完成。请重新发起取证。",
            en="The worker stopped several times; this capture was not finished. Order it again.",
            again=False,
        )
    return len(lost)
