"""The working-day calendar: notices of the State Council, and the days that follow from them."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, String
from sqlalchemy.orm import Mapped, mapped_column

from gongkai.db import Base


class CalendarYear(Base):
    """A year whose notice is known: the paper it follows, and who loaded it."""

    __tablename__ = "calendar_year"
    __table_args__ = (CheckConstraint("source <> ''", name="has_source"),)

    year: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    source: Mapped[str] = mapped_column(String(1000))
    loaded_by: Mapped[str] = mapped_column(String(100))
    loaded_at: Mapped[datetime]


class CalendarException(Base):
    """A day that differs from Monday to Friday, as the notice for ``notice_year`` has it.

    A notice may name days of a neighbouring year.
    """

    __tablename__ = "calendar_exception"

    day: Mapped[date] = mapped_column(primary_key=True)
    is_workday: Mapped[bool]
    name: Mapped[str] = mapped_column(String(60))
    notice_year: Mapped[int] = mapped_column(index=True)


class CalendarDay(Base):
    """Every day of the known years with its running number of working days.

    ``ordinal`` counts the working days from the first known day up to this one, so that "the
    20th working day after" is one lookup. Made from the exceptions whenever a year is loaded.
    """

    __tablename__ = "calendar_day"

    day: Mapped[date] = mapped_column(primary_key=True)
    is_workday: Mapped[bool]
    ordinal: Mapped[int] = mapped_column(index=True)
