"""Scheduled work: who holds a job, and what became of each of its periods."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, Float, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from gongkai.db import Base


class RunOutcome(StrEnum):
    """Where the run of one period stands."""

    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


class JobLease(Base):
    """The one worker that may run a job until ``until``, in database time.

    ``fencing`` grows with every lease and never comes back: what commits compares it.
    """

    __tablename__ = "job_lease"

    job: Mapped[str] = mapped_column(String(60), primary_key=True)
    holder: Mapped[str] = mapped_column(String(120))
    fencing: Mapped[int]
    until: Mapped[datetime]


class JobRun(Base):
    """One period of one job, written when it is taken and once more when it ends.

    ``begins`` is the instant from which the period was due. ``seconds`` is how long the last
    attempt took, ``found`` how much it found to do. A job without periods keeps one row.
    """

    __tablename__ = "job_run"
    __table_args__ = (
        CheckConstraint("outcome IN ('running', 'done', 'failed')", name="outcome"),
        CheckConstraint("(outcome = 'running') = (ended_at IS NULL)", name="ended"),
        Index("ix_job_run_job_begins", "job", "begins"),
        Index("ix_job_run_job_fencing", "job", "fencing"),
    )

    job: Mapped[str] = mapped_column(String(60), primary_key=True)
    period: Mapped[str] = mapped_column(String(32), primary_key=True)
    begins: Mapped[datetime]
    started_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    fencing: Mapped[int]
    attempts: Mapped[int]
    outcome: Mapped[str] = mapped_column(String(8))
    found: Mapped[int] = mapped_column(default=0)
    error: Mapped[str] = mapped_column(String(2000), default="")
    seconds: Mapped[float] = mapped_column(Float, default=0.0)
