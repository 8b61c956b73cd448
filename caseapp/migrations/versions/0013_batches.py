"""Captures know their batch, whether they are held back, and the upload they bear out; hosts know their last visit."""

import sqlalchemy as sa
from alembic import op

from caseapp.models.types import UtcDateTime

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None
RUNNING = sa.text("status = 'running' AND host IS NOT NULL")
INDEXES = ("batch_id", "upload_id")


def upgrade() -> None:
    """Add the columns and the promise that one capture a host runs at a time."""
    op.add_column("captures", sa.Column("batch_id", sa.String(length=26), nullable=True))
    op.add_column("captures", sa.Column("paused_at", UtcDateTime(), nullable=True))
    op.add_column("captures", sa.Column("host", sa.String(length=255), nullable=True))
    op.add_column("captures", sa.Column("upload_id", sa.String(length=26), nullable=True))
    for column in INDEXES:
        op.create_index(op.f(f"ix_captures_{column}"), "captures", [column], unique=False)
    op.create_index(
        "uq_captures_host_running", "captures", ["host"], unique=True, sqlite_where=RUNNING, postgresql_where=RUNNING
    )


def downgrade() -> None:
    """Take them away."""
    op.drop_index("uq_captures_host_running", table_name="captures")
    for column in INDEXES:
        op.drop_index(op.f(f"ix_captures_{column}"), table_name="captures")
    for column in ("upload_id", "host", "paused_at", "batch_id"):
        op.drop_column("captures", column)
