"""Documents, versions, approvals."""

import sqlalchemy as sa
from alembic import op

from caseapp.migrations.columns import row_end
from caseapp.models.types import Json, UtcDateTime

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "documents",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("desk_id", sa.String(length=26), nullable=True),
        sa.Column("no", sa.String(length=32), nullable=False),
        sa.Column("case_id", sa.String(length=26), nullable=False),
        sa.Column("incident_id", sa.String(length=26), nullable=True),
        sa.Column("kind", sa.String(length=64), nullable=False),
        sa.Column("jurisdiction", sa.String(length=16), nullable=False),
        sa.Column("lang", sa.String(length=8), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("privileged", sa.Boolean(), nullable=False),
        sa.Column("latest_n", sa.Integer(), nullable=False),
        *row_end(),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_documents_case_id")),
        sa.ForeignKeyConstraint(["desk_id"], ["desks.id"], name=op.f("fk_documents_desk_id")),
        sa.ForeignKeyConstraint(["incident_id"], ["incidents.id"], name=op.f("fk_documents_incident_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_documents")),
        sa.UniqueConstraint("no", "sample", name=op.f("uq_documents_no_sample")),
    )
    op.create_index(op.f("ix_documents_case_id"), "documents", ["case_id"], unique=False)
    op.create_index(op.f("ix_documents_desk_id"), "documents", ["desk_id"], unique=False)
    op.create_index(op.f("ix_documents_incident_id"), "documents", ["incident_id"], unique=False)
    op.create_table(
        "document_versions",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("desk_id", sa.String(length=26), nullable=True),
        sa.Column("document_id", sa.String(length=26), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("status", sa.String(length=24), nullable=False),
        sa.Column("author_id", sa.String(length=64), nullable=False),
        sa.Column("template_version", sa.String(length=32), nullable=False),
        sa.Column("model", Json, nullable=False),
        sa.Column("context", Json, nullable=False),
        sa.Column("findings", Json, nullable=False),
        sa.Column("text_digest", sa.String(length=64), nullable=False),
        sa.Column("diff_of_n", sa.Integer(), nullable=True),
        sa.Column("note", sa.String(), nullable=True),
        sa.Column("route", Json, nullable=False),
        sa.Column("submitted_by", sa.String(length=64), nullable=True),
        sa.Column("submitted_at", UtcDateTime(), nullable=True),
        sa.Column("approved_digest", sa.String(length=64), nullable=True),
        sa.Column("approved_by", sa.String(length=64), nullable=True),
        sa.Column("approved_at", UtcDateTime(), nullable=True),
        sa.Column("pdf_package_id", sa.String(length=64), nullable=True),
        sa.Column("pdf_evidence_id", sa.String(length=26), nullable=True),
        sa.Column("docx_sha256", sa.String(length=64), nullable=True),
        sa.Column("signed_by", sa.String(length=64), nullable=True),
        sa.Column("signed_at", UtcDateTime(), nullable=True),
        sa.Column("dispatched_at", UtcDateTime(), nullable=True),
        *row_end(),
        sa.CheckConstraint(
            "status <> 'approved' OR approved_digest IS NOT NULL",
            name=op.f("ck_document_versions_approved_approved_digest"),
        ),
        sa.CheckConstraint(
            (
                "status IN ('draft', 'in_review', 'changes_requested', 'approved', 'signed', "
                "'dispatched', 'delivered', 'returned', 'superseded')"
            ),
            name=op.f("ck_document_versions_status"),
        ),
        sa.CheckConstraint(
            "approved_by IS NULL OR author_id IS NULL OR approved_by <> author_id",
            name=op.f("ck_document_versions_approved_by_not_author_id"),
        ),
        sa.CheckConstraint(
            "approved_by IS NULL OR submitted_by IS NULL OR approved_by <> submitted_by",
            name=op.f("ck_document_versions_approved_by_not_submitted_by"),
        ),
        sa.ForeignKeyConstraint(["desk_id"], ["desks.id"], name=op.f("fk_document_versions_desk_id")),
        sa.ForeignKeyConstraint(["document_id"], ["documents.id"], name=op.f("fk_document_versions_document_id")),
        sa.ForeignKeyConstraint(
            ["pdf_evidence_id"], ["evidence_items.id"], name=op.f("fk_document_versions_pdf_evidence_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_document_versions")),
        sa.UniqueConstraint("document_id", "n", name=op.f("uq_document_versions_document_id_n")),
    )
    op.create_index(op.f("ix_document_versions_desk_id"), "document_versions", ["desk_id"], unique=False)
    op.create_index(op.f("ix_document_versions_status"), "document_versions", ["status"], unique=False)
    op.create_table(
        "approvals",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("version_id", sa.String(length=26), nullable=False),
        sa.Column("step", sa.Integer(), nullable=False),
        sa.Column("role", sa.String(length=16), nullable=True),
        sa.Column("author_id", sa.String(length=64), nullable=False),
        sa.Column("approver_id", sa.String(length=26), nullable=False),
        sa.Column("decision", sa.String(length=16), nullable=False),
        sa.Column("comment", sa.String(), nullable=True),
        sa.Column("approved_digest", sa.String(length=64), nullable=True),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.CheckConstraint("decision <> 'approved' OR approved_digest IS NOT NULL", name=op.f("ck_approvals_digest")),
        sa.CheckConstraint("decision IN ('approved', 'changes')", name=op.f("ck_approvals_decision")),
        sa.CheckConstraint("approver_id <> author_id", name=op.f("ck_approvals_not_author")),
        sa.ForeignKeyConstraint(["approver_id"], ["users.id"], name=op.f("fk_approvals_approver_id")),
        sa.ForeignKeyConstraint(["version_id"], ["document_versions.id"], name=op.f("fk_approvals_version_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_approvals")),
        sa.UniqueConstraint("version_id", "step", "approver_id", name=op.f("uq_approvals_version_id_step_approver_id")),
    )
    op.create_table(
        "citations",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("version_id", sa.String(length=26), nullable=False),
        sa.Column("sentence_id", sa.String(length=64), nullable=False),
        sa.Column("target_type", sa.String(length=24), nullable=False),
        sa.Column("target_key", sa.String(length=128), nullable=False),
        sa.Column("shown", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(["version_id"], ["document_versions.id"], name=op.f("fk_citations_version_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_citations")),
        sa.UniqueConstraint(
            "version_id",
            "sentence_id",
            "target_type",
            "target_key",
            name=op.f("uq_citations_version_id_sentence_id_target_type_target_key"),
        ),
    )
    op.create_index(op.f("ix_citations_target_key"), "citations", ["target_key"], unique=False)
    op.create_table(
        "publications",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("desk_id", sa.String(length=26), nullable=True),
        sa.Column("case_id", sa.String(length=26), nullable=False),
        sa.Column("incident_id", sa.String(length=26), nullable=True),
        sa.Column("version_id", sa.String(length=26), nullable=True),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("official_account", sa.String(), nullable=True),
        sa.Column("url", sa.String(), nullable=True),
        sa.Column("scheduled_at", UtcDateTime(), nullable=True),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("published_by", sa.String(length=64), nullable=True),
        sa.Column("published_at", UtcDateTime(), nullable=True),
        sa.Column("evidence_id", sa.String(length=26), nullable=True),
        sa.Column("corrected_by_id", sa.String(length=26), nullable=True),
        sa.Column("retracted_by", sa.String(length=64), nullable=True),
        sa.Column("retracted_at", UtcDateTime(), nullable=True),
        *row_end(),
        sa.CheckConstraint(
            "status <> 'captured' OR evidence_id IS NOT NULL", name=op.f("ck_publications_captured_evidence_id")
        ),
        sa.CheckConstraint("status <> 'published' OR url IS NOT NULL", name=op.f("ck_publications_published_url")),
        sa.CheckConstraint(
            "status IN ('scheduled', 'published', 'captured', 'corrected', 'retracted')",
            name=op.f("ck_publications_status"),
        ),
        sa.CheckConstraint(
            "retracted_by IS NULL OR published_by IS NULL OR retracted_by <> published_by",
            name=op.f("ck_publications_retracted_by_not_published_by"),
        ),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_publications_case_id")),
        sa.ForeignKeyConstraint(["corrected_by_id"], ["publications.id"], name=op.f("fk_publications_corrected_by_id")),
        sa.ForeignKeyConstraint(["desk_id"], ["desks.id"], name=op.f("fk_publications_desk_id")),
        sa.ForeignKeyConstraint(["evidence_id"], ["evidence_items.id"], name=op.f("fk_publications_evidence_id")),
        sa.ForeignKeyConstraint(["incident_id"], ["incidents.id"], name=op.f("fk_publications_incident_id")),
        sa.ForeignKeyConstraint(["version_id"], ["document_versions.id"], name=op.f("fk_publications_version_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_publications")),
    )
    op.create_index(op.f("ix_publications_case_id"), "publications", ["case_id"], unique=False)
    op.create_index(op.f("ix_publications_desk_id"), "publications", ["desk_id"], unique=False)


def downgrade() -> None:
    """Drop them."""
    op.drop_table("publications")
    op.drop_table("citations")
    op.drop_table("approvals")
    op.drop_table("document_versions")
    op.drop_table("documents")
