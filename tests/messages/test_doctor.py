"""`gongkai doctor` says whether reminders and watched sources reach anybody."""

import pytest
from sqlalchemy import update

from gongkai.cli.doctor import diagnose
from gongkai.cli.findings import Level
from gongkai.models import Channel, Dataset, WatchedSource
from gongkai.services.channels import add_channel
from gongkai.testing import make_institution
from tests.messages.people import give_mail, write_mail


@pytest.fixture
def database_url(sqlite_url):
    """One database will do: test_delivering_faults and test_reminding run on each."""
    return sqlite_url


MAIL = {"host": "mail.example", "port": 587, "sender": "gongkai@mail.example"}


def found(site, check):
    return next((one for one in diagnose(site) if one.check == check), None)


def test_a_site_without_a_mail_server_says_that_its_reminders_wait(make_site_with):
    told = found(make_site_with(), "mail")

    assert told.level is Level.WARNING
    assert "[mail]" in told.advice.zh
    assert found(make_site_with(mail=MAIL), "mail").level is Level.OK


def test_institutions_whom_no_reminder_reaches_are_named(make_site_with):
    site = make_site_with(mail=MAIL)
    for number in range(7):
        make_institution(site, f"station-{number}")
    give_mail(site, "station-0")

    told = found(site, "reminders")
    assert told.message.en == (
        "Institutions that no reminder reaches: 6 "
        "(station-1, station-2, station-3, station-4, station-5 and 1 more)"
    )
    assert "6 家机构" in told.message.zh
    for number in range(1, 7):
        give_mail(site, f"station-{number}")
    assert found(site, "reminders") is None


def test_what_was_given_up_and_switched_off_is_told_with_what_to_do(make_site_with):
    site = make_site_with(mail=MAIL)
    make_institution(site)
    assert found(site, "messages") is None
    write_mail(site, dead_at=site.now(), last_error="550 no such user")
    with site.transaction() as session:
        given = {"institution": None, "now": site.now(), "kind": "webhook"}
        url = "https://8.8.8.8/hook"
        add_channel(session, site.plugins, site.settings.outgoing, url=url, **given)
        off = {"disabled_at": site.now(), "disabled_reason": "410 Gone"}
        session.execute(update(Channel).values(**off))

    assert found(site, "messages").message.en == "Messages given up: 1"
    assert found(site, "channel 1").message.zh == "已停用：410 Gone"
    assert "gongkai channel enable 1" in found(site, "channel 1").advice.en


def test_sources_that_cannot_be_read_are_counted(make_site_with):
    site = make_site_with(mail=MAIL)
    make_institution(site)
    with site.transaction() as session:
        values = {"every_minutes": 60, "created_at": site.now(), "created_by_id": 1}
        dataset = session.query(Dataset).first()
        for name in ("a", "b"):
            source = WatchedSource(
                dataset_id=dataset.id,
                address=f"/srv/{name}.csv",
                next_check_at=site.now(),
                failing_since=site.now() if name == "a" else None,
                **values,
            )
            session.add(source)

    assert found(site, "sources").message.en == "Watched sources that cannot be read: 1"
