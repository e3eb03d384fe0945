"""The year of the demonstration can be replayed event by event."""

from collections import Counter
from collections.abc import Callable
from datetime import date, timedelta
from itertools import pairwise

import pytest

from gongkai.domain.items import DisclosureItem
from gongkai.samples.institutions import INSTITUTIONS, sample_institution
from gongkai.samples.scene import Row
from gongkai.samples.story import (
    PublishNews,
    PublishRelease,
    StoryEvent,
    WithdrawRelease,
    demo_story,
)

Items = dict[str, DisclosureItem]
TODAY = date(2026, 11, 22)


@pytest.fixture(scope="module")
def story(items: Items) -> list[StoryEvent]:
    return demo_story(items, today=TODAY)


def releases(story: list[StoryEvent]) -> list[PublishRelease]:
    return [event for event in story if isinstance(event, PublishRelease)]


def test_the_year_has_enough_of_everything_and_starts_quickly(story: list[StoryEvent]) -> None:
    found = releases(story)
    versions = Counter((release.institution, release.item_key) for release in found)

    assert 120 <= len(found) <= 165
    assert sum(len(release.rows) for release in found) < 40_000
    assert sum(release.correction for release in found) >= 2
    assert sum(isinstance(event, WithdrawRelease) for event in story) >= 1
    assert sum(isinstance(event, PublishNews) for event in story) >= 8
    assert versions["yunhe-blood", "blood_inventory"] >= 10
    assert versions["yunhe-cdc", "notifiable_diseases_monthly"] == 12
    assert {sample_institution(release.institution).type_key for release in found} == {
        institution.type_key for institution in INSTITUTIONS
    }


def test_events_come_in_time_order_in_office_hours_before_today(story: list[StoryEvent]) -> None:
    assert all(before.at < after.at for before, after in pairwise(story))
    for event in story:
        assert event.at.utcoffset() == timedelta(hours=8)
        assert TODAY - timedelta(days=366) < event.at.date() < TODAY
        assert event.at.weekday() < 5
        assert 8 <= event.at.hour < 18


@pytest.mark.parametrize("today", [TODAY, date(2026, 3, 5), date(2024, 2, 29)])
def test_each_release_is_valid_beside_those_current_and_changes_something(
    items: Items, problems_of: Callable[..., list[str]], today: date
) -> None:
    current: dict[str, dict[str, list[Row]]] = {}
    for release in releases(demo_story(items, seed=5, today=today)):
        others = current.setdefault(release.institution, {})
        item, body = items[release.item_key], sample_institution(release.institution)
        assert item.is_owed_by(body.service_kinds)
        assert body.is_public or not item.public_bodies_only
        assert problems_of(item.table_schema, release.rows, others)[:3] == [], release.item_key
        assert release.rows != others.get(release.item_key)
        others[release.item_key] = release.rows


def test_a_release_says_what_changed_and_when_it_was_formed(story: list[StoryEvent]) -> None:
    for release in releases(story):
        assert release.change_note.endswith("。")
        assert "{" not in release.change_note
        assert release.formed_on <= release.at.date()


def test_a_correction_follows_its_mistake_and_differs_in_that_line_only(
    story: list[StoryEvent],
) -> None:
    last: dict[tuple[str, str], PublishRelease] = {}
    for release in releases(story):
        dataset = (release.institution, release.item_key)
        if release.correction:
            wrong = [row for row in last[dataset].rows if row not in release.rows]
            assert len(wrong) == 1
            assert release.at - last[dataset].at < timedelta(days=8)
            assert release.formed_on == last[dataset].formed_on
        last[dataset] = release


def test_a_withdrawal_is_of_the_release_before_it_and_has_a_reason(
    story: list[StoryEvent],
) -> None:
    last: dict[tuple[str, str], PublishRelease] = {}
    for event in story:
        if isinstance(event, WithdrawRelease):
            before = last[event.institution, event.item_key]
            assert timedelta() < event.at - before.at < timedelta(days=8)
            assert event.reason.endswith("。")
        elif isinstance(event, PublishRelease):
            last[event.institution, event.item_key] = event


def test_news_are_told_by_institutions_that_exist(story: list[StoryEvent]) -> None:
    news = [event for event in story if isinstance(event, PublishNews)]

    assert {event.institution for event in news} <= {body.slug for body in INSTITUTIONS}
    assert len({event.title for event in news}) == len(news)
    assert any("---" in event.body_markdown for event in news)


def test_the_same_day_and_seed_tell_the_same_story(items: Items, story: list[StoryEvent]) -> None:
    assert demo_story(items, today=TODAY) == story


def test_items_that_are_not_installed_are_left_out(items: Items) -> None:
    only = {"blood_inventory": items["blood_inventory"]}

    found = releases(demo_story(only, today=TODAY))

    assert {release.item_key for release in found} == {"blood_inventory"}
