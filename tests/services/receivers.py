"""Servers on loopback that behave badly, each a function of an open connection."""

import socket
import ssl
import subprocess
import threading
import time
from contextlib import contextmanager, suppress

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


class Receiver:
    """A listening socket that gives each connection to ``behave``; keeps what came in."""

    def __init__(self, behave, context=None):
        self.requests = []
        self.connections = 0
        self._behave = behave
        self._context = context
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port = self._listening.getsockname()[1]
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    @property
    def url(self):
        return f"{'https' if self._context else 'http'}://127.0.0.1:{self.port}/hook?a=1"

    def _serve(self):
        with suppress(OSError):
            while True:
                line, _ = self._listening.accept()
                self.connections += 1
                threading.Thread(target=self._one, args=(line,), daemon=True).start()

    def _one(self, line):
        with suppress(OSError), line, self._secured(line) as line:
            self.requests.append(read_request(line))
            self._behave(line)

    def _secured(self, line):
        return self._context.wrap_socket(line, server_side=True) if self._context else line

    def close(self):
        self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        self._thread.join(5)


def read_request(line):
    """Return (first line, headers, body) of one request."""
    data = b""
    while b"\r\n\r\n" not in data:
        more = line.recv(65536)
        if not more:
            raise ConnectionError("hung up")
        data += more
    head, _, body = data.partition(b"\r\n\r\n")
    first, *rest = head.decode().split("\r\n")
    headers = {one.split(":", 1)[0].lower(): one.split(":", 1)[1].strip() for one in rest}
    while len(body) < int(headers.get("content-length", 0)):
        body += line.recv(65536)
    return first, headers, body


@contextmanager
def receiver(behave, context=None):
    made = Receiver(behave, context)
    try:
        yield made
    finally:
        made.close()


def answers(data):
    return lambda line: line.sendall(data)


def hangs(line):
    time.sleep(20)


def drips_headers(line):
    line.sendall(b"HTTP/1.1 200 OK\r\nX-Slow: ")
    _drip(line)


def drips_body(line):
    line.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
    _drip(line)


def _drip(line):
    for _ in range(200):
        line.sendall(b"x")
        time.sleep(0.1)


def endless_body(line):
    line.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
    for _ in range(10_000):
        line.sendall(b"x" * 65536)


def endless_headers(line):
    line.sendall(b"HTTP/1.1 200 OK\r\n")
    for number in range(100_000):
        line.sendall(b"X-Header-%d: %s\r\n" % (number, b"y" * 1000))


def certificate(folder, name):
    """Return (server context, path of the certificate to trust) for a DNS name."""
    key, cert = folder / "key.pem", folder / "cert.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
         "-nodes", "-keyout", key, "-out", cert, "-days", "2", "-subj", f"/CN={name}",
         "-addext", f"subjectAltName=DNS:{name}"],
        check=True, capture_output=True,
    )  # fmt: skip
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert, key)
    return context, cert
