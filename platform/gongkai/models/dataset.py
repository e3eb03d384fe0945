"""One institution's promise of one item, with a stable address."""

from datetime import datetime

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from gongkai.db import Base
from gongkai.domain.identifiers import DatasetId
from gongkai.models.institution import Institution


class Dataset(Base):
    """``{institution}/{item}``. ``is_owed`` is false for what is published beyond duty."""

    __tablename__ = "dataset"
    __table_args__ = (UniqueConstraint("institution_id", "item_key"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    institution_id: Mapped[int] = mapped_column(ForeignKey(Institution.id), index=True)
    item_key: Mapped[str] = mapped_column(String(64), index=True)
    is_owed: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[datetime]
    current_release_id: Mapped[int | None] = mapped_column(
        ForeignKey("release.id", use_alter=True), index=True
    )

    institution: Mapped[Institution] = relationship(lazy="joined")

    @property
    def address(self) -> DatasetId:
        return DatasetId(self.institution.slug, self.item_key)
