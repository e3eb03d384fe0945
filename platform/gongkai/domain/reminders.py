"""When to remind of what is due: at distances in working days, on the day, and after it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from gongkai.domain.working_days import WorkCalendar

_DAY = timedelta(days=1)
# What is overdue is told of again every so many working days, and from the first such day on
# to the head of the institution and the supervising authority, too.
AGAIN_AFTER = 5
# So often, which is more than a year; what is later still is told of one last time.
TOLD_AGAIN = 60
DEFAULT_DISTANCES = (10, 5, 1)
TODAY, OVERDUE, DATE_CHANGED = "today", "overdue", "date-changed"


class Stage(StrEnum):
    """How urgent a reminder is; who hears of it follows from it."""

    DUE = "due"
    OVERDUE = "overdue"
    ESCALATED = "escalated"
    DATE_CHANGED = "date_changed"


@dataclass(frozen=True)
class Window:
    """The due dates in (``after``, ``until``] that call for a reminder of ``kind``.

    ``after`` is None for a window that reaches back without an end.
    """

    kind: str
    after: date | None
    until: date


def stage_of(kind: str) -> Stage:
    """Return the stage of a kind of reminder."""
    if kind == DATE_CHANGED:
        return Stage.DATE_CHANGED
    if kind == OVERDUE:
        return Stage.OVERDUE
    return Stage.ESCALATED if kind.startswith(f"{OVERDUE}:") else Stage.DUE


def windows_ahead(
    distances: Iterable[int], today: date, calendar: WorkCalendar
) -> Sequence[Window]:
    """Return the windows of due dates after ``today``, the nearest first.

    A window reaches from one distance to the next, so that a day without a check is made up
    for by the nearest distance alone, and a clock that starts within it is told of at once.
    """
    windows, after = [], today
    for distance in sorted({one for one in distances if one > 0}):
        until = calendar.add(today, distance).day
        windows.append(Window(f"before:{distance}", after, until))
        after = until
    return windows


def windows_behind(earliest: date, today: date, calendar: WorkCalendar) -> Sequence[Window]:
    """Return the windows of due dates from ``today`` back to ``earliest``, the latest first.

    They are at most ``TOLD_AGAIN`` and one without an end: a mistyped year is no endless work.
    """
    windows: list[Window] = []
    until = today
    while until >= earliest:
        late = AGAIN_AFTER * len(windows)
        kind = f"{OVERDUE}:{late}" if windows else OVERDUE
        if len(windows) == TOLD_AGAIN:
            return [*windows, Window(kind, None, until)]
        after = calendar.back(today + _DAY, late + AGAIN_AFTER) - _DAY
        windows.append(Window(kind, after, until))
        until = after
    return windows
