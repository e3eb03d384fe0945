"""Who does which step of a case, from which state; everything else is refused."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import select

from gongkai.domain.identifiers import DatasetId
from gongkai.errors import Forbidden, NotFound, Rejected, WrongState
from gongkai.models import (
    AuditEntry,
    RectificationCase,
    RectificationSource,
    RectificationState,
    Role,
)
from gongkai.models.draft import Step
from gongkai.services import rectification_acts as acts
from gongkai.services.access import Actor, create_account, get_account, grant
from gongkai.services.catalog import get_dataset
from gongkai.services.clock import clock_of
from gongkai.testing import CHANNEL, actor, make_institution
from tests.clock.living import at, supervisor
from tests.rectification.mending import NEEDS_CLOCK, MendingSite

POSTS = ("clerk", "head", "reviewer", "leader", "principal")
AUTHORITY = ("supervisor", "operator")
STRANGERS = ("foreign-clerk", "foreign-leader", "nobody")
EVERYBODY = (*POSTS, *AUTHORITY, *STRANGERS)
WORDS = {acts.report: {"comment": "已更正"}, acts.extend: {"comment": "系统升级"}}
# step: (who may, from which states, where it leads)
TABLE = {
    "acknowledge": (acts.acknowledge, POSTS, {"finding_sent", "again"}, "acknowledged"),
    "start": (acts.start, POSTS, {"acknowledged"}, "rectifying"),
    "report": (acts.report, POSTS, {"acknowledged", "rectifying"}, "reported"),
    "pass": (acts.recheck, AUTHORITY, {"reported"}, "closed"),
    "fail": (acts.recheck, AUTHORITY, {"reported"}, "again"),
    "extend": (
        acts.extend,
        AUTHORITY,
        {"finding_sent", "again", "acknowledged", "rectifying"},
        None,
    ),
}
GIVEN = {"pass": {"passed": True}, "fail": {"passed": False, "comment": "仍打不通"}}


def account_of(site, who):
    with site.reading() as session:
        login = f"donghe-cdc.{who.removeprefix('foreign-')}" if who in STRANGERS[:2] else who
        login = f"yunhe-blood.{who}" if who in POSTS else login
        return Actor(get_account(session, login), CHANNEL)


@pytest.fixture
def peopled(quick_blood: MendingSite) -> MendingSite:
    """The blood station, another institution, the authority and somebody without a role."""
    make_institution(quick_blood, "donghe-cdc", "disease_control")
    with quick_blood.transaction() as session:
        for login in (*AUTHORITY, "nobody"):
            account = create_account(session, login, login, now=quick_blood.now())
            if login in AUTHORITY:
                grant(session, account, Role(login), None)
    return quick_blood


class UndoneError(Exception):
    """Ends a trial so that the next one finds the case as it was."""


def tried(site, name, state, who, **token):
    """Return the state a step leads to, or the failure it raises, leaving nothing behind."""
    verb, by = TABLE[name][0], replace(account_of(site, who), **token)
    given = {**WORDS.get(verb, {}), **GIVEN.get(name, {})}
    try:
        with site.transaction() as session:
            case = session.scalars(select(RectificationCase)).unique().one()
            case.state = state
            if state == "closed":
                case.closed_at, case.outcome = site.now(), "passed"
            session.flush()
            before = [clock_of(session, site.plugins)] if verb in NEEDS_CLOCK else []
            done = verb(session, *before, case, by=by, now=site.now(), **given)
            session.flush()
            raise UndoneError(done.state)
    except UndoneError as undone:
        return str(undone)
    except (Forbidden, WrongState) as error:
        return type(error)


@pytest.mark.parametrize("name", TABLE)
def test_every_step_from_every_state_by_everybody(peopled, name):
    peopled.inspected()
    _, who_may, from_states, leads_to = TABLE[name]

    for state in map(str, RectificationState):
        for who in EVERYBODY:
            right = leads_to or state
            wanted = right if state in from_states else WrongState
            wanted = wanted if who in who_may else Forbidden
            assert tried(peopled, name, state, who) == wanted, (name, state, who)


@pytest.mark.parametrize("name", TABLE)
def test_a_token_needs_the_scope_of_its_step(peopled, name):
    peopled.inspected()
    _, who_may, from_states, _ = TABLE[name]
    scope = "supervise" if who_may == AUTHORITY else "draft"
    state, who = min(from_states), who_may[0]
    others = frozenset({"draft", "sign", "publish", "supervise"}) - {scope}

    assert tried(peopled, name, state, who, scopes=others) is Forbidden
    assert isinstance(tried(peopled, name, state, who, scopes=frozenset({scope})), str)


@pytest.mark.parametrize("who", EVERYBODY)
def test_only_those_concerned_know_of_a_case(peopled, who):
    case = peopled.inspected()

    with peopled.reading() as session:
        if who in STRANGERS:
            with pytest.raises(NotFound):
                acts.get_case(session, case.id, account_of(peopled, who))
        else:
            assert acts.get_case(session, case.id, account_of(peopled, who)).id == case.id


@pytest.mark.parametrize("who", EVERYBODY)
def test_only_the_authority_opens_a_case(peopled, who):
    by = account_of(peopled, who)
    if who in AUTHORITY:
        assert peopled.inspected(by=by).state == "finding_sent"
    else:
        with pytest.raises(Forbidden):
            peopled.inspected(by=by)
        assert peopled.cases() == []


def test_a_finding_has_words_and_a_dataset_of_its_institution(peopled):
    with peopled.reading() as session:
        other = get_dataset(session, DatasetId.parse("donghe-cdc/budget_accounts"))
    for given in (
        {"finding": "  "},
        {"source": RectificationSource.OVERDUE},
        {"dataset": other},
    ):
        with pytest.raises(Rejected):
            peopled.inspected(**given)


def test_the_whole_way_with_a_second_round(peopled):
    case = peopled.inspected()
    by = supervisor(peopled)
    peopled.act(acts.acknowledge, case.id)
    peopled.act(acts.start, case.id)
    peopled.act(acts.report, case.id, comment="已更换号码")
    peopled.today = at("2026-03-11")
    again = peopled.act(acts.recheck, case.id, by=by, passed=False, comment="仍打不通")
    assert (again.state, again.round, again.due_on) == ("again", 2, date(2026, 3, 25))
    assert (again.acknowledged_at, again.reported_at) == (None, None)
    peopled.act(acts.acknowledge, case.id)
    peopled.act(acts.report, case.id, comment="已修复")
    closed = peopled.act(acts.recheck, case.id, by=by, passed=True)

    assert (closed.state, closed.outcome, closed.round) == ("closed", "passed", 2)
    assert peopled.history(case.id) == [
        *("opened", "acknowledged", "started", "reported", "rechecked", "again"),
        *("acknowledged", "reported", "rechecked", "closed"),
    ]
    with peopled.reading() as session:
        audited = session.scalars(
            select(AuditEntry.action)
            .where(AuditEntry.action.startswith("rectification."))
            .order_by(AuditEntry.id)
        ).all()
    assert [one.removeprefix("rectification.") for one in audited] == peopled.history(case.id)


def test_nobody_closes_by_word_what_only_publishing_settles(peopled):
    case = peopled.overdue_costs()
    peopled.act(acts.acknowledge, case.id)
    peopled.act(acts.report, case.id, comment="已公开")

    with pytest.raises(WrongState, match="not published"):
        peopled.act(acts.recheck, case.id, by=supervisor(peopled), passed=True)
    peopled.publish_costs()
    closed = peopled.act(acts.recheck, case.id, by=supervisor(peopled), passed=True)
    assert (closed.outcome, closed.release_id is None) == ("passed", False)


def test_a_term_is_extended_once_a_round_and_before_its_day(peopled):
    case, by = peopled.inspected(), supervisor(peopled)
    assert case.due_on == date(2026, 3, 16)
    peopled.today = at("2026-03-16", 23)
    longer = peopled.act(acts.extend, case.id, by=by, comment="设备到货晚")
    assert longer.due_on == date(2026, 3, 30)
    with pytest.raises(WrongState, match="once"):
        peopled.act(acts.extend, case.id, by=by, comment="再延")
    late = peopled.inspected()
    peopled.today += timedelta(days=30)
    with pytest.raises(WrongState, match="before that day"):
        peopled.act(acts.extend, late.id, by=by, comment="太晚")


@pytest.mark.parametrize(
    ("name", "given"),
    [("report", {"comment": " "}), ("extend", {"comment": ""}), ("fail", {"comment": ""})],
)
def test_what_needs_words_is_refused_without(peopled, name, given):
    case = peopled.inspected()
    if name != "extend":
        peopled.act(acts.acknowledge, case.id)
    if name == "fail":
        peopled.act(acts.report, case.id, comment="好了")
        given = {**given, "passed": False}
    by = supervisor(peopled) if name != "report" else actor(peopled, Step.SUBMIT)

    with pytest.raises(Rejected):
        peopled.act(TABLE[name][0], case.id, by=by, **given)


def test_counts_tell_open_late_and_closed(peopled):
    case, by = peopled.inspected(), supervisor(peopled)
    peopled.inspected("页脚的邮箱已停用。")
    peopled.act(acts.acknowledge, case.id)
    peopled.act(acts.report, case.id, comment="好了")
    peopled.act(acts.recheck, case.id, by=by, passed=True)
    peopled.today = at("2026-04-20")
    peopled.mend()

    with peopled.reading() as session:
        page = acts.count_cases(session, institution="yunhe-blood")
        assert acts.count_cases(session, institution="donghe-cdc").total == 0
    told = page.items[0]
    assert (told.institution.slug, told.open, told.late, told.closed) == ("yunhe-blood", 1, 1, 1)


def test_the_finding_of_what_is_overdue_names_item_and_day(peopled):
    case = peopled.overdue_costs()

    with peopled.reading() as session:
        found = acts.get_case(session, case.id, account_of(peopled, "supervisor"))
        told = acts.finding_of(clock_of(session, peopled.plugins), found)
    assert "采供血成本" in told.zh
    assert "2026-03-05" in told.zh
    assert "2026-03-05" in told.en
