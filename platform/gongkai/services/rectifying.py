"""Rectification by the clock: what is overdue opens a case, what settles it closes the case.

A dataset has one open case, however many of its periods are overdue: a daily one that stands
still for a month is one thing to mend. The case names the obligation that opened it, and closes
when nothing of the dataset is overdue any more. Set-based, linear, safe to run twice; each takes
the present instant. What people do with a case is in ``rectification_acts``.
"""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import and_, exists, func, insert, literal, null, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session, aliased
from sqlalchemy.sql.dml import ReturningInsert

from gongkai.domain.deadlines import Due, Trigger, due_of
from gongkai.domain.times import shanghai_day
from gongkai.models import Release
from gongkai.models.obligation import Obligation, ObligationState
from gongkai.models.rectification import (
    MENDING,
    RectificationCase,
    RectificationEvent,
    RectificationOutcome,
    RectificationSource,
    RectificationState,
)
from gongkai.services.clock import Clock

TERM_RULE = "rectification_10wd"
OPEN_STATES = (*MENDING, RectificationState.REPORTED)
_CHUNK = 5000
_OUTCOME = {
    ObligationState.MET: RectificationOutcome.PUBLISHED,
    ObligationState.MET_LATE: RectificationOutcome.PUBLISHED,
    ObligationState.WAIVED: RectificationOutcome.WAIVED,
    # An extension, or a calendar that was loaded, put the day off.
    ObligationState.OPEN: RectificationOutcome.MOVED,
    ObligationState.DUE_SOON: RectificationOutcome.MOVED,
}
# What a new round begins with.
NEW_ROUND: dict[str, Any] = {
    "state": RectificationState.AGAIN.value,
    "is_extended": False,
    "is_late": False,
    "acknowledged_at": None,
    "reported_at": None,
    "rechecked_at": None,
    "closed_at": None,
    "outcome": None,
    "release_id": None,
}


def rectify(session: Session, clock: Clock, now: datetime) -> int:
    """Do all that the clock does with cases; return how many were touched. Does not commit."""
    settled = settle_cases(session, clock, now)
    opened = open_cases(session, clock, now)
    moved = recount_terms(session, clock, now)
    late = mark_late(session, now)
    return settled + opened + moved + late


def term_of(clock: Clock, since: date, *, is_extended: bool = False) -> Due:
    """Return until when a finding that was sent on ``since`` is to be mended."""
    trigger = Trigger(on=since, is_extended=is_extended)
    return due_of(clock.rule(TERM_RULE), trigger, clock.calendar)


def open_cases(session: Session, clock: Clock, now: datetime) -> int:
    """Open a case for each dataset with something overdue and no open case; return how many.

    Its term counts from today. One statement, and one event each. Does not commit.
    """
    today = shanghai_day(now)
    due = term_of(clock, today)
    opened = session.scalars(_insert_cases(session, today, due, now)).all()
    detail = {"due_on": due.on.isoformat()}
    _write(session, [_event(case_id, "opened", now, detail) for case_id in opened])
    return len(opened)


def _insert_cases(session: Session, today: date, due: Due, now: datetime) -> ReturningInsert[int]:
    year = due.missing_year
    values = {
        "obligation_id": Obligation.id,
        "institution_id": Obligation.institution_id,
        "dataset_id": Obligation.dataset_id,
        "source": literal(RectificationSource.OVERDUE.value),
        "finding": literal(""),
        "state": literal(RectificationState.FINDING_SENT.value),
        "round": literal(1),
        "opened_at": literal(now, RectificationCase.opened_at.type),
        "term_from": literal(today),
        "due_on": literal(due.on),
        "provisional_year": null() if year is None else literal(year),
        "is_extended": literal(False),
        "is_late": literal(False),
    }
    has_case = exists().where(
        RectificationCase.dataset_id == Obligation.dataset_id,
        is_open_for_overdue(RectificationCase),
    )
    first = (
        select(func.min(Obligation.id))
        .where(Obligation.state == ObligationState.OVERDUE, ~has_case)
        .group_by(Obligation.dataset_id)
    )
    rows = select(*(value.label(name) for name, value in values.items())).where(
        Obligation.id.in_(first)
    )
    dialect = session.get_bind().dialect.name
    made = postgresql.insert if dialect == "postgresql" else sqlite.insert
    return (
        made(RectificationCase)
        .from_select(list(values), rows)
        .on_conflict_do_nothing()
        .returning(RectificationCase.id)
    )


def settle_cases(session: Session, clock: Clock, now: datetime) -> int:
    """Close the cases of datasets of which nothing is overdue, and begin anew with what is again.

    The recheck is the publication itself: the release is named. A withdrawal that leaves a
    duty unmet opens its case for another round. Returns how many cases. Does not commit.
    """
    return _close_settled(session, now) + _begin_again(session, clock, now)


