"""A question to the records of one release, answered from its Parquet file.

Every value is bound; every identifier comes from the table schema. A page ends with a
cursor that names the last row by its place in the file, which never changes: its sort
values are looked up again, so nothing of the data travels in an address.
"""

import base64
import binascii
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from io import BytesIO
from pathlib import Path
from typing import Any

import duckdb

from gongkai.domain.record_values import Value
from gongkai.domain.records import (
    Aggregate,
    BadCursor,
    Filter,
    QueryTooExpensive,
    RecordQuery,
    SortKey,
    result_fields,
)
from gongkai.domain.table_schema import Field, FieldType, TableSchema
from gongkai.rows.columns import identifier, storage_type
from gongkai.rows.connections import arrow_batches, locked_connection
from gongkai.rows.lines import csv_line_sql, csv_record, json_object_sql, line_chunks
from gongkai.rows.parquet_files import write_batches

FORMATS = ("json", "csv", "jsonl", "parquet")
# No field has such names: keys of fields begin with a letter.
_PLACE = "_place"
_RANK = "_rank"
_COMPARISONS = {"eq": "=", "ne": "<>", "lt": "<", "lte": "<=", "gt": ">", "gte": ">="}
_MAX_SCALE = 10


@dataclass(frozen=True, slots=True)
class QueryLimits:
    """What one question may use before it is refused as too expensive."""

    timeout_seconds: float = 5.0
    memory_limit: str = "512MB"
    threads: int = 1


DEFAULT_LIMITS = QueryLimits()


@dataclass(frozen=True, slots=True)
class RecordPage:
    """A page of the answer: its columns, its bytes, and the way to the next.

    ``body`` is a JSON array, or the format that was asked for. ``total`` counts every
    match, whatever the page; ``next_cursor`` is None on the last.
    """

    names: tuple[str, ...]
    body: bytes
    count: int
    total: int
    next_cursor: str | None


@dataclass
class _Statement:
    """SQL with the values it binds, in the order of its question marks."""

    sql: str
    values: list[Any]


def run_query(
    path: Path,
    schema: TableSchema,
    query: RecordQuery,
    *,
    release: str,
    form: str = "json",
    limits: QueryLimits = DEFAULT_LIMITS,
) -> RecordPage:
    """Answer ``query`` from our own Parquet file at ``path``, whose bytes were verified.

    ``release`` is the SHA-256 of the release; a cursor works only with it. ``form`` is one
    of FORMATS. Raises BadCursor, and QueryTooExpensive at a limit.
    """
    after = _place_of(query, release)
    try:
        with locked_connection(
            path,
            place_column=_PLACE,
            memory_limit=limits.memory_limit,
            threads=limits.threads,
            timeout_seconds=limits.timeout_seconds,
        ) as connection:
            return _answer(connection, schema, query, release, form, after)
    except (duckdb.InterruptException, duckdb.OutOfMemoryException) as error:
        raise QueryTooExpensive(
            f"The query used up its {limits.timeout_seconds:g} seconds or its memory; "
            "filter by more fields, or download the whole file."
        ) from error


def _answer(
    connection: duckdb.DuckDBPyConnection,
    schema: TableSchema,
    query: RecordQuery,
    release: str,
    form: str,
    after: int | None,
) -> RecordPage:
    fields = result_fields(query, schema)
    condition = _condition(query, schema)
    if query.is_grouped:
        total = _create_groups(connection, query, fields, condition, after)
    else:
        total = _create_page(connection, query, fields, condition, after)
    places = [
        place
        for (place,) in connection.execute(f"SELECT {_PLACE} FROM page ORDER BY {_RANK}").fetchall()
    ]
    count = min(len(places), query.limit)
    more = len(places) > query.limit
    return RecordPage(
        names=tuple(field.name for field in fields),
        body=_body(connection, fields, form, query.limit),
        count=count,
        total=total,
        next_cursor=_cursor(query, release, places[count - 1]) if more else None,
    )


