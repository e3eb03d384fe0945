"""Reminders: each obligation's, made once for each distance, by one statement a distance."""

from collections.abc import Sequence
from datetime import date, datetime, time
from typing import Any

from sqlalchemy import and_, exists, func, literal, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from gongkai.domain.reminders import (
    DATE_CHANGED,
    DEFAULT_DISTANCES,
    TODAY,
    windows_ahead,
    windows_behind,
)
from gongkai.domain.times import SHANGHAI, shanghai_day
from gongkai.models import Reminder
from gongkai.models.obligation import (
    RUNNING,
    ClockMark,
    Obligation,
    ObligationEvent,
)
from gongkai.services.clock import Clock, overdue_condition

DATES_MARK = "date-changes-told"


def make_reminders(session: Session, clock: Clock, *, now: datetime) -> int:
    """Make the reminders that ``now`` calls for; return how many are new.

    Safe to run twice, and a day on which it did not run is made up for. An estimated date calls
    for none; one that became certain, or moved, is told of. Does not commit.
    """
    today = shanghai_day(now)
    made = _about_changed_dates(session, today)
    is_late = overdue_condition(now)
    for distances, belongs in _rules_by_distances(clock):
        for window in windows_ahead(distances, today, clock.calendar):
            which = and_(belongs, *_due_within(window.after, window.until))
            made += _make(session, window.kind, which, today)
    made += _make(session, TODAY, and_(Obligation.due_on == today, ~is_late), today)
    earliest = session.scalar(
        select(func.min(Obligation.due_on)).where(
            Obligation.state.in_(RUNNING), Obligation.provisional_year.is_(None), is_late
        )
    )
    if earliest is not None:
        for window in windows_behind(earliest, today, clock.calendar):
            which = and_(is_late, *_due_within(window.after, window.until))
            made += _make(session, window.kind, which, today)
    return made


def _rules_by_distances(clock: Clock) -> list[tuple[tuple[int, ...], Any]]:
    """Return each set of distances with the condition of the obligations that have it."""
    alike: dict[tuple[int, ...], list[str]] = {}
    for rule in clock.plugins.deadline_rules.values():
        alike.setdefault(tuple(rule.remind_before), []).append(rule.key)
    found = [(distances, Obligation.rule_key.in_(keys)) for distances, keys in alike.items()]
    # Of a rule whose plugin is gone.
    gone = Obligation.rule_key.not_in(list(clock.plugins.deadline_rules))
    return [*found, (DEFAULT_DISTANCES, gone)]


def _due_within(after: date | None, until: date) -> Sequence[Any]:
    if after is None:
        return (Obligation.due_on <= until,)
    return Obligation.due_on > after, Obligation.due_on <= until


def _make(session: Session, kind: str, which: Any, today: date) -> int:
    """Make a reminder of ``kind`` for the running obligations it is new to."""
    rows = select(Obligation.id, Obligation.due_on, literal(kind), literal(today)).where(
        Obligation.state.in_(RUNNING), Obligation.provisional_year.is_(None), which, _is_new(kind)
    )
    return _insert(session, rows)


def _is_new(kind: str) -> Any:
    return ~exists().where(
        Reminder.obligation_id == Obligation.id,
        Reminder.due_on == Obligation.due_on,
        Reminder.kind == kind,
    )


def _about_changed_dates(session: Session, today: date) -> int:
    """Tell of dates that were counted anew since this last ran, once they are certain."""
    mark = session.get(ClockMark, DATES_MARK)
    since = datetime.combine(mark.day if mark else today, time.min, SHANGHAI)
    counted_anew = exists().where(
        ObligationEvent.obligation_id == Obligation.id,
        ObligationEvent.kind == "recomputed",
        ObligationEvent.at >= since,
    )
    rows = select(Obligation.id, Obligation.due_on, literal(DATE_CHANGED), literal(today)).where(
        Obligation.state.in_(RUNNING),
        Obligation.provisional_year.is_(None),
        Obligation.due_on >= today,
        counted_anew,
        _is_new(DATE_CHANGED),
    )
    made = _insert(session, rows)
    if mark is None:
        session.add(ClockMark(name=DATES_MARK, day=today))
    elif mark.day < today:
        mark.day = today
    session.flush()
    return made


def _insert(session: Session, rows: Any) -> int:
    """Insert what the unique constraint lets in, whoever else is at it."""
    names = ["obligation_id", "due_on", "kind", "made_on"]
    dialect = session.get_bind().dialect.name
    insert = postgresql.insert if dialect == "postgresql" else sqlite.insert
    result: Any = session.execute(
        insert(Reminder).from_select(names, rows).on_conflict_do_nothing(),
        execution_options={"preserve_rowcount": True},
    )
    return max(int(result.rowcount), 0)
