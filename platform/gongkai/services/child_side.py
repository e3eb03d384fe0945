"""What every disposable process does on its side: bind itself, answer in files, end."""

import faulthandler
import json
import os
import resource
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from gongkai.rows.arrow_start import spare_pandas
from gongkai.rows.limits import IntakeLimits

RESULT = "result.json"
_GRACE_SECONDS = 10
Send = Callable[[dict[str, Any]], None]


def take_job() -> dict[str, Any]:
    """Read the job from standard input and bind this process to the limits it names."""
    # A crash leaves its stack in the error file, which the parent logs.
    faulthandler.enable()
    data: dict[str, Any] = json.loads(sys.stdin.read())
    set_limits(IntakeLimits.of(data["limits"]))
    sys.path.extend(path for path in data["import_paths"] if path not in sys.path)
    spare_pandas()
    return data


def set_limits(limits: IntakeLimits) -> None:
    """Bind this process to its limits, before it sees a byte of the file."""
    wanted = {
        resource.RLIMIT_FSIZE: limits.output_bytes,
        resource.RLIMIT_NOFILE: limits.open_files,
        resource.RLIMIT_CORE: 0,
    }
    if sys.platform != "darwin":
        # macOS maps the shared libraries of every process into its address space.
        wanted[resource.RLIMIT_AS] = limits.memory_bytes
    for kind, value in wanted.items():
        allowed = _allowed(kind, value)
        resource.setrlimit(kind, (allowed, allowed))
    # The soft limit ends the process by its own signal, which the parent can tell apart.
    longest = _allowed(resource.RLIMIT_CPU, limits.cpu_seconds + 1)
    resource.setrlimit(resource.RLIMIT_CPU, (min(limits.cpu_seconds, longest), longest))
    # The parent keeps the time; this is for a parent that died.
    signal.alarm(int(limits.wall_seconds) + _GRACE_SECONDS)


def _allowed(kind: int, value: int) -> int:
    """Return ``value``, or less where this machine already allows less."""
    _, most = resource.getrlimit(kind)
    return value if most == resource.RLIM_INFINITY else min(value, most)


def open_channel() -> Send:
    """Keep standard output for progress; what a plugin prints goes to the error file."""
    out = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)

    def send(message: dict[str, Any]) -> None:
        out.write(json.dumps(message) + "\n")
        out.flush()

    return send


def read_json(path: Path) -> Any:
    """Return what ``write_json`` wrote."""
    return json.loads(path.read_text(encoding="utf-8"))


def write_json(path: Path, value: Any) -> None:
    """Write at once or not at all: the parent may read after any death."""
    part = path.with_suffix(".part")
    part.write_text(json.dumps(value, ensure_ascii=False), encoding="utf-8")
    part.replace(path)


def end(code: int) -> None:
    """End the process; everything is in files by now, and tidying up would take 0.1 s."""
    sys.stderr.flush()
    os._exit(code)
