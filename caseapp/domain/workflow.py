"""All workflow tables in one place.

``from caseapp.domain import workflow`` then ``workflow.NOTICE``, or by name ``workflow.WORKFLOWS["notice"]``.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from caseapp.domain.flow import Need, State, Transition, When, Workflow
from caseapp.domain.flow_evidence import CAPTURE, EVIDENCE_ITEM, HANDOVER, JOB, POST, SEAL
from caseapp.domain.flow_matter import CASE, DEADLINE, INCIDENT, SUGGESTION, TASK
from caseapp.domain.flow_papers import (
    COUNTER_NOTICE,
    DAMAGE_ITEM,
    DISPATCH,
    DOCUMENT_VERSION,
    NOTICE,
    NOTICE_ITEM,
    PUBLICATION,
)

WORKFLOWS: Final[Mapping[str, Workflow]] = MappingProxyType(
    {
        table.name: table
        for table in (
            INCIDENT, CASE, SUGGESTION, TASK, DEADLINE, CAPTURE, POST, EVIDENCE_ITEM, HANDOVER, SEAL, JOB,
            DOCUMENT_VERSION, DISPATCH, NOTICE, NOTICE_ITEM, COUNTER_NOTICE, PUBLICATION, DAMAGE_ITEM,
        )
    }
)  # fmt: skip

__all__ = [
    "CAPTURE", "CASE", "COUNTER_NOTICE", "DAMAGE_ITEM", "DEADLINE", "DISPATCH", "DOCUMENT_VERSION", "EVIDENCE_ITEM",
    "HANDOVER", "INCIDENT", "JOB", "NOTICE", "NOTICE_ITEM", "POST", "PUBLICATION", "SEAL", "SUGGESTION", "TASK",
    "WORKFLOWS", "Need", "State", "Transition", "When", "Workflow",
]  # fmt: skip
