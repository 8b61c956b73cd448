"""Which witnesses of the evidence log stand behind an item: those that cosigned a head that covers it."""

from __future__ import annotations

from dataclasses import replace

from caseapp.bootstrap import Application
from caseapp.logkeys import witnesses_of
from caseapp.services.queries import EvidenceDetail
from evidence_store import EvidenceError
from evidence_store.witnessing import witness_state


def with_witnesses(app: Application, item: EvidenceDetail) -> EvidenceDetail:
    """Return the item with the names of its witnesses, when there are as many as the house wants."""
    if item.log_index is None:
        return item
    try:
        quorum, rows = witnesses_of(app.settings)
        states = [(row.key.name, witness_state(app.store.backend, row.key)) for row in rows]
    except (EvidenceError, OSError):  # the health page says what is wrong
        return item
    names = [name for name, state in states if state.size > item.log_index]
    if len(names) < max(1, quorum):
        return item
    return replace(item, facts={**item.facts, "witnessed_by": names})
