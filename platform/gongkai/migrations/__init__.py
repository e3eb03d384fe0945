"""Alembic migrations, run by code: one transaction, one node at a time."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, text

_LOCK = 0x676F6E68


def upgrade(engine: Engine, revision: str = "head") -> None:
    """Bring the database to ``revision``. Safe to run twice and by several nodes at once."""
    if revision == "head" and is_current(engine):
        return
    _run(engine, revision, command.upgrade)


def downgrade(engine: Engine, revision: str) -> None:
    """Take the database back to ``revision`` ("base" drops every table)."""
    _run(engine, revision, command.downgrade)


def is_current(engine: Engine) -> bool:
    """Tell whether the database has the schema that this code needs."""
    with engine.connect() as connection:
        present = MigrationContext.configure(connection).get_current_revision()
    return present == ScriptDirectory.from_config(_config()).get_current_head()


def _run(engine: Engine, revision: str, verb: object) -> None:
    config = _config()
    with engine.connect().execution_options(gongkai_writes=True) as connection, connection.begin():
        if connection.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
        config.attributes["connection"] = connection
        verb(config, revision)  # type: ignore[operator]


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    return config
