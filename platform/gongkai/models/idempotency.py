"""Answers kept for clients that ask twice."""

from datetime import datetime

from sqlalchemy import ForeignKey, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from gongkai.db import Base
from gongkai.models.account import Account


class IdempotentRequest(Base):
    """The first request with a key and, once it has ended, its answer. Kept seven days."""

    __tablename__ = "idempotent_request"

    account_id: Mapped[int] = mapped_column(ForeignKey(Account.id), primary_key=True)
    key: Mapped[str] = mapped_column(String(200), primary_key=True)
    request_sha256: Mapped[str] = mapped_column(String(64))
    started_at: Mapped[datetime]
    status: Mapped[int | None]
    body: Mapped[bytes | None] = mapped_column(LargeBinary)
    location: Mapped[str | None] = mapped_column(String(300))
