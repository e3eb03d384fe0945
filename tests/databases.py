"""The databases that tests run on: SQLite files and PostgreSQL, running or started."""

import os
import shutil
import socket
import subprocess
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from psycopg import sql
from sqlalchemy import Engine

from gongkai import db
from gongkai.migrations import upgrade
from gongkai.services.calendar import seed_calendar
from gongkai.testing import NOON


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def running_postgresql() -> str | None:
    """Return the address of a server that lets us in on loopback, or None."""
    for address in (os.environ.get("TEST_POSTGRESQL"), "postgresql://postgres@127.0.0.1:5432"):
        if address is None:
            continue
        try:
            with psycopg.connect(f"{address}/postgres", connect_timeout=3):
                return address
        except psycopg.OperationalError:
            continue
    return None


@contextmanager
def started_postgresql() -> Iterator[str | None]:
    """Start a server of our own on a free port, and stop it; None where none is installed."""
    binaries = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    if not binaries:
        yield None
        return
    as_user = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
    folder = Path(tempfile.mkdtemp(prefix="gongkai-pg-"))
    if as_user:
        shutil.chown(folder, "postgres")
    port, data = free_port(), folder / "data"
    init = [*as_user, f"{binaries[-1]}/initdb", "-D", data, "-U", "postgres", "-A", "trust"]
    subprocess.run(init, check=True, capture_output=True)
    options = f"-p {port} -c listen_addresses=127.0.0.1 -k {folder} -c fsync=off"
    control = [*as_user, f"{binaries[-1]}/pg_ctl", "-D", data, "-w"]
    start = [*control, "-o", options, "-l", folder / "log", "start"]
    subprocess.run(start, check=True, capture_output=True)
    try:
        yield f"postgresql://postgres@127.0.0.1:{port}"
    finally:
        subprocess.run([*control, "-m", "immediate", "stop"], check=True, capture_output=True)
        shutil.rmtree(folder, ignore_errors=True)


def _prepare(engine: Engine) -> None:
    """Do what Site.migrate does: the schema, and the years that the library knows."""
    upgrade(engine)
    with db.transaction(engine) as session:
        seed_calendar(session, now=NOON)


class SqliteTemplate:
    """A migrated SQLite file to copy for each test."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / "template.db"
        engine = db.connect(f"sqlite:///{self._path}")
        _prepare(engine)
        engine.dispose()

    @contextmanager
    def database(self, folder: Path) -> Iterator[str]:
        path = folder / "gongkai.db"
        shutil.copyfile(self._path, path)
        yield f"sqlite:///{path}"


class PostgresqlTemplate:
    """A migrated PostgreSQL database to copy for each test."""

    def __init__(self, address: str) -> None:
        self._address = address
        self._template = f"gongkai_test_{uuid.uuid4().hex[:12]}"
        self._admin("CREATE DATABASE {}", self._template)
        engine = db.connect(self._url(self._template))
        _prepare(engine)
        engine.dispose()

    @contextmanager
    def database(self, folder: Path) -> Iterator[str]:  # noqa: ARG002 - as SqliteTemplate
        name = f"{self._template}_{uuid.uuid4().hex[:12]}"
        self._admin("CREATE DATABASE {} TEMPLATE {}", name, self._template)
        try:
            yield self._url(name)
        finally:
            self._admin("DROP DATABASE {} WITH (FORCE)", name)

    def close(self) -> None:
        self._admin("DROP DATABASE {} WITH (FORCE)", self._template)

    def _url(self, name: str) -> str:
        return self._address.replace("postgresql://", "postgresql+psycopg://") + f"/{name}"

    def _admin(self, statement: str, *names: str) -> None:
        with psycopg.connect(f"{self._address}/postgres", autocommit=True) as connection:
            composed = sql.SQL(statement).format(*(sql.Identifier(name) for name in names))
            connection.execute(composed)
