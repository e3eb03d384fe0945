"""Obligations: opened by what happens, met by releases, reopened by withdrawals."""

from dataclasses import replace
from datetime import date

import pytest
from sqlalchemy import select

from gongkai.domain.events import ObligationOverdue, event_as_json, event_of
from gongkai.domain.identifiers import DatasetId
from gongkai.errors import Forbidden, Rejected, WrongState
from gongkai.models import Institution, Outbox
from gongkai.models.draft import Step
from gongkai.models.obligation import ObligationState, OpenedBy
from gongkai.services import adjusting
from gongkai.services.catalog import get_dataset, get_institution, get_release
from gongkai.services.clock import clock_of
from gongkai.services.obligations import get_obligation, list_events, open_for_institution
from gongkai.services.publishing import withdraw_release
from gongkai.testing import actor, make_item, publish_rows
from tests.clock.living import at, supervisor

COSTS = "yunhe-blood/blood_costs"
PRICES = "yunhe-blood/blood_fees"
SAMPLE = "yunhe-blood/sample_item"


def rows(amount="1260.40"):
    return [{"year": 2025, "cost_item": "test", "amount_wan": amount, "note_text": ""}]


def events(site, obligation):
    with site.reading() as session:
        return [one.kind for one in list_events(session, obligation)]


def adjust(site, address, occasion, verb, by=None, **given):
    found = site.owed(address)[occasion]
    actor_ = by or supervisor(site)
    with site.transaction() as session:
        obligation = get_obligation(session, found.id)
        clock = clock_of(session, site.plugins)
        arguments = {"by": actor_, "now": site.now(), **given}
        if verb in (adjusting.resume, adjusting.extend):
            return verb(session, clock, obligation, **arguments)
        return verb(session, obligation, **arguments)


def test_joining_opens_running_periods_and_a_plan_without_a_wall_of_red(blood):
    with blood.reading() as session:
        institution = get_institution(session, "yunhe-blood")
        found = session.scalars(select(Institution).where(Institution.id == institution.id)).one()
        items = {item.key for item in blood.plugins.items_owed(found.kinds, is_public=True)}
    owed = {key: blood.owed(f"yunhe-blood/{key}") for key in items}

    assert all(len(one) == 1 for one in owed.values())
    states = {next(iter(one.values())).state for one in owed.values()}
    assert ObligationState.OVERDUE not in states
    plan = sorted((one["start"].due_on, key) for key, one in owed.items() if "start" in one)
    assert plan[0][0] == date(2026, 3, 30)
    assert plan[-1][0] == date(2026, 5, 28)
    assert len({day for day, _ in plan}) > 10


def test_a_registered_change_is_due_twenty_working_days_later(blood):
    opened = blood.change(COSTS, "2026-01-30", note="新的收费标准")

    assert opened.due_on == date(2026, 3, 5)
    assert opened.rule_key == "proactive_20wd"
    assert opened.opened_by == OpenedBy.CHANGE
    assert blood.state(COSTS, "change:2026-01-30") == "due_soon"


def test_the_same_day_is_registered_once(blood):
    first = blood.change(COSTS, "2026-02-27", note="甲")
    second = blood.change(COSTS, "2026-02-27", note="乙")

    assert first.id == second.id
    assert blood.owed(COSTS)["change:2026-02-27"].note == "甲\n乙"


def test_the_future_cannot_be_registered(blood):
    with pytest.raises(Rejected, match="future"):
        blood.change(COSTS, "2026-03-03")


def test_a_price_is_due_on_the_day_it_takes_effect(blood):
    opened = blood.change(PRICES, "2026-02-25", event_on=date(2026, 3, 10))

    assert opened.rule_key == "price_before_effective"
    assert opened.due_on == date(2026, 3, 10)


def test_a_release_in_time_meets_what_was_formed_by_then(blood):
    blood.change(COSTS, "2026-01-30")
    blood.change(COSTS, "2026-03-02")
    blood.today = at("2026-03-05", 23)

    publish_rows(blood, COSTS, rows(), formed_on=date(2026, 1, 30))

    owed = blood.owed(COSTS)
    assert owed["change:2026-01-30"].state == "met"
    assert owed["change:2026-03-02"].state in ("open", "due_soon")
    assert events(blood, owed["change:2026-01-30"]) == ["met"]


