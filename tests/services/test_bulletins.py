"""The monthly notice: figures with denominators, signed like any other notice."""

from datetime import date

import pytest

from gongkai.errors import Forbidden, Rejected
from gongkai.models.draft import DraftKind, DraftState, Step
from gongkai.services.bulletins import draft_bulletin, write_bulletin
from gongkai.services.news import render_markdown
from gongkai.testing import NOON, actor
from tests.services.obligation_rows import one_obligation, three_institutions

FEBRUARY = date(2026, 2, 10)


def test_it_is_a_draft_of_the_institution_with_the_figures_of_the_month(sqlite_site):
    three_institutions(sqlite_site)
    one_obligation(sqlite_site, due_on=FEBRUARY, state="met")
    one_obligation(sqlite_site, number=1, due_on=FEBRUARY, state="overdue")
    one_obligation(sqlite_site, number=2, due_on=date(2026, 1, 9), state="overdue")
    by = actor(sqlite_site, Step.SUBMIT)

    with sqlite_site.transaction() as session:
        draft = draft_bulletin(session, sqlite_site, "yunhe-blood", "2026-02", by)

    assert (draft.kind, draft.state) == (DraftKind.NEWS, DraftState.DRAFT)
    assert draft.body["title"] == "2026年2月信息公开履责情况通报"
    text = draft.body["body_markdown"]
    assert "1家机构共有2项信息到期应公开：按时公开1项，按时率50.0%（1/2）" in text
    assert "| 云河市中心血站 | 2 | 1 | 0 | 1 | 50.0%（1/2） | █████░░░░░ |" in text
    assert "2026年2月10日" in text
    html = render_markdown(text)
    assert html.count("<table>") == 3
    assert "/api/v1/compliance?since=2026-02-01" in html


def test_names_cannot_break_the_table_or_write_markup(sqlite_site):
    three_institutions(sqlite_site)
    with sqlite_site.transaction() as session:
        session.connection().exec_driver_sql(
            "UPDATE institution SET name_zh = 'a|<b>[x](http://y)'"
        )
    one_obligation(sqlite_site, due_on=FEBRUARY, state="overdue")

    with sqlite_site.reading() as session:
        text = write_bulletin(session, sqlite_site.plugins, "2026-02", base_url="", now=NOON)

    html = render_markdown(text)
    assert "a|&lt;b&gt;[x](http://y)" in html
    assert 'http://y"' not in html


def test_a_month_without_anything_due_tells_nothing(sqlite_site):
    three_institutions(sqlite_site)
    with sqlite_site.reading() as session, pytest.raises(Rejected):
        write_bulletin(session, sqlite_site.plugins, "2026-02", base_url="", now=NOON)


def test_only_a_submitter_drafts_it(sqlite_site):
    three_institutions(sqlite_site)
    one_obligation(sqlite_site, due_on=FEBRUARY, state="overdue")
    by = actor(sqlite_site, Step.SUBMIT, "lihu-hospital")

    with sqlite_site.transaction() as session, pytest.raises(Forbidden):
        draft_bulletin(session, sqlite_site, "yunhe-blood", "2026-02", by)
