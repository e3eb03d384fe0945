"""A year's notice of the State Council in the holiday-cn JSON form, read strictly.

Source of the form: github.com/NateScarlet/holiday-cn, ``{"year", "papers", "days": [{"name",
"date", "isOffDay"}]}``. A file without papers is the announcement of a file, not of a year.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

_SATURDAY = 5
_FEWEST_DAYS = 7


class NotANotice(ValueError):  # noqa: N818 - reads as what it says
    """The data is no notice of a year; the text says what is wrong and where."""


@dataclass(frozen=True)
class NoticeDay:
    """A day that the notice names: off, or (on a weekend) worked."""

    day: date
    is_workday: bool
    name: str


@dataclass(frozen=True)
class HolidayNotice:
    """One year: the papers it follows and the days they name."""

    year: int
    source: str
    days: tuple[NoticeDay, ...]

    @property
    def exceptions(self) -> tuple[NoticeDay, ...]:
        """Return the days that differ from Monday to Friday."""
        return tuple(one for one in self.days if one.is_workday == (one.day.weekday() >= _SATURDAY))


def notice_of(data: Any) -> HolidayNotice:
    """Read holiday-cn JSON. Raises NotANotice, naming the entry that is wrong."""
    if not isinstance(data, Mapping):
        raise NotANotice("the file is not a JSON object with year, papers and days")
    year, papers, entries = data.get("year"), data.get("papers"), data.get("days")
    if not isinstance(year, int) or isinstance(year, bool) or not 2004 <= year <= 2100:
        raise NotANotice(f"year is {year!r}, not a year such as 2027")
    if not isinstance(papers, list) or not all(isinstance(p, str) and p.strip() for p in papers):
        raise NotANotice("papers is not a list of addresses or titles")
    if not papers:
        raise NotANotice(
            f"papers is empty: the State Council's notice for {year} is not out, or the file is "
            "older than it"
        )
    if not isinstance(entries, list):
        raise NotANotice("days is not a list")
    days: dict[date, NoticeDay] = {}
    for number, entry in enumerate(entries, start=1):
        one = _day_of(entry, number, year)
        if days.setdefault(one.day, one).is_workday != one.is_workday:
            raise NotANotice(f"days[{number}] says of {one.day} the opposite of an earlier entry")
    if sum(1 for one in days.values() if not one.is_workday) < _FEWEST_DAYS:
        raise NotANotice(f"only {len(days)} days are named; a year has at least {_FEWEST_DAYS} off")
    return HolidayNotice(year, " ".join(papers), tuple(days[key] for key in sorted(days)))


def _day_of(entry: Any, number: int, year: int) -> NoticeDay:
    where = f"days[{number}]"
    if not isinstance(entry, Mapping):
        raise NotANotice(f"{where} is not an object with name, date and isOffDay")
    try:
        day = date.fromisoformat(str(entry.get("date")))
    except ValueError as error:
        raise NotANotice(f"{where}.date is {entry.get('date')!r}, not a date") from error
    is_off, name = entry.get("isOffDay"), entry.get("name")
    if not isinstance(is_off, bool):
        raise NotANotice(f"{where}.isOffDay is {is_off!r}, neither true nor false")
    if not isinstance(name, str) or not name.strip():
        raise NotANotice(f"{where}.name is empty")
    if abs(day.year - year) > 1:
        raise NotANotice(f"{where}.date is {day}, which is not of {year}")
    if not is_off and day.weekday() < _SATURDAY:
        raise NotANotice(f"{where} says that {day}, a weekday, is a make-up working day")
    return NoticeDay(day, not is_off, name.strip())
