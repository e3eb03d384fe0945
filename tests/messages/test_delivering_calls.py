"""Webhooks and robots: signed, patient, and switched off where nobody listens any more."""

import json
from datetime import timedelta

import pytest

from gongkai.domain.channels import ChannelMessage
from gongkai.errors import Conflict, Rejected
from gongkai.models import Channel, Role
from gongkai.plugins import load_plugins
from gongkai.services.channels import (
    add_channel,
    count_messages,
    disable_channel,
    enable_channel,
    get_channel,
    make_test,
    remove_channel,
    retry_message,
)
from gongkai.services.delivering import deliver
from gongkai.services.outgoing import OutgoingRefused
from gongkai.services.webhooks import new_secret, sign
from gongkai_robots import dingtalk, wecom
from tests.clock.living import at
from tests.messages.people import give_site_role, later, messages, write_mail
from tests.services.receivers import OK, answers, drips_body, endless_body, hangs


@pytest.fixture
def database_url(sqlite_url):
    """One database will do: test_delivering_faults and test_reminding run on each."""
    return sqlite_url


TAKEN = b'HTTP/1.1 200 OK\r\nContent-Length: 27\r\n\r\n{"errcode":0,"errmsg":"ok"}'
LIMITED = b'HTTP/1.1 200 OK\r\nContent-Length: 33\r\n\r\n{"errcode":45009,"errmsg":"slow"}'
# HMAC-SHA256 of "1772424000000\nSECabc" with the key SECabc, made with openssl.
SIGNED = "U431DhhvIGu6dTMV50NME3pVEk2ZXLu5DhP8BfxqHM4%3D"
GONE = b"HTTP/1.1 410 Gone\r\nContent-Length: 0\r\n\r\n"
BROKEN = b"HTTP/1.1 500 Oops\r\nContent-Length: 4\r\n\r\nboom"
MOVED = b"HTTP/1.1 301 Moved\r\nLocation: http://127.0.0.1/\r\nContent-Length: 0\r\n\r\n"


@pytest.fixture
def calling(make_site_with, open_receiver):
    """Make a site with one channel to a receiver that behaves as told."""

    def make(behave, kind="webhook", **given):
        receiver = open_receiver(behave)
        outgoing = {
            "allow_http": True,
            "ports": [str(receiver.port)],
            "allowed_hosts": ["127.0.0.1"],
            "total_seconds": 3.0,
        }
        site = make_site_with(outgoing=outgoing)
        site.plugins = load_plugins(["gongkai_robots"], disabled=["robots"])
        with site.transaction() as session:
            values = {"institution": None, "now": site.now(), **given}
            added = add_channel(
                session, site.plugins, site.settings.outgoing, kind=kind, url=receiver.url, **values
            )
        return site, receiver, added

    return make


def write_call(site, channel, kind="webhook"):
    body = {"title": "提醒", "markdown": "**一项**", "text": "一项"}
    body = {"type": "obligations.reminded", "data": {"甲": 1}} if kind == "webhook" else body
    return write_mail(site, kind=kind, channel_id=channel.id, recipient="r", body=body)


def channel_of(site):
    with site.reading() as session:
        return session.get(Channel, 1)


def counts(site):
    with site.reading() as session:
        return count_messages(session)


def test_the_signature_is_that_of_standard_webhooks():
    secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    value = sign(secret, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}')
    assert value == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_a_webhook_is_signed_over_what_arrives(calling):
    site, receiver, channel = calling(answers(OK))
    message_id = write_call(site, channel)

    assert [deliver(site), deliver(site)] == [1, 0]

    first, headers, body = receiver.requests[0]
    assert first == "POST /hook?a=1 HTTP/1.1"
    assert headers["webhook-id"] == message_id
    stamp = int(headers["webhook-timestamp"])
    assert stamp == int(site.now().timestamp())
    assert headers["webhook-signature"] == sign(channel.secret, message_id, stamp, body)
    assert json.loads(body)["data"] == {"甲": 1}


