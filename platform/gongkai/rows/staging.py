"""From raw text to checked rows: exact clean-ups, each one counted, then types.

The relation ``checked`` has the row number ``_row``, each field typed under its own name,
and beside each typed one its text under ``name!text`` (no key holds an exclamation mark).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import duckdb

from gongkai.domain.problems import ProblemGroup
from gongkai.domain.table_schema import Field, FieldType, TableSchema
from gongkai.rows.check_messages import Collector, file_problem, shorten
from gongkai.rows.columns import FALSE_TEXTS, TRUE_TEXTS, identifier, literal, typed
from gongkai.rows.limits import IntakeLimits
from gongkai.rows.raw import RAW, RawTable
from gongkai.rows.xlsx import column_letters

CHECKED = "checked"
TYPED = "typed"
ROW = "_row"
_EXAMPLES = 3
# Blanks of all kinds, and the marks that no one sees at the edge of a cell.
_BLANKS = " \t\r\n\v\f\x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008" \
    "\u2009\u200a\u200b\u2028\u2029\u202f\u205f\u2060\u3000\ufeff"
_TRIM = literal(_BLANKS)
_INVALID = r"[\x00-\x08\x0B\x0C\x0E-\x1F\x7F\x{80}-\x{9F}\x{FFFD}-\x{FFFF}]"


@dataclass(frozen=True)
class Staged:
    """What staging found: the number of records, the clean-ups, and problems of cells."""

    row_count: int
    normalized: dict[str, Any]
    problems: tuple[ProblemGroup, ...]


@dataclass(frozen=True)
class _Step:
    """One kind of clean-up of one field: which raw cells it changes, and into what."""

    kind: str
    field: Field
    column: str
    condition: str
    result: str


def text_column(field: Field) -> str:
    """Return the quoted column of ``checked`` that holds the field's text."""
    return identifier(field.name if _is_text(field) else f"{field.name}!text")


def stage(
    connection: duckdb.DuckDBPyConnection, raw: RawTable, schema: TableSchema,
    limits: IntakeLimits,
) -> Staged:
    """Build ``checked`` and the view ``typed`` from ``raw``; drop ``raw``."""
    width = len(raw.header.columns)
    cells = [f"c{index}" for index in range(width)]
    columns = {
        name: f"c{index}" for index, name in enumerate(raw.header.columns) if name is not None
    }
    steps = list(_steps(schema, columns))
    blank = " AND ".join(f"coalesce(trim({cell}, {_TRIM}), '') = ''" for cell in cells)
    counts = _scan(connection, raw, cells, blank, steps)
    problems = _cell_problems(connection, raw, cells, counts, limits)
    normalized = _describe(connection, raw, steps, counts["steps"])
    changed = {step.column for step, count in zip(steps, counts["steps"], strict=True) if count}
    _build(connection, raw, schema, columns, changed, blank if counts["blank"] else "")
    connection.execute(f"DROP TABLE {RAW}")
    row_count = counts["rows"] - counts["blank"] + raw.dropped
    return Staged(row_count, normalized, problems)


def _steps(schema: TableSchema, columns: dict[str, str]) -> Iterator[_Step]:
    for field in schema:
        column = columns.get(field.name)
        if column is None:
            continue
        trimmed = f"trim({column}, {_TRIM})"
        yield _Step("trimmed", field, column, f"{column} <> {trimmed}", trimmed)
        missing = _missing(schema, field)
        if missing:
            yield _Step(
                "missing-value", field, column, f"{trimmed} IN ({_texts(missing)})", "NULL"
            )
        labels = _labels(field)
        if labels:
            code = _code_of(trimmed, labels)
            yield _Step(
                "category-label", field, column, f"{trimmed} IN ({_texts(tuple(labels))})", code
            )
        if field.type is FieldType.BOOLEAN:
            words = tuple(w for w in (*TRUE_TEXTS, *FALSE_TEXTS) if w not in ("true", "false"))
            value = typed(field, trimmed)
            yield _Step(
                "boolean-word", field, column, f"{trimmed} IN ({_texts(words)})",
                f"CAST(({value}) AS VARCHAR)",
            )


def _missing(schema: TableSchema, field: Field) -> tuple[str, ...]:
    """Return the words for a missing value; a code of the field is never one."""
    codes = {category.value for category in field.categories}
    words = dict.fromkeys((*schema.missing_values, *field.missing_values))
    return tuple(word.strip(_BLANKS) for word in words if word and word not in codes)


def _labels(field: Field) -> dict[str, str]:
    codes = {category.value for category in field.categories}
    found: dict[str, str] = {}
    for category in field.categories:
        for label in (category.label.zh, category.label.en):
            if label not in codes:
                found.setdefault(label, category.value)
    return found


def _scan(
    connection: duckdb.DuckDBPyConnection, raw: RawTable, cells: list[str], blank: str,
    steps: list[_Step],
) -> dict[str, Any]:
    """Count in one pass: rows, blank rows, over-long and invalid cells, and each clean-up."""
    wanted = ["count(*)", f"count(*) FILTER ({blank})"]
    wanted += [f"max(length({cell}))" for cell in cells]
    wanted += [
        "0" if raw.is_clean else f"count(*) FILTER (regexp_matches({cell}, '{_INVALID}'))"
        for cell in cells
    ]
    wanted += [f"count(*) FILTER ({step.condition})" for step in steps]
    wanted += [
        f"count(*) FILTER (trim({cells[number - 1]}, {_TRIM}) <> '')" for number in raw.unnamed
    ]
    found = connection.execute(f"SELECT {', '.join(wanted)} FROM {RAW}").fetchone() or ()
    width = len(cells)
    named = 2 + 2 * width
    return {
        "rows": found[0],
        "blank": found[1],
        "longest": found[2 : 2 + width],
        "invalid": found[2 + width : named],
        "steps": found[named : named + len(steps)],
        "unnamed": found[named + len(steps) :],
    }


