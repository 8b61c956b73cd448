"""What the page of an item says of its disposal: what stands against it, what was asked, what became of it."""

from __future__ import annotations

from dataclasses import dataclass

from caseapp.domain.flow import Transition
from caseapp.models import Disposal, EvidenceItem
from caseapp.services.disposal import last_disposal
from caseapp.services.disposal_bars import Bar, Period, bars, derived_from, period_of
from caseapp.services.work import Work


@dataclass(frozen=True)
class Disposing:
    """Disposal of one item.

    Attributes:
        bars: what stands against it; asked only for those who may ask or decide.
        derived: numbers of what is derived from it and still kept.
        last: the newest request, whatever became of it.
        period: how long it is to be kept.
    """

    bars: list[Bar]
    derived: list[str]
    last: Disposal | None
    period: Period


def disposing(work: Work, row: EvidenceItem, steps: tuple[Transition, ...]) -> Disposing:
    """Return what the page says."""
    actions = {step.action for step in steps}
    last = last_disposal(work, row)
    derived = [one.no for one in derived_from(work, row) if work.sees(one)]
    kept = last.kept_derived if last is not None and last.decision is None else ()
    if "request_disposal" in actions:
        kept = [one.id for one in derived_from(work, row)]  # the form asks about those
    against = bars(work, row, kept=kept) if actions & {"request_disposal", "dispose"} else []
    return Disposing(against, derived, last, period_of(work, row))
