"""One mail a person and day, to the right people, in their language, with the facts."""

from collections import Counter
from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import update

from gongkai.models import Dataset, Message, Obligation, Role
from gongkai.services.channels import add_channel, find_unreachable
from gongkai.testing import make_institution
from tests.clock.living import at
from tests.messages.people import (
    give_mail,
    give_site_role,
    later,
    live,
    make_living,
    messages,
    run_remind,
)


@pytest.fixture
def database_url(sqlite_url):
    """One database will do: test_delivering_faults and test_reminding run on each."""
    return sqlite_url


SITES = "yunhe-blood/donation_sites"


def only(site):
    """Leave nothing owed but what a test is about."""
    with site.transaction() as session:
        session.execute(update(Dataset).values(is_owed=False))
        session.execute(update(Obligation).values(state="waived", waived_reason="测试"))


def told(site, day):
    """Return who gets mail on a day, by post."""
    before = {one.id for one in messages(site)}
    live(site, day)
    new = [one for one in messages(site) if one.id not in before]
    return Counter(one.recipient.split("@")[0] for one in new if one.kind == "mail")


def test_the_circle_widens_as_the_day_passes(living):
    only(living)
    give_site_role(living, "commission")
    living.change(SITES, "2026-03-02")  # due on Monday, 30 March
    staff = {"clerk": 1, "head": 1}
    heads = {**staff, "reviewer": 1, "leader": 1}

    assert told(living, "2026-03-13") == {}
    assert told(living, "2026-03-16") == staff
    assert told(living, "2026-03-23") == staff
    assert told(living, "2026-03-27") == staff
    assert told(living, "2026-03-30") == staff
    assert told(living, "2026-03-31") == heads
    assert told(living, "2026-04-01") == {}
    # Qingming is on Sunday the 5th, and Monday the 6th is off for it: the fifth working day.
    assert told(living, "2026-04-07") == {**heads, "principal": 1, "commission": 1}
    assert told(living, "2026-04-14") == {**heads, "principal": 1, "commission": 1}


def test_a_person_gets_one_mail_a_day_however_much_is_due(living):
    make_institution(living, "linshan-blood", name_zh="林山血站", name_en="Linshan Blood Centre")
    give_mail(living, "linshan-blood")
    give_site_role(living, "commission")
    day, end = date(2026, 3, 3), date(2026, 5, 10)
    while day <= end:
        count = Counter(told(living, day))
        assert max(count.values(), default=0) <= 2  # one in each of the two institutions
        day += timedelta(days=1)
    by_person_and_day = Counter(
        (one.recipient, one.created_at.date()) for one in messages(living, kind="mail")
    )
    assert max(by_person_and_day.values()) == 1
    assert len(by_person_and_day) > 50


def test_a_mail_says_which_by_what_rule_since_when_until_when_and_where(living):
    only(living)
    living.change(SITES, "2026-03-02")
    live(living, "2026-03-23")

    mail = messages(living, recipient="clerk@yunhe-blood.example")[0]
    assert mail.subject == "【公开】信息公开提醒：1项即将到期"
    text = mail.body["text"]
    for said in (
        "云河市中心血站供稿人，您好：",
        "云河市中心血站：固定献血屋(点)",
        "截止2026-03-30（周一），还剩5个工作日。",
        "依据：主动公开期限，《医疗卫生服务单位信息公开管理办法（试行）》（卫生部令第75号）第十八条",
        "自2026-03-02（周一）起算。",
        "http://127.0.0.1:8000/datasets/yunhe-blood/donation_sites",
    ):
        assert said in text
    assert 'href="http://127.0.0.1:8000/datasets/yunhe-blood/donation_sites"' in mail.body["html"]


def test_whoever_reads_english_gets_english(living):
    only(living)
    give_mail(living, "yunhe-blood", clerk="en")
    living.change(SITES, "2026-03-02")
    live(living, "2026-03-30")
    live(living, "2026-03-31")

    today, late = messages(living, recipient="clerk@yunhe-blood.example")
    assert today.subject == "[Gongkai] Publications: 1 due soon"
    assert "Due on 2026-03-30 (Mon): publish it today." in today.body["text"]
    assert "It was due on 2026-03-30 (Mon) and is 1 working day late." in late.body["text"]
    assert "MoH Order 75 (2010), art. 18" in late.body["text"]
    assert 'lang="en"' in late.body["html"]


def test_a_product_default_is_not_passed_off_as_law(living):
    live(living, "2026-03-30")  # the starting plan's first dates
    text = messages(living, recipient="clerk@yunhe-blood.example")[0].body["text"]
    assert "期限：起步计划（产品默认值，非法定期限）" in text


def test_what_was_published_in_the_meantime_is_not_told(living):
    only(living)
    living.change(SITES, "2026-03-02")
    live(living, "2026-03-30")
    only(living)
    assert told(living, "2026-03-31") == {}


def test_whoever_left_or_has_no_address_gets_nothing(living):
    from gongkai.services.access import get_account

    only(living)
    with living.transaction() as session:
        get_account(session, "yunhe-blood.clerk").disabled_at = living.now()
        get_account(session, "yunhe-blood.head").email = None
    living.change(SITES, "2026-03-02")
    assert told(living, "2026-03-16") == {}


def test_institutions_that_nobody_can_reach_are_named(living):
    make_institution(living, "linshan-blood")
    with living.reading() as session:
        assert find_unreachable(session) == ["linshan-blood"]