def _close_settled(session: Session, now: datetime) -> int:
    found = session.execute(
        select(
            RectificationCase.id,
            RectificationCase.reported_at,
            RectificationCase.is_late,
            RectificationCase.due_on,
            RectificationCase.provisional_year,
            Obligation.state,
            Obligation.met_at,
            Obligation.met_release_id,
            Release.version,
        )
        .join(Obligation, Obligation.id == RectificationCase.obligation_id)
        .outerjoin(Release, Release.id == Obligation.met_release_id)
        .where(RectificationCase.state.in_(OPEN_STATES), Obligation.state.in_(_OUTCOME), ~is_owed())
        .with_for_update(of=RectificationCase)
    ).all()
    cases, events = [], []
    for case_id, reported_at, was_late, due_on, year, state, met_at, release_id, version in found:
        outcome = _OUTCOME[ObligationState(state)]
        detail = {"outcome": outcome.value, **({"release": version} if version else {})}
        # Publishing is the report, where there was none.
        is_report = outcome is RectificationOutcome.PUBLISHED and reported_at is None
        # While no worker ran, nobody marked what came after its term.
        met_on = shanghai_day(met_at) if met_at is not None else due_on
        is_late = is_report and year is None and met_on > due_on
        if is_late and not was_late:
            events.append(_event(case_id, "late", now, {}))
        if is_report:
            events.append(_event(case_id, "reported", now, detail))
        events += [_event(case_id, kind, now, detail) for kind in ("rechecked", "closed")]
        cases.append(
            {
                "id": case_id,
                "state": RectificationState.CLOSED.value,
                "is_late": was_late or is_late,
                "reported_at": met_at if is_report else reported_at,
                "rechecked_at": now,
                "closed_at": now,
                "outcome": outcome.value,
                "release_id": release_id,
            }
        )
    for at in range(0, len(cases), _CHUNK):
        session.execute(update(RectificationCase), cases[at : at + _CHUNK])
    _write(session, events)
    return len(cases)


def _begin_again(session: Session, clock: Clock, now: datetime) -> int:
    today = shanghai_day(now)
    due = term_of(clock, today)
    other = aliased(RectificationCase)
    has_open = exists().where(
        other.dataset_id == RectificationCase.dataset_id, is_open_for_overdue(other)
    )
    # The first of a dataset's cases whose obligation is unmet again.
    first = (
        select(func.min(RectificationCase.id))
        .join(Obligation, Obligation.id == RectificationCase.obligation_id)
        .where(
            RectificationCase.state == RectificationState.CLOSED,
            Obligation.state == ObligationState.OVERDUE,
            ~has_open,
        )
        .group_by(RectificationCase.dataset_id)
    )
    begun = session.scalars(
        update(RectificationCase)
        .where(RectificationCase.id.in_(first))
        .values(
            **NEW_ROUND,
            round=RectificationCase.round + 1,
            term_from=today,
            due_on=due.on,
            provisional_year=due.missing_year,
        )
        .returning(RectificationCase.id)
        .execution_options(synchronize_session=False)
    ).all()
    detail = {"due_on": due.on.isoformat()}
    _write(session, [_event(case_id, "again", now, detail) for case_id in begun])
    session.expire_all()
    return len(begun)


def recount_terms(session: Session, clock: Clock, now: datetime) -> int:
    """Count anew the terms that ran into a year that was not known; return how many moved.

    Each is logged with old and new. Does not commit.
    """
    columns = (
        RectificationCase.term_from,
        RectificationCase.is_extended,
        RectificationCase.due_on,
        RectificationCase.provisional_year,
    )
    waiting = and_(
        RectificationCase.state.in_(OPEN_STATES), RectificationCase.provisional_year.is_not(None)
    )
    moved = 0
    for since, is_extended, due_on, year in session.execute(
        select(*columns).where(waiting).distinct()
    ).all():
        due = term_of(clock, since, is_extended=is_extended)
        if (due.on, due.missing_year) == (due_on, year):
            continue
        found = session.scalars(
            update(RectificationCase)
            .where(
                waiting,
                RectificationCase.term_from == since,
                RectificationCase.is_extended == is_extended,
                RectificationCase.due_on == due_on,
                RectificationCase.provisional_year == year,
            )
            .values(due_on=due.on, provisional_year=due.missing_year)
            .returning(RectificationCase.id)
            .execution_options(synchronize_session=False)
        ).all()
        detail = {"old": due_on.isoformat(), "new": due.on.isoformat()}
        _write(session, [_event(case_id, "recounted", now, detail) for case_id in found])
        moved += len(found)
    session.expire_all()
    return moved


def mark_late(session: Session, now: datetime) -> int:
    """Mark the cases whose term passed with nothing reported; return how many are new.

    An estimated day makes nothing late, nor does a term while the clock behind it is stopped.
    Does not commit.
    """
    today = shanghai_day(now)
    late = session.scalars(
        update(RectificationCase)
        .where(
            RectificationCase.state.in_(MENDING),
            RectificationCase.due_on < today,
            RectificationCase.is_late.is_(False),
            RectificationCase.provisional_year.is_(None),
            or_(RectificationCase.obligation_id.is_(None), is_owed()),
        )
        .values(is_late=True)
        .returning(RectificationCase.id)
        .execution_options(synchronize_session=False)
    ).all()
    _write(session, [_event(case_id, "late", now, {}) for case_id in late])
    session.expire_all()
    return len(late)


def is_open_for_overdue(case: Any) -> Any:
    """Return the condition that ``case`` (the class or an alias) is one that the clock opened."""
    return and_(case.source == RectificationSource.OVERDUE, case.state != RectificationState.CLOSED)


def is_owed() -> Any:
    """Return the condition that something of a case's dataset is overdue."""
    owed = aliased(Obligation)
    return exists().where(
        owed.dataset_id == RectificationCase.dataset_id, owed.state == ObligationState.OVERDUE
    )


def _event(case_id: int, kind: str, now: datetime, detail: dict[str, Any]) -> dict[str, Any]:
    return {
        "case_id": case_id,
        "at": now,
        "kind": kind,
        "actor": "",
        "comment": "",
        "detail": detail,
    }


def _write(session: Session, events: Sequence[dict[str, Any]]) -> None:
    for at in range(0, len(events), _CHUNK):
        session.execute(insert(RectificationEvent), events[at : at + _CHUNK])
