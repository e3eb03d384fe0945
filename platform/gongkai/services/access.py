"""Accounts, roles and tokens: who acts, and whether they may."""

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import VerifyMismatchError
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from gongkai.domain.text import Text
from gongkai.errors import Conflict, Forbidden, NotFound, Rejected, Unauthenticated
from gongkai.models import Account, ApiToken, Institution, Membership, Role

SCOPES = ("draft", "sign", "publish", "supervise")
MIN_PASSWORD_LENGTH = 12
ROLE_ACCOUNTS = {
    Role.SUBMITTER: Text("供稿人", "clerk"),
    Role.DEPARTMENT_HEAD: Text("部门负责人", "head"),
    Role.REVIEWER: Text("保密审查员", "reviewer"),
    Role.LEADER: Text("分管领导", "leader"),
    Role.PRINCIPAL: Text("主要负责人", "principal"),
}
_TOKEN_PREFIX = "gk_"  # noqa: S105 - how a token begins, not a secret
_hasher = PasswordHasher()


@dataclass(frozen=True)
class Actor:
    """An account that acts, through which channel, and what this way in allows."""

    account: Account
    channel: str
    scopes: frozenset[str] = frozenset(SCOPES)

    @property
    def login(self) -> str:
        return self.account.login

    def has_role(self, institution_id: int | None, *roles: Role) -> bool:
        """Tell whether the account holds one of ``roles`` there, or on the whole site."""
        return any(
            membership.role in roles and membership.institution_id in (institution_id, None)
            for membership in self.account.memberships
        )


def create_account(
    session: Session, login: str, name: str, *, password: str | None = None, now: datetime
) -> Account:
    """Add an account; without a password nobody can sign in as it. Does not commit.

    Raises Conflict for a login that exists and Rejected for a short password.
    """
    account = Account(
        login=login,
        name=name,
        created_at=now,
        disabled_at=None,
        password_hash=_hash(password) if password is not None else None,
        memberships=[],
    )
    session.add(account)
    try:
        session.flush()
    except IntegrityError as error:
        raise Conflict(f"There is an account {login} already; choose another login.") from error
    return account


def set_password(account: Account, password: str) -> None:
    """Replace the password. Raises Rejected for a short one. Does not commit."""
    account.password_hash = _hash(password)


def check_password(session: Session, login: str, password: str) -> Account:
    """Return the account that ``login`` and ``password`` belong to. Raises Unauthenticated."""
    account = session.scalars(select(Account).where(Account.login == login)).first()
    stored = account.password_hash if account else None
    try:
        _hasher.verify(stored or _dummy_hash(), password)
    except VerifyMismatchError as error:
        raise Unauthenticated("The login or the password is wrong.") from error
    if account is None or stored is None or account.disabled_at is not None:
        raise Unauthenticated("The login or the password is wrong.")
    return account


def get_account(session: Session, login: str) -> Account:
    """Return the account ``login``. Raises NotFound."""
    account = session.scalars(select(Account).where(Account.login == login)).first()
    if account is None:
        raise NotFound(f"There is no account {login!r}; `gongkai account list` shows them.")
    return account


def grant(session: Session, account: Account, role: Role, institution: Institution | None) -> None:
    """Give ``account`` a role, in an institution or on the whole site. Safe to run twice."""
    institution_id = institution.id if institution else None
    held = any(
        membership.role == role and membership.institution_id == institution_id
        for membership in account.memberships
    )
    if not held:
        account.memberships.append(Membership(institution_id=institution_id, role=role))
        session.flush()


def holders(session: Session, institution: Institution, role: Role) -> Sequence[Account]:
    """Return who holds ``role`` in ``institution``, by login; disabled accounts left out."""
    return session.scalars(
        select(Account)
        .join(Membership)
        .where(
            Membership.institution_id == institution.id,
            Membership.role == role,
            Account.disabled_at.is_(None),
        )
        .order_by(Account.login)
    ).all()


def open_role_accounts(session: Session, institution: Institution, *, now: datetime) -> None:
    """Give a new institution one account for each step of the chain. Does not commit.

    They are the posts, not people: nobody can sign in as one until it has a password or a
    token, but what is entered for the post on paper can be recorded under its name.
    """
    for role, post in ROLE_ACCOUNTS.items():
        name = f"{institution.name_zh}{post.zh}"
        account = create_account(session, f"{institution.slug}.{post.en}", name, now=now)
        grant(session, account, role, institution)


def create_token(
    session: Session,
    account: Account,
    *,
    label: str,
    scopes: Sequence[str] = SCOPES,
    days: int,
    now: datetime,
) -> str:
    """Return a new bearer token: this once, for only its SHA-256 is kept. Does not commit."""
    unknown = sorted(set(scopes) - set(SCOPES))
    if unknown:
        raise Rejected(
            f"There is no scope {', '.join(unknown)}; the scopes are {', '.join(SCOPES)}."
        )
    secret = _TOKEN_PREFIX + secrets.token_urlsafe(32)
    session.add(
        ApiToken(
            account=account,
            label=label,
            sha256=_digest(secret),
            scopes=list(scopes),
            created_at=now,
            expires_at=now + timedelta(days=days),
            revoked_at=None,
        )
    )
    session.flush()
    return secret


def authenticate(session: Session, secret: str, *, now: datetime, channel: str = "api") -> Actor:
    """Return who a bearer token speaks for. Raises Unauthenticated, never saying why in detail."""
    token = session.scalars(select(ApiToken).where(ApiToken.sha256 == _digest(secret))).first()
    if (
        token is None
        or token.revoked_at is not None
        or token.expires_at <= now
        or token.account.disabled_at is not None
    ):
        raise Unauthenticated("The token is unknown, expired or revoked; ask for a new one.")
    return Actor(token.account, channel, frozenset(token.scopes))


def revoke_tokens(session: Session, account: Account, *, now: datetime) -> int:
    """Revoke every live token of ``account``; return how many. Does not commit."""
    live = session.scalars(
        select(ApiToken).where(ApiToken.account_id == account.id, ApiToken.revoked_at.is_(None))
    ).all()
    for token in live:
        token.revoked_at = now
    return len(live)


def require_role(actor: Actor, institution: Institution, *roles: Role) -> None:
    """Raise Forbidden unless ``actor`` holds one of ``roles`` in ``institution``."""
    if not actor.has_role(institution.id, *roles):
        wanted = " or ".join(roles)
        raise Forbidden(
            f"{actor.login} does not act as {wanted} for {institution.slug}; "
            "ask who keeps the accounts."
        )


def require_scope(actor: Actor, scope: str) -> None:
    """Raise Forbidden unless the way in allows ``scope``."""
    if scope not in actor.scopes:
        raise Forbidden(f"This token may not {scope}; use one with that scope.")


def _hash(password: str) -> str:
    if len(password) < MIN_PASSWORD_LENGTH:
        raise Rejected(f"A password has at least {MIN_PASSWORD_LENGTH} characters.")
    return _hasher.hash(password)


@cache
def _dummy_hash() -> str:
    """Return what an unknown login is compared with, so that the answer takes the same time."""
    return _hasher.hash(secrets.token_hex(16))


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
