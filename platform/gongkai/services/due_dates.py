"""Answers to “until when, and why”, without anything being owed."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy.orm import Session

from gongkai.domain.deadlines import Due, Trigger, due_of
from gongkai.domain.explaining import NamedDay, explain
from gongkai.domain.items import DeadlineRule, TermUnit
from gongkai.domain.text import Text
from gongkai.errors import Rejected
from gongkai.services.calendar import days_off
from gongkai.services.clock import Clock


@dataclass(frozen=True)
class DueAnswer:
    """A due date with its rule and the counting behind it, a sentence each."""

    trigger: Trigger
    rule: DeadlineRule
    due: Due
    why: tuple[Text, ...]

    def as_json(self) -> dict[str, Any]:
        """Return what `due --json` and /calendar/due give."""
        return {
            "from": self.trigger.on.isoformat(),
            "due_on": self.due.on.isoformat(),
            "due_at": self.due.at.isoformat() if self.due.at else None,
            "provisional": self.due.is_provisional,
            "missing_year": self.due.missing_year,
            "rule": self.rule.as_json(),
            "source": self.rule.source.as_json(),
            "why": [text.as_json() for text in self.why],
        }


def answer_due(session: Session, clock: Clock, rule_key: str, trigger: Trigger) -> DueAnswer:
    """Count a due date by one rule. Raises NotFound for a rule nobody defines."""
    rule = clock.rule(rule_key)
    if rule.unit is TermUnit.HOUR and trigger.at is None:
        raise Rejected(f"{rule_key} counts hours; give the time as well, such as 2026-03-02T14:30.")
    due = due_of(rule, trigger, clock.calendar)
    return DueAnswer(trigger, rule, due, tuple(explained(session, clock, rule, trigger, due)))


def explained(
    session: Session, clock: Clock, rule: DeadlineRule, trigger: Trigger, due: Due
) -> list[Text]:
    """Return sentences that say how a due date was counted."""
    named = [
        NamedDay(one.day, one.is_workday, one.name)
        for one in days_off(session, trigger.on + timedelta(days=1), due.on)
    ]
    return explain(rule, trigger, due, clock.calendar, named)
