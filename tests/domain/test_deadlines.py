"""Due dates by rule: every unit, suspension, extension, and which of several rules holds."""

from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest

from gongkai.domain.deadlines import (
    Due,
    Suspension,
    Trigger,
    due_of,
    reminder_days,
    resolve,
)
from gongkai.domain.items import DeadlineRule, RuleLevel, SourceGrade, TermUnit
from gongkai.domain.text import Text
from gongkai.domain.times import SHANGHAI
from tests.domain.calendars import official_calendar

CALENDAR = official_calendar()


def rule(key="r", unit=TermUnit.WORKING_DAY, length=20, **more) -> DeadlineRule:
    words = Text("规则", "rule")
    return DeadlineRule(
        key=key,
        title=words,
        trigger=words,
        unit=unit,
        source=words,
        grade=SourceGrade.SEEN,
        description=words,
        length=length,
        **more,
    )


def on(text: str, **more) -> Trigger:
    return Trigger(date.fromisoformat(text), **more)


@pytest.mark.parametrize(
    ("end", "due"),
    [
        ("2025-12-31", "2026-01-29"),
        ("2026-03-31", "2026-04-29"),
        ("2026-06-30", "2026-07-28"),
        ("2026-09-30", "2026-11-03"),
        ("2026-01-31", "2026-03-05"),
        ("2026-02-28", "2026-03-27"),
        ("2026-04-30", "2026-06-01"),
        ("2026-05-31", "2026-06-29"),
        ("2026-07-31", "2026-08-28"),
        ("2026-08-31", "2026-09-28"),
        ("2026-10-31", "2026-11-27"),
        ("2026-11-30", "2026-12-28"),
        ("2026-01-30", "2026-03-05"),
        ("2025-09-15", "2025-10-17"),
    ],
)
def test_period_ends_and_twenty_working_days(end, due):
    assert due_of(rule(), on(end), CALENDAR) == Due(date.fromisoformat(due))


@pytest.mark.parametrize(
    ("length", "due", "extended"),
    [(15, "2026-10-13", "2026-11-03"), (20, "2026-10-20", "2026-11-17")],
)
def test_a_consultation_stops_the_clock_and_an_extension_counts_from_the_first_date(
    length, due, extended
):
    asked = rule(length=length, extension_length=length)
    away = (Suspension(date(2026, 9, 10), date(2026, 9, 24)),)

    first = due_of(asked, on("2026-09-01", suspensions=away), CALENDAR)
    later = due_of(asked, on("2026-09-01", suspensions=away, is_extended=True), CALENDAR)

    assert first.on == date.fromisoformat(due)
    assert later.on == date.fromisoformat(extended)


def test_a_suspension_that_lasts_moves_nothing_yet():
    lasting = (Suspension(date(2026, 9, 10), None),)

    assert due_of(rule(length=15), on("2026-09-01", suspensions=lasting), CALENDAR) == due_of(
        rule(length=15), on("2026-09-01"), CALENDAR
    )


def test_natural_days_roll_over_a_rest_day():
    budget = rule(unit=TermUnit.NATURAL_DAY)

    assert due_of(budget, on("2026-09-11"), CALENDAR).on == date(2026, 10, 8)
    assert due_of(budget, on("2026-02-24"), CALENDAR).on == date(2026, 3, 16)


def test_hours_run_through_weekends_and_holidays():
    emergency = rule(unit=TermUnit.HOUR, length=24)
    known = datetime(2026, 9, 30, 18, 30, tzinfo=SHANGHAI)

    due = due_of(emergency, on("2026-09-30", at=known), CALENDAR)

    assert due.at == known + timedelta(hours=24)
    assert due.on == date(2026, 10, 1)
    assert due.is_met_at(due.at)
    assert not due.is_met_at(due.at + timedelta(seconds=1))


def test_a_fixed_date_does_not_roll():
    report = rule(unit=TermUnit.FIXED_DATE, length=None, fixed_month_day="01-31")

    assert due_of(report, on("2025-12-31"), CALENDAR) == Due(date(2026, 1, 31))
    assert CALENDAR.is_workday(date(2026, 1, 31)) is False
    assert due_of(report, on("2026-01-31"), CALENDAR) == Due(date(2027, 1, 31))


