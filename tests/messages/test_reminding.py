"""Each reminder once, on the day that an independent reading of the rules says."""

from datetime import date, timedelta

import pytest
from chinese_calendar import is_workday
from sqlalchemy import event, func, select, update

from gongkai.domain.holiday_notices import HolidayNotice
from gongkai.models import Obligation, Reminder
from gongkai.services.calendar import load_notice
from gongkai.services.clock import clock_of
from gongkai.services.clock_checks import recompute
from gongkai.services.reminding import make_reminders
from tests.clock.living import at
from tests.messages.people import live, messages, reminders, run_remind

DAY = timedelta(days=1)
SITES = "yunhe-blood/donation_sites"


def obligations(site):
    with site.reading() as session:
        columns = (Obligation.id, Obligation.state, Obligation.due_on, Obligation.due_at)
        more = (Obligation.provisional_year, Obligation.rule_key)
        return session.execute(select(*columns, *more).order_by(Obligation.id)).all()


def meet(site, obligation):
    with site.transaction() as session:
        session.execute(
            update(Obligation)
            .where(Obligation.id == obligation.id)
            .values(state="met", met_at=site.now())
        )


def days(first, last):
    day = date.fromisoformat(first)
    while day <= date.fromisoformat(last):
        yield day
        day += DAY


def nth_working_day_before(due, count):
    day = due
    while count:
        day -= DAY
        count -= is_workday(day)
    return day


def expected(due, distances, since, until):
    """Return (day, kind) of each reminder, walking day by day; checked on every day."""
    told, found, day = set(), [], since
    while day <= until:
        kind = None
        if day == due:
            kind = "today"
        elif day < due:
            reached = [n for n in distances if nth_working_day_before(due, n) <= day]
            kind = f"before:{min(reached)}" if reached else None
        else:
            late = sum(is_workday(due + n * DAY) for n in range(1, (day - due).days + 1))
            kind = f"overdue:{late // 5 * 5}" if late >= 5 else "overdue"
        if kind and kind not in told:
            told.add(kind)
            found.append((day, kind))
        day += DAY
    return found


def test_a_quarter_gives_exactly_the_reminders_that_the_oracle_says(living):
    opened, met = {}, {}
    for number, day in enumerate(days("2026-03-03", "2026-05-31")):
        if day == date(2026, 4, 3):
            living.change(SITES, "2026-04-02")
        live(living, day)
        running = [one for one in obligations(living) if one.state != "met"]
        for one in running:
            opened.setdefault(one.id, day)
        if running and number % 4 == 3:  # somebody publishes now and then, in time or late
            chosen = running[number % len(running)]
            meet(living, chosen)
            met[chosen.id] = day

    # The oracle knows days, not hours, and the calendar until the end of 2026.
    kept = [
        one
        for one in obligations(living)
        if one.due_at is None and one.provisional_year is None and one.due_on.year == 2026
    ]
    assert len(kept) >= 40
    assert len(met) > 10
    for one in kept:
        distances = living.plugins.deadline_rules[one.rule_key].remind_before
        until = met.get(one.id, date(2026, 5, 31))
        told = expected(one.due_on, distances, opened[one.id], until)
        assert reminders(living, one.id) == told, one.rule_key


def test_running_it_twice_or_an_hour_later_makes_nothing_new(living):
    living.change(SITES, "2026-03-02")
    live(living, "2026-03-16")
    before = len(messages(living))
    assert before > 0

    assert run_remind(living) == 0
    living.today = at("2026-03-16", 23)
    assert run_remind(living) == 0
    assert len(messages(living)) == before


def test_days_without_a_worker_are_made_up_for_by_one_reminder_not_by_a_burst(living):
    changed = living.change(SITES, "2026-03-02")
    assert changed.due_on == date(2026, 3, 30)

    live(living, "2026-03-25")  # three working days before; the tenth and fifth were missed
    assert reminders(living, changed.id) == [(date(2026, 3, 25), "before:5")]

    live(living, "2026-04-23")  # the first reminder after weeks
    assert reminders(living, changed.id)[1:] == [(date(2026, 4, 23), "overdue:15")]


def move(site, obligation, due_on, **given):
    with site.transaction() as session:
        which = update(Obligation).where(Obligation.id == obligation.id)
        session.execute(which.values(due_on=due_on, **given))


@pytest.mark.parametrize("due_on", [date(1, 1, 1), date(226, 3, 30), date(2024, 3, 29)])
def test_what_is_more_than_a_year_late_is_told_of_one_last_time(living, due_on):
    changed = living.change(SITES, "2026-03-02")
    move(living, changed, due_on)

    for day in ("2026-03-16", "2026-03-17", "2026-03-24", "2026-04-30"):
        live(living, day)

    assert reminders(living, changed.id) == [(date(2026, 3, 16), "overdue:300")]


