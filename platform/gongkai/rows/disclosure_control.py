"""Small counts found in checked rows, and the cells to hide so that none can be told."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb

from gongkai.domain.disclosure_control import (
    OBS_FLAG,
    ROUNDED_FROM,
    SPECIAL_WORDS,
    ControlProfile,
    Kind,
    Level,
    Method,
    can_be_empty,
    counted_fields,
    division_field,
    is_crossed,
    legend,
)
from gongkai.domain.problems import Problem, ProblemGroup, Severity
from gongkai.domain.table_schema import Field, FieldType, TableSchema, TotalRule
from gongkai.rows.check_messages import message
from gongkai.rows.columns import identifier, literal
from gongkai.rows.control_rules import SumRule, sum_rules
from gongkai.rows.expression_sql import expression_sql
from gongkai.rows.staging import CHECKED, ROW, TYPED, is_text, text_column

_ROUNDS = 20
_BOUNDS, _HIDDEN = "control_bounds", "control_hidden"
# Larger than any count: where nothing may be told, everything is small.
_ALL = 2**62
_SHOWN = 100


@dataclass
class Controlled:
    """What was decided: the rows of the cells to hide and to round by field, and what to say."""

    hidden: dict[str, list[int]] = field(default_factory=dict)
    rounded: dict[str, list[int]] = field(default_factory=dict)
    groups: list[ProblemGroup] = field(default_factory=list)
    summary: dict[str, Any] | None = None


def control_small_counts(
    connection: duckdb.DuckDBPyConnection,
    schema: TableSchema,
    profile: ControlProfile,
    previous: Path | None = None,
) -> Controlled:
    """Find the small counts of ``typed`` and decide what becomes of each.

    Primary: a count below its threshold is hidden, never a zero. Secondary: where a total, a
    sum inside the row or the last release would give it away, the next smallest is hidden
    too; rates and means of such a row go with it. Counts that cannot be left empty, and all
    counts under the method ``review``, become findings for the reviewer.
    """
    counted = counted_fields(schema)
    found = Controlled()
    if not counted:
        return found
    _write_bounds(connection, schema, profile)
    able = [one for one in counted if can_be_empty(one, schema)]
    handled = able if profile.method is not Method.REVIEW else []
    for one in counted:
        if one not in handled:
            found.groups += _finding(connection, one, profile)
    if previous is not None:
        for one in counted:
            found.groups += _small_differences(connection, schema, one, previous)
    if handled:
        _hide(connection, schema, handled, found, profile)
    connection.execute(f"DROP TABLE {_BOUNDS}")
    return found


def _write_bounds(
    connection: duckdb.DuckDBPyConnection, schema: TableSchema, profile: ControlProfile
) -> None:
    """Write the threshold of each row that has one."""
    kind = Kind.CROSSED if is_crossed(schema) else Kind.PLAIN
    normal = _by_level(schema, profile, kind)
    special = _special(schema)
    bound = f"CASE WHEN {special} THEN {_by_level(schema, profile, Kind.SPECIAL)} ELSE {normal} END"
    connection.execute(
        f"CREATE OR REPLACE TABLE {_BOUNDS} AS "
        f"SELECT * FROM (SELECT {ROW}, {bound} AS n FROM {TYPED}) WHERE n > 0"
    )


def _by_level(schema: TableSchema, profile: ControlProfile, kind: Kind) -> str:
    """Return SQL for the threshold of a row, by the level that its division code tells."""

    def number(level: Level) -> int:
        chosen = profile.threshold(kind, level)
        return _ALL if chosen is None else chosen

    division = division_field(schema)
    own = number(profile.level)
    if division is None:
        return str(own)
    code = identifier(division.name)
    return (
        f"CASE WHEN {code} = '000000' THEN {number(Level.NATIONAL)} "
        f"WHEN regexp_full_match({code}, '[1-9][0-9]0000') THEN {number(Level.PROVINCIAL)} "
        f"WHEN regexp_full_match({code}, '[1-9][0-9]{{3}}00') THEN {number(Level.CITY)} "
        f"WHEN regexp_full_match({code}, '[1-9][0-9]{{5}}') THEN {number(Level.COUNTY)} "
        f"ELSE {own} END"
    )


def _special(schema: TableSchema) -> str:
    """Return SQL that tells whether a row is of a register under stronger law."""
    looked_at = [
        f"coalesce(regexp_matches({identifier(one.name)}, {literal(SPECIAL_WORDS)}), false)"
        for one in schema
        if one.type is FieldType.STRING and not one.public_contact and not one.public_official
    ]
    labels = [
        f"coalesce({identifier(one.name)} = {literal(category.value)}, false)"
        for one in schema
        for category in one.categories
        if _is_special_label(category.label.zh) or _is_special_label(category.label.en)
    ]
    return " OR ".join([*looked_at, *labels]) or "false"


def _is_special_label(text: str) -> bool:
    return re.search(SPECIAL_WORDS, text, re.ASCII) is not None


def _small(one: Field) -> str:
    return f"t.{identifier(one.name)} > 0 AND t.{identifier(one.name)} < b.n"


def _finding(
    connection: duckdb.DuckDBPyConnection, one: Field, profile: ControlProfile
) -> list[ProblemGroup]:
    """Return the small counts of one field for the reviewer."""
    code = "small-count" if profile.method is Method.REVIEW else "small-count-required"
    source = f"{TYPED} t JOIN {_BOUNDS} b USING ({ROW}) WHERE {_small(one)}"
    return _group(connection, one, code, source, "b.n")


def _small_differences(
    connection: duckdb.DuckDBPyConnection, schema: TableSchema, one: Field, previous: Path
) -> list[ProblemGroup]:
    """Return the counts that differ from the last release by less than the threshold."""
    key = schema.primary_key
    if not key:
        return []
    table = f"read_parquet({literal(str(previous))}, hive_partitioning = false)"
    columns = {
        name for (name, *_) in connection.execute(f"DESCRIBE SELECT * FROM {table}").fetchall()
    }
    if not {*key, one.name} <= columns:
        return []
    same = " AND ".join(
        f"t.{identifier(name)} IS NOT DISTINCT FROM p.{identifier(name)}" for name in key
    )
    name = identifier(one.name)
    apart = f"abs(t.{name} - p.{name})"
    source = (
        f"{TYPED} t JOIN {_BOUNDS} b USING ({ROW}) JOIN {table} p ON {same} "
        f"WHERE {apart} > 0 AND {apart} < least(b.n, 1000) "
        f"AND t.{name} >= b.n AND p.{name} >= b.n"
    )
    return _group(connection, one, "small-difference", source, apart)


def _group(
    connection: duckdb.DuckDBPyConnection, one: Field, code: str, source: str, bound: str
) -> list[ProblemGroup]:
    counted = connection.execute(f"SELECT count(*) FROM {source}").fetchall()[0][0]
    if not counted:
        return []
    rows = connection.execute(
        f"SELECT {ROW}, t.{identifier(one.name)}, {bound} FROM {source} "
        f"ORDER BY {ROW} LIMIT {_SHOWN}"
    ).fetchall()
    first = tuple(
        Problem(
            code,
            message(
                code if limit < _ALL else "register-count",
                value=value,
                bound=limit,
                label_zh=one.title.zh,
                label_en=one.title.en,
            ),
            row,
            one.name,
            one.title,
            str(value),
            Severity.REVIEW,
        )
        for row, value, limit in rows
    )
    return [ProblemGroup(code, one.name, one.title, Severity.REVIEW, counted, first)]


def _hide(
    connection: duckdb.DuckDBPyConnection,
    schema: TableSchema,
    handled: list[Field],
    found: Controlled,
    profile: ControlProfile,
) -> None:
    """Fill ``found`` with the cells to hide and to round, and say how many and why."""
    columns = f"{ROW} BIGINT, field VARCHAR, why VARCHAR"
    connection.execute(f"CREATE OR REPLACE TABLE {_HIDDEN} ({columns})")
    bounded = f"{TYPED} t JOIN {_BOUNDS} b USING ({ROW})"
    for one in handled:
        value = f"t.{identifier(one.name)}"
        small = _small(one)
        if profile.method is Method.ROUND:
            small = f"{value} > 0 AND ({value} < {ROUNDED_FROM} OR b.n = {_ALL})"
            rows = connection.execute(
                f"SELECT {ROW} FROM {bounded} WHERE {value} >= {ROUNDED_FROM} AND b.n < {_ALL} "
                "ORDER BY 1"
            ).fetchall()
            found.rounded[one.name] = [row for (row,) in rows]
        _mark(connection, one.name, "primary", f"{bounded} WHERE {small}")
    if profile.method is Method.SUPPRESS:
        _hide_neighbours(connection, schema, handled)
    _follow(connection, schema, handled)
    rows = connection.execute(f"SELECT field, {ROW} FROM {_HIDDEN} ORDER BY ALL").fetchall()
    for name, row in rows:
        found.hidden.setdefault(name, []).append(row)
    found.summary = _summary(connection, schema, profile, found)
    connection.execute(f"DROP TABLE {_HIDDEN}")


def _summary(
    connection: duckdb.DuckDBPyConnection,
    schema: TableSchema,
    profile: ControlProfile,
    found: Controlled,
) -> dict[str, Any] | None:
    """Return what the report and the release keep: how many cells, why, and the thresholds."""
    cells: dict[str, dict[str, int]] = {}
    for name, why, count in connection.execute(
        f"SELECT field, why, count(*) FROM {_HIDDEN} GROUP BY ALL ORDER BY ALL"
    ).fetchall():
        cells.setdefault(name, {})[why] = count
    for name, rows in found.rounded.items():
        if rows:
            cells.setdefault(name, {})["rounded"] = len(rows)
    if not cells:
        return None
    bounds = connection.execute(
        f"SELECT DISTINCT n FROM {_BOUNDS} WHERE n < {_ALL} "
        f"AND {ROW} IN (SELECT {ROW} FROM {_HIDDEN}) ORDER BY 1"
    ).fetchall()
    used = tuple(int(n) for (n,) in bounds)
    return {
        "method": profile.method.value,
        "thresholds": list(used),
        "cells": cells,
        "legend": legend(profile, used, is_flagged=schema.has_obs_flag).as_json(),
    }


def _mark(connection: duckdb.DuckDBPyConnection, name: str, why: str, source: str) -> int:
    """Hide the cells of ``name`` in the rows of ``source`` that are not hidden yet."""
    before = _hidden_count(connection)
    connection.execute(
        f"INSERT INTO {_HIDDEN} "
        f"SELECT DISTINCT t.{ROW}, {literal(name)}, {literal(why)} FROM {source} "
        f"AND t.{ROW} NOT IN (SELECT {ROW} FROM {_HIDDEN} WHERE field = {literal(name)})"
    )
    return _hidden_count(connection) - before


def _hidden_count(connection: duckdb.DuckDBPyConnection) -> int:
    return int(connection.execute(f"SELECT count(*) FROM {_HIDDEN}").fetchall()[0][0])


def _hide_neighbours(
    connection: duckdb.DuckDBPyConnection, schema: TableSchema, handled: Iterable[Field]
) -> None:
    """Hide one more wherever exactly one of what adds up is hidden, until nowhere is."""
    names = {one.name for one in handled}
    totals = [(rule, name) for rule in schema.totals for name in rule.fields if name in names]
    sums = [rule for rule in sum_rules(schema) if names & set(rule.members)]
    for _ in range(_ROUNDS):
        added = sum(_in_group(connection, rule, name) for rule, name in totals)
        added += sum(_in_row(connection, schema, rule) for rule in sums)
        if not added:
            return


def _in_group(connection: duckdb.DuckDBPyConnection, rule: TotalRule, name: str) -> int:
    """Hide the next smallest part of each group whose total would give one cell away."""
    value = identifier(name)
    within = ", ".join(identifier(one) for one in rule.within)
    grouped = f"GROUP BY {within}" if within else ""
    hidden = f"(h.{ROW} IS NOT NULL)"
    is_part, is_total = expression_sql(rule.parts), expression_sql(rule.total)
    members = (
        f"SELECT u.*, {hidden} AS is_hidden, coalesce({is_part}, false) AS is_part "
        f"FROM {TYPED} u LEFT JOIN (SELECT {ROW} FROM {_HIDDEN} WHERE field = {literal(name)}) h "
        f"ON h.{ROW} = u.{ROW} WHERE ({is_part}) OR ({is_total})"
    )
    free = f"NOT is_hidden AND {value} > 0"
    alone = "count(*) FILTER (is_hidden) = 1"
    # Hidden ones that are 1 each are told by their sum: there is no other way to reach it.
    all_ones = (
        "(count(*) FILTER (is_hidden) > 1 AND count(*) FILTER (is_hidden AND NOT is_part) = 0 "
        f"AND sum({value}) FILTER (is_hidden) = count(*) FILTER (is_hidden))"
    )
    chosen = (
        f"SELECT coalesce(arg_min({ROW}, {value}) FILTER ({free} AND is_part), "
        f"arg_min({ROW}, {value}) FILTER ({free})) AS {ROW} FROM ({members}) {grouped} "
        f"HAVING count(*) FILTER (NOT is_part) > 0 "
        f"AND count(*) FILTER ({value} IS NULL) = 0 AND ({alone} OR {all_ones})"
    )
    return _mark(connection, name, "secondary", f"({chosen}) t WHERE t.{ROW} IS NOT NULL")


def _in_row(
    connection: duckdb.DuckDBPyConnection,
    schema: TableSchema,
    rule: SumRule,
) -> int:
    """Hide the next smallest of the fields that add up inside a row."""
    hidden = {
        name: f"t.{ROW} IN (SELECT {ROW} FROM {_HIDDEN} WHERE field = {literal(name)})"
        for name in rule.members
    }
    count = " + ".join(f"CAST({one} AS INTEGER)" for one in hidden.values())
    added = 0
    candidates = [n for n in rule.members if can_be_empty(schema.by_name[n], schema)]
    for name in candidates:
        value = f"t.{identifier(name)}"
        smaller = " AND ".join(
            f"({hidden[other]} OR coalesce(t.{identifier(other)}, 0) = 0 "
            f"OR (t.{identifier(other)}, {place}) > ({value}, {candidates.index(name)}))"
            for place, other in enumerate(candidates)
            if other != name
        )
        source = f"{TYPED} t WHERE ({count}) = 1 AND NOT {hidden[name]} AND {value} > 0"
        added += _mark(
            connection, name, "secondary", f"{source} AND {smaller}" if smaller else source
        )
    return added


def _follow(
    connection: duckdb.DuckDBPyConnection, schema: TableSchema, handled: Iterable[Field]
) -> None:
    """Hide the rates, means and sums of rows in which a count is hidden."""
    counted = ", ".join(literal(one.name) for one in handled)
    for one in schema:
        follows = one.type is FieldType.NUMBER and one.name not in schema.primary_key
        if follows and can_be_empty(one, schema):
            _mark(
                connection,
                one.name,
                "follows",
                f"{TYPED} t WHERE t.{identifier(one.name)} IS NOT NULL AND t.{ROW} IN "
                f"(SELECT {ROW} FROM {_HIDDEN} WHERE field IN ({counted}))",
            )


def hide_in_table(
    connection: duckdb.DuckDBPyConnection,
    schema: TableSchema,
    found: Controlled,
    *,
    step: int,
    flag: str | None,
) -> None:
    """Apply ``found`` to the table ``checked``: empty the cells to hide, round those to round."""
    lost: set[int] = set()
    for name, rows in found.rounded.items():
        value = f"({identifier(name)} + {step // 2}) // {step} * {step}"
        _update(connection, schema.by_name[name], value, rows)
    for name, rows in found.hidden.items():
        _update(connection, schema.by_name[name], "NULL", rows)
        lost |= set(rows)
    if flag is not None and lost:
        _update(connection, schema.by_name[OBS_FLAG], literal(flag), sorted(lost))


def _update(connection: duckdb.DuckDBPyConnection, one: Field, value: str, rows: list[int]) -> None:
    columns = f"{identifier(one.name)} = {value}"
    if not is_text(one):
        columns += f", {text_column(one)} = CAST({value} AS VARCHAR)"
    chosen = f"{ROW} IN (SELECT unnest(?))"
    connection.execute(f"UPDATE {CHECKED} SET {columns} WHERE {chosen}", [rows])
