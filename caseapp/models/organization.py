"""Organizations and desks."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from caseapp.domain.vocabulary import ORGANIZATION_KIND
from caseapp.models.db import Keyed, Row, one_of


class Desk(Keyed):
    """An organisation's desk: the people who share rows before these belong to a case."""

    __tablename__ = "desks"

    name: Mapped[str] = mapped_column(unique=True)
    organization_id: Mapped[str | None] = mapped_column(
        ForeignKey("organizations.id", use_alter=True, name="fk_desks_organization_id")
    )


class Organization(Row):
    """单位: ourselves, counterparties, platform operators, courts and so on. ``uscc`` is 统一社会信用代码."""

    __tablename__ = "organizations"
    __table_args__ = (UniqueConstraint("desk_id", "uscc", "sample"), one_of("kind", ORGANIZATION_KIND))

    name: Mapped[str] = mapped_column(index=True)
    kind: Mapped[str] = mapped_column(String(32))
    uscc: Mapped[str | None] = mapped_column(String(18))
    aliases: Mapped[list[str]] = mapped_column(default=list)
    entity_type: Mapped[str | None]
    ownership: Mapped[str | None]
    legal_rep: Mapped[str | None]
    legal_rep_title: Mapped[str | None]
    address: Mapped[str | None]
    contact: Mapped[str | None]
    phone: Mapped[str | None]
    email: Mapped[str | None]
    site: Mapped[str | None]
    brands: Mapped[list[str]] = mapped_column(default=list)
    products: Mapped[list[str]] = mapped_column(default=list)
    licence_evidence_id: Mapped[str | None] = mapped_column(
        ForeignKey("evidence_items.id", use_alter=True, name="fk_organizations_licence_evidence_id")
    )
    facts: Mapped[dict[str, Any]] = mapped_column(default=dict)
