"""An institution on a site whose time the test sets, on each database."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from gongkai.site import Site
from gongkai.testing import make_institution, make_settings
from tests.rectification.mending import MendingSite


@pytest.fixture
def blood(database_url: str, tmp_path: Path) -> Iterator[MendingSite]:
    """A blood station that joined on Monday, 2 March 2026."""
    site = MendingSite(make_settings(tmp_path / "data", database={"url": database_url}))
    make_institution(site)
    yield site
    site.close()


@pytest.fixture
def quick_blood(sqlite_site: Site) -> MendingSite:
    """The same where the database is not what the test is about."""
    site = MendingSite(sqlite_site.settings)
    make_institution(site)
    return site
