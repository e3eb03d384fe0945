import os
import signal
import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, update

from gongkai import db
from gongkai.jobs import leases
from gongkai.jobs.leases import LeaseLost, database_time
from gongkai.jobs.rhythms import Every
from gongkai.jobs.runner import Runner
from gongkai.jobs.work import Steps
from gongkai.models.job import JobLease, JobRun
from tests.jobs.frozen import BEGUN, count, effects, make_job
from tests.jobs.stalled import LEASE_SECONDS

ROOT = Path(__file__).parents[2]
PERIOD = Every(1).current(BEGUN)


def take(site, holder="one", seconds=60.0, period=PERIOD):
    with db.transaction(site.engine) as session:
        return leases.take(session, "count", period, holder=holder, seconds=seconds, now=BEGUN)


def put_lease(site, shift):
    """Write the lease's end as ``shift`` seconds from the database's present."""
    with db.transaction(site.engine) as session:
        session.execute(update(JobLease).values(until=database_time(session, shift)))


def test_a_lease_is_held_by_one_and_the_next_has_a_higher_number(frozen):
    first = take(frozen)
    assert take(frozen, "two") is None

    put_lease(frozen, -1)
    second = take(frozen, "two")

    assert (first.fencing, second.fencing) == (1, 2)
    assert (first.attempt, second.attempt) == (1, 2)


def test_a_lease_further_ahead_than_any_can_be_is_from_before_the_clock_was_set_back(frozen):
    take(frozen)
    put_lease(frozen, 2 * 86_400)

    assert take(frozen, "two").fencing == 2


def test_a_lease_is_renewed_by_its_number_only(frozen):
    first = take(frozen, seconds=1)
    with db.transaction(frozen.engine) as session:
        assert leases.renew(session, first, seconds=60)
    put_lease(frozen, -1)
    take(frozen, "two")

    with db.transaction(frozen.engine) as session:
        assert not leases.renew(session, first, seconds=60)


def test_who_lost_the_lease_can_neither_commit_nor_mark_nor_fail_it(frozen):
    first = take(frozen)
    put_lease(frozen, -1)
    second = take(frozen, "two")

    for act in (
        lambda session: leases.require_lease(session, first),
        lambda session: leases.finish(session, first, found=1, seconds=0.1, now=BEGUN),
    ):
        with pytest.raises(LeaseLost), db.transaction(frozen.engine) as session:
            act(session)
    with db.transaction(frozen.engine) as session:
        assert not leases.fail(session, first, error="x", seconds=0.1, now=BEGUN)
        leases.finish(session, second, found=1, seconds=0.1, now=BEGUN)


def test_a_done_period_is_never_taken_again(frozen):
    lease = take(frozen)
    with db.transaction(frozen.engine) as session:
        leases.finish(session, lease, found=3, seconds=0.1, now=BEGUN)

    assert take(frozen, "two") is None
    with frozen.reading() as session:
        run = session.get(JobRun, ("count", PERIOD.key))
        assert (run.outcome, run.found, run.fencing) == ("done", 3, 1)
    # Asking left the job free for the next period.
    assert take(frozen, "two", period=Every(1).after(PERIOD)) is not None


def test_the_database_tells_its_time_as_it_stores_instants(frozen):
    with frozen.reading() as session:
        before = session.execute(select(database_time(session))).scalar_one()
        ahead = session.execute(select(database_time(session, 90.5))).scalar_one()

    assert before.tzinfo is not None
    assert abs(ahead - before - timedelta(seconds=90.5)) < timedelta(seconds=2)
    assert abs(before.timestamp() - time.time()) < 60


def test_a_long_job_keeps_its_lease_and_one_that_hangs_loses_it(frozen):
    seen = []

    def look(run):
        for _ in range(7):
            time.sleep(0.25)
            with frozen.reading() as session:
                now = session.execute(select(database_time(session))).scalar_one()
                seen.append(session.get(JobLease, "count").until > now)
        with run.transaction() as session:
            return count(session, run)

    long = make_job(work=Steps(look), lease_seconds=1.0)
    assert Runner(frozen, [long]).run_all()[0].ending == "done"
    assert all(seen)

    seen.clear()
    frozen.at += timedelta(seconds=1)
    hanging = make_job(work=Steps(look), lease_seconds=1.0, longest_seconds=0.1)
    Runner(frozen, [hanging]).run_all()
    assert seen[0]
    assert not seen[-1]


@pytest.mark.parametrize("kind", ["effect", "steps"])
def test_a_worker_that_stalled_past_its_lease_cannot_commit(frozen, kind, tmp_path):
    url = frozen.settings.database_url
    # In a transaction on SQLite it holds the lock that taking over would need.
    is_locked = kind == "effect" and url.startswith("sqlite")
    command = [sys.executable, "-m", "tests.jobs.stalled", url, str(tmp_path / "data"), kind]
    stalled = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    try:
        assert os.WIFSTOPPED(os.waitpid(stalled.pid, os.WUNTRACED)[1])
        time.sleep(2 * LEASE_SECONDS)
        if not is_locked:
            job = make_job(lease_seconds=LEASE_SECONDS)
            assert [one.ending for one in Runner(frozen, [job]).run_all()] == ["done"]
        stalled.send_signal(signal.SIGCONT)
        said, _ = stalled.communicate(timeout=30)
    finally:
        stalled.kill()
        stalled.wait()

    assert said.strip() == ("done" if is_locked else "lost")
    assert effects(frozen) == [PERIOD.key]
    with frozen.reading() as session:
        assert session.get(JobRun, ("count", PERIOD.key)).fencing == (1 if is_locked else 2)
