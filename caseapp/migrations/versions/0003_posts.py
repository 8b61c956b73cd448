"""Platforms, accounts, posts and jobs."""

import sqlalchemy as sa
from alembic import op

from caseapp.migrations.columns import row_end
from caseapp.models.types import Json, UtcDateTime

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "jobs",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("object_type", sa.String(length=32), nullable=False),
        sa.Column("object_id", sa.String(length=26), nullable=False),
        sa.Column("payload", Json, nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("fence", sa.Integer(), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("max_attempts", sa.Integer(), nullable=False),
        sa.Column("lease_until", UtcDateTime(), nullable=True),
        sa.Column("heartbeat_at", UtcDateTime(), nullable=True),
        sa.Column("worker", sa.String(length=128), nullable=True),
        sa.Column("not_before", UtcDateTime(), nullable=True),
        sa.Column("step", sa.String(length=64), nullable=True),
        sa.Column("step_done", sa.Integer(), nullable=False),
        sa.Column("step_total", sa.Integer(), nullable=False),
        sa.Column("error_code", sa.String(length=64), nullable=True),
        sa.Column("error_zh", sa.String(), nullable=True),
        sa.Column("error_en", sa.String(), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("created_by", sa.String(length=64), nullable=False),
        sa.Column("started_at", UtcDateTime(), nullable=True),
        sa.Column("finished_at", UtcDateTime(), nullable=True),
        sa.Column("desk_id", sa.String(length=26), nullable=True),
        sa.CheckConstraint(
            "status IN ('queued', 'running', 'done', 'failed', 'cancelled')", name=op.f("ck_jobs_status")
        ),
        sa.ForeignKeyConstraint(["desk_id"], ["desks.id"], name=op.f("fk_jobs_desk_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_jobs")),
    )
    op.create_index(op.f("ix_jobs_lease_until"), "jobs", ["lease_until"], unique=False)
    op.create_index(op.f("ix_jobs_object_id"), "jobs", ["object_id"], unique=False)
    op.create_index("ix_jobs_status_not_before", "jobs", ["status", "not_before"], unique=False)
    op.create_index(
        "uq_jobs_open",
        "jobs",
        ["kind", "object_id"],
        unique=True,
        sqlite_where=sa.text("status IN ('queued', 'running')"),
        postgresql_where=sa.text("status IN ('queued', 'running')"),
    )
    op.create_table(
        "platforms",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("desk_id", sa.String(length=26), nullable=True),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("domain", sa.String(), nullable=False),
        sa.Column("operator_id", sa.String(length=26), nullable=True),
        sa.Column("channels", Json, nullable=False),
        sa.Column("required", Json, nullable=False),
        sa.Column("stated_sla", sa.String(), nullable=True),
        sa.Column("stated_sla_hours", sa.Integer(), nullable=True),
        sa.Column("last_verified_at", UtcDateTime(), nullable=True),
        *row_end(),
        sa.ForeignKeyConstraint(["desk_id"], ["desks.id"], name=op.f("fk_platforms_desk_id")),
        sa.ForeignKeyConstraint(["operator_id"], ["organizations.id"], name=op.f("fk_platforms_operator_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_platforms")),
        sa.UniqueConstraint("desk_id", "domain", "sample", name=op.f("uq_platforms_desk_id_domain_sample")),
    )
    op.create_index(op.f("ix_platforms_desk_id"), "platforms", ["desk_id"], unique=False)
    op.create_table(
        "accounts",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("desk_id", sa.String(length=26), nullable=True),
        sa.Column("platform_id", sa.String(length=26), nullable=False),
        sa.Column("uid", sa.String(), nullable=False),
        sa.Column("handle", sa.String(), nullable=False),
        sa.Column("handles", Json, nullable=False),
        sa.Column("verification", sa.String(), nullable=True),
        sa.Column("ip_location", sa.String(), nullable=True),
        sa.Column("followers", sa.BigInteger(), nullable=True),
        sa.Column("identity_level", sa.String(length=24), nullable=False),
        sa.Column("note", sa.String(), nullable=True),
        *row_end(),
        sa.CheckConstraint(
            "identity_level IN ('unknown', 'displayed', 'disclosed_by_platform', 'confirmed')",
            name=op.f("ck_accounts_identity_level"),
        ),
        sa.ForeignKeyConstraint(["desk_id"], ["desks.id"], name=op.f("fk_accounts_desk_id")),
        sa.ForeignKeyConstraint(["platform_id"], ["platforms.id"], name=op.f("fk_accounts_platform_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_accounts")),
        sa.UniqueConstraint("platform_id", "uid", "sample", name=op.f("uq_accounts_platform_id_uid_sample")),
    )
    op.create_index(op.f("ix_accounts_desk_id"), "accounts", ["desk_id"], unique=False)
    op.create_table(
        "parties",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("desk_id", sa.String(length=26), nullable=True),
        sa.Column("case_id", sa.String(length=26), nullable=False),
        sa.Column("role", sa.String(length=16), nullable=False),
        sa.Column("organization_id", sa.String(length=26), nullable=True),
        sa.Column("account_id", sa.String(length=26), nullable=True),
        sa.Column("user_id", sa.String(length=26), nullable=True),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("identity_level", sa.String(length=24), nullable=False),
        sa.Column("note", sa.String(), nullable=True),
        *row_end(),
        sa.CheckConstraint(
            "identity_level IN ('unknown', 'displayed', 'disclosed_by_platform', 'confirmed')",
            name=op.f("ck_parties_identity_level"),
        ),
        sa.CheckConstraint(
            ("role IN ('principal', 'agent', 'recipient', 'target', 'plaintiff', 'defendant', 'third_party', 'court')"),
            name=op.f("ck_parties_role"),
        ),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_parties_account_id")),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_parties_case_id")),
        sa.ForeignKeyConstraint(["desk_id"], ["desks.id"], name=op.f("fk_parties_desk_id")),
        sa.ForeignKeyConstraint(["organization_id"], ["organizations.id"], name=op.f("fk_parties_organization_id")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_parties_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_parties")),
    )
    op.create_index("ix_parties_case_id_role", "parties", ["case_id", "role"], unique=False)
    op.create_index(op.f("ix_parties_desk_id"), "parties", ["desk_id"], unique=False)
    op.create_table(
        "posts",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("desk_id", sa.String(length=26), nullable=True),
        sa.Column("no", sa.String(length=32), nullable=False),
        sa.Column("canonical_url", sa.String(), nullable=False),
        sa.Column("url_as_seen", sa.String(), nullable=False),
        sa.Column("platform_id", sa.String(length=26), nullable=True),
        sa.Column("platform_post_id", sa.String(), nullable=True),
        sa.Column("account_id", sa.String(length=26), nullable=True),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("title", sa.String(), nullable=True),
        sa.Column("text", sa.String(), nullable=True),
        sa.Column("language", sa.String(length=16), nullable=True),
        sa.Column("published_at", UtcDateTime(), nullable=True),
        sa.Column("published_precision", sa.String(length=16), nullable=True),
        sa.Column("parent_id", sa.String(length=26), nullable=True),
        sa.Column("repost_of_id", sa.String(length=26), nullable=True),
        sa.Column("liveness", sa.String(length=24), nullable=False),
        sa.Column("last_checked_at", UtcDateTime(), nullable=True),
        sa.Column("relapsed_at", UtcDateTime(), nullable=True),
        sa.Column("platform_words", sa.String(), nullable=True),
        sa.Column("proof_evidence_id", sa.String(length=26), nullable=True),
        sa.Column("verdict", sa.String(length=24), nullable=True),
        sa.Column("verdict_reason", sa.String(), nullable=True),
        sa.Column("triaged_by", sa.String(length=64), nullable=True),
        sa.Column("triaged_role", sa.String(length=16), nullable=True),
        sa.Column("triaged_at", UtcDateTime(), nullable=True),
        sa.Column("six_type", sa.String(length=16), nullable=True),
        sa.Column("stance", sa.String(length=16), nullable=True),
        sa.Column("route", sa.String(length=32), nullable=True),
        sa.Column("dedupe_key", sa.String(length=64), nullable=True),
        sa.Column("simhash", sa.String(length=16), nullable=True),
        sa.Column("first_captured_at", UtcDateTime(), nullable=True),
        *row_end(),
        sa.CheckConstraint(
            (
                "kind IN ('text_image', 'short_text', 'repost', 'video', 'comment', 'answer', "
                "'question', 'article', 'thread', 'live', 'screenshot', 'chat', 'marketing', 'other')"
            ),
            name=op.f("ck_posts_kind"),
        ),
        sa.CheckConstraint(
            "liveness <> 'removed_by_author' OR proof_evidence_id IS NOT NULL",
            name=op.f("ck_posts_removed_by_author_proof_evidence_id"),
        ),
        sa.CheckConstraint(
            "liveness <> 'removed_by_platform' OR proof_evidence_id IS NOT NULL",
            name=op.f("ck_posts_removed_by_platform_proof_evidence_id"),
        ),
        sa.CheckConstraint(
            "liveness <> 'restricted' OR proof_evidence_id IS NOT NULL",
            name=op.f("ck_posts_restricted_proof_evidence_id"),
        ),
        sa.CheckConstraint(
            (
                "liveness IN ('unknown', 'live', 'changed', 'gone_pending', 'removed_by_author', "
                "'removed_by_platform', 'restricted')"
            ),
            name=op.f("ck_posts_liveness"),
        ),
        sa.CheckConstraint(
            (
                "six_type IS NULL OR six_type IN ('impersonating', 'misleading', 'rumor', 'insulting', "
                "'leaking', 'disturbing')"
            ),
            name=op.f("ck_posts_six_type"),
        ),
        sa.CheckConstraint(
            "stance IS NULL OR stance IN ('spread', 'debunk', 'query', 'quote', 'other')", name=op.f("ck_posts_stance")
        ),
        sa.CheckConstraint(
            (
                "verdict IS NULL OR verdict IN ('false_fact', 'insult', 'impersonation', 'leak', "
                "'genuine_complaint', 'fair_comment', 'to_check')"
            ),
            name=op.f("ck_posts_verdict"),
        ),
        sa.CheckConstraint(
            "verdict IS NULL OR (verdict_reason IS NOT NULL AND triaged_by IS NOT NULL)",
            name=op.f("ck_posts_verdict_has_reason"),
        ),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_posts_account_id")),
        sa.ForeignKeyConstraint(["desk_id"], ["desks.id"], name=op.f("fk_posts_desk_id")),
        sa.ForeignKeyConstraint(["parent_id"], ["posts.id"], name=op.f("fk_posts_parent_id")),
        sa.ForeignKeyConstraint(["platform_id"], ["platforms.id"], name=op.f("fk_posts_platform_id")),
        sa.ForeignKeyConstraint(
            ["proof_evidence_id"], ["evidence_items.id"], name="fk_posts_proof_evidence_id", use_alter=True
        ),
        sa.ForeignKeyConstraint(["repost_of_id"], ["posts.id"], name=op.f("fk_posts_repost_of_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_posts")),
        sa.UniqueConstraint("desk_id", "canonical_url", "sample", name=op.f("uq_posts_desk_id_canonical_url_sample")),
        sa.UniqueConstraint("no", "sample", name=op.f("uq_posts_no_sample")),
    )
    op.create_index(op.f("ix_posts_account_id"), "posts", ["account_id"], unique=False)
    op.create_index("ix_posts_dedupe_key", "posts", ["dedupe_key"], unique=False)
    op.create_index(op.f("ix_posts_desk_id"), "posts", ["desk_id"], unique=False)
    op.create_index(op.f("ix_posts_platform_id"), "posts", ["platform_id"], unique=False)
    op.create_table(
        "appearances",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("desk_id", sa.String(length=26), nullable=True),
        sa.Column("post_id", sa.String(length=26), nullable=False),
        sa.Column("claim_id", sa.String(length=26), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("span_start", sa.Integer(), nullable=True),
        sa.Column("span_end", sa.Integer(), nullable=True),
        sa.Column("quoted", sa.String(), nullable=True),
        sa.Column("score", sa.Float(), nullable=True),
        sa.Column("reasons", Json, nullable=False),
        sa.Column("decided_by", sa.String(length=64), nullable=True),
        sa.Column("decided_at", UtcDateTime(), nullable=True),
        *row_end(),
        sa.CheckConstraint("state IN ('suggested', 'confirmed', 'rejected')", name=op.f("ck_appearances_state")),
        sa.CheckConstraint("span_end IS NULL OR span_end > span_start", name=op.f("ck_appearances_span")),
        sa.ForeignKeyConstraint(["claim_id"], ["rumor_claims.id"], name=op.f("fk_appearances_claim_id")),
        sa.ForeignKeyConstraint(["desk_id"], ["desks.id"], name=op.f("fk_appearances_desk_id")),
        sa.ForeignKeyConstraint(["post_id"], ["posts.id"], name=op.f("fk_appearances_post_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_appearances")),
        sa.UniqueConstraint("post_id", "claim_id", name=op.f("uq_appearances_post_id_claim_id")),
    )
    op.create_index(op.f("ix_appearances_claim_id"), "appearances", ["claim_id"], unique=False)
    op.create_index(op.f("ix_appearances_desk_id"), "appearances", ["desk_id"], unique=False)
    op.create_table(
        "post_incidents",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("desk_id", sa.String(length=26), nullable=True),
        sa.Column("post_id", sa.String(length=26), nullable=False),
        sa.Column("incident_id", sa.String(length=26), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("score", sa.Float(), nullable=True),
        sa.Column("reasons", Json, nullable=False),
        sa.Column("decided_by", sa.String(length=64), nullable=True),
        sa.Column("decided_at", UtcDateTime(), nullable=True),
        *row_end(),
        sa.CheckConstraint("state IN ('suggested', 'confirmed', 'rejected')", name=op.f("ck_post_incidents_state")),
        sa.ForeignKeyConstraint(["desk_id"], ["desks.id"], name=op.f("fk_post_incidents_desk_id")),
        sa.ForeignKeyConstraint(["incident_id"], ["incidents.id"], name=op.f("fk_post_incidents_incident_id")),
        sa.ForeignKeyConstraint(["post_id"], ["posts.id"], name=op.f("fk_post_incidents_post_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_post_incidents")),
        sa.UniqueConstraint("post_id", "incident_id", name=op.f("uq_post_incidents_post_id_incident_id")),
    )
    op.create_index(op.f("ix_post_incidents_desk_id"), "post_incidents", ["desk_id"], unique=False)
    op.create_index(op.f("ix_post_incidents_incident_id"), "post_incidents", ["incident_id"], unique=False)


def downgrade() -> None:
    """Drop them."""
    op.drop_table("post_incidents")
    op.drop_table("appearances")
    op.drop_table("posts")
    op.drop_table("parties")
    op.drop_table("accounts")
    op.drop_table("platforms")
    op.drop_table("jobs")
