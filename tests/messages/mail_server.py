"""A real SMTP server on loopback that does to each mail what a test says."""

import asyncio
import email
import email.policy
from contextlib import contextmanager

from aiosmtpd.controller import Controller

from tests.databases import free_port


class MailServer:
    """Takes mail. ``plan`` holds what happens to the next ones: see ``handle_DATA``."""

    def __init__(self, plan=(), on_data=None):
        self.plan = list(plan)
        self.taken = []
        self.tries = 0
        self._on_data = on_data

    # aiosmtpd calls these by name.
    async def handle_MAIL(self, _server, _session, envelope, address, options):  # noqa: N802
        if self.plan and self.plan[0] in ("no-sender", "too-big"):
            self.tries += 1
            return {
                "no-sender": "550 5.7.1 Sender address not allowed",
                "too-big": "552 5.3.4 Message too big",
            }[self.plan.pop(0)]
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 OK"

    async def handle_RCPT(self, _server, _session, envelope, address, _options):  # noqa: N802
        self.tries += 1
        if self.plan and self.plan[0] in ("greylist", "unknown"):
            return {
                "greylist": "451 4.7.1 Greylisted, try again later",
                "unknown": "550 5.1.1 No such user",
            }[self.plan.pop(0)]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, _session, envelope):  # noqa: N802
        what = self.plan.pop(0) if self.plan else "accept"
        if what == "too-busy":
            return "452 4.3.1 Insufficient storage"
        if what == "spam":
            return "554 5.7.1 Looks like spam"
        if what == "hang":
            await asyncio.sleep(30)
            return "250 too late"
        if what == "drop-untaken":
            server.transport.abort()
            return "250 unheard"
        self.taken.append((envelope.rcpt_tos[0], envelope.content))
        if self._on_data:
            self._on_data()
        if what == "drop-taken":
            server.transport.abort()
        return "250 OK"

    @property
    def mails(self):
        """What was taken, parsed."""
        return [
            email.message_from_bytes(content, policy=email.policy.default)
            for _, content in self.taken
        ]

    @property
    def ids(self):
        return [mail["Message-ID"] for mail in self.mails]


@contextmanager
def mail_server(plan=(), *, on_data=None, **given):
    """Run a mail server; yields (server, settings of [mail])."""
    handler = MailServer(plan, on_data)
    controller = Controller(handler, hostname="127.0.0.1", port=free_port(), **given)
    controller.start()
    try:
        yield handler, mail_settings(controller.port)
    finally:
        controller.stop(no_assert=True)


def mail_settings(port, **given):
    return {
        "host": "127.0.0.1",
        "port": port,
        "security": "none",
        "sender": "gongkai@health.example",
        "timeout_seconds": 10.0,
        **given,
    }