def test_a_release_after_the_day_is_late_and_stays_marked(blood):
    blood.change(COSTS, "2026-01-30")
    blood.night("2026-03-05")
    assert blood.state(COSTS, "change:2026-01-30") == "due_soon"
    blood.night("2026-03-06")
    assert blood.state(COSTS, "change:2026-01-30") == "overdue"

    publish_rows(blood, COSTS, rows(), formed_on=date(2026, 1, 30))

    met = blood.owed(COSTS)["change:2026-01-30"]
    assert met.state == "met_late"
    assert met.overdue_on == date(2026, 3, 6)


def test_an_overdue_day_is_told_once(blood):
    blood.change(COSTS, "2026-01-30")
    for day in ("2026-03-06", "2026-03-06", "2026-03-07"):
        blood.night(day)

    with blood.reading() as session:
        told = session.scalars(
            select(Outbox.payload).where(Outbox.name == "obligation_overdue")
        ).all()
    about = [one for one in told if one["dataset"] == COSTS]
    wanted = ObligationOverdue(COSTS, date(2026, 3, 5), "proactive_20wd")
    assert [event_of("obligation_overdue", one) for one in about] == [wanted]
    assert about == [event_as_json(wanted)]


def test_a_file_that_says_when_it_was_formed_starts_the_clock(blood):
    blood.plugins.items["sample_item"] = make_item()
    sample = [{"code": "A", "amount": "1.50", "noted_on": "2026-02-10"}]

    publish_rows(blood, SAMPLE, sample, formed_on=date(2026, 2, 10))

    owed = blood.owed(SAMPLE)
    assert owed["change:2026-02-10"].opened_by == OpenedBy.DRAFT
    assert owed["change:2026-02-10"].state == "met"


def test_a_withdrawn_release_reopens_what_it_met(blood):
    blood.change(COSTS, "2026-01-30")
    blood.today = at("2026-03-04")
    publish_rows(blood, COSTS, rows(), formed_on=date(2026, 1, 30))
    blood.today = at("2026-03-09")

    withdraw(blood, "1.0.0")

    again = blood.owed(COSTS)["change:2026-01-30"]
    assert (again.state, again.met_release_id) == ("due_soon", None)
    assert events(blood, again) == ["met", "reopened"]
    blood.night("2026-03-10")
    assert blood.state(COSTS, "change:2026-01-30") == "overdue"


def test_a_withdrawn_release_leaves_what_another_one_meets(blood):
    blood.change(COSTS, "2026-01-30")
    blood.today = at("2026-03-04")
    publish_rows(blood, COSTS, rows(), formed_on=date(2026, 1, 30))
    publish_rows(blood, COSTS, rows("1300.00"), formed_on=date(2026, 1, 30))

    withdraw(blood, "1.0.0")

    met = blood.owed(COSTS)["change:2026-01-30"]
    assert met.state == "met"
    with blood.reading() as session:
        dataset = get_dataset(session, DatasetId.parse(COSTS))
        assert met.met_release_id == get_release(session, dataset, "latest").id


def withdraw(site, version):
    with site.transaction() as session:
        dataset = get_dataset(session, DatasetId.parse(COSTS))
        release = get_release(session, dataset, version)
        by = actor(site, Step.APPROVE)
        withdraw_release(session, site.plugins, release, by=by, reason="数据有误", now=site.now())


def test_a_stop_that_a_release_ended_still_counts_when_it_is_withdrawn(blood):
    blood.change(COSTS, "2026-01-30")
    adjust(blood, COSTS, "change:2026-01-30", adjusting.suspend, reason="x", since=date(2026, 3, 2))
    blood.today = at("2026-03-05")
    publish_rows(blood, COSTS, rows(), formed_on=date(2026, 1, 30))
    blood.today = at("2026-03-06")

    withdraw(blood, "latest")

    # Three working days were stopped: the 3rd, 4th and 5th of March.
    owed = blood.owed(COSTS)["change:2026-01-30"]
    assert (owed.due_on, owed.state) == (date(2026, 3, 10), "due_soon")
    with blood.reading() as session:
        last = list_events(session, owed)[-1]
    assert (last.kind, last.detail["old"], last.detail["new"]) == (
        "reopened",
        "2026-03-05",
        "2026-03-10",
    )


