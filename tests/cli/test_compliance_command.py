"""`gongkai compliance` on a terminal and for programs."""

import json

import pytest
from click.testing import CliRunner

from gongkai.cli.compliance import compliance
from gongkai.errors import Rejected
from tests.services.obligation_rows import TODAY, NoonSite, one_obligation, three_institutions


@pytest.fixture
def run(sqlite_site):
    site = NoonSite(sqlite_site.settings)
    three_institutions(site)
    one_obligation(site, due_on=TODAY.replace(month=2, day=10), state="overdue")
    yield lambda *words: CliRunner().invoke(compliance, words, obj=site)
    site.close()


def test_it_counts_for_people_and_for_programs(run):
    assert "yunhe-blood" in run().output
    found = json.loads(run("--by", "type", "--json").output)
    assert found["data"][0]["key"] == "blood_station"
    assert found["total"]["rates"]["overdue"] == {"numerator": 1, "denominator": 1, "value": 1.0}
    assert run("--csv").output.splitlines()[1].startswith("yunhe-blood,云河市中心血站,")


def test_the_notice_of_a_month_needs_somebody_to_issue_it(run):
    assert run("bulletin", "2026-02").exit_code == 2
    made = run("bulletin", "2026-02", "--institution", "yunhe-blood")

    assert (made.exit_code, "2026年2月信息公开履责情况通报" in made.output) == (0, True)


@pytest.mark.parametrize("month", ["9999-12", "0001-01", "1999-12", "2101-01"])
def test_a_month_out_of_range_is_refused(run, month):
    for words in (("bulletin", month, "--institution", "yunhe-blood"), ("freeze", month)):
        refused = run(*words)

        assert isinstance(refused.exception, Rejected)
        assert "write a month from 2000-01 to 2100-12" in refused.exception.message


def test_scores_of_a_month_that_runs_are_not_frozen(run):
    assert run("freeze", "2026-03").exit_code == 1
    assert run("freeze", "2026-02").exit_code == 0
