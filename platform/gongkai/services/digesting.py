"""From reminders to messages: one mail a person and day, one call a channel and batch."""

import uuid
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import and_, insert, or_, select, update
from sqlalchemy.orm import Session

from gongkai.domain.digests import Line, compose
from gongkai.domain.letters import Letter
from gongkai.domain.reminders import DATE_CHANGED, Stage, stage_of
from gongkai.domain.text import Text
from gongkai.domain.times import SHANGHAI, shanghai_day
from gongkai.models import Account, Channel, Institution, Membership, Message, Reminder, Role
from gongkai.models.message import MessageKind
from gongkai.models.obligation import RUNNING, Obligation, ObligationEvent, ObligationState
from gongkai.models.rectification import RectificationCase
from gongkai.services.clock import Clock
from gongkai.services.rectifying import is_open_for_overdue
from gongkai.services.reminding import make_reminders
from gongkai.settings import SiteSettings

WEBHOOK_TYPE = "obligations.reminded"
# What ``dedup`` of every message about reminders begins with.
REMINDERS = "reminders:"
_STAFF = frozenset({Role.SUBMITTER, Role.DEPARTMENT_HEAD})
HEADS = _STAFF | {Role.REVIEWER, Role.LEADER}
# Who hears of what, in the institution; the supervising authority hears of what is escalated.
_HEARERS = {
    Stage.DUE: _STAFF,
    Stage.DATE_CHANGED: _STAFF,
    Stage.OVERDUE: HEADS,
    Stage.ESCALATED: HEADS | {Role.PRINCIPAL},
}
_URGENCY = (Stage.ESCALATED, Stage.OVERDUE, Stage.DUE, Stage.DATE_CHANGED)
# A payload stays well below what receivers take; more obligations make more calls.
_IN_A_CALL = 100
_CHUNK = 1000


@dataclass(frozen=True)
class Told:
    """An obligation that somebody is reminded of; ``reminder_id`` is its first reminder's."""

    reminder_id: int
    kinds: tuple[str, ...]
    institution_id: int
    dataset: str
    state: str
    line: Line

    @property
    def stage(self) -> Stage:
        return self.line.stage


@dataclass
class _Person:
    """Who is written to; ``told`` goes by reminder, for one may hear of it in two posts."""

    account: Account
    told: dict[int, Told] = field(default_factory=dict)


def remind(session: Session, clock: Clock, site: SiteSettings, *, now: datetime) -> int:
    """Make the reminders that are due and write their messages; return how many messages.

    Safe to run twice, and by several at once. Sends nothing. Does not commit.
    """
    make_reminders(session, clock, now=now)
    return write_messages(session, clock, site, now=now)


def write_messages(session: Session, clock: Clock, site: SiteSettings, *, now: datetime) -> int:
    """Write the messages about reminders nobody was told of; return how many.

    A reminder belongs to the first batch that claims it. What was settled in the meantime, or
    has another date by now, is not told. Does not commit.
    """
    batch = uuid.uuid4().hex
    claimed: Any = session.execute(
        update(Reminder)
        .where(Reminder.batch.is_(None))
        .values(batch=batch)
        .execution_options(synchronize_session=False)
    )
    if not claimed.rowcount:
        return 0
    today = shanghai_day(now)
    told = list(_told(session, clock, site, batch, today))
    messages = [
        *_mails(session, site, batch, told, today),
        *_calls(session, site, told, today, now),
    ]
    for message in messages:
        message.update(created_at=now, send_after=now, attempts=0, fencing=0)
    for at in range(0, len(messages), _CHUNK):
        session.execute(insert(Message), messages[at : at + _CHUNK])
    return len(messages)


def new_message_id() -> str:
    """Return the id that a message keeps over all attempts."""
    return f"msg_{uuid.uuid4().hex}"


