"""Handovers of evidence with their receipts, and links that show an item to someone outside."""

import sqlalchemy as sa
from alembic import op

from caseapp.models.types import UtcDateTime

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

DIRECTIONS = "direction IN ('out', 'taken')"
FORMS = "form IN ('original', 'copy', 'package')"
STATES = "status IN ('out', 'returned', 'settled')"


def _row(table: str) -> list[sa.Column[object] | sa.Constraint]:
    return [
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("created_by", sa.String(length=64), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.Column("updated_by", sa.String(length=64), nullable=False),
        sa.Column("voided_at", UtcDateTime(), nullable=True),
        sa.Column("voided_by", sa.String(length=64), nullable=True),
        sa.Column("void_reason", sa.String(), nullable=True),
        sa.Column("sample", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["desk_id"], ["desks.id"], name=op.f(f"fk_{table}_desk_id")),
        sa.ForeignKeyConstraint(["evidence_id"], ["evidence_items.id"], name=op.f(f"fk_{table}_evidence_id")),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
    ]


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "handovers",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("desk_id", sa.String(length=26), nullable=True),
        sa.Column("no", sa.String(length=32), nullable=False),
        sa.Column("evidence_id", sa.String(length=26), nullable=False),
        sa.Column("direction", sa.String(length=16), nullable=False),
        sa.Column("form", sa.String(length=16), nullable=False),
        sa.Column("copies", sa.Integer(), nullable=False),
        sa.Column("party", sa.String(), nullable=False),
        sa.Column("handled_by", sa.String(), nullable=False),
        sa.Column("purpose", sa.String(), nullable=False),
        sa.Column("basis", sa.String(), nullable=True),
        sa.Column("note", sa.String(), nullable=True),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("due_back", sa.Date(), nullable=True),
        sa.Column("package_id", sa.String(length=64), nullable=False),
        sa.Column("event_id", sa.String(length=26), nullable=False),
        sa.Column("returned_event_id", sa.String(length=26), nullable=True),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("returned_at", UtcDateTime(), nullable=True),
        sa.Column("returned_by", sa.String(length=64), nullable=True),
        sa.Column("receipt_evidence_id", sa.String(length=26), nullable=True),
        sa.ForeignKeyConstraint(["event_id"], ["custody_events.id"], name=op.f("fk_handovers_event_id")),
        sa.ForeignKeyConstraint(
            ["returned_event_id"], ["custody_events.id"], name=op.f("fk_handovers_returned_event_id")
        ),
        sa.ForeignKeyConstraint(
            ["receipt_evidence_id"], ["evidence_items.id"], name=op.f("fk_handovers_receipt_evidence_id")
        ),
        sa.UniqueConstraint("no", "sample", name=op.f("uq_handovers_no_sample")),
        sa.CheckConstraint(DIRECTIONS, name=op.f("ck_handovers_direction")),
        sa.CheckConstraint(FORMS, name=op.f("ck_handovers_form")),
        sa.CheckConstraint(STATES, name=op.f("ck_handovers_status")),
        sa.CheckConstraint("copies > 0", name=op.f("ck_handovers_copies")),
        *_row("handovers"),
    )
    op.create_table(
        "share_links",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("desk_id", sa.String(length=26), nullable=True),
        sa.Column("evidence_id", sa.String(length=26), nullable=False),
        sa.Column("token_digest", sa.String(length=64), nullable=False),
        sa.Column("recipient", sa.String(), nullable=False),
        sa.Column("purpose", sa.String(), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.Column("most_views", sa.Integer(), nullable=True),
        sa.Column("views", sa.Integer(), nullable=False),
        sa.Column("last_viewed_at", UtcDateTime(), nullable=True),
        sa.UniqueConstraint("token_digest", name=op.f("uq_share_links_token_digest")),
        sa.CheckConstraint("most_views IS NULL OR most_views > 0", name=op.f("ck_share_links_most_views")),
        *_row("share_links"),
    )
    for table in ("handovers", "share_links"):
        for column in ("desk_id", "evidence_id"):
            op.create_index(op.f(f"ix_{table}_{column}"), table, [column], unique=False)


def downgrade() -> None:
    """Take them away."""
    for table in ("share_links", "handovers"):
        for column in ("evidence_id", "desk_id"):
            op.drop_index(op.f(f"ix_{table}_{column}"), table_name=table)
        op.drop_table(table)
