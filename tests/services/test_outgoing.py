"""What other people's servers can do to us, and where our requests may not go."""

import gzip
import io
import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from gongkai.services.outgoing import (
    OutgoingFailed,
    OutgoingLimits,
    OutgoingRefused,
    OutgoingRequest,
    check_address,
    send,
)
from gongkai.services.outgoing_addresses import Target, check_addresses
from tests.conftest import need
from tests.services.receivers import (
    OK,
    answers,
    certificate,
    drips_body,
    drips_headers,
    endless_body,
    endless_headers,
    hangs,
    receiver,
)

ROOT = Path(__file__).parents[2]
HERE = ("127.0.0.1", "localhost")
ANYWHERE = OutgoingLimits(allow_http=True, ports=frozenset({80, 443}))


def limits(server, **more):
    more = {"total_seconds": 10.0, "body_bytes": 1000, **more}
    return OutgoingLimits(allow_http=True, ports=frozenset({server.port}), **more)


def call(server, into=None, headers=None, **more):
    request = OutgoingRequest(server.url, "POST", headers or {}, b"hello")
    return send(request, limits(server, **more), allowed_hosts=HERE, into=into)


def test_an_answer_comes_back_with_status_headers_and_body():
    with receiver(answers(OK)) as server:
        answer = call(server, headers={"If-None-Match": '"x"'})

    assert (answer.status, answer.body, answer.byte_size) == (200, b"ok", 2)
    assert answer.headers["content-length"] == "2"
    first, headers, body = server.requests[0]
    assert first == "POST /hook?a=1 HTTP/1.1"
    assert headers["host"] == f"127.0.0.1:{server.port}"
    assert headers["if-none-match"] == '"x"'
    assert body == b"hello"


@pytest.mark.parametrize("behave", [hangs, drips_headers, drips_body])
def test_no_receiver_holds_us_longer_than_the_deadline(behave):
    with receiver(behave) as server:
        began = time.monotonic()
        with pytest.raises(OutgoingFailed, match="within 1 seconds"):
            call(server, total_seconds=1.0)

    assert time.monotonic() - began < 8


def test_a_tls_receiver_that_drips_is_cut_off_as_well(tmp_path):
    context, cert = certificate(tmp_path, "localhost")
    with receiver(drips_body, context) as server:
        began = time.monotonic()
        with pytest.raises(OutgoingFailed, match="within 1 seconds"):
            send_to_localhost(server, cert, total_seconds=1.0)

    assert time.monotonic() - began < 8


def test_an_endless_body_is_read_up_to_the_limit():
    with receiver(endless_body) as server:
        answer = call(server)

    assert (answer.status, len(answer.body), answer.is_truncated) == (200, 1000, True)


def test_endless_headers_are_a_failure():
    with receiver(endless_headers) as server, pytest.raises(OutgoingFailed, match="headers"):
        call(server, total_seconds=5.0)


def test_a_body_goes_into_a_file_as_it_comes():
    into = io.BytesIO()
    data = b'HTTP/1.1 200 OK\r\nETag: "v1"\r\n\r\n' + b"z" * 100_000
    with receiver(answers(data)) as server:
        answer = call(server, into, body_bytes=100_000)

    assert into.getvalue() == b"z" * 100_000
    assert (answer.body, answer.byte_size, answer.headers["etag"]) == (b"", 100_000, '"v1"')


def test_a_body_that_is_too_long_for_the_file_is_a_failure():
    with receiver(endless_body) as server, pytest.raises(OutgoingFailed, match="1,000 bytes"):
        call(server, io.BytesIO())


def test_only_the_body_of_a_200_goes_into_the_file():
    into = io.BytesIO()
    with receiver(answers(b"HTTP/1.1 404 No\r\nContent-Length: 4\r\n\r\ngone")) as server:
        answer = call(server, into)

    assert (answer.status, answer.body, into.getvalue()) == (404, b"gone", b"")


def test_a_gzip_bomb_is_never_unpacked():
    bomb = gzip.compress(bytes(100_000_000))
    head = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(bomb)
    with receiver(answers(head + bomb)) as server:
        answer = call(server)
        assert answer.body == bomb[:1000]
        with pytest.raises(OutgoingFailed, match="compressed"):
            call(server, io.BytesIO())


def test_a_redirect_to_the_metadata_service_is_only_an_answer():
    moved = b"HTTP/1.1 302 Found\r\nLocation: http://169.254.169.254/\r\nContent-Length: 0\r\n\r\n"
    with receiver(answers(moved)) as server:
        answer = call(server)

    assert (answer.status, server.connections) == (302, 1)


def test_a_receiver_that_hangs_up_is_a_failure():
    with receiver(answers(b"")) as server, pytest.raises(OutgoingFailed, match="could not be"):
        call(server)


def test_what_is_no_http_is_a_failure():
    with receiver(answers(b"220 smtp.example ESMTP\r\n")) as server, pytest.raises(OutgoingFailed):
        call(server)


def test_a_port_where_nobody_listens_is_a_failure():
    with receiver(answers(OK)) as server:
        pass
    with pytest.raises(OutgoingFailed, match="could not be called"):
        call(server)