def _cell_problems(
    connection: duckdb.DuckDBPyConnection, raw: RawTable, cells: list[str],
    counts: dict[str, Any], limits: IntakeLimits,
) -> tuple[ProblemGroup, ...]:
    """Report cells that are too long or hold what no file format can carry."""
    problems = Collector(limits.listed)
    for index, cell in enumerate(cells):
        name = raw.header.columns[index] or column_letters(index + 1)
        if (counts["longest"][index] or 0) > limits.cell_chars:
            rows = connection.execute(
                f"SELECT {raw.row_sql}, length({cell}) FROM {RAW} "
                f"WHERE length({cell}) > {limits.cell_chars} ORDER BY 1"
            )
            for row, length in rows.fetchall():
                problems.add(
                    "cell-too-long", row=row, field=name, found=length, limit=limits.cell_chars
                )
        if counts["invalid"][index]:
            rows = connection.execute(
                f"SELECT {raw.row_sql}, regexp_extract({cell}, '{_INVALID}') FROM {RAW} "
                f"WHERE regexp_matches({cell}, '{_INVALID}') ORDER BY 1"
            )
            while batch := rows.fetchmany(1000):
                for row, char in batch:
                    problems.add(
                        "control-character", row=row, field=name, found=f"U+{ord(char):04X}"
                    )
    unnamed = tuple(
        file_problem("unnamed-column", row=raw.header_row or None,
                     field=column_letters(number), column=column_letters(number))
        for number, filled in zip(raw.unnamed, counts["unnamed"], strict=True) if filled
    )
    return (*unnamed, *problems.groups())


def _describe(
    connection: duckdb.DuckDBPyConnection, raw: RawTable, steps: list[_Step],
    counts: tuple[int, ...],
) -> dict[str, Any]:
    """Return each clean-up that happened by kind and field: how often, and first examples."""
    found: dict[str, Any] = {}
    for step, count in zip(steps, counts, strict=True):
        if not count:
            continue
        rows = connection.execute(
            f"SELECT {raw.row_sql}, {step.column}, {step.result} FROM {RAW} "
            f"WHERE {step.condition} ORDER BY 1 LIMIT {_EXAMPLES}"
        ).fetchall()
        examples = [
            {"row": row, "from": shorten(before), "to": after and shorten(after)}
            for row, before, after in rows
        ]
        found.setdefault(step.kind, {})[step.field.name] = {"count": count, "first": examples}
    return found


def _build(
    connection: duckdb.DuckDBPyConnection, raw: RawTable, schema: TableSchema,
    columns: dict[str, str], changed: set[str], blank: str,
) -> None:
    texts, values = [f"{raw.row_sql} AS {ROW}"], [ROW]
    for field in schema:
        name, column = identifier(field.name), columns.get(field.name)
        text = "NULL::VARCHAR" if column is None else _clean(schema, field, column, changed)
        texts.append(f"{text} AS {text_column(field)}")
        values.append(text_column(field))
        if not _is_text(field):
            values.append(f"{typed(field, text_column(field))} AS {name}")
    where = f" WHERE NOT ({blank})" if blank else ""
    connection.execute(
        f"CREATE OR REPLACE TABLE {CHECKED} AS SELECT {', '.join(values)} "
        f"FROM (SELECT {', '.join(texts)} FROM {RAW}{where})"
    )
    names = ", ".join(identifier(name) for name in (ROW, *schema.names))
    connection.execute(f"CREATE OR REPLACE VIEW {TYPED} AS SELECT {names} FROM {CHECKED}")


def _clean(schema: TableSchema, field: Field, column: str, changed: set[str]) -> str:
    """Return the SQL text of a cell after all clean-ups; columns without any stay as read."""
    if column not in changed:
        return f"nullif({column}, '')"
    trimmed = f"trim({column}, {_TRIM})"
    empty = ("", *_missing(schema, field))
    arms = [f"WHEN {trimmed} IN ({_texts(empty)}) THEN NULL"]
    arms += [
        f"WHEN {trimmed} = {literal(label)} THEN {literal(code)}"
        for label, code in _labels(field).items()
    ]
    if field.type is FieldType.BOOLEAN:
        value = f"CAST(({typed(field, trimmed)}) AS VARCHAR)"
        return f"CASE {arms[0]} ELSE coalesce({value}, {trimmed}) END"
    return f"CASE {' '.join(arms)} ELSE {trimmed} END"


def _code_of(trimmed: str, labels: dict[str, str]) -> str:
    arms = " ".join(f"WHEN {literal(k)} THEN {literal(v)}" for k, v in labels.items())
    return f"CASE {trimmed} {arms} END"


def _is_text(field: Field) -> bool:
    return field.type in (FieldType.STRING, FieldType.LIST)


def _texts(texts: tuple[str, ...]) -> str:
    return ", ".join(literal(text) for text in texts)


