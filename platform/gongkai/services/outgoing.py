"""Requests to addresses that somebody registered: checked, pinned, bounded (RELIABILITY.md a4).

The name is looked up once, every address it has is checked, and the connection goes to a
checked address with the name kept for TLS and ``Host``. No redirect is followed, no proxy is
taken from the environment, nothing is decompressed.
"""

import queue
import socket
import ssl
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPException
from typing import IO

import urllib3
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import HTTPError

from gongkai.errors import Rejected, Unavailable
from gongkai.services.outgoing_addresses import Target, check_addresses, target_of
from gongkai.settings import OutgoingSettings

USER_AGENT = "Gongkai (+https://gongkai.example)"
_CHUNK = 65536


class OutgoingRefused(Rejected):
    """An address that this site does not call: malformed, not public, not allowed."""


class OutgoingFailed(Unavailable):
    """The other side did not answer as it should; a later call may work."""


@dataclass(frozen=True)
class OutgoingRequest:
    """What to send where."""

    url: str
    method: str = "GET"
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | None = None


@dataclass(frozen=True)
class OutgoingLimits:
    """What one call may cost. ``total_seconds`` is for everything, name lookup to last byte.

    ``ca_file`` names further certificate authorities (PEM) of the operator's own network.
    """

    total_seconds: float = 10.0
    connect_seconds: float = 5.0
    body_bytes: int = 65536
    ports: frozenset[int] = frozenset({80, 443, 8080, 8443})
    allow_http: bool = False
    ca_file: str = ""


def limits_of(settings: OutgoingSettings, *, body_bytes: int = 65536) -> OutgoingLimits:
    """Return the limits that the operator set, with room for ``body_bytes`` of an answer."""
    return OutgoingLimits(
        total_seconds=settings.total_seconds,
        body_bytes=body_bytes,
        ports=frozenset(int(port) for port in settings.ports),
        allow_http=settings.allow_http,
        ca_file=settings.ca_file,
    )


