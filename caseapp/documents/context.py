"""The typed facts a document is drafted from, handed in as plain data.

Every field may be absent: a template that prints an absent one prints a red mark, and the document cannot be approved.
A value that is present is checked here, and a refusal names its place (`posts.0.url`).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any, Literal, Self

from pydantic import Field, ValidationError, computed_field

from caseapp.documents.blocks import first_problem
from caseapp.documents.errors import BadFactsError
from caseapp.documents.facts import (
    Digest,
    EvidenceNo,
    ExhibitLabel,
    Facts,
    Line,
    Moment,
    Money,
    Prose,
    Quote,
    Url,
)

Exhibits = tuple[EvidenceNo, ...]
MAX_POSTS = 500


class Support(Facts):
    """A statement of fact of ours with the exhibits that carry it."""

    text: Prose | None = None
    exhibits: Exhibits = ()
    public_source: Line | None = None
    """What a public paper may name instead of an exhibit number: a report number, an authority's website."""


class Principal(Facts):
    """Whose right it is: the organisation, or the natural person who signs in her own name."""

    kind: Literal["legal_person", "natural_person"] = "legal_person"
    name: Line | None = None
    uscc: Line | None = None
    address: Line | None = None
    legal_rep: Line | None = None
    legal_rep_title: Line | None = None
    identity: Exhibits = ()
    """Exhibits that prove identity: licence, certificate of the legal representative."""
    products: tuple[Line, ...] = ()


class Agent(Facts):
    """Who acts for the principal, and how far."""

    name: Line | None = None
    title: Line | None = None
    authority: Prose | None = None
    valid_from: dt.date | None = None
    valid_until: dt.date | None = None


class Platform(Facts):
    """Where the content stands and who operates it."""

    name: Line | None = None
    operator: Line | None = None
    channel: Line | None = None


class Contact(Facts):
    """Where answers are served."""

    department: Line | None = None
    person: Line | None = None
    phone: Line | None = None
    email: Line | None = None
    address: Line | None = None
    hours: Line | None = None


class Timestamp(Facts):
    """The trusted timestamp of a sealed package; `is_test` marks a test authority, and every paper says so."""

    authority: Line | None = None
    at: Moment | None = None
    is_test: bool = False


class Statement(Facts):
    """One sentence of a post that we object to, and why."""

    quote: Quote | None = None
    kind: Literal["fact", "opinion", "insult"] = "fact"
    verdict: Literal["true", "mostly_true", "false", "misleading", "unverifiable", "opinion"] | None = None
    identification: Support | None = None
    """How a reader knows that the principal is meant."""
    reasons: tuple[Support, ...] = ()
    verified_by: Line | None = None
    verified_at: Moment | None = None


class Post(Facts):
    """One piece of content at one address, as captured."""

    no: Line | None = None
    account: Line | None = None
    uid: Line | None = None
    url: Url | None = None
    content_id: Line | None = None
    kind: Line | None = None
    published_at: Moment | None = None
    captured_at: Moment | None = None
    evidence: EvidenceNo | None = None
    package_sha256: Digest | None = None
    timestamp: Timestamp | None = None
    statements: tuple[Statement, ...] = ()
    outside_scope: Prose | None = None
    """What of this content the notice expressly leaves alone."""


class Claim(Facts):
    """A rumor claim answered in public: what is said, what is so."""

    topic: Line | None = None
    neutral: Prose | None = None
    verdict: Literal["true", "mostly_true", "false", "misleading", "unverifiable", "opinion"] | None = None
    facts: tuple[Support, ...] = ()
    limits: Support | None = None
    """How far the proof reaches, said by ourselves before another says it."""


class PublicAnswer(Facts):
    """What a public statement says besides the claims."""

    subject: Line | None = None
    acknowledged: tuple[Support, ...] = ()
    """What critics are right about."""
    actions: tuple[Support, ...] = ()
    channels: tuple[Prose, ...] = ()
    hotline: Line | None = None


class Exhibit(Facts):
    """An exhibit of the case: its evidence number for good, its label for the present order."""

    evidence: EvidenceNo
    label: ExhibitLabel
    title: Line | None = None
    sha256: Digest | None = None
    pages: int | None = Field(default=None, ge=0, le=100_000)
    page_from: int | None = Field(default=None, ge=1, le=1_000_000)


