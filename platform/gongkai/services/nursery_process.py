"""The warm parent of disposable processes: imports once, then forks a child for every job.

Started by ``services.nursery``, with one end of a Unix socket as its standard input. A message
there is a job's module and folder as JSON, with four descriptors: the child's standard input,
output and errors, and a *line* on which the child's number and later its end are told, as JSON.
A word on a line, or its closing, kills that child with everything that it started. This process
never sees a byte of a file, starts no thread, and ends when its own parent does.
"""

import contextlib
import gc
import importlib
import json
import os
import selectors
import signal
import socket
import sys
import traceback
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from gongkai.plugins import import_own_plugins
from gongkai.rows.arrow_start import spare_pandas

MODULES = (
    "gongkai.services.intake_child",
    "gongkai.services.annotating_child",
    # What these import only when a file asks for it.
    "gongkai.rows.xls_rows",
    "gongkai.rows.xlsx_rows",
)
MESSAGE_BYTES = 65_536
DESCRIPTORS = 4
IDLE_SECONDS = 120.0


@dataclass
class _Nursery:
    control: socket.socket
    lines: dict[int, socket.socket] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.selector = selectors.DefaultSelector()
        self.selector.register(self.control, selectors.EVENT_READ)
        self.ended, wake = os.pipe()
        for end in (self.ended, wake):
            os.set_blocking(end, False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(wake, warn_on_full_buffer=False)
        self.selector.register(self.ended, selectors.EVENT_READ)

    def serve(self) -> None:
        """Fork until the parent is gone, or nobody has asked for a child in a while."""
        while True:
            ready = self.selector.select(None if self.lines else IDLE_SECONDS)
            if not ready and not self.lines:
                return
            for key, _ in ready:
                if key.fileobj is self.control:
                    if not self._take():
                        return
                elif key.fileobj == self.ended:
                    self._reap()
                elif key.data in self.lines:
                    _kill_group(key.data)
                    # Once is enough; its end is told when it has ended.
                    self.selector.unregister(key.fileobj)

    def close(self) -> None:
        """Leave nothing behind."""
        for pid in self.lines:
            _kill_group(pid)

    def _take(self) -> bool:
        message, descriptors, _, _ = socket.recv_fds(self.control, MESSAGE_BYTES, DESCRIPTORS)
        if not message:
            return False
        *streams, line_number = descriptors
        line = socket.socket(fileno=line_number)
        pid = os.fork()
        if pid == 0:
            _live(json.loads(message), streams)
        for stream in streams:
            os.close(stream)
        self.lines[pid] = line
        self.selector.register(line, selectors.EVENT_READ, pid)
        _tell(line, {"pid": pid})
        return True

    def _reap(self) -> None:
        """Tell of every child that has ended, once nothing of its group is left."""
        os.read(self.ended, MESSAGE_BYTES)
        for pid, line in list(self.lines.items()):
            if os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None:
                continue
            # Its number is taken until it is waited for, so this is its group and no other.
            _kill_group(pid)
            _, status, used = os.wait4(pid, 0)
            code = os.waitstatus_to_exitcode(status)
            _tell(line, {"returncode": code, "cpu_seconds": used.ru_utime + used.ru_stime})
            del self.lines[pid]
            if line in self.selector.get_map():
                self.selector.unregister(line)
            line.close()


def _live(job: dict[str, Any], streams: list[int]) -> None:
    """Be the child: take its place, do its work, end."""
    code = 1
    try:
        os.setsid()
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        for number, stream in enumerate(streams):
            os.dup2(stream, number)
        for number in [int(entry.name) for entry in Path("/proc/self/fd").iterdir()]:
            if number >= len(streams):
                with contextlib.suppress(OSError):
                    os.close(number)
        os.chdir(job["folder"])
        os.environ["HOME"] = job["folder"]
        code = importlib.import_module(job["module"]).main()
    except BaseException:  # noqa: BLE001 - the end of this process, whatever it was
        traceback.print_exc()
    finally:
        sys.stderr.flush()
        os._exit(code)


def _tell(line: socket.socket, message: dict[str, Any]) -> None:
    try:
        line.send(json.dumps(message).encode())
    except OSError:
        # Whoever asked does not listen any more; the line's end kills the child.
        return


def _kill_group(pid: int) -> None:
    try:
        os.killpg(pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        # It has not made its group yet, or has ended.
        os.kill(pid, signal.SIGKILL)


def main() -> None:
    """Import what the children need, and serve."""
    for module in MODULES:
        importlib.import_module(module)
    import_own_plugins()
    spare_pandas()
    if len(list(Path("/proc/self/task").iterdir())) > 1:
        sys.exit("a module started a thread while it was imported; no safe fork from here")
    # What is imported by now stays shared: a collection in a child would copy its pages.
    gc.freeze()
    control = socket.socket(fileno=os.dup(0))
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    nursery = _Nursery(control)
    try:
        nursery.serve()
    finally:
        nursery.close()
        # Without tidying up: DuckDB's module would tell of leaks that nobody can mend.
        os._exit(0)


if __name__ == "__main__":
    main()
