"""Reading a file that anybody may have sent: in a child process with limits, always answered."""

import json
import logging
import os
import selectors
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from gongkai.domain.items import DisclosureItem
from gongkai.domain.problems import ProblemGroup, Report
from gongkai.errors import StoreFull
from gongkai.rows.limits import MIB, IntakeLimits
from gongkai.rows.problem_lists import file_problem
from gongkai.rows.reading import DATABASE
from gongkai.services.intake_child import HOOKS, REPORT, RESULT, ROWS, plugin_failed

__all__ = ["Intake", "IntakeLimits", "read_file"]

Progress = Callable[[str, int, int | None], None]
log = logging.getLogger(__name__)
_TICK_SECONDS = 0.1
_GOODBYE_SECONDS = 5.0
_LOGGED_CHARS = 4000
_ENVIRONMENT = {
    "PATH": "/usr/bin:/bin",
    "LC_ALL": "C.UTF-8",
    "TZ": "Asia/Shanghai",
    # Address space is limited, so neither malloc nor Arrow may reserve it by the gigabyte.
    "MALLOC_ARENA_MAX": "2",
    "ARROW_DEFAULT_MEMORY_POOL": "system",
}


@dataclass(frozen=True)
class Intake:
    """What came of one file.

    ``rows_path`` (Parquet sorted by key) and ``content_sha256`` (of the canonical
    ``data.csv``, whatever format or order the rows came in) are given only when the report
    has no error.
    """

    report: Report
    rows_path: Path | None
    content_sha256: str | None
    row_count: int
    peak_memory_bytes: int
    seconds: float


@dataclass
class _Run:
    """One life of the child: how it ended and what it was doing."""

    returncode: int = 0
    peak: int = 0
    timed_out: bool = False
    hook: str | None = None
    plugin: str | None = None
    hook_since: float = 0.0
    result: dict[str, Any] = field(default_factory=dict)


def read_file(
    path: Path,
    item: DisclosureItem,
    *,
    filename: str,
    work_dir: Path,
    limits: IntakeLimits | None = None,
    references: Mapping[str, Path] | None = None,
    plugin_modules: Sequence[str] = (),
    disabled_plugins: Sequence[str] = (),
    progress: Progress | None = None,
) -> Intake:
    """Read ``path`` as rows of ``item`` and check them; never raises for what a file holds.

    ``work_dir`` is the caller's to remove, and used by one call at a time; ``references`` are
    the current releases, as Parquet, of the items that foreign keys name. However the child
    ends, the report says what happened. A plugin that hangs or dies is named in it, and the
    others are asked in a new child. Raises StoreFull when the disk is.
    """
    bounds = limits or IntakeLimits()
    started = time.monotonic()
    size = path.stat().st_size
    if size > bounds.file_bytes:
        problem = _too_large(size, bounds)
        return _answer(Report(item.key, 0, (problem,), _file(filename, path)), started, 0)
    job: dict[str, Any] = {
        "path": str(path.resolve()),
        "work_dir": str(work_dir.resolve()),
        "item": item.as_json(),
        "filename": filename,
        "limits": bounds.as_json(),
        "references": {key: str(found.resolve()) for key, found in (references or {}).items()},
        "plugin_modules": list(plugin_modules),
        "disabled_plugins": list(disabled_plugins),
        "import_paths": [entry for entry in sys.path if entry],
        "resumes": False,
        "failed": [],
        "failures": [],
    }
    for name in (REPORT, HOOKS, RESULT, ROWS, DATABASE):
        (work_dir / name).unlink(missing_ok=True)
    peak = 0
    while True:
        run = _run_child(job, work_dir, bounds, started, progress)
        peak = max(peak, run.peak)
        if run.result or run.hook is None or run.plugin is None:
            break
        if _is_out_of_time(started, bounds):
            break
        # The base report is on disk: go on behind the plugin that hung or died.
        failure = plugin_failed(run.plugin, run.hook, _how(run, bounds))
        job["failures"].append(failure.as_json())
        job["failed"].append([run.hook, run.plugin])
        job["resumes"] = True
    unread = Report(item.key, 0, (), _file(filename, path))
    earlier = [ProblemGroup.of(failure) for failure in job["failures"]]
    return _conclude(run, unread, earlier, work_dir, bounds, started, peak)


def _conclude(
    run: _Run,
    unread: Report,
    earlier: list[ProblemGroup],
    work_dir: Path,
    limits: IntakeLimits,
    started: float,
    peak: int,
) -> Intake:
    result = run.result
    if result.get("failure") == "store-full":
        raise StoreFull("There is no room to read the file; free some disk space and try again.")
    if "report" in result:
        report = Report.of(result["report"])
        return _answer(
            report,
            started,
            peak,
            content_sha256=result.get("content_sha256"),
            rows_path=work_dir / ROWS if "content_sha256" in result else None,
        )
    problems = [ProblemGroup.of(result["problem"])] if result else _death(run, limits)
    base = work_dir / REPORT
    if base.exists():
        report = Report.of(json.loads(base.read_text(encoding="utf-8")))
        problems = [*_hook_groups(work_dir), *earlier, *problems]
        return _answer(report.with_groups(*problems), started, peak)
    return _answer(unread.with_groups(*problems), started, peak)


def _answer(
    report: Report,
    started: float,
    peak: int,
    *,
    rows_path: Path | None = None,
    content_sha256: str | None = None,
) -> Intake:
    return Intake(
        report, rows_path, content_sha256, report.row_count, peak, time.monotonic() - started
    )


