"""A source of an institution: a real server on loopback whose behaviour the test sets."""

import hashlib
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

HEADER = "year,cost_item,amount_wan,note_text\n"


def costs(amount: str = "1260.40") -> bytes:
    return f"{HEADER}2025,test,{amount},\n".encode()


class Serving(ThreadingHTTPServer):
    """``content`` is served with validators; ``manner`` makes it misbehave."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.content = costs()
        self.manner = "well"
        self.asked: list[dict[str, str]] = []
        self.let_go = threading.Event()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/out/costs.csv"

    @property
    def etag(self) -> str:
        return f'"{hashlib.md5(self.content).hexdigest()}"'


class _Handler(BaseHTTPRequestHandler):
    server: Serving

    def do_GET(self) -> None:
        self.server.asked.append({name.lower(): value for name, value in self.headers.items()})
        match self.server.manner:
            case "well":
                self._well()
            case "500":
                self.send_error(500)
            case "304":
                self._answer(304)
            case "redirect":
                self._answer(302, Location="http://169.254.169.254/latest/meta-data/")
            case "hang":
                self.server.let_go.wait(20)
            case "slow":
                self._slow()
            case "endless":
                self._endless()
            case "short":
                self._answer(200, b"2025", **{"Content-Length": "400"})
            case "empty":
                self._answer(200, b"")
            case "lying clock":
                self._answer(200, self.server.content, Date=formatdate(0), ETag='"same"')

    def _well(self) -> None:
        if self.headers.get("If-None-Match") == self.server.etag:
            self._answer(304)
        else:
            modified = formatdate(1_767_225_600, usegmt=True)
            self._answer(
                200, self.server.content, **{"ETag": self.server.etag, "Last-Modified": modified}
            )

    def _answer(self, status: int, body: bytes = b"", **headers: str) -> None:
        self.send_response_only(status)
        headers = {"Content-Length": str(len(body))} | headers
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def _slow(self) -> None:
        self.send_response_only(200)
        self.end_headers()
        for _ in range(200):
            if self.server.let_go.wait(0.1):
                return
            self.wfile.write(b"x")

    def _endless(self) -> None:
        self.send_response_only(200)
        self.end_headers()
        begun = time.monotonic()
        try:
            while time.monotonic() - begun < 10:
                self.wfile.write(b"x" * 65536)
        except OSError:
            return

    def log_message(self, *args: object) -> None:
        """Say nothing."""


@contextmanager
def serving() -> Iterator[Serving]:
    server = Serving()
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.let_go.set()
        server.shutdown()
        server.server_close()
        thread.join()
