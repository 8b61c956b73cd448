"""Ways from an evidence item to its case: the frozen PDF of a document, the proof of arrival, the platform's receipt.

Every list of evidence asks for them, row by row.
"""

from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None
_LINKS = (
    ("document_versions", "pdf_evidence_id"),
    ("dispatches", "arrival_evidence_id"),
    ("notices", "receipt_evidence_id"),
)


def upgrade() -> None:
    """Create the indexes."""
    for table, column in _LINKS:
        op.create_index(op.f(f"ix_{table}_{column}"), table, [column], unique=False)


def downgrade() -> None:
    """Drop them."""
    for table, column in _LINKS:
        op.drop_index(op.f(f"ix_{table}_{column}"), table_name=table)
