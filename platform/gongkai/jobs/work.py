"""What a job is: its rhythm, its work, and what becomes of periods that were missed."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy.orm import Session

from gongkai import db
from gongkai.domain.text import Text
from gongkai.jobs import leases
from gongkai.jobs.leases import Lease
from gongkai.jobs.rhythms import JobPeriod, Rhythm
from gongkai.services.clock import Clock, clock_of
from gongkai.site import Site


class Missed(StrEnum):
    """What becomes of periods that passed while no worker ran."""

    IN_ORDER = "in_order"
    NEWEST = "newest"


@dataclass(frozen=True)
class Run:
    """One attempt at one period, as a job sees it. ``now`` is when the attempt began."""

    site: Site
    period: JobPeriod
    now: datetime
    lease: Lease

    def clock(self, session: Session) -> Clock:
        """Return what due dates are counted with."""
        return clock_of(session, self.site.plugins)

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        """Open a session for one step of ``Steps``; it commits only while the lease is ours.

        Raises LeaseLost instead of committing; let it pass.
        """
        with db.transaction(self.site.engine) as session:
            yield session
            leases.require_lease(session, self.lease)


@dataclass(frozen=True)
class Effect:
    """Work in one transaction, which the runner commits with the mark: exactly once a period.

    Returns how much it found to do. Does not commit, and does nothing that a rollback leaves.
    """

    work: Callable[[Session, Run], int]


@dataclass(frozen=True)
class Steps:
    """Work that is long or leaves the database: at least once a period, by one worker at a time.

    Returns how much it found to do. Writes through ``run.transaction()``, step by step, each
    safe to run again after a kill.
    """

    work: Callable[[Run], int]


@dataclass(frozen=True)
class Chore:
    """Work without periods that every worker does at each tick, safe to run at once with itself."""

    work: Callable[[Site], int]


@dataclass(frozen=True)
class Job:
    """One kind of scheduled work.

    A lease is held for ``lease_seconds`` and renewed while the work goes on, for at most
    ``longest_seconds``; then another worker may take the period over. A failed period is tried
    again after half a minute, then ever more rarely up to an hour; with ``Missed.IN_ORDER`` the
    later ones wait for it.
    """

    key: str
    title: Text
    rhythm: Rhythm
    work: Effect | Steps | Chore
    missed: Missed = Missed.NEWEST
    lease_seconds: float = 60.0
    longest_seconds: float = 3600.0
