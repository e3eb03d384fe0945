"""A year of releases, corrections, withdrawals and news, as data for the demonstration."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Any

from gongkai.domain.items import DisclosureItem
from gongkai.domain.times import SHANGHAI
from gongkai.samples import chance
from gongkai.samples.catalogs import table, texts
from gongkai.samples.institutions import sample_institution
from gongkai.samples.notes import change_note
from gongkai.samples.scene import Row
from gongkai.samples.tables import sample_rows

_HOLIDAYS = {(1, 1), *((5, day) for day in range(1, 6)), *((10, day) for day in range(1, 8))}
# It moves with the moon; 2026 is the year that is known.
_SPRING_FESTIVAL = {date(2026, 2, day) for day in range(15, 24)}


@dataclass(frozen=True)
class PublishRelease:
    """A table goes out. ``correction`` answers a mistake of the one before it."""

    at: datetime
    institution: str
    item_key: str
    rows: list[Row]
    change_note: str
    formed_on: date
    correction: bool


@dataclass(frozen=True)
class WithdrawRelease:
    """The dataset's release that was current until now is withdrawn."""

    at: datetime
    institution: str
    item_key: str
    reason: str


@dataclass(frozen=True)
class PublishNews:
    """A notice in Markdown, in Chinese, a few with English below."""

    at: datetime
    institution: str
    title: str
    body_markdown: str


StoryEvent = PublishRelease | WithdrawRelease | PublishNews


@dataclass(frozen=True)
class _Planned:
    """One release of the plan: the ``number``-th of its dataset, counted from 0."""

    on: date
    period: date
    institution: str
    item_key: str
    rhythm: str
    number: int


def demo_story(
    items: Mapping[str, DisclosureItem], *, seed: int = 75, today: date
) -> list[StoryEvent]:
    """Return the events of the year before ``today``, in time order, no two at one instant.

    Every release differs from the one before it and passes the item's checks against the
    releases then current, so the events can be replayed one after the other. Items that
    ``items`` does not hold are left out.
    """
    events: list[StoryEvent] = list(_news(today))
    released: dict[str, dict[str, list[Row]]] = {}
    for planned in _plan(today):
        if planned.item_key in items:
            current = released.setdefault(planned.institution, {})
            events += _released(items[planned.item_key], planned, current, seed)
    return sorted(_apart(events), key=lambda event: event.at)


def _plan(today: date) -> list[_Planned]:
    found: list[_Planned] = []
    for line in table("story"):
        days = _days(line["rhythm"], line["when"], today)
        days = days[-int(line["last"]) :] if line["last"] else days
        for number, (on, period) in enumerate(days):
            found.append(
                _Planned(on, period, line["institution"], line["item"], line["rhythm"], number)
            )
    return sorted(found, key=lambda planned: planned.on)


def _days(rhythm: str, when: str, today: date) -> list[tuple[date, date]]:
    """Return (published, period) for a rhythm, within the year before ``today``."""
    if rhythm == "days":
        days = [_working_day(today - timedelta(days=int(back))) for back in when.split("|")]
        return [(day, day) for day in days]
    steps = {"monthly": 1, "quarterly": 3, "annual": 12}[rhythm]
    found = []
    for back in range(16, -1, -1):
        month = chance.month_before(today, back)
        if month.month % steps == 0:
            end = chance.month_end(month)
            on = _working_day(end + timedelta(days=int(when)))
            if today - timedelta(days=365) < on < today:
                found.append((on, end))
    return found


def _working_day(day: date, step: int = -1) -> date:
    """Return the day, or the nearest working one before it (after it, for ``step`` 1)."""
    while day.weekday() > 4 or (day.month, day.day) in _HOLIDAYS or day in _SPRING_FESTIVAL:
        day += timedelta(days=step)
    return day


