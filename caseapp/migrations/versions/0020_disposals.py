"""Disposal: who asked, who decided and on what basis, where the item goes back to, how its bytes were erased."""

import sqlalchemy as sa
from alembic import op

from caseapp.migrations.columns import row_end
from caseapp.models.types import Json, UtcDateTime

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

OPEN = sa.text("decision IS NULL")


def upgrade() -> None:
    """Create the table and the column."""
    op.add_column("evidence_items", sa.Column("status_before", sa.String(length=24), nullable=True))
    op.create_table(
        "disposals",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("desk_id", sa.String(length=26), nullable=True),
        sa.Column("no", sa.String(length=32), nullable=False),
        sa.Column("evidence_id", sa.String(length=26), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("basis", sa.String(), nullable=False),
        sa.Column("kept_derived", Json, nullable=False),
        sa.Column("requested_by", sa.String(length=64), nullable=False),
        sa.Column("requested_name", sa.String(), nullable=False),
        sa.Column("requested_at", UtcDateTime(), nullable=False),
        sa.Column("decision", sa.String(length=16), nullable=True),
        sa.Column("decided_by", sa.String(length=64), nullable=True),
        sa.Column("decided_name", sa.String(), nullable=True),
        sa.Column("decided_at", UtcDateTime(), nullable=True),
        sa.Column("decision_reason", sa.String(), nullable=True),
        sa.Column("begun_at", UtcDateTime(), nullable=True),
        sa.Column("log_index", sa.BigInteger(), nullable=True),
        sa.Column("checkpoint", sa.String(), nullable=True),
        sa.Column("blobs", sa.Integer(), nullable=False),
        sa.Column("shared", sa.Integer(), nullable=False),
        sa.Column("erased_at", UtcDateTime(), nullable=True),
        sa.Column("replica_at", UtcDateTime(), nullable=True),
        *row_end(),
        sa.ForeignKeyConstraint(["desk_id"], ["desks.id"], name=op.f("fk_disposals_desk_id")),
        sa.ForeignKeyConstraint(["evidence_id"], ["evidence_items.id"], name=op.f("fk_disposals_evidence_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_disposals")),
        sa.UniqueConstraint("no", "sample", name=op.f("uq_disposals_no_sample")),
        sa.CheckConstraint(
            "decision IN ('approved', 'kept', 'withdrawn') OR decision IS NULL", name=op.f("ck_disposals_decision")
        ),
        sa.CheckConstraint(
            "decision IS NULL OR decision <> 'approved' OR decided_by <> requested_by",
            name=op.f("ck_disposals_decided_by_not_requested_by"),
        ),
        sa.CheckConstraint(
            "begun_at IS NULL OR (decision IS NOT NULL AND decision = 'approved')", name=op.f("ck_disposals_begun")
        ),
    )
    op.create_index(op.f("ix_disposals_desk_id"), "disposals", ["desk_id"], unique=False)
    op.create_index(
        "uq_disposals_open", "disposals", ["evidence_id"], unique=True, postgresql_where=OPEN, sqlite_where=OPEN
    )
    # What was asked for under the earlier rules has no legal basis on record: it can be refused or withdrawn.
    op.execute("UPDATE evidence_items SET status_before = 'registered' WHERE status = 'disposal_requested'")


def downgrade() -> None:
    """Take them away."""
    op.drop_index("uq_disposals_open", table_name="disposals")
    op.drop_index(op.f("ix_disposals_desk_id"), table_name="disposals")
    op.drop_table("disposals")
    op.drop_column("evidence_items", "status_before")
