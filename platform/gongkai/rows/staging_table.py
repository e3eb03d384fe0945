"""Staging of the relation ``raw``: the same as of cells in memory, for files that do not fit."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import duckdb
import pyarrow as pa

from gongkai.domain.table_schema import Field, TableSchema
from gongkai.rows.canonical_texts import canonical_pattern
from gongkai.rows.cleaning import EXAMPLES, Cleaning
from gongkai.rows.columns import identifier, literal, typed
from gongkai.rows.damage import Advice
from gongkai.rows.limits import IntakeLimits
from gongkai.rows.normalise import CleanUp, Normaliser
from gongkai.rows.raw import RAW, RawTable
from gongkai.rows.staging import (
    CHECKED,
    INVALID,
    ROW,
    TYPED,
    Bad,
    Staged,
    cell_problems,
    first_invalid,
    is_text,
    text_column,
)
from gongkai.rows.text_forms import BLANKS

_TRIM = literal(BLANKS)
_BATCH = 100_000


@dataclass(frozen=True)
class _Column:
    """A field's column in ``raw``, and the relation of its clean-ups, '' where there are none."""

    field: Field
    cell: str
    changes: str

    @property
    def text(self) -> str:
        """Return SQL for the text after clean-up, where the clean-ups are joined."""
        plain = f"nullif(r.{self.cell}, '')"
        if not self.changes:
            return plain
        return f"CASE WHEN {self.changes}.cell IS NULL THEN {plain} ELSE {self.changes}.text END"


def stage_table(
    connection: duckdb.DuckDBPyConnection,
    raw: RawTable,
    schema: TableSchema,
    limits: IntakeLimits,
) -> Staged:
    """Build ``checked`` and the view ``typed`` from ``raw``; drop ``raw``."""
    places = {name: f"c{n}" for n, name in enumerate(raw.header.columns) if name is not None}
    unnamed, bad = _measure(connection, raw, places, limits)
    problems = cell_problems(raw, unnamed, bad, cell_chars=limits.cell_chars, listed=limits.listed)
    normalized: dict[str, Any] = {}
    advice: dict[str, dict[str, Advice]] = {}
    columns = [
        _column(
            connection,
            schema,
            field,
            places[field.name],
            normalized,
            advice,
            has_serials=raw.has_serials,
        )
        for field in schema
        if field.name in places
    ]
    count = _build(connection, raw, schema, columns)
    for column in columns:
        if column.changes:
            connection.execute(f"DROP TABLE {column.changes}")
    connection.execute(f"DROP TABLE {RAW}")
    return Staged(count + raw.dropped, normalized, problems, advice)


def _measure(
    connection: duckdb.DuckDBPyConnection,
    raw: RawTable,
    places: Mapping[str, str],
    limits: IntakeLimits,
) -> tuple[list[int], Bad]:
    """Look for data without a header and for cells that no format can carry, in one pass."""
    wanted = [f"count(*) FILTER (trim(c{n - 1}, {_TRIM}) <> '')" for n in raw.unnamed]
    wanted += [f"max(length({cell}))" for cell in places.values()]
    invalid_sql = {cell: f"regexp_matches({cell}, {literal(INVALID)})" for cell in places.values()}
    wanted += [
        "0" if raw.is_clean else f"count(*) FILTER ({invalid_sql[cell]})"
        for cell in places.values()
    ]
    found = list(connection.execute(f"SELECT {', '.join(wanted)} FROM {RAW}").fetchone() or ())
    filled, measures = found[: len(raw.unnamed)], found[len(raw.unnamed) :]
    unnamed = [number for number, count in zip(raw.unnamed, filled, strict=True) if count]
    lengths, invalid = measures[: len(places)], measures[len(places) :]
    bad = Bad({}, {})
    for (name, cell), longest, strange in zip(places.items(), lengths, invalid, strict=True):
        if (longest or 0) > limits.cell_chars:
            bad.too_long[name] = connection.execute(
                f"SELECT {ROW}, length({cell}) FROM {RAW} "
                f"WHERE length({cell}) > {limits.cell_chars} ORDER BY 1"
            ).fetchall()
        if strange:
            rows = connection.execute(
                f"SELECT {ROW}, {cell} FROM {RAW} WHERE {invalid_sql[cell]} ORDER BY 1"
            ).fetchall()
            bad.invalid[name] = [(row, first_invalid(text)) for row, text in rows]
    return unnamed, bad


