"""Mail reaches a real SMTP server that has its moods: nothing lost, nothing doubled."""

import pytest
from aiosmtpd.smtp import AuthResult

from gongkai.errors import Conflict
from gongkai.services.channels import count_messages, list_messages, retry_message
from gongkai.services.delivering import MAX_ATTEMPTS, deliver
from tests.databases import free_port
from tests.messages.mail_server import mail_server, mail_settings
from tests.messages.people import later, messages, write_mail
from tests.services.receivers import certificate


@pytest.fixture
def database_url(sqlite_url):
    """One database will do: test_delivering_faults and test_reminding run on each."""
    return sqlite_url


def counts(site):
    with site.reading() as session:
        return count_messages(session)


def deliver_for(site, hours):
    """Run the job every quarter of an hour."""
    return sum((later(site, minutes=15), deliver(site))[1] for _ in range(hours * 4))


def test_a_mail_is_sent_once_with_its_own_message_id(make_site_with):
    with mail_server() as (server, mail):
        site = make_site_with(mail=mail)
        message_id = write_mail(site, "head@yunhe.example")

        assert [deliver(site), deliver(site)] == [1, 0]

    assert server.ids == [f"<{message_id}@127.0.0.1>"]
    sent = server.mails[0]
    assert sent["To"] == "head@yunhe.example"
    assert sent["From"] == "公开 <gongkai@health.example>"
    assert (sent["Subject"], sent["Auto-Submitted"]) == ("【公开】提醒", "auto-generated")
    assert sent.get_body(("plain",)).get_content().strip() == "正文"
    assert "<p>正文</p>" in sent.get_body(("html",)).get_content()


@pytest.mark.parametrize("mood", ["greylist", "too-busy", "drop-untaken", "hang"])
def test_what_was_put_off_is_taken_later(make_site_with, mood):
    seconds = 1.0 if mood == "hang" else 10.0
    with mail_server([mood, mood]) as (server, mail):
        site = make_site_with(mail={**mail, "timeout_seconds": seconds})
        message_id = write_mail(site)

        deliver(site)
        assert counts(site) == {"waiting": 1, "dead": 0, "sent": 0}
        assert messages(site)[0].last_error
        deliver_for(site, hours=1)

    assert server.ids == [f"<{message_id}@127.0.0.1>"]
    assert counts(site) == {"waiting": 0, "dead": 0, "sent": 1}


@pytest.mark.parametrize("mood", ["unknown", "spam", "too-big"])
def test_what_is_refused_for_good_is_put_on_the_list_of_the_dead_at_once(make_site_with, mood):
    with mail_server([mood]) as (server, mail):
        site = make_site_with(mail=mail)
        refused, good = write_mail(site), write_mail(site)

        assert deliver(site) + deliver(site) == 1

    with site.reading() as session:
        dead = list_messages(session, dead=True)
    assert len(dead) == 1
    assert dead[0].id in (refused, good)
    assert dead[0].last_error.startswith("The mail server says 55")
    assert counts(site)["sent"] == len(server.taken) == 1


def test_a_sender_that_the_server_refuses_loses_no_mail_and_tries_one_a_run(make_site_with):
    with mail_server(["no-sender"]) as (server, mail):
        site = make_site_with(mail=mail)
        for _ in range(3):
            write_mail(site)

        assert deliver(site) == 0
        assert (server.tries, counts(site)["waiting"]) == (1, 3)
        assert any("says 550" in (one.last_error or "") for one in messages(site))
        assert deliver_for(site, hours=1) == 3


def test_a_mail_taken_without_a_word_comes_again_under_the_same_id(make_site_with):
    with mail_server(["drop-taken"]) as (server, mail):
        site = make_site_with(mail=mail)
        write_mail(site)

        deliver_for(site, hours=1)

    assert len(server.ids) == 2
    assert len(set(server.ids)) == 1


def test_while_the_server_is_down_nothing_is_lost_and_publishing_does_not_wait(make_site_with):
    port = free_port()
    site = make_site_with(mail=mail_settings(port))
    written = {f"<{write_mail(site)}@127.0.0.1>" for _ in range(30)}

    assert deliver_for(site, hours=8) == 0
    assert counts(site)["waiting"] == 30
    with mail_server() as (server, mail):
        site.settings = make_site_with(mail=mail).settings
        deliver_for(site, hours=12)

    assert set(server.ids) == written
    assert len(server.ids) == 30


def test_a_server_that_hangs_holds_one_mail_a_run(make_site_with):
    with mail_server(["hang"] * 3) as (server, mail):
        site = make_site_with(mail={**mail, "timeout_seconds": 1.0})
        for _ in range(5):
            write_mail(site)
        deliver(site)
        assert server.tries == 1


