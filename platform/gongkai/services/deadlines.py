"""The deadlines that calendars show: what waits to be published, next first."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, time
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from gongkai.domain.times import SHANGHAI
from gongkai.models import Institution
from gongkai.models.obligation import Obligation, ObligationEvent, ObligationState

# As many as a calendar takes in without growing slow: those to come, and the newest overdue.
AHEAD, OVERDUE = 1500, 500
_AHEAD = (ObligationState.OPEN, ObligationState.DUE_SOON, ObligationState.SUSPENDED)


@dataclass(frozen=True)
class Deadline:
    """A deadline with when it was last changed, and how often: facts of its own, no clock's."""

    obligation: Obligation
    changed: datetime
    changes: int

    @property
    def is_overdue(self) -> bool:
        return self.obligation.state == ObligationState.OVERDUE

    @property
    def is_suspended(self) -> bool:
        return self.obligation.state == ObligationState.SUSPENDED

    @property
    def is_tentative(self) -> bool:
        return self.is_suspended or self.obligation.provisional_year is not None


def list_deadlines(session: Session, institution: Institution | None) -> list[Deadline]:
    """Return the deadlines of an institution, or of all, by due date.

    These are the next ``AHEAD`` and the newest ``OVERDUE`` overdue ones.
    """
    found = [
        one
        for query in _queries(select(Obligation), institution)
        for one in session.scalars(query).unique()
    ]
    found.sort(key=lambda one: (one.due_on, one.id))
    changes = _changes(session, [one.id for one in found])
    return [_deadline(one, *changes.get(one.id, (one.opened_at, 0))) for one in found]


def _deadline(one: Obligation, changed: datetime, changes: int) -> Deadline:
    """Return a deadline; becoming overdue is a change that leaves no event."""
    if one.state == ObligationState.OVERDUE and one.overdue_on is not None:
        overdue_at = one.due_at or datetime.combine(one.overdue_on, time(), SHANGHAI)
        return Deadline(one, max(changed, one.opened_at, overdue_at), changes + 1)
    return Deadline(one, max(changed, one.opened_at), changes)


def deadlines_state(session: Session, institution: Institution | None) -> int:
    """Return a number that changes exactly when the deadlines, or what they say, change."""
    columns = select(
        Obligation.id,
        Obligation.due_on,
        Obligation.due_at,
        Obligation.state == ObligationState.OVERDUE,
        Obligation.state == ObligationState.SUSPENDED,
        Obligation.provisional_year,
    )
    rows = sorted(
        tuple(row) for query in _queries(columns, institution) for row in session.execute(query)
    )
    changes = sorted(_changes(session, [row[0] for row in rows]).items())
    seen = repr((rows, changes)).encode()
    return int.from_bytes(hashlib.sha256(seen).digest()[:8])


def _queries(query: Any, institution: Institution | None) -> Iterable[Any]:
    if institution is not None:
        query = query.where(Obligation.institution_id == institution.id)
    ahead = query.where(Obligation.state.in_(_AHEAD))
    overdue = query.where(Obligation.state == ObligationState.OVERDUE)
    yield ahead.order_by(Obligation.due_on, Obligation.id).limit(AHEAD)
    yield overdue.order_by(Obligation.due_on.desc(), Obligation.id.desc()).limit(OVERDUE)


def _changes(session: Session, ids: Sequence[int]) -> dict[int, tuple[datetime, int]]:
    """Return when each obligation was last changed, and how often."""
    rows = session.execute(
        select(ObligationEvent.obligation_id, func.max(ObligationEvent.at), func.count())
        .where(ObligationEvent.obligation_id.in_(ids))
        .group_by(ObligationEvent.obligation_id)
    )
    return {row[0]: (row[1], row[2]) for row in rows}
