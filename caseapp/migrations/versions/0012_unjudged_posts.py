"""The few posts nobody judged yet are counted on every page: among a hundred thousand they are found by an index."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

UNJUDGED = sa.text("verdict IS NULL AND voided_at IS NULL")


def upgrade() -> None:
    """Add the index."""
    op.create_index(
        "ix_posts_unjudged", "posts", ["sample"], unique=False, sqlite_where=UNJUDGED, postgresql_where=UNJUDGED
    )


def downgrade() -> None:
    """Drop it."""
    op.drop_index("ix_posts_unjudged", table_name="posts")
