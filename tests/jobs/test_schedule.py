import logging
from datetime import datetime, timedelta

import pytest
from sqlalchemy import func, select

from gongkai import db
from gongkai.domain.times import SHANGHAI
from gongkai.jobs import schedule
from gongkai.jobs.runner import Runner
from gongkai.jobs.schedule import SCHEDULE
from gongkai.models import Message, ScoreSnapshot
from gongkai.models.job import JobRun
from gongkai.models.obligation import Obligation
from gongkai.testing import NOON, make_institution
from tests.messages.people import write_mail

DAY = timedelta(days=1)


@pytest.fixture
def living(frozen):
    """A site with an institution and its calendar, at noon."""
    frozen.at = NOON
    frozen.migrate()
    make_institution(frozen)
    return frozen


def live(site, days):
    attempts = []
    for _ in range(days):
        site.at += DAY
        attempts += Runner(site, SCHEDULE).run_all()
    return attempts


def states(site):
    with site.reading() as session:
        counted = select(Obligation.state, func.count()).group_by(Obligation.state)
        return dict(session.execute(counted).all())


def test_every_job_has_a_key_of_its_own_and_a_title_in_both_languages():
    assert len({job.key for job in SCHEDULE}) == len(SCHEDULE)
    assert all(job.title.zh and job.title.en and len(job.key) <= 60 for job in SCHEDULE)


def test_days_of_work_open_what_is_owed_and_mark_what_is_late(living):
    at_first = sum(states(living).values())

    attempts = live(living, 40)

    assert {one.ending for one in attempts} == {"done"}
    now = states(living)
    assert sum(now.values()) > at_first
    assert now["overdue"] > 0
    assert sum(one.found for one in attempts if one.job == "mark-due") == now["overdue"]
    with living.reading() as session:
        assert session.scalar(select(func.count()).where(db.Outbox.announced_at.is_(None))) == 0


def test_days_without_a_worker_leave_nothing_unopened_or_unmarked(living):
    live(living, 1)
    living.at += 178 * DAY
    live(living, 1)

    with living.reading() as session:
        today = living.at.astimezone(SHANGHAI).date()
        unmarked = select(func.count()).where(
            Obligation.due_on < today, Obligation.state.in_(("open", "due_soon"))
        )
        daily = select(func.count()).where(Obligation.item_key == "blood_inventory")
        assert session.scalar(unmarked) == 0
        assert session.scalar(daily) >= 180
    assert states(living)["overdue"] > 100


def test_a_calendar_that_soon_ends_is_told_in_the_log_each_day(living, caplog):
    living.at = datetime(2026, 11, 21, 12, 0, tzinfo=SHANGHAI)
    with caplog.at_level(logging.WARNING, "gongkai.jobs.schedule"):
        live(living, 2)

    told = [record.message for record in caplog.records if "calendar" in record.message]
    assert len(told) == 2
    assert "known until 2026-12-31" in told[0]
    assert "2027" in told[0]


def test_old_runs_are_forgotten_but_for_the_newest(living, monkeypatch):
    monkeypatch.setattr(schedule, "KEPT_RUNS", 3)

    live(living, 8)

    with living.reading() as session:
        kept = session.execute(select(JobRun.job, func.count()).group_by(JobRun.job)).all()
        assert all(count <= 4 for _, count in kept)
        newest = session.scalar(select(func.max(JobRun.begins)).where(JobRun.job == "mark-due"))
    assert living.at - newest < timedelta(minutes=10)
    assert {one.job for one in Runner(living, SCHEDULE).run_all()} <= {
        "announce-pending",
        "deliver",
    }


def test_messages_sent_three_months_ago_are_forgotten_and_those_given_up_are_not(living):
    last_night = living.now() + DAY
    write_mail(living, sent_at=last_night - 91 * DAY)
    dead = write_mail(living, dead_at=last_night - 400 * DAY, last_error="x")
    recent = write_mail(living, sent_at=last_night - 89 * DAY)
    waiting = write_mail(living, created_at=last_night - 400 * DAY)

    attempts = live(living, 1)

    with living.reading() as session:
        kept = set(session.scalars(select(Message.id).where(Message.recipient == "a@b.example")))
    assert kept == {dead, recent, waiting}
    assert [one.found for one in attempts if one.job == "forget-old-runs"] == [1]


def test_months_without_a_worker_are_frozen_when_one_runs_again(living):
    living.at += 31 * DAY
    live(living, 1)
    living.at += 100 * DAY
    live(living, 1)

    with living.reading() as session:
        frozen = session.scalars(select(ScoreSnapshot.period).order_by(ScoreSnapshot.period)).all()
    assert frozen == ["2026-03", "2026-04", "2026-05", "2026-06"]
