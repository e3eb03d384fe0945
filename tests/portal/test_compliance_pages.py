"""The scoreboard and what an institution owes, as people read it."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import delete

from gongkai.models import CalendarYear
from tests.services.obligation_rows import (
    TODAY,
    NoonSite,
    one_obligation,
    three_institutions,
)
from tests.web.fixtures import reader_of

FEES = "yunhe-blood/blood_fees"


@pytest.fixture
def owing(sqlite_site):
    site = NoonSite(sqlite_site.settings)
    three_institutions(site)
    one_obligation(site, FEES, due_on=TODAY - timedelta(days=7), state="overdue")
    one_obligation(
        site,
        "yunhe-blood/open_days",
        rule_key="schedule_before_start",
        occasion="period:2026-W11",
        due_on=TODAY + timedelta(days=9),
        provisional_year=2027,
    )
    one_obligation(
        site, "lihu-hospital/drug_prices", due_on=TODAY - timedelta(days=3), state="met_late"
    )
    yield site
    site.close()


@pytest.fixture
def reader(owing):
    return reader_of(owing)


def text_of(page):
    return " ".join(re.sub(r"<[^>]+>", " ", page.text).split())


def test_the_scoreboard_warns_when_the_calendar_ends_soon(owing, reader):
    assert "放假" not in text_of(reader.get("/compliance?lang=zh"))
    with owing.transaction() as session:
        session.execute(delete(CalendarYear).where(CalendarYear.year == 2026))

    assert (
        "2026" in text_of(reader.get("/compliance?lang=en")).partition("not been loaded")[0][-60:]
    )
    assert "2026年" in text_of(reader.get("/compliance?lang=zh"))


def test_the_scoreboard_says_in_words_what_is_overdue(reader):
    page = text_of(reader.get("/compliance?lang=en"))

    assert "Overdue 50.0% (1/2)" in page
    assert "云河市中心血站" in text_of(reader.get("/compliance?lang=zh"))
    assert "nothing due" in text_of(reader.get("/compliance?by=item&lang=en"))


@pytest.mark.parametrize("by", ["institution", "type", "item", "region"])
def test_every_grouping_can_be_reached_and_sorted_by_plain_links(reader, by):
    page = reader.get(f"/compliance?by={by}")
    links = re.findall(r'href="(/compliance\?[^"]+)"', page.text)

    assert any("sort=overdue" in link for link in links)
    assert 'aria-sort="descending"' in page.text
    assert "<script" not in page.text
    for link in set(links):
        assert reader.get(link.replace("&amp;", "&")).status_code == 200


def test_the_data_links_lead_to_the_same_lines(reader):
    page = reader.get("/compliance?by=type")
    links = [
        one.replace("&amp;", "&") for one in re.findall(r'href="(/api/[^"]+by=[^"]+)"', page.text)
    ]

    assert len(links) == 2
    answers = [reader.get(link) for link in links]
    assert {answer.mimetype for answer in answers} == {"text/csv", "application/json"}
    assert all("blood_station" in answer.text for answer in answers)


def test_an_institution_shows_overdue_first_then_estimates_with_the_reason(reader):
    page = text_of(reader.get("/compliance/yunhe-blood?lang=en"))

    assert page.index("Overdue · 1 obligation") < page.index("Provisional · 1 obligation")
    assert "6 working days late" in page
    assert "The public holidays of 2027 are not loaded yet" in page
    assert "MoH Order 75 (2010), art. 18" in page
    assert "Product default" in page
    assert "A2 Timeliness 20 0.0% (0/1) 0.00" in page
    assert reader.get("/compliance/nobody").status_code == 404


def test_a_dataset_shows_its_next_due_date_in_words(reader):
    late = text_of(reader.get(f"/datasets/{FEES}?lang=en"))
    estimate = text_of(reader.get("/datasets/yunhe-blood/open_days?lang=zh"))
    nothing = text_of(reader.get("/datasets/anhe-hospital/drug_prices?lang=en"))

    assert "should have been published by 23 February 2026 and is overdue" in late
    assert "暂定 2026年3月11日 · 2026年第11周" in estimate
    assert "产品默认期限" in estimate
    assert "Next due" not in nothing


@pytest.mark.parametrize(
    "query",
    ["by=x", "sort=x", "window=x", "region=x", "region=３７", "type=x", "item=' or 1", "after=x"],
)
def test_an_address_that_makes_no_sense_shows_the_usual_page(reader, query):
    assert reader.get(f"/compliance?{query}").status_code == 200


def test_an_unknown_item_or_institution_is_not_found(reader):
    assert reader.get("/compliance?item=nothing_such").status_code == 404
    assert reader.get("/compliance?institution=nobody").status_code == 404
