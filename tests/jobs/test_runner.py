import random
import threading
from datetime import time, timedelta

import pytest

from gongkai.jobs.rhythms import Daily, Every
from gongkai.jobs.runner import Ending, Runner, list_due, retry_after
from gongkai.jobs.work import Chore, Effect, Missed, Steps
from gongkai.models.job import JobRun
from tests.jobs.frozen import BEGUN, count, effects, make_job

DAY = timedelta(days=1)
DAILY = Daily(time(8, 0))


def run(site, job, **given):
    return [one.ending for one in Runner(site, [job]).run_all(**given)]


def row(site, job, period):
    with site.reading() as session:
        return session.get(JobRun, (job.key, period))


def test_a_period_is_run_once_and_the_next_when_it_begins(frozen):
    job = make_job(rhythm=DAILY)

    assert run(frozen, job) == ["done"]
    assert run(frozen, job) == []
    frozen.at += DAY
    assert run(frozen, job) == ["done"]
    assert effects(frozen) == ["2026-03-02", "2026-03-03"]
    assert row(frozen, job, "2026-03-03").found == 1


def test_missed_periods_are_caught_up_in_order(frozen):
    job = make_job(rhythm=DAILY)
    run(frozen, job)

    frozen.at += 4 * DAY

    assert run(frozen, job) == ["done"] * 4
    assert effects(frozen) == [f"2026-03-0{day}" for day in range(2, 7)]


def test_where_only_the_newest_matters_the_others_are_left_out(frozen):
    job = make_job(rhythm=DAILY, missed=Missed.NEWEST)
    run(frozen, job)

    frozen.at += 4 * DAY

    assert run(frozen, job) == ["done"]
    assert effects(frozen) == ["2026-03-02", "2026-03-06"]


def test_workers_side_by_side_have_one_effect_a_period(frozen):
    job = make_job(lease_seconds=5)
    run(frozen, job)
    frozen.at += timedelta(seconds=20)
    workers = [Runner(frozen, [job]) for _ in range(3)]

    def work(runner):
        while True:
            done = runner.run_all()
            if not done or done[-1].ending is Ending.DONE:
                return

    threads = [threading.Thread(target=work, args=[one]) for one in workers]
    for one in threads:
        one.start()
    for one in threads:
        one.join()

    assert len(effects(frozen)) == len(set(effects(frozen))) == 21


@pytest.mark.parametrize("seed", range(6))
def test_no_sequence_of_clock_jumps_repeats_a_period_or_leaves_one_out(frozen, seed):
    chosen = random.Random(seed)
    job = make_job(rhythm=DAILY)
    for _ in range(12):
        run(frozen, job)
        frozen.at += chosen.choice([0.3, 1, 1, 2, 5, -0.5, -2, -4]) * DAY
    # At last the clock is right, and the days go by.
    frozen.at = max(frozen.at, BEGUN)
    run(frozen, job)
    since = frozen.at
    for _ in range(30):
        frozen.at += 2 * DAY
        run(frozen, job)

    done = effects(frozen)
    assert len(done) == len(set(done))
    period, wanted = DAILY.current(since), []
    while period.begins <= frozen.at:
        wanted.append(period.key)
        period = DAILY.after(period)
    assert set(wanted) <= set(done)


@pytest.mark.parametrize("missed", list(Missed))
def test_a_clock_far_ahead_that_is_set_right_does_not_stop_the_work(frozen, missed):
    job = make_job(rhythm=DAILY, missed=missed)
    frozen.at += 40 * 365 * DAY
    run(frozen, job)

    frozen.at = BEGUN
    run(frozen, job)
    frozen.at += 2 * DAY
    run(frozen, job)

    newer = {"2026-03-03", "2026-03-04"} if missed is Missed.IN_ORDER else {"2026-03-04"}
    assert set(effects(frozen)) >= {"2026-03-02", *newer}


