"""An institution on a site whose time the test sets, on each database."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from gongkai.testing import make_institution, make_settings
from tests.clock.living import LivingSite


@pytest.fixture
def blood(database_url: str, tmp_path: Path) -> Iterator[LivingSite]:
    """A blood station that joined on Monday, 2 March 2026."""
    site = LivingSite(make_settings(tmp_path / "data", database={"url": database_url}))
    make_institution(site)
    yield site
    site.close()