def test_a_year_of_delay_is_told_of_at_every_distance_up_to_the_last(living):
    changed = living.change(SITES, "2026-03-02")
    move(living, changed, date(2024, 3, 29))
    since, until = date(2025, 5, 20), date(2025, 7, 31)
    told = expected(date(2024, 3, 29), (), since, until)
    with living.transaction() as session:
        clock = clock_of(session, living.plugins)
        for day in days(since.isoformat(), until.isoformat()):
            make_reminders(session, clock, now=at(day.isoformat()))

    kinds = [kind for _, kind in told]
    last = kinds.index("overdue:300")
    assert 0 < last < len(kinds) - 1
    assert reminders(living, changed.id) == told[: last + 1]


def test_an_estimate_of_long_ago_makes_no_work(living):
    changed = living.change(SITES, "2026-03-02")
    live(living, "2026-03-16")
    move(living, changed, date(1990, 3, 30), provisional_year=2027)
    inserted = []
    with living.transaction() as session:
        connection = session.connection()
        event.listen(connection, "before_cursor_execute", lambda *a: inserted.append(a[2]))
        make_reminders(session, clock_of(session, living.plugins), now=living.now())

    assert 0 < sum("INSERT INTO reminder" in one for one in inserted) < 20


def test_a_rest_day_makes_no_reminder_that_friday_did_not(living):
    changed = living.change(SITES, "2026-03-02")
    live(living, "2026-03-13")
    assert reminders(living, changed.id) == []
    live(living, "2026-03-14")
    live(living, "2026-03-15")
    assert reminders(living, changed.id) == []
    live(living, "2026-03-16")
    assert reminders(living, changed.id) == [(date(2026, 3, 16), "before:10")]


@pytest.mark.parametrize("state", ["suspended", "met", "waived"])
def test_what_does_not_run_is_not_reminded_of(living, state):
    changed = living.change(SITES, "2026-03-02")
    with living.transaction() as session:
        session.execute(
            update(Obligation)
            .where(Obligation.id == changed.id)
            .values(state=state, waived_reason="停业")
        )
    live(living, "2026-03-30")
    assert reminders(living, changed.id) == []


def test_an_estimate_reminds_nobody_until_the_year_is_known_and_then_says_so(living):
    living.today = at("2026-12-21")
    changed = living.change(SITES, "2026-12-20")
    assert changed.provisional_year == 2027
    estimate = changed.due_on
    live(living, "2026-12-22")
    live(living, "2027-01-14")
    assert reminders(living, changed.id) == []

    load_2027(living)
    live(living, "2027-01-15")

    certain = living.owed(SITES)["change:2026-12-20"]
    assert certain.provisional_year is None
    assert (date(2027, 1, 15), "date-changed") in reminders(living, changed.id)
    assert certain.due_on > estimate
    mail = messages(living, recipient="clerk@yunhe-blood.example")[-1]
    assert f"截止{certain.due_on}" in mail.body["text"]
    assert f"（原定{estimate}）" in mail.body["text"]
    live(living, "2027-01-18")
    assert [kind for _, kind in reminders(living, changed.id)].count("date-changed") == 1


def load_2027(site):
    from gongkai.domain.holiday_notices import NoticeDay

    off = tuple(NoticeDay(date(2027, 1, n), False, "元旦") for n in (1, 4))
    site.today = at("2027-01-14", 18)
    with site.transaction() as session:
        load_notice(session, HolidayNotice(2027, "国办", off), loaded_by="t", now=site.now())
        clock = clock_of(session, site.plugins)
        recompute(session, clock, now=site.now(), actor="t", since=date(2027, 1, 1))


def test_a_reminder_is_made_again_when_the_due_date_moved(living):
    changed = living.change(SITES, "2026-03-02")
    live(living, "2026-03-16")
    with living.transaction() as session:
        session.execute(
            update(Obligation).where(Obligation.id == changed.id).values(due_on=date(2026, 4, 20))
        )
    live(living, "2026-04-03")
    assert [kind for _, kind in reminders(living, changed.id)] == ["before:10", "before:10"]


def test_a_rule_whose_plugin_is_gone_reminds_at_the_default_distances(living):
    changed = living.change(SITES, "2026-03-02")
    with living.transaction() as session:
        session.execute(
            update(Obligation).where(Obligation.id == changed.id).values(rule_key="gone_rule")
        )
        made = make_reminders(session, clock_of(session, living.plugins), now=at("2026-03-16"))
        kinds = session.scalars(
            select(Reminder.kind).where(Reminder.obligation_id == changed.id)
        ).all()
        total = session.scalar(select(func.count()).select_from(Reminder))
    assert kinds == ["before:10"]
    assert made == total > 0
