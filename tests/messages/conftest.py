"""Sites with people who can be written to."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.clock.living import LivingSite
from tests.messages.people import make_living
from tests.services.receivers import Receiver


@pytest.fixture
def living(database_url: str, tmp_path: Path) -> Iterator[LivingSite]:
    """A blood station with mail addresses, on Monday, 2 March 2026, on each database."""
    made = make_living(database_url, tmp_path / "data")
    yield made
    made.close()


@pytest.fixture
def make_site_with(database_url: str, tmp_path: Path) -> Iterator[object]:
    """Make an empty site with settings of its own."""
    made: list[LivingSite] = []

    def make(**sections: object) -> LivingSite:
        made.append(make_living(database_url, tmp_path / "data", slug=None, **sections))
        return made[-1]

    yield make
    for one in made:
        one.close()


@pytest.fixture
def open_receiver() -> Iterator[object]:
    """Start servers of tests.services.receivers."""
    opened: list[Receiver] = []

    def start(behave: object) -> Receiver:
        opened.append(Receiver(behave))
        return opened[-1]

    yield start
    for one in opened:
        one.close()
