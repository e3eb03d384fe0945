"""What is owed, counted day by day and one by one: slow, obvious, and nothing of the product's.

The terms are written down here again from DOMAIN.md §1.3, not read from the plugins' rules.
"""

from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from functools import cache

from chinese_calendar.constants import holidays, workdays

from gongkai.domain.times import SHANGHAI

DAY = timedelta(days=1)
WORKING_DAYS = {
    "proactive_20wd": 20,
    "month_end_20wd": 20,
    "quarter_end_20wd": 20,
    "daily_next_workday": 1,
    "procurement_award_2wd": 2,
    "price_before_effective": 20,
}


class Days:
    """Working days by looking at each; what lies beyond the known years is a guess."""

    def __init__(self, known_until=2026, notice=()):
        self.known_until = known_until
        self.named = dict.fromkeys(holidays, False) | dict.fromkeys(workdays, True)
        self.named |= dict(notice)
        self.add = cache(self._add)

    def works(self, day):
        # 1 January is a day of rest whatever a notice will say.
        return self.named.get(day, day.weekday() < 5 and (day.month, day.day) != (1, 1))

    def _add(self, start, count):
        """Return the ``count``-th working day after ``start``, and whether it is certain."""
        day = start
        while count:
            day += DAY
            count -= self.works(day)
        return day, day.year <= self.known_until

    def roll(self, day):
        while not self.works(day):
            day += DAY
        return day, day.year <= self.known_until

    def between(self, after, until):
        return sum(self.works(after + n * DAY) for n in range(1, (until - after).days + 1))


@dataclass(eq=False)
class Duty:
    """One thing to publish. ``stops`` are [since, until] with None while it lasts."""

    key: tuple[int, str]
    rule: str
    trigger: date
    opened_by: str
    at: datetime | None = None
    event_on: date | None = None
    length: int | None = None
    is_short: bool = False
    state: str = "runs"
    stops: list[list[date | None]] = field(default_factory=list)
    met_by: "Issue | None" = None

    def due(self, days):
        """Return (day, instant or None, whether it is certain)."""
        stopped = sum(
            days.between(max(since, self.trigger), until) for since, until in self.stops if until
        )
        if self.rule == "starting_plan":
            on, sure = days.add(self.trigger, self.length + stopped)
        elif self.rule == "budget_20d":
            on, sure = days.roll(self.trigger + 20 * DAY)
        elif self.rule == "annual_report_0131":
            on, sure = date(self.trigger.year + 1, 1, 31), True
        elif self.rule == "schedule_before_start":
            on, sure = (self.event_on - DAY if self.event_on else self.trigger), True
        elif self.rule == "emergency_5h":
            at = self.at + timedelta(hours=5)
            return at.astimezone(SHANGHAI).date(), at, True
        else:
            on, sure = days.add(self.trigger, WORKING_DAYS[self.rule] + stopped)
            if self.is_short and self.rule == "proactive_20wd":
                # A catalogue of the place asks for it in half the time.
                on, sure = days.add(self.trigger, 10 + stopped)
        at = None
        if self.rule == "daily_next_workday":
            at = datetime.combine(on, time(10), SHANGHAI)
        return on, at, sure

    def is_overdue(self, days, now):
        if self.state != "runs":
            return False
        on, at, sure = self.due(days)
        return sure and (now > at if at else now.astimezone(SHANGHAI).date() > on)


@dataclass(eq=False)
class Issue:
    """A release, as far as it settles anything."""

    number: int
    issued: date
    formed_on: date | None
    is_correction: bool = False
    is_withdrawn: bool = False

    def settles(self, duty):
        """Tell whether it stands in for another one that was withdrawn."""
        if duty.opened_by == "start":
            return True
        if duty.opened_by == "period" and self.formed_on is None:
            return False
        return duty.trigger <= (self.formed_on or self.issued)


class Ledger:
    """Everything that is owed, and what has been published for it."""

    def __init__(self, days):
        self.days = days
        self.duties = {}
        self.of_dataset = {}
        self.issues = {}

    def open(self, duty):
        if duty.key not in self.duties:
            self.duties[duty.key] = duty
            self.of_dataset.setdefault(duty.key[0], []).append(duty)

    def publish(self, dataset, issue):
        self.issues.setdefault(dataset, []).append(issue)
        formed = issue.formed_on or issue.issued
        waiting = [
            one
            for one in self.of_dataset.get(dataset, ())
            if one.state in ("runs", "stopped")
            and (one.trigger <= formed or one.opened_by == "start")
        ]
        if issue.formed_on is None:
            periods = sorted(
                (one for one in waiting if one.opened_by == "period"), key=lambda one: one.trigger
            )
            left = periods if issue.is_correction else periods[1:]
            waiting = [one for one in waiting if one not in left]
        for one in waiting:
            one.state, one.met_by = "met", issue
            for stop in one.stops:
                stop[1] = stop[1] or issue.issued

    def withdraw(self, dataset, issue):
        issue.is_withdrawn = True
        standing = [one for one in self.issues[dataset] if not one.is_withdrawn]
        for duty in self.of_dataset.get(dataset, ()):
            if duty.met_by is issue:
                duty.met_by = next((one for one in standing if one.settles(duty)), None)
                duty.state = "met" if duty.met_by else "runs"

    def overdue(self, now):
        return {key for key, one in self.duties.items() if one.is_overdue(self.days, now)}
