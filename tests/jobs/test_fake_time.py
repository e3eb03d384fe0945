"""`gongkai worker --once` under libfaketime, on hosts in other time zones, with jumping clocks."""

import shutil

import pytest

from tests.conftest import need
from tests.jobs.servers import gongkai, status_of


@pytest.fixture
def at():
    """Return the words that put a command at a moment in UTC."""
    need(shutil.which("faketime"), "faketime (apt-get install faketime)")
    return lambda moment: ("faketime", "-f", f"@{moment}")


def days_of(done):
    """Return the days whose periods `worker --once` says it opened."""
    assert done.returncode == 0, done.stderr
    lines = [line.split() for line in done.stdout.splitlines()]
    return [line[1].rstrip(":") for line in lines if line[0] == "open-periods"]


@pytest.mark.parametrize(
    ("zone", "before", "after"),
    [
        # faketime reads its moment in the host's zone: both are 2026-03-02 00:04 and 00:06 there.
        ("UTC", "2026-03-01 16:04:00", "2026-03-01 16:06:00"),
        ("America/New_York", "2026-03-01 11:04:00", "2026-03-01 11:06:00"),
    ],
)
def test_a_day_begins_in_shanghai_wherever_the_host_is(at, tmp_path, zone, before, after):
    folder = tmp_path / "data"

    seen = [
        days_of(gongkai(folder, "worker", "--once", prefix=at(moment), TZ=zone))
        for moment in (before, after)
    ]

    assert seen == [["2026-03-01"], ["2026-03-02"]]


def test_a_clock_that_jumps_repeats_no_day_and_passes_over_none(at, tmp_path):
    folder = tmp_path / "data"
    # Two days ahead, back, an hour, and on.
    moments = [f"2026-03-{day} 04:00:00" for day in ("02", "04", "02", "03", "05")]

    seen = [
        days_of(gongkai(folder, "worker", "--once", prefix=at(moment), TZ="UTC"))
        for moment in moments
    ]

    assert [seen[0], seen[2]] == [["2026-03-02"], []]
    days = [day for one in seen for day in one]
    assert len(days) == len(set(days))
    assert "2026-03-05" in days


def test_status_says_that_the_clock_was_set_back(at, tmp_path):
    folder = tmp_path / "data"
    gongkai(folder, "worker", "--once", prefix=at("2036-03-02 04:00:00"), TZ="UTC")

    assert status_of(folder)["mark-due"]["clock_set_back"]
