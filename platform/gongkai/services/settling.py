"""What a release fulfils, and what a withdrawal takes back."""

from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from gongkai.domain.deadlines import Due
from gongkai.domain.times import shanghai_day
from gongkai.models import Dataset, Release
from gongkai.models.obligation import UNSETTLED, Obligation, ObligationState, OpenedBy
from gongkai.services.clock import Clock, log, running_state


def meet(
    session: Session, dataset: Dataset, release: Release, *, now: datetime
) -> list[Obligation]:
    """Settle what a release fulfils. Does not commit.

    A release of information formed on a day fulfils everything that was formed by then, and the
    starting plan whenever it was formed. One
    that does not say when it was formed fulfils the registered changes, and of the periods
    the oldest that is open; a mere correction fulfils no period.
    """
    formed = release.formed_on or shanghai_day(release.issued)
    waiting = session.scalars(
        select(Obligation)
        .where(
            Obligation.dataset_id == dataset.id,
            Obligation.state.in_(UNSETTLED),
            or_(Obligation.trigger_on <= formed, Obligation.opened_by == OpenedBy.START),
        )
        .order_by(Obligation.trigger_on, Obligation.id)
    ).all()
    if release.formed_on is None:
        periods = [one for one in waiting if one.opened_by == OpenedBy.PERIOD]
        left_out = set(periods if release.is_correction else periods[1:])
        waiting = [one for one in waiting if one not in left_out]
    for obligation in waiting:
        _settle(session, obligation, release, now=now)
    return list(waiting)


def _settle(session: Session, obligation: Obligation, release: Release, *, now: datetime) -> None:
    due = Due(obligation.due_on, obligation.due_at, obligation.provisional_year)
    in_time = due.is_provisional or due.is_met_at(release.issued)
    was_suspended = obligation.state == ObligationState.SUSPENDED
    obligation.state = ObligationState.MET if in_time or was_suspended else ObligationState.MET_LATE
    obligation.met_at, obligation.met_release_id = release.issued, release.id
    for one in obligation.suspensions:
        if one.until is None:
            one.until = shanghai_day(release.issued)
    log(session, obligation, "met", "", now=now, version=release.version, in_time=in_time)


def reopen(session: Session, clock: Clock, release: Release, *, now: datetime) -> list[Obligation]:
    """Take back what a withdrawn release had fulfilled, unless another one that stands does.

    The due date is counted anew: the release may have ended a stop of the clock. Does not commit.
    """
    touched = session.scalars(
        select(Obligation).where(Obligation.met_release_id == release.id)
    ).all()
    standing = session.scalars(
        select(Release)
        .where(Release.dataset_id == release.dataset_id, Release.withdrawn_at.is_(None))
        .order_by(Release.issued, Release.id)
    ).all()
    reopened = []
    for obligation in touched:
        obligation.met_at = obligation.met_release_id = None
        old = obligation.due_on
        if obligation.rule_key in clock.plugins.deadline_rules:
            due = clock.due_of(obligation)
            obligation.due_on, obligation.due_at = due.on, due.at
            obligation.provisional_year = due.missing_year
        obligation.state = running_state(obligation, clock.calendar, now)
        days = {"old": old.isoformat(), "new": obligation.due_on.isoformat()}
        moved = days if obligation.due_on != old else {}
        log(session, obligation, "reopened", "", now=now, version=release.version, **moved)
        other = next((one for one in standing if _fulfils(one, obligation)), None)
        if other is not None:
            _settle(session, obligation, other, now=now)
        else:
            reopened.append(obligation)
    session.flush()
    return reopened


def _fulfils(release: Release, obligation: Obligation) -> bool:
    if obligation.opened_by == OpenedBy.START:
        return True
    if obligation.opened_by == OpenedBy.PERIOD and release.formed_on is None:
        return False
    formed = release.formed_on or shanghai_day(release.issued)
    return obligation.trigger_on <= formed
