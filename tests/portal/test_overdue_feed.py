"""The feed of what was not published in time."""

import json
from datetime import timedelta

import feedparser
import pytest

from gongkai.models.obligation import Obligation
from tests.services.obligation_rows import (
    TODAY,
    NoonSite,
    one_obligation,
    three_institutions,
)
from tests.web.fixtures import reader_of

FEES = "yunhe-blood/blood_fees"
DUE = TODAY - timedelta(days=7)


@pytest.fixture
def owing(sqlite_site):
    site = NoonSite(sqlite_site.settings)
    three_institutions(site)
    yield site
    site.close()


def late(site, number=0, days=1, **given):
    values = {"due_on": DUE, "state": "overdue", "overdue_on": TODAY - timedelta(days=days)}
    return one_obligation(site, FEES, number=number, **{**values, **given})


def entries(reader, query=""):
    return json.loads(reader.get(f"/feeds/overdue.json{query}").data)["items"]


def test_what_became_overdue_is_told_newest_first_with_its_source(owing):
    older, newer = late(owing, 0, days=5), late(owing, 1, days=1)
    one_obligation(owing, FEES, number=2)

    first, second = entries(reader_of(owing))

    assert first["id"] == f"tag:gongkai.example,2026-01-01:overdue/{newer}"
    assert second["id"].endswith(f"overdue/{older}")
    assert first["title"] == "逾期：云河市中心血站 临床用血收费标准"
    assert "2026年2月23日" in first["summary"]
    assert "第十八条" in first["summary"]
    assert first["date_published"] == f"{TODAY - timedelta(days=1)}T00:00:00+08:00"


def test_an_entry_stays_as_it_is_when_it_is_met_late(owing):
    made = late(owing)
    reader = reader_of(owing)
    before = reader.get("/feeds/overdue.atom")

    with owing.transaction() as session:
        session.get_one(Obligation, made).state = "met_late"

    assert reader_of(owing).get("/feeds/overdue.atom").data == before.data
    assert reader.get("/feeds/overdue.atom").headers["ETag"] == before.headers["ETag"]


@pytest.mark.parametrize("state", ["open", "suspended", "waived"])
def test_what_turned_out_not_to_be_late_leaves_the_feed(owing, state):
    made = late(owing)
    reader = reader_of(owing)
    assert len(entries(reader)) == 1

    with owing.transaction() as session:
        one = session.get_one(Obligation, made)
        one.state, one.waived_reason = state, "经批准。"

    assert entries(reader) == []


def test_every_format_reads_and_is_found_from_the_page(owing):
    late(owing)
    reader = reader_of(owing)
    page = reader.get("/compliance").text

    for extension in ("rss", "atom", "json"):
        assert f'href="/feeds/overdue.{extension}"' in page
    for extension in ("rss", "atom"):
        parsed = feedparser.parse(reader.get(f"/feeds/overdue.{extension}?lang=en").data)
        assert not parsed.bozo
        assert parsed.entries[0].title.startswith("Overdue: ")
