"""The disposable process that reads one file; started by ``services.intake``, once per file.

The job comes as JSON on standard input, progress goes out as JSON lines, results are files in
the working directory. Whatever happens here, the parent has an answer.
"""

import json
import traceback
from dataclasses import replace
from pathlib import Path
from typing import Any

from gongkai.domain.disclosure_control import ControlProfile
from gongkai.domain.items import DisclosureItem, item_of
from gongkai.domain.problems import Problem, ProblemGroup, Report, Severity
from gongkai.domain.table_schema import TableSchema
from gongkai.errors import PluginRefused
from gongkai.plugins import HookFailure, load_plugins
from gongkai.rows.limits import IntakeLimits
from gongkai.rows.problem_lists import file_problem
from gongkai.rows.reading import (
    FileRows,
    close_engine,
    open_engine,
    problem_of,
    read_table,
)
from gongkai.services.child_side import (
    RESULT,
    Send,
    end,
    open_channel,
    read_json,
    take_job,
    write_json,
)

Previous = tuple[Path, TableSchema]
REPORT, HOOKS, ROWS = "report.json", "hooks.json", "rows.parquet"
GATE = "check_confidentiality"
HOOK_SEVERITY = {
    "check_release": Severity.REVIEW,
    # Nothing goes public unchecked: a confidentiality check that fails blocks.
    GATE: Severity.ERROR,
}


class _Job:
    """What the parent asked for."""

    def __init__(self, data: dict[str, Any]) -> None:
        self.path = Path(data["path"])
        self.work_dir = Path(data["work_dir"])
        self.item: DisclosureItem = item_of(data["item"])
        self.filename: str = data["filename"]
        self.encoding: str | None = data.get("encoding")
        self.limits = IntakeLimits.of(data["limits"])
        self.references = {key: Path(path) for key, path in data["references"].items()}
        self.control = ControlProfile.of(data["control"])
        self.previous: Previous | None = None
        if data["previous"]:
            known = data["previous"]
            self.previous = Path(known["path"]), TableSchema.of(known["table_schema"])
        self.plugin_modules: list[str] = data["plugin_modules"]
        self.disabled: list[str] = data["disabled_plugins"]
        self.failed = [(hook, plugin) for hook, plugin in data["failed"]]
        self.failures = [ProblemGroup.of(group) for group in data["failures"]]


def run(job: _Job, send: Send) -> None:
    """Read, check, ask the plugins, and write the rows unless what blocks them is final."""
    connection = open_engine(job.work_dir, job.limits)
    # A child that goes on behind a plugin which hung or died reads anew: the same file, the
    # same rows.
    checked = read_table(
        connection,
        job.path,
        job.item,
        filename=job.filename,
        encoding=job.encoding,
        work_dir=job.work_dir,
        limits=job.limits,
        references=job.references,
        progress=lambda stage, done, total: send({"stage": stage, "done": done, "total": total}),
    )
    report, rows = checked.report, checked.rows
    result: dict[str, Any] = {}
    if rows is not None:
        if not report.blocks:
            report, rows = _guarded_and_compared(job, report, rows)
        write_json(job.work_dir / REPORT, report.as_json())
        seen = rows.as_hooks_see()
        groups = [group for hook in HOOK_SEVERITY for group in _ask(job, hook, seen, send)]
        report = report.with_groups(*groups, *job.failures)
    # What only the gate stands against is written too: the reviewer decides on exact content.
    if rows is not None and not report.is_fatal:
        send({"stage": "writing", "done": 0, "total": report.row_count})
        count, content = rows.write(job.work_dir / ROWS)
        result = {"row_count": count, "content_sha256": content}
    close_engine(connection, job.work_dir)
    write_json(job.work_dir / RESULT, {"report": report.as_json(), **result})


def _guarded_and_compared(job: _Job, report: Report, rows: FileRows) -> tuple[Report, FileRows]:
    """Guard small counts, then compare what is left with the release that it would follow."""
    path, table_schema = job.previous or (None, None)
    rows, guarded = rows.control(job.control, path)
    report = replace(report.with_groups(*guarded.groups), control=guarded.summary)
    if path is not None and table_schema is not None:
        groups, told = rows.compare(path, table_schema)
        report = replace(report.with_groups(*groups), comparison=told)
    return report, rows


def _ask(job: _Job, hook: str, rows: Any, send: Send) -> list[ProblemGroup]:
    """Call ``hook`` of each plugin that has not been asked yet; return all their problems."""
    answers: list[dict[str, Any]] = []
    if (job.work_dir / HOOKS).exists():
        answers = read_json(job.work_dir / HOOKS)
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
        write_json(job.work_dir / HOOKS, answers)
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
        # Whether a finding may be overridden follows from the hook, whatever a plugin says.
        groups = [
            replace(one, overridable=hook == GATE and one.severity is Severity.ERROR)
            for one in _grouped(answer, plugin, listed)
        ]
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


def main() -> int:
    """Do one job; return 0 when the result file says all there is to say."""
    job = _Job(take_job())
    send = open_channel()
    try:
        run(job, send)
    except Exception as error:  # noqa: BLE001 - any failure becomes a report
        traceback.print_exc()
        problem = problem_of(error, job.limits)
        failed = {"failure": "store-full"} if problem is None else {"problem": problem.as_json()}
        write_json(job.work_dir / RESULT, failed)
    return 0


if __name__ == "__main__":
    end(main())