@pytest.mark.parametrize(
    "behave", [hangs, drips_body, answers(b""), answers(BROKEN), answers(MOVED)]
)
def test_a_receiver_that_fails_gets_the_same_message_later(calling, behave):
    site, receiver, channel = calling(behave)
    message_id = write_call(site, channel)
    assert deliver(site) == 0
    assert channel_of(site).failing_since is not None
    assert deliver(site) == 0
    assert receiver.connections == 1  # not before its time

    receiver._behave = answers(OK)
    later(site, minutes=5)
    assert deliver(site) == 1

    assert [headers["webhook-id"] for _, headers, _ in receiver.requests] == [message_id] * 2
    assert channel_of(site).failing_since is None


def test_a_receiver_that_hangs_holds_up_nobody_else(calling, open_receiver):
    site, receiver, channel = calling(hangs)
    good = open_receiver(answers(OK))
    site.settings.outgoing.ports.append(str(good.port))
    with site.transaction() as session:
        other = add_channel(
            session,
            site.plugins,
            site.settings.outgoing,
            kind="webhook",
            url=good.url,
            institution=None,
            now=site.now(),
        )
    for _ in range(12):
        write_call(site, channel)
        write_call(site, other)

    assert deliver(site) == 12
    assert receiver.connections == 1
    assert len(good.requests) == 12
    waiting = [one.attempts for one in messages(site) if one.channel_id == channel.id]
    assert sorted(waiting) == [0] * 11 + [1]


def test_an_endless_answer_counts_as_taken_once_its_status_says_so(calling):
    site, _, channel = calling(endless_body)
    write_call(site, channel)
    assert deliver(site) == 1


def test_a_webhook_hears_of_no_reminder_that_is_days_old_but_of_everything_else(calling):
    site, receiver, channel = calling(answers(OK))
    given = {"kind": "webhook", "channel_id": channel.id}
    write_mail(site, dedup="reminders:2026-03-02:channel:1:1", **given)
    other = write_mail(site, dedup="rectification:1:channel:1", **given)
    later(site, days=4)

    assert deliver(site) == 1
    assert [headers["webhook-id"] for _, headers, _ in receiver.requests] == [other]
    assert counts(site) == {"waiting": 0, "dead": 1, "sent": 1}


def test_410_switches_the_channel_off_and_its_messages_are_given_up(calling):
    site, receiver, channel = calling(answers(GONE))
    give_site_role(site, "operator", Role.OPERATOR, "en")
    dead = [write_call(site, channel) for _ in range(3)]
    deliver(site)

    assert channel_of(site).disabled_reason == "The receiver answered 410 Gone."
    assert counts(site) == {"waiting": 1, "dead": 3, "sent": 0}
    assert receiver.connections == 1
    mail = messages(site, kind="mail")[0]
    assert (mail.recipient, mail.subject) == (
        "operator@health.example",
        "[Gongkai] Channel 1 is off",
    )
    with site.transaction() as session, pytest.raises(Conflict, match="channel enable 1"):
        retry_message(session, dead[0], now=site.now())
    receiver._behave = answers(OK)
    with site.transaction() as session:
        enable_channel(get_channel(session, 1))
        retry_message(session, dead[0], now=site.now())
    assert deliver(site) == 1


def test_what_was_written_while_the_channel_was_switched_off_is_not_sent(calling):
    site, receiver, channel = calling(answers(OK))
    with site.transaction() as session:
        disable_channel(session, get_channel(session, 1), "410", site.settings.site, now=site.now())
    write_call(site, channel)
    assert deliver(site) == 0
    assert (receiver.connections, counts(site)["dead"]) == (0, 1)


def test_seven_days_of_failure_switch_the_channel_off(calling):
    site, _, channel = calling(answers(BROKEN))
    for day in range(9):
        site.today = at("2026-03-02") + timedelta(days=day)
        if channel_of(site).disabled_at is None:
            write_call(site, channel)
        deliver(site)

    found = channel_of(site)
    assert found.disabled_at == at("2026-03-09")
    assert found.disabled_reason.startswith("It took nothing for 7 days.")
    assert counts(site)["waiting"] == 0