class Attachment(Facts):
    """One line of the list of attachments."""

    title: Line | None = None
    exhibits: Exhibits = ()


class Previous(Facts):
    """The notice this one follows."""

    number: Line | None = None
    receipt: Line | None = None
    answer: Support | None = None


class DamageItem(Facts):
    """One line of the ledger."""

    head: str = Field(pattern=r"^[A-Z][0-9]{1,2}$")
    title: Line | None = None
    formula: Line | None = None
    amount: Money | None = None
    gross: Money | None = None
    avoided: Money | None = None
    cause: Line | None = None
    exhibits: Exhibits = ()


class HeadTotal(Facts):
    """The sum of one head, as the pure rules computed it."""

    head: str = Field(pattern=r"^[A-Z][0-9]{1,2}$")
    title: Line | None = None
    items: tuple[DamageItem, ...] = ()
    subtotal: Money | None = None


class Alternative(Facts):
    """The alternative claim (D4): a sum the court may fix in place of the proven loss."""

    amount: Money | None = None
    with_costs: Money | None = None
    exhibits: Exhibits = ()
    factors: Prose | None = None


class Damages(Facts):
    """The ledger of a case with the totals of the pure rules; this package adds nothing up by itself but checks."""

    case_no: Line | None = None
    heads: tuple[HeadTotal, ...] = ()
    without_costs: Money | None = None
    total: Money | None = None
    alternative: Alternative | None = None
    notes: tuple[Support, ...] = ()
    other_sums: tuple[Money, ...] = ()
    """Sums of the ledger outside the totals that a note may mention (D2, a settlement)."""
    prepared_by: Line | None = None
    checked_by: Line | None = None
    approved_by: Line | None = None


class Piece(Facts):
    """One file of a bundle in its index."""

    number: int = Field(ge=1)
    group: Line
    title: Line
    path: Line
    label: ExhibitLabel | None = None
    size: int = Field(ge=0)
    sha256: Digest


class BundleIndex(Facts):
    """What the index of a bundle prints."""

    case_no: Line | None = None
    case_title: Line | None = None
    pieces: tuple[Piece, ...] = ()


class DocumentFacts(Facts):
    """Everything a template may print."""

    number: Line | None = None
    issued_on: dt.date | None = None
    sample: bool = False
    principal: Principal | None = None
    agent: Agent | None = None
    platform: Platform | None = None
    contact: Contact | None = None
    posts: tuple[Post, ...] = Field(default=(), max_length=MAX_POSTS)
    measures: tuple[Literal["delete", "block", "unlink", "stop_recommending", "label"], ...] = ()
    claims: tuple[Claim, ...] = ()
    statement: PublicAnswer | None = None
    exhibits: tuple[Exhibit, ...] = ()
    attachments: tuple[Attachment, ...] = ()
    previous: Previous | None = None
    damages: Damages | None = None
    bundle: BundleIndex | None = None

    @computed_field  # type: ignore[prop-decorator]  # pydantic's documented form; mypy does not know it
    @property
    def has_insult(self) -> bool:
        """Whether any statement complained of is an insult to a person."""
        return any(statement.kind == "insult" for post in self.posts for statement in post.statements)

    @computed_field  # type: ignore[prop-decorator]  # as above
    @property
    def has_false_fact(self) -> bool:
        """Whether any statement complained of asserts a fact."""
        return any(statement.kind == "fact" for post in self.posts for statement in post.statements)

    @classmethod
    def from_plain(cls, data: Mapping[str, Any]) -> Self:
        """Check plain data (as YAML or JSON gives it).

        Raises:
            BadFactsError: the first refused value, with its place.
        """
        try:
            return cls.model_validate(dict(data))
        except ValidationError as error:
            place, _, detail = first_problem(error).partition(": ")
            raise BadFactsError(place=place, detail=detail) from error

    def label_of(self, evidence: str) -> str | None:
        """The exhibit label (证1-3) an evidence number bears at present, or None when it is no exhibit."""
        return next((exhibit.label for exhibit in self.exhibits if exhibit.evidence == evidence), None)
