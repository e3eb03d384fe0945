"""Who publishes."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, String
from sqlalchemy.orm import Mapped, mapped_column

from gongkai.db import Base
from gongkai.domain.disclosure_control import ControlProfile
from gongkai.domain.items import ServiceKind
from gongkai.domain.text import Text


class Institution(Base):
    """A body that discloses. What it owes follows from ``service_kinds``, not from its type.

    ``local_rules`` are the keys of local deadline rules that it follows beside those of its
    region.
    """

    __tablename__ = "institution"
    __table_args__ = (CheckConstraint("slug = lower(slug)", name="slug_lower"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(String(64), unique=True)
    type_key: Mapped[str] = mapped_column(String(64), index=True)
    service_kinds: Mapped[list[Any]]
    name_zh: Mapped[str] = mapped_column(String(200))
    name_en: Mapped[str] = mapped_column(String(200))
    uscc: Mapped[str | None] = mapped_column(String(18))
    region_code: Mapped[str | None] = mapped_column(String(6), index=True)
    region_zh: Mapped[str] = mapped_column(String(100), default="")
    region_en: Mapped[str] = mapped_column(String(100), default="")
    is_public: Mapped[bool] = mapped_column(default=True)
    disclosure_control: Mapped[dict[str, Any] | None]
    local_rules: Mapped[list[Any]] = mapped_column(default=list, server_default="[]")
    created_at: Mapped[datetime]

    @property
    def name(self) -> Text:
        return Text(self.name_zh, self.name_en)

    @property
    def control(self) -> ControlProfile:
        """Return what the institution chose for small counts of persons."""
        return ControlProfile.of(self.disclosure_control)

    @property
    def kinds(self) -> frozenset[ServiceKind]:
        return frozenset(ServiceKind(kind) for kind in self.service_kinds)
