"""Counting working days on the State Council's calendar (DOMAIN.md §1.1, §1.2).

A year counts as known only with the notice that it follows. What runs beyond the known years is
an estimate and says so: it never makes anything overdue.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

_DAY = timedelta(days=1)
_SATURDAY = 5


@dataclass(frozen=True)
class DayOn:
    """A day that was counted to; ``missing_year`` is the first unknown year it runs into."""

    day: date
    missing_year: int | None = None

    @property
    def is_provisional(self) -> bool:
        return self.missing_year is not None


@dataclass(frozen=True)
class WorkCalendar:
    """Which days are worked, in the years whose notice is known.

    ``exceptions`` are the days that differ from Monday to Friday: False for a weekday off, True
    for a weekend day that is worked (调休). ``sources`` maps each known year to its notice.
    """

    exceptions: Mapping[date, bool]
    sources: Mapping[int, str]
    _days: list[date] = field(init=False, repr=False, compare=False)
    _first: date = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        years = self.sources or {1970: ""}
        first = date(min(years), 1, 1)
        # Two years beyond are there for estimates.
        last = date(max(years) + 2, 12, 31)
        days, day = [], first
        while day <= last:
            if self._guess(day):
                days.append(day)
            day += _DAY
        object.__setattr__(self, "_days", days)
        object.__setattr__(self, "_first", first)

    @property
    def known_until(self) -> date | None:
        """Return the last day of the unbroken run of known years; None without any."""
        if not self.sources:
            return None
        year = min(self.sources)
        while year + 1 in self.sources:
            year += 1
        return date(year, 12, 31)

    def is_workday(self, day: date) -> bool | None:
        """Tell whether ``day`` is worked; None where its year is not known."""
        return self._guess(day) if day.year in self.sources else None

    def add(self, start: date, count: int) -> DayOn:
        """Return the ``count``-th working day after ``start``, which itself never counts.

        ``start`` may be a rest day. A count of 0 gives ``start``.
        """
        if count == 0:
            return self._on(start, start)
        return self._on(start + _DAY, self._nth_after(start, count))

    def roll(self, day: date) -> DayOn:
        """Return ``day``, or the next working day where it is a day of rest."""
        rolled = day if self._guess(day) else self._nth_after(day, 1)
        return self._on(day, rolled)

    def back(self, day: date, count: int) -> date:
        """Return the ``count``-th working day before ``day``."""
        at = bisect_left(self._days, day) - count
        if at >= 0 and day <= self._days[-1]:
            return self._days[at]
        while count:
            day -= _DAY
            count -= self._guess(day)
        return day

    def between(self, after: date, until: date) -> int:
        """Count the working days in (``after``, ``until``]; negative if ``until`` is earlier."""
        if until < after:
            return -self.between(until, after)
        if after >= self._first - _DAY and until <= self._days[-1]:
            return bisect_right(self._days, until) - bisect_right(self._days, after)
        days = (until - after).days
        return sum(self._guess(after + n * _DAY) for n in range(1, days + 1))

    def _nth_after(self, start: date, count: int) -> date:
        at = bisect_right(self._days, start) + count - 1
        if start >= self._first - _DAY and at < len(self._days):
            return self._days[at]
        day = start
        while count:
            day += _DAY
            count -= self._guess(day)
        return day

    def _guess(self, day: date) -> bool:
        """Return what is known, else Monday to Friday without 1 January."""
        if day.year in self.sources:
            return self.exceptions.get(day, day.weekday() < _SATURDAY)
        return day.weekday() < _SATURDAY and (day.month, day.day) != (1, 1)

    def _on(self, first: date, last: date) -> DayOn:
        """Return ``last``, counted to over the days from ``first`` on."""
        unknown = (year for year in range(first.year, last.year + 1) if year not in self.sources)
        return DayOn(last, next(unknown, None))