def test_a_stopped_clock_is_never_overdue_and_its_days_do_not_count(blood):
    blood.change(COSTS, "2026-01-30")
    adjust(
        blood,
        COSTS,
        "change:2026-01-30",
        adjusting.suspend,
        reason="征求第三方意见",
        since=date(2026, 3, 2),
    )
    blood.night("2026-03-20")
    assert blood.state(COSTS, "change:2026-01-30") == "suspended"

    adjust(blood, COSTS, "change:2026-01-30", adjusting.resume, until=date(2026, 3, 20))

    again = blood.owed(COSTS)["change:2026-01-30"]
    assert again.due_on == date(2026, 3, 25)
    blood.night("2026-03-26")
    assert blood.state(COSTS, "change:2026-01-30") == "overdue"


def test_a_stop_needs_a_reason_and_a_supervisor(blood):
    blood.change(COSTS, "2026-01-30")
    given = {"since": date(2026, 3, 2)}
    clerk = actor(blood, Step.SUBMIT)

    with pytest.raises(Rejected, match="why"):
        adjust(blood, COSTS, "change:2026-01-30", adjusting.suspend, reason=" ", **given)
    with pytest.raises(Forbidden):
        adjust(blood, COSTS, "change:2026-01-30", adjusting.suspend, reason="x", by=clerk, **given)


def test_what_the_law_does_not_let_extend_is_not_extended(blood):
    blood.change(COSTS, "2026-01-30")

    with pytest.raises(Rejected, match="cannot be extended"):
        adjust(blood, COSTS, "change:2026-01-30", adjusting.extend, reason="来不及")


def test_a_lifted_obligation_keeps_its_reason_and_who(blood):
    blood.change(COSTS, "2026-01-30")

    adjust(blood, COSTS, "change:2026-01-30", adjusting.waive, reason="事项已取消")

    lifted = blood.owed(COSTS)["change:2026-01-30"]
    assert (lifted.state, lifted.waived_reason) == ("waived", "事项已取消")
    blood.night("2026-03-09")
    assert blood.state(COSTS, "change:2026-01-30") == "waived"
    with pytest.raises(WrongState):
        adjust(blood, COSTS, "change:2026-01-30", adjusting.waive, reason="再来一次")


def test_a_clock_into_an_unknown_year_is_provisional_and_never_overdue(blood):
    blood.today = at("2026-12-10")
    blood.change(COSTS, "2026-12-10")

    assert blood.state(COSTS, "change:2026-12-10") == "provisional"
    assert blood.owed(COSTS)["change:2026-12-10"].provisional_year == 2027
    blood.night("2027-03-01")
    assert blood.state(COSTS, "change:2026-12-10") == "provisional"


def test_a_region_with_a_shorter_local_rule_has_it(blood):
    with blood.transaction() as session:
        get_institution(session, "yunhe-blood").region_code = "450403"

    opened = blood.change(COSTS, "2026-02-27")

    assert opened.rule_key == "proactive_local_10wd"
    assert opened.due_on == date(2026, 3, 12)


def test_an_institution_may_choose_a_local_rule(blood):
    with blood.transaction() as session:
        get_institution(session, "yunhe-blood").local_rules = ["proactive_local_10wd"]

    assert blood.change(COSTS, "2026-02-27").rule_key == "proactive_local_10wd"


def test_opening_twice_opens_once(blood):
    with blood.transaction() as session:
        institution = get_institution(session, "yunhe-blood")
        clock = clock_of(session, blood.plugins)
        assert open_for_institution(session, clock, institution, now=blood.now()) == 0


def test_an_item_with_several_rules_takes_the_one_that_is_named(blood):
    items = [i for i in blood.plugins.items.values() if len(i.deadline_rules) > 1]
    item = next(i for i in items if "procurement_contract_2wd" in i.deadline_rules)
    address = f"yunhe-blood/{item.key}"

    award = blood.change(address, "2026-02-27")
    contract = blood.change(address, "2026-02-27", rule_key="procurement_contract_2wd")

    assert (award.rule_key, contract.rule_key) == item.deadline_rules
    assert award.due_on == date(2026, 3, 2)
    with pytest.raises(Rejected, match="it has procurement_award"):
        blood.change(address, "2026-02-27", rule_key="proactive_20wd")


def test_a_rule_that_was_not_in_force_is_refused(blood):
    rule = blood.plugins.deadline_rules["proactive_20wd"]
    blood.plugins.deadline_rules["proactive_20wd"] = replace(rule, effective_from=date(2026, 3, 1))

    with pytest.raises(Rejected, match="in force"):
        blood.change(COSTS, "2026-02-27")
