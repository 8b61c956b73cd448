"""来往函件: letters, mails and calls of a case, with what came along as evidence."""

import sqlalchemy as sa
from alembic import op

from caseapp.models.types import UtcDateTime

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

DIRECTIONS = "direction IN ('received', 'sent')"
CHANNELS = "channel IN ('email', 'post', 'hand', 'phone', 'platform', 'court', 'meeting', 'other')"


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
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
    ]


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "correspondence",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("desk_id", sa.String(length=26), nullable=True),
        sa.Column("case_id", sa.String(length=26), nullable=False),
        sa.Column("notice_id", sa.String(length=26), nullable=True),
        sa.Column("direction", sa.String(length=16), nullable=False),
        sa.Column("channel", sa.String(length=16), nullable=False),
        sa.Column("party", sa.String(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("body", sa.String(), nullable=True),
        sa.Column("privileged", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_correspondence_case_id")),
        sa.ForeignKeyConstraint(["notice_id"], ["notices.id"], name=op.f("fk_correspondence_notice_id")),
        sa.CheckConstraint(DIRECTIONS, name=op.f("ck_correspondence_direction")),
        sa.CheckConstraint(CHANNELS, name=op.f("ck_correspondence_channel")),
        *_row("correspondence"),
    )
    op.create_index(op.f("ix_correspondence_case_id"), "correspondence", ["case_id"], unique=False)
    op.create_index(op.f("ix_correspondence_desk_id"), "correspondence", ["desk_id"], unique=False)
    op.create_table(
        "correspondence_evidence",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("desk_id", sa.String(length=26), nullable=True),
        sa.Column("correspondence_id", sa.String(length=26), nullable=False),
        sa.Column("evidence_id", sa.String(length=26), nullable=False),
        sa.ForeignKeyConstraint(
            ["correspondence_id"], ["correspondence.id"], name=op.f("fk_correspondence_evidence_correspondence_id")
        ),
        sa.ForeignKeyConstraint(
            ["evidence_id"], ["evidence_items.id"], name=op.f("fk_correspondence_evidence_evidence_id")
        ),
        sa.UniqueConstraint(
            "correspondence_id", "evidence_id", name=op.f("uq_correspondence_evidence_correspondence_id_evidence_id")
        ),
        *_row("correspondence_evidence"),
    )
    for column in ("desk_id", "evidence_id"):
        name = op.f(f"ix_correspondence_evidence_{column}")
        op.create_index(name, "correspondence_evidence", [column], unique=False)


def downgrade() -> None:
    """Drop them."""
    op.drop_table("correspondence_evidence")
    op.drop_table("correspondence")
