"""What commands share: progress bars, reports as text, JSON for programs."""

import getpass
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import click
import orjson
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

from gongkai.domain.identifiers import DatasetId
from gongkai.domain.problems import Report, Severity
from gongkai.domain.report_kinds import (
    ReportKind,
    fields_of,
    heading_of,
    place_of,
    shown_value,
    totals_of,
)
from gongkai.domain.text import Text
from gongkai.models import Finding
from gongkai.rows.check_messages import shorten
from gongkai.rows.normalise import KINDS as CLEAN_UPS
from gongkai.services.ports import Progress as Listener
from gongkai.services.ports import no_progress

# A number of ours; a larger one fits into no integer of PostgreSQL.
NUMBER = click.IntRange(1, 2**31 - 1)
_WORDS = {
    "reading": Text("读取", "reading"),
    "checking": Text("检查", "checking"),
    "writing": Text("整理", "sorting"),
    "store": Text("保存", "storing"),
    "files": Text("文件已生成", "files written"),
}
_PLACES = 3
_VALUE_CHARS = 40
_VERDICTS = {
    "mend": Text(
        "不能发布：请改正上述错误后重新提交。",
        "It cannot be published: mend the errors above and send the file again.",
    ),
    "decide": Text(
        "不能直接发布：请删去上述不得公开的内容，或由保密审查人员说明理由后放行。",
        "It cannot be published as it is: take out what must not be public, or the "
        "confidentiality reviewer lets it pass and gives the reason.",
    ),
    "pass": Text("检查通过，可以提交发布。", "It can be published."),
}
_FACTS = ("format", "encoding", "delimiter", "sheet")


class Address(click.ParamType[DatasetId]):
    """The address of a dataset: INSTITUTION/ITEM."""

    name = "institution/item"

    def convert(
        self,
        value: str | DatasetId,
        param: click.Parameter | None,
        ctx: click.Context | None,
    ) -> DatasetId:
        if isinstance(value, DatasetId):
            return value
        try:
            return DatasetId.parse(value)
        except ValueError as error:
            self.fail(f"{error}.", param, ctx)


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
    """Print a report for a person: by kind, with true totals, first places and what to do."""
    english = language == "en"
    shown = (str(report.file[key]) for key in _FACTS if report.file.get(key))
    facts = ", ".join("TAB" if fact == "\t" else fact for fact in shown if fact != ",")
    rows = f"{report.row_count:,} rows" if english else f"{report.row_count:,} 行"
    click.echo(f"{rows} ({facts})" if facts else rows)
    for kind in report.kinds:
        _print_kind(kind, report, language)
    _print_readings(report, language)
    _print_cleaned(report, language)
    click.echo("")
    if report.is_fatal:
        verdict = _VERDICTS["mend"]
    else:
        verdict = _VERDICTS["decide" if report.blocks else "pass"]
    click.echo(totals_of(report).in_language(language))
    click.echo(verdict.in_language(language))


def _print_kind(kind: ReportKind, report: Report, language: str) -> None:
    english = language == "en"
    click.echo(f"\n{heading_of(kind).in_language(language)} [{kind.code}]")
    fields = fields_of(kind)
    if fields:
        click.echo(f"  {fields.in_language(language)}")
    for problem in kind.first[:_PLACES]:
        place = place_of(problem, report.file).in_language(language)
        said = kind.sentence(problem).in_language(language)
        value = shown_value(problem, said)
        quoted = f"“{shorten(value, _VALUE_CHARS)}”" if value else ""
        if problem.row is None and problem.field is None:
            click.echo(f"  {said[0].upper()}{said[1:]}")
        elif english:
            click.echo(f"  {place[0].upper()}{place[1:]}{quoted and ' '}{quoted}: {said}")
        else:
            click.echo(f"  {place}{quoted}：{said}")
    more = kind.total - min(_PLACES, len(kind.first))
    if more:
        click.echo(f"  … {more:,} more" if english else f"  ……另有 {more:,} 处")
    if kind.advice:
        advice = kind.advice.in_language(language)
        click.echo(f"  → {advice}")


def _print_readings(report: Report, language: str) -> None:
    """Show how the text reads in each encoding that may be chosen."""
    candidates = report.file.get("encoding_candidates", ())
    if not candidates:
        return
    click.echo("\nPreviews:" if language == "en" else "\n预览：")
    for one in candidates:
        click.echo(f"  --encoding {one['encoding']}  {' / '.join(one['preview'])}")


def _print_cleaned(report: Report, language: str) -> None:
    """Say what was written differently with the same meaning, with one example of each."""
    english = language == "en"
    if not report.normalized:
        return
    click.echo("\nRewritten, with the same meaning:" if english else "\n已统一写法，含义不变：")
    for kind, fields in report.normalized.items():
        name, told = max(fields.items(), key=lambda pair: pair[1]["count"])
        total = sum(one["count"] for one in fields.values())
        first = told["first"][0]
        after = first["to"] or ("(empty)" if english else "（空）")
        example = f"“{_on_one_line(first['from'])}” → {_on_one_line(after)}"
        title = CLEAN_UPS[kind].in_language(language)
        if english:
            click.echo(f"  {title}: {total:,}, such as {name} in row {first['row']}: {example}")
        else:
            click.echo(f"  {title}：{total:,} 处，如第 {first['row']} 行 {name}：{example}")


def _on_one_line(text: str) -> str:
    shown = "".join(character if character.isprintable() else "·" for character in text)
    return shorten(shown, _VALUE_CHARS)


def print_findings(findings: Sequence[Finding], language: str) -> None:
    """Print what the reviewer must decide, as the options of `gongkai publish` to fill in."""
    if not findings:
        return
    english = language == "en"
    blocks = any(finding.severity == Severity.ERROR for finding in findings)
    click.echo(
        "\nThe confidentiality reviewer decides on each; give what the signed sheet says:"
        if english
        else "\n以下各项由保密审查员逐项决定，请按已签字的审查单录入："
    )
    if blocks:
        click.echo(f'  --why "{"the submitter’s reason" if english else "供稿人的理由"}"')
    for finding in findings:
        place = f"{finding.code}:{finding.field}" if finding.field else finding.code
        if finding.severity == Severity.ERROR:
            reason = "the reviewer’s reason" if english else "审查员的理由"
            click.echo(f'  --override {place}="{reason}"')
        else:
            click.echo(f"  --accept {place}")
    if blocks:
        click.echo(
            "What is overridden is attested by the first responsible person as well."
            if english
            else "放行的内容还须主要负责人签发。"
        )
    click.echo("")
