"""`gongkai channel`, `messages` and `account email`, as an operator types them."""

import pytest
from click.testing import CliRunner

from gongkai.cli import cli
from gongkai.errors import GongkaiError
from gongkai.models import Channel, Message
from gongkai.services.access import get_account
from gongkai.site import Site
from gongkai.testing import make_institution, make_settings, make_site
from tests.messages.people import write_mail
from tests.services.receivers import OK, answers


@pytest.fixture
def command(tmp_path, monkeypatch):
    """Run the command line on a site with one institution."""
    monkeypatch.setenv("GONGKAI_STORAGE_DATA_DIR", str(tmp_path / "data"))
    site = make_site(tmp_path / "data")
    make_institution(site)
    site.close()

    def run(*words):
        result = CliRunner().invoke(cli, words)
        if isinstance(result.exception, GongkaiError):
            raise result.exception
        assert result.exit_code == 0, result.output
        return result.output

    run.site = Site(make_settings(tmp_path / "data"))
    yield run
    run.site.close()


def test_a_mail_address_is_set_shown_and_taken_away(command):
    command("account", "email", "yunhe-blood.clerk", "clerk@yunhe.example", "--language", "en")
    assert "<clerk@yunhe.example>" in command("account", "list")
    command("account", "email", "yunhe-blood.clerk")
    with command.site.reading() as session:
        found = get_account(session, "yunhe-blood.clerk")
        assert (found.email, found.language) == (None, "en")


@pytest.mark.parametrize(
    "wrong", ["x", "a@b", "a b@c.example", "a@c.example\nBcc: x@y.example", "张三@医院.example",
              "<a@c.example>", "a@c.example, d@e.example"],
)  # fmt: skip
def test_what_is_no_mail_address_is_refused(command, wrong):
    with pytest.raises(GongkaiError, match="not a mail address"):
        command("account", "email", "yunhe-blood.clerk", wrong)


def test_a_channel_is_added_tried_listed_and_removed(command, open_receiver, monkeypatch):
    receiver = open_receiver(answers(OK))
    monkeypatch.setenv("GONGKAI_OUTGOING_ALLOW_HTTP", "true")
    monkeypatch.setenv("GONGKAI_OUTGOING_PORTS", str(receiver.port))
    monkeypatch.setenv("GONGKAI_OUTGOING_ALLOWED_HOSTS", "127.0.0.1")

    said = command("channel", "add", receiver.url, "--institution", "yunhe-blood", "--event", "due")
    assert said.startswith("channel 1 whsec_")
    assert "took it" in command("channel", "test", "1")
    assert b"channel.tested" in receiver.requests[0][2]
    listed = command("channel", "list")
    assert "yunhe-blood" in listed
    assert "a=1" not in listed  # a robot's key stands in its address
    receiver._behave = answers(b"HTTP/1.1 503 Busy\r\nContent-Length: 4\r\n\r\nbusy")
    with pytest.raises(GongkaiError, match="503: busy"):
        command("channel", "test", "1")
    command("channel", "remove", "1")
    with command.site.reading() as session:
        assert session.get(Channel, 1) is None


def test_messages_that_wait_or_were_given_up_are_listed_and_retried(command):
    dead = write_mail(command.site, dead_at=command.site.now(), last_error="The server is down.")
    waiting = write_mail(command.site)

    assert waiting in command("messages", "list")
    assert dead not in command("messages", "list")
    assert f"{dead} " in command("messages", "list", "--dead")
    assert "The server is down." in command("messages", "list", "--dead")
    command("messages", "retry", dead)
    assert dead in command("messages", "list")
    with command.site.reading() as session:
        assert session.get(Message, dead).dead_at is None


def test_all_that_was_given_up_is_retried_at_once_but_for_channels_that_are_off(command):
    now = command.site.now()
    gone = {"dead_at": now, "last_error": "The server is down."}
    with command.site.transaction() as session:
        session.add(Channel(id=1, kind="webhook", url="x", secret="", events=[], created_at=now))
        off = {"disabled_at": now, "disabled_reason": "410"}
        session.add(
            Channel(id=2, kind="webhook", url="x", secret="", events=[], created_at=now, **off)
        )
    back = [write_mail(command.site, **gone) for _ in range(2)]
    back.append(write_mail(command.site, kind="webhook", channel_id=1, **gone))
    stays = write_mail(command.site, kind="webhook", channel_id=2, **gone)

    assert command("messages", "retry", "--all") == "3 messages wait again.\n"
    assert command("messages", "retry", "--all") == "0 messages wait again.\n"

    listed = command("messages", "list")
    assert all(one in listed for one in back)
    assert stays in command("messages", "list", "--dead")


@pytest.mark.parametrize("words", [(), ("msg_1", "--all")])
def test_a_retry_names_one_message_or_all(command, words):
    result = CliRunner().invoke(cli, ("messages", "retry", *words))
    assert result.exit_code == 2
    assert "Name one message, or write --all" in result.output
