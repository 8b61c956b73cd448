"""Forms on their way: unsent drafts, and receipts of carried-out forms."""

import sqlalchemy as sa
from alembic import op

from caseapp.models.types import Json, UtcDateTime

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "form_receipts",
        sa.Column("token", sa.String(length=64), nullable=False),
        sa.Column("user_id", sa.String(length=26), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("location", sa.String(length=2000), nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_form_receipts_user_id")),
        sa.PrimaryKeyConstraint("token", name=op.f("pk_form_receipts")),
    )
    op.create_index(op.f("ix_form_receipts_at"), "form_receipts", ["at"], unique=False)
    op.create_table(
        "form_drafts",
        sa.Column("user_id", sa.String(length=26), nullable=False),
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("values", Json, nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_form_drafts_user_id")),
        sa.PrimaryKeyConstraint("user_id", "key", name=op.f("pk_form_drafts")),
    )


def downgrade() -> None:
    """Drop them."""
    op.drop_table("form_drafts")
    op.drop_table("form_receipts")
