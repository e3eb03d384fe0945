"""From a rule and what happened to a due date, and which of several rules holds.

Legal dates are dates in Asia/Shanghai. The day of the event never counts (Civil Code art. 201);
see DOMAIN.md §1.1 for the conventions and §1.2 for vectors.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

from gongkai.domain.items import DeadlineRule, RuleLevel, TermUnit
from gongkai.domain.times import SHANGHAI
from gongkai.domain.working_days import DayOn, WorkCalendar

_RANK = {level: rank for rank, level in enumerate(RuleLevel)}


@dataclass(frozen=True)
class Suspension:
    """A stretch of time that does not count: the working days in (``since``, ``until``].

    ``until`` is None while it lasts.
    """

    since: date
    until: date | None


@dataclass(frozen=True)
class Trigger:
    """What started a clock.

    ``on`` is the day the information was formed or changed; ``at`` the instant, which terms in
    hours need; ``event_on`` the day by which a ``before_event`` rule counts, such as the day
    a price takes effect.
    """

    on: date
    at: datetime | None = None
    event_on: date | None = None
    suspensions: tuple[Suspension, ...] = ()
    is_extended: bool = False


@dataclass(frozen=True)
class Due:
    """Until when; ``at`` where the rule names an hour. With ``missing_year`` it is provisional."""

    on: date
    at: datetime | None = None
    missing_year: int | None = None

    @property
    def is_provisional(self) -> bool:
        return self.missing_year is not None

    def is_met_at(self, moment: datetime) -> bool:
        """Tell whether something done at ``moment`` is in time: by 24:00, or by the hour."""
        local = moment.astimezone(SHANGHAI)
        return local <= self.at if self.at else local.date() <= self.on


@dataclass(frozen=True)
class Resolution:
    """The rule that holds, its due date, and every rule that was looked at with its date."""

    rule: DeadlineRule
    due: Due
    considered: tuple[tuple[DeadlineRule, Due], ...] = field(default=())


def due_of(rule: DeadlineRule, trigger: Trigger, calendar: WorkCalendar) -> Due:
    """Return until when ``rule`` asks for what ``trigger`` tells. Raises ValueError for a rule
    that lacks what its unit needs.
    """
    match rule.unit:
        case TermUnit.WORKING_DAY:
            return _at_time(rule, _working_days(rule, trigger, calendar, _length(rule)))
        case TermUnit.NATURAL_DAY:
            length = _length(rule) + _extension(rule, trigger) + _stopped_natural(trigger)
            return _at_time(rule, calendar.roll(trigger.on + timedelta(days=length)))
        case TermUnit.HOUR:
            at = _instant(trigger) + timedelta(hours=_length(rule) + _extension(rule, trigger))
            return Due(at.date(), at)
        case TermUnit.FIXED_DATE:
            return _at_time(rule, DayOn(_next_fixed(rule, trigger.on)))
        case TermUnit.BEFORE_EVENT:
            return _before_event(rule, trigger, calendar)


def resolve(
    rules: Sequence[DeadlineRule],
    local: Iterable[DeadlineRule],
    trigger: Trigger,
    calendar: WorkCalendar,
) -> Resolution | None:
    """Choose among ``rules``, and among ``local`` ones that may shorten them.

    The highest level wins: national law, regulation, rule, product default; of two of one
    level the earlier date. A local rule wins only over a rule that it names and that yields to
    local ones, and only with an earlier date. None when no rule was in force.
    """
    valid = [rule for rule in rules if rule.is_valid_on(trigger.on)]
    found = [(rule, due_of(rule, trigger, calendar)) for rule in valid]
    if not found:
        return None
    rule, due = min(found, key=lambda one: (_RANK[one[0].level], one[1].on, one[0].key))
    national = rule.key
    for shorter in local:
        if (
            national in shorter.overrides
            and rule.is_overridable
            and shorter.is_valid_on(trigger.on)
        ):
            candidate = due_of(shorter, trigger, calendar)
            found.append((shorter, candidate))
    if rule.is_overridable:
        for shorter, candidate in found:
            if shorter.level is RuleLevel.LOCAL and candidate.on < due.on:
                rule, due = shorter, candidate
    return Resolution(rule, due, tuple(found))


def reminder_days(rule: DeadlineRule, due: Due, calendar: WorkCalendar) -> dict[int, date]:
    """Return, for each distance in working days, the day on which to remind."""
    return {distance: calendar.back(due.on, distance) for distance in rule.remind_before}


def _working_days(
    rule: DeadlineRule, trigger: Trigger, calendar: WorkCalendar, length: int
) -> DayOn:
    due = calendar.add(trigger.on, length + stopped_days(trigger, calendar))
    if trigger.is_extended and rule.extension_length:
        longer = calendar.add(due.day, rule.extension_length)
        return DayOn(longer.day, due.missing_year or longer.missing_year)
    return due


def stopped_days(trigger: Trigger, calendar: WorkCalendar) -> int:
    """Return how many working days did not count because the clock was stopped."""
    return sum(
        max(calendar.between(max(one.since, trigger.on), one.until), 0)
        for one in trigger.suspensions
        if one.until is not None
    )


def _before_event(rule: DeadlineRule, trigger: Trigger, calendar: WorkCalendar) -> Due:
    """The day of the event or before it, and never later than so long after the decision."""
    days = []
    if trigger.event_on is not None:
        day = trigger.event_on - timedelta(days=rule.days_before)
        # What is decided for tomorrow cannot be due yesterday.
        days.append(DayOn(max(day, min(trigger.on, trigger.event_on))))
    if rule.length is not None:
        days.append(_working_days(rule, trigger, calendar, rule.length))
    earliest = min(days, key=lambda one: one.day, default=DayOn(trigger.on))
    return _at_time(rule, earliest)


def _stopped_natural(trigger: Trigger) -> int:
    return sum(
        max((one.until - max(one.since, trigger.on)).days, 0)
        for one in trigger.suspensions
        if one.until is not None
    )


def _at_time(rule: DeadlineRule, found: DayOn) -> Due:
    at = None
    if rule.time_of_day:
        at = datetime.combine(found.day, time.fromisoformat(rule.time_of_day), SHANGHAI)
    return Due(found.day, at, found.missing_year)


def _next_fixed(rule: DeadlineRule, after: date) -> date:
    if not rule.fixed_month_day:
        raise ValueError(f"the rule {rule.key} names no fixed day")
    month, day = map(int, rule.fixed_month_day.split("-"))
    this_year = date(after.year, month, day)
    return this_year if this_year > after else date(after.year + 1, month, day)


def _instant(trigger: Trigger) -> datetime:
    if trigger.at is not None:
        return trigger.at.astimezone(SHANGHAI)
    # Without an hour, the term runs from the end of the day: never shorter than it is.
    return datetime.combine(trigger.on, time.min, SHANGHAI) + timedelta(days=1)


def _length(rule: DeadlineRule) -> int:
    if rule.length is None:
        raise ValueError(f"the rule {rule.key} has no length")
    return rule.length


def _extension(rule: DeadlineRule, trigger: Trigger) -> int:
    return (rule.extension_length or 0) if trigger.is_extended else 0
