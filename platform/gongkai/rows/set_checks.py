"""What the table schema asks of rows together: keys, rules, totals, counts, references."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import duckdb

from gongkai.domain.problems import ProblemGroup, Severity
from gongkai.domain.table_schema import (
    CountRule,
    Field,
    FieldType,
    ForeignKey,
    TableSchema,
    TotalRule,
)
from gongkai.rows.check_engine import Check, run_checks
from gongkai.rows.columns import canonical, identifier, literal
from gongkai.rows.expression_sql import expression_sql
from gongkai.rows.problem_lists import file_problem
from gongkai.rows.staging import CHECKED, ROW, text_column


def key_checks(schema: TableSchema, absent: frozenset[str]) -> Iterator[Check]:
    """Yield the checks that keys and unique fields do not repeat."""
    for field in schema:
        if field.unique and field.name not in absent and schema.primary_key != (field.name,):
            yield Check(
                "unique",
                "true",
                field,
                source=_repeats([field], schema),
                value="value",
                extra={"first": '"first"'},
                repeats=(field.name,),
            )
    key = [schema.by_name[name] for name in schema.primary_key]
    if not key or any(f.name in absent and f.name not in schema.nullable_key for f in key):
        return
    names = {
        "fields_zh": "、".join(f.title.zh for f in key),
        "fields_en": ", ".join(f.title.en for f in key),
    }
    yield Check(
        "primary-key",
        "true",
        key[0] if len(key) == 1 else None,
        source=_repeats(key, schema),
        value="value",
        extra={"first": '"first"'},
        params=names,
        repeats=schema.primary_key,
    )


def _repeats(key: Sequence[Field], schema: TableSchema) -> str:
    """Return a relation of the rows that repeat an earlier one, with the first of each."""
    names = ", ".join(identifier(field.name) for field in key)
    filled = " AND ".join(_is_sound(field, schema) for field in key)
    same = " AND ".join(
        f"c.{identifier(f.name)} IS NOT DISTINCT FROM d.{identifier(f.name)}" for f in key
    )
    shown = " || ', ' || ".join(f"coalesce(c.{text_column(field)}, '')" for field in key)
    return (
        f"(SELECT c.{ROW}, d.first, {shown} AS value FROM {CHECKED} c JOIN "
        f"(SELECT {names}, min({ROW}) AS first FROM {CHECKED} WHERE {filled} "
        f"GROUP BY {names} HAVING count(*) > 1) d ON {same} "
        f"WHERE c.{ROW} <> d.first AND {_prefixed(key, schema)})"
    )


def _is_sound(field: Field, schema: TableSchema, prefix: str = "") -> str:
    """Tell that a key cell is typed; an empty one counts only where the key may be empty."""
    value = f"{prefix}{identifier(field.name)}"
    if field.name in schema.nullable_key:
        return f"({value} IS NOT NULL OR {prefix}{text_column(field)} IS NULL)"
    return f"{value} IS NOT NULL"


def _prefixed(key: Sequence[Field], schema: TableSchema) -> str:
    return " AND ".join(_is_sound(field, schema, "c.") for field in key)


def rule_checks(schema: TableSchema) -> Iterator[Check]:
    """Yield the rules inside a row and the totals over rows (勾稽关系)."""
    for rule in schema.rules:
        condition = f"NOT ({expression_sql(rule.expect)})"
        if rule.when:
            condition = f"({expression_sql(rule.when)}) AND {condition}"
        field = schema.by_name.get(rule.field or "")
        yield Check(
            "rule",
            condition,
            field,
            value=text_column(field) if field else "NULL",
            severity=rule.severity,
            said=rule.message,
            name=rule.key,
        )
    for total in schema.totals:
        for name in total.fields:
            yield _total(total, schema.by_name[name])


def _total(rule: TotalRule, field: Field) -> Check:
    """Compare the total row (or the sum of several) with the sum of its parts in each group."""
    value = identifier(field.name)
    is_total, is_part = expression_sql(rule.total), expression_sql(rule.parts)
    within = [identifier(name) for name in rule.within]
    grouped = ", ".join(within)
    joined = " AND ".join(f"t.{name} IS NOT DISTINCT FROM p.{name}" for name in within) or "true"
    slack = f"CAST({literal(rule.tolerance)} AS DECIMAL(38, 12))"
    if field.type is FieldType.NUMBER and field.decimals is None:
        slack = f"CAST({literal(rule.tolerance)} AS DOUBLE) + 1e-9 * greatest(1, abs(p.added))"
    group_by = f"GROUP BY {grouped} " if grouped else ""
    sums = (
        f"SELECT {grouped}{', ' if grouped else ''}sum({value}) AS added FROM {CHECKED} "
        f"WHERE {is_part} {group_by}HAVING count(*) > 0 AND count(*) = count({value})"
    )
    totals = (
        f"SELECT {grouped}{', ' if grouped else ''}min({ROW}) AS {ROW}, sum({value}) AS found, "
        f"CASE WHEN count(*) = 1 THEN min({text_column(field)}) "
        f"ELSE {canonical(field, f'sum({value})')} END AS value FROM {CHECKED} "
        f"WHERE {is_total} {group_by}HAVING count(*) > 0 AND count(*) = count({value})"
    )
    source = (
        f"(SELECT t.{ROW}, t.value, p.added, t.found, {slack} AS slack "
        f"FROM ({totals}) t JOIN ({sums}) p ON {joined})"
    )
    expected = canonical(field, "added") if _is_double(field) else "CAST(added AS VARCHAR)"
    return Check(
        "total",
        "abs(found - added) > slack",
        field,
        source=source,
        value="value",
        severity=rule.severity,
        said=rule.message,
        extra={"expected": expected},
        name=rule.key,
    )


def _is_double(field: Field) -> bool:
    return field.type is FieldType.NUMBER and field.decimals is None


def count_problems(
    connection: duckdb.DuckDBPyConnection, rules: Sequence[CountRule]
) -> list[ProblemGroup]:
    """Return a problem for each rule that too few or too many rows fulfil."""
    groups = []
    for rule in rules:
        try:
            found = connection.execute(
                f"SELECT count(*) FROM {CHECKED} WHERE {expression_sql(rule.where)}"
            ).fetchone()
        except duckdb.OutOfMemoryException:
            raise
        except duckdb.Error as error:
            reason = str(error).splitlines()[0]
            groups.append(file_problem("rule-unusable", rule=rule.key, reason=reason))
            continue
        count = int(found[0]) if found else 0
        if count < rule.at_least or (rule.at_most is not None and count > rule.at_most):
            groups.append(
                file_problem(
                    "count",
                    severity=rule.severity,
                    value=str(count),
                    message_zh=rule.message.zh.rstrip("。"),
                    message_en=rule.message.en.rstrip("."),
                )
            )
    return groups


def reference_problems(
    connection: duckdb.DuckDBPyConnection,
    item: str,
    schema: TableSchema,
    references: Mapping[str, Path],
    absent: frozenset[str],
    listed: int,
) -> list[ProblemGroup]:
    """Return the values that the item they refer to does not have."""
    groups: list[ProblemGroup] = []
    for key in schema.foreign_keys:
        if absent & set(key.fields):
            continue
        field = schema.by_name[key.fields[0]]
        if key.item == item:
            target = CHECKED
        elif key.item in references:
            target = f"read_parquet({literal(str(references[key.item]))})"
        else:
            title = field.title
            groups.append(
                file_problem(
                    "reference-unchecked",
                    severity=Severity.WARNING,
                    field=field.name,
                    label=title,
                    item=key.item,
                    label_zh=title.zh,
                    label_en=title.en,
                )
            )
            continue
        groups += run_checks(connection, [_reference(key, schema, target)], listed)
    return groups


def _reference(key: ForeignKey, schema: TableSchema, target: str) -> Check:
    fields = [schema.by_name[name] for name in key.fields]
    filled = " AND ".join(f"c.{identifier(field.name)} IS NOT NULL" for field in fields)
    same = " AND ".join(
        f"CAST(c.{identifier(mine.name)} AS VARCHAR) = CAST(r.{identifier(theirs)} AS VARCHAR)"
        for mine, theirs in zip(fields, key.item_fields, strict=True)
    )
    shown = " || ', ' || ".join(f"c.{text_column(field)}" for field in fields)
    source = (
        f"(SELECT c.{ROW}, {shown} AS value FROM {CHECKED} c WHERE {filled} AND NOT EXISTS "
        f"(SELECT 1 FROM {target} r WHERE {same}))"
    )
    return Check(
        "foreign-key",
        "true",
        fields[0],
        source=source,
        value="value",
        params={"item": key.item},
        name=f"foreign key to {key.item}",
    )
