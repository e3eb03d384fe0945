"""What a release fulfils, and what a withdrawal takes back."""

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from gongkai.domain.deadlines import Due
from gongkai.domain.times import shanghai_day
from gongkai.errors import Rejected, WrongState
from gongkai.models import Dataset, Release, Role
from gongkai.models.obligation import UNSETTLED, Obligation, ObligationState, OpenedBy
from gongkai.services.access import Actor, require_role, require_scope
from gongkai.services.audit import record_act
from gongkai.services.clock import Clock, log, running_state

_MET = (ObligationState.MET, ObligationState.MET_LATE)


def meet(
    session: Session, dataset: Dataset, release: Release, *, now: datetime
) -> list[Obligation]:
    """Settle what a release fulfils. Does not commit.

    A release of information formed on a day fulfils everything that was formed by then, and the
    starting plan whenever it was formed. One
    that does not say when it was formed fulfils the registered changes, and of the periods
    the oldest that is open; a mere correction fulfils no period.
    """
    waiting = _waiting(session, dataset, _formed(release))
    if release.formed_on is None:
        periods = [one for one in waiting if one.opened_by == OpenedBy.PERIOD]
        left_out = set(periods if release.is_correction else periods[1:])
        waiting = [one for one in waiting if one not in left_out]
    for obligation in waiting:
        _settle(session, obligation, release, release.issued, now=now)
    return list(waiting)


def confirm(
    session: Session, dataset: Dataset, *, until: date, by: Actor, now: datetime, note: str = ""
) -> list[Obligation]:
    """Settle what is due for ``until`` and before by the release that stands: it still holds.

    For what is to be published regularly and did not change, so that there is nothing new to
    publish. Whoever may publish may say so. Does not commit. Raises Forbidden, Rejected for a
    day that lies ahead, WrongState where nothing is public or nothing waits.
    """
    require_scope(by, "publish")
    require_role(by, dataset.institution, Role.LEADER, Role.PRINCIPAL)
    if until > shanghai_day(now):
        raise Rejected(f"{until} is in the future; confirm what holds today.")
    release = session.get(Release, dataset.current_release_id or 0)
    if release is None:
        raise WrongState(f"Nothing of {dataset.address} is public, so nothing can be confirmed.")
    waiting = _waiting(session, dataset, until)
    if not waiting:
        raise WrongState(f"Nothing of {dataset.address} is due for {until} or before.")
    for obligation in waiting:
        _settle(session, obligation, release, now, now=now, actor=by.login)
    record_act(
        session,
        by,
        "release.confirm",
        f"{dataset.address}@{release.version}",
        now=now,
        until=until.isoformat(),
        settled=len(waiting),
        note=note,
    )
    return list(waiting)


def settle_unchanged(
    session: Session, obligation: Obligation, release: Release, *, now: datetime
) -> None:
    """Settle an obligation whose content turned out to be public already. Does not commit."""
    _settle(session, obligation, release, now, now=now)


def _waiting(session: Session, dataset: Dataset, formed: date) -> Sequence[Obligation]:
    """Return what was formed by a day and is not settled, locked."""
    return session.scalars(
        select(Obligation)
        .where(
            Obligation.dataset_id == dataset.id,
            Obligation.state.in_(UNSETTLED),
            or_(Obligation.trigger_on <= formed, Obligation.opened_by == OpenedBy.START),
        )
        .order_by(Obligation.trigger_on, Obligation.id)
        .with_for_update(of=Obligation),
        execution_options={"populate_existing": True},
    ).all()


def _formed(release: Release) -> date:
    """Return the day that a release speaks for: never one after it was issued."""
    issued = shanghai_day(release.issued)
    return min(release.formed_on or issued, issued)


def _settle(
    session: Session,
    obligation: Obligation,
    release: Release,
    at: datetime,
    *,
    now: datetime,
    actor: str = "",
) -> None:
    """Settle one: in time by its day, or where the clock stood still since before that day."""
    due = Due(obligation.due_on, obligation.due_at, obligation.provisional_year)
    lasting = [one for one in obligation.suspensions if one.until is None]
    stopped_in_time = any(one.since <= obligation.due_on for one in lasting)
    in_time = due.is_provisional or due.is_met_at(at) or stopped_in_time
    obligation.state = ObligationState.MET if in_time else ObligationState.MET_LATE
    obligation.met_at, obligation.met_release_id = at, release.id
    for one in lasting:
        one.until = shanghai_day(at)
    told = {"version": release.version, "in_time": in_time}
    if at != release.issued:
        told["confirmed"] = True
    log(session, obligation, "met", actor, now=now, **told)


def reopen(session: Session, clock: Clock, release: Release, *, now: datetime) -> list[Obligation]:
    """Take back what a withdrawn release had fulfilled, unless another one that stands does.

    The due date is counted anew: the release may have ended a stop of the clock. Does not commit.
    """
    touched = session.scalars(
        select(Obligation)
        .where(Obligation.met_release_id == release.id, Obligation.state.in_(_MET))
        .with_for_update(of=Obligation),
        execution_options={"populate_existing": True},
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
            _settle(session, obligation, other, other.issued, now=now)
        else:
            reopened.append(obligation)
    session.flush()
    return reopened


def _fulfils(release: Release, obligation: Obligation) -> bool:
    if obligation.opened_by == OpenedBy.START:
        return True
    if obligation.opened_by == OpenedBy.PERIOD and release.formed_on is None:
        return False
    return obligation.trigger_on <= _formed(release)
