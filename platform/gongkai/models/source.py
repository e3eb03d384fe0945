"""Addresses of institutions' own systems that are looked at for changes."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from gongkai.db import Base
from gongkai.models.account import Account
from gongkai.models.dataset import Dataset
from gongkai.models.draft import Draft


class WatchedSource(Base):
    """A file path or http(s) address that holds the newest content of a dataset.

    ``etag`` and ``last_modified`` are what the source said, sent back as they are and never
    read; ``content_sha256`` is of the bytes and decides. ``prepared_sha256`` is the content that
    staff need not be given any more, ``draft_id`` the draft that was prepared last. Removed is
    ``disabled_at``: nothing is deleted.
    """

    __tablename__ = "watched_source"
    __table_args__ = (
        UniqueConstraint("dataset_id", "address"),
        Index("ix_watched_source_next_check_at", "next_check_at"),
        CheckConstraint("every_minutes > 0", name="every_positive"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    dataset_id: Mapped[int] = mapped_column(ForeignKey(Dataset.id))
    address: Mapped[str] = mapped_column(String(2000))
    every_minutes: Mapped[int]
    etag: Mapped[str | None] = mapped_column(String(500))
    last_modified: Mapped[str | None] = mapped_column(String(100))
    content_sha256: Mapped[str | None] = mapped_column(String(64))
    prepared_sha256: Mapped[str | None] = mapped_column(String(64))
    checked_at: Mapped[datetime | None]
    next_check_at: Mapped[datetime]
    changed_at: Mapped[datetime | None]
    draft_id: Mapped[str | None] = mapped_column(ForeignKey(Draft.id))
    failures: Mapped[int] = mapped_column(default=0)
    failing_since: Mapped[datetime | None]
    last_error: Mapped[str] = mapped_column(String(500), default="")
    disabled_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    created_by_id: Mapped[int] = mapped_column(ForeignKey(Account.id))

    dataset: Mapped[Dataset] = relationship(lazy="joined")
    created_by: Mapped[Account] = relationship(lazy="joined")
