"""The State Council's calendar 2004–2026 for tests, straight from chinesecalendar's tables."""

from chinese_calendar.constants import holidays, workdays

from gongkai.domain.working_days import WorkCalendar

YEARS = range(2004, 2027)


def official_calendar(*, until: int = 2026) -> WorkCalendar:
    """Return the calendar as it is known until the end of a year."""
    exceptions = {day: False for day in holidays if day.weekday() < 5}
    exceptions |= dict.fromkeys(workdays, True)
    return WorkCalendar(
        {day: works for day, works in exceptions.items() if day.year <= until},
        {year: f"notice for {year}" for year in YEARS if year <= until},
    )
