"""The ticker: APScheduler asks often whether something is due; all truth is in our tables."""

import logging
import signal
import threading
import time
from collections.abc import Callable, Sequence
from types import FrameType

from apscheduler.schedulers.background import BackgroundScheduler

from gongkai.jobs.rhythms import Every
from gongkai.jobs.runner import Runner
from gongkai.jobs.schedule import SCHEDULE
from gongkai.jobs.work import Job
from gongkai.site import Site

log = logging.getLogger(__name__)

# How often a job is looked at that is due more rarely.
_LOOK_SECONDS = 15
# What the wall clock may gain or lose on the monotonic one in a second before it has jumped.
_JUMP_SECONDS = 2.0


def run_worker(
    site: Site,
    jobs: Sequence[Job] = SCHEDULE,
    *,
    is_wanted: Callable[[], bool] = lambda: True,
) -> None:
    """Run the schedule until SIGTERM, SIGINT, or ``is_wanted`` says no; let running jobs end.

    For the main thread of a process. A job that fails is logged and runs again.
    """
    ended = threading.Event()

    def end(number: int, frame: FrameType | None) -> None:  # noqa: ARG001 - a signal's handler
        ended.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, end)
    runner = Runner(site, jobs)
    ticker = _ticker(runner)
    ticker.start()
    log.info("worker started with %d jobs", len(jobs))
    drift = _drift()
    while not ended.wait(1.0) and is_wanted():
        if abs(_drift() - drift) > _JUMP_SECONDS:
            # APScheduler would wait until the old clock's next tick.
            log.warning("the clock has jumped by %.0f s", _drift() - drift)
            for one in ticker.get_jobs():
                one.modify(next_run_time=site.now())
        drift = _drift()
    runner.is_ending.set()
    ticker.shutdown(wait=True)
    log.info("worker ended")


def _ticker(runner: Runner) -> BackgroundScheduler:
    ticker = BackgroundScheduler(
        timezone="Asia/Shanghai",
        executors={"default": {"type": "threadpool", "max_workers": max(len(runner.jobs), 1)}},
    )
    for job in runner.jobs:
        ticker.add_job(
            runner.run_job,
            "interval",
            args=[job],
            seconds=_tick_seconds(job),
            # The first look is at once.
            next_run_time=runner.site.now(),
            id=job.key,
            coalesce=True,
            max_instances=1,
            misfire_grace_time=None,
        )
    return ticker


def _tick_seconds(job: Job) -> int:
    """Return how often to look: as often as the job runs, and several times a minute."""
    return (
        min(job.rhythm.seconds, _LOOK_SECONDS) if isinstance(job.rhythm, Every) else _LOOK_SECONDS
    )


def _drift() -> float:
    return time.time() - time.monotonic()
