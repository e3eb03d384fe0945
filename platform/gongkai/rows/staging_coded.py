"""Staging of cells in memory: each distinct text is cleaned, measured and typed once."""

from collections.abc import Mapping
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from gongkai.domain.table_schema import Field, TableSchema
from gongkai.rows.cleaning import EXAMPLES, CleanedValues, clean_values, is_empty
from gongkai.rows.coded import CodedColumn, RawCells, RowNumbers, whole
from gongkai.rows.coded_rows import CodedField, CodedRows
from gongkai.rows.columns import storage_type, typed
from gongkai.rows.limits import IntakeLimits
from gongkai.rows.raw import RawTable
from gongkai.rows.staging import INVALID, Bad, Staged, cell_problems, first_invalid, is_text
from gongkai.rows.text_forms import BLANKS


def stage_cells(
    connection: duckdb.DuckDBPyConnection,
    raw: RawTable,
    cells: RawCells,
    schema: TableSchema,
    limits: IntakeLimits,
) -> Staged:
    """Clean and type ``cells`` and make the relations ``checked`` and ``typed`` of them."""
    places = {name: n for n, name in enumerate(raw.header.columns) if name is not None}
    columns = {name: cells.columns[place] for name, place in places.items()}
    cleaned = {
        field.name: clean_values(
            schema, field, columns[field.name].values, has_serials=raw.has_serials
        )
        for field in schema
        if field.name in columns
    }
    normalized = _describe(columns, cleaned, cells.numbers)
    problems = cell_problems(
        raw,
        [number for number in raw.unnamed if _has_data(cells.columns[number - 1])],
        _bad_cells(raw, columns, cells.numbers, limits),
        cell_chars=limits.cell_chars,
        listed=limits.listed,
    )
    kept = _filled_rows(cells, raw, cleaned)
    numbers = cells.numbers if kept is None else cells.numbers[kept]
    fields = [
        _field(connection, field, columns.get(field.name), cleaned.get(field.name), kept, numbers)
        for field in schema
    ]
    rows = CodedRows(connection, schema, fields, numbers)
    rows.register()
    advice = {name: changes.cleaning.advice for name, changes in cleaned.items()}
    return Staged(len(numbers) + raw.dropped, normalized, problems, advice, rows)


def _field(
    connection: duckdb.DuckDBPyConnection,
    field: Field,
    column: CodedColumn | None,
    cleaned: CleanedValues | None,
    kept: NDArray[np.int64] | None,
    numbers: RowNumbers,
) -> CodedField:
    if column is None or cleaned is None:
        nothing: pa.Array[Any] = pa.nulls(1, pa.string())
        return CodedField(
            field,
            nothing,
            nothing if is_text(field) else _typed(connection, field, nothing),
            np.zeros(len(numbers), np.uint8),
        )
    texts, codes = cleaned.texts, column.codes if kept is None else column.codes[kept]
    values = texts if is_text(field) else _typed(connection, field, texts)
    return CodedField(field, texts, values, codes)


def _typed(
    connection: duckdb.DuckDBPyConnection, field: Field, texts: "pa.Array[Any]"
) -> "pa.Array[Any]":
    connection.register("distinct_texts", pa.table({"t": texts}))
    value = f"CAST({typed(field, 't')} AS {storage_type(field)})"
    found = connection.sql(f"SELECT {value} FROM distinct_texts").to_arrow_table()
    connection.unregister("distinct_texts")
    return whole(found.column(0))


def _filled_rows(
    cells: RawCells, raw: RawTable, cleaned: Mapping[str, CleanedValues]
) -> NDArray[np.int64] | None:
    """Return the places of the rows that are not blank; None when none is."""
    blank: NDArray[np.bool_] | None = None
    for name, column in zip(raw.header.columns, cells.columns, strict=True):
        changes = cleaned.get(name or "")
        empty = _is_blank(column.values) if changes is None else _nulls(changes.texts)
        if not empty.any():
            return None
        here = empty[column.codes]
        blank = here if blank is None else blank & here
        if not blank.any():
            return None
    return None if blank is None else np.flatnonzero(~blank)


def _describe(
    columns: Mapping[str, CodedColumn], cleaned: Mapping[str, CleanedValues], numbers: RowNumbers
) -> dict[str, Any]:
    """Return each clean-up that happened by kind and field: how often, and first examples."""
    found: dict[str, Any] = {}
    for name, changes in cleaned.items():
        column = columns[name]
        for kind, places in changes.kinds.items():
            rows = column.rows_with(_chosen(places, len(column.values)))
            first = [
                changes.cleaning.example(
                    int(numbers[row]), column.values[int(column.codes[row])].as_py(), kind
                )
                for row in rows[:EXAMPLES]
            ]
            found.setdefault(kind, {})[name] = {"count": len(rows), "first": first}
    return found


def _bad_cells(
    raw: RawTable, columns: Mapping[str, CodedColumn], numbers: RowNumbers, limits: IntakeLimits
) -> Bad:
    bad = Bad({}, {})
    for name, column in columns.items():
        lengths = pc.call_function("utf8_length", [column.values]).to_numpy(zero_copy_only=False)
        too_long = lengths > limits.cell_chars
        if too_long.any():
            bad.too_long[name] = [
                (int(numbers[row]), int(lengths[column.codes[row]]))
                for row in column.rows_with(too_long)
            ]
        if raw.is_clean:
            continue
        invalid = pc.match_substring_regex(column.values, pattern=INVALID).to_numpy(
            zero_copy_only=False
        )
        if invalid.any():
            bad.invalid[name] = [
                (int(numbers[row]), first_invalid(column.values[int(column.codes[row])].as_py()))
                for row in column.rows_with(invalid)
            ]
    return bad


def _has_data(column: CodedColumn) -> bool:
    return not _is_blank(column.values).all()


def _is_blank(values: "pa.Array[Any]") -> NDArray[np.bool_]:
    trimmed = pc.utf8_trim(values, characters=BLANKS)
    found: NDArray[np.bool_] = is_empty(trimmed).to_numpy(zero_copy_only=False)
    return found


def _nulls(values: "pa.Array[Any]") -> NDArray[np.bool_]:
    found: NDArray[np.bool_] = values.is_null().to_numpy(zero_copy_only=False)
    return found


def _chosen(places: NDArray[np.int64], count: int) -> NDArray[np.bool_]:
    chosen = np.zeros(count, np.bool_)
    chosen[places] = True
    return chosen
