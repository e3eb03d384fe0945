"""What runs when, as data. A new kind of work is one more line in ``SCHEDULE``.

``Effect(work)`` for one transaction, exactly once a period; ``Steps(work)`` for what is long or
talks to others; ``Chore(work)`` for what may run anywhere at any time (see ``jobs.work``).
"""

import logging
from datetime import time

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from gongkai.domain.text import Text
from gongkai.domain.times import shanghai_day
from gongkai.jobs.rhythms import Daily, Every
from gongkai.jobs.work import Chore, Effect, Job, Run, Steps
from gongkai.models.job import JobRun
from gongkai.services.announcing import announce_pending
from gongkai.services.calendar import coverage, find_calendar
from gongkai.services.channels import forget_sent
from gongkai.services.clock_checks import mark_due, open_periods
from gongkai.services.delivering import deliver
from gongkai.services.digesting import remind
from gongkai.services.rectifying import rectify
from gongkai.services.score import freeze_finished_months
from gongkai.services.sources import fetch_sources
from gongkai.site import Site

log = logging.getLogger(__name__)

MINUTE, HOUR = 60, 3600
# The check whose age tells whether anything is enforced.
MARK_DUE = "mark-due"
# Runs kept for each job: a fortnight of the most frequent one.
KEPT_RUNS = 2000


def _announce(site: Site) -> int:
    return announce_pending(site.engine, site.plugins, now=site.now())


def _sweep(run: Run) -> int:
    return run.site.blobs.sweep()


def _open_periods(session: Session, run: Run) -> int:
    return open_periods(session, run.clock(session), now=run.now)


def _mark_due(session: Session, run: Run) -> int:
    return mark_due(session, run.clock(session), now=run.now)


def _rectify(session: Session, run: Run) -> int:
    return rectify(session, run.clock(session), run.now)


def _remind(session: Session, run: Run) -> int:
    return remind(session, run.clock(session), run.site.settings.site, now=run.now)


def _fetch_sources(run: Run) -> int:
    return fetch_sources(run.site, run.now)


def _freeze_scores(session: Session, run: Run) -> int:
    """Freeze the scores of the months that are over; once, though it is asked every day."""
    return freeze_finished_months(session, now=run.now)


def _check_calendar(session: Session, run: Run) -> int:
    found = coverage(find_calendar(session), shanghai_day(run.now))
    if found.is_short:
        log.warning(
            "the calendar is known until %s, %d days ahead: load the State Council's notice for "
            "%s with `gongkai calendar load`",
            found.known_until,
            found.days_left,
            found.missing_year,
        )
    return int(found.is_short)


def _forget(session: Session, run: Run) -> int:
    return _forget_runs(session) + forget_sent(session, now=run.now)


def _forget_runs(session: Session) -> int:
    """Delete all but the newest runs of each job, by their numbers and not by any clock."""
    forgotten = 0
    newest = session.execute(select(JobRun.job, func.max(JobRun.fencing)).group_by(JobRun.job))
    for job, fencing in newest.all():
        old = delete(JobRun).where(JobRun.job == job, JobRun.fencing <= fencing - KEPT_RUNS)
        forgotten += max(session.execute(old).rowcount, 0)  # type: ignore[attr-defined]
    return forgotten


SCHEDULE: tuple[Job, ...] = (
    Job(
        "announce-pending",
        Text("通知待发事件", "Announce what has happened"),
        Every(5),
        Chore(_announce),
    ),
    Job(
        "open-periods",
        Text("生成新周期的公开任务", "Open the obligations of new periods"),
        Daily(time(0, 5)),
        Effect(_open_periods),
    ),
    Job(
        MARK_DUE,
        Text("标记临近到期与逾期", "Mark what is due soon or overdue"),
        Every(10 * MINUTE),
        Effect(_mark_due),
    ),
    Job(
        "rectify",
        Text("生成与办结整改事项", "Open and settle rectification cases"),
        Every(10 * MINUTE),
        Effect(_rectify),
    ),
    Job(
        "remind",
        Text("生成提醒", "Write reminders"),
        Daily(time(8, 30)),
        Effect(_remind),
    ),
    Job(
        "deliver",
        Text("发送消息", "Send messages"),
        Every(10),
        Chore(deliver),
    ),
    Job(
        "fetch-sources",
        Text("检查登记的数据源", "Look at watched sources"),
        Every(5 * MINUTE),
        Steps(_fetch_sources),
    ),
    Job(
        "freeze-scores",
        Text("固定已结束月份的评分", "Freeze the scores of finished months"),
        Daily(time(4, 0)),
        Effect(_freeze_scores),
    ),
    Job(
        "check-calendar",
        Text("检查工作日历", "Check how far the calendar reaches"),
        Daily(time(8, 0)),
        Effect(_check_calendar),
    ),
    Job(
        "sweep-temp-files",
        Text("清理临时文件", "Sweep temporary files"),
        Every(HOUR),
        Steps(_sweep),
    ),
    Job(
        "forget-old-runs",
        Text("清理旧的运行记录和已发消息", "Forget old runs and sent messages"),
        Daily(time(3, 30)),
        Effect(_forget),
    ),
)
