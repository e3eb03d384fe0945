"""Disposable processes by the dozen: forked from a warm one where the system can, else started.

A child that starts from nothing spends half a second on imports, which is most of what a small
file costs. So a process keeps a nursery beside it (``nursery_process``), which has imported
everything and forks; one that nobody needs for two minutes ends, and the next child wakes a new
one. Where there is no safe fork (anything but Linux), a child is started as ever.
"""

import atexit
import contextlib
import json
import logging
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Protocol

from gongkai.services.nursery_process import MESSAGE_BYTES

log = logging.getLogger(__name__)
NURSERY = "gongkai.services.nursery_process"
_GOODBYE_SECONDS = 5.0
_TICK_SECONDS = 0.1
_BIRTH_SECONDS = 60.0
_ENVIRONMENT = {
    "PATH": "/usr/bin:/bin",
    "LC_ALL": "C.UTF-8",
    "TZ": "Asia/Shanghai",
    # Address space is limited, so neither malloc nor Arrow may reserve it by the gigabyte.
    "MALLOC_ARENA_MAX": "2",
    "ARROW_DEFAULT_MEMORY_POOL": "system",
    # A process that forks may have no threads: these two would start some when imported.
    "JE_ARROW_MALLOC_CONF": "background_thread:false",
    "OPENBLAS_NUM_THREADS": "1",
}


@dataclass(frozen=True)
class Ended:
    """How a child ended: its exit code, or minus its signal; what it used of the processor."""

    returncode: int
    cpu_seconds: float


class Child(Protocol):
    """A process that has one job: its number, its two pipes, and its end."""

    pid: int
    stdin: IO[bytes]
    stdout: IO[bytes]

    def end(self, *, patient: bool) -> Ended:
        """Make sure that it and all it started are gone; ``patient`` lets it end by itself."""


def start_child(module: str, folder: Path, stderr: IO[bytes]) -> Child:
    """Start ``module``'s ``main`` in ``folder``, in a session and an environment of its own."""
    if sys.platform == "linux":
        try:
            return _nursery.bear(module, folder, stderr)
        except OSError:
            log.warning("no child from the nursery; one is started instead", exc_info=True)
    return _StartedChild(module, folder, stderr)


def warm_up() -> None:
    """Start the nursery now, beside whatever the caller does until it has a file to read."""
    if sys.platform == "linux":
        _nursery.wake()


class _StartedChild:
    """A child that is an interpreter of its own from the beginning."""

    def __init__(self, module: str, folder: Path, stderr: IO[bytes]) -> None:
        self._process = subprocess.Popen(  # noqa: S603 - our own interpreter on a module of ours
            [sys.executable, "-I", "-m", module],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=stderr,
            cwd=folder,
            env={**_ENVIRONMENT, "HOME": str(folder)},
            start_new_session=True,
        )
        assert self._process.stdin is not None  # noqa: S101 - opened as a pipe above
        assert self._process.stdout is not None  # noqa: S101
        self.pid = self._process.pid
        self.stdin, self.stdout = self._process.stdin, self._process.stdout

    def end(self, *, patient: bool) -> Ended:
        if patient:
            self._wait_for_end()
        try:
            os.killpg(self.pid, signal.SIGKILL)
        except (ProcessLookupError, PermissionError):
            self._process.kill()
        _, status, used = os.wait4(self.pid, 0)
        self._process.returncode = os.waitstatus_to_exitcode(status)
        return Ended(self._process.returncode, used.ru_utime + used.ru_stime)

    def _wait_for_end(self) -> None:
        """Let it end by itself, so that its exit code is its own.

        It is not reaped yet: its number must stay taken until its group has been killed.
        """
        if not hasattr(os, "waitid"):
            time.sleep(_TICK_SECONDS)
            return
        deadline = time.monotonic() + _GOODBYE_SECONDS
        flags = os.WEXITED | os.WNOWAIT | os.WNOHANG
        while os.waitid(os.P_PID, self.pid, flags) is None and time.monotonic() < deadline:
            time.sleep(0.005)


