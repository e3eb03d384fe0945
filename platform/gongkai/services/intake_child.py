"""The disposable process that reads one file; started by ``services.intake``, once per file.

The job comes as JSON on standard input, progress goes out as JSON lines, results are files in
the working directory. Whatever happens here, the parent has an answer.
"""

import json
import os
import resource
import signal
import sys
import traceback
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from gongkai.domain.items import DisclosureItem, item_of
from gongkai.domain.problems import Problem, ProblemGroup, Report, Severity
from gongkai.errors import PluginRefused
from gongkai.plugins import HookFailure, load_plugins
from gongkai.rows.limits import IntakeLimits
from gongkai.rows.problem_lists import file_problem
from gongkai.rows.reading import (
    close_engine,
    open_engine,
    problem_of,
    read_table,
    rows_of,
    write_rows,
)

REPORT, HOOKS, RESULT, ROWS = "report.json", "hooks.json", "result.json", "rows.parquet"
HOOK_SEVERITY = {
    "check_release": Severity.REVIEW,
    # Nothing goes public unchecked: a confidentiality check that fails blocks.
    "check_confidentiality": Severity.ERROR,
}
_GRACE_SECONDS = 10
Send = Callable[[dict[str, Any]], None]


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


class _Job:
    """What the parent asked for."""

    def __init__(self, data: dict[str, Any]) -> None:
        self.path = Path(data["path"])
        self.work_dir = Path(data["work_dir"])
        self.item: DisclosureItem = item_of(data["item"])
        self.filename: str = data["filename"]
        self.limits = IntakeLimits.of(data["limits"])
        self.references = {key: Path(path) for key, path in data["references"].items()}
        self.plugin_modules: list[str] = data["plugin_modules"]
        self.disabled: list[str] = data["disabled_plugins"]
        self.resumes: bool = data["resumes"]
        self.failed = [(hook, plugin) for hook, plugin in data["failed"]]
        self.failures = [ProblemGroup.of(group) for group in data["failures"]]


def run(job: _Job, send: Send) -> None:
    """Read, check, ask the plugins, and write the rows if nothing stands against it."""
    connection = open_engine(job.work_dir, job.limits)
    if job.resumes:
        report, has_rows = Report.of(_read_json(job.work_dir / REPORT)), True
    else:
        report, has_rows = read_table(
            connection,
            job.path,
            job.item,
            filename=job.filename,
            work_dir=job.work_dir,
            limits=job.limits,
            references=job.references,
            progress=lambda stage, done, total: send(
                {"stage": stage, "done": done, "total": total}
            ),
        )
        if has_rows:
            connection.execute("CHECKPOINT")
            _write_json(job.work_dir / REPORT, report.as_json())
    result: dict[str, Any] = {}
    if has_rows:
        rows = rows_of(connection, job.item)
        groups = [group for hook in HOOK_SEVERITY for group in _ask(job, hook, rows, send)]
        report = report.with_groups(*groups, *job.failures)
    if has_rows and not report.blocks:
        send({"stage": "writing", "done": 0, "total": report.row_count})
        count, content = write_rows(connection, job.item, job.work_dir / ROWS, job.limits)
        result = {"row_count": count, "content_sha256": content}
    close_engine(connection, job.work_dir)
    _write_json(job.work_dir / RESULT, {"report": report.as_json(), **result})


def _ask(job: _Job, hook: str, rows: Any, send: Send) -> list[ProblemGroup]:
    """Call ``hook`` of each plugin that has not been asked yet; return all their problems."""
    answers: list[dict[str, Any]] = []
    if (job.work_dir / HOOKS).exists():
        answers = _read_json(job.work_dir / HOOKS)
    done = {answer["plugin"] for answer in answers if answer["hook"] == hook}
    done |= {plugin for failed_hook, plugin in job.failed if failed_hook == hook}
    try:
        plugins = load_plugins(
            [module for module in job.plugin_modules if module not in done],
            disabled=[*job.disabled, *done],
            collect=False,
        )
    except PluginRefused as error:
        return [plugin_failed("(loading)", hook, error.message)]
    names = [known.plugin_name for known in getattr(plugins.manager.hook, hook).get_hookimpls()]
    calls = iter(plugins.call_each(hook, item=job.item, rows=rows))
    for name in names:
        send({"hook": hook, "plugin": name})
        _, answer = next(calls)
        groups = _groups(answer, name, hook, job.limits.listed)
        answers.append(
            {"hook": hook, "plugin": name, "groups": [group.as_json() for group in groups]}
        )
        _write_json(job.work_dir / HOOKS, answers)
    send({"hook": None, "plugin": None})
    return [
        ProblemGroup.of(group)
        for answer in answers
        if answer["hook"] == hook
        for group in answer["groups"]
    ]