@dataclass(frozen=True)
class OutgoingAnswer:
    """What came back. ``headers`` have lower-case names; ``byte_size`` counts what was read.

    ``body`` is empty where it went into a file. ``is_truncated``: there was more than
    ``body_bytes``, and the rest was not read.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes
    byte_size: int
    is_truncated: bool = False


class _Pinned(HTTPConnection):
    """A connection over a socket that is connected already."""

    dialled: socket.socket

    def _new_conn(self) -> socket.socket:
        return self.dialled


class _PinnedTls(_Pinned, HTTPSConnection):
    """Likewise with TLS, for the name in the address."""


def check_address(url: str, limits: OutgoingLimits, *, allowed_hosts: Sequence[str] = ()) -> Target:
    """Return the parts of ``url`` with the addresses it may be called at, calling nothing.

    For when it is registered, and again whenever it is called. ``allowed_hosts`` are the
    operator's exceptions: host names, addresses or networks (``10.1.0.0/16``) that need not be
    public. Raises OutgoingRefused; OutgoingFailed where the name cannot be looked up.
    """
    try:
        target = target_of(url, allow_http=limits.allow_http, ports=limits.ports)
        found = _look_up(target, limits.total_seconds)
        return check_addresses(target, found, allowed_hosts)
    except ValueError as error:
        raise OutgoingRefused(str(error)) from error


def send(
    request: OutgoingRequest,
    limits: OutgoingLimits,
    *,
    allowed_hosts: Sequence[str] = (),
    into: IO[bytes] | None = None,
) -> OutgoingAnswer:
    """Send one request and return the answer, whatever its status.

    With ``into`` the body of a 200 is written there as it comes; one that is longer than
    ``body_bytes``, or compressed, raises OutgoingFailed (the file then holds a part). Without
    it, the first ``body_bytes`` are kept. Raises OutgoingRefused or OutgoingFailed, each with a
    sentence.
    """
    deadline = time.monotonic() + limits.total_seconds
    target = check_address(request.url, limits, allowed_hosts=allowed_hosts)
    connection = _connection(target, limits)
    try:
        return _exchange(connection, target, request, limits, deadline, into)
    except (HTTPError, HTTPException, OSError, ValueError) as error:
        raise OutgoingFailed(_sentence(target, error, limits, deadline)) from error
    finally:
        connection.close()


def _exchange(
    connection: _Pinned,
    target: Target,
    request: OutgoingRequest,
    limits: OutgoingLimits,
    deadline: float,
    into: IO[bytes] | None,
) -> OutgoingAnswer:
    with _dial(target, limits, deadline) as plain, cut_off_at(deadline, plain):
        connection.dialled = plain
        connection.request(
            request.method,
            target.path,
            body=request.body,
            headers={
                "User-Agent": USER_AGENT,
                "Accept-Encoding": "identity",
                "Connection": "close",
                **request.headers,
            },
            preload_content=False,
            decode_content=False,
        )
        response = connection.getresponse()
        headers = {name.lower(): value for name, value in response.headers.items()}
        wanted = into if response.status == 200 else None
        if wanted is not None and headers.get("content-encoding", "identity") != "identity":
            raise OutgoingFailed(
                f"{target.origin} sent a compressed body, which was not asked for."
            )
        body, size, is_truncated = _read(response, limits.body_bytes, wanted)
    if time.monotonic() >= deadline:
        raise TimeoutError
    if is_truncated and wanted is not None:
        raise OutgoingFailed(
            f"{target.origin} sent more than {limits.body_bytes:,} bytes, which is the limit."
        )
    return OutgoingAnswer(response.status, headers, body, size, is_truncated)


def _read(
    response: urllib3.BaseHTTPResponse, at_most: int, into: IO[bytes] | None
) -> tuple[bytes, int, bool]:
    kept: list[bytes] = []
    size = 0
    for chunk in response.stream(_CHUNK, decode_content=False):
        part = chunk[: at_most - size]
        if into is None:
            kept.append(part)
        else:
            into.write(part)
        size += len(part)
        if len(part) < len(chunk):
            return b"".join(kept), size, True
    return b"".join(kept), size, False


def _look_up(target: Target, seconds: float) -> list[str]:
    """Return the addresses of a host, in the order of the resolver, which may hang."""
    answers: queue.SimpleQueue[list[str] | OSError] = queue.SimpleQueue()

    def ask() -> None:
        try:
            found = socket.getaddrinfo(target.host, target.port, type=socket.SOCK_STREAM)
            answers.put(list(dict.fromkeys(str(one[4][0]) for one in found)))
        except (OSError, UnicodeError) as error:
            answers.put(error if isinstance(error, OSError) else OSError(str(error)))

    threading.Thread(target=ask, daemon=True, name="gongkai-lookup").start()
    try:
        answer = answers.get(timeout=seconds)
    except queue.Empty:
        raise OutgoingFailed(f"The name {target.host} could not be looked up in time.") from None
    if isinstance(answer, OSError):
        raise OutgoingFailed(f"The name {target.host} cannot be found ({answer}).") from answer
    return answer


def _dial(target: Target, limits: OutgoingLimits, deadline: float) -> socket.socket:
    """Connect to the first checked address that answers."""
    last: OSError = OSError("it has no address")
    for address in target.addresses:
        left = deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError
        try:
            return socket.create_connection(
                (address, target.port), timeout=min(left, limits.connect_seconds)
            )
        except OSError as error:
            last = error
    raise last


@contextmanager
def cut_off_at(deadline: float, plain: socket.socket) -> Iterator[None]:
    """Shut the connection at ``deadline``, whatever is waiting on it.

    A timeout of a socket begins anew with every byte. TLS takes the socket over, so a copy of
    its descriptor is what is shut.
    """
    plain.settimeout(max(deadline - time.monotonic(), 0.001))
    line = plain.dup()

    def cut() -> None:
        try:
            line.shutdown(socket.SHUT_RDWR)
        except OSError:
            return  # it was closed already

    timer = threading.Timer(max(deadline - time.monotonic(), 0), cut)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
        timer.join()
        line.close()


def _connection(target: Target, limits: OutgoingLimits) -> _Pinned:
    if not target.is_tls:
        return _Pinned(target.host, target.port, timeout=limits.total_seconds)
    trusted = ssl.create_default_context()
    if limits.ca_file:
        trusted.load_verify_locations(limits.ca_file)
    return _PinnedTls(target.host, target.port, timeout=limits.total_seconds, ssl_context=trusted)


def _sentence(target: Target, error: Exception, limits: OutgoingLimits, deadline: float) -> str:
    if time.monotonic() >= deadline:
        return f"{target.origin} did not answer within {limits.total_seconds:g} seconds."
    if isinstance(error, TimeoutError):
        return f"{target.origin} could not be reached within {limits.connect_seconds:g} seconds."
    return f"{target.origin} could not be called: {type(error).__name__}: {error}."[:500]
