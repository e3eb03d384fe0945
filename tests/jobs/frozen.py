"""Sites whose clock stands where a test puts it, and jobs whose effects can be counted."""

import os
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import text

from gongkai import db
from gongkai.domain.text import Text
from gongkai.jobs.rhythms import Every
from gongkai.jobs.work import Effect, Job, Missed
from gongkai.site import Site

BEGUN = datetime(2026, 3, 2, 4, 0, tzinfo=UTC)


@dataclass
class FrozenSite(Site):
    """A site whose clock stands where it is put."""

    at: datetime = BEGUN

    def now(self):
        return self.at


def make_effect_table(engine):
    with db.transaction(engine) as session:
        session.execute(text("CREATE TABLE effect (job TEXT, period TEXT, worker INTEGER)"))


def count(session, run):
    """Add one row for the period, with nothing that would refuse a second one."""
    insert = text("INSERT INTO effect (job, period, worker) VALUES (:job, :period, :worker)")
    values = {"job": run.lease.job, "period": run.period.key, "worker": os.getpid()}
    session.execute(insert, values)
    return 1


def effects(site, job="count"):
    """Return the periods of a job's effects, in the order they were written."""
    query = text("SELECT period FROM effect WHERE job = :job")
    with site.reading() as session:
        return list(session.scalars(query, {"job": job}))


def make_job(key="count", rhythm=None, work=None, missed=Missed.IN_ORDER, **given):
    return Job(
        key, Text("计数", "Count"), rhythm or Every(1), work or Effect(count), missed, **given
    )
