"""The audit log: a hash chain that is only added to."""

import hashlib
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from gongkai.db import lock_chain
from gongkai.models import AuditEntry
from gongkai.services.access import Actor

GENESIS = hashlib.sha256(b"gongkai audit chain, version 1").hexdigest()
_PREFIX = b"gongkai-audit-entry-1\n"


def record_act(
    session: Session, by: Actor, action: str, subject: str, *, now: datetime, **detail: Any
) -> AuditEntry:
    """Add one act to the chain, inside the transaction that does it. Does not commit."""
    lock_chain(session)
    last = session.scalars(select(AuditEntry).order_by(AuditEntry.id.desc()).limit(1)).first()
    entry = AuditEntry(
        id=last.id + 1 if last else 1,
        at=now.astimezone(UTC),
        actor=by.login,
        channel=by.channel,
        action=action,
        subject=subject,
        detail=detail,
        previous_hash=last.hash if last else GENESIS,
    )
    entry.hash = hash_of(entry)
    session.add(entry)
    session.flush()
    return entry


def hash_of(entry: AuditEntry) -> str:
    """Return the SHA-256 (hex) that an entry must have."""
    facts = {
        "id": entry.id,
        "at": entry.at.astimezone(UTC).isoformat(timespec="microseconds"),
        "actor": entry.actor,
        "channel": entry.channel,
        "action": entry.action,
        "subject": entry.subject,
        "detail": entry.detail,
        "previous_hash": entry.previous_hash,
    }
    canonical = json.dumps(facts, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(_PREFIX + canonical.encode()).hexdigest()


def broken_links(session: Session) -> Iterator[str]:
    """Yield a sentence for each place where the chain does not hold; nothing when it does."""
    previous_hash, expected_id = GENESIS, 1
    for entry in session.scalars(select(AuditEntry).order_by(AuditEntry.id)).yield_per(1000):
        if entry.id != expected_id:
            yield f"entry {expected_id} is missing before entry {entry.id}"
        if entry.previous_hash != previous_hash:
            yield f"entry {entry.id} does not follow the one before it"
        if hash_of(entry) != entry.hash:
            yield f"entry {entry.id} was changed after it was written"
        previous_hash, expected_id = entry.hash, entry.id + 1


def count_entries(session: Session) -> int:
    """Return how many acts the log holds."""
    last = session.scalars(select(AuditEntry.id).order_by(AuditEntry.id.desc()).limit(1)).first()
    return last or 0