def _told(
    session: Session, clock: Clock, site: SiteSettings, batch: str, today: date
) -> Iterator[Told]:
    """Yield each obligation of a batch once, by its most urgent reminder."""
    rows = session.execute(
        select(
            Obligation.id,
            Reminder.id,
            Reminder.kind,
            Obligation.institution_id,
            Institution.slug,
            Institution.name_zh,
            Institution.name_en,
            Obligation.item_key,
            Obligation.rule_key,
            Obligation.trigger_on,
            Obligation.due_on,
            Obligation.due_at,
            Obligation.state,
            RectificationCase.due_on,
        )
        .join(Obligation, Obligation.id == Reminder.obligation_id)
        .join(Institution, Institution.id == Obligation.institution_id)
        .outerjoin(
            RectificationCase,
            and_(
                RectificationCase.dataset_id == Obligation.dataset_id,
                is_open_for_overdue(RectificationCase),
            ),
        )
        .where(
            Reminder.batch == batch,
            Reminder.due_on == Obligation.due_on,
            Obligation.state.in_(RUNNING),
            Obligation.provisional_year.is_(None),
        )
        .order_by(Obligation.id, Reminder.id)
    ).all()
    earlier = _earlier_dates(session, batch)
    grouped: dict[int, list[Any]] = defaultdict(list)
    for row in rows:
        grouped[row[0]].append(row)
    for obligation_id, alike in grouped.items():
        yield _told_of(alike, clock, site, today, earlier.get(obligation_id))


def _told_of(
    alike: Sequence[Any], clock: Clock, site: SiteSettings, today: date, was_due_on: date | None
) -> Told:
    _, reminder_id, _, institution_id, slug, zh, en, item_key, rule_key, *dates = alike[0]
    trigger_on, due_on, due_at, state, mend_by = dates
    stage = min((stage_of(row[2]) for row in alike), key=_URGENCY.index)
    item = clock.plugins.items.get(item_key)
    dataset = f"{slug}/{item_key}"
    line = Line(
        stage=stage,
        institution=Text(zh, en),
        item=item.title if item else Text(item_key, item_key),
        url=f"{site.base_url.rstrip('/')}/datasets/{dataset}",
        rule=clock.plugins.deadline_rules.get(rule_key),
        trigger_on=trigger_on,
        due_on=due_on,
        due_at=due_at,
        days_left=clock.calendar.between(today, due_on),
        is_late=stage in (Stage.OVERDUE, Stage.ESCALATED),
        is_today=due_on == today,
        was_due_on=was_due_on,
        mend_by=mend_by if stage in (Stage.OVERDUE, Stage.ESCALATED) else None,
    )
    kinds = tuple(row[2] for row in alike)
    return Told(reminder_id, kinds, institution_id, dataset, state, line)


def _earlier_dates(session: Session, batch: str) -> dict[int, date]:
    """Return what the changed dates of a batch were before, by obligation."""
    changed = select(Reminder.obligation_id).where(
        Reminder.batch == batch, Reminder.kind == DATE_CHANGED
    )
    events = session.execute(
        select(ObligationEvent.obligation_id, ObligationEvent.detail)
        .where(ObligationEvent.kind == "recomputed", ObligationEvent.obligation_id.in_(changed))
        .order_by(ObligationEvent.id)
    )
    return {one: date.fromisoformat(detail["old"]) for one, detail in events}


def _mails(
    session: Session, site: SiteSettings, batch: str, told: Sequence[Told], today: date
) -> Iterator[dict[str, Any]]:
    by_institution: dict[int, list[Told]] = defaultdict(list)
    for one in told:
        by_institution[one.institution_id].append(one)
    people: dict[int, _Person] = {}
    for account, institution_id, roles in _hearers(session, batch):
        if institution_id is None:
            # The supervising authority; other roles on the whole site answer for no institution.
            heard = [one for one in told if one.stage is Stage.ESCALATED]
            heard = heard if Role.SUPERVISOR in roles else []
        else:
            heard = [
                one for one in by_institution.get(institution_id, ()) if roles & _HEARERS[one.stage]
            ]
        if heard:
            person = people.setdefault(account.id, _Person(account))
            person.told.update((one.reminder_id, one) for one in heard)
    for person in people.values():
        yield _mail(site, person, today)


def _hearers(session: Session, batch: str) -> Iterable[tuple[Account, int | None, frozenset[str]]]:
    """Return who can be written to, with the roles held in each institution of a batch."""
    concerned = select(Obligation.institution_id).join(
        Reminder, Reminder.obligation_id == Obligation.id
    )
    rows = session.execute(
        select(Account, Membership.institution_id, Membership.role)
        .join(Membership, Membership.account_id == Account.id)
        .where(
            Account.email.is_not(None),
            Account.disabled_at.is_(None),
            or_(
                Membership.institution_id.is_(None),
                Membership.institution_id.in_(concerned.where(Reminder.batch == batch)),
            ),
        )
    )
    roles: dict[tuple[int, int | None], set[str]] = defaultdict(set)
    accounts: dict[int, Account] = {}
    for account, institution_id, role in rows:
        accounts[account.id] = account
        roles[account.id, institution_id].add(role)
    return [(accounts[one], where, frozenset(held)) for (one, where), held in roles.items()]


