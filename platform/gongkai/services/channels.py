"""Who can be told: channels of programs and robots, and the messages on their way."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from html import escape
from typing import Any

from sqlalchemy import delete, func, insert, or_, select, update
from sqlalchemy.orm import Session

from gongkai.domain.reminders import Stage
from gongkai.domain.text import Text
from gongkai.errors import Conflict, NotFound, Rejected
from gongkai.models import Account, Channel, Institution, Membership, Message, Role
from gongkai.models.message import MessageKind
from gongkai.plugins import Plugins
from gongkai.services.digesting import new_message_id
from gongkai.services.outgoing import check_address, limits_of
from gongkai.services.webhooks import check_secret, new_secret
from gongkai.settings import OutgoingSettings, SiteSettings

LANGUAGES = ("zh", "en")
SENT_KEPT_FOR = timedelta(days=90)
TEST_TYPE = "channel.tested"


def list_kinds(plugins: Plugins) -> list[str]:
    """Return the kinds a channel may have: the core's webhook, then the plugins'."""
    return [MessageKind.WEBHOOK.value, *sorted(plugins.channel_kinds)]


def add_channel(
    session: Session,
    plugins: Plugins,
    settings: OutgoingSettings,
    *,
    kind: str,
    url: str,
    institution: Institution | None,
    secret: str = "",
    language: str = "zh",
    events: Iterable[str] = (),
    now: datetime,
) -> Channel:
    """Add a channel; a webhook without a secret gets a new one. Does not commit.

    Raises Rejected for an unknown kind, language, event or secret, and OutgoingRefused for an
    address that this site does not call.
    """
    if kind not in list_kinds(plugins):
        raise Rejected(
            f"There is no channel kind {kind!r}; these are: {', '.join(list_kinds(plugins))}."
        )
    unknown = sorted(set(events) - {stage.value for stage in Stage})
    if unknown or language not in LANGUAGES:
        raise Rejected(f"Events are {', '.join(Stage)} (none means all); languages are zh and en.")
    check_address(url, limits_of(settings), allowed_hosts=settings.allowed_hosts)
    if kind == MessageKind.WEBHOOK:
        secret = check_secret(secret) if secret else new_secret()
    channel = Channel(
        institution_id=institution.id if institution else None,
        kind=kind,
        url=url,
        secret=secret,
        language=language,
        events=sorted(set(events)),
        created_at=now,
    )
    session.add(channel)
    session.flush()
    return channel


def get_channel(session: Session, channel_id: int) -> Channel:
    """Return a channel. Raises NotFound."""
    channel = session.get(Channel, channel_id)
    if channel is None:
        raise NotFound(f"There is no channel {channel_id}; `gongkai channel list` shows them.")
    return channel


def list_channels(session: Session) -> Sequence[Channel]:
    """Return every channel, the oldest first."""
    return session.scalars(select(Channel).order_by(Channel.id)).unique().all()


def remove_channel(session: Session, channel: Channel) -> None:
    """Forget a channel and its messages. Does not commit."""
    session.execute(delete(Message).where(Message.channel_id == channel.id))
    session.delete(channel)
    session.flush()


def enable_channel(channel: Channel) -> None:
    """Let a channel that was switched off be written to again. Does not commit."""
    channel.disabled_at = channel.disabled_reason = channel.failing_since = None


def disable_channel(
    session: Session, channel: Channel, reason: str, site: SiteSettings, *, now: datetime
) -> None:
    """Switch a channel off, give up what waits for it, and tell the operators by mail.

    Safe to run twice. Does not commit.
    """
    session.execute(
        update(Message)
        .where(Message.channel_id == channel.id, *_is_waiting())
        .values(dead_at=now, lease_until=None, last_error=reason)
        .execution_options(synchronize_session=False)
    )
    if channel.disabled_at is not None:
        return
    channel.disabled_at, channel.disabled_reason = now, reason
    for account in _operators(session):
        session.execute(insert(Message), [_about_disabled(channel, reason, site, account, now)])


def make_test(channel: Channel, site: SiteSettings, *, now: datetime) -> Message:
    """Return a message that only tries a channel out; it is not stored."""
    said = Text(
        f"{site.name_zh}：测试消息，无须处理。", f"{site.name_en}: a test; nothing to do."
    ).in_language(channel.language)
    is_webhook = channel.kind == MessageKind.WEBHOOK
    body: dict[str, Any] = {"title": said, "markdown": said, "text": said}
    if is_webhook:
        body = {"type": TEST_TYPE, "timestamp": now.isoformat(), "data": {"text": said}}
    return Message(
        id=new_message_id(),
        kind=MessageKind.WEBHOOK if is_webhook else MessageKind.ROBOT,
        channel_id=channel.id,
        body=body,
    )


def list_messages(session: Session, *, dead: bool = False, limit: int = 100) -> Sequence[Message]:
    """Return the newest messages that wait, or those that were given up."""
    which = (Message.dead_at.is_not(None),) if dead else _is_waiting()
    return session.scalars(
        select(Message).where(*which).order_by(Message.created_at.desc(), Message.id).limit(limit)
    ).all()


def count_messages(session: Session) -> dict[str, int]:
    """Return how many messages wait, were given up, and were sent, for `gongkai status`."""
    waiting, dead, sent = session.execute(
        select(
            func.count().filter(*_is_waiting()),
            func.count().filter(Message.dead_at.is_not(None)),
            func.count().filter(Message.sent_at.is_not(None)),
        ).select_from(Message)
    ).one()
    return {"waiting": waiting, "dead": dead, "sent": sent}


def retry_message(session: Session, message_id: str, *, now: datetime) -> Message:
    """Let a message that was given up be sent again, with the same id. Does not commit.

    Raises NotFound, and Conflict for one that was not given up or whose channel is off.
    """
    message = session.get(Message, message_id)
    if message is None:
        raise NotFound(f"There is no message {message_id}; `gongkai messages list` shows them.")
    if message.dead_at is None:
        raise Conflict(f"The message {message_id} was not given up.")
    channel = session.get(Channel, message.channel_id) if message.channel_id else None
    if channel is not None and channel.disabled_at is not None:
        raise Conflict(
            f"The channel {channel.id} is switched off ({channel.disabled_reason}); "
            f"`gongkai channel enable {channel.id}` switches it on again."
        )
    message.dead_at = None
    message.attempts = 0
    message.send_after = now
    return message


def retry_messages(session: Session, *, now: datetime) -> int:
    """Let all that was given up be sent again, but for channels that are off; return how many.

    Does not commit.
    """
    listening = select(Channel.id).where(Channel.disabled_at.is_(None))
    result: Any = session.execute(
        update(Message)
        .where(
            Message.dead_at.is_not(None),
            or_(Message.channel_id.is_(None), Message.channel_id.in_(listening)),
        )
        .values(dead_at=None, attempts=0, send_after=now)
        .execution_options(synchronize_session=False)
    )
    return int(result.rowcount)


def forget_sent(session: Session, *, now: datetime) -> int:
    """Delete what was sent long ago; return how many. What was given up stays.

    Safe to run twice. Does not commit.
    """
    result: Any = session.execute(
        delete(Message)
        .where(Message.sent_at < now - SENT_KEPT_FOR)
        .execution_options(synchronize_session=False)
    )
    return int(result.rowcount)


def find_unreachable(session: Session) -> Sequence[str]:
    """Return the slugs of institutions where nobody has a mail address and no channel listens."""
    reached_by_mail = (
        select(Membership.institution_id)
        .join(Account, Account.id == Membership.account_id)
        .where(
            Account.email.is_not(None),
            Account.disabled_at.is_(None),
            Membership.institution_id.is_not(None),
        )
    )
    reached_by_channel = select(Channel.institution_id).where(
        Channel.disabled_at.is_(None), Channel.institution_id.is_not(None)
    )
    return session.scalars(
        select(Institution.slug)
        .where(Institution.id.not_in(reached_by_mail), Institution.id.not_in(reached_by_channel))
        .order_by(Institution.slug)
    ).all()


def _is_waiting() -> tuple[Any, ...]:
    return Message.sent_at.is_(None), Message.dead_at.is_(None)


def _operators(session: Session) -> Sequence[Account]:
    return (
        session.scalars(
            select(Account)
            .join(Membership)
            .where(
                Membership.role == Role.OPERATOR,
                Account.email.is_not(None),
                Account.disabled_at.is_(None),
            )
        )
        .unique()
        .all()
    )


def _about_disabled(
    channel: Channel, reason: str, site: SiteSettings, account: Account, now: datetime
) -> dict[str, Any]:
    number = channel.id
    subject = Text(
        f"【{site.name_zh}】消息通道{number}已停用", f"[{site.name_en}] Channel {number} is off"
    ).in_language(account.language)
    text = Text(
        f"消息通道{number}（{channel.kind}）已停用，原因：{reason}\n"
        f"恢复：gongkai channel enable {number}\n",
        f"The channel {number} ({channel.kind}) was switched off: {reason}\n"
        f"To switch it on again: gongkai channel enable {number}\n",
    ).in_language(account.language)
    paragraphs = "".join(f"<p>{escape(line)}</p>" for line in text.splitlines())
    return {
        "id": new_message_id(),
        "kind": MessageKind.MAIL.value,
        "channel_id": None,
        "account_id": account.id,
        "recipient": account.email,
        "dedup": f"channel-off:{number}:{account.id}:{now.isoformat()}",
        "subject": subject,
        "body": {"text": text, "html": paragraphs, "language": account.language},
        "created_at": now,
        "send_after": now,
        "attempts": 0,
        "fencing": 0,
    }
