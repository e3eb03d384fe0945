"""Fixtures: a real site on a real database, on SQLite and on PostgreSQL."""

import os
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from gongkai.site import Site
from gongkai.testing import make_settings
from tests.databases import (
    PostgresqlTemplate,
    SqliteTemplate,
    running_postgresql,
    started_postgresql,
)

SHARED_DATA = Path(__file__).parents[2] / "shared" / "data"


def need(present: object, what: str) -> None:
    """Skip with a reason where ``what`` is missing; fail instead where CI=true."""
    if not present:
        if os.environ.get("CI") == "true":
            pytest.fail(f"{what} is missing; .ci/run installs it")
        pytest.skip(f"{what} is missing")


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> SqliteTemplate:
    return SqliteTemplate(tmp_path_factory.mktemp("sqlite"))


@pytest.fixture(scope="session")
def postgresql_template() -> Iterator[PostgresqlTemplate | None]:
    with ExitStack() as stack:
        address = running_postgresql() or stack.enter_context(started_postgresql())
        template = PostgresqlTemplate(address) if address else None
        yield template
        if template is not None:
            template.close()


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """An empty migrated database of each kind."""
    template = request.getfixturevalue(f"{request.param}_template")
    need(template, "PostgreSQL (apt-get install postgresql)")
    with template.database(tmp_path) as url:
        yield url


@pytest.fixture
def site(database_url: str, tmp_path: Path) -> Iterator[Site]:
    """An empty site with the shipped plugins, on each database."""
    made = Site(make_settings(tmp_path / "data", database={"url": database_url}))
    yield made
    made.close()


@pytest.fixture
def sqlite_url(sqlite_template: SqliteTemplate, tmp_path: Path) -> Iterator[str]:
    """An empty migrated SQLite database, where which one is not what the test is about."""
    with sqlite_template.database(tmp_path) as url:
        yield url


@pytest.fixture
def sqlite_site(sqlite_url: str, tmp_path: Path) -> Iterator[Site]:
    """An empty site on it."""
    made = Site(make_settings(tmp_path / "data", database={"url": sqlite_url}))
    yield made
    made.close()


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The real files beside the checkout; skip where they are not there."""
    if not SHARED_DATA.is_dir():
        pytest.skip("../shared/data is not beside this checkout")
    return SHARED_DATA
