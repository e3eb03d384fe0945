"""Rectification by people: the institution answers a finding, the supervisor opens and rechecks."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import case as sql_case
from sqlalchemy import func, select
from sqlalchemy.orm import Session, object_session, selectinload

from gongkai.domain.text import Text
from gongkai.domain.times import shanghai_day
from gongkai.errors import NotFound, Rejected, WrongState
from gongkai.models import Dataset, Institution
from gongkai.models.obligation import Obligation, ObligationState
from gongkai.models.rectification import (
    MENDING,
    RectificationCase,
    RectificationEvent,
    RectificationOutcome,
    RectificationSource,
    RectificationState,
)
from gongkai.services.access import Actor, require_role, require_scope
from gongkai.services.adjusting import SUPERVISORS
from gongkai.services.audit import record_act
from gongkai.services.catalog import Page
from gongkai.services.clock import Clock
from gongkai.services.obligations import REGISTRARS
from gongkai.services.rectifying import NEW_ROUND, term_of

State = RectificationState


class Act(StrEnum):
    """What people do with a case."""

    ACKNOWLEDGE = "acknowledge"
    START = "start"
    REPORT = "report"
    RECHECK = "recheck"
    EXTEND = "extend"


# From which states each is done.
ALLOWED_FROM: dict[Act, tuple[RectificationState, ...]] = {
    Act.ACKNOWLEDGE: (State.FINDING_SENT, State.AGAIN),
    Act.START: (State.ACKNOWLEDGED,),
    Act.REPORT: (State.ACKNOWLEDGED, State.RECTIFYING),
    Act.RECHECK: (State.REPORTED,),
    Act.EXTEND: MENDING,
}
# Who does each, and what their token must allow. Every post of the institution may answer.
READERS = (*REGISTRARS, *SUPERVISORS)
_BY_SUPERVISOR = {Act.RECHECK, Act.EXTEND}


@dataclass(frozen=True)
class CaseCounts:
    """How many cases an institution has open, of these past their term, and closed."""

    institution: Institution
    open: int
    late: int
    closed: int


def open_case(
    session: Session,
    clock: Clock,
    institution: Institution,
    *,
    source: RectificationSource,
    finding: str,
    dataset: Dataset | None = None,
    by: Actor,
    now: datetime,
) -> RectificationCase:
    """Send a finding to an institution; its term counts from today. Does not commit.

    Raises Forbidden, Rejected for a finding without words, of another institution's dataset,
    or that the clock opens by itself.
    """
    require_scope(by, "supervise")
    require_role(by, institution, *SUPERVISORS)
    if source is RectificationSource.OVERDUE:
        raise Rejected("What is overdue opens its case by itself; name where the finding is from.")
    if not finding.strip():
        raise Rejected("Say what was found and what to mend.")
    if dataset is not None and dataset.institution_id != institution.id:
        raise Rejected(f"{dataset.address} is not a dataset of {institution.slug}.")
    today = shanghai_day(now)
    due = term_of(clock, today)
    opened = RectificationCase(
        obligation_id=None,
        institution=institution,
        dataset=dataset,
        source=source,
        finding=finding.strip()[:2000],
        state=State.FINDING_SENT,
        round=1,
        opened_at=now,
        term_from=today,
        due_on=due.on,
        provisional_year=due.missing_year,
        is_extended=False,
        is_late=False,
    )
    session.add(opened)
    session.flush()
    _log(session, opened, "opened", by, now, finding.strip(), due_on=due.on.isoformat())
    return opened


def acknowledge(
    session: Session, case: RectificationCase, *, by: Actor, now: datetime, comment: str = ""
) -> RectificationCase:
    """Say that the finding has arrived. Does not commit."""
    _require(Act.ACKNOWLEDGE, case, by)
    case.state, case.acknowledged_at = State.ACKNOWLEDGED, now
    _log(session, case, "acknowledged", by, now, comment)
    return case


def start(
    session: Session, case: RectificationCase, *, by: Actor, now: datetime, comment: str = ""
) -> RectificationCase:
    """Say that the mending has begun. Does not commit."""
    _require(Act.START, case, by)
    case.state = State.RECTIFYING
    _log(session, case, "started", by, now, comment)
    return case


def report(
    session: Session, case: RectificationCase, *, by: Actor, now: datetime, comment: str
) -> RectificationCase:
    """Report what was mended. Does not commit. Raises Rejected where nothing is said."""
    _require(Act.REPORT, case, by)
    _require_words(comment, "Say what was mended; the supervisor rechecks it.")
    case.state, case.reported_at = State.REPORTED, now
    _log(session, case, "reported", by, now, comment)
    return case


def recheck(
    session: Session,
    clock: Clock,
    case: RectificationCase,
    *,
    passed: bool,
    by: Actor,
    now: datetime,
    comment: str = "",
) -> RectificationCase:
    """Close a reported case, or send it back for another round with a new term.

    What is overdue is settled by publishing or lifting it, not by saying so: passing raises
    WrongState until then. Failing needs a comment. Does not commit.
    """
    _require(Act.RECHECK, case, by)
    if not passed:
        _require_words(comment, "Say what is still to be mended.")
    elif case.overdue_count:
        raise WrongState("What is overdue is not published yet; publish or lift it first.")
    case.rechecked_at = now
    _log(session, case, "rechecked", by, now, comment, passed=passed)
    if passed:
        case.state, case.closed_at = State.CLOSED, now
        case.outcome = RectificationOutcome.PASSED
        case.release_id = case.obligation.met_release_id if case.obligation else None
        _log(session, case, "closed", by, now, "", outcome=case.outcome)
        return case
    today = shanghai_day(now)
    due = term_of(clock, today)
    for name, value in NEW_ROUND.items():
        setattr(case, name, value)
    case.round += 1
    case.term_from, case.due_on, case.provisional_year = today, due.on, due.missing_year
    _log(session, case, "again", by, now, comment, due_on=due.on.isoformat())
    return case


def extend(
    session: Session,
    clock: Clock,
    case: RectificationCase,
    *,
    by: Actor,
    now: datetime,
    comment: str,
) -> RectificationCase:
    """Extend the term of this round: once, with a reason, before its day. Does not commit."""
    _require(Act.EXTEND, case, by)
    _require_words(comment, "Say why the term is extended.")
    if case.is_extended:
        raise WrongState("This round's term was extended already; it is extended once.")
    if case.due_on < shanghai_day(now):
        raise WrongState(f"The term ended on {case.due_on}; it is extended before that day.")
    due = term_of(clock, case.term_from, is_extended=True)
    old, case.is_extended = case.due_on, True
    case.due_on, case.provisional_year = due.on, due.missing_year
    _log(session, case, "extended", by, now, comment, old=old.isoformat(), new=due.on.isoformat())
    return case


def get_any_case(session: Session, case_id: int, *, for_update: bool = False) -> RectificationCase:
    """Return a case; ``for_update`` locks it. Raises NotFound."""
    query = select(RectificationCase).where(RectificationCase.id == case_id)
    if for_update:
        query = query.with_for_update(of=RectificationCase)
    found = session.scalars(query, execution_options={"populate_existing": True}).first()
    if found is None:
        raise NotFound(f"There is no rectification case {case_id}.")
    return found


def get_case(
    session: Session, case_id: int, by: Actor, *, for_update: bool = False
) -> RectificationCase:
    """Return a case of an institution that ``by`` acts for or supervises.

    Raises NotFound otherwise, as for one that does not exist. ``for_update`` locks it.
    """
    found = get_any_case(session, case_id, for_update=for_update)
    if not by.has_role(found.institution_id, *READERS):
        raise NotFound(f"There is no rectification case {case_id}.")
    return found


def list_cases(
    session: Session,
    institutions: Sequence[int] | None = None,
    *,
    is_open: bool | None = None,
    limit: int = 1000,
) -> Sequence[RectificationCase]:
    """Return cases of ``institutions`` (ids; None for all), the open ones that end first first."""
    query = select(RectificationCase).options(
        selectinload(RectificationCase.obligation), selectinload(RectificationCase.release)
    )
    if institutions is not None:
        query = query.where(RectificationCase.institution_id.in_(institutions))
    closed = RectificationCase.state == State.CLOSED
    if is_open is not None:
        query = query.where(~closed if is_open else closed)
    order = (closed, RectificationCase.due_on, RectificationCase.id)
    return session.scalars(query.order_by(*order).limit(limit)).unique().all()


def count_cases(
    session: Session,
    *,
    institution: str | None = None,
    limit: int = 100,
    after: str | None = None,
) -> Page[CaseCounts]:
    """Return the institutions that have had a case, by slug, with how many."""
    closed = RectificationCase.state == State.CLOSED
    counts = (
        select(
            RectificationCase.institution_id,
            func.sum(sql_case((closed, 0), else_=1)).label("open"),
            func.sum(sql_case((~closed & RectificationCase.is_late, 1), else_=0)).label("late"),
            func.sum(sql_case((closed, 1), else_=0)).label("closed"),
        )
        .group_by(RectificationCase.institution_id)
        .subquery()
    )
    query = select(Institution, counts.c.open, counts.c.late, counts.c.closed).join(
        counts, counts.c.institution_id == Institution.id
    )
    if institution is not None:
        query = query.where(Institution.slug == institution)
    total = session.scalar(select(func.count()).select_from(query.subquery())) or 0
    if after is not None:
        query = query.where(Institution.slug > after)
    rows = session.execute(query.order_by(Institution.slug).limit(limit + 1)).all()
    found = [CaseCounts(row[0], int(row[1]), int(row[2]), int(row[3])) for row in rows[:limit]]
    more = found[-1].institution.slug if len(rows) > limit else None
    return Page(found, more, total)


def finding_of(clock: Clock, case: RectificationCase) -> Text:
    """Return what was found, in both languages; a person's words stand as they are.

    Of what is overdue, the oldest that still is so is named.
    """
    obligation = case.obligation
    if obligation is None:
        return Text(case.finding, case.finding)
    session = object_session(case)
    if case.overdue_count and obligation.state != ObligationState.OVERDUE and session is not None:
        oldest = select(Obligation).where(
            Obligation.dataset_id == case.dataset_id, Obligation.state == ObligationState.OVERDUE
        )
        order = (Obligation.due_on, Obligation.id)
        obligation = session.scalars(oldest.order_by(*order).limit(1)).first() or obligation
    item = clock.plugins.items.get(obligation.item_key)
    title = item.title if item else Text(obligation.item_key, obligation.item_key)
    rule = clock.plugins.deadline_rules.get(obligation.rule_key)
    term = rule.title if rule else Text(obligation.rule_key, obligation.rule_key)
    count = case.overdue_count
    all_told = Text("", "")
    if count > 1:
        all_told = Text(f"目前共有{count}期逾期。", f" {count} periods of it are overdue by now.")
    return Text(
        f"“{title.zh}”应于 {obligation.due_on} 前公开，逾期未公开（{term.zh}）。{all_told.zh}",
        f"“{title.en}” was to be published by {obligation.due_on} and is overdue ({term.en})."
        f"{all_told.en}",
    )


def _require(act: Act, case: RectificationCase, by: Actor) -> None:
    """Raise Forbidden where ``by`` may not, WrongState where ``case`` is not there (yet)."""
    if act in _BY_SUPERVISOR:
        require_scope(by, "supervise")
        require_role(by, case.institution, *SUPERVISORS)
    else:
        require_scope(by, "draft")
        require_role(by, case.institution, *REGISTRARS)
    if case.state not in ALLOWED_FROM[act]:
        possible = ", ".join(ALLOWED_FROM[act])
        raise WrongState(f"The case is {case.state}; to {act} it must be one of: {possible}.")


def _require_words(comment: str, why: str) -> None:
    if not comment.strip():
        raise Rejected(why)


def _log(
    session: Session,
    case: RectificationCase,
    kind: str,
    by: Actor,
    now: datetime,
    comment: str,
    **detail: Any,
) -> None:
    comment = comment.strip()[:2000]
    session.add(
        RectificationEvent(
            case_id=case.id, at=now, kind=kind, actor=by.login, comment=comment, detail=detail
        )
    )
    subject = f"{case.institution.slug}#{case.id}"
    said = {"comment": comment} if comment else {}
    record_act(session, by, f"rectification.{kind}", subject, now=now, **said, **detail)
