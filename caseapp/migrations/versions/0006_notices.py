"""Notices, dispatches and counter-notices."""

import sqlalchemy as sa
from alembic import op

from caseapp.migrations.columns import row_end
from caseapp.models.types import Json, UtcDateTime

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "notices",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("desk_id", sa.String(length=26), nullable=True),
        sa.Column("no", sa.String(length=32), nullable=False),
        sa.Column("case_id", sa.String(length=26), nullable=False),
        sa.Column("incident_id", sa.String(length=26), nullable=True),
        sa.Column("platform_id", sa.String(length=26), nullable=False),
        sa.Column("principal_id", sa.String(length=26), nullable=True),
        sa.Column("principal_user_id", sa.String(length=26), nullable=True),
        sa.Column("document_id", sa.String(length=26), nullable=True),
        sa.Column("document_version_id", sa.String(length=26), nullable=True),
        sa.Column("channel", sa.String(length=24), nullable=False),
        sa.Column("right_basis", Json, nullable=False),
        sa.Column("status", sa.String(length=24), nullable=False),
        sa.Column("attempt_no", sa.Integer(), nullable=False),
        sa.Column("previous_id", sa.String(length=26), nullable=True),
        sa.Column("authorised_by", sa.String(length=64), nullable=True),
        sa.Column("authorised_at", UtcDateTime(), nullable=True),
        sa.Column("submitted_by", sa.String(length=64), nullable=True),
        sa.Column("submitted_at", UtcDateTime(), nullable=True),
        sa.Column("arrived_at", UtcDateTime(), nullable=True),
        sa.Column("arrival_evidence_id", sa.String(length=26), nullable=True),
        sa.Column("acknowledged_at", UtcDateTime(), nullable=True),
        sa.Column("receipt_no", sa.String(), nullable=True),
        sa.Column("receipt_evidence_id", sa.String(length=26), nullable=True),
        sa.Column("due_at", UtcDateTime(), nullable=True),
        sa.Column("due_rule", sa.String(length=64), nullable=True),
        sa.Column("first_contact_at", UtcDateTime(), nullable=True),
        sa.Column("forwarded_to_user_at", UtcDateTime(), nullable=True),
        sa.Column("measure", sa.String(length=16), nullable=True),
        sa.Column("measure_at", UtcDateTime(), nullable=True),
        sa.Column("first_down_at", UtcDateTime(), nullable=True),
        sa.Column("final_down_at", UtcDateTime(), nullable=True),
        sa.Column("escalated_at", UtcDateTime(), nullable=True),
        sa.Column("escalation", sa.String(), nullable=True),
        sa.Column("restart_at", UtcDateTime(), nullable=True),
        sa.Column("monitor_until", UtcDateTime(), nullable=True),
        sa.Column("resolved_at", UtcDateTime(), nullable=True),
        sa.Column("withdrawn_at", UtcDateTime(), nullable=True),
        *row_end(),
        sa.CheckConstraint(
            ("channel IN ('outbox', 'web_form', 'email', 'post', 'hand', 'court', 'official_account')"),
            name=op.f("ck_notices_channel"),
        ),
        sa.CheckConstraint(
            "measure IS NULL OR measure IN ('full', 'partial', 'label', 'limited')", name=op.f("ck_notices_measure")
        ),
        sa.CheckConstraint(
            "status <> 'acknowledged' OR receipt_no IS NOT NULL", name=op.f("ck_notices_acknowledged_receipt_no")
        ),
        sa.CheckConstraint(
            "status <> 'measure_taken' OR measure IS NOT NULL", name=op.f("ck_notices_measure_taken_measure")
        ),
        sa.CheckConstraint(
            "status <> 'monitoring' OR monitor_until IS NOT NULL", name=op.f("ck_notices_monitoring_monitor_until")
        ),
        sa.CheckConstraint(
            (
                "status IN ('prepared', 'authorised', 'submitted', 'acknowledged', 'more_info', "
                "'forwarded_to_user', 'measure_taken', 'refused', 'overdue', 'escalated', "
                "'counter_notice', 'sued', 'complained', 'lapsed', 'restored', 'verified_down', "
                "'verified_label', 'monitoring', 'resolved', 'relapsed', 'invalid', 'withdrawn', "
                "'moot')"
            ),
            name=op.f("ck_notices_status"),
        ),
        sa.CheckConstraint("attempt_no >= 1", name=op.f("ck_notices_attempt_no")),
        sa.CheckConstraint(
            "authorised_by IS NULL OR created_by IS NULL OR authorised_by <> created_by",
            name=op.f("ck_notices_authorised_by_not_created_by"),
        ),
        sa.ForeignKeyConstraint(
            ["arrival_evidence_id"], ["evidence_items.id"], name=op.f("fk_notices_arrival_evidence_id")
        ),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_notices_case_id")),
        sa.ForeignKeyConstraint(["desk_id"], ["desks.id"], name=op.f("fk_notices_desk_id")),
        sa.ForeignKeyConstraint(["document_id"], ["documents.id"], name=op.f("fk_notices_document_id")),
        sa.ForeignKeyConstraint(
            ["document_version_id"], ["document_versions.id"], name=op.f("fk_notices_document_version_id")
        ),
        sa.ForeignKeyConstraint(["incident_id"], ["incidents.id"], name=op.f("fk_notices_incident_id")),
        sa.ForeignKeyConstraint(["platform_id"], ["platforms.id"], name=op.f("fk_notices_platform_id")),
        sa.ForeignKeyConstraint(["previous_id"], ["notices.id"], name=op.f("fk_notices_previous_id")),
        sa.ForeignKeyConstraint(["principal_id"], ["organizations.id"], name=op.f("fk_notices_principal_id")),
        sa.ForeignKeyConstraint(["principal_user_id"], ["users.id"], name=op.f("fk_notices_principal_user_id")),
        sa.ForeignKeyConstraint(
            ["receipt_evidence_id"], ["evidence_items.id"], name=op.f("fk_notices_receipt_evidence_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notices")),
        sa.UniqueConstraint("no", "sample", name=op.f("uq_notices_no_sample")),
    )
    op.create_index(op.f("ix_notices_case_id"), "notices", ["case_id"], unique=False)
    op.create_index(op.f("ix_notices_desk_id"), "notices", ["desk_id"], unique=False)
    op.create_index(op.f("ix_notices_platform_id"), "notices", ["platform_id"], unique=False)
    op.create_index(op.f("ix_notices_status"), "notices", ["status"], unique=False)
    op.create_table(
        "counter_notices",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("desk_id", sa.String(length=26), nullable=True),
        sa.Column("case_id", sa.String(length=26), nullable=False),
        sa.Column("notice_id", sa.String(length=26), nullable=False),
        sa.Column("post_id", sa.String(length=26), nullable=False),
        sa.Column("received_at", UtcDateTime(), nullable=True),
        sa.Column("forwarded_by", sa.String(), nullable=True),
        sa.Column("claimant", sa.String(), nullable=True),
        sa.Column("grounds", sa.String(), nullable=True),
        sa.Column("evidence_id", sa.String(length=26), nullable=True),
        sa.Column("period_due_at", UtcDateTime(), nullable=True),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("proposed_decision", sa.String(length=16), nullable=True),
        sa.Column("proposed_by", sa.String(length=64), nullable=True),
        sa.Column("decided_by", sa.String(length=64), nullable=True),
        sa.Column("decided_at", UtcDateTime(), nullable=True),
        *row_end(),
        sa.CheckConstraint(
            "status <> 'accept' OR proposed_by IS NOT NULL", name=op.f("ck_counter_notices_accept_proposed_by")
        ),
        sa.CheckConstraint(
            "status <> 'accept' OR received_at IS NOT NULL", name=op.f("ck_counter_notices_accept_received_at")
        ),
        sa.CheckConstraint(
            "status <> 'complain' OR proposed_by IS NOT NULL", name=op.f("ck_counter_notices_complain_proposed_by")
        ),
        sa.CheckConstraint(
            "status <> 'complain' OR received_at IS NOT NULL", name=op.f("ck_counter_notices_complain_received_at")
        ),
        sa.CheckConstraint(
            "status <> 'sue' OR proposed_by IS NOT NULL", name=op.f("ck_counter_notices_sue_proposed_by")
        ),
        sa.CheckConstraint(
            "status <> 'sue' OR received_at IS NOT NULL", name=op.f("ck_counter_notices_sue_received_at")
        ),
        sa.CheckConstraint(
            "status IN ('received', 'sue', 'complain', 'accept', 'lapsed')", name=op.f("ck_counter_notices_status")
        ),
        sa.CheckConstraint(
            "decided_by IS NULL OR proposed_by IS NULL OR decided_by <> proposed_by",
            name=op.f("ck_counter_notices_decided_by_not_proposed_by"),
        ),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_counter_notices_case_id")),
        sa.ForeignKeyConstraint(["desk_id"], ["desks.id"], name=op.f("fk_counter_notices_desk_id")),
        sa.ForeignKeyConstraint(["evidence_id"], ["evidence_items.id"], name=op.f("fk_counter_notices_evidence_id")),
        sa.ForeignKeyConstraint(["notice_id"], ["notices.id"], name=op.f("fk_counter_notices_notice_id")),
        sa.ForeignKeyConstraint(["post_id"], ["posts.id"], name=op.f("fk_counter_notices_post_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_counter_notices")),
        sa.UniqueConstraint(
            "notice_id", "post_id", "received_at", name=op.f("uq_counter_notices_notice_id_post_id_received_at")
        ),
    )
    op.create_index(op.f("ix_counter_notices_case_id"), "counter_notices", ["case_id"], unique=False)
    op.create_index(op.f("ix_counter_notices_desk_id"), "counter_notices", ["desk_id"], unique=False)
    op.create_table(
        "dispatches",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("desk_id", sa.String(length=26), nullable=True),
        sa.Column("case_id", sa.String(length=26), nullable=False),
        sa.Column("version_id", sa.String(length=26), nullable=False),
        sa.Column("notice_id", sa.String(length=26), nullable=True),
        sa.Column("dispatch_key", sa.String(length=128), nullable=False),
        sa.Column("channel", sa.String(length=24), nullable=False),
        sa.Column("recipient", sa.String(), nullable=False),
        sa.Column("address", sa.String(), nullable=True),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("sent_digest", sa.String(length=64), nullable=True),
        sa.Column("sent_at", UtcDateTime(), nullable=True),
        sa.Column("tracking", sa.String(), nullable=True),
        sa.Column("delivered_at", UtcDateTime(), nullable=True),
        sa.Column("arrival_note", sa.String(), nullable=True),
        sa.Column("arrival_evidence_id", sa.String(length=26), nullable=True),
        sa.Column("error", sa.String(), nullable=True),
        *row_end(),
        sa.CheckConstraint(
            ("channel IN ('outbox', 'web_form', 'email', 'post', 'hand', 'court', 'official_account')"),
            name=op.f("ck_dispatches_channel"),
        ),
        sa.CheckConstraint(
            "status <> 'delivered' OR arrival_note IS NOT NULL", name=op.f("ck_dispatches_delivered_arrival_note")
        ),
        sa.CheckConstraint(
            "status IN ('queued', 'sent', 'delivered', 'returned', 'failed')", name=op.f("ck_dispatches_status")
        ),
        sa.ForeignKeyConstraint(
            ["arrival_evidence_id"], ["evidence_items.id"], name=op.f("fk_dispatches_arrival_evidence_id")
        ),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_dispatches_case_id")),
        sa.ForeignKeyConstraint(["desk_id"], ["desks.id"], name=op.f("fk_dispatches_desk_id")),
        sa.ForeignKeyConstraint(["notice_id"], ["notices.id"], name=op.f("fk_dispatches_notice_id")),
        sa.ForeignKeyConstraint(["version_id"], ["document_versions.id"], name=op.f("fk_dispatches_version_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dispatches")),
        sa.UniqueConstraint("dispatch_key", name=op.f("uq_dispatches_dispatch_key")),
    )
    op.create_index(op.f("ix_dispatches_case_id"), "dispatches", ["case_id"], unique=False)
    op.create_index(op.f("ix_dispatches_desk_id"), "dispatches", ["desk_id"], unique=False)
    op.create_index(op.f("ix_dispatches_notice_id"), "dispatches", ["notice_id"], unique=False)
    op.create_index(op.f("ix_dispatches_status"), "dispatches", ["status"], unique=False)
    op.create_index(op.f("ix_dispatches_version_id"), "dispatches", ["version_id"], unique=False)
    op.create_table(
        "notice_items",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("desk_id", sa.String(length=26), nullable=True),
        sa.Column("notice_id", sa.String(length=26), nullable=False),
        sa.Column("post_id", sa.String(length=26), nullable=False),
        sa.Column("claim_id", sa.String(length=26), nullable=True),
        sa.Column("evidence_id", sa.String(length=26), nullable=True),
        sa.Column("attempt_no", sa.Integer(), nullable=False),
        sa.Column("ground", sa.String(), nullable=True),
        sa.Column("demand", sa.String(), nullable=True),
        sa.Column("outcome", sa.String(length=24), nullable=False),
        sa.Column("platform_words", sa.String(), nullable=True),
        sa.Column("first_down_at", UtcDateTime(), nullable=True),
        sa.Column("verified_at", UtcDateTime(), nullable=True),
        *row_end(),
        sa.CheckConstraint(
            (
                "outcome IN ('pending', 'removed', 'labelled', 'limited', 'refused', 'verified_down', "
                "'restored', 'relapsed', 'withdrawn', 'moot')"
            ),
            name=op.f("ck_notice_items_outcome"),
        ),
        sa.ForeignKeyConstraint(["claim_id"], ["rumor_claims.id"], name=op.f("fk_notice_items_claim_id")),
        sa.ForeignKeyConstraint(["desk_id"], ["desks.id"], name=op.f("fk_notice_items_desk_id")),
        sa.ForeignKeyConstraint(["evidence_id"], ["evidence_items.id"], name=op.f("fk_notice_items_evidence_id")),
        sa.ForeignKeyConstraint(["notice_id"], ["notices.id"], name=op.f("fk_notice_items_notice_id")),
        sa.ForeignKeyConstraint(["post_id"], ["posts.id"], name=op.f("fk_notice_items_post_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice_items")),
        sa.UniqueConstraint("notice_id", "post_id", name=op.f("uq_notice_items_notice_id_post_id")),
    )
    op.create_index(op.f("ix_notice_items_desk_id"), "notice_items", ["desk_id"], unique=False)
    op.create_index(
        "uq_notice_items_attempt",
        "notice_items",
        ["post_id", "attempt_no"],
        unique=True,
        sqlite_where=sa.text("outcome NOT IN ('withdrawn', 'moot')"),
        postgresql_where=sa.text("outcome NOT IN ('withdrawn', 'moot')"),
    )
    op.create_table(
        "notice_events",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("notice_id", sa.String(length=26), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("event", sa.String(length=32), nullable=False),
        sa.Column("item_id", sa.String(length=26), nullable=True),
        sa.Column("text", sa.String(), nullable=True),
        sa.Column("evidence_id", sa.String(length=26), nullable=True),
        sa.Column("facts", Json, nullable=False),
        sa.Column("retracts_id", sa.String(length=26), nullable=True),
        sa.Column("recorded_at", UtcDateTime(), nullable=False),
        sa.Column("recorded_by", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["evidence_id"], ["evidence_items.id"], name=op.f("fk_notice_events_evidence_id")),
        sa.ForeignKeyConstraint(["item_id"], ["notice_items.id"], name=op.f("fk_notice_events_item_id")),
        sa.ForeignKeyConstraint(["notice_id"], ["notices.id"], name=op.f("fk_notice_events_notice_id")),
        sa.ForeignKeyConstraint(["retracts_id"], ["notice_events.id"], name=op.f("fk_notice_events_retracts_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice_events")),
        sa.UniqueConstraint("notice_id", "seq", name=op.f("uq_notice_events_notice_id_seq")),
    )


def downgrade() -> None:
    """Drop them."""
    op.drop_table("notice_events")
    op.drop_table("notice_items")
    op.drop_table("dispatches")
    op.drop_table("counter_notices")
    op.drop_table("notices")
