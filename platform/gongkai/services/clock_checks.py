"""The daily checks over all obligations at once: set-based, linear, safe to run twice.

Each takes the present instant, so that a test can live through a year in a minute.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import chain
from typing import Any

from sqlalchemy import (
    Dialect,
    String,
    and_,
    case,
    cast,
    func,
    insert,
    literal,
    null,
    or_,
    select,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from gongkai.db import Outbox
from gongkai.domain.deadlines import Due, Resolution, Trigger
from gongkai.domain.events import ObligationOverdue
from gongkai.domain.items import DeadlineRule, DisclosureItem, Frequency, TermUnit
from gongkai.domain.periods import Period, next_period, period_of
from gongkai.domain.times import shanghai_day
from gongkai.models import Dataset, Institution
from gongkai.models.obligation import (
    RUNNING,
    ClockMark,
    Obligation,
    ObligationEvent,
    ObligationState,
    OpenedBy,
)
from gongkai.services.clock import (
    SOON_WORKING_DAYS,
    Clock,
    counts_periods,
    overdue_condition,
    trigger_of_period,
)
from gongkai.services.obligations import open_for_institution

PERIODS_MARK = "periods-opened"
_DAY = timedelta(days=1)
# What decides an obligation's due date, but for suspensions.
_TERMS = (
    Obligation.rule_key,
    Obligation.trigger_on,
    Obligation.trigger_at,
    Obligation.event_on,
    Obligation.length,
    Obligation.is_extended,
    Obligation.due_on,
)


@dataclass(frozen=True)
class Moved:
    """How many due dates moved, and how many are no longer (or newly) estimates."""

    moved: int
    settled: int


def open_periods(session: Session, clock: Clock, *, now: datetime) -> int:
    """Open the periods that have begun since this last ran; return how many obligations.

    One statement for each item, period and set of local rules. The first time, institutions
    that were there before the clock are given theirs. Does not commit.
    """
    today = shanghai_day(now)
    mark = session.get(ClockMark, PERIODS_MARK)
    since = mark.day + _DAY if mark else today
    opened = 0 if mark else _start_clocks(session, clock, now)
    for item in clock.plugins.items.values():
        rule = clock.plugins.deadline_rules[item.deadline_rules[0]]
        if not counts_periods(rule):
            continue
        for period in _begun(item.frequency, rule, since, today):
            opened += _open_period(session, clock, item, rule, period, now)
    if mark is None:
        session.add(ClockMark(name=PERIODS_MARK, day=today))
    elif mark.day < today:
        mark.day = today
    session.flush()
    return opened


def _start_clocks(session: Session, clock: Clock, now: datetime) -> int:
    """Start the clocks of institutions that have none, as if they joined today."""
    has_clock = select(Obligation.id).where(Obligation.institution_id == Institution.id).exists()
    waiting = session.scalars(select(Institution).where(~has_clock)).all()
    return sum(open_for_institution(session, clock, one, now=now) for one in waiting)


def _begun(frequency: Frequency, rule: DeadlineRule, since: date, today: date) -> Iterator[Period]:
    """Yield the periods to open whose beginning lies in [``since``, ``today``].

    A schedule is announced before its period, so the one after is opened with each.
    """
    period = period_of(frequency, since)
    while period is not None and period.start <= today:
        if period.start >= since:
            is_ahead = rule.unit is TermUnit.BEFORE_EVENT
            yield next_period(frequency, period) if is_ahead else period
        period = next_period(frequency, period)


def _open_period(
    session: Session,
    clock: Clock,
    item: DisclosureItem,
    rule: DeadlineRule,
    period: Period,
    now: datetime,
) -> int:
    trigger = trigger_of_period(rule, item.frequency, period)
    opened = 0
    # Institutions under local rules are few and each set of such rules gives one more statement.
    special: dict[tuple[str, ...], list[int]] = {}
    for institution in _under_local_rules(session, clock):
        keys = tuple(local.key for local in clock.local_rules(institution))
        special.setdefault(keys, []).append(institution.id)
    taken = [one for ids in special.values() for one in ids]
    groups: list[tuple[tuple[str, ...], Any]] = [
        ((), Dataset.institution_id.not_in(taken) if taken else literal(True))
    ]
    groups += [(keys, Dataset.institution_id.in_(ids)) for keys, ids in special.items()]
    for keys, belongs in groups:
        local = [clock.rule(key) for key in keys]
        found = clock.resolve(item, local, trigger)
        statement = _insert_for(session, item, period, trigger, found, now, belongs)
        opened += len(session.execute(statement).all())
    return opened


def _under_local_rules(session: Session, clock: Clock) -> Sequence[Institution]:
    regions = {region for rule in clock.plugins.deadline_rules.values() for region in rule.regions}
    chosen = cast(Institution.local_rules, String) != "[]"
    conditions = [chosen, *(Institution.region_code.startswith(one) for one in sorted(regions))]
    return session.scalars(select(Institution).where(or_(*conditions))).all()


def _insert_for(
    session: Session,
    item: DisclosureItem,
    period: Period,
    trigger: Trigger,
    found: Resolution,
    now: datetime,
    belongs: Any,
) -> Any:
    values = {
        "dataset_id": Dataset.id,
        "institution_id": Dataset.institution_id,
        "item_key": Dataset.item_key,
        "rule_key": literal(found.rule.key),
        "occasion": literal(f"period:{period.key}"),
        "opened_by": literal(OpenedBy.PERIOD.value),
        "opened_at": literal(now, Obligation.opened_at.type),
        "trigger_on": literal(trigger.on),
        "event_on": null() if trigger.event_on is None else literal(trigger.event_on),
        "due_on": literal(found.due.on),
        "due_at": null() if found.due.at is None else literal(found.due.at, Obligation.due_at.type),
        "provisional_year": null()
        if found.due.missing_year is None
        else literal(found.due.missing_year),
        "state": literal(ObligationState.OPEN.value),
        "is_extended": literal(False),
        "note": literal(""),
    }
    rows = select(*(value.label(name) for name, value in values.items())).where(
        Dataset.item_key == item.key, Dataset.is_owed, belongs
    )
    return _insert_new(session.get_bind().dialect, list(values), rows)


def _insert_new(dialect: Dialect, names: list[str], rows: Any) -> Any:
    """Return an INSERT … SELECT that leaves out what is there already, and names what it made.

    A count of rows would do, but SQLAlchemy has none for PostgreSQL here.
    """
    insert_of = postgresql.insert if dialect.name == "postgresql" else sqlite.insert
    made: Any = insert_of(Obligation).from_select(names, rows).on_conflict_do_nothing()
    return made.returning(Obligation.id)


def mark_due(session: Session, clock: Clock, *, now: datetime) -> int:
    """Mark what is due soon and what is overdue; return how many are newly overdue.

    Tells of each newly overdue one by an ``obligation_overdue`` event. An estimate never makes
    anything overdue. Does not commit.
    """
    today = shanghai_day(now)
    soon = clock.calendar.add(today, SOON_WORKING_DAYS).day
    is_late = and_(
        Obligation.state.in_((ObligationState.OPEN, ObligationState.DUE_SOON)),
        Obligation.provisional_year.is_(None),
        Obligation.due_on <= today,
        overdue_condition(now),
    )
    session.execute(_tell_overdue(session.get_bind().dialect, is_late, now))
    late: Any = session.execute(
        update(Obligation)
        .where(is_late)
        .values(state=ObligationState.OVERDUE, overdue_on=today)
        .execution_options(synchronize_session=False)
    )
    session.execute(
        update(Obligation)
        .where(Obligation.state == ObligationState.OPEN, Obligation.due_on <= soon)
        .values(state=ObligationState.DUE_SOON)
        .execution_options(synchronize_session=False)
    )
    return int(late.rowcount)


def _tell_overdue(dialect: Dialect, is_late: Any, now: datetime) -> Any:
    """Return the statement that writes an event for each late obligation, and locks these.

    After a long standstill there are hundreds of thousands; made one by one they took minutes.
    The payload is what ``event_as_json`` makes of an ObligationOverdue.
    """
    where = Institution.slug + "/" + Dataset.item_key
    fields: dict[str, Any] = {"dataset": where, "rule": Obligation.rule_key}
    if dialect.name == "postgresql":
        new_id = func.replace(cast(func.gen_random_uuid(), String), "-", "")
        fields["due_on"] = func.to_char(Obligation.due_on, "YYYY-MM-DD")
        payload = func.json_build_object(*chain(*fields.items()))
    else:
        new_id = func.lower(func.hex(func.randomblob(16)))
        fields["due_on"] = cast(Obligation.due_on, String)
        payload = func.json_object(*chain(*fields.items()))
    rows = (
        select(
            new_id,
            literal(ObligationOverdue.name),
            payload,
            literal(now, Outbox.recorded_at.type),
        )
        .select_from(Obligation)
        .join(Dataset, Dataset.id == Obligation.dataset_id)
        .join(Institution, Institution.id == Obligation.institution_id)
        .where(is_late)
        .with_for_update(of=Obligation)
    )
    return insert(Outbox).from_select(["id", "name", "payload", "recorded_at"], rows)


def recompute(
    session: Session, clock: Clock, *, now: datetime, actor: str, since: date | None = None
) -> Moved:
    """Count anew what ran into unknown years, and what is due on or after ``since``.

    For after a year was loaded. What is settled keeps its state, but gets its date: a withdrawal
    may reopen it. Each date that moves, and each estimate that became certain,
    is logged with old and new. Does not commit.
    """
    touched: Any = Obligation.provisional_year.is_not(None)
    if since is not None:
        touched = or_(touched, Obligation.due_on >= since)
    moved = settled = 0
    terms = session.execute(select(*_TERMS).where(touched, ~_is_suspended()).distinct()).all()
    for term in terms:
        sample = Obligation(**dict(zip([column.key for column in _TERMS], term, strict=True)))
        change = _recompute_alike(session, clock, sample, and_(touched, _is_term(term)), now, actor)
        moved, settled = moved + change.moved, settled + change.settled
    for one in session.scalars(select(Obligation).where(touched, _is_suspended())):
        alone = and_(touched, Obligation.id == one.id)
        change = _recompute_alike(session, clock, one, alone, now, actor)
        moved, settled = moved + change.moved, settled + change.settled
    session.expire_all()
    mark_due(session, clock, now=now)
    return Moved(moved, settled)


def _recompute_alike(
    session: Session, clock: Clock, sample: Obligation, which: Any, now: datetime, actor: str
) -> Moved:
    """Set the date of all obligations with the terms of ``sample``, and log what moved."""
    if sample.rule_key not in clock.plugins.deadline_rules:
        return Moved(0, 0)
    due: Due = clock.due_of(sample)
    changed = and_(
        which,
        or_(
            Obligation.due_on != due.on,
            Obligation.provisional_year.is_distinct_from(due.missing_year),
        ),
    )
    detail = {
        "old": sample.due_on.isoformat(),
        "new": due.on.isoformat(),
        "provisional_year": due.missing_year,
    }
    ids = session.scalars(select(Obligation.id).where(changed)).all()
    if not ids:
        return Moved(0, 0)
    session.execute(
        insert(ObligationEvent),
        [
            {
                "obligation_id": one,
                "at": now,
                "kind": "recomputed",
                "actor": actor,
                "detail": detail,
            }
            for one in ids
        ],
    )
    session.execute(
        update(Obligation)
        .where(changed)
        .values(
            due_on=due.on,
            due_at=due.at,
            provisional_year=due.missing_year,
            # The check that follows says anew what is soon and what is late.
            state=_kept_or_open(),
        )
        .execution_options(synchronize_session=False)
    )
    return Moved(
        len(ids) if due.on != sample.due_on else 0, len(ids) if due.missing_year is None else 0
    )


def _kept_or_open() -> Any:
    return case((Obligation.state.in_(RUNNING), ObligationState.OPEN.value), else_=Obligation.state)


def _is_suspended() -> Any:
    """Return the condition of those whose date depends on their suspensions, too."""
    return Obligation.suspensions.any()


def _is_term(term: Sequence[Any]) -> Any:
    return and_(
        *(
            column.is_(None) if value is None else column == value
            for column, value in zip(_TERMS, term, strict=True)
        )
    )
