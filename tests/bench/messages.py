"""Ten thousand messages to sinks on loopback, by one worker: `./dev bench messages`."""

import time
from contextlib import contextmanager
from datetime import timedelta
from socketserver import StreamRequestHandler, ThreadingTCPServer
from threading import Thread

from sqlalchemy import func, select

from gongkai.models import Message
from gongkai.services.channels import add_channel
from gongkai.services.delivering import deliver
from tests.messages.mail_server import mail_server
from tests.messages.people import make_living, write_mail

SIZES = (1_000, 10_000)


class _Sink(StreamRequestHandler):
    def handle(self):
        length = 0
        for line in iter(self.rfile.readline, b"\r\n"):
            if line.lower().startswith(b"content-length:"):
                length = int(line.split(b":")[1])
        self.rfile.read(length)
        self.wfile.write(b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n")


class _Server(ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 128


@contextmanager
def webhook_sink():
    server = _Server(("127.0.0.1", 0), _Sink)
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        server.server_close()


def run(folder, measure, report):
    del measure  # a message is sent once
    for size in SIZES:
        with mail_server() as (_, mail):
            site = make_living(f"sqlite:///{folder}/mail-{size}.db", folder / "a", None, mail=mail)
            site.migrate()
            timed(site, size, "mails over SMTP", report)
        with webhook_sink() as port:
            outgoing = {
                "allow_http": True,
                "ports": [str(port)],
                "allowed_hosts": ["127.0.0.1"],
            }
            address = f"sqlite:///{folder}/calls-{size}.db"
            site = make_living(address, folder / "b", None, outgoing=outgoing)
            site.migrate()
            with site.transaction() as session:
                channel = add_channel(
                    session,
                    site.plugins,
                    site.settings.outgoing,
                    kind="webhook",
                    url=f"http://127.0.0.1:{port}/",
                    institution=None,
                    now=site.now(),
                )
            given = {"kind": "webhook", "channel_id": channel.id, "body": {"type": "t", "data": {}}}
            timed(site, size, "signed webhooks", report, **given)


def timed(site, size, what, report, **given):
    for _ in range(size):
        write_mail(site, **given)
    begun = time.perf_counter()
    while deliver(site):
        site.today += timedelta(minutes=1)
    seconds = time.perf_counter() - begun
    with site.reading() as session:
        sent = session.scalar(
            select(func.count()).select_from(Message).where(Message.sent_at.is_not(None))
        )
    assert sent == size
    report(what, size, seconds, 0.0)
    site.close()
