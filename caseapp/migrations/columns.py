"""Columns that every mutable row of the first schema ends with; frozen, like every migration step."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from caseapp.models.types import UtcDateTime


def row_end() -> tuple[sa.Column[Any], ...]:
    """Return new columns: optimistic lock, who and when, void, sample flag."""
    return (
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("created_by", sa.String(length=64), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.Column("updated_by", sa.String(length=64), nullable=False),
        sa.Column("voided_at", UtcDateTime(), nullable=True),
        sa.Column("voided_by", sa.String(length=64), nullable=True),
        sa.Column("void_reason", sa.String(), nullable=True),
        sa.Column("sample", sa.Boolean(), nullable=False),
    )
