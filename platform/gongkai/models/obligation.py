"""What an institution owes, since when, by which rule, until when, and what became of it."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from gongkai.db import Base
from gongkai.models.account import Account
from gongkai.models.dataset import Dataset
from gongkai.models.release import Release


class ObligationState(StrEnum):
    """Where an obligation is. ``provisional`` is not stored: see ``Obligation.shown_state``."""

    OPEN = "open"
    DUE_SOON = "due_soon"
    OVERDUE = "overdue"
    SUSPENDED = "suspended"
    PROVISIONAL = "provisional"
    MET = "met"
    MET_LATE = "met_late"
    WAIVED = "waived"


# A clock runs.
RUNNING = (ObligationState.OPEN, ObligationState.DUE_SOON, ObligationState.OVERDUE)
UNSETTLED = (*RUNNING, ObligationState.SUSPENDED)


class OpenedBy(StrEnum):
    """What an obligation comes from."""

    PERIOD = "period"
    CHANGE = "change"
    DRAFT = "draft"
    WATCH = "watch"
    START = "start"


class Obligation(Base):
    """One thing to publish by one day.

    ``occasion`` names what it comes from (``period:2026-Q1``, ``change:2026-01-30``) and is
    unique for a dataset and a rule, so that opening twice opens once. ``overdue_on`` is the
    first day on which it was late, and stays when it is met late. ``length`` is the term in
    working days where that is the obligation's own (the starting plan).
    """

    __tablename__ = "obligation"
    __table_args__ = (
        UniqueConstraint("dataset_id", "rule_key", "occasion"),
        Index("ix_obligation_state_due_on", "state", "due_on"),
        Index("ix_obligation_dataset_id_state", "dataset_id", "state"),
        # Few are estimates, and none of them changes with each night's check.
        Index(
            "ix_obligation_provisional_year",
            "provisional_year",
            sqlite_where=text("provisional_year IS NOT NULL"),
            postgresql_where=text("provisional_year IS NOT NULL"),
        ),
        CheckConstraint("state <> 'waived' OR waived_reason <> ''", name="waiver_reasoned"),
        CheckConstraint(
            "state <> 'overdue' OR provisional_year IS NULL", name="estimate_never_overdue"
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    dataset_id: Mapped[int] = mapped_column(ForeignKey(Dataset.id))
    institution_id: Mapped[int] = mapped_column(ForeignKey("institution.id"))
    item_key: Mapped[str] = mapped_column(String(64))
    rule_key: Mapped[str] = mapped_column(String(64))
    occasion: Mapped[str] = mapped_column(String(80))
    opened_by: Mapped[str] = mapped_column(String(10))
    opened_at: Mapped[datetime]
    trigger_on: Mapped[date]
    trigger_at: Mapped[datetime | None]
    event_on: Mapped[date | None]
    due_on: Mapped[date]
    due_at: Mapped[datetime | None]
    provisional_year: Mapped[int | None]
    state: Mapped[str] = mapped_column(String(12), default=ObligationState.OPEN)
    overdue_on: Mapped[date | None]
    is_extended: Mapped[bool] = mapped_column(default=False)
    length: Mapped[int | None]
    met_at: Mapped[datetime | None]
    met_release_id: Mapped[int | None] = mapped_column(ForeignKey(Release.id), index=True)
    note: Mapped[str] = mapped_column(String(2000), default="")
    waived_reason: Mapped[str | None] = mapped_column(String(2000))
    waived_by_id: Mapped[int | None] = mapped_column(ForeignKey(Account.id))

    dataset: Mapped[Dataset] = relationship(lazy="joined")
    suspensions: Mapped[list["ObligationSuspension"]] = relationship(
        order_by="ObligationSuspension.id", lazy="selectin"
    )

    @property
    def shown_state(self) -> ObligationState:
        """Return the state as people see it: one whose day is an estimate is provisional."""
        state = ObligationState(self.state)
        if state in RUNNING and self.provisional_year is not None:
            return ObligationState.PROVISIONAL
        return state


class ObligationSuspension(Base):
    """A stretch that does not count, with its reason; ``until`` is None while it lasts."""

    __tablename__ = "obligation_suspension"
    __table_args__ = (CheckConstraint("reason <> ''", name="reasoned"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    obligation_id: Mapped[int] = mapped_column(ForeignKey(Obligation.id), index=True)
    since: Mapped[date]
    until: Mapped[date | None]
    reason: Mapped[str] = mapped_column(String(2000))


class ClockMark(Base):
    """Up to which day something that is done day by day has been done."""

    __tablename__ = "clock_mark"

    name: Mapped[str] = mapped_column(String(60), primary_key=True)
    day: Mapped[date]


class ObligationEvent(Base):
    """What happened to an obligation after it was opened; only ever added to.

    ``detail`` holds ``old`` and ``new`` due dates where these moved.
    """

    __tablename__ = "obligation_event"

    id: Mapped[int] = mapped_column(primary_key=True)
    obligation_id: Mapped[int] = mapped_column(ForeignKey(Obligation.id), index=True)
    at: Mapped[datetime]
    kind: Mapped[str] = mapped_column(String(20))
    actor: Mapped[str] = mapped_column(String(100))
    detail: Mapped[dict[str, Any]]