def _hook_groups(work_dir: Path) -> list[ProblemGroup]:
    """Return what the plugins said before the child died."""
    path = work_dir / HOOKS
    answers = json.loads(path.read_text(encoding="utf-8")) if path.exists() else []
    return [ProblemGroup.of(group) for answer in answers for group in answer["groups"]]


def _run_child(
    job: dict[str, Any],
    work_dir: Path,
    limits: IntakeLimits,
    started: float,
    progress: Progress | None,
) -> _Run:
    """Start the child, follow it to its end, and read what it left."""
    (work_dir / RESULT).unlink(missing_ok=True)
    errors = work_dir / "stderr.txt"
    with errors.open("ab") as stderr:
        child = subprocess.Popen(
            [sys.executable, "-I", "-m", "gongkai.services.intake_child"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=stderr,
            cwd=work_dir,
            env={**_ENVIRONMENT, "HOME": str(work_dir.resolve())},
            start_new_session=True,
            close_fds=True,
        )
    run = _Run()
    try:
        _send_job(child, job)
        _follow(child, run, limits, started, progress)
    finally:
        _kill_group(child)
        run.returncode = child.wait()
        for stream in (child.stdin, child.stdout):
            if stream:
                stream.close()
    result = work_dir / RESULT
    if result.exists():
        run.result = json.loads(result.read_text(encoding="utf-8"))
    if not run.result or "problem" in run.result:
        tail = errors.read_text(encoding="utf-8", errors="replace")[-_LOGGED_CHARS:]
        log.warning("the reader of %s ended with %s: %s", job["path"], run.returncode, tail)
    return run


def _send_job(child: "subprocess.Popen[bytes]", job: dict[str, Any]) -> None:
    assert child.stdin is not None  # noqa: S101 - opened as a pipe above
    try:
        child.stdin.write(json.dumps(job).encode())
        child.stdin.close()
    except BrokenPipeError:
        # The child died at birth; how it ended says more.
        log.warning("the reader did not take its job")


def _follow(
    child: "subprocess.Popen[bytes]",
    run: _Run,
    limits: IntakeLimits,
    started: float,
    progress: Progress | None,
) -> None:
    """Pass progress on until the child ends or its time is over."""
    assert child.stdout is not None  # noqa: S101 - opened as a pipe above
    held = b""
    with selectors.DefaultSelector() as selector:
        selector.register(child.stdout, selectors.EVENT_READ)
        while True:
            ready = selector.select(_TICK_SECONDS)
            run.peak = max(run.peak, _peak_of(child.pid))
            if ready:
                piece = os.read(child.stdout.fileno(), 65536)
                if not piece:
                    _wait_for_end(child.pid)
                    return
                *lines, held = (held + piece)[-MIB:].split(b"\n")
                for line in lines:
                    _hear(line, run, progress)
            if _is_out_of_time(started, limits) or (
                run.plugin and time.monotonic() - run.hook_since > limits.plugin_seconds
            ):
                run.timed_out = True
                return


def _hear(line: bytes, run: _Run, progress: Progress | None) -> None:
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


def _is_out_of_time(started: float, limits: IntakeLimits) -> bool:
    return time.monotonic() - started > limits.wall_seconds


def _wait_for_end(pid: int) -> None:
    """Let a child that closed its output end by itself, so that its exit code is its own.

    It is not reaped yet: its number must stay taken until its group has been killed.
    """
    if not hasattr(os, "waitid"):
        time.sleep(_TICK_SECONDS)
        return
    deadline = time.monotonic() + _GOODBYE_SECONDS
    flags = os.WEXITED | os.WNOWAIT | os.WNOHANG
    while os.waitid(os.P_PID, pid, flags) is None and time.monotonic() < deadline:
        time.sleep(0.005)


def _kill_group(child: "subprocess.Popen[bytes]") -> None:
    """End the child and everything it may have started."""
    try:
        os.killpg(child.pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        child.kill()


def _peak_of(pid: int) -> int:
    """Return the peak resident memory of a process in bytes; 0 where the system has no /proc."""
    try:
        status = Path(f"/proc/{pid}/status").read_text(encoding="ascii", errors="replace")
    except OSError:
        return 0
    for line in status.splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024
    return 0


def _death(run: _Run, limits: IntakeLimits) -> list[ProblemGroup]:
    """Say how a child ended that left no result."""
    if run.returncode == -signal.SIGXCPU:
        return [file_problem("too-slow", seconds=str(limits.cpu_seconds))]
    if not run.timed_out:
        return [file_problem("reader-crashed", reason=_how(run, limits))]
    problem = file_problem("too-slow", seconds=f"{limits.wall_seconds:g}")
    if run.plugin and run.hook:
        return [problem, plugin_failed(run.plugin, run.hook, _how(run, limits))]
    return [problem]


def _how(run: _Run, limits: IntakeLimits) -> str:
    if run.timed_out:
        return f"no answer within {limits.plugin_seconds:g} s"
    if run.returncode < 0:
        return signal.Signals(-run.returncode).name
    return f"exit {run.returncode}"


def _too_large(size: int, limits: IntakeLimits) -> ProblemGroup:
    allowed = limits.file_bytes // MIB
    return file_problem(
        "too-large",
        reason_zh=f"文件有 {size} 字节，上限是 {allowed} MiB",
        reason_en=f"it has {size} bytes and {allowed} MiB are allowed",
    )


def _file(filename: str, path: Path) -> dict[str, Any]:
    return {"name": filename, "byte_size": path.stat().st_size}
