"""Captures, evidence and custody."""

import sqlalchemy as sa
from alembic import op

from caseapp.migrations.columns import row_end
from caseapp.models.types import Json, UtcDateTime

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "captures",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("desk_id", sa.String(length=26), nullable=True),
        sa.Column("no", sa.String(length=32), nullable=True),
        sa.Column("url", sa.String(), nullable=False),
        sa.Column("post_id", sa.String(length=26), nullable=True),
        sa.Column("case_id", sa.String(length=26), nullable=True),
        sa.Column("notice_item_id", sa.String(length=26), nullable=True),
        sa.Column("purpose", sa.String(length=24), nullable=False),
        sa.Column("requested_by", sa.String(length=64), nullable=False),
        sa.Column("requested_at", UtcDateTime(), nullable=False),
        sa.Column("retry_of_id", sa.String(length=26), nullable=True),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("result", sa.String(length=16), nullable=True),
        sa.Column("outcome", sa.String(length=32), nullable=True),
        sa.Column("outcome_words", sa.String(), nullable=True),
        sa.Column("grade", sa.String(length=16), nullable=True),
        sa.Column("missing", Json, nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("started_at", UtcDateTime(), nullable=True),
        sa.Column("finished_at", UtcDateTime(), nullable=True),
        sa.Column("final_url", sa.String(), nullable=True),
        sa.Column("title", sa.String(), nullable=True),
        sa.Column("text", sa.String(), nullable=True),
        sa.Column("steps", Json, nullable=False),
        sa.Column("facts", Json, nullable=False),
        sa.Column("seal_id", sa.String(length=26), nullable=True),
        sa.Column("package_id", sa.String(length=64), nullable=True),
        sa.Column("error_code", sa.String(length=64), nullable=True),
        sa.Column("error_zh", sa.String(), nullable=True),
        sa.Column("error_en", sa.String(), nullable=True),
        *row_end(),
        sa.CheckConstraint(
            ("grade IS NULL OR grade IN ('self_made', 'rechecked', 'two_sources', 'witnessed', 'demo')"),
            name=op.f("ck_captures_grade"),
        ),
        sa.CheckConstraint(
            "purpose IN ('evidence', 'verify_takedown', 'own_publication', 'counter_evidence')",
            name=op.f("ck_captures_purpose"),
        ),
        sa.CheckConstraint(
            "result IS NULL OR result IN ('COMPLETE', 'PARTIAL', 'FAILED')", name=op.f("ck_captures_result")
        ),
        sa.CheckConstraint("status <> 'done' OR result IS NOT NULL", name=op.f("ck_captures_done_result")),
        sa.CheckConstraint("status IN ('queued', 'running', 'done', 'cancelled')", name=op.f("ck_captures_status")),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_captures_case_id")),
        sa.ForeignKeyConstraint(["desk_id"], ["desks.id"], name=op.f("fk_captures_desk_id")),
        sa.ForeignKeyConstraint(
            ["notice_item_id"], ["notice_items.id"], name="fk_captures_notice_item_id", use_alter=True
        ),
        sa.ForeignKeyConstraint(["post_id"], ["posts.id"], name=op.f("fk_captures_post_id")),
        sa.ForeignKeyConstraint(["retry_of_id"], ["captures.id"], name=op.f("fk_captures_retry_of_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_captures")),
        sa.UniqueConstraint("seal_id", name=op.f("uq_captures_seal_id")),
    )
    op.create_index(op.f("ix_captures_case_id"), "captures", ["case_id"], unique=False)
    op.create_index(op.f("ix_captures_desk_id"), "captures", ["desk_id"], unique=False)
    op.create_index(op.f("ix_captures_notice_item_id"), "captures", ["notice_item_id"], unique=False)
    op.create_index(op.f("ix_captures_post_id"), "captures", ["post_id"], unique=False)
    op.create_index(op.f("ix_captures_status"), "captures", ["status"], unique=False)
    op.create_index(
        "uq_captures_open",
        "captures",
        ["url", "requested_by", "purpose"],
        unique=True,
        sqlite_where=sa.text("status IN ('queued', 'running')"),
        postgresql_where=sa.text("status IN ('queued', 'running')"),
    )
    op.create_table(
        "evidence_items",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("desk_id", sa.String(length=26), nullable=True),
        sa.Column("no", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("proves", sa.String(), nullable=True),
        sa.Column("source", sa.String(), nullable=True),
        sa.Column("original_or_copy", sa.String(), nullable=True),
        sa.Column("obtained_at", UtcDateTime(), nullable=False),
        sa.Column("capture_id", sa.String(length=26), nullable=True),
        sa.Column("post_id", sa.String(length=26), nullable=True),
        sa.Column("derived_from_id", sa.String(length=26), nullable=True),
        sa.Column("superseded_by_id", sa.String(length=26), nullable=True),
        sa.Column("package_id", sa.String(length=64), nullable=True),
        sa.Column("seal_id", sa.String(length=26), nullable=True),
        sa.Column("sha256", sa.String(length=64), nullable=True),
        sa.Column("size", sa.BigInteger(), nullable=True),
        sa.Column("files", Json, nullable=False),
        sa.Column("facts", Json, nullable=False),
        sa.Column("seal_state", sa.String(length=16), nullable=False),
        sa.Column("log_index", sa.BigInteger(), nullable=True),
        sa.Column("logged_at", UtcDateTime(), nullable=True),
        sa.Column("stamps", sa.Integer(), nullable=False),
        sa.Column("test_stamps", sa.Integer(), nullable=False),
        sa.Column("stamped_at", UtcDateTime(), nullable=True),
        sa.Column("verified_at", UtcDateTime(), nullable=True),
        sa.Column("grade", sa.String(length=16), nullable=True),
        sa.Column("status", sa.String(length=24), nullable=False),
        sa.Column("privileged", sa.Boolean(), nullable=False),
        sa.Column("publishable", sa.Boolean(), nullable=False),
        sa.Column("sensitivity", sa.String(length=16), nullable=True),
        sa.Column("withheld", sa.Boolean(), nullable=False),
        sa.Column("hold", sa.Boolean(), nullable=False),
        sa.Column("hold_reason", sa.String(), nullable=True),
        sa.Column("disposal_requested_by", sa.String(length=64), nullable=True),
        sa.Column("disposed_by", sa.String(length=64), nullable=True),
        sa.Column("disposed_at", UtcDateTime(), nullable=True),
        *row_end(),
        sa.CheckConstraint(
            ("grade IS NULL OR grade IN ('self_made', 'rechecked', 'two_sources', 'witnessed', 'demo')"),
            name=op.f("ck_evidence_items_grade"),
        ),
        sa.CheckConstraint(
            (
                "kind IN ('web_page', 'screenshot', 'video', 'notarial', 'contract', 'finance', "
                "'chat', 'testimony', 'documentary', 'electronic')"
            ),
            name=op.f("ck_evidence_items_kind"),
        ),
        sa.CheckConstraint(
            ("seal_state IN ('stored', 'sealed', 'logged', 'stamped', 'witnessed', 'complete', 'mismatch')"),
            name=op.f("ck_evidence_items_seal_state"),
        ),
        sa.CheckConstraint("status <> 'disposed' OR hold = false", name=op.f("ck_evidence_items_hold_keeps")),
        sa.CheckConstraint(
            "status IN ('registered', 'in_use', 'produced', 'disposal_requested', 'disposed')",
            name=op.f("ck_evidence_items_status"),
        ),
        sa.CheckConstraint(
            "disposed_by IS NULL OR disposal_requested_by IS NULL OR disposed_by <> disposal_requested_by",
            name=op.f("ck_evidence_items_disposed_by_not_disposal_requested_by"),
        ),
        sa.ForeignKeyConstraint(["capture_id"], ["captures.id"], name=op.f("fk_evidence_items_capture_id")),
        sa.ForeignKeyConstraint(
            ["derived_from_id"], ["evidence_items.id"], name=op.f("fk_evidence_items_derived_from_id")
        ),
        sa.ForeignKeyConstraint(["desk_id"], ["desks.id"], name=op.f("fk_evidence_items_desk_id")),
        sa.ForeignKeyConstraint(["post_id"], ["posts.id"], name=op.f("fk_evidence_items_post_id")),
        sa.ForeignKeyConstraint(
            ["superseded_by_id"], ["evidence_items.id"], name=op.f("fk_evidence_items_superseded_by_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_evidence_items")),
        sa.UniqueConstraint("capture_id", name=op.f("uq_evidence_items_capture_id")),
        sa.UniqueConstraint("no", "sample", name=op.f("uq_evidence_items_no_sample")),
        sa.UniqueConstraint("package_id", name=op.f("uq_evidence_items_package_id")),
    )
    op.create_index(op.f("ix_evidence_items_desk_id"), "evidence_items", ["desk_id"], unique=False)
    op.create_index(op.f("ix_evidence_items_post_id"), "evidence_items", ["post_id"], unique=False)
    op.create_index(op.f("ix_evidence_items_status"), "evidence_items", ["status"], unique=False)
    op.create_table(
        "claim_evidence",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("desk_id", sa.String(length=26), nullable=True),
        sa.Column("claim_id", sa.String(length=26), nullable=False),
        sa.Column("evidence_id", sa.String(length=26), nullable=False),
        sa.Column("proves", sa.String(), nullable=True),
        sa.Column("supports", sa.Boolean(), nullable=False),
        *row_end(),
        sa.ForeignKeyConstraint(["claim_id"], ["rumor_claims.id"], name=op.f("fk_claim_evidence_claim_id")),
        sa.ForeignKeyConstraint(["desk_id"], ["desks.id"], name=op.f("fk_claim_evidence_desk_id")),
        sa.ForeignKeyConstraint(["evidence_id"], ["evidence_items.id"], name=op.f("fk_claim_evidence_evidence_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_claim_evidence")),
        sa.UniqueConstraint("claim_id", "evidence_id", name=op.f("uq_claim_evidence_claim_id_evidence_id")),
    )
    op.create_index(op.f("ix_claim_evidence_desk_id"), "claim_evidence", ["desk_id"], unique=False)
    op.create_index(op.f("ix_claim_evidence_evidence_id"), "claim_evidence", ["evidence_id"], unique=False)
    op.create_table(
        "custody_events",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("evidence_id", sa.String(length=26), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("type", sa.String(length=16), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("actor_id", sa.String(length=64), nullable=False),
        sa.Column("leaf", Json, nullable=False),
        sa.Column("detail_digest", sa.String(length=64), nullable=False),
        sa.Column("prev_hash", sa.String(length=64), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("log_index", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["evidence_id"], ["evidence_items.id"], name=op.f("fk_custody_events_evidence_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_custody_events")),
        sa.UniqueConstraint("evidence_id", "seq", name=op.f("uq_custody_events_evidence_id_seq")),
        sa.UniqueConstraint("hash", name=op.f("uq_custody_events_hash")),
    )
    op.create_table(
        "exhibits",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("desk_id", sa.String(length=26), nullable=True),
        sa.Column("case_id", sa.String(length=26), nullable=False),
        sa.Column("evidence_id", sa.String(length=26), nullable=False),
        sa.Column("exhibit_no", sa.String(length=16), nullable=False),
        sa.Column("group_no", sa.Integer(), nullable=False),
        sa.Column("group_name", sa.String(), nullable=True),
        sa.Column("order_no", sa.Integer(), nullable=False),
        sa.Column("pages", sa.Integer(), nullable=True),
        sa.Column("page_from", sa.Integer(), nullable=True),
        sa.Column("page_to", sa.Integer(), nullable=True),
        sa.Column("proves", sa.String(), nullable=True),
        *row_end(),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_exhibits_case_id")),
        sa.ForeignKeyConstraint(["desk_id"], ["desks.id"], name=op.f("fk_exhibits_desk_id")),
        sa.ForeignKeyConstraint(["evidence_id"], ["evidence_items.id"], name=op.f("fk_exhibits_evidence_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_exhibits")),
        sa.UniqueConstraint("case_id", "evidence_id", name=op.f("uq_exhibits_case_id_evidence_id")),
        sa.UniqueConstraint("case_id", "exhibit_no", name=op.f("uq_exhibits_case_id_exhibit_no")),
    )
    op.create_index(op.f("ix_exhibits_desk_id"), "exhibits", ["desk_id"], unique=False)
    op.create_index(op.f("ix_exhibits_evidence_id"), "exhibits", ["evidence_id"], unique=False)
    op.create_table(
        "metric_snapshots",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("desk_id", sa.String(length=26), nullable=True),
        sa.Column("post_id", sa.String(length=26), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("views", sa.BigInteger(), nullable=True),
        sa.Column("likes", sa.BigInteger(), nullable=True),
        sa.Column("comments", sa.BigInteger(), nullable=True),
        sa.Column("reposts", sa.BigInteger(), nullable=True),
        sa.Column("followers", sa.BigInteger(), nullable=True),
        sa.Column("raw", Json, nullable=False),
        sa.Column("evidence_id", sa.String(length=26), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("created_by", sa.String(length=64), nullable=False),
        sa.Column("sample", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["desk_id"], ["desks.id"], name=op.f("fk_metric_snapshots_desk_id")),
        sa.ForeignKeyConstraint(["evidence_id"], ["evidence_items.id"], name=op.f("fk_metric_snapshots_evidence_id")),
        sa.ForeignKeyConstraint(["post_id"], ["posts.id"], name=op.f("fk_metric_snapshots_post_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_metric_snapshots")),
        sa.UniqueConstraint("post_id", "at", name=op.f("uq_metric_snapshots_post_id_at")),
    )
    op.create_table(
        "custody_details",
        sa.Column("event_id", sa.String(length=26), nullable=False),
        sa.Column("salt", sa.LargeBinary(), nullable=True),
        sa.Column("body", sa.String(), nullable=True),
        sa.Column("erased_at", UtcDateTime(), nullable=True),
        sa.Column("erased_by", sa.String(length=64), nullable=True),
        sa.Column("erase_basis", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(["event_id"], ["custody_events.id"], name=op.f("fk_custody_details_event_id")),
        sa.PrimaryKeyConstraint("event_id", name=op.f("pk_custody_details")),
    )


def downgrade() -> None:
    """Drop them."""
    op.drop_table("custody_details")
    op.drop_table("metric_snapshots")
    op.drop_table("exhibits")
    op.drop_table("custody_events")
    op.drop_table("claim_evidence")
    op.drop_table("evidence_items")
    op.drop_table("captures")
