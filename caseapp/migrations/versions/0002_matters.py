"""Cases, incidents and rumor claims."""

import sqlalchemy as sa
from alembic import op

from caseapp.migrations.columns import row_end
from caseapp.models.types import UtcDateTime

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "incidents",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("desk_id", sa.String(length=26), nullable=True),
        sa.Column("no", sa.String(length=32), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("summary", sa.String(), nullable=True),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("severity", sa.String(length=4), nullable=True),
        sa.Column("six_type", sa.String(length=16), nullable=True),
        sa.Column("verdict", sa.String(length=24), nullable=True),
        sa.Column("verdict_reason", sa.String(), nullable=True),
        sa.Column("triaged_by", sa.String(length=64), nullable=True),
        sa.Column("triaged_at", UtcDateTime(), nullable=True),
        sa.Column("decided_by", sa.String(length=64), nullable=True),
        sa.Column("decided_at", UtcDateTime(), nullable=True),
        sa.Column("detected_at", UtcDateTime(), nullable=False),
        sa.Column("response_due_at", UtcDateTime(), nullable=True),
        sa.Column("first_responded_at", UtcDateTime(), nullable=True),
        sa.Column("earliest_captured_post_id", sa.String(length=26), nullable=True),
        sa.Column("playbook", sa.String(), nullable=True),
        sa.Column("evaluation", sa.String(), nullable=True),
        sa.Column("review_note", sa.String(), nullable=True),
        sa.Column("parent_id", sa.String(length=26), nullable=True),
        sa.Column("relapse_of_id", sa.String(length=26), nullable=True),
        sa.Column("closed_at", UtcDateTime(), nullable=True),
        *row_end(),
        sa.CheckConstraint(
            "severity IS NULL OR severity IN ('I', 'II', 'III', 'IV')", name=op.f("ck_incidents_severity")
        ),
        sa.CheckConstraint(
            (
                "six_type IS NULL OR six_type IN ('impersonating', 'misleading', 'rumor', 'insulting', "
                "'leaking', 'disturbing')"
            ),
            name=op.f("ck_incidents_six_type"),
        ),
        sa.CheckConstraint("status <> 'closed' OR evaluation IS NOT NULL", name=op.f("ck_incidents_closed_evaluation")),
        sa.CheckConstraint(
            (
                "status IN ('detected', 'triaging', 'genuine', 'handed_off', 'fair_comment', "
                "'watching', 'unverified', 'actionable', 'responding', 'monitoring', 'closed', "
                "'reopened')"
            ),
            name=op.f("ck_incidents_status"),
        ),
        sa.CheckConstraint(
            (
                "verdict IS NULL OR verdict IN ('false_fact', 'insult', 'impersonation', 'leak', "
                "'genuine_complaint', 'fair_comment', 'to_check')"
            ),
            name=op.f("ck_incidents_verdict"),
        ),
        sa.CheckConstraint(
            "decided_by IS NULL OR triaged_by IS NULL OR decided_by <> triaged_by",
            name=op.f("ck_incidents_decided_by_not_triaged_by"),
        ),
        sa.ForeignKeyConstraint(["desk_id"], ["desks.id"], name=op.f("fk_incidents_desk_id")),
        sa.ForeignKeyConstraint(
            ["earliest_captured_post_id"], ["posts.id"], name="fk_incidents_earliest_captured_post_id", use_alter=True
        ),
        sa.ForeignKeyConstraint(["parent_id"], ["incidents.id"], name=op.f("fk_incidents_parent_id")),
        sa.ForeignKeyConstraint(["relapse_of_id"], ["incidents.id"], name=op.f("fk_incidents_relapse_of_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_incidents")),
        sa.UniqueConstraint("no", "sample", name=op.f("uq_incidents_no_sample")),
    )
    op.create_index(op.f("ix_incidents_desk_id"), "incidents", ["desk_id"], unique=False)
    op.create_index(op.f("ix_incidents_status"), "incidents", ["status"], unique=False)
    op.create_table(
        "cases",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("desk_id", sa.String(length=26), nullable=True),
        sa.Column("no", sa.String(length=32), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("type", sa.String(length=16), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("stage", sa.String(length=24), nullable=False),
        sa.Column("severity", sa.String(length=4), nullable=True),
        sa.Column("confidentiality", sa.String(length=16), nullable=False),
        sa.Column("lead_id", sa.String(length=26), nullable=True),
        sa.Column("principal_id", sa.String(length=26), nullable=True),
        sa.Column("cause", sa.String(), nullable=True),
        sa.Column("forum_id", sa.String(length=26), nullable=True),
        sa.Column("court_no", sa.String(), nullable=True),
        sa.Column("legal_hold", sa.Boolean(), nullable=False),
        sa.Column("hold_basis", sa.String(), nullable=True),
        sa.Column("opened_at", UtcDateTime(), nullable=True),
        sa.Column("close_reason", sa.String(), nullable=True),
        sa.Column("close_requested_by", sa.String(length=64), nullable=True),
        sa.Column("closed_by", sa.String(length=64), nullable=True),
        sa.Column("closed_at", UtcDateTime(), nullable=True),
        sa.Column("archived_at", UtcDateTime(), nullable=True),
        *row_end(),
        sa.CheckConstraint(
            "confidentiality IN ('public', 'internal', 'secret', 'core_secret')", name=op.f("ck_cases_confidentiality")
        ),
        sa.CheckConstraint("severity IS NULL OR severity IN ('I', 'II', 'III', 'IV')", name=op.f("ck_cases_severity")),
        sa.CheckConstraint(
            (
                "stage IN ('evidence', 'negotiation', 'takedown', 'regulator', 'interim', "
                "'first_instance', 'second_instance', 'enforcement', 'settlement')"
            ),
            name=op.f("ck_cases_stage"),
        ),
        sa.CheckConstraint("status <> 'closed' OR close_reason IS NOT NULL", name=op.f("ck_cases_closed_close_reason")),
        sa.CheckConstraint(
            "status <> 'closed' OR close_requested_by IS NOT NULL", name=op.f("ck_cases_closed_close_requested_by")
        ),
        sa.CheckConstraint(
            "status IN ('draft', 'open', 'suspended', 'closed', 'archived')", name=op.f("ck_cases_status")
        ),
        sa.CheckConstraint("type IN ('enforcement', 'response', 'internal', 'drill')", name=op.f("ck_cases_type")),
        sa.CheckConstraint(
            "closed_by IS NULL OR close_requested_by IS NULL OR closed_by <> close_requested_by",
            name=op.f("ck_cases_closed_by_not_close_requested_by"),
        ),
        sa.ForeignKeyConstraint(["desk_id"], ["desks.id"], name=op.f("fk_cases_desk_id")),
        sa.ForeignKeyConstraint(["forum_id"], ["organizations.id"], name=op.f("fk_cases_forum_id")),
        sa.ForeignKeyConstraint(["lead_id"], ["users.id"], name=op.f("fk_cases_lead_id")),
        sa.ForeignKeyConstraint(["principal_id"], ["organizations.id"], name=op.f("fk_cases_principal_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cases")),
        sa.UniqueConstraint("no", "sample", name=op.f("uq_cases_no_sample")),
    )
    op.create_index(op.f("ix_cases_desk_id"), "cases", ["desk_id"], unique=False)
    op.create_index(op.f("ix_cases_status"), "cases", ["status"], unique=False)
    op.create_table(
        "rumor_claims",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("desk_id", sa.String(length=26), nullable=True),
        sa.Column("incident_id", sa.String(length=26), nullable=False),
        sa.Column("no", sa.String(length=32), nullable=False),
        sa.Column("quote", sa.String(), nullable=False),
        sa.Column("neutral", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=True),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("verdict", sa.String(length=16), nullable=True),
        sa.Column("verified_by", sa.String(length=64), nullable=True),
        sa.Column("verified_at", UtcDateTime(), nullable=True),
        sa.Column("rationale", sa.String(), nullable=True),
        sa.Column("first_seen_at", UtcDateTime(), nullable=True),
        *row_end(),
        sa.CheckConstraint("kind IN ('fact', 'opinion', 'insult', 'prediction')", name=op.f("ck_rumor_claims_kind")),
        sa.CheckConstraint(
            ("verdict IS NULL OR verdict IN ('true', 'mostly_true', 'false', 'misleading', 'unverifiable', 'opinion')"),
            name=op.f("ck_rumor_claims_verdict"),
        ),
        sa.CheckConstraint(
            "verdict IS NULL OR (verified_by IS NOT NULL AND verified_at IS NOT NULL AND rationale IS NOT NULL)",
            name=op.f("ck_rumor_claims_verdict_has_verifier"),
        ),
        sa.ForeignKeyConstraint(["desk_id"], ["desks.id"], name=op.f("fk_rumor_claims_desk_id")),
        sa.ForeignKeyConstraint(["incident_id"], ["incidents.id"], name=op.f("fk_rumor_claims_incident_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rumor_claims")),
        sa.UniqueConstraint("incident_id", "quote", name=op.f("uq_rumor_claims_incident_id_quote")),
        sa.UniqueConstraint("no", "sample", name=op.f("uq_rumor_claims_no_sample")),
    )
    op.create_index(op.f("ix_rumor_claims_desk_id"), "rumor_claims", ["desk_id"], unique=False)
    op.create_table(
        "case_incidents",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("desk_id", sa.String(length=26), nullable=True),
        sa.Column("case_id", sa.String(length=26), nullable=False),
        sa.Column("incident_id", sa.String(length=26), nullable=False),
        *row_end(),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_case_incidents_case_id")),
        sa.ForeignKeyConstraint(["desk_id"], ["desks.id"], name=op.f("fk_case_incidents_desk_id")),
        sa.ForeignKeyConstraint(["incident_id"], ["incidents.id"], name=op.f("fk_case_incidents_incident_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_incidents")),
        sa.UniqueConstraint("case_id", "incident_id", name=op.f("uq_case_incidents_case_id_incident_id")),
    )
    op.create_index(op.f("ix_case_incidents_desk_id"), "case_incidents", ["desk_id"], unique=False)
    op.create_index(op.f("ix_case_incidents_incident_id"), "case_incidents", ["incident_id"], unique=False)
    op.create_table(
        "case_stages",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("case_id", sa.String(length=26), nullable=False),
        sa.Column("stage", sa.String(length=24), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("actor_id", sa.String(length=64), nullable=False),
        sa.Column("note", sa.String(), nullable=True),
        sa.CheckConstraint(
            (
                "stage IN ('evidence', 'negotiation', 'takedown', 'regulator', 'interim', "
                "'first_instance', 'second_instance', 'enforcement', 'settlement')"
            ),
            name=op.f("ck_case_stages_stage"),
        ),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_case_stages_case_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_stages")),
    )
    op.create_index(op.f("ix_case_stages_case_id"), "case_stages", ["case_id"], unique=False)
    op.create_table(
        "memberships",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("desk_id", sa.String(length=26), nullable=True),
        sa.Column("case_id", sa.String(length=26), nullable=False),
        sa.Column("user_id", sa.String(length=26), nullable=False),
        sa.Column("role", sa.String(length=16), nullable=False),
        sa.Column("scope", sa.String(length=16), nullable=False),
        sa.Column("wall", sa.Boolean(), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=True),
        sa.Column("granted_by", sa.String(length=64), nullable=False),
        sa.Column("note", sa.String(), nullable=True),
        *row_end(),
        sa.CheckConstraint(
            ("role IN ('approver', 'archivist', 'auditor', 'counsel', 'external', 'lead', 'pr', 'viewer')"),
            name=op.f("ck_memberships_role"),
        ),
        sa.CheckConstraint(
            "scope IN ('all', 'no_privileged', 'evidence_only', 'report_only')", name=op.f("ck_memberships_scope")
        ),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_memberships_case_id")),
        sa.ForeignKeyConstraint(["desk_id"], ["desks.id"], name=op.f("fk_memberships_desk_id")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_memberships_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_memberships")),
        sa.UniqueConstraint("case_id", "user_id", "role", name=op.f("uq_memberships_case_id_user_id_role")),
    )
    op.create_index(op.f("ix_memberships_desk_id"), "memberships", ["desk_id"], unique=False)
    op.create_index("ix_memberships_user_id_case_id", "memberships", ["user_id", "case_id"], unique=False)
    op.create_table(
        "reliefs",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("desk_id", sa.String(length=26), nullable=True),
        sa.Column("case_id", sa.String(length=26), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("basis", sa.String(), nullable=True),
        sa.Column("order_no", sa.Integer(), nullable=False),
        sa.Column("scope", sa.String(), nullable=True),
        *row_end(),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_reliefs_case_id")),
        sa.ForeignKeyConstraint(["desk_id"], ["desks.id"], name=op.f("fk_reliefs_desk_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reliefs")),
    )
    op.create_index(op.f("ix_reliefs_case_id"), "reliefs", ["case_id"], unique=False)
    op.create_index(op.f("ix_reliefs_desk_id"), "reliefs", ["desk_id"], unique=False)


def downgrade() -> None:
    """Drop them."""
    op.drop_table("reliefs")
    op.drop_table("memberships")
    op.drop_table("case_stages")
    op.drop_table("case_incidents")
    op.drop_table("rumor_claims")
    op.drop_table("cases")
    op.drop_table("incidents")