def test_a_long_list_is_cut_and_counted(living):
    from gongkai.domain.digests import LISTED, Line, compose
    from gongkai.domain.reminders import Stage
    from gongkai.domain.text import Text

    line = Line(
        stage=Stage.ESCALATED,
        institution=Text("某<院>", "A <b>"),
        item=Text("甲", "A"),
        url="http://x/?a=1&b=2",
        rule=None,
        trigger_on=date(2026, 3, 2),
        due_on=date(2026, 3, 30),
        due_at=None,
        days_left=-7,
        is_late=True,
        is_today=False,
    )
    made = compose(
        [replace(line, url=f"{line.url}&n={n}") for n in range(300)],
        site=Text("站", "S"),
        reader="",
        today=date(2026, 4, 9),
        language="zh",
    )
    assert made.text.count("某<院>") == LISTED
    assert "……另有250项。" in made.text
    assert "某&lt;院&gt;" in made.html
    assert "<院>" not in made.html
    assert made.subject == "【站】信息公开提醒：300项长期逾期"


def test_the_days_of_one_dataset_are_one_line(living):
    only(living)
    for day in (26, 27, 28, 29, 30):
        living.change(SITES, f"2026-01-{day}")
    live(living, "2026-03-06")

    mail = messages(living, recipient="clerk@yunhe-blood.example")[0]
    assert mail.body["text"].count("固定献血屋") == 1
    assert "已逾期5个工作日。另有4期同样逾期。" in mail.body["text"]
    assert mail.subject.endswith("：1项长期逾期")


def test_whoever_holds_a_post_and_supervises_too_hears_of_each_duty_once(living):
    from gongkai.services.access import get_account, grant

    only(living)
    with living.transaction() as session:
        principal = get_account(session, "yunhe-blood.principal")
        grant(session, principal, Role.SUPERVISOR, None)
    living.change(SITES, "2026-01-26")
    live(living, "2026-03-06")

    mail = messages(living, recipient="principal@yunhe-blood.example")[0]
    assert mail.body["text"].count("固定献血屋") == 1
    assert "另有" not in mail.body["text"]


def test_a_webhook_gets_one_call_a_batch_and_a_robot_one_message(living):
    only(living)
    from gongkai.plugins import load_plugins

    plugins = load_plugins(["gongkai_robots"], disabled=["robots"])
    with living.transaction() as session:
        for kind, events in (("webhook", ()), ("wecom", ()), ("dingtalk", ("escalated",))):
            add_channel(
                session,
                plugins,
                living.settings.outgoing,
                kind=kind,
                url="https://8.8.8.8/hook?key=1",
                institution=None,
                events=events,
                now=living.now(),
            )
    living.change(SITES, "2026-03-02")
    living.change("yunhe-blood/blood_costs", "2026-03-02")
    live(living, "2026-03-23")

    calls = [one for one in messages(living) if one.kind != "mail"]
    assert sorted(one.recipient for one in calls) == ["webhook 1", "wecom 2"]
    hook = next(one for one in calls if one.kind == "webhook").body
    assert hook["type"] == "obligations.reminded"
    facts = {one["dataset"]: one for one in hook["data"]["obligations"]}
    assert facts.keys() == {SITES, "yunhe-blood/blood_costs"}
    assert facts[SITES]["due_on"] == "2026-03-30"
    assert facts[SITES]["reminders"] == ["before:5"]
    assert facts[SITES]["working_days_left"] == 5
    assert facts[SITES]["rule"]["article"] == "18"
    robot = next(one for one in calls if one.kind == "robot").body
    assert "[云河市中心血站：固定献血屋(点)](http://127.0.0.1:8000/datasets/" in robot["markdown"]


def test_a_channel_of_one_institution_hears_of_that_one_alone(living):
    make_institution(living, "linshan-blood")
    with living.transaction() as session:
        from gongkai.services.catalog import get_institution

        add_channel(
            session,
            living.plugins,
            living.settings.outgoing,
            kind="webhook",
            url="https://8.8.8.8/",
            institution=get_institution(session, "linshan-blood"),
            now=living.now(),
        )
    live(living, "2026-03-30")
    calls = messages(living, kind="webhook")
    about = [one for call in calls for one in call.body["data"]["obligations"]]
    assert len(about) > 3
    assert {one["dataset"].split("/")[0] for one in about} == {"linshan-blood"}


def test_a_second_batch_on_one_day_tells_only_what_is_new(living):
    only(living)
    living.change(SITES, "2026-03-02")
    live(living, "2026-03-30")
    living.change("yunhe-blood/blood_costs", "2026-03-02")
    later(living, hours=1)
    assert run_remind(living) == 2
    texts = [one.body["text"] for one in messages(living, recipient="clerk@yunhe-blood.example")]
    assert ["固定献血屋(点)" in text for text in texts] == [True, False]


def test_nothing_is_told_twice_when_the_work_is_undone_half_way(database_url, tmp_path):
    site = make_living(database_url, tmp_path / "data")
    site.night("2026-03-30")
    try:
        with site.transaction() as session:
            from gongkai.services.clock import clock_of
            from gongkai.services.digesting import remind

            remind(session, clock_of(session, site.plugins), site.settings.site, now=site.now())
            assert session.query(Message).count() > 0
            raise KeyboardInterrupt
    except KeyboardInterrupt:
        pass
    assert messages(site) == []
    assert run_remind(site) > 0
    assert run_remind(site) == 0
    assert at("2026-03-30") == site.now()
    site.close()
