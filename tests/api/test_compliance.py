"""Obligations and the scoreboard over HTTP."""

import csv
import io
from datetime import timedelta

import pytest

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
    """A site with five obligations: overdue, due soon, provisional, met, and one far ahead."""
    site = NoonSite(sqlite_site.settings)
    three_institutions(site)
    one_obligation(site, FEES, due_on=TODAY - timedelta(days=7), state="overdue")
    one_obligation(site, FEES, number=1, due_on=TODAY + timedelta(days=2), state="due_soon")
    one_obligation(site, FEES, number=2, due_on=TODAY + timedelta(days=9), provisional_year=2027)
    one_obligation(
        site,
        "lihu-hospital/drug_prices",
        rule_key="starting_plan",
        occasion="start",
        due_on=TODAY - timedelta(days=3),
        state="met",
    )
    one_obligation(site, "lihu-hospital/disease_costs", due_on=TODAY + timedelta(days=50))
    yield site
    site.close()


@pytest.fixture
def reader(owing):
    return reader_of(owing)


def listed(reader, query=""):
    return reader.get(f"/api/v1/obligations?{query}").json


def test_obligations_come_by_due_date_with_rule_source_and_state(reader):
    found = listed(reader)

    assert [one["state"] for one in found["data"]] == [
        "overdue",
        "met",
        "due_soon",
        "provisional",
        "open",
    ]
    late, plan, _, estimate, _ = found["data"]
    assert late["dataset"] == FEES
    assert late["working_days_left"] == -6  # 28 February is worked
    assert late["rule"]["article"] == "18"
    assert (late["rule"]["is_default"], plan["rule"]["is_default"]) == (False, True)
    assert plan["occasion"]["title"]["zh"] == "起步计划"
    assert estimate["missing_year"] == 2027
    assert "2027" in estimate["reason"]["en"]
    assert found["page"]["total"] == 5


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("institution=yunhe-blood", 3),
        ("institution=nobody", 0),
        ("type=hospital", 2),
        ("item=blood_fees", 3),
        ("region=37", 3),
        ("region=none", 0),
        ("state=provisional", 1),
        ("state=open", 1),
        (f"due_from={TODAY}", 3),
        (f"due_to={TODAY}", 2),
    ],
)
def test_each_filter_narrows_the_list(reader, query, count):
    found = listed(reader, query)

    assert (len(found["data"]), found["page"]["total"]) == (count, count)


def test_pages_follow_one_another(reader):
    seen, query = [], "limit=2"
    while query:
        answer = reader.get(f"/api/v1/obligations?{query}")
        seen += [one["id"] for one in answer.json["data"]]
        following = answer.json["page"]["next"]
        assert bool(following) is ("Link" in answer.headers)
        query = f"limit=2&cursor={following}" if following else None

    assert len(seen) == len(set(seen)) == 5


@pytest.mark.parametrize("query", ["state=late", "due_from=tomorrow", "cursor=1", "owner=x"])
def test_what_makes_no_sense_is_refused(reader, query):
    assert reader.get(f"/api/v1/obligations?{query}").status_code == 400


def test_a_rate_never_goes_without_its_denominator(reader):
    found = reader.get("/api/v1/compliance").json

    assert [one["key"] for one in found["data"]] == ["yunhe-blood", "lihu-hospital"]
    late, kept = found["data"]
    assert late["rates"]["on_time"] == {"numerator": 0, "denominator": 1, "value": 0.0}
    assert kept["rates"]["on_time"] == {"numerator": 1, "denominator": 1, "value": 1.0}
    assert found["total"]["rates"]["on_time"]["value"] == 0.5
    assert found["window"] == {"since": "2025-03-03", "until": None}


def test_nothing_due_has_no_rate(reader):
    found = reader.get(f"/api/v1/compliance?since={TODAY + timedelta(days=40)}").json

    assert found["total"]["due"] == 0
    assert found["total"]["open"] == 1
    assert found["total"]["rates"]["on_time"]["value"] is None


def test_the_csv_has_every_line_and_an_empty_rate_where_nothing_was_due(reader):
    answer = reader.get("/api/v1/compliance?by=item&format=csv&limit=1&sort=key")
    rows = list(csv.DictReader(io.StringIO(answer.data.decode(), newline="")))

    assert answer.content_type == "text/csv; charset=utf-8"
    assert [row["key"] for row in rows] == ["blood_fees", "disease_costs", "drug_prices"]
    assert [row["on_time_rate"] for row in rows] == ["0.0", "", "1.0"]
    assert "attachment" in answer.headers["Content-Disposition"]


@pytest.mark.parametrize(
    "query",
    ["by=person", "sort=secret", "window=week", "since=2026-02-01&until=2026-01-01", "format=xml"],
)
def test_a_scoreboard_of_something_else_is_refused(reader, query):
    assert reader.get(f"/api/v1/compliance?{query}").status_code == 400


def test_a_dataset_tells_what_is_due_next(reader):
    due = reader.get(f"/api/v1/datasets/{FEES}").json["next_due"]

    assert due["due_on"] == str(TODAY - timedelta(days=7))
    assert due["state"] == "overdue"
    assert due["rule"]["key"] == "proactive_20wd"
    empty = reader.get("/api/v1/datasets/anhe-hospital/drug_prices").json
    assert empty["next_due"] is None