def _create_page(
    connection: duckdb.DuckDBPyConnection,
    query: RecordQuery,
    fields: Sequence[Field],
    condition: _Statement,
    after: int | None,
) -> int:
    """Make the table ``page`` of the wanted rows and one more; return the number of matches."""
    total = _one(
        connection.execute(f"SELECT count(*) FROM data WHERE {condition.sql}", condition.values)
    )
    columns = ", ".join(f"data.{identifier(field.name)}" for field in fields)
    order = ", ".join([*(_order(key, "data") for key in query.sort), f"data.{_PLACE}"])
    source, behind, values = "data", "true", condition.values
    if after is not None:
        looked_up = ", ".join(
            [f"{_PLACE} AS _last"]
            + [f"{identifier(key.field)} AS _last{i}" for i, key in enumerate(query.sort)]
        )
        source = f"data, (SELECT {looked_up} FROM data WHERE {_PLACE} = ?) AS previous"
        behind = _behind(query.sort)
        values = [after, *condition.values]
    connection.execute(
        f"CREATE TABLE page AS SELECT *, row_number() OVER () AS {_RANK} FROM ("
        f"SELECT {columns}, data.{_PLACE} FROM {source} "
        f"WHERE ({condition.sql}) AND {behind} ORDER BY {order} LIMIT {query.limit + 1})",
        values,
    )
    return total


def _create_groups(
    connection: duckdb.DuckDBPyConnection,
    query: RecordQuery,
    fields: Sequence[Field],
    condition: _Statement,
    after: int | None,
) -> int:
    """Make the table ``page`` of the wanted groups and one more; return how many there are."""
    keys = [identifier(name) for name in query.group_by]
    made = zip(query.aggregates, fields[len(keys) :], strict=True)
    columns = [*keys, *(_aggregate(entry, column) for entry, column in made)]
    grouping = f" GROUP BY {', '.join(keys)}" if keys else ""
    sorted_by = [*query.sort, *(SortKey(name) for name in query.group_by)]
    order = ", ".join(_order(key, "summary") for key in sorted_by) or "true"
    connection.execute(
        f"CREATE TABLE ranked AS SELECT *, row_number() OVER (ORDER BY {order}) AS {_RANK} "
        f"FROM (SELECT {', '.join(columns)} FROM data WHERE {condition.sql}{grouping}) AS summary",
        condition.values,
    )
    names = ", ".join(identifier(field.name) for field in fields)
    connection.execute(
        f"CREATE TABLE page AS SELECT {names}, {_RANK} AS {_PLACE}, {_RANK} FROM ranked "
        f"WHERE {_RANK} > ? ORDER BY {_RANK} LIMIT {query.limit + 1}",
        [after or 0],
    )
    return _one(connection.execute("SELECT count(*) FROM ranked"))


def _condition(query: RecordQuery, schema: TableSchema) -> _Statement:
    """Return what a row must fulfil: every filter, and every word in some text field."""
    parts = [_filter(entry, schema.by_name[entry.field]) for entry in query.filters]
    texts = [field.name for field in schema if field.type in (FieldType.STRING, FieldType.LIST)]
    for word in query.words:
        tests = [f"contains(lower(data.{identifier(name)}), lower(?))" for name in texts]
        parts.append(_Statement(" OR ".join(tests) or "false", [word] * len(tests)))
    sql = " AND ".join(f"({part.sql})" for part in parts)
    return _Statement(sql or "true", [value for part in parts for value in part.values])


def _filter(entry: Filter, column: Field) -> _Statement:
    name = f"data.{identifier(column.name)}"
    if entry.operator == "isnull":
        return _Statement(f"{name} IS {'' if entry.values[0] else 'NOT '}NULL", [])
    if entry.operator == "contains":
        return _Statement(f"contains({name}, ?)", list(entry.values))
    if entry.operator == "startswith":
        return _Statement(f"starts_with({name}, ?)", list(entry.values))
    places = [_bound(column, value) for value in entry.values]
    values = [_plain(value) for value in entry.values]
    if entry.operator == "in":
        return _Statement(f"{name} IN ({', '.join(places)})", values)
    return _Statement(f"{name} {_COMPARISONS[entry.operator]} {places[0]}", values)


