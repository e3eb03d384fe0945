"""When work is due: every so often, daily, monthly. Pure; days and months are Shanghai's."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Protocol

from gongkai.domain.times import SHANGHAI, shanghai_day

_DAY = timedelta(days=1)


@dataclass(frozen=True)
class JobPeriod:
    """One turn of a job: its name, unique within the job, and from when it is due (aware)."""

    key: str
    begins: datetime

    @property
    def day(self) -> date:
        """Return the day in Shanghai on which the period begins."""
        return shanghai_day(self.begins)


class Rhythm(Protocol):
    """What divides time into periods."""

    def current(self, now: datetime) -> JobPeriod:
        """Return the newest period that has begun at ``now``."""
        ...

    def after(self, period: JobPeriod) -> JobPeriod:
        """Return the period that follows."""
        ...


@dataclass(frozen=True)
class Every:
    """Every so many seconds, counted from 1970; a day has a whole number of most of these."""

    seconds: int

    def __post_init__(self) -> None:
        if self.seconds < 1:
            raise ValueError("a period lasts a second at least")

    def current(self, now: datetime) -> JobPeriod:
        return self._numbered(int(now.timestamp() // self.seconds))

    def after(self, period: JobPeriod) -> JobPeriod:
        return self._numbered(int(period.begins.timestamp() // self.seconds) + 1)

    def _numbered(self, number: int) -> JobPeriod:
        begins = datetime.fromtimestamp(number * self.seconds, UTC)
        return JobPeriod(begins.astimezone(SHANGHAI).isoformat(), begins)


@dataclass(frozen=True)
class Daily:
    """Every day at a time in Shanghai."""

    at: time

    def current(self, now: datetime) -> JobPeriod:
        local = now.astimezone(SHANGHAI)
        return self._on(local.date() if local.time() >= self.at else local.date() - _DAY)

    def after(self, period: JobPeriod) -> JobPeriod:
        return self._on(period.day + _DAY)

    def _on(self, day: date) -> JobPeriod:
        return JobPeriod(day.isoformat(), datetime.combine(day, self.at, SHANGHAI))


@dataclass(frozen=True)
class Monthly:
    """Every month on a day (1 to 28) at a time in Shanghai."""

    day: int
    at: time

    def __post_init__(self) -> None:
        if not 1 <= self.day <= 28:
            raise ValueError("not every month has that day")

    def current(self, now: datetime) -> JobPeriod:
        local = now.astimezone(SHANGHAI)
        this = self._in(local.year, local.month)
        if this.begins <= now:
            return this
        before = local.date().replace(day=1) - _DAY
        return self._in(before.year, before.month)

    def after(self, period: JobPeriod) -> JobPeriod:
        following = period.day.replace(day=1) + 31 * _DAY
        return self._in(following.year, following.month)

    def _in(self, year: int, month: int) -> JobPeriod:
        begins = datetime.combine(date(year, month, self.day), self.at, SHANGHAI)
        return JobPeriod(f"{year}-{month:02}", begins)