def _released(
    item: DisclosureItem, planned: _Planned, current: dict[str, list[Row]], seed: int
) -> list[StoryEvent]:
    """Return the release with what follows from it, and make its rows current.

    A planned release that would repeat the current rows is left out.
    """
    rows = sample_rows(
        item,
        sample_institution(planned.institution),
        seed=seed,
        period=planned.period,
        context={key: found for key, found in current.items() if key != item.key},
    )
    before = current.get(item.key)
    if not rows or rows == before:
        return []
    release = PublishRelease(
        at=_moment(planned),
        institution=planned.institution,
        item_key=item.key,
        rows=rows,
        change_note=change_note(item, before, rows, planned.rhythm, planned.period),
        formed_on=_formed(planned),
        correction=False,
    )
    current[item.key] = rows
    if (mistake := _told("mistake", planned)) is not None:
        return _mistaken(release, mistake)
    if (told := _told("withdrawal", planned)) is not None:
        at = _later(release.at, told["after_days"])
        return [release, WithdrawRelease(at, planned.institution, item.key, told["reason"])]
    return [release]


def _told(kind: str, planned: _Planned) -> dict[str, Any] | None:
    """Return what the story tells of this very release: its mistake or its withdrawal."""
    for entry in texts("story")[kind]:
        wanted = (entry["institution"], entry["item"], entry["release"])
        if wanted == (planned.institution, planned.item_key, planned.number):
            found: dict[str, Any] = entry
            return found
    return None


def _mistaken(release: PublishRelease, mistake: dict[str, Any]) -> list[StoryEvent]:
    """Return the release with the mistake in it, and the correction with the right rows."""
    where, wrong = mistake["where"].items(), mistake["wrong"]
    right = [row for row in release.rows if where <= row.items()]
    if not right:
        return [release]
    first = replace(
        release, rows=[row | wrong if where <= row.items() else row for row in release.rows]
    )
    corrected = replace(
        release,
        at=_later(release.at, mistake["after_days"]),
        change_note=mistake["note"].format(**right[0]),
        correction=True,
    )
    return [first, corrected]


def _moment(planned: _Planned) -> datetime:
    """Return an instant in office hours; blood stock goes out soon after the morning's count."""
    is_stock = planned.item_key == "blood_inventory"
    minute = chance.stable_number(planned.institution, planned.item_key, planned.on) % (
        40 if is_stock else 450
    )
    start = datetime.combine(planned.on, time(8 if is_stock else 9, 10), SHANGHAI)
    return start + timedelta(minutes=minute)


def _later(at: datetime, days: int) -> datetime:
    """Return an instant on a working day so many days later, before the office closes."""
    day = _working_day(at.date() + timedelta(days=days), step=1)
    return datetime.combine(day, time(9 + at.minute % 7, at.minute), SHANGHAI)


def _formed(planned: _Planned) -> date:
    """Return when the information was formed: the period's end, or some days before."""
    if planned.rhythm != "days":
        return planned.period
    if planned.item_key == "blood_inventory":
        return planned.on
    days = chance.stable_number("formed", planned.item_key, planned.on) % 10
    return planned.on - timedelta(days=1 + days)


def _news(today: date) -> list[PublishNews]:
    found: list[PublishNews] = []
    for entry in texts("story")["notice"]:
        month, day = (int(part) for part in entry["on"].split("-"))
        on = date(today.year, month, day)
        if on >= today:
            on = on.replace(year=today.year - 1)
        at = datetime.combine(_working_day(on), time(10, 5 + day), SHANGHAI)
        found.append(PublishNews(at, entry["institution"], entry["title"], entry["body"].strip()))
    return found


def _apart(events: list[StoryEvent]) -> list[StoryEvent]:
    """Move an event by minutes where another has its instant, in the order of the story."""
    taken: set[datetime] = set()
    found: list[StoryEvent] = []
    for event in events:
        at = event.at
        while at in taken:
            at += timedelta(minutes=1)
        taken.add(at)
        found.append(replace(event, at=at))
    return found