def plugin_failed(plugin: str, hook: str, reason: str) -> ProblemGroup:
    """Return the problem that names a plugin which could not answer."""
    return file_problem(
        "plugin-failed",
        severity=HOOK_SEVERITY[hook],
        source=plugin,
        plugin=plugin,
        hook=hook,
        reason=reason,
    )


def _groups(answer: Any, plugin: str, hook: str, listed: int) -> list[ProblemGroup]:
    """Return an answer as groups with the plugin as source; a failure as its problem."""
    if isinstance(answer, HookFailure):
        return [plugin_failed(plugin, hook, answer.reason)]
    is_list = isinstance(answer, list | tuple)
    if not is_list or not all(isinstance(one, Problem | ProblemGroup) for one in answer):
        seen = type(answer).__name__
        reason = f"it returned {seen}, not a list of problems"
        return [plugin_failed(plugin, hook, reason)]
    try:
        groups = _grouped(answer, plugin, listed)
        json.dumps([group.as_json() for group in groups])
    except Exception as error:  # noqa: BLE001 - a problem may hold anything
        traceback.print_exc()
        return [plugin_failed(plugin, hook, f"its problems are malformed: {error}")]
    return groups


def _grouped(answer: Any, plugin: str, listed: int) -> list[ProblemGroup]:
    single: dict[tuple[str, str | None, Severity], list[Problem]] = {}
    groups: list[ProblemGroup] = []
    for one in answer:
        if isinstance(one, Problem):
            problem = replace(one, severity=Severity(one.severity), source=plugin)
            single.setdefault((one.code, one.field, problem.severity), []).append(problem)
        else:
            first = tuple(replace(problem, source=plugin) for problem in one.first[:listed])
            total = max(one.total, len(one.first), 1)
            groups.append(
                replace(
                    one, first=first, total=total, severity=Severity(one.severity), source=plugin
                )
            )
    for (code, field, severity), problems in single.items():
        groups.append(
            ProblemGroup(
                code,
                field,
                problems[0].label,
                severity,
                len(problems),
                tuple(problems[:listed]),
                plugin,
            )
        )
    return groups


def _read_json(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


def _write_json(path: Path, value: Any) -> None:
    """Write at once or not at all: the parent may read after any death."""
    part = path.with_suffix(".part")
    part.write_text(json.dumps(value, ensure_ascii=False), encoding="utf-8")
    part.replace(path)


def _channel() -> Send:
    """Keep standard output for progress; what a plugin prints goes to the error file."""
    out = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)

    def send(message: dict[str, Any]) -> None:
        out.write(json.dumps(message) + "\n")
        out.flush()

    return send


def main() -> int:
    """Do one job; return 0 when the result file says all there is to say."""
    data = json.loads(sys.stdin.read())
    set_limits(IntakeLimits.of(data["limits"]))
    sys.path.extend(path for path in data["import_paths"] if path not in sys.path)
    send = _channel()
    job = _Job(data)
    try:
        run(job, send)
    except Exception as error:  # noqa: BLE001 - any failure becomes a report
        traceback.print_exc()
        problem = problem_of(error, job.limits)
        failed = {"failure": "store-full"} if problem is None else {"problem": problem.as_json()}
        _write_json(job.work_dir / RESULT, failed)
    return 0


if __name__ == "__main__":
    ended = main()
    sys.stderr.flush()
    os._exit(ended)  # everything is in files by now; tidying the interpreter up takes 0.1 s
