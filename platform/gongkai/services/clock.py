"""The clock: what due dates are counted with, and where a running one stands."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import or_
from sqlalchemy.orm import Session

from gongkai.domain.deadlines import (
    Due,
    Resolution,
    Suspension,
    Trigger,
    due_of,
    resolve,
    stopped_days,
)
from gongkai.domain.items import DeadlineRule, DisclosureItem, Frequency, RuleLevel, TermUnit
from gongkai.domain.periods import Period, period_of
from gongkai.domain.times import shanghai_day
from gongkai.domain.working_days import WorkCalendar
from gongkai.errors import NotFound, Rejected
from gongkai.models import Institution
from gongkai.models.obligation import Obligation, ObligationEvent, ObligationState
from gongkai.plugins import Plugins
from gongkai.services.calendar import find_calendar

STARTING_PLAN = "starting_plan"
# The starting plan of a new institution: its first dataset is due after so many working days,
# its last after so many.
PLAN_FROM, PLAN_TO = 20, 60
SOON_WORKING_DAYS = 5


@dataclass(frozen=True)
class Clock:
    """What due dates are counted with."""

    plugins: Plugins
    calendar: WorkCalendar

    def rule(self, key: str) -> DeadlineRule:
        """Return a rule. Raises NotFound."""
        found = self.plugins.deadline_rules.get(key)
        if found is None:
            raise NotFound(f"No plugin defines the deadline rule {key!r}.")
        return found

    def local_rules(self, institution: Institution) -> list[DeadlineRule]:
        """Return the local rules that hold for an institution: of its region, or chosen."""
        chosen = set(institution.local_rules or ())
        return [
            rule
            for rule in self.plugins.deadline_rules.values()
            if rule.level is RuleLevel.LOCAL
            and (rule.key in chosen or (rule.regions and rule.holds_in(institution.region_code)))
        ]

    def resolve(
        self,
        item: DisclosureItem,
        local: Sequence[DeadlineRule],
        trigger: Trigger,
        rule_key: str | None = None,
    ) -> Resolution:
        """Choose the rule of an item for what happened. Raises Rejected where none fits."""
        if rule_key is not None and rule_key not in item.deadline_rules:
            raise Rejected(
                f"{item.key} has no deadline rule {rule_key!r}; it has "
                f"{', '.join(item.deadline_rules)}."
            )
        keys = [rule_key] if rule_key else item.deadline_rules[:1]
        found = resolve([self.rule(key) for key in keys], local, trigger, self.calendar)
        if found is None:
            raise Rejected(f"No deadline rule of {item.key} was in force on {trigger.on}.")
        return found

    def due_of(self, obligation: Obligation) -> Due:
        """Count an obligation's due date anew, by the rule it was opened with."""
        rule = self.rule(obligation.rule_key)
        if rule.key == STARTING_PLAN:
            stopped = stopped_days(trigger_of(obligation), self.calendar)
            length = (obligation.length or PLAN_TO) + stopped
            found = self.calendar.add(obligation.trigger_on, length)
            return Due(found.day, None, found.missing_year)
        return due_of(rule, trigger_of(obligation), self.calendar)


def clock_of(session: Session, plugins: Plugins) -> Clock:
    """Return the clock as the calendar and the plugins are now."""
    return Clock(plugins, find_calendar(session))


def trigger_of(obligation: Obligation) -> Trigger:
    """Return what started an obligation's clock."""
    return Trigger(
        on=obligation.trigger_on,
        at=obligation.trigger_at,
        event_on=obligation.event_on,
        suspensions=tuple(Suspension(one.since, one.until) for one in obligation.suspensions),
        is_extended=obligation.is_extended,
    )


def counts_periods(rule: DeadlineRule) -> bool:
    """Tell whether the end of a period can start a rule's clock.

    Natural days and hours run from an act (a budget's approval, an event): until that is
    registered, nobody knows the day.
    """
    return rule.unit not in (TermUnit.NATURAL_DAY, TermUnit.HOUR)


def trigger_of_period(rule: DeadlineRule, frequency: Frequency, period: Period) -> Trigger:
    """Return what starts the clock for a period: its end, or for a schedule its beginning."""
    if rule.unit is TermUnit.BEFORE_EVENT:
        before = period_of(frequency, date.fromordinal(period.start.toordinal() - 1))
        return Trigger(on=before.start if before else period.start, event_on=period.start)
    return Trigger(on=period.end)


def running_state(obligation: Obligation, calendar: WorkCalendar, now: datetime) -> ObligationState:
    """Return the state of a running clock at ``now``.

    What is late for the first time is left to the next check, which tells of it.
    """
    today = shanghai_day(now)
    is_late = (
        now > obligation.due_at if obligation.due_at is not None else obligation.due_on < today
    )
    if is_late and obligation.provisional_year is None and obligation.overdue_on is not None:
        return ObligationState.OVERDUE
    if obligation.due_on <= calendar.add(today, SOON_WORKING_DAYS).day:
        return ObligationState.DUE_SOON
    return ObligationState.OPEN


def log(
    session: Session, obligation: Obligation, kind: str, actor: str, *, now: datetime, **detail: Any
) -> None:
    """Note what happened to an obligation."""
    session.add(
        ObligationEvent(obligation_id=obligation.id, at=now, kind=kind, actor=actor, detail=detail)
    )


def overdue_condition(now: datetime) -> Any:
    """Return the SQL condition of clocks whose day, or hour, has passed."""
    today = shanghai_day(now)
    return or_(
        Obligation.due_at.is_(None) & (Obligation.due_on < today),
        Obligation.due_at.is_not(None) & (Obligation.due_at < now),
    )
