"""The working-day calendar in the database: seeded from a library, loaded from notices."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache

from chinese_calendar.constants import holidays, workdays
from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from gongkai.domain.holiday_notices import HolidayNotice, NoticeDay
from gongkai.domain.working_days import WorkCalendar
from gongkai.models.calendar import CalendarDay, CalendarException, CalendarYear

SEED = "chinesecalendar"
_SATURDAY = 5
_DAY = timedelta(days=1)
# How long before the known calendar ends somebody must be told: notices appear in November,
# and a clock of 20 working days reaches 36 days ahead.
WARN_DAYS = 75


@dataclass(frozen=True)
class CalendarCoverage:
    """Until when the calendar is known, and whether that is too near."""

    known_until: date | None
    days_left: int

    @property
    def is_short(self) -> bool:
        return self.days_left < WARN_DAYS

    @property
    def missing_year(self) -> int | None:
        """Return the year that has to be loaded next."""
        return self.known_until.year + 1 if self.known_until else None


def find_calendar(session: Session) -> WorkCalendar:
    """Return the calendar as it is loaded."""
    years = session.execute(select(CalendarYear.year, CalendarYear.source))
    days = session.execute(select(CalendarException.day, CalendarException.is_workday))
    return _calendar_of(
        tuple((row.day, row.is_workday) for row in days), tuple((y.year, y.source) for y in years)
    )


@lru_cache(maxsize=16)
def _calendar_of(
    exceptions: tuple[tuple[date, bool], ...], sources: tuple[tuple[int, str], ...]
) -> WorkCalendar:
    """Number the working days once for what is loaded; nobody changes a calendar."""
    return WorkCalendar(dict(exceptions), dict(sources))


def coverage(calendar: WorkCalendar, today: date) -> CalendarCoverage:
    """Tell how far the calendar reaches from ``today``."""
    until = calendar.known_until
    return CalendarCoverage(until, (until - today).days if until else 0)


def years_to_seed(session: Session) -> list[int]:
    """Return the years that the installed chinesecalendar knows and the table does not."""
    return sorted({day.year for day in holidays} - set(session.scalars(select(CalendarYear.year))))


def seed_calendar(session: Session, *, now: datetime) -> list[int]:
    """Load the years that the installed chinesecalendar knows and the table does not.

    Its tables are the State Council's notices, one a year; ours name them. Does not commit.
    Returns the years.
    """
    years = years_to_seed(session)
    for year in years:
        named = {day: False for day in holidays if day.year == year}
        named |= {day: True for day in workdays if day.year == year}
        names = {**holidays, **workdays}
        days = tuple(NoticeDay(day, named[day], names[day]) for day in sorted(named))
        source = f"国务院办公厅关于{year}年部分节假日安排的通知（{SEED}）"
        _store(session, HolidayNotice(year, source, days), loaded_by=SEED, now=now)
    if years:
        _number_days(session)
    return years


def load_notice(session: Session, notice: HolidayNotice, *, loaded_by: str, now: datetime) -> None:
    """Make a year known, or known anew. Does not commit.

    Open clocks are not touched: ``services.obligations.recompute`` does that.
    """
    _store(session, notice, loaded_by=loaded_by, now=now)
    _number_days(session)


def _store(session: Session, notice: HolidayNotice, *, loaded_by: str, now: datetime) -> None:
    session.execute(delete(CalendarException).where(CalendarException.notice_year == notice.year))
    year = session.get(CalendarYear, notice.year)
    if year is None:
        year = CalendarYear(year=notice.year)
        session.add(year)
    year.source, year.loaded_by, year.loaded_at = notice.source, loaded_by, now
    taken = [one.day for one in notice.exceptions]
    # Of two notices that name one day, the later one holds.
    session.execute(delete(CalendarException).where(CalendarException.day.in_(taken)))
    session.add_all(
        CalendarException(
            day=one.day, is_workday=one.is_workday, name=one.name, notice_year=notice.year
        )
        for one in notice.exceptions
    )
    session.flush()


def _number_days(session: Session) -> None:
    """Write every known day with its running number of working days."""
    calendar = find_calendar(session)
    session.execute(delete(CalendarDay))
    rows, ordinal = [], 0
    for day in _days_of(sorted(calendar.sources)):
        is_workday = bool(calendar.is_workday(day))
        ordinal += is_workday
        rows.append({"day": day, "is_workday": is_workday, "ordinal": ordinal})
    if rows:
        session.execute(insert(CalendarDay), rows)


def _days_of(years: Iterable[int]) -> Iterable[date]:
    for year in years:
        day = date(year, 1, 1)
        while day.year == year:
            yield day
            day += _DAY


def days_off(session: Session, since: date, until: date) -> list[CalendarException]:
    """Return the named exceptions in [``since``, ``until``], for explanations."""
    return list(
        session.scalars(
            select(CalendarException)
            .where(CalendarException.day.between(since, until))
            .order_by(CalendarException.day)
        )
    )
