"""Scores: each line by its formula, frozen, and computed again from the frozen facts alone."""

from datetime import timedelta

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DatabaseError

from gongkai.domain.compliance import Window
from gongkai.domain.score import FACTS, INDICATORS, score_of
from gongkai.domain.times import SHANGHAI
from gongkai.errors import Rejected
from gongkai.models import ScoreSnapshot
from gongkai.services.catalog import get_institution
from gongkai.services.score import (
    freeze_finished_months,
    freeze_scores,
    list_snapshots,
    recompute_score,
    score,
)
from gongkai.testing import NOON, publish_rows
from tests.services.obligation_rows import TODAY, one_obligation, three_institutions
from tests.web.fixtures import STOCK, stock_rows

EARLIER = TODAY - timedelta(days=20)


def line_of(found, code):
    return next(line for line in found.lines if line.code == code)


ALL_TIME = Window()


def scored(site, slug="yunhe-blood", window=ALL_TIME):
    with site.reading() as session:
        return score(session, get_institution(session, slug), window, now=NOON)


def test_the_weights_are_those_of_the_domain_and_sum_to_100():
    assert sum(one.weight for one in INDICATORS) == 100
    assert [one.code for one in INDICATORS] == (
        ["A1", "A2", "A3", "A4", "A5", "B1", "B2", "C1", "C2", "D1", "E1", "E2"]
    )


def test_what_does_not_apply_is_left_out_of_the_denominator():
    found = score_of({"owed": 4, "published": 1, "due": 2, "on_time": 2})

    assert found.weight == 35
    assert found.value == round(100 * (15 * 0.25 + 20) / 35, 1)
    assert line_of(found, "B1").value is None
    assert line_of(found, "C1").explanation.en.endswith("left out.")


def test_without_anything_to_count_there_is_no_score():
    assert score_of({}).value is None


def test_timeliness_leaves_estimates_suspensions_and_waivers_out(site):
    three_institutions(site)
    given = [
        {"state": "met"},
        {"state": "met"},
        {"state": "met_late"},
        {"state": "overdue"},
        {"state": "open"},  # past its day: overdue though no check has run
        {"state": "open", "provisional_year": 2027},
        {"state": "suspended"},
        {"state": "waived", "waived_reason": "经批准。"},
    ]
    for number, one in enumerate(given):
        one_obligation(site, number=number, due_on=EARLIER, **one)

    line = line_of(scored(site), "A2")

    assert (line.numerator, line.denominator, line.points) == (2, 5, 8.0)


def test_the_annual_report_and_freshness_follow_from_what_is_overdue(site):
    three_institutions(site)
    one_obligation(site, "yunhe-blood/annual_report_stats", due_on=EARLIER, state="overdue")

    found = scored(site)

    assert (line_of(found, "D1").numerator, line_of(found, "D1").denominator) == (0, 1)
    assert (line_of(found, "A3").numerator, line_of(found, "A3").denominator) == (0, 1)
    assert line_of(scored(site, "lihu-hospital"), "D1").value is None


def test_a_published_dataset_counts_for_coverage_quality_readability_and_review(site):
    three_institutions(site)
    publish_rows(site, STOCK, stock_rows(4))

    found = scored(site)

    assert line_of(found, "A1").numerator == 1
    assert line_of(found, "A4").denominator == 4
    assert (line_of(found, "A5").value, line_of(found, "C1").value) == (1.0, 1.0)
    assert line_of(scored(site, "lihu-hospital"), "C1").value is None


def test_a_frozen_score_is_what_was_shown_whatever_happens_later(site):
    three_institutions(site)
    one_obligation(site, due_on=NOON.date().replace(month=2, day=10), state="met")
    shown = scored(site, window=Window.of_month("2026-02"))
    with site.transaction() as session:
        assert freeze_scores(session, "2026-02", now=NOON) == 0  # founded in March
        session.execute(text("UPDATE institution SET created_at = '2026-01-01 00:00:00'"))
        assert freeze_scores(session, "2026-02", now=NOON) == 3
        assert freeze_scores(session, "2026-02", now=NOON + timedelta(days=3)) == 0

    one_obligation(site, number=5, due_on=NOON.date().replace(month=2, day=11), state="overdue")

    with site.reading() as session:
        (frozen,) = list_snapshots(session, get_institution(session, "yunhe-blood"))
        assert set(frozen.data["facts"]) == set(FACTS)
        assert recompute_score(frozen) == shown
    assert scored(site, window=Window.of_month("2026-02")) != shown


@pytest.mark.parametrize(
    "statement", ["UPDATE score_snapshot SET period = '2020-01'", "DELETE FROM score_snapshot"]
)
def test_the_database_lets_nobody_change_what_is_frozen(site, statement):
    three_institutions(site)
    with site.transaction() as session:
        session.execute(text("UPDATE institution SET created_at = '2026-01-01 00:00:00'"))
        freeze_scores(session, "2026-02", now=NOON)

    with pytest.raises(DatabaseError, match="never changed"), site.transaction() as session:
        session.execute(text(statement))


def test_facts_that_are_not_those_that_were_frozen_are_refused(sqlite_site):
    three_institutions(sqlite_site)
    with sqlite_site.transaction() as session:
        session.execute(text("UPDATE institution SET created_at = '2026-01-01 00:00:00'"))
        freeze_scores(session, "2026-02", now=NOON)
    with sqlite_site.reading() as session:
        frozen = session.scalars(select(ScoreSnapshot)).first()
        session.expunge(frozen)
        frozen.data = {**frozen.data, "facts": {**frozen.data["facts"], "on_time": 9}}

        with pytest.raises(Rejected, match="not those that were frozen"):
            recompute_score(frozen)


@pytest.mark.parametrize("month", ["2026-03", "2026-04", "March", "2026-3"])
def test_a_month_that_runs_or_is_none_cannot_be_frozen(sqlite_site, month):
    with sqlite_site.transaction() as session, pytest.raises(Rejected):
        freeze_scores(session, month, now=NOON)
    assert NOON.astimezone(SHANGHAI).month == 3


@pytest.mark.parametrize(
    ("newest", "frozen"),
    [
        (None, ["2026-02"]),
        ("2026-02", []),
        ("2025-11", ["2025-12", "2026-01", "2026-02"]),
        ("2020-01", [f"2025-{month:02}" for month in range(3, 13)] + ["2026-01", "2026-02"]),
    ],
)
def test_every_month_since_the_newest_frozen_one_is_frozen(sqlite_site, newest, frozen):
    three_institutions(sqlite_site)
    with sqlite_site.transaction() as session:
        session.execute(text("UPDATE institution SET created_at = '2019-01-01 00:00:00'"))
        if newest:
            freeze_scores(session, newest, now=NOON)

        assert freeze_finished_months(session, now=NOON) == 3 * len(frozen)
        assert freeze_finished_months(session, now=NOON) == 0

        periods = set(session.scalars(select(ScoreSnapshot.period)))
        assert sorted(periods - {newest}) == frozen
