"""Triggers: promises no CHECK can make, the same on SQLite and PostgreSQL.

- The audit, custody, notice-event, approval, stage and metric tables only grow.
- A detail can change in one way: being erased.
- A post judged 真实投诉 or 正当监督 enters no notice, and no notice holding one is authorised or submitted.
- The text of a document version is fixed once it left draft; its approved digest, once set.
- A damage item leaves draft only with evidence.

A refusal carries a code that ``services.database_errors`` turns into words. Re-create them after a batch alter.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

APPEND_ONLY: Final = ("audit_events", "custody_events", "notice_events", "approvals", "metric_snapshots", "case_stages")
DETAILS: Final = ("audit_details", "custody_details")
_BARRED_POST: Final = (
    "EXISTS (SELECT 1 FROM posts p WHERE p.id = NEW.post_id AND p.verdict IN ('fair_comment', 'genuine_complaint'))"
)
_BARRED_ITEM: Final = (
    "NEW.status IN ('authorised', 'submitted') AND EXISTS (SELECT 1 FROM notice_items i JOIN posts p "
    "ON p.id = i.post_id WHERE i.notice_id = NEW.id AND i.voided_at IS NULL "
    "AND i.outcome NOT IN ('withdrawn', 'moot') AND p.verdict IN ('fair_comment', 'genuine_complaint'))"
)
_NO_EVIDENCE: Final = (
    "NEW.status <> 'draft' AND NOT EXISTS "
    "(SELECT 1 FROM damage_evidence d WHERE d.damage_id = NEW.id AND d.voided_at IS NULL)"
)


@dataclass(frozen=True, slots=True)
class Trigger:
    """One refusal: before ``deed`` on ``table``, when ``rule`` holds, fail with ``code``."""

    name: str
    table: str
    deed: str
    rule: str
    code: str


def _erasing() -> str:
    kept = "NEW.event_id <> OLD.event_id OR OLD.erased_at IS NOT NULL"
    return f"{kept} OR NEW.salt IS NOT NULL OR NEW.body IS NOT NULL OR NEW.erased_at IS NULL"


def triggers() -> Iterator[Trigger]:
    """Yield every trigger."""
    for table in APPEND_ONLY:
        yield Trigger(f"{table}_no_update", table, "UPDATE", "", "append-only")
    for table in (*APPEND_ONLY, *DETAILS):
        yield Trigger(f"{table}_no_delete", table, "DELETE", "", "append-only")
    for table in DETAILS:
        yield Trigger(f"{table}_erase_only", table, "UPDATE", _erasing(), "append-only")
    yield Trigger("notice_items_barred_insert", "notice_items", "INSERT", _BARRED_POST, "notice-barred")
    yield Trigger("notice_items_barred_update", "notice_items", "UPDATE OF post_id", _BARRED_POST, "notice-barred")
    yield Trigger("notices_barred", "notices", "UPDATE OF status", _BARRED_ITEM, "notice-barred")
    yield Trigger(
        "document_versions_text",
        "document_versions",
        "UPDATE OF model, text_digest, author_id, n, document_id",
        "OLD.status <> 'draft'",
        "append-only",
    )
    yield Trigger(
        "document_versions_digest", "document_versions", "UPDATE OF approved_digest",
        "OLD.status NOT IN ('draft', 'in_review', 'changes_requested')", "append-only",
    )  # fmt: skip
    for deed in ("INSERT", "UPDATE OF status"):
        name = f"damage_items_evidence_{deed.split()[0].lower()}"
        yield Trigger(name, "damage_items", deed, _NO_EVIDENCE, "damage-needs-evidence")


def create_sql(dialect: str) -> list[str]:
    """Return the statements that create every trigger on ``sqlite`` or ``postgresql``."""
    if dialect == "sqlite":
        return [_sqlite(trigger) for trigger in triggers()]
    statements: list[str] = []
    for trigger in triggers():
        statements += _postgresql(trigger)
    for table in (*APPEND_ONLY, *DETAILS):
        statements += _postgresql(Trigger(f"{table}_no_truncate", table, "TRUNCATE", "", "append-only"))
    return statements


def drop_sql(dialect: str) -> list[str]:
    """Return the statements that drop every trigger."""
    if dialect == "sqlite":
        return [f"DROP TRIGGER IF EXISTS {trigger.name}" for trigger in triggers()]
    names = [trigger.name for trigger in triggers()] + [f"{table}_no_truncate" for table in (*APPEND_ONLY, *DETAILS)]
    return [f"DROP FUNCTION IF EXISTS {name}() CASCADE" for name in names]


def _sqlite(trigger: Trigger) -> str:
    when = f" WHEN {trigger.rule}" if trigger.rule else ""
    return (
        f"CREATE TRIGGER {trigger.name} BEFORE {trigger.deed} ON {trigger.table} FOR EACH ROW{when} "
        f"BEGIN SELECT RAISE(ABORT, '{trigger.code}'); END"
    )


def _postgresql(trigger: Trigger) -> list[str]:
    refuse = f"RAISE EXCEPTION '{trigger.code}' USING ERRCODE = '23514';"
    body = f"IF {trigger.rule} THEN {refuse} END IF;" if trigger.rule else refuse
    back = "OLD" if trigger.deed == "DELETE" else "NEW"
    rows = "STATEMENT" if trigger.deed == "TRUNCATE" else "ROW"
    function = f"CREATE FUNCTION {trigger.name}() RETURNS trigger LANGUAGE plpgsql AS "
    when = f"BEFORE {trigger.deed} ON {trigger.table} FOR EACH {rows}"
    return [
        f"{function}$$ BEGIN {body} RETURN {back}; END $$",
        f"CREATE TRIGGER {trigger.name} {when} EXECUTE FUNCTION {trigger.name}()",
    ]
