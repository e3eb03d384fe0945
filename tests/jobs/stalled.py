"""A worker that stops itself in the middle of its work: `python -m tests.jobs.stalled URL FOLDER KIND`.

Prints how its attempt ended once somebody has let it go on.
"""

import os
import signal
import sys
from pathlib import Path

from gongkai.jobs.runner import Runner
from gongkai.jobs.work import Effect, Steps
from gongkai.testing import make_settings
from tests.jobs.frozen import FrozenSite, count, make_job

LEASE_SECONDS = 0.3


def stall():
    os.kill(os.getpid(), signal.SIGSTOP)


def effect(session, run):
    found = count(session, run)
    stall()
    return found


def steps(run):
    stall()
    with run.transaction() as session:
        return count(session, run)


def main():
    url, folder, kind = sys.argv[1:]
    site = FrozenSite(make_settings(Path(folder), database={"url": url}))
    work = {"effect": Effect(effect), "steps": Steps(steps)}[kind]
    job = make_job(work=work, lease_seconds=LEASE_SECONDS)
    print(Runner(site, [job]).run_job(job)[0].ending)


if __name__ == "__main__":
    main()
