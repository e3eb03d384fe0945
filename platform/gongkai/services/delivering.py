"""Delivery: what waits is claimed under a lease, sent outside any transaction, and marked.

A message goes out at least once, always with the same id, so that a receiver who drops what it
has seen gets it exactly once (RELIABILITY.md §3.4). One given up after about two days stays on
the list of the dead until somebody retries it; so does a reminder that nothing could send in time.
"""

import logging
import random
import time
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from gongkai.errors import GongkaiError
from gongkai.models import Channel, Message
from gongkai.models.message import MessageKind
from gongkai.services.channels import disable_channel
from gongkai.services.digesting import REMINDERS
from gongkai.services.mailing import Mailer, MailPutOff, MailRefused
from gongkai.services.ports import SitePort
from gongkai.services.webhooks import ChannelGone, call_channel

log = logging.getLogger(__name__)

# 1, 2, 4 … minutes, from the tenth attempt on 6 hours: the sixteenth is 44 hours after the first.
MAX_ATTEMPTS = 16
_FIRST_DELAY = timedelta(minutes=1)
_LONGEST_DELAY = timedelta(hours=6)
_JITTER = 0.2
# A channel that takes nothing for so long is switched off, with a word to the operators.
FAILING_FOR = timedelta(days=7)
# What a reminder says is no longer so when it has waited for longer.
STALE_AFTER = timedelta(days=3)
_BATCH = 10
_GRACE_SECONDS = 60
_RUN_SECONDS = 50.0
_chance = random.SystemRandom()


@dataclass
class _Round:
    """What one run has learned: who is down need not be tried again in it."""

    skip_mail: bool
    skip_channels: set[int] = field(default_factory=set)
    sent: int = 0


def deliver(site: SitePort) -> int:
    """Send what is due, for at most a minute; return how many messages were taken.

    Safe to run several at once and to be killed. Commits on its own. Without a mail server in
    the settings, mail waits. A server or channel that fails once is left alone until the next
    run.
    """
    tried = _Round(skip_mail=not site.settings.mail.is_on)
    ends = time.monotonic() + _RUN_SECONDS
    own = site.settings.site
    with Mailer(site.settings.mail, own.name_zh, own.base_url) as mailer:
        while time.monotonic() < ends:
            lease = _lease_seconds(site)
            gives_up = time.monotonic() + lease - _GRACE_SECONDS
            with site.transaction() as session:
                claimed = _claim(session, tried, now=site.now(), lease_seconds=lease)
            if not claimed:
                break
            for message, channel in claimed:
                if time.monotonic() > gives_up or _is_skipped(message, tried):
                    _give_back(site, message)
                elif channel is not None and channel.disabled_at is not None:
                    # It was written while the channel was being switched off.
                    _mark(site, message, dead_at=site.now(), last_error=channel.disabled_reason)
                elif _is_stale(message, site.now()):
                    _give_up_stale(site, message)
                else:
                    _deliver_one(site, mailer, tried, message, channel)
    return tried.sent


def _lease_seconds(site: SitePort) -> float:
    longest = max(site.settings.mail.timeout_seconds, site.settings.outgoing.total_seconds)
    return 2 * _GRACE_SECONDS + _BATCH * longest


def _is_skipped(message: Message, tried: _Round) -> bool:
    if message.channel_id is None:
        return tried.skip_mail
    return message.channel_id in tried.skip_channels


def _is_stale(message: Message, now: datetime) -> bool:
    """Tell whether a reminder has waited too long to be sent; one retried by hand never has."""
    # Only a retry counts the attempts from nothing again and leaves what went wrong before;
    # every attempt after it moves send_after on.
    is_retried = message.attempts == 1 and message.last_error is not None
    waited = now - message.send_after
    return message.dedup.startswith(REMINDERS) and waited > STALE_AFTER and not is_retried


def _give_up_stale(site: SitePort, message: Message) -> None:
    reason = (
        f"This reminder could not be sent for more than {STALE_AFTER.days} days; "
        f"`gongkai messages retry {message.id}` sends it all the same."
    )
    _mark(site, message, dead_at=site.now(), last_error=reason)
    log.warning("message %s is given up: %s", message.id, reason)


