"""What runs when. APScheduler is only the ticker; every job is safe to run twice."""

import logging
from collections.abc import Callable
from dataclasses import dataclass

from apscheduler.schedulers.blocking import BlockingScheduler

from gongkai.services.announcing import announce_pending
from gongkai.site import Site

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Job:
    """One kind of scheduled work and the seconds between two runs."""

    key: str
    every_seconds: int
    run: Callable[[Site], int]


def _announce(site: Site) -> int:
    return announce_pending(site.engine, site.plugins, now=site.now())


def _sweep(site: Site) -> int:
    return site.blobs.sweep()


SCHEDULE = (
    Job("announce-pending", 5, _announce),
    Job("sweep-temp-files", 3600, _sweep),
)


def run_once(site: Site) -> dict[str, int]:
    """Run every job now; return how much each one found to do."""
    return {job.key: job.run(site) for job in SCHEDULE}


def run_worker(site: Site) -> None:
    """Run the schedule until interrupted. A job that fails is logged and runs again."""
    ticker = BlockingScheduler(timezone="Asia/Shanghai")
    for job in SCHEDULE:
        ticker.add_job(
            job.run,
            "interval",
            args=[site],
            seconds=job.every_seconds,
            id=job.key,
            coalesce=True,
            max_instances=1,
            misfire_grace_time=None,
        )
    log.info("worker started with %d jobs", len(SCHEDULE))
    ticker.start()
