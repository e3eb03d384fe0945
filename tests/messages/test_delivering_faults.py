"""Workers that are killed, and several at once: no message lost, none doubled at a receiver
that drops what it has seen.
"""

import os
import random
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from sqlalchemy import update

from gongkai.models import Message
from gongkai.services import delivering
from gongkai.services.channels import count_messages
from gongkai.services.delivering import deliver
from tests.messages.mail_server import mail_server
from tests.messages.people import later, messages, write_mail

ROOT = Path(__file__).parents[2]


def start_worker(site, mail, tmp_path):
    command = [sys.executable, "-m", "tests.messages.deliver_once"]
    given = [site.settings.database_url, str(mail["port"]), str(tmp_path / "d")]
    return subprocess.Popen(
        [*command, *given, site.now().isoformat()],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )


def counts(site):
    with site.reading() as session:
        return count_messages(session)


def test_killed_between_sent_and_recorded_comes_twice_under_one_id(make_site_with, tmp_path):
    worker = []

    def kill():
        while worker:
            worker.pop().send_signal(signal.SIGKILL)

    with mail_server(on_data=kill) as (server, mail):
        site = make_site_with(mail=mail)
        written = {f"<{write_mail(site)}@127.0.0.1>" for _ in range(3)}
        worker.append(start_worker(site, mail, tmp_path))
        process = worker[0]
        assert process.wait(240) == -signal.SIGKILL
        process.stdout.close()
        assert (len(server.ids), counts(site)["sent"]) == (1, 0)

        assert deliver(site) == 0  # the lease of the dead one still runs
        later(site, hours=1)
        assert deliver(site) == 3

    assert set(server.ids) == written
    assert len(server.ids) == 4


def test_workers_killed_at_random_lose_nothing(make_site_with, tmp_path):
    chance = random.Random(20261122)
    running, kills = {}, []

    def maybe_kill():
        if chance.random() < 0.15 and running:
            running["worker"].send_signal(signal.SIGKILL)
            kills.append(1)

    with mail_server(on_data=maybe_kill) as (server, mail):
        site = make_site_with(mail=mail)
        written = {f"<{write_mail(site)}@127.0.0.1>" for _ in range(40)}
        for _ in range(40):
            if counts(site)["waiting"] == 0:
                break
            running["worker"] = start_worker(site, mail, tmp_path)
            running["worker"].communicate(timeout=240)
            later(site, hours=1)

    assert counts(site) == {"waiting": 0, "dead": 0, "sent": 40}
    assert set(server.ids) == written
    assert len(kills) >= 2
    assert len(server.ids) - 40 <= len(kills)


def test_three_workers_at_once_send_each_message_once(make_site_with, tmp_path):
    with mail_server() as (server, mail):
        site = make_site_with(mail=mail)
        written = {f"<{write_mail(site)}@127.0.0.1>" for _ in range(60)}
        workers = [start_worker(site, mail, tmp_path) for _ in range(3)]
        shares = [int(one.communicate(timeout=240)[0]) for one in workers]

    assert sum(shares) == 60
    assert set(server.ids) == written
    assert len(server.ids) == 60


def test_whoever_lost_the_lease_cannot_mark_the_message(make_site_with):
    """A worker stands still while sending; another one takes the message over."""
    with mail_server() as (server, mail):
        site = make_site_with(mail=mail)
        message_id = write_mail(site)
        arrived, go_on = threading.Event(), threading.Event()

        def stand_still():
            if not arrived.is_set():
                arrived.set()
                go_on.wait(60)

        slow = make_site_with(mail={**mail, "timeout_seconds": 60.0})
        server._on_data = stand_still
        thread = threading.Thread(target=deliver, args=(slow,))
        thread.start()
        assert arrived.wait(60)
        with site.transaction() as session:  # the other one's claim, as a later hour makes it
            claimed = delivering._claim(
                session,
                delivering._Round(skip_mail=False),
                now=site.now().replace(hour=20),
                lease_seconds=60,
            )
        go_on.set()
        thread.join(60)

    assert [one.id for one, _ in claimed] == [message_id]
    assert claimed[0][0].fencing == 2
    left = messages(site)[0]
    assert (left.sent_at, left.fencing) == (None, 2)
    assert delivering._mark(site, claimed[0][0], sent_at=site.now())
    assert messages(site)[0].sent_at is not None


def test_a_message_that_cannot_be_made_does_not_stop_the_others(make_site_with):
    with mail_server() as (server, mail):
        site = make_site_with(mail=mail)
        broken, good = write_mail(site), write_mail(site)
        with site.transaction() as session:
            session.execute(update(Message).where(Message.id == broken).values(body={"x": 1}))
        deliver(site)
        later(site, minutes=5)
        deliver(site)

    assert f"<{good}@127.0.0.1>" in server.ids
    assert "KeyError" in next(one for one in messages(site) if one.id == broken).last_error


@pytest.mark.parametrize("attempts", [1, 2, 9, 10, 15, 1000])
def test_the_wait_grows_to_six_hours_and_is_never_twice_the_same(attempts):
    waits = {delivering._delay(attempts).total_seconds() for _ in range(50)}
    plain = min(60 * 2 ** min(attempts - 1, 20), 6 * 3600)
    assert all(plain * 0.8 <= one <= plain * 1.2 for one in waits)
    assert len(waits) > 40
