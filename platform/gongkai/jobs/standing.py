"""Where the scheduled work stands: last and next runs, leases, the calendar, and what is wrong."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from gongkai.domain.times import shanghai_day
from gongkai.jobs.leases import database_time
from gongkai.jobs.runner import list_due
from gongkai.jobs.schedule import MARK_DUE, SCHEDULE
from gongkai.jobs.work import Chore, Job
from gongkai.models.job import JobLease, JobRun, RunOutcome
from gongkai.services.calendar import CalendarCoverage, coverage, find_calendar

# A check older than this is no longer enforcement.
SILENT_AFTER = timedelta(hours=2)
# What two hosts' clocks may differ by.
_AHEAD = timedelta(minutes=2)


@dataclass(frozen=True)
class JobStanding:
    """One job: its newest run (None before the first), what is due, and who is at it.

    ``next_at`` is when the next period begins; it lies in the past for work that waits
    (``waiting`` periods). ``done_at`` is when a period was last done. ``is_ahead`` means that
    the last run lies in the future: the clock has been set back since.
    """

    job: Job
    last: JobRun | None
    done_at: datetime | None
    next_at: datetime
    waiting: int
    lease: JobLease | None
    is_ahead: bool

    @property
    def has_failed(self) -> bool:
        return self.last is not None and self.last.outcome == RunOutcome.FAILED


@dataclass(frozen=True)
class Standing:
    """All jobs, and until when the calendar is known."""

    at: datetime
    jobs: Sequence[JobStanding]
    calendar: CalendarCoverage

    @property
    def checked_at(self) -> datetime | None:
        """Return when the due dates were last checked."""
        return next(one.done_at for one in self.jobs if one.job.key == MARK_DUE)

    @property
    def failed(self) -> list[str]:
        return [one.job.key for one in self.jobs if one.has_failed]

    def is_silent(self, *, since: datetime | None = None) -> bool:
        """Tell whether nothing has been checked for too long, or since ``since`` if never."""
        known = self.checked_at or since
        return known is not None and self.at - known > SILENT_AFTER


def standing_of(session: Session, *, now: datetime, jobs: Sequence[Job] = SCHEDULE) -> Standing:
    """Return where every job stands at ``now``. Reads only."""
    held = session.scalars(select(JobLease).where(JobLease.until > database_time(session)))
    leases = {one.job: one for one in held}
    return Standing(
        now,
        [_standing(session, job, leases.get(job.key), now) for job in jobs],
        coverage(find_calendar(session), shanghai_day(now)),
    )


def _standing(session: Session, job: Job, lease: JobLease | None, now: datetime) -> JobStanding:
    # By their numbers: the newest is the last that was begun, whatever the clocks said.
    runs = select(JobRun).where(JobRun.job == job.key).order_by(JobRun.fencing.desc()).limit(1)
    last = session.scalar(runs)
    done = session.scalar(runs.where(JobRun.outcome == RunOutcome.DONE.value))
    current = job.rhythm.current(now)
    is_chore = isinstance(job.work, Chore)
    due = [] if is_chore else list_due(session, job, now=now, with_backoff=False)
    return JobStanding(
        job=job,
        last=last,
        done_at=done.ended_at if done else None,
        next_at=due[0].begins if due else job.rhythm.after(current).begins,
        waiting=len(due),
        lease=lease,
        is_ahead=last is not None and last.started_at > now + _AHEAD,
    )
