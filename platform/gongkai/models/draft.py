"""What is on its way to the public, who must sign it, and who has."""

from datetime import date, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from gongkai.db import Base
from gongkai.models.account import Account
from gongkai.models.dataset import Dataset
from gongkai.models.institution import Institution

if TYPE_CHECKING:
    from gongkai.models.finding import Finding


class DraftKind(StrEnum):
    """What a draft becomes: a release of a dataset, or a notice."""

    DATA = "data"
    NEWS = "news"


class DraftState(StrEnum):
    """Where a draft is on its way."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    SIGNED = "signed"
    REVIEWED = "reviewed"
    APPROVED = "approved"
    PUBLISHED = "published"
    RETURNED = "returned"
    DISCARDED = "discarded"


class Step(StrEnum):
    """A step of the chain; the steps of a draft follow from its tier."""

    SUBMIT = "submit"
    SIGN = "sign"
    REVIEW = "review"
    APPROVE = "approve"
    ATTEST = "attest"


class Decision(StrEnum):
    """What was decided at a step."""

    APPROVE = "approve"
    RETURN = "return"


class Draft(Base):
    """Content with its report. ``content_sha256`` is what signers sign; NULL while it blocks.

    ``round`` counts the submissions: signatures of an earlier round, or of other content,
    do not count. ``edition`` counts the files it was given: findings are of one edition.
    """

    __tablename__ = "draft"
    __table_args__ = (
        CheckConstraint("(kind = 'data') = (dataset_id IS NOT NULL)", name="data_has_dataset"),
    )

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    kind: Mapped[str] = mapped_column(String(10), default=DraftKind.DATA)
    institution_id: Mapped[int] = mapped_column(ForeignKey(Institution.id), index=True)
    dataset_id: Mapped[int | None] = mapped_column(ForeignKey(Dataset.id), index=True)
    state: Mapped[str] = mapped_column(String(12), default=DraftState.DRAFT, index=True)
    round: Mapped[int] = mapped_column(default=0)
    edition: Mapped[int] = mapped_column(default=0, server_default="0")
    tier: Mapped[int]
    content_sha256: Mapped[str | None] = mapped_column(String(64))
    file_name: Mapped[str] = mapped_column(String(255), default="")
    upload_sha256: Mapped[str | None] = mapped_column(String(64))
    rows_sha256: Mapped[str | None] = mapped_column(String(64))
    row_count: Mapped[int] = mapped_column(default=0)
    table_schema: Mapped[dict[str, Any] | None]
    report: Mapped[dict[str, Any]]
    body: Mapped[dict[str, Any] | None]
    change_note: Mapped[str] = mapped_column(String(2000), default="")
    is_correction: Mapped[bool] = mapped_column(default=False)
    formed_on: Mapped[date | None]
    authorised_doc: Mapped[str] = mapped_column(String(100), default="")
    created_at: Mapped[datetime]
    created_by_id: Mapped[int] = mapped_column(ForeignKey(Account.id))

    institution: Mapped[Institution] = relationship(lazy="joined")
    dataset: Mapped[Dataset | None] = relationship(lazy="joined")
    created_by: Mapped[Account] = relationship(lazy="joined")
    steps: Mapped[list["DraftStep"]] = relationship(
        order_by="DraftStep.position", lazy="selectin", cascade="all, delete-orphan"
    )
    signatures: Mapped[list["Signature"]] = relationship(order_by="Signature.id", lazy="selectin")
    findings: Mapped[list["Finding"]] = relationship(order_by="Finding.id", lazy="selectin")


class DraftStep(Base):
    """A step that must be signed before the draft may be published."""

    __tablename__ = "draft_step"

    draft_id: Mapped[str] = mapped_column(ForeignKey(Draft.id), primary_key=True)
    step: Mapped[str] = mapped_column(String(10), primary_key=True)
    position: Mapped[int]


class DraftActor(Base):
    """Who acts in which step: an account has one step of a draft, for good."""

    __tablename__ = "draft_actor"
    __table_args__ = (UniqueConstraint("draft_id", "account_id", "step"),)

    draft_id: Mapped[str] = mapped_column(ForeignKey(Draft.id), primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey(Account.id), primary_key=True)
    step: Mapped[str] = mapped_column(String(10))


class Signature(Base):
    """One decision on exact content. Never changed, never deleted."""

    __tablename__ = "signature"
    __table_args__ = (
        ForeignKeyConstraint(
            ["draft_id", "account_id", "step"],
            ["draft_actor.draft_id", "draft_actor.account_id", "draft_actor.step"],
        ),
        CheckConstraint("decision <> 'return' OR comment <> ''", name="return_reasoned"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    draft_id: Mapped[str] = mapped_column(ForeignKey(Draft.id), index=True)
    step: Mapped[str] = mapped_column(String(10))
    account_id: Mapped[int] = mapped_column(ForeignKey(Account.id))
    decision: Mapped[str] = mapped_column(String(10))
    round: Mapped[int]
    content_sha256: Mapped[str] = mapped_column(String(64))
    comment: Mapped[str] = mapped_column(String(2000), default="")
    signed_at: Mapped[datetime]

    account: Mapped[Account] = relationship(lazy="joined")
