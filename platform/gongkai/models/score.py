"""Frozen snapshots of scores, and the indexes that counting obligations needs."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from gongkai.db import Base
from gongkai.models.institution import Institution
from gongkai.models.obligation import Obligation


class ScoreSnapshot(Base):
    """The facts that an institution's score of a month was computed from. Never changed.

    ``data`` holds ``formula`` and ``facts``: every figure of the score follows from these alone.
    ``sha256`` is that of its canonical JSON with institution and period.
    """

    __tablename__ = "score_snapshot"
    __table_args__ = (UniqueConstraint("institution_id", "period"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    institution_id: Mapped[int] = mapped_column(ForeignKey(Institution.id))
    period: Mapped[str] = mapped_column(String(7))
    frozen_at: Mapped[datetime]
    data: Mapped[dict[str, Any]]
    sha256: Mapped[str] = mapped_column(String(64))

    institution: Mapped[Institution] = relationship(lazy="joined")


# Everything that the scoreboard counts by, so that a million obligations are counted from it.
for _key in (Obligation.institution_id, Obligation.item_key):
    Index(
        f"ix_obligation_board_{_key.key}",
        _key,
        Obligation.state,
        Obligation.due_on,
        Obligation.provisional_year,
        Obligation.due_at,
    )
# What was ever late is little, and the feed asks for the newest of it.
Index(
    "ix_obligation_overdue_on",
    Obligation.overdue_on,
    Obligation.id,
    sqlite_where=Obligation.overdue_on.is_not(None),
    postgresql_where=Obligation.overdue_on.is_not(None),
)
