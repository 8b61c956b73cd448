"""Login profiles of the firm; captures know the one they carry; cases know their impact assessment."""

import sqlalchemy as sa
from alembic import op

from caseapp.models.types import UtcDateTime

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table and the columns."""
    op.create_table(
        "login_profiles",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("desk_id", sa.String(length=26), nullable=True),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("hosts", sa.String(), nullable=False),
        sa.Column("sealed_state", sa.String(), nullable=True),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("imported_at", UtcDateTime(), nullable=False),
        sa.Column("last_used_at", UtcDateTime(), nullable=True),
        sa.Column("pause_seconds", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("created_by", sa.String(length=64), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.Column("updated_by", sa.String(length=64), nullable=False),
        sa.Column("voided_at", UtcDateTime(), nullable=True),
        sa.Column("voided_by", sa.String(length=64), nullable=True),
        sa.Column("void_reason", sa.String(), nullable=True),
        sa.Column("sample", sa.Boolean(), nullable=False),
        sa.UniqueConstraint("name", "sample", name=op.f("uq_login_profiles_name_sample")),
        sa.CheckConstraint("status IN ('usable', 'sign_in_again')", name=op.f("ck_login_profiles_status")),
        sa.CheckConstraint("pause_seconds >= 0", name=op.f("ck_login_profiles_pause_seconds")),
        sa.ForeignKeyConstraint(["desk_id"], ["desks.id"], name=op.f("fk_login_profiles_desk_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_login_profiles")),
    )
    op.create_index(op.f("ix_login_profiles_desk_id"), "login_profiles", ["desk_id"], unique=False)
    op.add_column("captures", sa.Column("profile_id", sa.String(length=26), nullable=True))
    op.create_index(op.f("ix_captures_profile_id"), "captures", ["profile_id"], unique=False)
    op.add_column("cases", sa.Column("impact_assessment", sa.String(), nullable=True))
    op.add_column("cases", sa.Column("impact_assessed_at", UtcDateTime(), nullable=True))
    op.add_column("cases", sa.Column("impact_assessed_by", sa.String(length=64), nullable=True))


def downgrade() -> None:
    """Take them away."""
    for column in ("impact_assessed_by", "impact_assessed_at", "impact_assessment"):
        op.drop_column("cases", column)
    op.drop_index(op.f("ix_captures_profile_id"), table_name="captures")
    op.drop_column("captures", "profile_id")
    op.drop_index(op.f("ix_login_profiles_desk_id"), table_name="login_profiles")
    op.drop_table("login_profiles")
