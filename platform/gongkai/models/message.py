"""What is to be said to whom: channels, reminders, and messages on their way."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from gongkai.db import Base
from gongkai.models.account import Account
from gongkai.models.institution import Institution
from gongkai.models.obligation import Obligation


class MessageKind(StrEnum):
    """How a message travels."""

    MAIL = "mail"
    WEBHOOK = "webhook"
    ROBOT = "robot"


class Channel(Base):
    """An address that programs or group robots listen at.

    ``institution_id`` is None for one that hears of the whole site. ``kind`` is ``webhook`` or
    the key of a plugin's ChannelKind. ``events`` are the stages it wants, as
    ``domain.reminders.Stage`` has them; none means all. ``failing_since`` is the first failure
    since the last success.
    """

    __tablename__ = "channel"
    __table_args__ = (
        CheckConstraint("language IN ('zh', 'en')", name="known_language"),
        CheckConstraint(
            "(disabled_at IS NULL) = (disabled_reason IS NULL)", name="disabling_reasoned"
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    institution_id: Mapped[int | None] = mapped_column(ForeignKey(Institution.id), index=True)
    kind: Mapped[str] = mapped_column(String(40))
    url: Mapped[str] = mapped_column(String(2000))
    secret: Mapped[str] = mapped_column(String(200))
    language: Mapped[str] = mapped_column(String(2), default="zh")
    events: Mapped[list[Any]]
    created_at: Mapped[datetime]
    disabled_at: Mapped[datetime | None]
    disabled_reason: Mapped[str | None] = mapped_column(String(500))
    failing_since: Mapped[datetime | None]

    institution: Mapped[Institution | None] = relationship(lazy="joined")


class Message(Base):
    """One message to one receiver, written with its cause and sent after the commit.

    ``id`` never changes and goes out as Message-ID or webhook-id, so that a receiver who gets
    it twice can tell. ``dedup`` says what it is about: the same thing is written once. Who
    sends holds it until ``lease_until`` under the number ``fencing``, and only the holder of
    the number may mark it. It ends with ``sent_at`` or, given up, with ``dead_at``.
    """

    __tablename__ = "message"
    __table_args__ = (
        Index("ix_message_waiting", "sent_at", "dead_at", "send_after"),
        CheckConstraint("sent_at IS NULL OR dead_at IS NULL", name="one_end"),
        CheckConstraint("(kind = 'mail') = (channel_id IS NULL)", name="mail_or_channel"),
    )

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    kind: Mapped[str] = mapped_column(String(10))
    channel_id: Mapped[int | None] = mapped_column(ForeignKey(Channel.id), index=True)
    account_id: Mapped[int | None] = mapped_column(ForeignKey(Account.id), index=True)
    recipient: Mapped[str] = mapped_column(String(320))
    dedup: Mapped[str] = mapped_column(String(200), unique=True)
    subject: Mapped[str] = mapped_column(String(300))
    body: Mapped[dict[str, Any]]
    created_at: Mapped[datetime]
    send_after: Mapped[datetime]
    attempts: Mapped[int] = mapped_column(default=0)
    lease_until: Mapped[datetime | None]
    fencing: Mapped[int] = mapped_column(default=0)
    sent_at: Mapped[datetime | None]
    dead_at: Mapped[datetime | None]
    last_error: Mapped[str | None] = mapped_column(String(500))


class Reminder(Base):
    """That somebody is to be reminded of an obligation: once for each due date and kind.

    ``kind`` is ``before:10`` (working days), ``today``, ``overdue``, ``overdue:5`` (working
    days, then 10, 15 and so on) or ``date-changed``. ``batch`` is the batch of messages that
    told of it; None until then.
    """

    __tablename__ = "reminder"
    __table_args__ = (UniqueConstraint("obligation_id", "due_on", "kind"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    obligation_id: Mapped[int] = mapped_column(ForeignKey(Obligation.id))
    due_on: Mapped[date]
    kind: Mapped[str] = mapped_column(String(20))
    made_on: Mapped[date]
    batch: Mapped[str | None] = mapped_column(String(32), index=True)
