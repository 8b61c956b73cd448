"""A lost-sales item keeps the series its estimate was made from."""

import sqlalchemy as sa
from alembic import op

from caseapp.models.types import Json

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column."""
    op.add_column("damage_items", sa.Column("sales", Json, nullable=True))


def downgrade() -> None:
    """Take it away."""
    op.drop_column("damage_items", "sales")
