"""What did not change need not be published again: a person confirms that it still holds."""

from datetime import date, datetime

import pytest
from click.testing import CliRunner

from gongkai.cli.confirming import confirm
from gongkai.domain.identifiers import DatasetId
from gongkai.domain.times import SHANGHAI
from gongkai.errors import Forbidden, NothingChanged, Rejected, WrongState
from gongkai.models.draft import Step
from gongkai.services import adjusting, settling
from gongkai.services.catalog import get_dataset
from gongkai.services.clock import clock_of
from gongkai.services.obligations import list_events
from gongkai.testing import actor, make_item, publish_rows
from tests.api.conftest import writer
from tests.clock.living import at
from tests.clock.test_obligations import COSTS, SAMPLE, adjust, rows, withdraw


@pytest.fixture
def published(blood):
    """One release of 2 March, and a change registered after it that turned out to be in it."""
    publish_rows(blood, COSTS, rows(), formed_on=date(2026, 3, 2))
    blood.today = at("2026-03-10")
    blood.change(COSTS, "2026-03-09")
    return blood


def confirmed(site, step=Step.APPROVE, until="2026-03-10", **given):
    with site.transaction() as session:
        dataset = get_dataset(session, DatasetId.parse(COSTS))
        by = actor(site, step)
        until = date.fromisoformat(until)
        return settling.confirm(session, dataset, until=until, by=by, now=site.now(), **given)


def test_the_same_rows_make_no_release_and_say_what_to_do(published):
    with pytest.raises(NothingChanged, match="confirm it"):
        publish_rows(published, COSTS, rows(), formed_on=date(2026, 3, 9))

    (settled,) = confirmed(published, note="与上一版一致")

    assert (settled.occasion, settled.state) == ("change:2026-03-09", "met")
    with published.reading() as session:
        last = list_events(session, settled)[-1]
    assert (last.kind, last.actor) == ("met", "yunhe-blood.leader")
    assert last.detail == {"version": "1.0.0", "in_time": True, "confirmed": True}


def test_what_is_confirmed_too_late_is_met_late(published):
    published.night("2026-04-20")

    (settled, *_) = confirmed(published, until="2026-04-20")

    assert settled.state == "met_late"


def test_a_withdrawal_takes_it_back(published):
    confirmed(published)
    withdraw(published, "1.0.0")

    assert published.state(COSTS, "change:2026-03-09") == "open"


@pytest.mark.parametrize(
    ("given", "error", "words"),
    [
        ({"step": Step.SUBMIT}, Forbidden, "leader"),
        ({"until": "2026-03-11"}, Rejected, "in the future"),
        ({"until": "2026-03-08"}, WrongState, "Nothing of yunhe-blood/blood_costs is due"),
    ],
)
def test_what_cannot_be_confirmed_is_refused(published, given, error, words):
    with pytest.raises(error, match=words):
        confirmed(published, **given)


def test_nothing_is_confirmed_where_nothing_is_public(blood):
    with pytest.raises(WrongState, match="is public"):
        confirmed(blood, until="2026-03-02")


def test_it_is_done_by_command_and_over_http(published):
    done = CliRunner().invoke(confirm, [COSTS], obj=published)
    assert done.exit_code == 0, done.output
    assert "change:2026-03-09" in done.output
    published.change(COSTS, "2026-03-10")

    answer = writer(published, Step.APPROVE).post(f"/datasets/{COSTS}/confirm", json={})

    assert answer.status_code == 200
    (one,) = answer.json["settled"]
    assert (one["occasion"], one["state"]) == ("change:2026-03-10", "met")
    again = writer(published, Step.APPROVE).post(f"/datasets/{COSTS}/confirm", json={})
    assert (again.status_code, again.json["code"]) == (409, "wrong-state")


def test_a_second_change_of_a_day_starts_a_clock_of_its_own(published):
    confirmed(published)

    second = published.change(COSTS, "2026-03-09")

    assert second.occasion == "change:2026-03-09#2"
    assert published.change(COSTS, "2026-03-09").id == second.id
    assert published.state(COSTS, "change:2026-03-09") == "met"


def test_a_day_in_the_future_fulfils_nothing_early(blood):
    publish_rows(blood, COSTS, rows(), formed_on=date(2027, 3, 3))

    assert blood.owed(COSTS)["period:2026"].met_at is None


def test_what_was_late_before_it_was_stopped_is_met_late(blood):
    blood.change(COSTS, "2026-01-30")
    blood.night("2026-03-06")
    blood.today = at("2026-03-20")
    since = date(2026, 3, 20)
    adjust(blood, COSTS, "change:2026-01-30", adjusting.suspend, reason="x", since=since)
    blood.today = at("2026-04-20")
    publish_rows(blood, COSTS, rows(), formed_on=date(2026, 1, 30))

    assert blood.state(COSTS, "change:2026-01-30") == "met_late"


def test_what_is_late_when_it_is_opened_is_told_like_the_rest(blood):
    blood.change(COSTS, "2026-01-05")

    blood.night("2026-03-03")

    owed = blood.owed(COSTS)["change:2026-01-05"]
    assert (owed.state, owed.overdue_on) == ("overdue", date(2026, 3, 3))


def test_old_files_start_no_clock(blood):
    blood.plugins.items["sample_item"] = make_item()
    sample = [{"code": "A", "amount": "1.50", "noted_on": "2026-02-10"}]

    publish_rows(blood, SAMPLE, sample, formed_on=date(2009, 5, 1))

    assert blood.owed(SAMPLE) == {}


def test_a_budget_is_due_when_it_was_approved_and_not_by_the_year(blood):
    address = "yunhe-blood/budget_accounts"
    assert set(blood.owed(address)) == {"start"}
    blood.today = at("2026-03-10")

    change = blood.change(address, "2026-03-09")
    blood.night("2027-01-02")

    assert change.due_on == date(2026, 3, 30)
    assert set(blood.owed(address)) == {"start", "change:2026-03-09"}


def test_a_schedule_is_never_due_before_it_was_decided(blood):
    with pytest.raises(Rejected, match="say when that is"):
        blood.change("yunhe-blood/open_days", "2026-03-02")

    owed = blood.change("yunhe-blood/open_days", "2026-03-02", event_on=date(2026, 3, 2))
    assert owed.due_on == date(2026, 3, 2)
    with blood.reading() as session:
        assert clock_of(session, blood.plugins) is not None


@pytest.mark.parametrize("hour", ["2099-01-01 10:00", "2026-03-02 23:00", "2026-03-01 10:00"])
def test_an_hour_is_one_of_its_day_that_has_passed(blood, hour):
    moment = datetime.fromisoformat(hour).replace(tzinfo=SHANGHAI)

    with pytest.raises(Rejected, match="is not a time of 2026-03-02"):
        blood.change(COSTS, "2026-03-02", at=moment)
