"""Row rules over typed rows: the true number of rows that break one, and the first of them."""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

from gongkai.domain.problems import Problem, ProblemGroup, Severity
from gongkai.domain.table_schema import Field, FieldType
from gongkai.domain.text import Text
from gongkai.rows.columns import canonical, identifier
from gongkai.rows.connections import Cursors
from gongkai.rows.expression_sql import expression_sql

SHOWN = 100
# How far two binary fractions of equal decimal meaning may lie apart, per unit of size.
_NOISE = "1e-9"


@dataclass(frozen=True, slots=True)
class Finding:
    """What a rule looks for: rows where ``condition`` holds, and what to say about each.

    ``value`` and ``expected`` are SQL texts; ``message`` is given both of a row.
    """

    condition: str
    code: str
    field: Field | None
    severity: Severity
    message: Callable[[str | None, str | None], Text]
    value: str = "NULL"
    expected: str = "NULL"


def mismatch(
    field: Field, expression: str, *, tolerance: str, code: str, severity: Severity
) -> Finding:
    """Describe rows whose ``field`` is not the value of ``expression``; empty ones say nothing."""
    expected = expression_sql(expression)
    value = identifier(field.name)
    condition = f"{value} <> ({expected})"
    if field.is_numeric:
        slack = str(Decimal(tolerance))
        if field.type is FieldType.NUMBER:
            slack = f"{slack} + {_NOISE} * greatest(1, abs({value}))"
        condition = f"abs({value} - ({expected})) > {slack}"

    def message(found: str | None, wanted: str | None) -> Text:
        return Text(
            zh=f"“{field.title.zh}”填的是 {found}，按 {expression} 计算应为 {wanted}，请核对更正。",
            en=f"{field.title.en} is {found}, but {expression} gives {wanted}; correct it.",
        )

    return Finding(
        condition, code, field, severity, message, canonical(field, value), _shown(field, expected)
    )


def violation(
    expect: str,
    *,
    when: str | None,
    code: str,
    message: Text,
    field: Field | None,
    severity: Severity,
) -> Finding:
    """Describe rows for which ``expect`` is false where ``when`` holds."""
    condition = f"NOT ({expression_sql(expect)})"
    if when is not None:
        condition = f"({expression_sql(when)}) AND {condition}"
    value = canonical(field, identifier(field.name)) if field else "NULL"
    return Finding(condition, code, field, severity, lambda _found, _wanted: message, value)


def find(connection: Cursors, numbered: str, finding: Finding) -> list[ProblemGroup]:
    """Return one group for ``finding`` over ``numbered``, which has ``_row``; or none."""
    with connection.cursor() as cursor:
        count = f"SELECT count(*) FROM {numbered} WHERE {finding.condition}"
        answer = cursor.execute(count).fetchone()
        total = int(answer[0]) if answer else 0
        if total == 0:
            return []
        first = cursor.execute(
            f"SELECT _row, {finding.value}, {finding.expected} FROM {numbered} "
            f"WHERE {finding.condition} ORDER BY _row LIMIT {SHOWN}"
        ).fetchall()
    field = finding.field
    name, label = (field.name, field.title) if field else (None, None)
    problems = tuple(
        Problem(
            code=finding.code,
            message=finding.message(value, expected),
            row=row,
            field=name,
            label=label,
            value=value,
            severity=finding.severity,
        )
        for row, value, expected in first
    )
    return [ProblemGroup(finding.code, name, label, finding.severity, total, problems)]


def _shown(field: Field, expected: str) -> str:
    """Return SQL for an expected value in the manner of ``field``, without binary tails."""
    if field.type is FieldType.NUMBER and field.decimals is None:
        return canonical(field, f"round(CAST({expected} AS DOUBLE), 6)")
    if field.type is FieldType.NUMBER:
        return f"CAST(TRY_CAST({expected} AS DECIMAL(36, {field.decimals})) AS VARCHAR)"
    return f"CAST(({expected}) AS VARCHAR)"
