"""Eleven weeks around a year whose holidays are told late; python -m tests.clock.year for all."""

from datetime import date

from tests.clock.year import run
from tests.effort import effort


def test_the_overdue_list_of_every_night_is_that_of_the_oracle(database_url, tmp_path):
    figures = run(
        database_url,
        tmp_path / "data",
        institutions=8,
        days=effort(77, 365),
        first=date(2026, 11, 16),
    )

    assert figures["differs"] is None
    assert figures["overdue_seen"] > 1000
    assert min(figures[name] for name in ("changes", "withdrawn", "stopped", "lifted")) > 20
