"""Counting agrees with the vectors of DOMAIN.md §1.2 and with an oracle that walks day by day."""

from datetime import date, timedelta
from functools import cache

import chinese_calendar
import pytest

from gongkai.domain.working_days import DayOn, WorkCalendar
from tests.domain.calendars import official_calendar

CALENDAR = official_calendar()
DAY = timedelta(days=1)
VECTORS = """
2024-02-02 2024-02-05 2024-02-18 2024-02-21 2024-02-28 2024-03-06
2024-09-27 2024-09-30 2024-10-12 2024-10-16 2024-10-23 2024-10-30
2025-01-01 2025-01-03 2025-01-10 2025-01-15 2025-01-22 2025-02-05
2025-01-20 2025-01-22 2025-02-05 2025-02-08 2025-02-14 2025-02-21
2025-09-26 2025-09-29 2025-10-13 2025-10-16 2025-10-23 2025-10-30
2025-12-31 2026-01-05 2026-01-12 2026-01-15 2026-01-22 2026-01-29
2026-01-04 2026-01-06 2026-01-13 2026-01-16 2026-01-23 2026-01-30
2026-02-13 2026-02-24 2026-03-02 2026-03-05 2026-03-12 2026-03-19
2026-02-14 2026-02-25 2026-03-03 2026-03-06 2026-03-13 2026-03-20
2026-02-15 2026-02-25 2026-03-03 2026-03-06 2026-03-13 2026-03-20
2026-04-30 2026-05-07 2026-05-13 2026-05-18 2026-05-25 2026-06-01
2026-09-18 2026-09-21 2026-09-29 2026-10-09 2026-10-15 2026-10-22
2026-09-20 2026-09-22 2026-09-30 2026-10-10 2026-10-16 2026-10-23
2026-10-01 2026-10-09 2026-10-15 2026-10-20 2026-10-27 2026-11-03
2026-10-10 2026-10-13 2026-10-20 2026-10-23 2026-10-30 2026-11-06
2026-11-21 2026-11-24 2026-12-01 2026-12-04 2026-12-11 2026-12-18
2026-12-03 2026-12-07 2026-12-14 2026-12-17 2026-12-24 2026-12-31
"""
TERMS = (2, 7, 10, 15, 20)


def oracle(start: date, count: int) -> date | None:
    """Walk day by day, asking the library of each day; None where it runs out."""
    day = start
    while count:
        day += DAY
        is_workday = told(day)
        if is_workday is None:
            return None
        count -= is_workday
    return day


@cache
def told(day: date) -> bool | None:
    try:
        return chinese_calendar.is_workday(day)
    except NotImplementedError:
        return None


@pytest.mark.parametrize("line", VECTORS.split("\n")[1:-1])
def test_the_vectors_of_the_domain_come_out(line):
    start, *wanted = map(date.fromisoformat, line.split())

    assert [CALENDAR.add(start, term) for term in TERMS] == [DayOn(day) for day in wanted]


@pytest.mark.parametrize("year", range(2019, 2027))
def test_every_start_day_agrees_with_the_oracle(year):
    day = date(year, 1, 1)
    while day.year == year:
        for count in (0, 1, 2, 3, 5, 7, 10, 15, 20, 30, 60):
            found = CALENDAR.add(day, count)
            wanted = oracle(day, count)
            assert found.is_provisional == (wanted is None), (day, count)
            assert wanted is None or found.day == wanted, (day, count)
        day += DAY


def test_a_term_into_an_unknown_year_is_an_estimate_that_names_the_year():
    assert CALENDAR.add(date(2026, 12, 4), 20) == DayOn(date(2027, 1, 4), 2027)
    assert CALENDAR.add(date(2026, 12, 3), 20) == DayOn(date(2026, 12, 31))


def test_an_estimate_becomes_certain_when_the_year_is_loaded():
    before, after = official_calendar(until=2025), CALENDAR

    assert before.add(date(2025, 12, 31), 20).missing_year == 2026
    assert after.add(date(2025, 12, 31), 20) == DayOn(date(2026, 1, 29))


def test_a_gap_in_the_known_years_ends_what_is_known():
    gap = WorkCalendar({}, {2020: "a", 2022: "b"})

    assert gap.known_until == date(2020, 12, 31)
    assert gap.is_workday(date(2021, 3, 3)) is None
    assert gap.add(date(2020, 12, 30), 3).missing_year == 2021


def test_without_any_year_everything_is_an_estimate():
    empty = WorkCalendar({}, {})

    assert empty.known_until is None
    assert empty.add(date(2026, 3, 2), 5) == DayOn(date(2026, 3, 9), 2026)
    assert empty.back(date(2026, 3, 9), 5) == date(2026, 3, 2)


@pytest.mark.parametrize("year", range(2019, 2027))
def test_going_back_and_counting_between_undo_going_on(year):
    day = date(year, 1, 1)
    while day.year == year:
        there = CALENDAR.add(day, 10).day
        assert CALENDAR.between(day, there) == 10
        assert CALENDAR.between(there, day) == -10
        assert CALENDAR.back(there, 10) == (day if CALENDAR.is_workday(day) else last_worked(day))
        day += DAY


def last_worked(day: date) -> date:
    while not CALENDAR.is_workday(day):
        day -= DAY
    return day


@pytest.mark.parametrize(
    ("start", "wanted"),
    [
        ("2026-01-26", "2026-02-24"),
        ("2026-09-11", "2026-10-08"),
        ("2026-04-11", "2026-05-06"),
        ("2026-02-24", "2026-03-16"),
    ],
)
def test_natural_days_that_end_on_a_rest_day_roll_forward(start, wanted):
    end = date.fromisoformat(start) + timedelta(days=20)

    assert CALENDAR.roll(end) == DayOn(date.fromisoformat(wanted))
