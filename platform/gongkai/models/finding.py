"""What a person must decide before a draft may become public, and what was decided."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from gongkai.db import Base
from gongkai.models.account import Account
from gongkai.models.draft import Draft, Step

REASON_LENGTH = 8  # characters, for whoever sets the gate aside


class FindingDecision(StrEnum):
    """What the reviewer decided: set aside what blocks, or accept what was put to them."""

    OVERRIDE = "override"
    ACCEPT = "accept"


class Finding(Base):
    """One kind of problem in one field of exact content. Never changed, never deleted.

    ``field`` is empty where the whole file is meant. Of the places only row numbers are kept:
    what a cell held has no business in a row that stays for good.
    """

    __tablename__ = "finding"
    __table_args__ = (
        UniqueConstraint("draft_id", "edition", "code", "field"),
        # What a decision refers to, so that it cannot speak of other content.
        UniqueConstraint("id", "draft_id", "content_sha256", "severity", name="uq_finding_decided"),
        CheckConstraint("severity IN ('error', 'review')", name="severity_known"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    draft_id: Mapped[str] = mapped_column(ForeignKey(Draft.id))
    edition: Mapped[int]
    content_sha256: Mapped[str] = mapped_column(String(64))
    code: Mapped[str] = mapped_column(String(100))
    field: Mapped[str] = mapped_column(String(200), default="")
    label: Mapped[dict[str, Any] | None]
    message: Mapped[dict[str, Any]]
    severity: Mapped[str] = mapped_column(String(10))
    total: Mapped[int]
    rows: Mapped[list[Any]]
    source: Mapped[str] = mapped_column(String(200))
    found_at: Mapped[datetime]

    decisions: Mapped[list["DecidedFinding"]] = relationship(
        order_by="DecidedFinding.id", lazy="selectin"
    )


class DecidedFinding(Base):
    """The reviewer's decision on a finding, in one round. Never changed, never deleted.

    The account is one that acts in the step of review, so it acts in no other.
    """

    __tablename__ = "decided_finding"
    __table_args__ = (
        ForeignKeyConstraint(
            ["finding_id", "draft_id", "content_sha256", "severity"],
            ["finding.id", "finding.draft_id", "finding.content_sha256", "finding.severity"],
            name="fk_decided_finding_finding",
        ),
        ForeignKeyConstraint(
            ["draft_id", "account_id", "step"],
            ["draft_actor.draft_id", "draft_actor.account_id", "draft_actor.step"],
        ),
        UniqueConstraint("finding_id", "round"),
        CheckConstraint("step = 'review'", name="by_reviewer"),
        CheckConstraint("(severity = 'error') = (decision = 'override')", name="decision_fits"),
        CheckConstraint(
            f"decision <> 'override' OR length(trim(reason)) >= {REASON_LENGTH}",
            name="override_reasoned",
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    finding_id: Mapped[int]
    draft_id: Mapped[str] = mapped_column(String(32), index=True)
    content_sha256: Mapped[str] = mapped_column(String(64))
    severity: Mapped[str] = mapped_column(String(10))
    round: Mapped[int]
    decision: Mapped[str] = mapped_column(String(10))
    reason: Mapped[str] = mapped_column(String(2000), default="")
    account_id: Mapped[int] = mapped_column(ForeignKey(Account.id))
    step: Mapped[str] = mapped_column(String(10), default=Step.REVIEW)
    decided_at: Mapped[datetime]

    account: Mapped[Account] = relationship(lazy="joined")
