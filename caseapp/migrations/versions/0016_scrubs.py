"""When each item's kept bytes were last gone over, and what was found."""

import sqlalchemy as sa
from alembic import op

from caseapp.models.types import UtcDateTime

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "scrubs",
        sa.Column("evidence_id", sa.String(length=26), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("outcome", sa.String(length=16), nullable=False),
        sa.Column("objects", sa.Integer(), nullable=False),
        sa.Column("found", sa.String(), nullable=True),
        sa.CheckConstraint("outcome IN ('intact', 'mended', 'damaged')", name=op.f("ck_scrubs_outcome")),
        sa.ForeignKeyConstraint(["evidence_id"], ["evidence_items.id"], name=op.f("fk_scrubs_evidence_id")),
        sa.PrimaryKeyConstraint("evidence_id", name=op.f("pk_scrubs")),
    )
    op.create_index(op.f("ix_scrubs_at"), "scrubs", ["at"], unique=False)


def downgrade() -> None:
    """Take it away."""
    op.drop_index(op.f("ix_scrubs_at"), table_name="scrubs")
    op.drop_table("scrubs")
