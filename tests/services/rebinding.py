"""A name that is public when it is checked and 127.0.0.1 when it is called.

Runs in a network and mount namespace of its own (``unshare --net --mount``), where 8.8.8.8 is
one of our addresses and the name server is ours: its answers alternate, with TTL 0. Prints who
was called by a careless client and by ours.
"""

import json
import socket
import socketserver
import struct
import subprocess
import sys
import threading
from pathlib import Path
from urllib.request import urlopen

from gongkai.errors import GongkaiError
from gongkai.services.outgoing import OutgoingLimits, OutgoingRequest, send

PUBLIC, PRIVATE = "8.8.8.8", "127.0.0.1"
TRIES = 30
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok"


class Alternating(socketserver.BaseRequestHandler):
    """A name server that tells the truth to nobody twice."""

    asked = 0

    def handle(self):
        data, line = self.request
        end = data.index(b"\0", 12) + 5
        question, kind = data[12:end], data[end - 4 : end - 2]
        answer, count = b"", 0
        if kind == b"\0\1":
            name = question.lower()
            address = PUBLIC if Alternating.asked % 2 == 0 else PRIVATE
            Alternating.asked += 1
            if b"cname" in name:
                # The name leads to another one, and that one home.
                target = b"\4home\7example\0"
                answer = b"\xc0\x0c\0\5\0\1" + struct.pack(">IH", 0, len(target)) + target
                answer += (
                    target + b"\0\1\0\1" + struct.pack(">IH", 0, 4) + socket.inet_aton(PRIVATE)
                )
                count = 2
            else:
                answer = b"\xc0\x0c\0\1\0\1" + struct.pack(">IH", 0, 4) + socket.inet_aton(address)
                count = 1
        head = data[:2] + b"\x81\x80" + struct.pack(">HHHH", 1, count, 0, 0)
        line.sendto(head + question + answer, self.client_address)


class Sink:
    """Listens at an address, answers everybody and counts."""

    def __init__(self, address):
        self.calls = 0
        self._listening = socket.create_server((address, 80))
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self):
        while True:
            line, _ = self._listening.accept()
            self.calls += 1
            with line:
                line.recv(65536)
                line.sendall(OK)


def main():
    folder = Path(sys.argv[1])
    for command in ("ip link set lo up", f"ip addr add {PUBLIC}/32 dev lo"):
        subprocess.run(command.split(), check=True)
    resolver = folder / "resolv.conf"
    resolver.write_text(f"nameserver {PRIVATE}\noptions timeout:1 attempts:1\n")
    subprocess.run(["mount", "--bind", resolver, "/etc/resolv.conf"], check=True)
    names = socketserver.UDPServer((PRIVATE, 53), Alternating)
    threading.Thread(target=names.serve_forever, daemon=True).start()
    public, private = Sink(PUBLIC), Sink(PRIVATE)

    socket.getaddrinfo("trap.example", 80, socket.AF_INET)  # the check of a careless client
    urlopen("http://trap.example/", timeout=5).read()
    careless = (public.calls, private.calls)

    limits = OutgoingLimits(allow_http=True, ports=frozenset({80, 443}))
    endings = {"answered": 0, "refused": 0}
    for number in range(TRIES):
        name = "cname.example" if number % 5 == 4 else "trap.example"
        try:
            send(OutgoingRequest(f"http://{name}/"), limits)
            endings["answered"] += 1
        except GongkaiError:
            endings["refused"] += 1
    called = (public.calls - careless[0], private.calls - careless[1])
    print(json.dumps({"careless": careless, "called": called, **endings}))


if __name__ == "__main__":
    main()
