"""Archival keeping: operating procedures by version, what is filed where, and inventories."""

import sqlalchemy as sa
from alembic import op

from caseapp.migrations.columns import row_end
from caseapp.models.types import Json, UtcDateTime

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def _row(table: str) -> list[sa.Column[object] | sa.Constraint]:
    return [
        *row_end(),
        sa.ForeignKeyConstraint(["desk_id"], ["desks.id"], name=op.f(f"fk_{table}_desk_id")),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
    ]


def _keys() -> list[sa.Column[object]]:
    return [
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("desk_id", sa.String(length=26), nullable=True),
    ]


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "procedures",
        *_keys(),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("in_force_from", sa.Date(), nullable=False),
        sa.Column("in_force_to", sa.Date(), nullable=True),
        sa.Column("evidence_id", sa.String(length=26), nullable=False),
        sa.ForeignKeyConstraint(["evidence_id"], ["evidence_items.id"], name=op.f("fk_procedures_evidence_id")),
        sa.UniqueConstraint("n", "sample", name=op.f("uq_procedures_n_sample")),
        sa.CheckConstraint("in_force_to IS NULL OR in_force_to > in_force_from", name=op.f("ck_procedures_in_force")),
        *_row("procedures"),
    )
    op.create_table(
        "filings",
        *_keys(),
        sa.Column("evidence_id", sa.String(length=26), nullable=False),
        sa.Column("fonds", sa.String(length=100), nullable=False),
        sa.Column("category", sa.String(length=100), nullable=False),
        sa.Column("retention", sa.String(length=16), nullable=False),
        sa.Column("place", sa.String(length=200), nullable=True),
        sa.Column("filed_at", UtcDateTime(), nullable=False),
        sa.Column("procedure_id", sa.String(length=26), nullable=True),
        sa.ForeignKeyConstraint(["evidence_id"], ["evidence_items.id"], name=op.f("fk_filings_evidence_id")),
        sa.ForeignKeyConstraint(["procedure_id"], ["procedures.id"], name=op.f("fk_filings_procedure_id")),
        sa.UniqueConstraint("evidence_id", name=op.f("uq_filings_evidence_id")),
        sa.CheckConstraint("retention IN ('permanent', 'years_30', 'years_10')", name=op.f("ck_filings_retention")),
        *_row("filings"),
    )
    op.create_table(
        "inventories",
        *_keys(),
        sa.Column("no", sa.String(length=32), nullable=False),
        sa.Column("scope", sa.String(), nullable=False),
        sa.Column("counted_at", UtcDateTime(), nullable=False),
        sa.Column("counted_by", sa.String(), nullable=False),
        sa.Column("lines", Json, nullable=False),
        sa.Column("differences", sa.Integer(), nullable=False),
        sa.UniqueConstraint("no", "sample", name=op.f("uq_inventories_no_sample")),
        *_row("inventories"),
    )
    for table in ("procedures", "filings", "inventories"):
        op.create_index(op.f(f"ix_{table}_desk_id"), table, ["desk_id"], unique=False)


def downgrade() -> None:
    """Take them away."""
    for table in ("inventories", "filings", "procedures"):
        op.drop_index(op.f(f"ix_{table}_desk_id"), table_name=table)
        op.drop_table(table)
