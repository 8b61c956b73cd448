"""Until when the certificates of an item's time stamps are valid, as its last routine check read them."""

import sqlalchemy as sa
from alembic import op

from caseapp.models.types import UtcDateTime

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column."""
    op.add_column("scrubs", sa.Column("stamps_end", UtcDateTime(), nullable=True))


def downgrade() -> None:
    """Take it away."""
    op.drop_column("scrubs", "stamps_end")
