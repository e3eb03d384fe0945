"""Immutable versions of a dataset and their files."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from gongkai.db import Base
from gongkai.models.account import Account
from gongkai.models.dataset import Dataset
from gongkai.models.draft import Draft


class Release(Base):
    """One immutable version of a dataset.

    Nothing but ``withdrawn_at``, its reason and its author changes after ``issued``, and
    these only once (triggers see to it). A mistake is answered by a new release and by
    withdrawing this one, never by an edit or a delete.
    """

    __tablename__ = "release"
    __table_args__ = (
        UniqueConstraint("dataset_id", "version"),
        CheckConstraint(
            "(withdrawn_at IS NULL) = (withdrawn_reason IS NULL)", name="withdrawal_reasoned"
        ),
        CheckConstraint("NOT is_correction OR change_note <> ''", name="correction_reasoned"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    dataset_id: Mapped[int] = mapped_column(ForeignKey(Dataset.id), index=True)
    draft_id: Mapped[str] = mapped_column(ForeignKey(Draft.id), unique=True)
    version: Mapped[str] = mapped_column(String(24))
    issued: Mapped[datetime]
    content_sha256: Mapped[str] = mapped_column(String(64))
    rows_sha256: Mapped[str] = mapped_column(String(64))
    row_count: Mapped[int]
    item: Mapped[dict[str, Any]]
    license: Mapped[dict[str, Any]]
    changes: Mapped[dict[str, Any]]
    control: Mapped[dict[str, Any] | None]
    is_correction: Mapped[bool]
    change_note: Mapped[str] = mapped_column(String(2000))
    formed_on: Mapped[date | None]
    authorised_doc: Mapped[str] = mapped_column(String(100), default="")
    withdrawn_at: Mapped[datetime | None]
    withdrawn_reason: Mapped[str | None] = mapped_column(String(2000))
    withdrawn_by_id: Mapped[int | None] = mapped_column(ForeignKey(Account.id))

    dataset: Mapped[Dataset] = relationship(lazy="joined", foreign_keys=[dataset_id])
    distributions: Mapped[list["Distribution"]] = relationship(
        order_by="Distribution.position", lazy="selectin"
    )


class Distribution(Base):
    """One file of a release, or (without ``sha256``) a note why it is not there."""

    __tablename__ = "distribution"
    __table_args__ = (
        CheckConstraint("sha256 IS NOT NULL OR note IS NOT NULL", name="file_or_note"),
    )

    release_id: Mapped[int] = mapped_column(ForeignKey(Release.id), primary_key=True)
    name: Mapped[str] = mapped_column(String(100), primary_key=True)
    position: Mapped[int]
    media_type: Mapped[str] = mapped_column(String(100))
    title: Mapped[dict[str, Any]]
    sha256: Mapped[str | None] = mapped_column(String(64), index=True)
    byte_size: Mapped[int] = mapped_column(default=0)
    gzip_sha256: Mapped[str | None] = mapped_column(String(64))
    zstd_sha256: Mapped[str | None] = mapped_column(String(64))
    note: Mapped[dict[str, Any] | None]
