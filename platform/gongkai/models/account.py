"""People and programs that act, and what they may do where."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from gongkai.db import Base
from gongkai.models.institution import Institution


class Role(StrEnum):
    """What an account does for an institution (DOMAIN.md §3.4), or for the whole site.

    ``supervisor`` (the health commission) and ``operator`` (who runs the site) are held
    without an institution.
    """

    SUBMITTER = "submitter"
    DEPARTMENT_HEAD = "department_head"
    REVIEWER = "reviewer"
    LEADER = "leader"
    PRINCIPAL = "principal"
    SUPERVISOR = "supervisor"
    OPERATOR = "operator"


class Account(Base):
    """Somebody who acts. Without a password hash nobody can sign in as it.

    ``email`` is where reminders go, written in ``language`` (zh or en); None gets none.
    """

    __tablename__ = "account"

    id: Mapped[int] = mapped_column(primary_key=True)
    login: Mapped[str] = mapped_column(String(100), unique=True)
    name: Mapped[str] = mapped_column(String(100))
    password_hash: Mapped[str | None] = mapped_column(String(200))
    disabled_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    email: Mapped[str | None] = mapped_column(String(320))
    language: Mapped[str] = mapped_column(String(2), default="zh", server_default="zh")

    memberships: Mapped[list["Membership"]] = relationship(
        back_populates="account", lazy="selectin"
    )


class Membership(Base):
    """One role of one account, in one institution or (NULL) on the whole site."""

    __tablename__ = "membership"
    __table_args__ = (UniqueConstraint("account_id", "institution_id", "role"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey(Account.id), index=True)
    institution_id: Mapped[int | None] = mapped_column(ForeignKey(Institution.id), index=True)
    role: Mapped[str] = mapped_column(String(20))

    account: Mapped[Account] = relationship(back_populates="memberships")


class ApiToken(Base):
    """A bearer token, stored as the SHA-256 of what was shown once."""

    __tablename__ = "api_token"

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey(Account.id), index=True)
    label: Mapped[str] = mapped_column(String(100))
    sha256: Mapped[str] = mapped_column(String(64), unique=True)
    scopes: Mapped[list[Any]]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]

    account: Mapped[Account] = relationship(lazy="joined")
