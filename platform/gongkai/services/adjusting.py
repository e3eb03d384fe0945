"""What the supervising authority may do to a clock: stop, resume, extend, lift; with a reason."""

from datetime import date, datetime
from typing import Any

from sqlalchemy.orm import Session

from gongkai.domain.times import shanghai_day
from gongkai.errors import Rejected, WrongState
from gongkai.models import Role
from gongkai.models.obligation import (
    RUNNING,
    UNSETTLED,
    Obligation,
    ObligationState,
    ObligationSuspension,
)
from gongkai.services.access import Actor, require_role, require_scope
from gongkai.services.audit import record_act
from gongkai.services.clock import Clock, log, running_state

SUPERVISORS = (Role.SUPERVISOR, Role.OPERATOR)


def suspend(
    session: Session, obligation: Obligation, *, reason: str, since: date, by: Actor, now: datetime
) -> Obligation:
    """Stop a clock for a reason; the working days after ``since`` do not count. Does not commit."""
    _require_supervision(by, obligation)
    _require_reason(reason)
    if obligation.state not in RUNNING:
        raise WrongState(f"The clock does not run; it is {obligation.state}.")
    if not obligation.trigger_on <= since <= shanghai_day(now):
        raise Rejected(f"A clock of {obligation.trigger_on} cannot be stopped on {since}.")
    earlier = [one.until for one in obligation.suspensions if one.until is not None]
    if earlier and since < max(earlier):
        raise Rejected(f"It was stopped until {max(earlier)} already; stop it from then on.")
    obligation.suspensions.append(ObligationSuspension(since=since, reason=reason))
    obligation.state = ObligationState.SUSPENDED
    _acted(session, obligation, "suspended", by, now, since=since.isoformat(), reason=reason)
    return obligation


def resume(
    session: Session, clock: Clock, obligation: Obligation, *, until: date, by: Actor, now: datetime
) -> Obligation:
    """Let a clock run again: the working days up to ``until`` did not count. Does not commit."""
    _require_supervision(by, obligation)
    lasting = [one for one in obligation.suspensions if one.until is None]
    if obligation.state != ObligationState.SUSPENDED or not lasting:
        raise WrongState("The clock is not stopped.")
    if until < lasting[0].since:
        raise Rejected(f"It was stopped on {lasting[0].since}, which is after {until}.")
    if until > shanghai_day(now):
        raise Rejected(f"{until} is in the future; let the clock run again when it does.")
    lasting[0].until = until
    move(session, clock, obligation, "resumed", by, now, until=until.isoformat())
    return obligation


def extend(
    session: Session, clock: Clock, obligation: Obligation, *, reason: str, by: Actor, now: datetime
) -> Obligation:
    """Extend a term once, by what its rule allows, before its day. Does not commit."""
    _require_supervision(by, obligation)
    _require_reason(reason)
    rule = clock.rule(obligation.rule_key)
    if not rule.extension_length:
        raise Rejected(f"{rule.title.en} cannot be extended ({rule.source.en}).")
    if obligation.is_extended or obligation.state not in RUNNING:
        raise WrongState("A term is extended once, while it runs.")
    if obligation.due_on < shanghai_day(now):
        raise WrongState("A term is extended before its day, not after.")
    obligation.is_extended = True
    move(session, clock, obligation, "extended", by, now, reason=reason)
    return obligation


def waive(
    session: Session, obligation: Obligation, *, reason: str, by: Actor, now: datetime
) -> Obligation:
    """Lift an obligation for a reason that stays in the record. Does not commit."""
    _require_supervision(by, obligation)
    _require_reason(reason)
    if obligation.state not in UNSETTLED:
        raise WrongState(f"There is nothing to lift; it is {obligation.state}.")
    obligation.state = ObligationState.WAIVED
    obligation.waived_reason, obligation.waived_by_id = reason, by.account.id
    _acted(session, obligation, "waived", by, now, reason=reason)
    return obligation


def move(
    session: Session,
    clock: Clock,
    obligation: Obligation,
    kind: str,
    by: Actor,
    now: datetime,
    **detail: Any,
) -> None:
    """Count the due date anew after something that moves it, and log old and new."""
    old = obligation.due_on
    due = clock.due_of(obligation)
    obligation.due_on, obligation.due_at = due.on, due.at
    obligation.provisional_year = due.missing_year
    obligation.state = running_state(obligation, clock.calendar, now)
    _acted(
        session, obligation, kind, by, now, old=old.isoformat(), new=due.on.isoformat(), **detail
    )


def _require_supervision(by: Actor, obligation: Obligation) -> None:
    """Only the supervising authority stops, extends or lifts what the law asks."""
    require_scope(by, "supervise")
    require_role(by, obligation.dataset.institution, *SUPERVISORS)


def _require_reason(reason: str) -> None:
    if not reason.strip():
        raise Rejected("Say why; the reason stays in the record.")


def _acted(
    session: Session, obligation: Obligation, kind: str, by: Actor, now: datetime, **detail: Any
) -> None:
    log(session, obligation, kind, by.account.login, now=now, **detail)
    record_act(
        session,
        by,
        f"obligation.{kind}",
        f"{obligation.dataset.address}#{obligation.id}",
        now=now,
        **detail,
    )