def test_a_fixed_date_needs_no_calendar():
    report = rule(unit=TermUnit.FIXED_DATE, length=None, fixed_month_day="03-31")

    assert not due_of(report, on("2027-12-31"), CALENDAR).is_provisional


def test_a_price_is_due_on_its_day_or_after_twenty_working_days_whichever_is_first():
    price = rule(unit=TermUnit.BEFORE_EVENT)

    soon = due_of(price, on("2026-03-02", event_on=date(2026, 3, 10)), CALENDAR)
    late = due_of(price, on("2026-03-02", event_on=date(2026, 7, 1)), CALENDAR)

    assert soon.on == date(2026, 3, 10)
    assert late.on == date(2026, 3, 30)
    assert due_of(price, on("2026-03-02"), CALENDAR).on == date(2026, 3, 30)


def test_a_schedule_is_due_the_day_before():
    schedule = rule(unit=TermUnit.BEFORE_EVENT, length=None, days_before=1)

    assert due_of(schedule, on("2026-03-02", event_on=date(2026, 3, 9)), CALENDAR).on == date(
        2026, 3, 8
    )


def test_a_time_of_day_is_the_hour_of_the_due_day():
    stock = rule(length=1, time_of_day="10:00")

    due = due_of(stock, on("2026-09-30"), CALENDAR)

    assert due.at == datetime(2026, 10, 8, 10, tzinfo=SHANGHAI)
    assert due.is_met_at(datetime(2026, 10, 8, 9, 59, tzinfo=SHANGHAI))
    assert not due.is_met_at(datetime(2026, 10, 8, 10, 1, tzinfo=SHANGHAI))


def test_a_day_is_met_until_midnight_in_shanghai():
    due = Due(date(2026, 3, 5))

    assert due.is_met_at(datetime.fromisoformat("2026-03-05T15:59:59+00:00"))
    assert not due.is_met_at(datetime.fromisoformat("2026-03-05T16:00:00+00:00"))


def test_law_comes_before_rule_and_rule_before_default():
    law = rule("law", length=30, level=RuleLevel.LAW)
    order = rule("order", length=20, level=RuleLevel.RULE)
    product = rule("product", length=5)

    found = resolve([product, order, law], [], on("2026-03-02"), CALENDAR)

    assert found.rule.key == "law"
    assert {one.key for one, _ in found.considered} == {"law", "order", "product"}


def test_a_local_rule_wins_only_where_it_is_shorter_and_allowed():
    national = rule("national", length=20, level=RuleLevel.RULE, is_overridable=True)
    shorter = rule("short", length=10, level=RuleLevel.LOCAL, overrides=("national",))
    longer = rule("long", length=30, level=RuleLevel.LOCAL, overrides=("national",))
    strict = replace(national, is_overridable=False)

    def chosen(base, *local):
        return resolve([base], local, on("2026-03-02"), CALENDAR).rule.key

    assert chosen(national, shorter) == "short"
    assert chosen(national, longer) == "national"
    assert chosen(national, longer, shorter) == "short"
    assert chosen(strict, shorter) == "national"
    assert chosen(replace(national, key="other"), shorter) == "other"


def test_a_rule_holds_only_while_it_is_in_force():
    old = rule("old", level=RuleLevel.LAW, effective_to=date(2022, 1, 31))
    new = rule("new", length=10, level=RuleLevel.LAW, effective_from=date(2022, 2, 1))

    assert resolve([old, new], [], on("2022-01-31"), CALENDAR).rule.key == "old"
    assert resolve([old, new], [], on("2022-02-01"), CALENDAR).rule.key == "new"
    assert resolve([new], [], on("2022-01-31"), CALENDAR) is None


def test_reminders_are_working_days_before_the_due_date():
    due = due_of(rule(), on("2026-09-18"), CALENDAR)

    assert reminder_days(rule(), due, CALENDAR) == {
        10: date(2026, 10, 9),
        5: date(2026, 10, 15),
        1: date(2026, 10, 21),
    }