def _column(
    connection: duckdb.DuckDBPyConnection,
    schema: TableSchema,
    field: Field,
    cell: str,
    normalized: dict[str, Any],
    advice: dict[str, dict[str, Advice]],
    *,
    has_serials: bool,
) -> _Column:
    """Write the clean-ups of a column to a table of their own, and count them."""
    canonical = literal(f"(?s:{canonical_pattern(schema, field)})")
    suspects = connection.cursor().execute(
        f"SELECT DISTINCT {cell} FROM {RAW} "
        f"WHERE {cell} <> '' AND NOT regexp_full_match({cell}, {canonical})"
    )
    cleaning = Cleaning(Normaliser(schema, field, has_serials=has_serials))
    changes = f"changes_{cell}"
    kinds: dict[str, None] = {}
    while batch := suspects.fetchmany(_BATCH):
        cleaning.look_at(text for (text,) in batch)
        if cleaning.changes:
            _keep(connection, changes, cleaning.changes, is_first=not kinds)
            kinds.update(dict.fromkeys(k for one in cleaning.changes.values() for k in one.kinds))
            cleaning.changes.clear()
    advice[field.name] = cleaning.advice
    if not kinds:
        return _Column(field, cell, "")
    for kind in kinds:
        source = f"{RAW} r JOIN {changes} ON r.{cell} = {changes}.cell"
        chosen = f"WHERE list_contains(kinds, {literal(kind)})"
        count = connection.execute(f"SELECT count(*) FROM {source} {chosen}").fetchone()
        rows = connection.execute(
            f"SELECT {ROW}, cell FROM {source} {chosen} ORDER BY 1 LIMIT {EXAMPLES}"
        ).fetchall()
        normalized.setdefault(kind, {})[field.name] = {
            "count": count[0] if count else 0,
            "first": [cleaning.example(row, before, kind) for row, before in rows],
        }
    return _Column(field, cell, changes)


def _keep(
    connection: duckdb.DuckDBPyConnection,
    changes: str,
    cleaned: Mapping[str, CleanUp],
    *,
    is_first: bool,
) -> None:
    if is_first:
        connection.execute(
            f"CREATE OR REPLACE TABLE {changes} (cell VARCHAR, text VARCHAR, kinds VARCHAR[])"
        )
    table = pa.table(
        {
            "cell": pa.array(cleaned, pa.string()),
            "text": pa.array([one.text or None for one in cleaned.values()], pa.string()),
            "kinds": pa.array([one.kinds for one in cleaned.values()], pa.list_(pa.string())),
        }
    )
    connection.register("batch", table)
    connection.execute(f"INSERT INTO {changes} SELECT * FROM batch")
    connection.unregister("batch")


def _build(
    connection: duckdb.DuckDBPyConnection,
    raw: RawTable,
    schema: TableSchema,
    columns: list[_Column],
) -> int:
    by_name = {column.field.name: column for column in columns}
    texts, values = [f"r.{ROW}"], [ROW]
    for field in schema:
        name, column = identifier(field.name), by_name.get(field.name)
        texts.append(f"{column.text if column else 'NULL::VARCHAR'} AS {text_column(field)}")
        values.append(text_column(field))
        if not is_text(field):
            values.append(f"{typed(field, text_column(field))} AS {name}")
    joins = " ".join(
        f"LEFT JOIN {column.changes} ON r.{column.cell} = {column.changes}.cell"
        for column in columns
        if column.changes
    )
    known = {column.cell: column.text for column in columns}
    cells = [f"c{n}" for n in range(len(raw.header.columns))]
    blank = " AND ".join(
        f"coalesce({known.get(cell, f'trim(r.{cell}, {_TRIM})')}, '') = ''" for cell in cells
    )
    connection.execute(
        f"CREATE OR REPLACE TABLE {CHECKED} AS SELECT {', '.join(values)} FROM "
        f"(SELECT {', '.join(texts)} FROM {RAW} r {joins} WHERE NOT ({blank}))"
    )
    names = ", ".join(identifier(name) for name in (ROW, *schema.names))
    connection.execute(f"CREATE OR REPLACE VIEW {TYPED} AS SELECT {names} FROM {CHECKED}")
    found = connection.execute(f"SELECT count(*) FROM {CHECKED}").fetchone()
    return int(found[0]) if found else 0
