"""Running checks as sets: one scan counts them all, and only failing ones are listed."""

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import duckdb

from gongkai.domain.problems import Problem, ProblemGroup, Severity
from gongkai.domain.table_schema import Field
from gongkai.domain.text import Text
from gongkai.rows.check_messages import message, shorten
from gongkai.rows.problem_lists import file_problem
from gongkai.rows.staging import CHECKED, ROW


@dataclass(frozen=True)
class Check:
    """Rows of ``source`` for which ``condition`` holds are wrong, and why.

    ``value`` is SQL for the text shown; ``extra`` are SQL texts that fill the message beside
    ``params``. ``said`` replaces the message of ``code``, for a rule that brings its own, and
    ``say`` makes it of the value.
    ``name`` is what a rule is called if it cannot be evaluated. ``of_cell`` tells that the
    condition is about the field's own cell alone, so that it can be asked of distinct cells;
    ``repeats`` are the columns without whose repetition no row can fail.
    """

    code: str
    condition: str
    field: Field | None = None
    source: str = CHECKED
    value: str = "NULL"
    severity: Severity = Severity.ERROR
    params: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    extra: Mapping[str, str] = dataclasses.field(default_factory=dict)
    said: Text | None = None
    say: Callable[[str], Text] | None = None
    name: str = ""
    of_cell: bool = False
    repeats: tuple[str, ...] = ()


class DistinctCells(Protocol):
    """Rows whose distinct cells can be asked instead of all cells."""

    def cells(self, field: Field) -> str:
        """Return the relation of a field's distinct cells, with their number of rows as _n."""
        ...

    def is_unique(self, names: Sequence[str]) -> bool:
        """Tell whether no two rows have the same values in ``names``."""
        ...


def run_checks(
    connection: duckdb.DuckDBPyConnection,
    checks: Sequence[Check],
    listed: int,
    distinct: DistinctCells | None = None,
) -> list[ProblemGroup]:
    """Return a group for each check that some row fails, in the order of ``checks``."""
    totals = _count(connection, checks, distinct)
    groups = []
    for check in checks:
        total = totals[id(check)]
        if isinstance(total, duckdb.Error):
            groups.append(_unusable(check, total))
        elif total:
            groups.append(_list(connection, check, total, listed))
    return groups


def _count(
    connection: duckdb.DuckDBPyConnection,
    checks: Sequence[Check],
    distinct: DistinctCells | None,
) -> dict[int, int | duckdb.Error]:
    totals: dict[int, int | duckdb.Error] = {}
    scans: dict[tuple[str, str], list[Check]] = {}
    for check in checks:
        if distinct and check.repeats and distinct.is_unique(check.repeats):
            totals[id(check)] = 0
        elif distinct and check.of_cell and check.field:
            relation = distinct.cells(check.field)
            scans.setdefault((relation, "coalesce(sum(_n) FILTER ({}), 0)"), []).append(check)
        elif check.source == CHECKED:
            scans.setdefault((CHECKED, "count(*) FILTER ({})"), []).append(check)
        else:
            totals[id(check)] = _count_one(connection, check)
    for (relation, counted), together in scans.items():
        totals.update(_scan(connection, relation, counted, together))
    return totals


def _scan(
    connection: duckdb.DuckDBPyConnection, relation: str, counted: str, checks: Sequence[Check]
) -> dict[int, int | duckdb.Error]:
    """Count the rows that fail each of ``checks`` in one pass over ``relation``."""
    wanted = ", ".join(counted.format(f"({check.condition})") for check in checks)
    try:
        counts = connection.execute(f"SELECT {wanted} FROM {relation}").fetchone() or ()
    except duckdb.OutOfMemoryException:
        raise
    except duckdb.Error:
        # One of them cannot be evaluated: find out which, and run the others.
        return {id(check): _count_one(connection, check) for check in checks}
    return {id(check): int(count) for check, count in zip(checks, counts, strict=True)}


def _count_one(connection: duckdb.DuckDBPyConnection, check: Check) -> int | duckdb.Error:
    try:
        found = connection.execute(
            f"SELECT count(*) FROM {check.source} WHERE {check.condition}"
        ).fetchone()
    except duckdb.OutOfMemoryException:
        raise
    except duckdb.Error as error:
        return error
    return int(found[0]) if found else 0


def _list(
    connection: duckdb.DuckDBPyConnection, check: Check, total: int, listed: int
) -> ProblemGroup:
    columns = ", ".join([ROW, check.value, *check.extra.values()])
    rows = connection.execute(
        f"SELECT {columns} FROM {check.source} WHERE {check.condition} "
        f"ORDER BY {ROW} LIMIT {listed}"
    ).fetchall()
    say = _speaker(check)
    name, label = (check.field.name, check.field.title) if check.field else (None, None)
    first = tuple(
        Problem(
            code=check.code,
            message=say(value, dict(zip(check.extra, extra, strict=True))),
            row=row,
            field=name,
            label=label,
            value=None if value is None else shorten(str(value)),
            severity=check.severity,
        )
        for row, value, *extra in rows
    )
    return ProblemGroup(check.code, name, label, check.severity, total, first)


def _speaker(check: Check) -> Callable[[Any, Mapping[str, Any]], Text]:
    """Return what makes the message of one row from its value and extra texts."""
    params = dict(check.params)
    if check.field:
        title = check.field.title
        params |= {"label_zh": title.zh, "label_en": title.en, "example": check.field.example}
    said, say = check.said, check.say
    if say is not None:
        return lambda value, _extra: say(str(value))
    if said is not None and check.code == "rule":
        return lambda _value, _extra: said
    if said is not None:
        params |= {"message_zh": said.zh.rstrip("。"), "message_en": said.en.rstrip(".")}
    return lambda value, extra: message(check.code, **{**params, "value": value, **extra})


def _unusable(check: Check, error: duckdb.Error) -> ProblemGroup:
    reason = str(error).splitlines()[0]
    return file_problem(
        "rule-unusable",
        field=check.field.name if check.field else None,
        label=check.field.title if check.field else None,
        rule=check.name or check.code,
        reason=reason,
    )