def test_after_about_two_days_a_mail_is_given_up_and_can_be_retried(make_site_with):
    site = make_site_with(mail=mail_settings(free_port()))
    began = site.now()
    message_id = write_mail(site)
    deliver_for(site, hours=60)

    gone = messages(site)[0]
    assert gone.attempts == MAX_ATTEMPTS
    assert 36 < (gone.dead_at - began).total_seconds() / 3600 < 54
    assert "cannot be used" in gone.last_error
    with mail_server() as (server, mail):
        site.settings = make_site_with(mail=mail).settings
        with site.transaction() as session:
            retry_message(session, message_id, now=site.now())
        assert deliver(site) == 1
    assert server.ids == [f"<{message_id}@127.0.0.1>"]
    with site.transaction() as session, pytest.raises(Conflict):
        retry_message(session, message_id, now=site.now())


def test_without_a_mail_server_mail_waits_unharmed(make_site_with):
    site = make_site_with()
    write_mail(site)

    assert deliver_for(site, hours=100) == 0
    assert messages(site)[0].attempts == 0


def test_reminders_that_waited_for_a_mail_server_for_weeks_are_given_up_and_other_mail_is_not(
    make_site_with,
):
    site = make_site_with()
    old = write_mail(site, dedup="reminders:2026-03-02:account:1:1")
    other = write_mail(site, dedup="rectification:1:account:1")
    later(site, days=20)
    recent = write_mail(site, dedup="reminders:2026-03-22:account:1:2")
    later(site, days=3)
    with mail_server() as (server, mail):
        site.settings = make_site_with(mail=mail).settings
        assert deliver(site) == 2

        assert set(server.ids) == {f"<{one}@127.0.0.1>" for one in (other, recent)}
        dead = next(one for one in messages(site) if one.dead_at)
        assert dead.id == old
        assert "more than 3 days" in dead.last_error


def test_a_reminder_that_is_retried_by_hand_is_sent_however_old_it_is(make_site_with):
    site = make_site_with()
    old = write_mail(site, dedup="reminders:2026-03-02:account:1:1")
    with mail_server(["greylist"]) as (server, mail):
        off, on = site.settings, make_site_with(mail=mail).settings
        later(site, days=20)
        site.settings = on
        deliver(site)
        with site.transaction() as session:
            retry_message(session, old, now=site.now())
        site.settings = off
        later(site, days=20)
        site.settings = on

        assert (deliver(site), deliver_for(site, hours=1)) == (0, 1)

    assert server.ids == [f"<{old}@127.0.0.1>"]


def test_a_subject_or_a_name_cannot_add_a_header(make_site_with):
    with mail_server() as (server, mail):
        site = make_site_with(mail=mail, site={"name_zh": "公开\r\nBcc: x@evil.example"})
        write_mail(site, subject="血库\r\nBcc: victim@evil.example\r\n\r\nbody")
        deliver(site)

    sent = server.mails[0]
    assert sent["Bcc"] is None
    assert sent["Subject"] == "血库 Bcc: victim@evil.example body"
    assert len(server.taken) == 1


def test_no_password_goes_over_a_line_without_tls(make_site_with):
    seen = []

    def authenticator(server, session, envelope, mechanism, data):
        seen.append(data)

    with mail_server(authenticator=authenticator, auth_require_tls=False) as (server, mail):
        site = make_site_with(mail={**mail, "user": "u", "password": "p"})
        write_mail(site)
        deliver(site)

    assert (seen, server.tries) == ([], 0)
    assert "not sent" in messages(site)[0].last_error


def test_a_server_without_tls_or_with_anybodys_certificate_gets_nothing(make_site_with, tmp_path):
    context, _ = certificate(tmp_path, "127.0.0.1")
    with mail_server() as (server, mail):
        site = make_site_with(mail={**mail, "security": "starttls"})
        write_mail(site)
        deliver(site)
        assert server.tries == 0
    with mail_server(tls_context=context) as (server, mail):
        chosen = {**mail, "security": "starttls", "user": "u", "password": "p"}
        site.settings = make_site_with(mail=chosen).settings
        later(site, hours=1)
        deliver(site)
        assert server.tries == 0
        assert "certificate" in messages(site)[0].last_error.lower()


def test_over_tls_it_logs_in_and_sends(make_site_with, tmp_path):
    context, cert = certificate(tmp_path, "localhost")
    seen = []

    def authenticator(server, session, envelope, mechanism, data):
        seen.append((data.login, data.password))
        return AuthResult(success=True)

    given = {"tls_context": context, "authenticator": authenticator, "auth_required": True}
    with mail_server(**given) as (server, mail):
        chosen = {"host": "localhost", "security": "starttls", "ca_file": str(cert)}
        site = make_site_with(mail={**mail, **chosen, "user": "u", "password": "p"})
        write_mail(site)
        assert deliver(site) == 1

    assert seen == [(b"u", b"p")]
    assert len(server.taken) == 1
