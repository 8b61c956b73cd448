"""Deadlines, tasks, damages and audit."""

import sqlalchemy as sa
from alembic import op

from caseapp.migrations.columns import row_end
from caseapp.models.triggers import create_sql, drop_sql
from caseapp.models.types import Json, Money, UtcDateTime

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None
_LATE = (
    ("fk_desks_organization_id", "desks", "organizations", "organization_id"),
    ("fk_organizations_licence_evidence_id", "organizations", "evidence_items", "licence_evidence_id"),
    ("fk_incidents_earliest_captured_post_id", "incidents", "posts", "earliest_captured_post_id"),
    ("fk_posts_proof_evidence_id", "posts", "evidence_items", "proof_evidence_id"),
    ("fk_captures_notice_item_id", "captures", "notice_items", "notice_item_id"),
)
"""Foreign keys that close a circle; SQLite took them with the tables."""


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "audit_events",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("actor_id", sa.String(length=64), nullable=False),
        sa.Column("actor_kind", sa.String(length=16), nullable=False),
        sa.Column("action", sa.String(length=64), nullable=False),
        sa.Column("object_type", sa.String(length=32), nullable=False),
        sa.Column("object_id", sa.String(length=64), nullable=False),
        sa.Column("case_id", sa.String(length=26), nullable=True),
        sa.Column("request_id", sa.String(length=64), nullable=True),
        sa.Column("detail_digest", sa.String(length=64), nullable=False),
        sa.Column("prev_hash", sa.String(length=64), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.CheckConstraint("actor_kind IN ('user', 'token', 'system')", name=op.f("ck_audit_events_actor_kind")),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_audit_events_case_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_events")),
        sa.UniqueConstraint("hash", name=op.f("uq_audit_events_hash")),
        sa.UniqueConstraint("seq", name=op.f("uq_audit_events_seq")),
    )
    op.create_index(op.f("ix_audit_events_actor_id"), "audit_events", ["actor_id"], unique=False)
    op.create_index(op.f("ix_audit_events_at"), "audit_events", ["at"], unique=False)
    op.create_index(op.f("ix_audit_events_case_id"), "audit_events", ["case_id"], unique=False)
    op.create_index("ix_audit_events_object_type_object_id", "audit_events", ["object_type", "object_id"], unique=False)
    op.create_table(
        "audit_details",
        sa.Column("event_id", sa.String(length=26), nullable=False),
        sa.Column("salt", sa.LargeBinary(), nullable=True),
        sa.Column("body", sa.String(), nullable=True),
        sa.Column("erased_at", UtcDateTime(), nullable=True),
        sa.Column("erased_by", sa.String(length=64), nullable=True),
        sa.Column("erase_basis", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(["event_id"], ["audit_events.id"], name=op.f("fk_audit_details_event_id")),
        sa.PrimaryKeyConstraint("event_id", name=op.f("pk_audit_details")),
    )
    op.create_table(
        "damage_items",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("desk_id", sa.String(length=26), nullable=True),
        sa.Column("case_id", sa.String(length=26), nullable=False),
        sa.Column("incident_id", sa.String(length=26), nullable=True),
        sa.Column("post_id", sa.String(length=26), nullable=True),
        sa.Column("head", sa.String(length=4), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("amount_fen", Money(), nullable=False),
        sa.Column("gross_fen", Money(), nullable=True),
        sa.Column("avoided_fen", Money(), nullable=True),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("period_from", sa.Date(), nullable=True),
        sa.Column("period_to", sa.Date(), nullable=True),
        sa.Column("payer", sa.String(), nullable=True),
        sa.Column("payee", sa.String(), nullable=True),
        sa.Column("formula", sa.String(), nullable=True),
        sa.Column("confidence", sa.String(length=16), nullable=False),
        sa.Column("causation", sa.String(), nullable=True),
        sa.Column("papers", sa.String(), nullable=True),
        sa.Column("basis", sa.String(), nullable=True),
        sa.Column("scope", sa.String(length=16), nullable=False),
        sa.Column("counted", sa.Boolean(), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("evidenced_by", sa.String(length=64), nullable=True),
        sa.Column("reviewed_by", sa.String(length=64), nullable=True),
        sa.Column("reviewed_at", UtcDateTime(), nullable=True),
        sa.Column("awarded_fen", Money(), nullable=True),
        sa.Column("recovered_fen", Money(), nullable=True),
        *row_end(),
        sa.CheckConstraint(
            "confidence IN ('receipt', 'computed', 'asserted')", name=op.f("ck_damage_items_confidence")
        ),
        sa.CheckConstraint(
            "head IN ('D1', 'D2', 'D3', 'D4', 'D5', 'D6', 'D7', 'D8', 'D9', 'U1')", name=op.f("ck_damage_items_head")
        ),
        sa.CheckConstraint(
            "scope IN ('suit', 'settlement', 'competition', 'note')", name=op.f("ck_damage_items_scope")
        ),
        sa.CheckConstraint(
            "status <> 'awarded' OR awarded_fen IS NOT NULL", name=op.f("ck_damage_items_awarded_awarded_fen")
        ),
        sa.CheckConstraint(
            "status <> 'recovered' OR recovered_fen IS NOT NULL", name=op.f("ck_damage_items_recovered_recovered_fen")
        ),
        sa.CheckConstraint(
            ("status IN ('draft', 'evidenced', 'reviewed', 'claimed', 'awarded', 'recovered', 'rejected')"),
            name=op.f("ck_damage_items_status"),
        ),
        sa.CheckConstraint("amount_fen >= 0", name=op.f("ck_damage_items_amount")),
        sa.CheckConstraint(
            "gross_fen IS NULL OR avoided_fen IS NULL OR amount_fen = gross_fen - avoided_fen",
            name=op.f("ck_damage_items_net"),
        ),
        sa.CheckConstraint(
            "reviewed_by IS NULL OR created_by IS NULL OR reviewed_by <> created_by",
            name=op.f("ck_damage_items_reviewed_by_not_created_by"),
        ),
        sa.CheckConstraint(
            "reviewed_by IS NULL OR evidenced_by IS NULL OR reviewed_by <> evidenced_by",
            name=op.f("ck_damage_items_reviewed_by_not_evidenced_by"),
        ),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_damage_items_case_id")),
        sa.ForeignKeyConstraint(["desk_id"], ["desks.id"], name=op.f("fk_damage_items_desk_id")),
        sa.ForeignKeyConstraint(["incident_id"], ["incidents.id"], name=op.f("fk_damage_items_incident_id")),
        sa.ForeignKeyConstraint(["post_id"], ["posts.id"], name=op.f("fk_damage_items_post_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_damage_items")),
    )
    op.create_index(op.f("ix_damage_items_case_id"), "damage_items", ["case_id"], unique=False)
    op.create_index(op.f("ix_damage_items_desk_id"), "damage_items", ["desk_id"], unique=False)
    op.create_table(
        "tasks",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("desk_id", sa.String(length=26), nullable=True),
        sa.Column("case_id", sa.String(length=26), nullable=True),
        sa.Column("incident_id", sa.String(length=26), nullable=True),
        sa.Column("post_id", sa.String(length=26), nullable=True),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("assignee_id", sa.String(length=26), nullable=True),
        sa.Column("due_at", UtcDateTime(), nullable=True),
        sa.Column("mandatory", sa.Boolean(), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("result", sa.String(), nullable=True),
        sa.Column("done_by", sa.String(length=64), nullable=True),
        sa.Column("done_at", UtcDateTime(), nullable=True),
        *row_end(),
        sa.CheckConstraint("status IN ('open', 'doing', 'done', 'cancelled')", name=op.f("ck_tasks_status")),
        sa.ForeignKeyConstraint(["assignee_id"], ["users.id"], name=op.f("fk_tasks_assignee_id")),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_tasks_case_id")),
        sa.ForeignKeyConstraint(["desk_id"], ["desks.id"], name=op.f("fk_tasks_desk_id")),
        sa.ForeignKeyConstraint(["incident_id"], ["incidents.id"], name=op.f("fk_tasks_incident_id")),
        sa.ForeignKeyConstraint(["post_id"], ["posts.id"], name=op.f("fk_tasks_post_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tasks")),
    )
    op.create_index("ix_tasks_assignee_id_status", "tasks", ["assignee_id", "status"], unique=False)
    op.create_index(op.f("ix_tasks_case_id"), "tasks", ["case_id"], unique=False)
    op.create_index(op.f("ix_tasks_desk_id"), "tasks", ["desk_id"], unique=False)
    op.create_table(
        "damage_evidence",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("desk_id", sa.String(length=26), nullable=True),
        sa.Column("damage_id", sa.String(length=26), nullable=False),
        sa.Column("evidence_id", sa.String(length=26), nullable=False),
        sa.Column("note", sa.String(), nullable=True),
        *row_end(),
        sa.ForeignKeyConstraint(["damage_id"], ["damage_items.id"], name=op.f("fk_damage_evidence_damage_id")),
        sa.ForeignKeyConstraint(["desk_id"], ["desks.id"], name=op.f("fk_damage_evidence_desk_id")),
        sa.ForeignKeyConstraint(["evidence_id"], ["evidence_items.id"], name=op.f("fk_damage_evidence_evidence_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_damage_evidence")),
        sa.UniqueConstraint("damage_id", "evidence_id", name=op.f("uq_damage_evidence_damage_id_evidence_id")),
    )
    op.create_index(op.f("ix_damage_evidence_desk_id"), "damage_evidence", ["desk_id"], unique=False)
    op.create_index(op.f("ix_damage_evidence_evidence_id"), "damage_evidence", ["evidence_id"], unique=False)
    op.create_table(
        "deadlines",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("desk_id", sa.String(length=26), nullable=True),
        sa.Column("case_id", sa.String(length=26), nullable=True),
        sa.Column("incident_id", sa.String(length=26), nullable=True),
        sa.Column("object_type", sa.String(length=32), nullable=False),
        sa.Column("object_id", sa.String(length=26), nullable=False),
        sa.Column("rule_id", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("basis", sa.String(), nullable=False),
        sa.Column("base_event", sa.String(), nullable=False),
        sa.Column("base_at", UtcDateTime(), nullable=False),
        sa.Column("base_evidence_id", sa.String(length=26), nullable=True),
        sa.Column("length", sa.Integer(), nullable=True),
        sa.Column("unit", sa.String(length=16), nullable=False),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.Column("raw_due_at", UtcDateTime(), nullable=True),
        sa.Column("due_at", UtcDateTime(), nullable=False),
        sa.Column("all_day", sa.Boolean(), nullable=False),
        sa.Column("rolled", sa.Boolean(), nullable=False),
        sa.Column("provisional", sa.String(), nullable=True),
        sa.Column("explanation_zh", sa.String(), nullable=False),
        sa.Column("explanation_en", sa.String(), nullable=False),
        sa.Column("warn_at", Json, nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("confirmed_by", sa.String(length=64), nullable=True),
        sa.Column("confirmed_at", UtcDateTime(), nullable=True),
        sa.Column("warned_at", UtcDateTime(), nullable=True),
        sa.Column("met_at", UtcDateTime(), nullable=True),
        sa.Column("proof_note", sa.String(), nullable=True),
        sa.Column("proof_evidence_id", sa.String(length=26), nullable=True),
        sa.Column("extension_ref", sa.String(), nullable=True),
        sa.Column("waive_requested_by", sa.String(length=64), nullable=True),
        sa.Column("waived_by", sa.String(length=64), nullable=True),
        *row_end(),
        sa.CheckConstraint(
            "kind IN ('statutory', 'court', 'analogy', 'platform', 'internal')", name=op.f("ck_deadlines_kind")
        ),
        sa.CheckConstraint(
            (
                "kind NOT IN ('statutory', 'court') OR confirmed_by IS NULL OR created_by IS NULL OR "
                "confirmed_by <> created_by"
            ),
            name=op.f("ck_deadlines_confirmed_by_not_created_by"),
        ),
        sa.CheckConstraint(
            "status <> 'extended' OR extension_ref IS NOT NULL", name=op.f("ck_deadlines_extended_extension_ref")
        ),
        sa.CheckConstraint("status <> 'met' OR proof_note IS NOT NULL", name=op.f("ck_deadlines_met_proof_note")),
        sa.CheckConstraint(
            "status IN ('proposed', 'confirmed', 'warned', 'extended', 'met', 'waived', 'missed')",
            name=op.f("ck_deadlines_status"),
        ),
        sa.CheckConstraint(
            "waived_by IS NULL OR waive_requested_by IS NULL OR waived_by <> waive_requested_by",
            name=op.f("ck_deadlines_waived_by_not_waive_requested_by"),
        ),
        sa.ForeignKeyConstraint(
            ["base_evidence_id"], ["evidence_items.id"], name=op.f("fk_deadlines_base_evidence_id")
        ),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_deadlines_case_id")),
        sa.ForeignKeyConstraint(["desk_id"], ["desks.id"], name=op.f("fk_deadlines_desk_id")),
        sa.ForeignKeyConstraint(["incident_id"], ["incidents.id"], name=op.f("fk_deadlines_incident_id")),
        sa.ForeignKeyConstraint(
            ["proof_evidence_id"], ["evidence_items.id"], name=op.f("fk_deadlines_proof_evidence_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deadlines")),
        sa.UniqueConstraint(
            "rule_id",
            "object_type",
            "object_id",
            "base_at",
            "ordinal",
            name=op.f("uq_deadlines_rule_id_object_type_object_id_base_at_ordinal"),
        ),
    )
    op.create_index(op.f("ix_deadlines_case_id"), "deadlines", ["case_id"], unique=False)
    op.create_index(op.f("ix_deadlines_desk_id"), "deadlines", ["desk_id"], unique=False)
    op.create_index(op.f("ix_deadlines_incident_id"), "deadlines", ["incident_id"], unique=False)
    op.create_index("ix_deadlines_status_due_at", "deadlines", ["status", "due_at"], unique=False)
    bind = op.get_bind()
    if bind.dialect.name != "sqlite":
        for name, table, target, column in _LATE:
            op.create_foreign_key(name, table, target, [column], ["id"])
    for statement in create_sql(bind.dialect.name):
        op.execute(sa.text(statement))


def downgrade() -> None:
    """Drop them."""
    bind = op.get_bind()
    for statement in drop_sql(bind.dialect.name):
        op.execute(sa.text(statement))
    if bind.dialect.name != "sqlite":
        for name, table, _target, _column in _LATE:
            op.drop_constraint(name, table)
    op.drop_table("deadlines")
    op.drop_table("damage_evidence")
    op.drop_table("tasks")
    op.drop_table("damage_items")
    op.drop_table("audit_details")
    op.drop_table("audit_events")
