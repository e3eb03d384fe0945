"""Leases with fencing numbers: at most one worker's effect counts, whatever happens to workers.

What is assumed of clocks: a lease is written and judged by database time alone (on PostgreSQL
the server's clock, on SQLite that of the one host), never by two hosts' clocks. That clock may
jump: forward, a lease runs out early; back, a lease that reaches further ahead than any can is
taken for one that ran out. Either way two workers may *work* on a period at once, but only
the newer fencing number can *commit*: the number is compared in the transaction of the effect,
under the lease's row lock (SQLite: under the write lock). Safety never rests on time.
"""

import os
import socket
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Engine,
    Insert,
    and_,
    func,
    literal_column,
    or_,
    select,
    type_coerce,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from gongkai import db
from gongkai.db import Instant
from gongkai.jobs.rhythms import JobPeriod
from gongkai.models.job import JobLease, JobRun, RunOutcome

_ERROR_CHARS = 2000


class LeaseLost(Exception):  # noqa: N818 - it states what happened
    """Another worker has taken the job; nothing of this attempt may be committed."""


@dataclass(frozen=True)
class Lease:
    """The right to run one period of a job, as long as nobody has a higher ``fencing``."""

    job: str
    period: JobPeriod
    fencing: int
    attempt: int


def worker_name() -> str:
    """Return a name for this process that no other has."""
    return f"{socket.gethostname()[:80]}:{os.getpid()}:{uuid.uuid4().hex[:8]}"


def take(
    session: Session, job: str, period: JobPeriod, *, holder: str, seconds: float, now: datetime
) -> Lease | None:
    """Take the lease of ``job`` for ``period``; None where it is held, or the period is done.

    Does not commit.
    """
    fencing = session.execute(_take_statement(session, job, holder, seconds)).scalar()
    if fencing is None:
        return None
    insert = _insert(session, JobRun).values(
        job=job,
        period=period.key,
        begins=period.begins,
        started_at=now,
        ended_at=None,
        fencing=fencing,
        attempts=1,
        outcome=RunOutcome.RUNNING.value,
        found=0,
        error="",
        seconds=0.0,
    )
    statement: Any = insert.on_conflict_do_update(
        index_elements=[JobRun.job, JobRun.period],
        set_={
            "started_at": now,
            "ended_at": None,
            "fencing": fencing,
            "attempts": JobRun.attempts + 1,
            "outcome": RunOutcome.RUNNING.value,
            "found": 0,
            "error": "",
            "seconds": 0.0,
        },
        where=JobRun.outcome != RunOutcome.DONE.value,
    ).returning(JobRun.attempts)
    attempt = session.execute(statement).scalar()
    lease = Lease(job, period, fencing, attempt or 0)
    if attempt is None:
        _update_lease(session, lease, database_time(session))
        return None
    return lease


def _take_statement(session: Session, job: str, holder: str, seconds: float) -> Insert:
    present, until = database_time(session), database_time(session, seconds)
    # Further ahead than a lease can reach: the clock was set back since it was written.
    is_free = or_(JobLease.until <= present, JobLease.until > until)
    insert = _insert(session, JobLease).values(job=job, holder=holder, fencing=1, until=until)
    statement: Insert = insert.on_conflict_do_update(
        index_elements=[JobLease.job],
        set_={"holder": holder, "fencing": JobLease.fencing + 1, "until": until},
        where=is_free,
    ).returning(JobLease.fencing)
    return statement


def renew(session: Session, lease: Lease, *, seconds: float) -> bool:
    """Hold the lease for another ``seconds``; False where it was taken, or its run has ended.

    A run that has ended gave its lease back: renewing it would only keep the next one waiting.
    """
    is_running = (
        select(JobRun.job)
        .where(
            JobRun.job == lease.job,
            JobRun.fencing == lease.fencing,
            JobRun.outcome == RunOutcome.RUNNING.value,
        )
        .exists()
    )
    return _update_lease(session, lease, database_time(session, seconds), is_running)


