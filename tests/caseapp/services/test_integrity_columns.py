"""Every column of the tables that fsck vouches for: changed by an insider it is found, or it is listed here as free."""

from __future__ import annotations

import sqlite3
from typing import Any, Final

import pytest
from sqlalchemy import inspect

from caseapp.models import (
    Approval,
    AuditDetail,
    AuditEvent,
    Base,
    CustodyDetail,
    CustodyEvent,
    DocumentVersion,
    EvidenceItem,
)
from caseapp.services.integrity import check_records
from tests.caseapp.services.house import House

KEEPING: Final = {
    "version",
    "created_at",
    "created_by",
    "updated_at",
    "updated_by",
    "voided_by",
    "void_reason",
    "sample",
}
"""Bookkeeping of a row: the trail tells who did what and when; these only repeat it for a list."""
ERASED: Final = {"erased_at", "erased_by", "erase_basis"}
"""Of a detail that was not erased: without the erasure they say nothing, and a false ``erased_at`` is tested apart."""
FREE: Final[dict[type[Base], set[str]]] = {
    # Where it is listed, what it is linked to, when it was last looked over: no statement about what was sealed.
    EvidenceItem: KEEPING
    | {"desk_id", "post_id", "capture_id", "derived_from_id", "superseded_by_id", "sensitivity", "original_or_copy"}
    | {"size", "logged_at", "verified_at"},
    # What led to the text: the text itself and the PDF are held by digests.
    DocumentVersion: KEEPING
    | {"desk_id", "n", "template_version", "context", "findings", "diff_of_n", "note", "docx_sha256"}
    | {"pdf_evidence_id", "signed_at", "dispatched_at", "voided_at", "signed_by"},
    # The words beside a decision; the order of the route.
    Approval: {"step", "role", "comment", "at"},
    # The place in the log of an event that was exported is compared when it is there.
    CustodyEvent: {"log_index"},
    CustodyDetail: ERASED - {"erased_at"},
    AuditEvent: {"id"},
    AuditDetail: ERASED - {"erased_at"},
}
WATCHED: Final[dict[type[Base], set[str]]] = {
    EvidenceItem: {
        "id", "no", "kind", "title", "proves", "source", "obtained_at", "package_id", "seal_id", "sha256", "files",
        "facts", "seal_state", "log_index", "stamps", "test_stamps", "stamped_at", "grade", "status", "privileged",
        "publishable", "withheld", "hold", "hold_reason", "disposal_requested_by", "disposed_by", "disposed_at",
        "status_before", "voided_at",
    },
    DocumentVersion: {
        "id", "document_id", "status", "author_id", "model", "text_digest", "route", "submitted_by", "submitted_at",
        "approved_digest", "approved_by", "approved_at", "pdf_package_id",
    },
    Approval: {"id", "version_id", "author_id", "approver_id", "decision", "approved_digest"},
    CustodyEvent: {
        "id", "evidence_id", "seq", "type", "at", "actor_id", "leaf", "detail_digest", "prev_hash", "hash",
    },
    CustodyDetail: {"event_id", "salt", "body", "erased_at"},
    AuditEvent: {
        "seq", "at", "actor_id", "actor_kind", "action", "object_type", "object_id", "case_id", "request_id",
        "detail_digest", "prev_hash", "hash",
    },
    AuditDetail: {"event_id", "salt", "body", "erased_at"},
}  # fmt: skip
SILENT_UNTIL_USED: Final = {
    "status_before",
    "disposal_requested_by",
    "disposed_by",
    "disposed_at",
    "hold_reason",
    "stamped_at",
}
"""Columns the trail speaks of only once a program wrote them: before that there is nothing to compare with."""


@pytest.mark.parametrize("model", list(WATCHED))
def test_every_column_is_decided(model: type[Base]) -> None:
    columns = {column.name for column in inspect(model).columns}
    assert WATCHED[model] | FREE[model] == columns
    assert not WATCHED[model] & FREE[model]


def other(value: Any) -> Any:
    """Return a value of the same kind, and not the same."""
    if isinstance(value, int | float):
        return value + 70007
    if isinstance(value, bytes):
        return b"x" + value
    if isinstance(value, str) and value[:2].isdigit() and "-" in value[:5]:
        return "2019" + value[4:]
    if isinstance(value, str) and value[:1] in {"{", "["}:
        return '{"x": 1}' if value[0] == "{" else '["x"]'
    return "2019-01-01 00:00:00.000000" if value is None else f"{value}x"


def edits(house: House, model: type[Base], columns: set[str]) -> list[str]:
    """Change each column of the first row in turn; return those that fsck takes for granted."""
    path, missed = house.ports.engine.url.database, []
    table = str(model.__tablename__)
    with sqlite3.connect(path) as database:
        for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            database.execute(f"DROP TRIGGER {name}")
        database.execute("PRAGMA ignore_check_constraints = 1")
        row = database.execute(f"SELECT min(rowid) FROM {table}").fetchone()[0]  # noqa: S608  our own names
        for column in sorted(columns):
            read = database.execute(f"SELECT {column} FROM {table} WHERE rowid = ?", (row,))  # noqa: S608  as above
            was = read.fetchone()[0]
            change = f"UPDATE {table} SET {column} = ? WHERE rowid = ?"  # noqa: S608  as above
            database.execute(change, (other(was), row))
            database.commit()
            if {one.code for one in check_records(house.ports).contradictions} <= {"trigger-missing"}:
                missed.append(f"{table}.{column}")
            database.execute(change, (was, row))
            database.commit()
    return missed


@pytest.mark.full
@pytest.mark.parametrize("model", list(WATCHED))
def test_a_change_of_any_watched_column_is_found(house: House, model: type[Base]) -> None:
    if house.ports.engine.dialect.name == "postgresql":
        pytest.skip("the check is the same; the file is edited past every constraint")
    house.approve(house.statement(), "he", "zhou", "han")
    assert edits(house, model, WATCHED[model] - SILENT_UNTIL_USED) == []
