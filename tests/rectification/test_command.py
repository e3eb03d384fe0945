"""`gongkai rectification`: the same steps by hand."""

import json

import pytest
from click.testing import CliRunner

from gongkai.cli.rectification import EVENTS, STATES, rectification
from gongkai.models import RectificationState
from tests.clock.living import supervisor


@pytest.fixture
def command(quick_blood):
    def run(*arguments: str, fails: bool = False) -> str:
        done = CliRunner().invoke(rectification, arguments, obj=quick_blood)
        assert (done.exit_code != 0) is fails, (done.output, done.exception)
        return done.output + (str(done.exception) if fails else "")

    return run


def test_a_case_goes_its_way_by_hand(quick_blood, command):
    supervisor(quick_blood)
    command("open", "yunhe-blood", "--finding", "页面上的电话打不通。")
    assert "已通知" in command("list")
    assert "已签收" in command("acknowledge", "1")
    assert "整改中" in command("start", "1")
    assert "2026-03-30" in command("extend", "1", "--reason", "设备到货晚")
    assert "reported" in command("report", "1", "--comment", "已修复", "--lang", "en")
    assert "须再次整改" in command("recheck", "1", "--failed", "--comment", "仍打不通")
    command("acknowledge", "1")
    command("report", "1", "--comment", "已修复")
    assert "已办结" in command("recheck", "1", "--passed")
    assert command("list") == ""
    assert "已办结" in command("list", "--all")
    told = command("show", "1")
    assert "页面上的电话打不通。" in told
    assert told.count("复查") == 2
    shown = json.loads(command("show", "1", "--json"))
    assert (shown["state"], shown["round"], shown["outcome"]) == ("closed", 2, "passed")
    assert shown["events"][0]["actor"] == "commission"


def test_what_is_overdue_is_listed_with_item_and_day(quick_blood, command):
    case = quick_blood.overdue_costs()

    assert "“采供血成本”应于 2026-03-05 前公开" in command("show", str(case.id))
    listed = json.loads(command("list", "--institution", "yunhe-blood", "--json"))
    assert case.id in [one["id"] for one in listed]


def test_without_a_supervisor_it_asks_for_one(command):
    said = command("open", "yunhe-blood", "--finding", "x", fails=True)

    assert "There are 0 supervisors" in said


def test_what_is_no_dataset_is_said(command):
    said = command("open", "yunhe-blood/B!", "--finding", "x", fails=True)

    assert "Error: Invalid value: 'yunhe-blood/B!' is not a dataset id" in said


@pytest.mark.parametrize("number", ["0", "99999999999", "99999999999999999999"])
@pytest.mark.parametrize("verb", ["show", "acknowledge"])
def test_a_number_beyond_every_database_is_refused(command, verb, number):
    assert f"{number} is not in the range" in command(verb, number, fails=True)


def test_every_state_and_event_has_a_name(quick_blood):
    assert set(STATES) == set(map(str, RectificationState))
    case = quick_blood.overdue_costs()
    quick_blood.night("2026-05-01")
    assert set(quick_blood.history(case.id)) <= set(EVENTS)
