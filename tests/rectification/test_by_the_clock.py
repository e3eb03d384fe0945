"""What is overdue opens a case; publishing settles it; a withdrawal begins it again."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta

import pytest
from sqlalchemy import delete, insert, select, update
from sqlalchemy.exc import DatabaseError

from gongkai.models import (
    CalendarException,
    CalendarYear,
    Obligation,
    ObligationState,
    RectificationEvent,
)
from gongkai.services import adjusting
from gongkai.services import rectification_acts as acts
from gongkai.services.clock import clock_of
from gongkai.services.obligations import get_obligation
from tests.clock.living import LivingSite, at, supervisor
from tests.domain.calendars import official_calendar
from tests.rectification.mending import CHANGED, COSTS, ENDS, OVERDUE


def test_what_is_overdue_opens_one_case_with_its_own_term(blood):
    case = blood.overdue_costs()

    assert (case.state, case.source, case.round) == ("finding_sent", "overdue", 1)
    assert (case.term_from, case.due_on) == (date(2026, 3, 6), date(2026, 3, 20))
    assert blood.history(case.id) == ["opened"]
    assert blood.mend() == 0
    assert len([one for one in blood.cases() if one.obligation_id == case.obligation_id]) == 1


def test_what_is_not_overdue_opens_nothing(blood):
    blood.change(COSTS, CHANGED)
    blood.night("2026-03-05")

    assert [one for one in blood.cases() if str(one.dataset.address) == COSTS] == []


def test_publishing_is_report_and_recheck_and_closes_with_the_release_named(blood):
    case = blood.overdue_costs()
    blood.today = at("2026-03-10")
    release = blood.publish_costs()
    blood.night("2026-03-11")

    closed = blood.case_of()
    assert (closed.state, closed.outcome, closed.is_late) == ("closed", "published", False)
    assert closed.release_id == release.id
    assert closed.reported_at == release.issued
    assert blood.history(case.id) == ["opened", "reported", "rechecked", "closed"]
    assert blood.events(case.id)[-1].detail == {"outcome": "published", "release": "1.0.0"}
    assert blood.mend() == 0


def test_publishing_after_a_report_keeps_when_it_was_reported(blood):
    case = blood.overdue_costs()
    blood.act(acts.acknowledge, case.id)
    reported = blood.act(acts.report, case.id, comment="明日公开").reported_at
    blood.today = at("2026-03-10")
    blood.publish_costs()
    blood.night("2026-03-11")

    assert blood.case_of().reported_at == reported
    kinds = ["opened", "acknowledged", "reported", "rechecked", "closed"]
    assert blood.history(case.id) == kinds


def test_what_is_lifted_closes_its_case(blood):
    case, by = blood.overdue_costs(), supervisor(blood)
    with blood.transaction() as session:
        obligation = get_obligation(session, case.obligation_id)
        adjusting.waive(session, obligation, reason="机构已撤并", by=by, now=blood.now())
    blood.night("2026-03-09")

    closed = blood.case_of()
    assert (closed.state, closed.outcome, closed.release_id) == ("closed", "waived", None)
    assert blood.history(case.id) == ["opened", "rechecked", "closed"]


def test_a_withdrawal_that_leaves_the_duty_unmet_begins_the_case_again(blood):
    case = blood.overdue_costs()
    blood.publish_costs()
    blood.night("2026-03-09")
    blood.today = at("2026-03-16")
    blood.withdraw_costs()
    blood.night("2026-03-17")

    again = blood.case_of()
    assert (again.id, again.state, again.round) == (case.id, "again", 2)
    assert (again.term_from, again.due_on) == (date(2026, 3, 17), date(2026, 3, 31))
    assert (again.outcome, again.release_id, again.closed_at) == (None, None, None)
    assert blood.history(case.id)[-1] == "again"
    blood.publish_costs("1300.00")
    blood.night("2026-03-18")
    assert (blood.case_of().state, blood.case_of().round) == ("closed", 2)


def test_a_case_is_late_from_the_day_after_its_term(blood):
    case = blood.overdue_costs()
    blood.night(ENDS)
    assert not blood.case_of().is_late
    blood.night("2026-03-21")

    assert blood.case_of().is_late
    assert blood.history(case.id) == ["opened", "late"]
    assert blood.mend() == 0


def test_a_reported_case_is_not_late_whatever_the_recheck_takes(blood):
    case = blood.overdue_costs()
    blood.act(acts.acknowledge, case.id)
    blood.act(acts.report, case.id, comment="已整改")
    blood.night("2026-04-20")

    assert not blood.case_of().is_late


def test_a_case_is_not_late_while_its_clock_is_stopped(blood):
    case, by = blood.overdue_costs(), supervisor(blood)
    with blood.transaction() as session:
        adjusting.suspend(
            session,
            get_obligation(session, case.obligation_id),
            reason="征求第三方意见",
            since=date(2026, 3, 6),
            by=by,
            now=blood.now(),
        )
    blood.night("2026-04-20")

    assert (blood.case_of().state, blood.case_of().is_late) == ("finding_sent", False)


def test_an_estimated_term_is_never_late_and_is_counted_anew(blood):
    with blood.transaction() as session:
        session.execute(delete(CalendarYear).where(CalendarYear.year == 2026))
        notices = CalendarException.notice_year == 2026
        kept = session.execute(select(CalendarException.__table__).where(notices)).mappings().all()
        session.execute(delete(CalendarException).where(notices))
    case = blood.inspected()
    assert case.provisional_year == 2026
    blood.today = at("2026-05-20")
    blood.mend()
    assert not blood.case_of_id(case.id).is_late

    with blood.transaction() as session:
        session.add(CalendarYear(year=2026, source="通知", loaded_by="t", loaded_at=blood.now()))
        session.execute(insert(CalendarException), [dict(row) for row in kept])
    blood.mend()

    known = blood.case_of_id(case.id)
    assert (known.provisional_year, known.due_on, known.is_late) == (None, date(2026, 3, 16), True)
    assert blood.history(case.id)[-1] == "late"


def test_two_workers_at_once_open_and_settle_once(blood):
    blood.change(COSTS, CHANGED)
    LivingSite.night(blood, OVERDUE)
    with ThreadPoolExecutor(4) as pool:
        touched = sum(pool.map(lambda _: blood.mend(), range(8)))
    assert touched == len(blood.cases())
    assert blood.history(blood.case_of().id) == ["opened"]
    blood.publish_costs()
    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(lambda _: blood.mend(), range(8))) == 1
    assert blood.history(blood.case_of().id) == ["opened", "reported", "rechecked", "closed"]


def test_events_are_only_ever_added(blood):
    case = blood.overdue_costs()

    for statement in (
        update(RectificationEvent).values(kind="closed"),
        delete(RectificationEvent).where(RectificationEvent.case_id == case.id),
    ):
        said = pytest.raises(DatabaseError, match="rectification_event is never")
        with said, blood.transaction() as session:
            session.execute(statement)


def test_a_quarter_with_late_publications(blood):
    """Every day: the open cases are those of what is overdue, late by a count of our own."""
    works = official_calendar().is_workday
    changes = {"2026-02-02": "2026-03-20", "2026-02-20": "2026-03-25", "2026-03-02": "2026-05-06"}
    for formed in changes:
        blood.change(COSTS, formed)
    day, rounds, late_seen = date(2026, 3, 3), 0, 0
    while day < date(2026, 6, 1):
        blood.night(day.isoformat())
        with blood.reading() as session:
            late = select(Obligation.dataset_id).where(Obligation.state == ObligationState.OVERDUE)
            overdue = sorted(set(session.scalars(late)))
        cases = blood.cases()
        assert sorted(one.dataset_id for one in cases if one.state != "closed") == overdue
        for one in cases:
            worked = sum(
                bool(works(one.term_from + timedelta(n)))
                for n in range(1, (day - one.term_from).days)
            )
            if one.state != "closed":
                assert one.is_late is (worked >= 10), (day, one.id, one.term_from, worked)
                late_seen += one.is_late
        for formed, published in changes.items():
            if published == day.isoformat():
                rounds += 1
                blood.publish_costs(f"{rounds}.50", formed)
        if day == date(2026, 5, 12):
            blood.withdraw_costs()
        day += timedelta(1)
    mine = [one for one in blood.cases() if one.dataset and str(one.dataset.address) == COSTS]
    # The second change was overdue before the first was settled, so that both are one case.
    assert [(one.state, one.round) for one in mine] == [("closed", 1), ("again", 2)]
    assert late_seen > 20


def test_what_is_overdue_of_one_dataset_is_one_case(blood):
    for day in range(26, 31):
        blood.change(COSTS, f"2026-01-{day}")
    blood.night("2026-03-12")

    case = blood.case_of()
    assert case.overdue_count == 5
    with blood.reading() as session:
        told = acts.finding_of(
            clock_of(session, blood.plugins), acts.get_any_case(session, case.id)
        )
    assert "应于 2026-02-28 前公开" in told.zh
    assert told.zh.endswith("目前共有5期逾期。")
    assert told.en.endswith("5 periods of it are overdue by now.")
    # Publishing what was formed by the 28th leaves two that are late.
    blood.publish_costs(formed="2026-01-28")
    blood.night("2026-03-13")
    assert (blood.case_of().state, blood.case_of().overdue_count) == ("finding_sent", 2)
    with blood.reading() as session:
        told = acts.finding_of(
            clock_of(session, blood.plugins), acts.get_any_case(session, case.id)
        )
    assert "应于 2026-03-04 前公开" in told.zh
    blood.publish_costs("1300.00", formed="2026-01-30")
    blood.night("2026-03-14")
    assert (blood.case_of().state, blood.case_of().overdue_count) == ("closed", 0)
    assert blood.history(case.id) == ["opened", "reported", "rechecked", "closed"]


def test_what_came_after_the_term_is_late_though_no_worker_marked_it(blood):
    case = blood.overdue_costs()
    blood.today = at("2026-03-25")
    blood.publish_costs()
    blood.night("2026-03-26")

    assert (blood.case_of().state, blood.case_of().is_late) == ("closed", True)
    kinds = ["opened", "late", "reported", "rechecked", "closed"]
    assert blood.history(case.id) == kinds


def test_a_withdrawal_does_not_open_a_second_case_of_a_dataset(blood):
    first = blood.overdue_costs()
    blood.publish_costs()
    blood.night("2026-03-09")
    blood.change(COSTS, "2026-02-13")
    blood.night("2026-03-31")
    second = next(one for one in blood.cases() if one.obligation_id > first.obligation_id)
    assert blood.case_of_id(first.id).state == "closed"
    blood.withdraw_costs()
    blood.night("2026-04-01")

    states = {one.id: one.state for one in blood.cases() if one.dataset_id == first.dataset_id}
    assert states == {first.id: "closed", second.id: "finding_sent"}
    assert blood.case_of_id(second.id).overdue_count == 2
