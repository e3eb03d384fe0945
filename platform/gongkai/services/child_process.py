"""A disposable process for bytes that anybody may have sent: started, followed, always ended."""

import contextlib
import json
import logging
import os
import selectors
import signal
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from gongkai.rows.limits import MIB, IntakeLimits
from gongkai.services.child_side import RESULT
from gongkai.services.nursery import Child, start_child

Progress = Callable[[str, int, int | None], None]
log = logging.getLogger(__name__)
_TICK_SECONDS = 0.1
_LOGGED_CHARS = 4000
_NEAR_THE_LIMIT = 0.75
_CRASHES = (signal.SIGSEGV, signal.SIGBUS, signal.SIGABRT)


@dataclass
class ChildRun:
    """One life of a child: how it ended and what it was doing.

    ``peak`` and ``address_space`` are the most that was seen of resident and of mapped memory,
    in bytes; they are looked at ten times a second.
    """

    returncode: int = 0
    peak: int = 0
    address_space: int = 0
    cpu_seconds: float = 0.0
    timed_out: bool = False
    hook: str | None = None
    plugin: str | None = None
    hook_since: float = 0.0
    result: dict[str, Any] = field(default_factory=dict)

    def is_out_of_memory(self, limits: IntakeLimits) -> bool:
        """Tell whether the child crashed where it could get no more memory.

        Most code raises MemoryError there. A stack that cannot grow, and C code that does not
        look at what malloc returned, end the process instead.
        """
        near = self.address_space >= limits.memory_bytes * _NEAR_THE_LIMIT
        return near and -self.returncode in _CRASHES

    def how(self, limits: IntakeLimits) -> str:
        """Say how a child ended that left no result."""
        if self.timed_out:
            return f"no answer within {limits.plugin_seconds:g} s"
        if self.returncode < 0:
            return signal.Signals(-self.returncode).name
        return f"exit {self.returncode}"


def run_child(
    module: str,
    job: dict[str, Any],
    work_dir: Path,
    limits: IntakeLimits,
    started: float,
    progress: Progress | None,
) -> ChildRun:
    """Start ``module`` on ``job``, follow it to its end, and read what it left.

    ``started`` is when the work of which this is a part began, by ``time.monotonic``. Nothing
    that the child started outlives the call.
    """
    (work_dir / RESULT).unlink(missing_ok=True)
    errors = work_dir / "stderr.txt"
    with errors.open("ab") as stderr:
        child = start_child(module, work_dir.resolve(), stderr)
    run, is_over = ChildRun(), False
    try:
        _send_job(child, {**job, "import_paths": [entry for entry in sys.path if entry]})
        is_over = _follow(child, run, limits, started, progress)
    finally:
        ended = child.end(patient=is_over)
        run.returncode, run.cpu_seconds = ended.returncode, ended.cpu_seconds
        for stream in (child.stdin, child.stdout):
            with contextlib.suppress(OSError):
                stream.close()
    result = work_dir / RESULT
    if result.exists():
        run.result = json.loads(result.read_text(encoding="utf-8"))
    if not run.result or "problem" in run.result:
        tail = errors.read_text(encoding="utf-8", errors="replace")[-_LOGGED_CHARS:]
        log.warning("the reader of %s ended with %s: %s", job["path"], run.returncode, tail)
    return run


def is_out_of_time(started: float, limits: IntakeLimits) -> bool:
    """Tell whether work that began at ``started`` has used up its wall clock."""
    return time.monotonic() - started > limits.wall_seconds


def _send_job(child: Child, job: dict[str, Any]) -> None:
    try:
        child.stdin.write(json.dumps(job).encode())
        child.stdin.close()
    except BrokenPipeError:
        # The child died at birth; how it ended says more.
        log.warning("the reader did not take its job")


def _follow(
    child: Child,
    run: ChildRun,
    limits: IntakeLimits,
    started: float,
    progress: Progress | None,
) -> bool:
    """Pass progress on until the child ends (True) or its time is over (False)."""
    held = b""
    with selectors.DefaultSelector() as selector:
        selector.register(child.stdout, selectors.EVENT_READ)
        while True:
            ready = selector.select(_TICK_SECONDS)
            resident, mapped = _peaks_of(child.pid)
            run.peak, run.address_space = (
                max(run.peak, resident),
                max(run.address_space, mapped),
            )
            if ready:
                piece = os.read(child.stdout.fileno(), 65536)
                if not piece:
                    return True
                *lines, held = (held + piece)[-MIB:].split(b"\n")
                for line in lines:
                    _hear(line, run, progress)
            if is_out_of_time(started, limits) or (
                run.plugin and time.monotonic() - run.hook_since > limits.plugin_seconds
            ):
                run.timed_out = True
                return False


def _hear(line: bytes, run: ChildRun, progress: Progress | None) -> None:
    try:
        message = json.loads(line)
    except ValueError:
        return
    if "stage" in message and progress:
        progress(message["stage"], message["done"], message["total"])
    if "plugin" in message:
        run.hook, run.plugin = message["hook"], message["plugin"]
        run.hook_since = time.monotonic()
        if progress and run.plugin:
            progress(f"plugin {run.plugin}", 0, None)


def _peaks_of(pid: int) -> tuple[int, int]:
    """Return the most a process had resident and mapped, in bytes; 0 where there is no /proc."""
    try:
        status = Path(f"/proc/{pid}/status").read_text(encoding="ascii", errors="replace")
    except OSError:
        return 0, 0
    found = dict.fromkeys(("VmHWM", "VmPeak"), 0)
    for line in status.splitlines():
        name, _, value = line.partition(":")
        if name in found:
            found[name] = int(value.split()[0]) * 1024
    return found["VmHWM"], found["VmPeak"]