def require_lease(session: Session, lease: Lease) -> None:
    """Raise LeaseLost unless the lease is still ours; nobody can take it before the commit."""
    if not _update_lease(session, lease, JobLease.until):
        raise LeaseLost(f"{lease.job} {lease.period.key} has been taken over")


def finish(session: Session, lease: Lease, *, found: int, seconds: float, now: datetime) -> None:
    """Mark the period done and give the lease back, in the transaction of the effect.

    Raises LeaseLost. Call it last: from here to the commit the lease's row is locked.
    """
    if not _update_lease(session, lease, database_time(session)):
        raise LeaseLost(f"{lease.job} {lease.period.key} has been taken over")
    if not _end_run(session, lease, RunOutcome.DONE, found=found, seconds=seconds, ended_at=now):
        raise LeaseLost(f"{lease.job} {lease.period.key} has been ended by another worker")


def fail(session: Session, lease: Lease, *, error: str, seconds: float, now: datetime) -> bool:
    """Note that the attempt failed and give the lease back; False where it was lost."""
    if not _update_lease(session, lease, database_time(session)):
        return False
    return _end_run(
        session,
        lease,
        RunOutcome.FAILED,
        error=error[:_ERROR_CHARS],
        seconds=seconds,
        ended_at=now,
    )


def _update_lease(session: Session, lease: Lease, until: Any, *conditions: Any) -> bool:
    statement = (
        update(JobLease)
        .where(JobLease.job == lease.job, JobLease.fencing == lease.fencing, *conditions)
        .values(until=until)
        .execution_options(synchronize_session=False)
    )
    result: Any = session.execute(statement)
    return bool(result.rowcount == 1)


def _end_run(session: Session, lease: Lease, outcome: RunOutcome, **values: Any) -> bool:
    statement = (
        update(JobRun)
        .where(
            and_(JobRun.job == lease.job, JobRun.period == lease.period.key),
            JobRun.fencing == lease.fencing,
            JobRun.outcome == RunOutcome.RUNNING.value,
        )
        .values(outcome=outcome.value, **values)
        .execution_options(synchronize_session=False)
    )
    result: Any = session.execute(statement)
    return bool(result.rowcount == 1)


def database_time(session: Session, plus_seconds: float = 0.0) -> ColumnElement[datetime]:
    """Return the SQL for the database's present instant, or one so many seconds ahead.

    Not the transaction's beginning: a statement that waited for a lock sees the time then.
    """
    if session.get_bind().dialect.name == "postgresql":
        ahead = timedelta(seconds=plus_seconds)
        return type_coerce(func.clock_timestamp() + ahead, Instant())
    shift = f"{plus_seconds:+.3f} seconds"
    # As SQLAlchemy writes instants: with microseconds.
    text = func.strftime("%Y-%m-%d %H:%M:%f", "now", shift).op("||")(literal_column("'000'"))
    return type_coerce(text, Instant())


def _insert(session: Session, table: Any) -> Any:
    if session.get_bind().dialect.name == "postgresql":
        return postgresql.insert(table)
    return sqlite.insert(table)


@contextmanager
def kept_alive(engine: Engine, lease: Lease, *, seconds: float, longest: float) -> Iterator[None]:
    """Renew the lease in the background, three times in its length, for at most ``longest``.

    After that others may take a period whose worker hangs. Measured by the monotonic clock.
    """
    ended = threading.Event()
    until = time.monotonic() + longest

    def keep() -> None:
        while not ended.wait(seconds / 3) and time.monotonic() < until:
            try:
                with db.transaction(engine) as session:
                    if not renew(session, lease, seconds=seconds):
                        return
            except OperationalError:
                # SQLite during our own long transaction: nobody else can take it either.
                continue

    thread = threading.Thread(target=keep, name=f"lease {lease.job}", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()