def test_a_job_that_fails_is_tried_again_ever_more_slowly_and_leaves_no_effect(frozen):
    def fail(session, run):
        count(session, run)
        raise RuntimeError("no route")

    job = make_job(rhythm=DAILY, work=Effect(fail))
    assert run(frozen, job) == ["failed"]
    assert run(frozen, job) == []
    frozen.at += timedelta(seconds=31)
    assert run(frozen, job) == ["failed"]
    frozen.at += timedelta(seconds=31)
    assert run(frozen, job) == []
    assert run(frozen, job, with_backoff=False) == ["failed"]

    kept = row(frozen, job, "2026-03-02")
    assert (kept.outcome, kept.error, kept.attempts) == ("failed", "RuntimeError: no route", 3)
    assert effects(frozen) == []
    frozen.at += timedelta(hours=1)
    assert run(frozen, make_job(rhythm=DAILY)) == ["done"]
    assert effects(frozen) == ["2026-03-02"]


def test_a_job_that_fails_does_not_stop_the_others(frozen):
    def fail(*_):
        raise RuntimeError("no")

    jobs = [
        make_job("bad-effect", work=Effect(fail)),
        make_job("bad-steps", work=Steps(fail)),
        make_job("bad-chore", work=Chore(fail)),
        make_job(),
    ]

    endings = {one.job: one.ending for one in Runner(frozen, jobs).run_all()}

    assert endings == {
        "bad-effect": "failed",
        "bad-steps": "failed",
        "bad-chore": "failed",
        "count": "done",
    }


def test_a_failure_is_not_waited_for_after_the_clock_was_set_back(frozen):
    def fail(session, run):
        raise RuntimeError("no")

    weekly = Every(7 * 86_400)
    run(frozen, make_job(rhythm=weekly, work=Effect(fail)))
    frozen.at -= timedelta(hours=3)

    assert run(frozen, make_job(rhythm=weekly)) == ["done"]


def test_waiting_grows_to_an_hour():
    waits = [retry_after(attempts) for attempts in range(1, 12)]

    assert waits[0] == timedelta(seconds=30)
    assert waits == sorted(waits)
    assert waits[-1] == retry_after(10**6) == timedelta(hours=1)


def test_steps_that_were_killed_are_run_again_and_marked_when_they_return(frozen):
    made = []

    def work(run):
        with run.transaction() as session:
            made.append(count(session, run))
        if len(made) == 1:
            raise KeyboardInterrupt
        return 7

    job = make_job(rhythm=DAILY, work=Steps(work), lease_seconds=0.1)
    with pytest.raises(KeyboardInterrupt):
        run(frozen, job)
    assert row(frozen, job, "2026-03-02").outcome == "running"

    while run(frozen, job) == ["held"]:
        pass

    kept = row(frozen, job, "2026-03-02")
    assert (kept.outcome, kept.found, kept.attempts) == ("done", 7, 2)


def test_a_chore_is_noted_when_it_did_something_or_failed(frozen):
    answers = iter([0, 0, 3, RuntimeError("no"), 0])

    def work(site):
        answer = next(answers)
        if isinstance(answer, Exception):
            raise answer
        return answer

    job = make_job(work=Chore(work))
    runner = Runner(frozen, [job])
    seen = []
    for _ in range(5):
        frozen.at += timedelta(seconds=1)
        runner.run_all()
        kept = row(frozen, job, "latest")
        seen.append((kept.outcome, kept.found, (kept.started_at - BEGUN).seconds))

    assert seen == [
        ("done", 0, 1),
        ("done", 0, 1),
        ("done", 3, 3),
        ("failed", 0, 4),
        ("done", 0, 5),
    ]


def test_another_rhythm_takes_over_where_the_old_one_ended(frozen):
    run(frozen, make_job(rhythm=Every(3600)))
    frozen.at += timedelta(hours=5)

    with frozen.reading() as session:
        due = list_due(session, make_job(rhythm=Every(7200)), now=frozen.at)

    assert [one.begins - BEGUN for one in due] == [timedelta(hours=2), timedelta(hours=4)]


def test_days_that_a_wrong_clock_has_run_already_do_not_hide_those_after(frozen):
    job = make_job(rhythm=DAILY)
    frozen.at = BEGUN + 100 * DAY
    run(frozen, job)
    frozen.at += 80 * DAY
    run(frozen, job)
    frozen.at = BEGUN
    run(frozen, job)

    frozen.at = BEGUN + 190 * DAY
    run(frozen, job)

    done = effects(frozen)
    assert len(done) == len(set(done)) == 191
