from datetime import UTC, datetime, time, timedelta

import pytest

from gongkai.domain.times import SHANGHAI
from gongkai.jobs.rhythms import Daily, Every, Monthly

RHYTHMS = [
    Every(5),
    Every(600),
    Every(3600),
    Every(86_400),
    Daily(time(0, 5)),
    Daily(time(23, 59)),
    Monthly(1, time(0, 30)),
    Monthly(28, time(8, 0)),
]


def shanghai(*parts):
    return datetime(*parts, tzinfo=SHANGHAI)


@pytest.mark.parametrize(
    ("now", "key"),
    [
        (shanghai(2026, 3, 2, 0, 4, 59), "2026-03-01"),
        (shanghai(2026, 3, 2, 0, 5), "2026-03-02"),
        (datetime(2026, 3, 1, 16, 4, tzinfo=UTC), "2026-03-01"),
        (datetime(2026, 3, 1, 16, 5, tzinfo=UTC), "2026-03-02"),
    ],
)
def test_a_day_begins_at_its_time_in_shanghai(now, key):
    assert Daily(time(0, 5)).current(now).key == key


def test_a_month_begins_on_its_day():
    monthly = Monthly(5, time(9, 0))

    assert monthly.current(shanghai(2026, 1, 5, 8, 59)).key == "2025-12"
    assert monthly.current(shanghai(2026, 1, 5, 9, 0)).key == "2026-01"
    assert monthly.after(monthly.current(shanghai(2026, 12, 31))).key == "2027-01"


def test_ten_minutes_begin_on_the_clock_and_are_named_in_local_time():
    period = Every(600).current(datetime(2026, 3, 2, 4, 19, 59, tzinfo=UTC))

    assert period.key == "2026-03-02T12:10:00+08:00"
    assert period.begins == shanghai(2026, 3, 2, 12, 10)


@pytest.mark.parametrize("rhythm", RHYTHMS)
@pytest.mark.parametrize("now", [shanghai(2025, 12, 31, 23, 59, 59), shanghai(2026, 2, 28, 8, 0)])
def test_periods_follow_one_another_without_gap_or_overlap(rhythm, now):
    period = rhythm.current(now)
    assert period.begins <= now < rhythm.after(period).begins
    for _ in range(40):
        following = rhythm.after(period)
        just_before = following.begins - timedelta(microseconds=1)
        assert period.begins < following.begins
        assert rhythm.current(following.begins) == following
        assert rhythm.current(just_before) == period
        period = following


def test_what_cannot_be_is_refused():
    with pytest.raises(ValueError, match="every month"):
        Monthly(29, time(0, 0))
    with pytest.raises(ValueError, match="second"):
        Every(0)
