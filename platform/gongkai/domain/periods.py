"""Reporting periods: the days, weeks, months … for which an item is due."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from gongkai.domain.items import Frequency
from gongkai.domain.text import Text

_DAY = timedelta(days=1)
_MONTHS = {
    Frequency.MONTHLY: 1,
    Frequency.QUARTERLY: 3,
    Frequency.ANNUAL_2: 6,
    Frequency.ANNUAL: 12,
}


@dataclass(frozen=True, order=True)
class Period:
    """The days from ``start`` to ``end``, both included, under a name such as 2026-Q1."""

    start: date
    end: date
    key: str

    @property
    def title(self) -> Text:
        """Return the name as people read it."""
        year, _, part = self.key.partition("-")
        match part[:1]:
            case "Q":
                return Text(f"{year}年第{part[1:]}季度", f"Q{part[1:]} {year}")
            case "H":
                half = {"1": "上半年", "2": "下半年"}[part[1:]]
                return Text(f"{year}年{half}", f"H{part[1:]} {year}")
            case "W":
                return Text(f"{year}年第{int(part[1:])}周", f"week {int(part[1:])}, {year}")
            case "":
                return Text(f"{year}年", year)
        if self.start == self.end:
            return Text(f"{self.start:%Y}年{self.start.month}月{self.start.day}日", self.key)
        return Text(f"{year}年{int(part)}月", f"{self.start:%B} {year}")


def period_of(frequency: Frequency, day: date) -> Period | None:
    """Return the period that ``day`` is in; None where an item has no periods."""
    match frequency:
        case Frequency.AS_NEEDED:
            return None
        case Frequency.DAILY:
            return Period(day, day, day.isoformat())
        case Frequency.WEEKLY:
            start = day - timedelta(days=day.weekday())
            year, week, _ = day.isocalendar()
            return Period(start, start + 6 * _DAY, f"{year}-W{week:02}")
    length = _MONTHS[frequency]
    first = (day.month - 1) // length * length
    start = date(day.year, first + 1, 1)
    return Period(start, _month_after(start, length) - _DAY, _key(frequency, start))


def periods_between(frequency: Frequency, since: date, until: date) -> Iterator[Period]:
    """Yield the periods that end in [``since``, ``until``], in order."""
    period = period_of(frequency, since)
    while period is not None and period.end <= until:
        if period.end >= since:
            yield period
        period = next_period(frequency, period)


def next_period(frequency: Frequency, period: Period) -> Period:
    """Return the period after ``period``."""
    found = period_of(frequency, period.end + _DAY)
    assert found is not None  # noqa: S101 - what has one period has another
    return found


def period_named(key: str) -> Period:
    """Return the period of a key. Raises ValueError."""
    year, _, part = key.partition("-")
    if not part:
        return _found(Frequency.ANNUAL, date(int(year), 1, 1))
    if part.startswith("Q"):
        return _found(Frequency.QUARTERLY, date(int(year), int(part[1:]) * 3, 1))
    if part.startswith("H"):
        return _found(Frequency.ANNUAL_2, date(int(year), int(part[1:]) * 6, 1))
    if part.startswith("W"):
        return _found(Frequency.WEEKLY, date.fromisocalendar(int(year), int(part[1:]), 1))
    if "-" in part:
        return _found(Frequency.DAILY, date.fromisoformat(key))
    return _found(Frequency.MONTHLY, date(int(year), int(part), 1))


def _found(frequency: Frequency, day: date) -> Period:
    found = period_of(frequency, day)
    assert found is not None  # noqa: S101 - these frequencies have periods
    return found


def _month_after(start: date, months: int) -> date:
    years, month = divmod(start.month - 1 + months, 12)
    return date(start.year + years, month + 1, 1)


def _key(frequency: Frequency, start: date) -> str:
    match frequency:
        case Frequency.MONTHLY:
            return f"{start:%Y-%m}"
        case Frequency.QUARTERLY:
            return f"{start.year}-Q{(start.month + 2) // 3}"
        case Frequency.ANNUAL_2:
            return f"{start.year}-H{1 if start.month == 1 else 2}"
    return str(start.year)
