"""Three workers over many periods, killed and stalled at random; each effect is counted.

    python -m tests.jobs.hammer --url sqlite:////tmp/hammer.db --periods 10000

Prints one JSON object: how many effects were lost or doubled (must be 0), by how many kills.
"""

import argparse
import json
import os
import random
import signal
import sys
import time
from datetime import timedelta
from pathlib import Path

from sqlalchemy import func, select, text

from gongkai import db
from gongkai.jobs.runner import Runner, list_due
from gongkai.jobs.work import Effect
from gongkai.migrations import upgrade
from gongkai.models.job import JobRun
from gongkai.testing import make_settings
from tests.jobs.frozen import BEGUN, FrozenSite, count, make_effect_table, make_job

JOBS, WORKERS = 5, 3
LEASE_SECONDS = 0.3


def count_slowly(session, run):
    found = count(session, run)
    time.sleep(random.random() * 0.004)
    return found


def jobs_of():
    work = Effect(count_slowly)
    return [make_job(f"count-{n}", work=work, lease_seconds=LEASE_SECONDS) for n in range(JOBS)]


def begin(site, jobs):
    """Run the first period of every job, so that what follows is missed and not new."""
    assert all(one.ending == "done" for one in Runner(site, jobs).run_all())


def work(url, folder, at):
    """Be one worker, until nothing is due."""
    site = FrozenSite(make_settings(folder, database={"url": url}), at=at)
    jobs = jobs_of()
    runner, parent = Runner(site, jobs), os.getppid()
    while os.getppid() == parent:
        random.shuffle(jobs)
        for job in jobs:
            runner.run_job(job)
        if is_over(site, jobs):
            return
        time.sleep(0.01)


def is_over(site, jobs):
    with site.reading() as session:
        return not any(list_due(session, job, now=site.now(), with_backoff=False) for job in jobs)


def start(url, folder, at):
    child = os.fork()
    if child:
        return child
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    try:
        random.seed()
        work(url, folder, at)
        os._exit(0)
    except BaseException as error:  # noqa: BLE001 - a child must not return into its parent
        print(f"{type(error).__name__}: {error}", file=sys.stderr, flush=True)
        os._exit(1)


def hammer(url, folder, periods, *, pause=0.25, faults=10**9):
    """Return the figures of ``periods`` periods over all jobs."""
    each = periods // JOBS
    at = BEGUN + timedelta(seconds=each - 1)
    began = time.monotonic()
    site = FrozenSite(make_settings(folder, database={"url": url}), at=at)
    crew = Crew(lambda: start(url, folder, at))
    try:
        # On SQLite a stalled worker may hold the lock that looking needs.
        while crew.stalled or not is_over(site, jobs_of()):
            time.sleep(random.random() * 2 * pause)
            crew.wake()
            if crew.kills + crew.stalls >= faults:
                continue
            if random.random() < 0.2:
                crew.stall_one(2 * LEASE_SECONDS)
            else:
                crew.kill_one()
    except BaseException:
        crew.dismiss()
        raise
    broken = crew.end()
    found = figures(site)
    site.close()
    return {
        **found,
        "lost": each * JOBS - found["distinct"],
        "kills": crew.kills,
        "stalls": crew.stalls,
        "broken": broken,
        "seconds": round(time.monotonic() - began, 1),
    }


class Crew:
    """The workers: one that is killed is replaced at once."""

    def __init__(self, hire):
        self._hire = hire
        self.workers = [hire() for _ in range(WORKERS)]
        self.stalled = {}
        self.kills = self.stalls = self.broken = 0

    def stall_one(self, seconds):
        chosen = random.choice(self.workers)
        os.kill(chosen, signal.SIGSTOP)
        self.stalled[chosen] = time.monotonic() + seconds
        self.stalls += 1

    def wake(self, *, everybody=False):
        for one, until in list(self.stalled.items()):
            if everybody or time.monotonic() > until:
                os.kill(one, signal.SIGCONT)
                del self.stalled[one]

    def kill_one(self):
        chosen = random.choice(self.workers)
        os.kill(chosen, signal.SIGKILL)
        self.stalled.pop(chosen, None)
        self._bury(chosen)
        self.workers[self.workers.index(chosen)] = self._hire()

    def _bury(self, worker):
        _, status = os.waitpid(worker, 0)
        self.kills += os.WIFSIGNALED(status)
        self.broken += os.WIFEXITED(status) and os.WEXITSTATUS(status) != 0

    def dismiss(self):
        for one in self.workers:
            os.kill(one, signal.SIGKILL)
            self._bury(one)

    def end(self):
        """Let the workers finish; return how many ended with an error."""
        self.wake(everybody=True)
        for one in self.workers:
            self._bury(one)
        return self.broken


def figures(site):
    with site.reading() as session:
        effects = session.execute(text("SELECT count(*) FROM effect")).scalar_one()
        pairs = "SELECT DISTINCT job, period FROM effect"
        distinct = session.execute(text(f"SELECT count(*) FROM ({pairs}) AS pairs")).scalar_one()
        done = select(func.count()).select_from(JobRun).where(JobRun.outcome == "done")
        return {
            "effects": effects,
            "distinct": distinct,
            "doubled": effects - distinct,
            "marked": session.scalar(done),
            "taken_over": session.scalar(
                select(func.count()).select_from(JobRun).where(JobRun.attempts > 1)
            ),
        }


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--url", required=True)
    parser.add_argument("--folder", type=Path, default=Path("/tmp/hammer"))
    parser.add_argument("--periods", type=int, default=10_000)
    parser.add_argument("--pause", type=float, default=0.25, help="Mean seconds between faults.")
    parser.add_argument("--faults", type=int, default=10**9, help="Then let them finish.")
    given = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    engine = db.connect(given.url)
    upgrade(engine)
    make_effect_table(engine)
    engine.dispose()
    site = FrozenSite(make_settings(given.folder, database={"url": given.url}))
    begin(site, jobs_of())
    # A connection must not be shared by what is forked.
    site.close()
    print(
        json.dumps(
            hammer(given.url, given.folder, given.periods, pause=given.pause, faults=given.faults)
        ),
        flush=True,
    )


if __name__ == "__main__":
    main()
