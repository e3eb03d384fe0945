"""The site: database, plugins, blobs and settings, shared by a request, a job, a command."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from gongkai import db
from gongkai.blobs import BlobStore, LocalBlobs
from gongkai.domain.times import SHANGHAI
from gongkai.migrations import upgrade
from gongkai.plugins import Plugins, load_plugins
from gongkai.services.announcing import announce_pending
from gongkai.services.calendar import SEED, seed_calendar, years_to_seed
from gongkai.services.clock import clock_of
from gongkai.services.clock_checks import recompute
from gongkai.settings import Settings


@dataclass
class Site:
    """One running Gongkai. Cheap to make; nothing is opened before it is used."""

    settings: Settings

    @cached_property
    def engine(self) -> Engine:
        self.settings.storage.data.mkdir(parents=True, exist_ok=True)
        return db.connect(self.settings.database_url)

    @cached_property
    def plugins(self) -> Plugins:
        chosen = self.settings.plugins
        return load_plugins(chosen.modules, disabled=chosen.disabled)

    @cached_property
    def blobs(self) -> BlobStore:
        return LocalBlobs(self.settings.storage.blobs)

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        """Open a session that writes; commit at the end, then announce what was recorded.

        An exception rolls everything back and announces nothing.
        """
        with db.transaction(self.engine) as session:
            yield session
        announce_pending(self.engine, self.plugins, now=self.now())

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """Open a session that only reads."""
        with db.reading(self.engine) as session:
            yield session

    def migrate(self) -> None:
        """Bring the database to the newest schema, and the calendar to the years that the
        installed chinesecalendar knows. Safe to run twice.
        """
        upgrade(self.engine)
        with self.reading() as session:
            if not years_to_seed(session):
                # The usual case, at every command: no other writer has to wait for it.
                return
        with db.transaction(self.engine) as session:
            years = seed_calendar(session, now=self.now())
            if years:
                clock = clock_of(session, self.plugins)
                since = date(min(years), 1, 1)
                recompute(session, clock, now=self.now(), actor=SEED, since=since)

    def now(self) -> datetime:
        """Return the present instant in Asia/Shanghai: the one clock of the site."""
        return datetime.now(SHANGHAI)

    def close(self) -> None:
        """Give back the database connections."""
        if "engine" in self.__dict__:
            self.engine.dispose()
