"""The scoreboard: how many obligations stand where, and which share was kept in time."""

from collections.abc import Iterable
from dataclasses import dataclass, fields
from datetime import date, timedelta
from enum import StrEnum
from typing import Any

from gongkai.domain.text import Text
from gongkai.errors import Rejected

# The days that anybody may name: the clock counts years from them without leaving the calendar.
FIRST_DAY, LAST_DAY = date(2000, 1, 1), date(2100, 12, 31)


class Grouping(StrEnum):
    """What the scoreboard has a line for."""

    INSTITUTION = "institution"
    TYPE = "type"
    ITEM = "item"
    REGION = "region"


@dataclass(frozen=True)
class Window:
    """Due dates from ``since`` to ``until``, both included; None leaves an end open."""

    since: date | None = None
    until: date | None = None

    def __post_init__(self) -> None:
        if self.since and self.until and self.until < self.since:
            raise Rejected(f"{self.until} lies before {self.since}; give the earlier day first.")

    @classmethod
    def last_year(cls, today: date) -> "Window":
        """Return what fell due in the last twelve months, and everything that is still ahead."""
        try:
            before = today.replace(year=today.year - 1)
        except ValueError:  # 29 February
            before = today.replace(year=today.year - 1, day=28)
        return cls(since=before + timedelta(days=1))

    @classmethod
    def of_month(cls, month: str) -> "Window":
        """Return the due dates of a month such as 2026-10. Raises Rejected."""
        try:
            first = date.fromisoformat(f"{month}-01")
        except ValueError as error:
            raise Rejected(f"{month!r} is no month; write one such as 2026-10.") from error
        if not FIRST_DAY <= first <= LAST_DAY:
            raise Rejected(
                f"{month!r} is out of range; write a month from {FIRST_DAY:%Y-%m} to "
                f"{LAST_DAY:%Y-%m}."
            )
        following = (first + timedelta(days=31)).replace(day=1)
        return cls(first, following - timedelta(days=1))


@dataclass(frozen=True)
class Rate:
    """A share that never goes without its denominator; no value where that is 0."""

    numerator: int
    denominator: int

    @property
    def value(self) -> float | None:
        return round(self.numerator / self.denominator, 4) if self.denominator else None


@dataclass(frozen=True)
class Counts:
    """How many obligations stand where; each is in exactly one of these."""

    on_time: int = 0
    late: int = 0
    overdue: int = 0
    due_soon: int = 0
    open: int = 0
    provisional: int = 0
    suspended: int = 0
    waived: int = 0

    @property
    def due(self) -> int:
        """Return what was to be settled: kept or past; no estimates, waivers, suspensions."""
        return self.on_time + self.late + self.overdue

    @property
    def total(self) -> int:
        waiting = self.due_soon + self.open + self.provisional + self.suspended
        return self.due + waiting + self.waived

    @property
    def rates(self) -> dict[str, Rate]:
        """Return the shares of what was due: on time, late, overdue now."""
        return {
            "on_time": Rate(self.on_time, self.due),
            "late": Rate(self.late, self.due),
            "overdue": Rate(self.overdue, self.due),
        }

    def __add__(self, other: "Counts") -> "Counts":
        return Counts(*(getattr(self, n) + getattr(other, n) for n in COUNTED))


COUNTED = tuple(field.name for field in fields(Counts))


@dataclass(frozen=True)
class Line:
    """One line of the scoreboard; ``title`` is in both languages, ``key`` stands in addresses."""

    key: str
    title: Text
    counts: Counts


def total(lines: Iterable[Line]) -> Counts:
    """Return all lines together; each obligation is in one of them."""
    return sum((line.counts for line in lines), Counts())


SORTS = ("name", "key", "due", "rate", *COUNTED)
DEFAULT_SORT = "-overdue"


def sort_lines(lines: Iterable[Line], by: str = DEFAULT_SORT) -> list[Line]:
    """Return lines by a name of ``SORTS``, largest first with ``-``; ties by key.

    A rate that does not exist comes last either way. Raises Rejected for another name.
    """
    name = by.removeprefix("-")
    if name not in SORTS:
        raise Rejected(f"{by!r} sorts nothing; there are: {', '.join(sorted(SORTS))}.")
    ordered = sorted(lines, key=lambda line: line.key)
    known = [line for line in ordered if _value(line, name) is not None]
    known.sort(key=lambda line: _value(line, name), reverse=by.startswith("-"))
    return known + [line for line in ordered if _value(line, name) is None]


def _value(line: Line, name: str) -> Any:
    match name:
        case "name":
            return line.title.zh
        case "key":
            return line.key
        case "rate":
            return line.counts.rates["on_time"].value
    return getattr(line.counts, name)
