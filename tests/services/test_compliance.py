"""The scoreboard against a slow obvious count, and the list of obligations."""

import random
from collections import Counter
from datetime import date, timedelta

import pytest
from sqlalchemy import select

from gongkai.domain.compliance import Counts, Grouping, Line, Window, sort_lines, total
from gongkai.domain.records import BadCursor
from gongkai.domain.text import Text
from gongkai.errors import Rejected
from gongkai.models import Institution
from gongkai.models.obligation import ObligationState
from gongkai.services.compliance import Which, compliance, list_obligations, standing
from gongkai.testing import NOON
from tests.services.obligation_rows import (
    TODAY,
    one_obligation,
    random_obligations,
    three_institutions,
)

NAMES = {"met": "on_time", "met_late": "late"}


def obvious(one):
    """Return where an obligation stands on the NOON of TODAY, in the words of the scoreboard."""
    if one.state not in ("open", "due_soon", "overdue"):
        return NAMES.get(one.state, one.state)
    if one.provisional_year:
        return "provisional"
    is_late = one.due_at < NOON if one.due_at else one.due_on < TODAY
    return "overdue" if one.state == "overdue" or is_late else one.state


def counted(rows, key):
    found = {}
    for one in rows:
        found.setdefault(key(one), Counter())[obvious(one)] += 1
    return {name: Counts(**figures) for name, figures in found.items()}


@pytest.mark.parametrize(
    "window",
    [
        Window(),
        Window.last_year(TODAY),
        Window(TODAY - timedelta(days=100), TODAY),
        Window(until=date(2026, 1, 31)),
    ],
)
def test_every_grouping_counts_as_a_slow_obvious_count_does(site, window):
    three_institutions(site)
    with site.transaction() as session:
        rows = random_obligations(session, random.Random(75))
        of = {one.id: one for one in session.scalars(select(Institution))}
        since, until = window.since or date.min, window.until or date.max
        inside = [one for one in rows if since <= one.due_on <= until]
        keys = {
            Grouping.INSTITUTION: lambda one: of[one.institution_id].slug,
            Grouping.TYPE: lambda one: of[one.institution_id].type_key,
            Grouping.ITEM: lambda one: one.item_key,
            Grouping.REGION: lambda one: of[one.institution_id].region_code or "none",
        }
        for by, key in keys.items():
            lines = compliance(session, site.plugins, by, Which(window=window), now=NOON)
            assert {line.key: line.counts for line in lines} == counted(inside, key), by
            assert total(lines).total == len(inside)


def test_what_is_asked_for_is_all_that_is_counted(site):
    three_institutions(site)
    with site.transaction() as session:
        rows = random_obligations(session, random.Random(18))
        of = {one.id: one for one in session.scalars(select(Institution))}
        chosen = {
            Which(institution="yunhe-blood"): lambda o: of[o.institution_id].slug == "yunhe-blood",
            Which(type_key="hospital"): lambda o: of[o.institution_id].type_key == "hospital",
            Which(item="institution_profile"): lambda o: o.item_key == "institution_profile",
            Which(region="37"): lambda o: (of[o.institution_id].region_code or "")[:2] == "37",
            Which(region="none"): lambda o: of[o.institution_id].region_code is None,
        }
        for which, belongs in chosen.items():
            lines = compliance(session, site.plugins, Grouping.ITEM, which, now=NOON)
            expected = counted([one for one in rows if belongs(one)], lambda one: one.item_key)
            assert {line.key: line.counts for line in lines} == expected, which


@pytest.mark.parametrize("state", list(ObligationState))
def test_the_list_has_each_state_once_by_due_date_page_by_page(site, state):
    three_institutions(site)
    with site.transaction() as session:
        rows = random_obligations(session, random.Random(4), count=150)
        name = NAMES.get(state, state)
        wanted = sorted((o.due_on, o.id) for o in rows if obvious(o) == name)
        found, after, totals = [], None, set()
        while True:
            page = list_obligations(session, Which(), now=NOON, state=state, limit=7, after=after)
            assert all(standing(one, NOON) is state for one in page.items)
            found += [(one.due_on, one.id) for one in page.items]
            totals.add(page.total)
            after = page.next
            if after is None:
                break

    assert found == wanted
    assert totals == {len(wanted)}


def test_an_obligation_whose_day_has_passed_is_overdue_before_the_nightly_check(sqlite_site):
    three_institutions(sqlite_site)
    one_obligation(sqlite_site, due_on=TODAY - timedelta(days=1))

    with sqlite_site.reading() as session:
        (line,) = compliance(session, sqlite_site.plugins, Grouping.INSTITUTION, Which(), now=NOON)

    assert (line.counts.overdue, line.counts.open) == (1, 0)


def test_an_estimate_is_never_overdue_and_never_in_a_rate(sqlite_site):
    three_institutions(sqlite_site)
    one_obligation(sqlite_site, due_on=TODAY - timedelta(days=9), provisional_year=2027)

    with sqlite_site.reading() as session:
        (line,) = compliance(session, sqlite_site.plugins, Grouping.TYPE, Which(), now=NOON)

    assert (line.counts.provisional, line.counts.due) == (1, 0)
    assert line.counts.rates["on_time"].value is None


def test_a_rate_that_does_not_exist_comes_last_either_way():
    name = Text("", "")
    lines = [
        Line("none", name, Counts(open=3)),
        Line("half", name, Counts(on_time=1, late=1)),
        Line("all", name, Counts(on_time=1)),
    ]

    assert [line.key for line in sort_lines(lines, "-rate")] == ["all", "half", "none"]
    assert [line.key for line in sort_lines(lines, "rate")] == ["half", "all", "none"]
    with pytest.raises(Rejected):
        sort_lines(lines, "slug; drop")


def test_the_last_year_begins_a_day_after_a_year_ago_also_on_29_february():
    assert Window.last_year(date(2026, 11, 22)).since == date(2025, 11, 23)
    assert Window.last_year(date(2028, 2, 29)).since == date(2027, 3, 1)
    assert Window.of_month("2026-02") == Window(date(2026, 2, 1), date(2026, 2, 28))
    with pytest.raises(Rejected):
        Window.of_month("2026-13")


@pytest.mark.parametrize(
    "cursor", ["", "x", "2026-01-01", "2026-01-01.", "2026-01-01.-1", "2026-01-01.²"]
)
def test_a_cursor_of_another_list_is_refused(sqlite_site, cursor):
    with sqlite_site.reading() as session, pytest.raises(BadCursor):
        list_obligations(session, Which(), now=NOON, limit=1, after=cursor)
