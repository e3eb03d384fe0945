"""Idempotency-Key (IETF draft-07): the same request twice has one effect and one answer."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from gongkai.errors import KeyReused, Rejected, StillRunning
from gongkai.models import IdempotentRequest
from gongkai.services.access import Actor

KEPT = timedelta(days=7)
# A request that died without an answer may be tried again after this.
ABANDONED = timedelta(minutes=15)
MAX_KEY = 200


@dataclass(frozen=True)
class StoredAnswer:
    """The answer that the first request with this key got."""

    status: int
    body: bytes
    location: str | None


def begin(
    session: Session, by: Actor, key: str, request_sha256: str, *, now: datetime
) -> StoredAnswer | None:
    """Claim ``key``, or return the answer it has already. Does not commit.

    Raises KeyReused when it came with another request, StillRunning while the first runs.
    """
    if not key or len(key) > MAX_KEY or not key.isprintable():
        raise Rejected(f"An Idempotency-Key has 1 to {MAX_KEY} printable characters.")
    session.execute(delete(IdempotentRequest).where(IdempotentRequest.started_at < now - KEPT))
    earlier = session.get(IdempotentRequest, (by.account.id, key), with_for_update=True)
    if earlier is not None:
        if earlier.request_sha256 != request_sha256:
            raise KeyReused("This Idempotency-Key came with another request; use a new key.")
        if earlier.status is not None:
            return StoredAnswer(earlier.status, earlier.body or b"", earlier.location)
        if earlier.started_at > now - ABANDONED:
            raise StillRunning("The first request with this Idempotency-Key is still running.")
        earlier.started_at = now
        return None
    session.add(
        IdempotentRequest(
            account_id=by.account.id, key=key, request_sha256=request_sha256, started_at=now
        )
    )
    try:
        session.flush()
    except IntegrityError as error:
        raise StillRunning("The first request with this Idempotency-Key is running.") from error
    return None


def finish(
    session: Session, by: Actor, key: str, *, status: int, body: bytes, location: str | None
) -> None:
    """Keep the answer for whoever asks again. Does not commit."""
    request = session.get_one(IdempotentRequest, (by.account.id, key))
    request.status, request.body, request.location = status, body, location


def abandon(session: Session, by: Actor, key: str) -> None:
    """Free ``key`` after a failure that had no effect, so that it may be tried again."""
    request = session.get(IdempotentRequest, (by.account.id, key))
    if request is not None and request.status is None:
        session.delete(request)