def _mail(site: SiteSettings, person: _Person, today: date) -> dict[str, Any]:
    account = person.account
    told = list(person.told.values())
    digest = _digest(site, told, account.name, today, account.language)
    first = min(person.told)
    return {
        "id": new_message_id(),
        "kind": MessageKind.MAIL.value,
        "channel_id": None,
        "account_id": account.id,
        "recipient": account.email,
        "dedup": f"{REMINDERS}{today}:account:{account.id}:{first}",
        "subject": digest.subject,
        "body": {"text": digest.text, "html": digest.html, "language": account.language},
    }


def _digest(
    site: SiteSettings, told: Sequence[Told], reader: str, today: date, language: str
) -> Letter:
    return compose(
        [one.line for one in told],
        site=Text(site.name_zh, site.name_en),
        reader=reader,
        today=today,
        language=language,
    )


def _calls(
    session: Session, site: SiteSettings, told: Sequence[Told], today: date, now: datetime
) -> Iterator[dict[str, Any]]:
    channels = session.scalars(select(Channel).where(Channel.disabled_at.is_(None)))
    for channel in channels.unique():
        heard = [
            one
            for one in told
            if channel.institution_id in (None, one.institution_id)
            and (not channel.events or one.stage in channel.events)
        ]
        if not heard:
            continue
        if channel.kind == MessageKind.WEBHOOK:
            for at in range(0, len(heard), _IN_A_CALL):
                yield _webhook(channel, heard[at : at + _IN_A_CALL], today, now)
        else:
            yield _robot(site, channel, heard, today)


def _webhook(channel: Channel, told: Sequence[Told], today: date, now: datetime) -> dict[str, Any]:
    payload = {
        "type": WEBHOOK_TYPE,
        "timestamp": now.astimezone(SHANGHAI).isoformat(),
        "data": {"day": today.isoformat(), "obligations": [_as_json(one) for one in told]},
    }
    return _to_channel(channel, MessageKind.WEBHOOK, WEBHOOK_TYPE, told, today, payload)


def _robot(
    site: SiteSettings, channel: Channel, told: Sequence[Told], today: date
) -> dict[str, Any]:
    digest = _digest(site, told, "", today, channel.language)
    body = {"title": digest.subject, "markdown": digest.markdown, "text": digest.text}
    return _to_channel(channel, MessageKind.ROBOT, digest.subject, told, today, body)


def _to_channel(
    channel: Channel,
    kind: MessageKind,
    subject: str,
    told: Sequence[Told],
    today: date,
    body: dict[str, Any],
) -> dict[str, Any]:
    first = min(one.reminder_id for one in told)
    return {
        "id": new_message_id(),
        "kind": kind.value,
        "channel_id": channel.id,
        "account_id": None,
        "recipient": f"{channel.kind} {channel.id}",
        "dedup": f"{REMINDERS}{today}:channel:{channel.id}:{first}",
        "subject": subject,
        "body": body,
    }


def _as_json(told: Told) -> dict[str, Any]:
    line = told.line
    rule = line.rule
    state = ObligationState.OVERDUE if line.is_late else ObligationState(told.state)
    return {
        "dataset": told.dataset,
        "institution": line.institution.as_json(),
        "item": line.item.as_json(),
        "url": line.url,
        "state": state.value,
        "stage": line.stage.value,
        "reminders": list(told.kinds),
        "trigger_on": line.trigger_on.isoformat(),
        "due_on": line.due_on.isoformat(),
        "due_at": line.due_at.astimezone(SHANGHAI).isoformat() if line.due_at else None,
        "was_due_on": line.was_due_on.isoformat() if line.was_due_on else None,
        "working_days_left": line.days_left,
        "rule": {
            "key": rule.key,
            "title": rule.title.as_json(),
            "source": rule.source.as_json(),
            "article": rule.article,
            "is_default": rule.is_default,
        }
        if rule
        else None,
    }