def _claim(
    session: Session, tried: _Round, *, now: datetime, lease_seconds: float
) -> list[tuple[Message, Channel | None]]:
    """Take what is due under a lease and a new number. No two workers get the same one."""
    due = [
        Message.sent_at.is_(None),
        Message.dead_at.is_(None),
        Message.send_after <= now,
        or_(Message.lease_until.is_(None), Message.lease_until <= now),
    ]
    if tried.skip_mail:
        due.append(Message.kind != MessageKind.MAIL)
    if tried.skip_channels:
        skipped = sorted(tried.skip_channels)
        due.append(or_(Message.channel_id.is_(None), Message.channel_id.not_in(skipped)))
    picked = (
        select(Message.id)
        .where(*due)
        .order_by(Message.send_after, Message.id)
        .limit(_BATCH)
        .with_for_update(skip_locked=True)
        .cte("picked")
    )
    claimed = session.scalars(
        update(Message)
        .where(Message.id.in_(select(picked.c.id)))
        .values(
            lease_until=now + timedelta(seconds=lease_seconds),
            fencing=Message.fencing + 1,
            attempts=Message.attempts + 1,
        )
        .returning(Message)
        .execution_options(synchronize_session=False, populate_existing=True)
    ).all()
    wanted = {one.channel_id for one in claimed if one.channel_id is not None}
    channels = {
        one.id: one for one in session.scalars(select(Channel).where(Channel.id.in_(wanted)))
    }
    # RETURNING has no order.
    ordered = sorted(claimed, key=lambda one: (one.send_after, one.id))
    return [(one, channels.get(one.channel_id or 0)) for one in ordered]


def _deliver_one(
    site: SitePort, mailer: Mailer, tried: _Round, message: Message, channel: Channel | None
) -> None:
    try:
        if channel is None:
            mailer.send(message)
        else:
            call_channel(channel, message, site.plugins, site.settings.outgoing, now=site.now())
    except MailRefused as error:
        _mark(site, message, dead_at=site.now(), last_error=error.message)
        log.warning("message %s was refused for good: %s", message.id, error.message)
    except ChannelGone as error:
        tried.skip_channels.add(message.channel_id or 0)
        _switch_off(site, message, error.message)
    except GongkaiError as error:
        tried.skip_mail |= channel is None and not isinstance(error, MailPutOff)
        _postpone(site, tried, message, error.message)
    except Exception as error:
        log.exception("message %s could not be made", message.id)
        _postpone(site, tried, message, f"{type(error).__name__}: {error}")
    else:
        tried.sent += 1
        if not _mark(site, message, sent_at=site.now(), last_error=None):
            log.warning("message %s was sent after its lease had ended", message.id)
        if channel is not None and channel.failing_since is not None:
            _set_failing(site, channel.id, None)


def _mark(site: SitePort, message: Message, **values: Any) -> bool:
    """Write what became of a message, if it is still ours; tell whether it was."""
    with site.transaction() as session:
        result: Any = session.execute(
            update(Message)
            .where(
                Message.id == message.id,
                Message.fencing == message.fencing,
                Message.sent_at.is_(None),
                Message.dead_at.is_(None),
            )
            .values(lease_until=None, **values)
            .execution_options(synchronize_session=False)
        )
    return bool(result.rowcount)


def _give_back(site: SitePort, message: Message) -> None:
    _mark(site, message, attempts=message.attempts - 1)


def _postpone(site: SitePort, tried: _Round, message: Message, reason: str) -> None:
    """Try again later, or give up; leave its channel alone for this run."""
    now = site.now()
    reason = reason[:500]
    if message.attempts >= MAX_ATTEMPTS:
        _mark(site, message, dead_at=now, last_error=reason)
        log.warning("message %s is given up: %s", message.id, reason)
    else:
        _mark(site, message, send_after=now + _delay(message.attempts), last_error=reason)
        log.info("message %s waits: %s", message.id, reason)
    if message.channel_id is None:
        return
    tried.skip_channels.add(message.channel_id)
    with site.reading() as session:
        channel = session.get_one(Channel, message.channel_id)
        since = channel.failing_since
    if since is None:
        _set_failing(site, message.channel_id, now)
    elif now - since >= FAILING_FOR:
        days = FAILING_FOR.days
        _switch_off(site, message, f"It took nothing for {days} days. {reason}"[:500])


def _delay(attempts: int) -> timedelta:
    """Return how long to wait after so many attempts."""
    plain: timedelta = min(_FIRST_DELAY * 2 ** min(attempts - 1, 20), _LONGEST_DELAY)
    return plain * _chance.uniform(1 - _JITTER, 1 + _JITTER)


def _set_failing(site: SitePort, channel_id: int, since: datetime | None) -> None:
    with site.transaction() as session:
        session.execute(
            update(Channel)
            .where(Channel.id == channel_id)
            .values(failing_since=since)
            .execution_options(synchronize_session=False)
        )


def _switch_off(site: SitePort, message: Message, reason: str) -> None:
    with site.transaction() as session:
        channel = session.get_one(Channel, message.channel_id)
        disable_channel(session, channel, reason, site.settings.site, now=site.now())
    log.warning("channel %s is switched off: %s", message.channel_id, reason)
