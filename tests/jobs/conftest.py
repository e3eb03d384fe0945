"""A site on each database whose clock is the test's, with a table that counts effects."""

import pytest

from gongkai.testing import make_settings
from tests.jobs.frozen import FrozenSite, make_effect_table


@pytest.fixture
def frozen(database_url, tmp_path):
    site = FrozenSite(make_settings(tmp_path / "data", database={"url": database_url}))
    make_effect_table(site.engine)
    yield site
    site.close()
