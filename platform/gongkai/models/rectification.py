"""Rectification (整改): what an institution is told to mend, by when, and how that went."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, func, select, text
from sqlalchemy.orm import Mapped, column_property, mapped_column, relationship

from gongkai.db import Base
from gongkai.models.dataset import Dataset
from gongkai.models.institution import Institution
from gongkai.models.obligation import Obligation, ObligationState
from gongkai.models.release import Release


class RectificationState(StrEnum):
    """Where a case is. ``rechecked`` is an event: a recheck closes the case or begins it again."""

    FINDING_SENT = "finding_sent"
    ACKNOWLEDGED = "acknowledged"
    RECTIFYING = "rectifying"
    REPORTED = "reported"
    AGAIN = "again"
    CLOSED = "closed"


# The institution has something to do, so its term runs.
MENDING = (
    RectificationState.FINDING_SENT,
    RectificationState.ACKNOWLEDGED,
    RectificationState.RECTIFYING,
    RectificationState.AGAIN,
)


class RectificationSource(StrEnum):
    """Where a finding comes from (DOMAIN.md §4.9)."""

    OVERDUE = "overdue"
    CHECK = "check"
    INSPECTION = "inspection"
    COMPLAINT = "complaint"
    ASSESSMENT = "assessment"
    AUDIT = "audit"


class RectificationOutcome(StrEnum):
    """Why a case is closed: ``moved`` is a due date that turned out to lie ahead."""

    PASSED = "passed"
    PUBLISHED = "published"
    WAIVED = "waived"
    MOVED = "moved"


_OPEN_FOR_OVERDUE = "source = 'overdue' AND state <> 'closed'"


class RectificationCase(Base):
    """One finding and its rounds. A dataset has one open case for all of it that is overdue.

    ``obligation`` is the one that opened it, where the clock did. ``term_from`` is the day the
    present round's term is counted from. ``is_late`` says that this round's term passed before
    anything was reported. ``release`` is what settled it. ``overdue_count`` says how many
    obligations of the dataset are overdue as it is read.
    """

    __tablename__ = "rectification_case"
    __table_args__ = (
        Index("ix_rectification_case_state_due_on", "state", "due_on"),
        Index("ix_rectification_case_institution_id_state", "institution_id", "state"),
        Index(
            "uq_rectification_case_open_for_overdue",
            "dataset_id",
            unique=True,
            sqlite_where=text(_OPEN_FOR_OVERDUE),
            postgresql_where=text(_OPEN_FOR_OVERDUE),
        ),
        CheckConstraint("(source = 'overdue') = (obligation_id IS NOT NULL)", name="overdue_owes"),
        CheckConstraint("source = 'overdue' OR finding <> ''", name="finding_told"),
        CheckConstraint("(state = 'closed') = (closed_at IS NOT NULL)", name="closed_when"),
        CheckConstraint("(state = 'closed') = (outcome IS NOT NULL)", name="closed_why"),
        CheckConstraint("NOT is_late OR provisional_year IS NULL", name="estimate_never_late"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    obligation_id: Mapped[int | None] = mapped_column(ForeignKey(Obligation.id), unique=True)
    institution_id: Mapped[int] = mapped_column(ForeignKey(Institution.id))
    dataset_id: Mapped[int | None] = mapped_column(ForeignKey(Dataset.id), index=True)
    source: Mapped[str] = mapped_column(String(12))
    finding: Mapped[str] = mapped_column(String(2000), default="")
    state: Mapped[str] = mapped_column(String(12), default=RectificationState.FINDING_SENT)
    round: Mapped[int] = mapped_column(default=1)
    opened_at: Mapped[datetime]
    term_from: Mapped[date]
    due_on: Mapped[date]
    provisional_year: Mapped[int | None]
    is_extended: Mapped[bool] = mapped_column(default=False)
    is_late: Mapped[bool] = mapped_column(default=False)
    acknowledged_at: Mapped[datetime | None]
    reported_at: Mapped[datetime | None]
    rechecked_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    outcome: Mapped[str | None] = mapped_column(String(12))
    release_id: Mapped[int | None] = mapped_column(ForeignKey(Release.id))

    overdue_count: Mapped[int] = column_property(
        select(func.count(Obligation.id))
        .where(
            Obligation.dataset_id == dataset_id,
            Obligation.state == ObligationState.OVERDUE,
            source == RectificationSource.OVERDUE,
        )
        .scalar_subquery()
    )

    institution: Mapped[Institution] = relationship(lazy="joined")
    dataset: Mapped[Dataset | None] = relationship(lazy="joined")
    obligation: Mapped[Obligation | None] = relationship(lazy="select")
    release: Mapped[Release | None] = relationship(lazy="select")
    events: Mapped[list["RectificationEvent"]] = relationship(
        order_by="RectificationEvent.id", lazy="select"
    )


class RectificationEvent(Base):
    """One thing that happened to a case; only ever added to. ``actor`` is "" for the clock."""

    __tablename__ = "rectification_event"

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey(RectificationCase.id), index=True)
    at: Mapped[datetime]
    kind: Mapped[str] = mapped_column(String(20))
    actor: Mapped[str] = mapped_column(String(100), default="")
    comment: Mapped[str] = mapped_column(String(2000), default="")
    detail: Mapped[dict[str, Any]] = mapped_column(default=dict)