class _ForkedChild:
    """A child of the nursery, which kills and reaps it; its line tells how it ended."""

    def __init__(self, pid: int, stdin: int, stdout: int, line: socket.socket) -> None:
        self.pid, self._line = pid, line
        self.stdin: IO[bytes] = os.fdopen(stdin, "wb")
        self.stdout: IO[bytes] = os.fdopen(stdout, "rb")

    def end(self, *, patient: bool) -> Ended:
        with self._line as line:
            told = _hear(line, _GOODBYE_SECONDS) if patient else None
            if told is None:
                with contextlib.suppress(OSError):
                    line.send(b"kill")
                told = _hear(line, _GOODBYE_SECONDS)
        if told is None:
            # The nursery was killed, and with it what knows of the child.
            with contextlib.suppress(OSError):
                os.killpg(self.pid, signal.SIGKILL)
            return Ended(-signal.SIGKILL, 0.0)
        return Ended(told["returncode"], told["cpu_seconds"])


class _Nursery:
    """The nursery of this process: woken when needed, again where it has ended."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._control: socket.socket | None = None
        self._owner = 0
        self._is_unfit = False

    def wake(self) -> socket.socket:
        """Return the way to the nursery, started if there is none. Raises OSError."""
        with self._lock:
            if self._is_unfit:
                raise OSError("this system's modules start threads; nothing can fork")
            if self._control is None or self._owner != os.getpid():
                self._start()
            assert self._control is not None  # noqa: S101 - set by _start
            return self._control

    def bear(self, module: str, folder: Path, stderr: IO[bytes]) -> Child:
        """Have ``module`` run in a new process. Raises OSError where that cannot be."""
        message = json.dumps({"module": module, "folder": str(folder)}).encode()
        # It may have ended of idleness just now: then a new one is woken.
        for _ in range(2):
            control = self.wake()
            child = self._ask(control, message, stderr)
            if child is not None:
                return child
            self._forget(control)
        self._is_unfit = True
        raise OSError("the nursery ends as soon as it is started")

    def close(self) -> None:
        """End the nursery of this process."""
        if self._control is not None and self._owner == os.getpid():
            self._forget(self._control)

    def _start(self) -> None:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            self._process = subprocess.Popen(  # noqa: S603 - our own interpreter and module
                [sys.executable, "-I", "-m", NURSERY],
                stdin=theirs.fileno(),
                stdout=subprocess.DEVNULL,
                env=_ENVIRONMENT,
                start_new_session=True,
            )
        self._control, self._owner = ours, os.getpid()

    def _ask(self, control: socket.socket, message: bytes, stderr: IO[bytes]) -> Child | None:
        in_read, in_write = os.pipe()
        out_read, out_write = os.pipe()
        line, far_line = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with far_line:
            given = [in_read, out_write, stderr.fileno(), far_line.fileno()]
            try:
                socket.send_fds(control, [message], given)
            except OSError:
                told = None
            else:
                far_line.close()
                told = _hear(line, _BIRTH_SECONDS)
            finally:
                os.close(in_read)
                os.close(out_write)
        if told is None:
            line.close()
            os.close(in_write)
            os.close(out_read)
            return None
        return _ForkedChild(told["pid"], in_write, out_read, line)

    def _forget(self, control: socket.socket) -> None:
        with self._lock:
            if self._control is not control:
                return
            control.close()
            if self._process is not None:
                try:
                    self._process.wait(_GOODBYE_SECONDS)
                except subprocess.TimeoutExpired:
                    self._process.kill()
                    self._process.wait()
            self._control = self._process = None


def _hear(line: socket.socket, seconds: float) -> dict[str, Any] | None:
    """Return what the nursery tells next on a line; None where it has nothing more to say."""
    line.settimeout(seconds)
    try:
        told = line.recv(MESSAGE_BYTES)
    except OSError:
        return None
    return json.loads(told) if told else None


_nursery = _Nursery()
atexit.register(_nursery.close)
