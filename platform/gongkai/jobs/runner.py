"""Running jobs: an effect once per period, whatever the number of workers and their fates.

A period is taken with a lease (``jobs.leases``) and a row in ``job_run``, unique for job and
period. The effect, the row's mark and the comparison of the fencing number commit together,
so that a period is wholly done or not at all, and done once. A worker that was killed or
stalled leaves a lease that runs out; the next one takes the period over with a higher number,
and the old one, should it wake up, cannot commit.

Which period is due follows from the rows and the present instant: the present one
(``Missed.NEWEST``), or each one since the last that was done (``Missed.IN_ORDER``), unless its
row says that it is done. So a clock that jumps back repeats nothing, and one that jumps forward
skips nothing; a job that has never run begins with the present period.
"""

import logging
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import Select, select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from gongkai import db
from gongkai.jobs import leases
from gongkai.jobs.leases import Lease, LeaseLost
from gongkai.jobs.rhythms import JobPeriod
from gongkai.jobs.work import Chore, Effect, Job, Missed, Run, Steps
from gongkai.models.job import JobRun, RunOutcome
from gongkai.services.announcing import announce_pending
from gongkai.site import Site

log = logging.getLogger(__name__)

_FIRST_RETRY = timedelta(seconds=30)
_LAST_RETRY = timedelta(hours=1)
# The one row of a job without periods, and how often it is written when nothing happens.
CHORE_PERIOD = "latest"
_NOTE_SECONDS = 60
# As many missed periods as are looked at at once.
_WINDOW = 50


class Ending(StrEnum):
    """How an attempt ended; ``held`` and ``lost`` mean that another worker has the period."""

    DONE = "done"
    FAILED = "failed"
    HELD = "held"
    LOST = "lost"


@dataclass(frozen=True)
class Attempt:
    """What a worker did with one period of a job; ``period`` is "" for a chore."""

    job: str
    period: str
    ending: Ending
    found: int = 0
    error: str = ""


def list_due(
    session: Session, job: Job, *, now: datetime, with_backoff: bool = True
) -> list[JobPeriod]:
    """Return the periods to run at ``now``, oldest first; [] while a failed one must wait.

    A period that another worker is at is among them. At most ``_WINDOW`` are listed.
    """
    current = job.rhythm.current(now)
    windows = iter([[current]]) if job.missed is Missed.NEWEST else _missed(session, job, current)
    for window in windows:
        kept = {one.period: one for one in session.scalars(_runs_of(job, window))}
        done = {key for key, one in kept.items() if one.outcome == RunOutcome.DONE}
        due = [one for one in window if one.key not in done]
        if due:
            first = kept.get(due[0].key)
            return [] if with_backoff and first and _must_wait(first, now) else due
    return []


def _missed(session: Session, job: Job, current: JobPeriod) -> Iterator[list[JobPeriod]]:
    """Yield the periods after the one that was done last, up to the present one, some at a time.

    Last by fencing number: of periods that a clock far ahead has brought about, the one that
    was reached since it was set right counts.
    """
    last = session.scalar(
        select(JobRun.begins)
        .where(
            JobRun.job == job.key,
            JobRun.outcome == RunOutcome.DONE.value,
            JobRun.begins <= current.begins,
        )
        .order_by(JobRun.fencing.desc())
        .limit(1)
    )
    if last is None:
        yield [current]
        return
    window: list[JobPeriod] = []
    # By the rhythm as it is now, which may be another than when that one ran.
    period = job.rhythm.after(job.rhythm.current(last))
    while period.begins <= current.begins:
        window.append(period)
        if len(window) == _WINDOW:
            yield window
            window = []
        period = job.rhythm.after(period)
    yield window


def _runs_of(job: Job, periods: Sequence[JobPeriod]) -> Select[JobRun]:
    keys = [one.key for one in periods]
    return select(JobRun).where(JobRun.job == job.key, JobRun.period.in_(keys))


def _must_wait(run: JobRun, now: datetime) -> bool:
    if run.outcome != RunOutcome.FAILED or run.ended_at is None:
        return False
    # A failure that lies ahead was before the clock was set back; it is not waited for.
    return run.ended_at <= now < run.ended_at + retry_after(run.attempts)


def retry_after(attempts: int) -> timedelta:
    """Return how long a period waits after its ``attempts``-th failure."""
    return min(_FIRST_RETRY * (1 << min(attempts - 1, 20)), _LAST_RETRY)


