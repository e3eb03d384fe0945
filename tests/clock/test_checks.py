"""The daily checks: periods, what is late, and calendars that are loaded late."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import delete, select

from gongkai.domain.holiday_notices import NotANotice, notice_of
from gongkai.domain.items import Frequency
from gongkai.domain.periods import period_named, periods_between
from gongkai.models import CalendarDay, CalendarException, CalendarYear, Institution, Obligation
from gongkai.models.draft import Step
from gongkai.services import adjusting
from gongkai.services.calendar import coverage, find_calendar, load_notice, seed_calendar
from gongkai.services.clock import clock_of
from gongkai.services.clock_checks import open_periods, recompute
from gongkai.services.obligations import list_events, open_for_institution
from gongkai.services.publishing import withdraw_release
from gongkai.testing import actor, make_institution, publish_rows
from tests.clock.living import at
from tests.clock.test_obligations import adjust
from tests.domain.calendars import official_calendar

COSTS = "yunhe-blood/blood_costs"
DAY = timedelta(days=1)
# A notice for 2027 as it may come: New Year off, with a Sunday worked before and a week at the
# Spring Festival.
NOTICE = {
    "year": 2027,
    "papers": ["https://www.gov.cn/a-test"],
    "days": [
        {"name": "元旦", "date": "2027-01-01", "isOffDay": True},
        {"name": "元旦", "date": "2027-01-02", "isOffDay": True},
        {"name": "元旦", "date": "2027-01-03", "isOffDay": True},
        {"name": "元旦", "date": "2026-12-27", "isOffDay": False},
        *({"name": "春节", "date": f"2027-02-{day:02}", "isOffDay": True} for day in range(5, 13)),
        {"name": "春节", "date": "2027-02-14", "isOffDay": False},
    ],
}


def load(site, data=NOTICE):
    with site.transaction() as session:
        load_notice(session, notice_of(data), loaded_by="test", now=site.now())
        clock = clock_of(session, site.plugins)
        since = date(data["year"] - 1, 12, 1)
        return recompute(session, clock, now=site.now(), actor="test", since=since)


def test_every_night_opens_what_begins_and_nothing_twice(blood):
    monthly = {
        f"yunhe-blood/{item.key}": item
        for item in blood.plugins.items_owed(frozenset({"blood"}), is_public=True)
        if item.frequency is Frequency.MONTHLY
    }
    for _ in range(2):
        blood.night("2026-03-31")
        blood.night("2026-04-01")
    blood.night("2026-06-02")

    for address, item in monthly.items():
        keys = sorted(key for key in blood.owed(address) if key.startswith("period:"))
        months = [key.removeprefix("period:") for key in keys]
        first = 4 if item.deadline_rules[0] == "schedule_before_start" else 3
        last = 7 if first == 4 else 6
        assert months == [f"2026-{month:02}" for month in range(first, last + 1)], address


def test_joining_and_the_night_open_the_same(blood):
    """What a night opens for all is what joining that day opens for one."""
    blood.night("2026-03-31")
    blood.today = at("2026-04-01")
    with blood.transaction() as session:
        clock = clock_of(session, blood.plugins)
        open_periods(session, clock, now=blood.now())
    make_institution(blood, "late-blood", name_zh="后来血站")
    with blood.transaction() as session:
        late = session.scalars(select(Institution).where(Institution.slug == "late-blood")).one()
        session.execute(delete(Obligation).where(Obligation.institution_id == late.id))
    with blood.transaction() as session:
        late = session.scalars(select(Institution).where(Institution.slug == "late-blood")).one()
        open_for_institution(session, clock_of(session, blood.plugins), late, now=blood.now())
    with blood.reading() as session:
        found = session.execute(
            select(
                Obligation.institution_id,
                Obligation.item_key,
                Obligation.occasion,
                Obligation.rule_key,
                Obligation.trigger_on,
                Obligation.event_on,
                Obligation.due_on,
                Obligation.due_at,
            ).where(Obligation.occasion.in_(["period:2026-04", "period:2026-04-01"]))
        ).all()
    by_institution: dict[int, set] = {}
    for institution, *rest in found:
        by_institution.setdefault(institution, set()).add(tuple(rest))
    first, second = by_institution.values()
    assert first == second
    assert first


def test_a_missed_week_is_caught_up_in_one_night(blood):
    blood.night("2026-03-02")

    blood.night("2026-03-10")

    stock = blood.owed("yunhe-blood/blood_inventory")
    assert [key for key in sorted(stock) if key.startswith("period:")] == [
        f"period:2026-03-{day:02}" for day in range(2, 11)
    ]
    assert stock["period:2026-03-06"].due_on == date(2026, 3, 9)
    assert stock["period:2026-03-06"].state == "overdue"
    assert stock["period:2026-03-09"].state == "due_soon"


def test_loading_the_year_makes_estimates_certain_and_says_what_moved(blood):
    blood.today = at("2026-12-10")
    estimated = blood.change(COSTS, "2026-12-10")
    assert estimated.provisional_year == 2027

    moved = load(blood)

    certain = blood.owed(COSTS)["change:2026-12-10"]
    assert certain.provisional_year is None
    assert certain.due_on == date(2027, 1, 7)
    assert moved.settled >= 1
    with blood.reading() as session:
        (event,) = list_events(session, certain)
    assert event.kind == "recomputed"
    assert event.detail["old"] == estimated.due_on.isoformat()
    assert event.detail["new"] == "2027-01-07"


def test_a_notice_that_names_a_day_of_the_year_before_moves_that_year_too(blood):
    blood.today = at("2026-12-03")
    assert blood.change(COSTS, "2026-12-03").due_on == date(2026, 12, 31)

    load(blood)

    assert blood.owed(COSTS)["change:2026-12-03"].due_on == date(2026, 12, 30)


def test_what_is_certain_and_late_by_then_is_late_at_once(blood):
    blood.today = at("2026-12-10")
    blood.change(COSTS, "2026-12-10")
    blood.today = at("2027-03-01")

    load(blood)

    assert blood.state(COSTS, "change:2026-12-10") == "overdue"


def test_loading_twice_moves_nothing_the_second_time(blood):
    blood.today = at("2026-12-10")
    blood.change(COSTS, "2026-12-10")
    load(blood)

    again = load(blood)

    assert (again.moved, again.settled) == (0, 0)


def test_a_stopped_clock_is_counted_anew_with_its_stop(blood):
    blood.today = at("2026-12-10")
    blood.change(COSTS, "2026-12-10")
    adjust(
        blood, COSTS, "change:2026-12-10", adjusting.suspend, reason="x", since=blood.today.date()
    )
    blood.today = at("2026-12-16")
    adjust(blood, COSTS, "change:2026-12-10", adjusting.resume, until=date(2026, 12, 15))

    load(blood)

    assert blood.owed(COSTS)["change:2026-12-10"].due_on == date(2027, 1, 12)


def test_what_was_met_while_its_day_was_an_estimate_is_late_when_it_is_taken_back(blood):
    blood.today = at("2026-12-10")
    blood.change(COSTS, "2026-12-10")
    rows = [{"year": 2025, "cost_item": "test", "amount_wan": "1.00", "note_text": ""}]
    release = publish_rows(blood, COSTS, rows, formed_on=date(2026, 12, 10))
    assert blood.state(COSTS, "change:2026-12-10") == "met"
    blood.today = at("2027-01-20")

    load(blood)

    assert blood.state(COSTS, "change:2026-12-10") == "met"
    assert blood.owed(COSTS)["change:2026-12-10"].due_on == date(2027, 1, 7)
    with blood.transaction() as session:
        taken = session.merge(release, load=True)
        leader = actor(blood, Step.APPROVE)
        withdraw_release(
            session, blood.plugins, taken, by=leader, reason="数据有误", now=blood.now()
        )
    assert blood.state(COSTS, "change:2026-12-10") == "due_soon"
    blood.night("2027-01-21")
    assert blood.state(COSTS, "change:2026-12-10") == "overdue"


def test_the_table_of_days_counts_as_the_calendar_does(blood):
    with blood.reading() as session:
        days = {one.day: one for one in session.scalars(select(CalendarDay))}
        calendar = find_calendar(session)
    assert (min(days), max(days)) == (date(2004, 1, 1), date(2026, 12, 31))
    start = date(2026, 1, 30)
    twentieth = next(
        day
        for day in sorted(days)
        if days[day].is_workday and days[day].ordinal == days[start].ordinal + 20
    )
    assert twentieth == calendar.add(start, 20).day == date(2026, 3, 5)
    assert all(days[day].is_workday == calendar.is_workday(day) for day in days)
    assert calendar == replace(official_calendar(), sources=calendar.sources)


def test_seeding_again_changes_nothing_and_a_lost_year_comes_back(blood):
    with blood.transaction() as session:
        assert seed_calendar(session, now=blood.now()) == []
        session.execute(delete(CalendarYear).where(CalendarYear.year == 2026))
        session.execute(delete(CalendarException).where(CalendarException.notice_year == 2026))
    with blood.transaction() as session:
        assert seed_calendar(session, now=blood.now()) == [2026]
        assert find_calendar(session).is_workday(date(2026, 2, 14)) is True


def test_the_end_of_the_known_calendar_is_told_weeks_before():
    calendar = official_calendar()

    assert not coverage(calendar, date(2026, 9, 1)).is_short
    found = coverage(calendar, date(2026, 11, 22))
    assert (found.is_short, found.days_left, found.missing_year) == (True, 39, 2027)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"papers": []}, "papers is empty"),
        ({"papers": "https://x"}, "not a list"),
        ({"year": "2027"}, "year is '2027'"),
        ({"days": []}, "only 0 days"),
        (
            {"days": [*NOTICE["days"], {"name": "x", "date": "2027-13-01", "isOffDay": True}]},
            "not a date",
        ),
        (
            {"days": [*NOTICE["days"], {"name": "x", "date": "2029-01-01", "isOffDay": True}]},
            "not of 2027",
        ),
        (
            {"days": [*NOTICE["days"], {"name": "x", "date": "2027-03-01", "isOffDay": False}]},
            "a weekday",
        ),
        (
            {"days": [*NOTICE["days"], {"name": "x", "date": "2027-01-01", "isOffDay": "yes"}]},
            "neither",
        ),
        (
            {"days": [*NOTICE["days"], {"name": "x", "date": "2027-02-14", "isOffDay": True}]},
            "opposite",
        ),
        ({"days": [*NOTICE["days"], 3]}, "not an object"),
    ],
)
def test_what_is_no_notice_is_refused_with_the_place(change, words):
    with pytest.raises(NotANotice, match=words):
        notice_of({**NOTICE, **change})


def test_periods_have_names_that_lead_back_to_them():
    for frequency in Frequency:
        for period in periods_between(frequency, date(2025, 12, 1), date(2027, 1, 31)):
            assert period_named(period.key) == period
            assert period.start <= period.end


def test_institutions_that_were_there_before_the_clock_are_given_theirs(blood):
    with blood.transaction() as session:
        session.execute(delete(Obligation))

    blood.night("2026-03-03")
    first = blood.owed(COSTS)
    blood.night("2026-03-04")

    assert list(first) == ["period:2026"]
    assert blood.owed("yunhe-blood/disclosure_office")["start"].opened_by == "start"
    assert blood.owed(COSTS).keys() == first.keys()
