"""Obligations: opened by periods, registered changes, files and the joining of an institution."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from gongkai.domain.deadlines import Due, Resolution, Trigger
from gongkai.domain.identifiers import DatasetId
from gongkai.domain.items import DeadlineRule, DisclosureItem, Frequency, TermUnit
from gongkai.domain.periods import Period, next_period, period_of
from gongkai.domain.times import SHANGHAI, shanghai_day
from gongkai.errors import NotFound, Rejected
from gongkai.models import Dataset, Draft, Institution, Role
from gongkai.models.obligation import (
    UNSETTLED,
    Obligation,
    ObligationEvent,
    OpenedBy,
)
from gongkai.services.access import Actor, require_role, require_scope
from gongkai.services.audit import record_act
from gongkai.services.clock import (
    PLAN_FROM,
    PLAN_TO,
    STARTING_PLAN,
    Clock,
    counts_periods,
    running_state,
    trigger_of_period,
)

REGISTRARS = (Role.SUBMITTER, Role.DEPARTMENT_HEAD, Role.REVIEWER, Role.LEADER, Role.PRINCIPAL)


@dataclass(frozen=True)
class Change:
    """Information formed or changed on a day, perhaps before any file of it exists.

    ``event_on`` is when it takes effect, where that is later; ``rule_key`` names one of the
    item's rules where it has several.
    """

    on: date
    at: datetime | None = None
    event_on: date | None = None
    rule_key: str | None = None
    note: str = ""


def register_change(
    session: Session, clock: Clock, dataset: Dataset, change: Change, *, by: Actor, now: datetime
) -> Obligation:
    """Start the clock: information of ``dataset`` was formed or changed. Does not commit.

    Registering the same day again gives the obligation that is there. Raises Forbidden,
    Rejected for a day or an hour in the future.
    """
    require_scope(by, "draft")
    require_role(by, dataset.institution, *REGISTRARS)
    if change.on > shanghai_day(now):
        raise Rejected(f"{change.on} is in the future; register the change when it has happened.")
    if change.at is not None and (change.at > now or shanghai_day(change.at) != change.on):
        raise Rejected(f"{change.at:%Y-%m-%d %H:%M} is not a time of {change.on} that has passed.")
    obligation = open_obligation(
        session, clock, dataset, change, opened_by=OpenedBy.CHANGE, now=now
    )
    record_act(
        session,
        by,
        "change.register",
        str(dataset.address),
        now=now,
        formed_on=change.on.isoformat(),
        due_on=obligation.due_on.isoformat(),
        rule=obligation.rule_key,
        note=change.note,
    )
    return obligation


def open_obligation(
    session: Session,
    clock: Clock,
    dataset: Dataset,
    change: Change,
    *,
    opened_by: OpenedBy,
    now: datetime,
) -> Obligation:
    """Open what follows from a change, or return what was opened before. Does not commit.

    A second change of a day whose first is public already is another thing to publish. Raises
    Rejected where the rule counts back from a day that ``change`` does not tell.
    """
    item = clock.plugins.get_item(dataset.item_key)
    trigger = Trigger(on=change.on, at=change.at, event_on=change.event_on)
    local = clock.local_rules(dataset.institution)
    found = clock.resolve(item, local, trigger, change.rule_key)
    occasion = f"change:{change.on.isoformat()}"
    if change.at is not None:
        occasion = f"change:{change.at.astimezone(SHANGHAI).isoformat(timespec='minutes')}"
    if not has_its_event(found.rule, change):
        raise Rejected(
            f"{item.title.en} is due before it takes effect; say when that is "
            "(effective_on, or --effective)."
        )
    alike = session.scalars(
        select(Obligation)
        .where(
            Obligation.dataset_id == dataset.id,
            Obligation.rule_key == found.rule.key,
            or_(Obligation.occasion == occasion, Obligation.occasion.startswith(f"{occasion}#")),
        )
        .order_by(Obligation.id)
    ).all()
    present = alike[-1] if alike else None
    if present is not None and present.state not in UNSETTLED:
        occasion, present = f"{occasion}#{len(alike) + 1}", None
    if present is not None:
        if change.note and change.note not in present.note:
            present.note = f"{present.note}\n{change.note}".strip()[:2000]
        return present
    obligation = _opened(clock, dataset, occasion, opened_by, trigger, found, now)
    obligation.note = change.note[:2000]
    session.add(obligation)
    session.flush()
    return obligation


def open_for_draft(
    session: Session, clock: Clock, draft: Draft, *, now: datetime
) -> Obligation | None:
    """Start the clock of information that a file says when it was formed. Does not commit.

    None where that day lies ahead, something of that day is owed already (a period that ends
    then, or a change that was registered), no rule was in force, or the starting plan asks for
    what was there before the institution joined.
    """
    dataset, formed = draft.dataset, draft.formed_on
    if dataset is None or formed is None or formed > shanghai_day(now):
        return None
    is_of_then = Obligation.trigger_on == formed
    if formed < shanghai_day(dataset.institution.created_at):
        is_of_then = or_(is_of_then, Obligation.opened_by == OpenedBy.START)
    is_owed_already = session.scalars(
        select(Obligation.id).where(Obligation.dataset_id == dataset.id, is_of_then).limit(1)
    ).first()
    if is_owed_already is not None or dataset.item_key not in clock.plugins.items:
        return None
    item = clock.plugins.get_item(dataset.item_key)
    rule, change = clock.rule(item.deadline_rules[0]), Change(on=formed)
    is_periodic = item.frequency is not Frequency.AS_NEEDED and counts_periods(rule)
    if is_periodic or not has_its_event(rule, change) or not rule.is_valid_on(formed):
        return None
    return open_obligation(session, clock, dataset, change, opened_by=OpenedBy.DRAFT, now=now)


def has_its_event(rule: DeadlineRule, change: Change) -> bool:
    """Tell whether a rule that counts back from an event knows its day, or has another limit."""
    is_before = rule.unit is TermUnit.BEFORE_EVENT
    return not is_before or change.event_on is not None or rule.length is not None


def open_for_institution(
    session: Session, clock: Clock, institution: Institution, *, now: datetime
) -> int:
    """Open what an institution owes from now on: running periods, and a starting plan.

    What is due once and for all (as_needed) is spread over ``PLAN_FROM`` to ``PLAN_TO`` working
    days, the basics of every institution first. Safe to run twice. Does not commit. Returns
    how many obligations were opened.
    """
    today = shanghai_day(now)
    datasets = session.scalars(
        select(Dataset).where(Dataset.institution_id == institution.id, Dataset.is_owed)
    ).all()
    opened_before = session.execute(
        select(Obligation.dataset_id, Obligation.occasion).where(
            Obligation.institution_id == institution.id
        )
    )
    known = {(dataset_id, occasion) for dataset_id, occasion in opened_before}
    items = clock.plugins.items
    owed = [one for one in datasets if one.item_key in items]
    opened = []
    for dataset in owed:
        item = items[dataset.item_key]
        period = _running_period(clock, item, today)
        if period is not None and (dataset.id, f"period:{period.key}") not in known:
            opened.append(_for_period(clock, dataset, item, period, now))
    planned = [
        one
        for one in owed
        if not _has_periods(clock, items[one.item_key])
        and one.current_release_id is None
        and (one.id, "start") not in known
    ]
    planned.sort(key=lambda one: _plan_order(items[one.item_key]))
    for place, dataset in enumerate(planned):
        length = PLAN_FROM + (PLAN_TO - PLAN_FROM) * place // max(len(planned) - 1, 1)
        opened.append(_for_start(clock, dataset, length, today, now))
    session.add_all(opened)
    session.flush()
    return len(opened)


def _plan_order(item: DisclosureItem) -> tuple[bool, int, str]:
    """The basics first, then what needs fewer signatures."""
    return (item.plugin != "shared", int(item.tier), item.key)


def _has_periods(clock: Clock, item: DisclosureItem) -> bool:
    rule = clock.rule(item.deadline_rules[0])
    return item.frequency is not Frequency.AS_NEEDED and counts_periods(rule)


def _running_period(clock: Clock, item: DisclosureItem, today: date) -> Period | None:
    """Return the period to open first: the one that runs, or of schedules the next one.

    The schedule of a period that runs already cannot be announced before it.
    """
    period = period_of(item.frequency, today)
    if period is None or not _has_periods(clock, item):
        return None
    is_ahead = clock.rule(item.deadline_rules[0]).unit is TermUnit.BEFORE_EVENT
    return next_period(item.frequency, period) if is_ahead else period


def _for_period(
    clock: Clock, dataset: Dataset, item: DisclosureItem, period: Period, now: datetime
) -> Obligation:
    rule = clock.rule(item.deadline_rules[0])
    trigger = trigger_of_period(rule, item.frequency, period)
    found = clock.resolve(item, clock.local_rules(dataset.institution), trigger)
    return _opened(clock, dataset, f"period:{period.key}", OpenedBy.PERIOD, trigger, found, now)


def _for_start(
    clock: Clock, dataset: Dataset, length: int, today: date, now: datetime
) -> Obligation:
    on = clock.calendar.add(today, length)
    found = Resolution(clock.rule(STARTING_PLAN), Due(on.day, None, on.missing_year))
    obligation = _opened(clock, dataset, "start", OpenedBy.START, Trigger(today), found, now)
    obligation.length = length
    return obligation


def _opened(
    clock: Clock,
    dataset: Dataset,
    occasion: str,
    opened_by: OpenedBy,
    trigger: Trigger,
    found: Resolution,
    now: datetime,
) -> Obligation:
    obligation = Obligation(
        dataset=dataset,
        institution_id=dataset.institution_id,
        item_key=dataset.item_key,
        rule_key=found.rule.key,
        occasion=occasion,
        opened_by=opened_by,
        opened_at=now,
        trigger_on=trigger.on,
        trigger_at=trigger.at,
        event_on=trigger.event_on,
        due_on=found.due.on,
        due_at=found.due.at,
        provisional_year=found.due.missing_year,
    )
    obligation.state = running_state(obligation, clock.calendar, now)
    return obligation


def get_obligation(session: Session, obligation_id: int, *, for_update: bool = False) -> Obligation:
    """Return an obligation; ``for_update`` locks it. Raises NotFound."""
    query = select(Obligation).where(Obligation.id == obligation_id)
    if for_update:
        query = query.with_for_update(of=Obligation)
    found = session.scalars(query, execution_options={"populate_existing": True}).first()
    if found is None:
        raise NotFound(f"There is no obligation {obligation_id}.")
    return found


def next_due(session: Session, dataset_ids: Iterable[int]) -> dict[int, Obligation]:
    """Return the unsettled obligation that falls due first, by dataset id."""
    order = (Obligation.due_on, Obligation.id)
    ranked = (
        select(
            Obligation.id,
            func.row_number()
            .over(partition_by=Obligation.dataset_id, order_by=order)
            .label("rank"),
        )
        .where(Obligation.dataset_id.in_(list(dataset_ids)), Obligation.state.in_(UNSETTLED))
        .subquery()
    )
    # Of a daily dataset that stands still there are hundreds; only the first is read.
    firsts = select(Obligation).where(
        Obligation.id.in_(select(ranked.c.id).where(ranked.c.rank == 1))
    )
    return {one.dataset_id: one for one in session.scalars(firsts)}


def list_events(session: Session, obligation: Obligation) -> Sequence[ObligationEvent]:
    """Return what happened to an obligation, oldest first."""
    return session.scalars(
        select(ObligationEvent)
        .where(ObligationEvent.obligation_id == obligation.id)
        .order_by(ObligationEvent.id)
    ).all()


def obligations_of(session: Session, address: DatasetId) -> Sequence[Obligation]:
    """Return every obligation of a dataset, by due date."""
    return session.scalars(
        select(Obligation)
        .join(Obligation.dataset)
        .join(Dataset.institution)
        .where(Institution.slug == address.institution, Dataset.item_key == address.item)
        .order_by(Obligation.due_on, Obligation.id)
    ).all()