def _bound(column: Field, value: Value) -> str:
    """Return a question mark of the column's own kind, so that nothing is compared as text."""
    match column.type:
        case FieldType.NUMBER if isinstance(value, Decimal):
            given = -int(value.as_tuple().exponent)
            return f"CAST(? AS DECIMAL(38, {min(max(given, column.decimals or 0, 0), 20)}))"
        case FieldType.NUMBER:
            return "CAST(? AS DOUBLE)"
        case FieldType.INTEGER:
            return "CAST(? AS BIGINT)"
        case FieldType.BOOLEAN:
            return "CAST(? AS BOOLEAN)"
        case FieldType.DATE:
            return "CAST(? AS DATE)"
        case FieldType.DATETIME:
            return "CAST(? AS TIMESTAMPTZ)"
    return "?"


def _plain(value: Value) -> Any:
    """Return what is bound: exact figures and instants travel as text."""
    if isinstance(value, Decimal):
        return f"{value:f}"
    return value.isoformat() if isinstance(value, datetime) else value


def _order(key: SortKey, table: str) -> str:
    direction = "DESC" if key.descending else "ASC"
    return f"{table}.{identifier(key.field)} {direction} NULLS LAST"


def _behind(sort: Sequence[SortKey]) -> str:
    """Return whether a row comes after the one at ``_last``, whose sort values are ``_last0``…."""
    alternatives = []
    equal: list[str] = []
    for index, key in enumerate(sort):
        name, last = f"data.{identifier(key.field)}", f"_last{index}"
        further = f"{name} {'<' if key.descending else '>'} {last}"
        later = f"({last} IS NOT NULL AND ({name} IS NULL OR {further}))"
        alternatives.append(" AND ".join([*equal, later]))
        equal.append(f"{name} IS NOT DISTINCT FROM {last}")
    alternatives.append(" AND ".join([*equal, f"data.{_PLACE} > _last"]))
    return "(" + " OR ".join(f"({part})" for part in alternatives) + ")"


def _aggregate(entry: Aggregate, column: Field) -> str:
    """Return the aggregate as a column of the answer, in the type that the answer promises."""
    call = "count(*)" if entry.field is None else f"{entry.function}({identifier(entry.field)})"
    return f"CAST({call} AS {storage_type(column)}) AS {identifier(entry.name)}"


def _body(
    connection: duckdb.DuckDBPyConnection, fields: Sequence[Field], form: str, limit: int
) -> bytes:
    """Write the first ``limit`` rows of ``page`` in the format asked for."""
    rows = f"FROM page ORDER BY {_RANK} LIMIT {limit}"
    if form == "parquet":
        names = ", ".join(identifier(field.name) for field in fields)
        buffer = BytesIO()
        write_batches(arrow_batches(connection, f"SELECT {names} {rows}"), fields, buffer)
        return buffer.getvalue()
    if form == "csv":
        lines = line_chunks(connection, f"SELECT {csv_line_sql(fields)} {rows}")
        return csv_record([field.name for field in fields]) + _joined(lines)
    if form == "jsonl":
        after = json_object_sql(fields, after="\n")
        return _joined(line_chunks(connection, f"SELECT {after} {rows}"))
    before = json_object_sql(fields, before=",")
    return b"[" + _joined(line_chunks(connection, f"SELECT {before} {rows}"))[1:] + b"]"


def _joined(chunks: Iterable[memoryview]) -> bytes:
    return b"".join(chunks)


def _one(connection: duckdb.DuckDBPyConnection) -> int:
    answer = connection.fetchone()
    return int(answer[0]) if answer else 0


def _cursor(query: RecordQuery, release: str, place: int) -> str:
    text = f"{query.shape(release)}{place:x}"
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _place_of(query: RecordQuery, release: str) -> int | None:
    """Return the place that the query's cursor names. Raises BadCursor."""
    if query.cursor is None:
        return None
    try:
        text = base64.urlsafe_b64decode(query.cursor + "=" * (-len(query.cursor) % 4)).decode()
        shape, place = text[:16], int(text[16:], 16)
    except (ValueError, binascii.Error):
        shape, place = "", -1
    if shape != query.shape(release) or not 0 <= place < 2**62:
        raise BadCursor(
            "The cursor belongs to another query or another release; "
            "ask again without it, from the first page."
        )
    return place