class Runner:
    """One worker's hands: runs what is due, and never raises for a job that fails."""

    def __init__(self, site: Site, jobs: Sequence[Job], *, holder: str | None = None) -> None:
        self.site = site
        self.jobs = tuple(jobs)
        self.holder = holder or leases.worker_name()
        # Set it to end after the period that is being run.
        self.is_ending = threading.Event()
        self._noted: dict[str, tuple[Ending, float]] = {}

    def run_all(self, *, with_backoff: bool = True) -> list[Attempt]:
        """Run everything that is due now, job by job; return what was done."""
        done: list[Attempt] = []
        for job in self.jobs:
            done += self.run_job(job, with_backoff=with_backoff)
        return done

    def run_job(self, job: Job, *, with_backoff: bool = True) -> list[Attempt]:
        """Run what is due of one job, in order, until it is done, fails, or is another's."""
        if isinstance(job.work, Chore):
            return [self._do_chore(job, job.work)]
        done: list[Attempt] = []
        try:
            while not self.is_ending.is_set():
                now = self.site.now()
                with self.site.reading() as session:
                    due = list_due(session, job, now=now, with_backoff=with_backoff)
                if not due:
                    break
                attempt = self._attempt(job, due[0], now)
                done += [attempt] if attempt else []
                if attempt and attempt.ending is not Ending.DONE:
                    break
        except DBAPIError as error:
            log.exception("job %s could not be looked at", job.key)
            done.append(Attempt(job.key, "", Ending.FAILED, error=sentence_of(error)))
        return done

    def _attempt(self, job: Job, period: JobPeriod, now: datetime) -> Attempt | None:
        """Take and run one period; None where another worker has done it in the meantime."""
        lease = self._take(job, period, now)
        if lease is None:
            with self.site.reading() as session:
                present = session.get(JobRun, (job.key, period.key))
            is_done = present is not None and present.outcome == RunOutcome.DONE
            return None if is_done else Attempt(job.key, period.key, Ending.HELD)
        run = Run(self.site, period, now, lease)
        begun = time.monotonic()
        try:
            with leases.kept_alive(
                self.site.engine, lease, seconds=job.lease_seconds, longest=job.longest_seconds
            ):
                found = self._work(job, run, begun)
        except LeaseLost as lost:
            log.warning("%s: its worker %s was too slow", lost, self.holder)
            return Attempt(job.key, period.key, Ending.LOST)
        except Exception as error:
            log.exception("job %s failed for %s (attempt %d)", job.key, period.key, lease.attempt)
            said = sentence_of(error)
            self._note_failure(lease, said, time.monotonic() - begun)
            return Attempt(job.key, period.key, Ending.FAILED, error=said)
        self._announce()
        return Attempt(job.key, period.key, Ending.DONE, found)

    def _take(self, job: Job, period: JobPeriod, now: datetime) -> Lease | None:
        with db.transaction(self.site.engine) as session:
            return leases.take(
                session, job.key, period, holder=self.holder, seconds=job.lease_seconds, now=now
            )

    def _work(self, job: Job, run: Run, begun: float) -> int:
        """Do the work and mark it done: together for an Effect, afterwards for Steps."""
        found = job.work.work(run) if isinstance(job.work, Steps) else 0
        with db.transaction(self.site.engine) as session:
            if isinstance(job.work, Effect):
                found = job.work.work(session, run)
                session.flush()
            seconds = time.monotonic() - begun
            leases.finish(session, run.lease, found=found, seconds=seconds, now=self.site.now())
        return found

    def _note_failure(self, lease: Lease, error: str, seconds: float) -> None:
        try:
            with db.transaction(self.site.engine) as session:
                leases.fail(session, lease, error=error, seconds=seconds, now=self.site.now())
        except DBAPIError:
            log.exception("the failure of %s could not be recorded", lease.job)

    def _announce(self) -> None:
        """Tell the plugins what the effect recorded; what fails here is told later."""
        try:
            announce_pending(self.site.engine, self.site.plugins, now=self.site.now())
        except DBAPIError:
            log.exception("events wait to be announced")

    def _do_chore(self, job: Job, chore: Chore) -> Attempt:
        begun, now = time.monotonic(), self.site.now()
        attempt = Attempt(job.key, "", Ending.DONE)
        try:
            attempt = replace(attempt, found=chore.work(self.site))
        except Exception as error:
            log.exception("job %s failed", job.key)
            attempt = replace(attempt, ending=Ending.FAILED, error=sentence_of(error))
        self._note_chore(job, attempt, now, time.monotonic() - begun)
        return attempt

    def _note_chore(self, job: Job, attempt: Attempt, now: datetime, seconds: float) -> None:
        """Keep what a chore last did, where it did something, failed, or once in a minute."""
        told = (attempt.ending, time.monotonic())
        before = self._noted.get(job.key)
        is_new = before is None or before[0] is not told[0] or told[1] - before[1] > _NOTE_SECONDS
        if not attempt.found and not is_new:
            return
        try:
            with db.transaction(self.site.engine) as session:
                session.merge(
                    JobRun(
                        job=job.key,
                        period=CHORE_PERIOD,
                        begins=now,
                        started_at=now,
                        ended_at=self.site.now(),
                        fencing=0,
                        attempts=1,
                        outcome=attempt.ending.value,
                        found=attempt.found,
                        error=attempt.error,
                        seconds=seconds,
                    )
                )
        except DBAPIError:
            log.exception("what %s did could not be recorded", job.key)
            return
        self._noted[job.key] = told


def sentence_of(error: Exception) -> str:
    """Return one line on a failure, without the statement and its values."""
    what = error.orig if isinstance(error, DBAPIError) and error.orig else error
    lines = str(what).splitlines()
    return f"{type(what).__name__}: {lines[0] if lines else ''}"[:500]