def test_a_proxy_of_the_environment_is_not_used(monkeypatch):
    with receiver(answers(OK)) as proxy, receiver(answers(OK)) as server:
        for name in ("http_proxy", "HTTPS_PROXY", "ALL_PROXY"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
        call(server)
        assert proxy.connections == 0


def test_a_header_cannot_carry_another():
    with receiver(answers(OK)) as server, pytest.raises(OutgoingFailed):
        call(server, headers={"X": "a\r\nX-Forged: b"})
    assert server.requests == []


def send_to_localhost(server, cert, **more):
    request = OutgoingRequest(f"https://localhost:{server.port}/")
    return send(request, limits(server, ca_file=str(cert), **more), allowed_hosts=HERE)


def test_tls_checks_the_name_in_the_address_not_the_number_it_is_called_at(tmp_path):
    context, cert = certificate(tmp_path, "localhost")
    with receiver(answers(OK), context) as server:
        assert send_to_localhost(server, cert).status == 200
    assert server.requests[0][1]["host"] == f"localhost:{server.port}"


def test_a_certificate_for_another_name_or_of_nobody_known_is_refused(tmp_path):
    context, cert = certificate(tmp_path, "elsewhere.example")
    with receiver(answers(OK), context) as server:
        with pytest.raises(OutgoingFailed, match="certificate"):
            send_to_localhost(server, cert)
        with pytest.raises(OutgoingFailed, match="certificate"):
            send(OutgoingRequest(server.url), limits(server), allowed_hosts=HERE)
    assert server.requests == []


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1", "localhost", "0x7f.1", "2130706433", "127.1", "017700000001",
        "①②⑦.0.0.1", "127。0。0。1", "0.0.0.0", "10.0.0.1", "172.16.0.1", "192.168.1.1", "100.64.0.1",
        "100.100.100.200", "169.254.169.254", "168.63.129.16", "192.88.99.1", "224.0.0.1",
        "255.255.255.255", "[::1]", "[::]", "[::ffff:127.0.0.1]", "[::ffff:10.0.0.1]",
        "[::127.0.0.1]", "[64:ff9b::7f00:1]", "[64:ff9b::a9fe:a9fe]", "[64:ff9b:1::808:808]",
        "[2002:7f00:1::]", "[2001:0:7f00:1::]", "[2001:0:808:808::80ff:fffe]", "[fe80::1]",
        "[fc00::1]", "[ff02::1]", "[fe80::1%25lo]",
    ],
)  # fmt: skip
def test_what_is_not_public_is_refused_in_every_spelling(host):
    with pytest.raises(OutgoingRefused):
        check_address(f"http://{host}/", ANYWHERE)


@pytest.mark.parametrize(
    "host", ["8.8.8.8", "[2400:3200::1]", "[64:ff9b::808:808]", "[2002:808:808::1]"]
)
def test_what_is_public_is_taken(host):
    assert check_address(f"https://{host}/", ANYWHERE).addresses


def test_one_private_address_among_public_ones_refuses_the_name():
    target = Target(True, "two.example", 443, "/")
    with pytest.raises(ValueError, match=r"two\.example is 10\.0\.0\.5"):
        check_addresses(target, ["8.8.8.8", "10.0.0.5"], [])


@pytest.mark.parametrize("allowed", ["hospital.local", "HOSPITAL.local.", "10.0.0.5", "10.0.0.0/8"])
def test_an_operator_lets_hosts_of_the_own_network_through(allowed):
    target = Target(True, "hospital.local", 443, "/")
    assert check_addresses(target, ["10.0.0.5"], [allowed]).addresses == ("10.0.0.5",)
    with pytest.raises(ValueError, match="not a public"):
        check_addresses(Target(True, "other.local", 443, "/"), ["192.168.0.1"], [allowed])


@pytest.mark.parametrize(
    "url",
    [
        "http://8.8.8.8/", "ftp://8.8.8.8/", "file:///etc/passwd", "//8.8.8.8/", "8.8.8.8",
        "https://", "https://user:word@8.8.8.8/", "https://8.8.8.8:22/", "https://8.8.8.8:0/",
        "https://8.8.8.8:99999/", "https://8.8.8.8\\@127.0.0.1/", "https://8.8.8.8/a b",
        "https://8.8.8.8/\r\nX: y", "https://8.8.8.8 .example/", "https://" + "a" * 3000,
    ],
)  # fmt: skip
def test_what_is_no_plain_https_address_is_refused(url):
    with pytest.raises(OutgoingRefused):
        check_address(url, OutgoingLimits())


def test_a_name_that_nobody_knows_is_a_failure_not_a_refusal():
    with pytest.raises(OutgoingFailed, match="cannot be found"):
        check_address("https://nobody.invalid/", OutgoingLimits())


def test_a_name_that_changes_between_check_and_call_gets_us_nowhere(tmp_path):
    """Rebinding, by a real name server in a network of its own."""
    tools = [shutil.which(name) for name in ("unshare", "ip", "mount")]
    need(all(tools), "unshare, ip or mount (apt-get install util-linux iproute2 mount)")
    if os.geteuid() != 0:
        pytest.skip("only root may make a network of its own")
    command = ["unshare", "--net", "--mount", sys.executable, "-m", "tests.services.rebinding"]

    done = subprocess.run(
        [*command, str(tmp_path)],
        check=False,
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
    )

    assert done.returncode == 0, done.stderr
    figures = json.loads(done.stdout)
    assert figures["careless"] == [0, 1]  # the trap works
    public, private = figures["called"]
    assert private == 0
    assert public == figures["answered"] > 5
    assert figures["refused"] > 5
