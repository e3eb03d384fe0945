"""The database: base class, column types, engines, and events that wait for the commit."""

import json
import sqlite3
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    Connection,
    DateTime,
    Dialect,
    Engine,
    MetaData,
    String,
    create_engine,
    event,
    text,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column
from sqlalchemy.types import TypeDecorator

from gongkai.domain.events import Event, event_as_json

# SQLite's WAL-reset bug, which loses committed pages, is mended in 3.51.3 (RELIABILITY.md no. 7).
WAL_IS_SAFE_FROM = (3, 51, 3)
_CHAIN_LOCK = 0x676F6E67


class Instant(TypeDecorator[datetime]):
    """An aware instant, stored in UTC and returned in UTC on every database."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("an instant needs a time zone")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Base(DeclarativeBase):
    """What every table shares: names of constraints that migrations can rely on."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(column_0_label)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {  # noqa: RUF012 - SQLAlchemy reads it as a plain class attribute
        datetime: Instant(),
        dict[str, Any]: JSON(),
        list[Any]: JSON(),
    }


class Outbox(Base):
    """An event that happened, waiting to be announced to plugins; written with its cause."""

    __tablename__ = "outbox"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    name: Mapped[str] = mapped_column(String(40))
    payload: Mapped[dict[str, Any]]
    recorded_at: Mapped[datetime]
    announced_at: Mapped[datetime | None]


def record(session: Session, what: Event, *, now: datetime) -> None:
    """Keep ``what`` for announcement after the commit; it is lost with a rollback."""
    session.add(
        Outbox(id=uuid.uuid4().hex, name=what.name, payload=event_as_json(what), recorded_at=now)
    )


def connect(url: str) -> Engine:
    """Return an engine whose durability and locking are as RELIABILITY.md §3.3 asks."""
    if url.startswith("sqlite"):
        engine = create_engine(url, json_serializer=_dumps, connect_args={"timeout": 10.0})
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        return engine
    return create_engine(
        url,
        json_serializer=_dumps,
        pool_pre_ping=True,
        connect_args={
            "options": "-c statement_timeout=60000 -c lock_timeout=10000 "
            "-c idle_in_transaction_session_timeout=120000 -c timezone=UTC"
        },
    )


@contextmanager
def transaction(engine: Engine) -> Iterator[Session]:
    """Open a session that writes, commits at the end, and rolls back on any exception."""
    with engine.connect() as connection:
        writing = connection.execution_options(gongkai_writes=True)
        with Session(writing, expire_on_commit=False) as session, session.begin():
            yield session


@contextmanager
def reading(engine: Engine) -> Iterator[Session]:
    """Open a session that only reads, over one consistent state."""
    with Session(engine, autoflush=False, expire_on_commit=False) as session:
        yield session


def lock_chain(session: Session) -> None:
    """Let only one transaction at a time add to the audit chain (SQLite does so anyway)."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _CHAIN_LOCK})


def _dumps(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def _prepare_sqlite(connection: Any, _: Any) -> None:
    connection.isolation_level = None  # BEGIN is ours: see _begin_sqlite
    cursor = connection.cursor()
    journal = "WAL" if sqlite3.sqlite_version_info >= WAL_IS_SAFE_FROM else "DELETE"
    synchronous = "FULL" if journal == "WAL" else "EXTRA"
    for pragma in (
        "foreign_keys=ON",
        "busy_timeout=10000",
        f"journal_mode={journal}",
        f"synchronous={synchronous}",
        "mmap_size=0",
        "cache_size=-65536",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    # A writer takes the lock at once: two that upgrade from a read would deadlock.
    writes = connection.get_execution_options().get("gongkai_writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
