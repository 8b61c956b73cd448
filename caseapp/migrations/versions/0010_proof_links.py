"""Whether a proof of a notice, a counter-notice or a deadline is visible is looked up by the evidence it is."""

from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

TABLES = {"notice_events": "evidence_id", "counter_notices": "evidence_id", "deadlines": "proof_evidence_id"}


def upgrade() -> None:
    """Add the indexes."""
    for table, column in TABLES.items():
        op.create_index(op.f(f"ix_{table}_{column}"), table, [column], unique=False)


def downgrade() -> None:
    """Drop them."""
    for table, column in TABLES.items():
        op.drop_index(op.f(f"ix_{table}_{column}"), table_name=table)
