"""What commands share: progress bars, reports as text, JSON for programs."""

import getpass
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import click
import orjson
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

from gongkai.domain.problems import Report, Severity
from gongkai.domain.text import Text
from gongkai.services.ports import Progress as Listener
from gongkai.services.ports import no_progress

_WORDS = {
    "reading": Text("读取", "reading"),
    "checking": Text("检查", "checking"),
    "writing": Text("整理", "sorting"),
    "store": Text("保存", "storing"),
    "files": Text("文件已生成", "files written"),
}
_SEVERITIES = {
    Severity.ERROR: Text("错误", "Error"),
    Severity.REVIEW: Text("需审查", "For the reviewer"),
    Severity.WARNING: Text("提示", "Warning"),
}
_FACTS = ("format", "encoding", "delimiter", "sheet")


def channel() -> str:
    """Return how the audit log names an act entered here: the command line and its user."""
    return f"cli:{getpass.getuser()}"


def say_json(value: Any) -> None:
    """Print ``value`` as JSON on stdout."""
    click.echo(orjson.dumps(value, option=orjson.OPT_INDENT_2).decode())


@contextmanager
def progress_bar(*, quiet: bool) -> Iterator[Listener]:
    """Show long work on stderr: a bar on a terminal, one line a stage elsewhere."""
    if quiet:
        yield no_progress
        return
    if not sys.stderr.isatty():
        yield _line_listener()
        return
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as shown:
        task = shown.add_task("", total=None)

        def listen(what: str, done: int, total: int | None) -> None:
            shown.update(task, description=_say(what), completed=done, total=total)

        yield listen


def _line_listener() -> Listener:
    seen: set[str] = set()

    def listen(what: str, done: int, total: int | None) -> None:  # noqa: ARG001 - a listener
        if what not in seen:
            seen.add(what)
            click.echo(f"… {_say(what)}", err=True)

    return listen


def _say(what: str) -> str:
    words = _WORDS.get(what)
    return f"{words.zh} / {words.en}" if words else what


def print_report(report: Report, language: str) -> None:
    """Print a report for a person: grouped, with true totals and the first places."""
    english = language == "en"
    shown = (str(report.file[key]) for key in _FACTS if report.file.get(key))
    facts = ", ".join("TAB" if fact == "\t" else fact for fact in shown)
    rows = f"{report.row_count:,} rows" if english else f"{report.row_count:,}行"
    click.echo(f"{rows} ({facts})" if facts else rows)
    for group in report.groups:
        label = group.label.in_language(language) if group.label else ""
        place = f"{label} ({group.field})" if group.field and label else group.field or ""
        severity = _SEVERITIES[group.severity].in_language(language)
        heading = f"{severity} {group.code} {place}".rstrip()
        count = f"{group.total:,}"
        click.echo(f"\n{heading}: {count}" if english else f"\n{heading}：{count}处")
        for problem in group.first[:5]:
            row = (
                ""
                if problem.row is None
                else f"row {problem.row}: "
                if english
                else (f"第{problem.row}行：")
            )
            click.echo(f"  {row}{problem.message.in_language(language)}")
        if group.total > 5:
            more = group.total - min(5, len(group.first))
            click.echo(f"  … {more:,} more" if english else f"  ……另有{more:,}处")
    click.echo("")
    if report.blocks:
        click.echo(
            "It cannot be published: mend the errors above and send the file again."
            if english
            else "不能发布：请改正上述错误后重新提交。"
        )
    else:
        click.echo("It can be published." if english else "检查通过，可以提交发布。")
