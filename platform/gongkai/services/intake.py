"""Reading a file that anybody may have sent: in a child process with limits, always answered."""

import json
import signal
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gongkai.domain.disclosure_control import ControlProfile
from gongkai.domain.items import DisclosureItem
from gongkai.domain.problems import ProblemGroup, Report
from gongkai.domain.table_schema import TableSchema
from gongkai.errors import StoreFull
from gongkai.rows.limits import MIB, IntakeLimits
from gongkai.rows.problem_lists import file_problem
from gongkai.rows.reading import DATABASE, out_of_memory
from gongkai.services.child_process import ChildRun, Progress, is_out_of_time, run_child
from gongkai.services.child_side import RESULT
from gongkai.services.intake_child import HOOKS, REPORT, ROWS, plugin_failed

__all__ = ["Intake", "IntakeLimits", "read_file"]

CHILD = "gongkai.services.intake_child"


@dataclass(frozen=True)
class Intake:
    """What came of one file.

    ``rows_path`` (Parquet sorted by key) and ``content_sha256`` (of the canonical
    ``data.csv``, whatever format or order the rows came in) are given unless the report
    ``is_fatal``.
    """

    report: Report
    rows_path: Path | None
    content_sha256: str | None
    row_count: int
    peak_memory_bytes: int
    cpu_seconds: float
    seconds: float


@dataclass
class _Spent:
    """What the children of one intake used, from ``started`` on."""

    started: float
    peak_bytes: int = 0
    cpu_seconds: float = 0.0

    def add(self, run: ChildRun) -> None:
        self.peak_bytes = max(self.peak_bytes, run.peak)
        self.cpu_seconds += run.cpu_seconds


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
    encoding: str | None = None,
    previous: tuple[Path, TableSchema] | None = None,
    control: ControlProfile | None = None,
    progress: Progress | None = None,
) -> Intake:
    """Read ``path`` as rows of ``item`` and check them; never raises for what a file holds.

    ``work_dir`` is the caller's to remove, and used by one call at a time; ``references`` are
    the current releases, as Parquet, of the items that foreign keys name. However the child
    ends, the report says what happened. ``encoding`` is what a person chose for a text file
    (one of ``ENCODING_CHOICES``); the report has a preview where there is a choice to make.
    ``previous`` is the release that these rows would follow (Parquet, and its table schema),
    ``control`` what the institution chose for small counts. A plugin that hangs or dies is
    named in the report, and the others are asked in a new child. Raises StoreFull when the disk is.
    """
    bounds = limits or IntakeLimits()
    started = time.monotonic()
    size = path.stat().st_size
    if size > bounds.file_bytes:
        problem = _too_large(size, bounds)
        return _answer(Report(item.key, 0, (problem,), _file(filename, path)), _Spent(started))
    job: dict[str, Any] = {
        "path": str(path.resolve()),
        "work_dir": str(work_dir.resolve()),
        "item": item.as_json(),
        "filename": filename,
        "encoding": encoding,
        "limits": bounds.as_json(),
        "references": {key: str(found.resolve()) for key, found in (references or {}).items()},
        "previous": _described(previous),
        "control": (control or ControlProfile()).as_json(),
        "plugin_modules": list(plugin_modules),
        "disabled_plugins": list(disabled_plugins),
        "failed": [],
        "failures": [],
    }
    for name in (REPORT, HOOKS, RESULT, ROWS, DATABASE):
        (work_dir / name).unlink(missing_ok=True)
    spent = _Spent(started)
    run = _run_to_the_end(job, work_dir, bounds, spent, progress)
    unread = Report(item.key, 0, (), _file(filename, path))
    earlier = [ProblemGroup.of(failure) for failure in job["failures"]]
    return _conclude(run, unread, earlier, work_dir, bounds, spent)


def _described(previous: tuple[Path, TableSchema] | None) -> dict[str, Any] | None:
    if previous is None:
        return None
    return {"path": str(previous[0].resolve()), "table_schema": previous[1].as_json()}


def _run_to_the_end(
    job: dict[str, Any],
    work_dir: Path,
    limits: IntakeLimits,
    spent: _Spent,
    progress: Progress | None,
) -> ChildRun:
    """Run children until one ends by itself, each without the plugin that failed the last."""
    while True:
        run = run_child(CHILD, job, work_dir, limits, spent.started, progress)
        spent.add(run)
        if run.result or run.hook is None or run.plugin is None:
            return run
        if is_out_of_time(spent.started, limits):
            return run
        failure = plugin_failed(run.plugin, run.hook, run.how(limits))
        job["failures"].append(failure.as_json())
        job["failed"].append([run.hook, run.plugin])


def _conclude(
    run: ChildRun,
    unread: Report,
    earlier: list[ProblemGroup],
    work_dir: Path,
    limits: IntakeLimits,
    spent: _Spent,
) -> Intake:
    result = run.result
    if result.get("failure") == "store-full":
        raise StoreFull("There is no room to read the file; free some disk space and try again.")
    if "report" in result:
        report = Report.of(result["report"])
        return _answer(
            report,
            spent,
            content_sha256=result.get("content_sha256"),
            rows_path=work_dir / ROWS if "content_sha256" in result else None,
        )
    problems = [ProblemGroup.of(result["problem"])] if result else _death(run, limits)
    base = work_dir / REPORT
    if base.exists():
        report = Report.of(json.loads(base.read_text(encoding="utf-8")))
        problems = [*_hook_groups(work_dir), *earlier, *problems]
        return _answer(report.with_groups(*problems), spent)
    return _answer(unread.with_groups(*problems), spent)


def _answer(
    report: Report,
    spent: _Spent,
    *,
    rows_path: Path | None = None,
    content_sha256: str | None = None,
) -> Intake:
    return Intake(
        report,
        rows_path,
        content_sha256,
        report.row_count,
        spent.peak_bytes,
        spent.cpu_seconds,
        time.monotonic() - spent.started,
    )


def _hook_groups(work_dir: Path) -> list[ProblemGroup]:
    """Return what the plugins said before the child died."""
    path = work_dir / HOOKS
    answers = json.loads(path.read_text(encoding="utf-8")) if path.exists() else []
    return [ProblemGroup.of(group) for answer in answers for group in answer["groups"]]


def _death(run: ChildRun, limits: IntakeLimits) -> list[ProblemGroup]:
    """Say how a child ended that left no result."""
    if run.returncode == -signal.SIGXCPU:
        return [file_problem("too-slow", seconds=str(limits.cpu_seconds))]
    if run.is_out_of_memory(limits):
        return [out_of_memory(limits)]
    if not run.timed_out:
        return [file_problem("reader-crashed", reason=run.how(limits))]
    problem = file_problem("too-slow", seconds=f"{limits.wall_seconds:g}")
    if run.plugin and run.hook:
        return [problem, plugin_failed(run.plugin, run.hook, run.how(limits))]
    return [problem]


def _too_large(size: int, limits: IntakeLimits) -> ProblemGroup:
    allowed = limits.file_bytes // MIB
    return file_problem(
        "too-large",
        reason_zh=f"文件有 {size} 字节，上限是 {allowed} MiB",
        reason_en=f"it has {size} bytes and {allowed} MiB are allowed",
    )


def _file(filename: str, path: Path) -> dict[str, Any]:
    return {"name": filename, "byte_size": path.stat().st_size}
