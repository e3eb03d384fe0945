"""A report as people read it: by kind of problem, the worst and most frequent first."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from gongkai.domain.problem_kinds import (
    OWN_TITLES,
    SEVERITIES,
    advice_of,
    fact_of,
    is_covered,
    rule_of,
    title_of,
)
from gongkai.domain.text import Text

if TYPE_CHECKING:
    from gongkai.domain.problems import Problem, ProblemGroup, Report, Severity

LISTED_PLACES = 5
_SHOWN_FIELDS = 12
_COUNTED = {
    "error": ("error", "errors"),
    "review": ("for the reviewer", "for the reviewer"),
    "warning": ("warning", "warnings"),
}
_RANKS = {"error": 0, "review": 1, "warning": 2}
_RECORD_FORMATS = ("json", "jsonl")
_LETTERS = re.compile(r"[A-Z]{1,3}")


@dataclass(frozen=True, slots=True)
class FieldTotal:
    """How often a kind of problem is found in one field; ``field`` None is the file."""

    field: str | None
    label: Text | None
    total: int


@dataclass(frozen=True, slots=True)
class ReportKind:
    """All problems of one kind: what it is called, what to do, the first of its places."""

    code: str
    severity: "Severity"
    title: Text
    advice: Text | None
    total: int
    fields: tuple[FieldTotal, ...]
    first: "tuple[Problem, ...]"

    def sentence(self, problem: "Problem") -> Text:
        """Return what to say about one place beside the advice for the kind."""
        is_said = is_covered(self.code, self.advice)
        return fact_of(problem.message) if is_said else problem.message


def kinds_of(groups: "Iterable[ProblemGroup]") -> list[ReportKind]:
    """Return the kinds of problem in ``groups``: errors first, then by how many there are."""
    sorted_out: dict[tuple[str, ...], list[ProblemGroup]] = {}
    for group in groups:
        # Every rule that an item brings is a kind of its own: its sentence is its title.
        is_own = group.code in OWN_TITLES and group.first
        rule = rule_of(group.code, group.first[0].message).zh if is_own else ""
        sorted_out.setdefault((group.code, group.severity.value, rule), []).append(group)
    kinds = [_kind(found) for found in sorted_out.values()]
    return sorted(kinds, key=lambda kind: (_RANKS[kind.severity.value], -kind.total))


def _kind(groups: "list[ProblemGroup]") -> ReportKind:
    totals: dict[str | None, FieldTotal] = {}
    for group in groups:
        known = totals.get(group.field)
        total = group.total + (known.total if known else 0)
        totals[group.field] = FieldTotal(group.field, group.label, total)
    first = sorted((p for group in groups for p in group.first), key=lambda p: p.row or 0)
    code, severity = groups[0].code, groups[0].severity
    sentence = first[0].message if first else Text(code, code)
    return ReportKind(
        code=code,
        severity=severity,
        title=title_of(code, sentence),
        advice=advice_of(code, sentence, is_of_one_field=len(totals) == 1),
        total=sum(group.total for group in groups),
        fields=tuple(sorted(totals.values(), key=lambda known: -known.total)),
        first=tuple(first),
    )


def describe_kind(kind: ReportKind, file: Mapping[str, Any]) -> dict[str, Any]:
    """Return a kind as JSON with the first of its places, in words too."""
    return {
        "code": kind.code,
        "severity": kind.severity.value,
        "title": kind.title.as_json(),
        "advice": kind.advice.as_json() if kind.advice else None,
        "total": kind.total,
        "fields": [
            {
                "field": one.field,
                "label": one.label.as_json() if one.label else None,
                "total": one.total,
            }
            for one in kind.fields
        ],
        "first": [
            {
                "row": problem.row,
                "field": problem.field,
                "column": column_of(problem, file),
                "value": problem.value,
                "place": place_of(problem, file).as_json(),
                "message": problem.message.as_json(),
            }
            for problem in kind.first[:LISTED_PLACES]
        ],
    }


def column_of(problem: "Problem", file: Mapping[str, Any]) -> str | None:
    """Return the letters of a problem's column in the file as sent, where they are known."""
    columns: Mapping[str, str] = file.get("columns", {})
    if problem.field is None or problem.field in columns:
        return columns.get(problem.field or "")
    is_place = problem.label is None and _LETTERS.fullmatch(problem.field)
    return problem.field if is_place else None


def place_of(problem: "Problem", file: Mapping[str, Any]) -> Text:
    """Say in words where a problem is: 第 5 行“病例数”（D 列） / row 5, “Cases” (column D)."""
    column = column_of(problem, file)
    name = problem.label or (Text(problem.field, problem.field) if problem.field else None)
    if problem.row is None or problem.code == "missing-column":
        if name is None:
            return Text("整个文件", "the whole file")
        return Text(f"“{name.zh}”列", f"column “{name.en}”")
    row = Text(f"第 {problem.row} 行", f"row {problem.row}")
    if file.get("format") in _RECORD_FORMATS:
        row = Text(f"第 {problem.row} 条", f"record {problem.row}")
    if name is None:
        return row
    if column == problem.field:
        return Text(f"{row.zh} {column} 列", f"{row.en}, column {column}")
    where = Text(f"（{column} 列）", f" (column {column})") if column else Text("", "")
    return Text(f"{row.zh}“{name.zh}”{where.zh}", f"{row.en}, “{name.en}”{where.en}")


def shown_value(problem: "Problem", said: str) -> str | None:
    """Return a problem's value where ``said``, what is said of it, does not quote it."""
    return None if problem.value is None or problem.value in said else problem.value


def heading_of(kind: ReportKind) -> Text:
    """Return a kind's title with its severity and how many there are."""
    severity = SEVERITIES[kind.severity]
    return Text(
        f"{severity.zh}：{kind.title.zh}（{kind.total:,} 处）",
        f"{severity.en}: {kind.title.en} ({kind.total:,})",
    )


def fields_of(kind: ReportKind) -> Text | None:
    """Say in which columns a kind is found; None where it is about no column."""
    known = [one for one in kind.fields if one.field]
    if not known:
        return None
    if len(known) == 1 and known[0].total == kind.total:
        name = known[0].label or Text(str(known[0].field), str(known[0].field))
        return Text(f"所在列：“{name.zh}”", f"Column: “{name.en}”")
    zh = "、".join(_field_zh(one) for one in known[:_SHOWN_FIELDS])
    en = ", ".join(_field_en(one) for one in known[:_SHOWN_FIELDS])
    more = len(known) - _SHOWN_FIELDS
    if more > 0:
        zh, en = f"{zh}等 {len(known)} 列", f"{en} and {more} more"
    return Text(f"所在列：{zh}", f"Columns: {en}")


def _field_zh(one: FieldTotal) -> str:
    return f"“{one.label.zh if one.label else one.field}” {one.total:,} 处"


def _field_en(one: FieldTotal) -> str:
    return f"“{one.label.en if one.label else one.field}” {one.total:,}"


def totals_of(report: "Report") -> Text:
    """Say how many problems there are of each severity."""
    counts = (report.error_count, report.review_count, report.warning_count)
    found = [(kind, count) for kind, count in zip(SEVERITIES, counts, strict=True) if count]
    if not found:
        return Text("没有发现问题。", "No problems were found.")
    zh = "，".join(f"{SEVERITIES[kind].zh} {count:,} 处" for kind, count in found)
    en = ", ".join(f"{count:,} {_COUNTED[kind][count > 1]}" for kind, count in found)
    return Text(f"{zh}。", f"{en}.")
