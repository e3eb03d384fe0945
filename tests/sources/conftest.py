"""A blood station, a folder that the operator allows, and a server that may be called."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from gongkai.domain.identifiers import DatasetId
from gongkai.models import Draft, Obligation, OpenedBy, WatchedSource
from gongkai.models.draft import Step
from gongkai.services.source_registry import get_source, register_source
from gongkai.services.sources import check_source, fetch_sources
from gongkai.testing import actor, make_institution, make_settings
from tests.clock.living import LivingSite
from tests.sources.serving import Serving, serving

COSTS = "yunhe-blood/blood_costs"


@dataclass
class Watching:
    """A site with sources, and what came of them."""

    site: LivingSite
    folder: Path

    def add(self, address: object, every: int = 60, **given: Any) -> WatchedSource:
        return register_source(
            self.site,
            DatasetId.parse(given.pop("dataset", COSTS)),
            str(address),
            every_minutes=every,
            by=given.pop("by", None) or actor(self.site, Step.SUBMIT),
            now=self.site.now(),
        )

    def check(self, source: WatchedSource) -> str:
        by = actor(self.site, Step.SUBMIT)
        return check_source(self.site, source.id, by=by, now=self.site.now()).value

    def later(self, **span: float) -> int:
        """Let time pass and the job run; return how many sources had changed."""
        self.site.today += timedelta(**span)
        return fetch_sources(self.site, self.site.now())

    def now_of(self, source: WatchedSource) -> WatchedSource:
        with self.site.reading() as session:
            return get_source(session, source.id)

    def drafts(self) -> list[Draft]:
        with self.site.reading() as session:
            return list(session.scalars(select(Draft).order_by(Draft.created_at)).unique())

    def clocks(self) -> list[Obligation]:
        """Return what watching opened."""
        query = select(Obligation).where(Obligation.opened_by == OpenedBy.WATCH)
        with self.site.reading() as session:
            return list(session.scalars(query.order_by(Obligation.trigger_on)).unique())


@pytest.fixture
def server() -> Iterator[Serving]:
    with serving() as made:
        yield made


@pytest.fixture
def watching(database_url: str, tmp_path: Path, server: Serving) -> Iterator[Watching]:
    """On each database."""
    yield from _watching(database_url, tmp_path, server)


@pytest.fixture
def quick(sqlite_template: Any, tmp_path: Path, server: Serving) -> Iterator[Watching]:
    """The same where the database is not what the test is about."""
    with sqlite_template.database(tmp_path) as url:
        yield from _watching(url, tmp_path, server)


def _watching(url: str, tmp_path: Path, server: Serving) -> Iterator[Watching]:
    folder = tmp_path / "his"
    folder.mkdir()
    settings = make_settings(
        tmp_path / "data",
        database={"url": url},
        outgoing={
            "allow_http": True,
            "ports": [str(server.server_address[1])],
            "allowed_hosts": ["127.0.0.1"],
        },
        sources={"allowed_folders": [str(folder)], "file_bytes": 4096, "timeout_seconds": 1.0},
    )
    site = LivingSite(settings)
    make_institution(site)
    yield Watching(site, folder)
    site.close()