def test_an_address_that_may_not_be_called_is_not_taken_on(make_site_with):
    site = make_site_with()
    for url in ("http://8.8.8.8/", "https://127.0.0.1/", "https://169.254.169.254/", "x"):
        with site.transaction() as session, pytest.raises(OutgoingRefused):
            add_channel(
                session,
                site.plugins,
                site.settings.outgoing,
                kind="webhook",
                url=url,
                institution=None,
                now=site.now(),
            )


@pytest.mark.parametrize(
    "wrong",
    [{"kind": "pigeon"}, {"secret": "whsec_short"}, {"events": ["x"]}, {"language": "fr"}],
)
def test_a_channel_with_something_wrong_is_refused(make_site_with, wrong):
    site = make_site_with()
    values = {"kind": "webhook", "institution": None, "now": site.now(), **wrong}
    with site.transaction() as session, pytest.raises(Rejected):
        add_channel(session, site.plugins, site.settings.outgoing, url="https://8.8.8.8/", **values)


def test_every_new_secret_is_another():
    assert new_secret() != new_secret()


@pytest.mark.parametrize("kind", ["wecom", "dingtalk"])
def test_a_robot_that_answers_200_with_an_error_has_not_taken_it(calling, kind):
    site, receiver, channel = calling(answers(LIMITED), kind=kind, secret="SEC1")
    write_call(site, channel, "robot")
    assert deliver(site) == 0
    assert "45009" in messages(site)[0].last_error

    receiver._behave = answers(TAKEN)
    later(site, minutes=5)
    assert deliver(site) == 1
    body = json.loads(receiver.requests[-1][2])
    assert body["msgtype"] == "markdown"


def test_a_removed_channel_takes_its_messages_along(calling):
    site, _, channel = calling(answers(OK))
    write_call(site, channel)
    with site.transaction() as session:
        remove_channel(session, get_channel(session, 1))
    assert messages(site) == []


def test_a_test_message_says_that_it_is_one(calling):
    site, _, channel = calling(answers(OK))
    made = make_test(channel, site.settings.site, now=site.now())
    assert made.body["type"] == "channel.tested"


def a_message(**given):
    values = {
        "id": "msg_1",
        "title": "【公开】提醒",
        "markdown": "**一项**\n> [甲](https://x.example/)",
        "text": "",
        "language": "zh",
        "url": "https://oapi.dingtalk.com/robot/send?access_token=T",
        "secret": "",
        "sent_at": at("2026-03-02"),
    }
    return ChannelMessage(**{**values, **given})


def test_dingtalk_is_signed_with_milliseconds_and_the_secret():
    call = dingtalk.render(a_message(secret="SECabc"))
    assert call.url.startswith(
        "https://oapi.dingtalk.com/robot/send?access_token=T&timestamp=1772424000000&sign="
    )
    assert call.url.endswith(SIGNED)
    assert dingtalk.render(a_message()).url == a_message().url


def test_wecom_gets_at_most_4096_bytes_with_whole_lines():
    lines = "\n".join(f"> [第{n}项](https://x.example/{n})" for n in range(500))
    call = wecom.render(a_message(markdown=lines))
    content = json.loads(call.body)["markdown"]["content"]
    assert 3900 < len(content.encode()) <= 4096
    kept = content.split("\n")
    assert kept[-1] == "……"
    assert all(line.endswith(")") for line in kept[2:-1])


@pytest.mark.parametrize("answer", [b"", b"[]", b"{}", b'{"errcode":"0"}', b"\xff"])
def test_rubbish_from_a_robot_is_no_yes(answer):
    assert not wecom.is_ok(200, answer)
    assert not dingtalk.is_ok(500, b'{"errcode":0}')
