"""The time zone of every legal date and of every time that people read."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

SHANGHAI = ZoneInfo("Asia/Shanghai")


def shanghai_day(moment: datetime) -> date:
    """Return the day that an instant falls on in Shanghai: the date that the law counts."""
    return moment.astimezone(SHANGHAI).date()
