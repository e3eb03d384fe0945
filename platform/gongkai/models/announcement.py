"""What the feeds tell: one row for each thing that became public, in order."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from gongkai.db import Base
from gongkai.models.dataset import Dataset
from gongkai.models.institution import Institution
from gongkai.models.notice import Notice
from gongkai.models.release import Release


class Announcement(Base):
    """One entry of the feeds; ``id`` is their order and never changes."""

    __tablename__ = "announcement"
    __table_args__ = (
        Index("ix_announcement_institution_id_id", "institution_id", "id"),
        Index("ix_announcement_dataset_id_id", "dataset_id", "id"),
        Index("ix_announcement_type_key_id", "type_key", "id"),
        Index("ix_announcement_item_key_id", "item_key", "id"),
        Index("ix_announcement_kind_id", "kind", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(12))
    at: Mapped[datetime]
    institution_id: Mapped[int] = mapped_column(ForeignKey(Institution.id))
    type_key: Mapped[str] = mapped_column(String(64))
    item_key: Mapped[str | None] = mapped_column(String(64))
    dataset_id: Mapped[int | None] = mapped_column(ForeignKey(Dataset.id))
    release_id: Mapped[int | None] = mapped_column(ForeignKey(Release.id))
    notice_id: Mapped[int | None] = mapped_column(ForeignKey(Notice.id))

    institution: Mapped[Institution] = relationship(lazy="joined")
    release: Mapped[Release | None] = relationship(lazy="joined")
    notice: Mapped[Notice | None] = relationship(lazy="joined")
