"""Checked rows in memory: each field as its distinct values and a code for each row."""

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from gongkai.domain.disclosure_control import OBS_FLAG
from gongkai.domain.table_schema import Field, TableSchema
from gongkai.rows.coded import (
    THREADS,
    Codes,
    Numbers,
    RowNumbers,
    as_indices,
    combined,
    count_codes,
    dense_ranks,
    dictionary_array,
    whole,
)
from gongkai.rows.columns import canonical, identifier
from gongkai.rows.connections import Cursors, SharedTables
from gongkai.rows.lines import csv_cell_sqls, csv_record, text_bytes
from gongkai.rows.parquet_files import ROW_GROUP_ROWS, arrow_schema, stored_sql, write_batches
from gongkai.rows.staging import CHECKED, ROW, TYPED, is_text
from gongkai.rows.store import TableRows, has_match

T = TypeVar("T")


@dataclass(frozen=True)
class CodedField:
    """One field of the checked rows.

    ``texts`` and ``values`` stand side by side, an entry for each distinct cell: its text
    after clean-up and its typed value, null where there is none. Several may be equal.
    """

    field: Field
    texts: "pa.Array[Any]"
    values: "pa.Array[Any]"
    codes: Codes

    def with_value(self, places: Numbers, value: str | None) -> "CodedField":
        """Return the field with another value in some rows, by their places from 0."""
        new = pa.array([value], self.values.type)
        codes = self.codes.astype(np.uint32)
        codes[places] = len(self.values)
        values = pa.concat_arrays([self.values, new])
        texts = pa.concat_arrays([self.texts, pa.array([value], pa.string())])
        return CodedField(self.field, texts, values, codes)

    def rounded(self, places: Numbers, step: int) -> "CodedField":
        """Return the field with whole numbers rounded to multiples of ``step`` in some rows."""
        numbers: pa.Array[Any] = pc.call_function("add", [self.values, step // 2])
        parts: pa.Array[Any] = pc.call_function("divide", [numbers, step])
        values: pa.Array[Any] = pc.call_function("multiply", [parts, step])
        codes = self.codes.astype(np.uint32)
        codes[places] += len(self.values)
        return CodedField(
            self.field,
            pa.concat_arrays([self.texts, values.cast(pa.string())]),
            pa.concat_arrays([self.values, values.cast(self.values.type)]),
            codes,
        )

    @cached_property
    def counts(self) -> RowNumbers:
        return count_codes(self.codes, len(self.values))

    @cached_property
    def ranks(self) -> NDArray[np.int64]:
        return dense_ranks(self.values)


class CodedRows:
    """The rows of one file, all cells of which fit into memory as codes."""

    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection,
        schema: TableSchema,
        fields: Sequence[CodedField],
        numbers: RowNumbers,
    ) -> None:
        self._connection = connection
        self.schema = schema
        self.fields: Mapping[str, CodedField] = {one.field.name: one for one in fields}
        self.numbers = numbers

    def register(self) -> None:
        """Make the relations ``checked`` and ``typed`` of these rows, and those of the cells."""
        columns: dict[str, Any] = {ROW: pa.array(self.numbers)}
        for name, one in self.fields.items():
            if not is_text(one.field):
                columns[f"{name}!text"] = dictionary_array(one.codes, one.texts)
            columns[name] = dictionary_array(one.codes, one.values)
            self._connection.register(f"cells {name}", _distinct_cells(one))
        self._connection.register(CHECKED, pa.table(columns))
        self._connection.register(TYPED, self.typed)

    @property
    def typed(self) -> pa.Table:
        """Return the row number and the typed fields as dictionary columns."""
        columns: dict[str, Any] = {ROW: pa.array(self.numbers)}
        for name, one in self.fields.items():
            columns[name] = dictionary_array(one.codes, one.values)
        return pa.table(columns)

    def cells(self, field: Field) -> str:
        """Return the relation of the field's distinct cells, with their number of rows as _n."""
        return identifier(f"cells {field.name}")

    def without(
        self,
        hidden: Mapping[str, Sequence[int]],
        rounded: Mapping[str, Sequence[int]],
        *,
        step: int,
        flag: str | None,
    ) -> "CodedRows":
        """Return the rows with some cells empty and some rounded, by field and row number.

        Rounded ones go to the nearest multiple of ``step``; ``flag`` is written to ``obs_flag``
        in every row that lost a cell.
        """
        fields = dict(self.fields)
        for name, rows in rounded.items():
            fields[name] = fields[name].rounded(self._places(rows), step)
        for name, rows in hidden.items():
            fields[name] = fields[name].with_value(self._places(rows), None)
        if flag is not None and hidden:
            lost = sorted({row for rows in hidden.values() for row in rows})
            fields[OBS_FLAG] = fields[OBS_FLAG].with_value(self._places(lost), flag)
        return CodedRows(self._connection, self.schema, list(fields.values()), self.numbers)

    def _places(self, rows: Sequence[int]) -> Numbers:
        """Return the places, from 0, of rows by number; numbers rise through a file."""
        return np.searchsorted(self.numbers, np.asarray(rows, np.uint32))

    def is_unique(self, names: Sequence[str]) -> bool:
        """Tell whether no two rows have the same values in ``names``, empty ones included."""
        keys = np.sort(self._combined(names))
        return bool((keys[1:] != keys[:-1]).all())

    def write(self, path: Path) -> tuple[int, str]:
        """Write the rows as Parquet sorted by key; return their number and the content hash.

        The hash is the SHA-256 of the canonical ``data.csv``.
        """
        order = self._order()
        count = write_batches(self._sorted_batches(order), self.schema, path)
        return count, self._content_sha256(order)

    def _combined(self, names: Sequence[str]) -> Numbers:
        fields = (self.fields[name] for name in names)
        return combined([(one.ranks, one.codes) for one in fields])

    def _order(self) -> NDArray[np.uint32]:
        """Return the rows sorted by the primary key, then by all columns; nulls first."""
        key = self.schema.primary_key
        rest = [name for name in self.schema.names if name not in key]
        numbers = self._combined(key) if key else np.zeros(len(self.numbers), np.int64)
        order = np.argsort(numbers)
        found = numbers[order]
        if not (found[1:] != found[:-1]).all():
            order = np.argsort(self._combined([*key, *rest]), kind="stable")
        return order.astype(np.uint32)

    def _sorted_batches(self, order: NDArray[np.uint32]) -> Iterator[pa.RecordBatch]:
        wanted = arrow_schema(self.schema)
        fields = list(self.fields.values())
        stored = [_over_values(self._connection, one, stored_sql(one.field)) for one in fields]
        plain = [cells.cast(kind) for cells, kind in zip(stored, wanted.types, strict=True)]

        def group(rows: NDArray[np.uint32]) -> pa.RecordBatch:
            return pa.RecordBatch.from_arrays(_taken(plain, fields, rows), schema=wanted)

        yield from _each_group(group, order)

    def _content_sha256(self, order: NDArray[np.uint32]) -> str:
        """Return the SHA-256 of the canonical ``data.csv`` of the sorted rows."""
        fields = list(self.fields.values())
        written = csv_cell_sqls([one.field for one in fields])
        cells = [
            _over_values(self._connection, one, sql)
            for one, sql in zip(fields, written, strict=True)
        ]

        def lines(rows: NDArray[np.uint32]) -> "pa.Array[Any]":
            joined: pa.Array[Any] = pc.call_function(
                "binary_join_element_wise", [*_taken(cells, fields, rows), ""]
            )
            return joined

        digest = hashlib.sha256(csv_record(self.schema.names))
        for part in _each_group(lines, order):
            digest.update(text_bytes(part))
        return digest.hexdigest()


class CodedTableRows(TableRows):
    """The rows as hooks see them; what is asked of a cell is asked of the distinct ones."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, rows: CodedRows) -> None:
        super().__init__(SharedTables(connection, {TYPED: rows.typed}), TYPED, rows.schema, ROW)
        self._rows = rows

    def matches(
        self, field: str, pattern: str, *, squeezed: bool = False
    ) -> Iterator[tuple[int, str]]:
        """Yield (row, text) where ``pattern`` (RE2) is found in ``field``, in row order.

        Raises ValueError for a pattern that RE2 does not take.
        """
        one = self._rows.fields[field]
        texts = _over_values(self._connection, one, canonical(one.field, identifier(field)))
        try:
            found = has_match(texts, pattern, squeezed=squeezed)
        except pa.ArrowInvalid as error:
            raise ValueError(f"{pattern!r} is not a pattern that RE2 takes: {error}") from error
        chosen = found.fill_null(False).to_numpy(zero_copy_only=False)
        if chosen.any():
            for place in np.flatnonzero(chosen[one.codes]):
                yield int(self._rows.numbers[place]), texts[int(one.codes[place])].as_py()

    def distinct_texts(
        self, field: str, pattern: str | None = None
    ) -> Iterator[tuple[str, int, int]]:
        """Yield (text, rows that hold it, first row) of each text of ``field``, in no order.

        Raises ValueError for a pattern that RE2 does not take.
        """
        one = self._rows.fields[field]
        texts = _over_values(self._connection, one, canonical(one.field, identifier(field)))
        chosen = texts.is_valid().to_numpy(zero_copy_only=False) & (one.counts > 0)
        if pattern is not None:
            try:
                found = has_match(texts, pattern, squeezed=False)
            except pa.ArrowInvalid as error:
                raise ValueError(f"{pattern!r} is not a pattern that RE2 takes: {error}") from error
            chosen &= found.fill_null(False).to_numpy(zero_copy_only=False)
        if not chosen.any():
            return
        # Of several writes to one place the last one stays: that of the first row.
        first = np.zeros(len(texts), np.uint32)
        first[one.codes[::-1]] = self._rows.numbers[::-1]
        merged: dict[str, tuple[int, int]] = {}
        for place in np.flatnonzero(chosen):
            text = texts[int(place)].as_py()
            count, row = merged.get(text, (0, int(first[place])))
            merged[text] = count + int(one.counts[place]), min(row, int(first[place]))
        for text, (count, row) in merged.items():
            yield text, count, row


def _distinct_cells(one: CodedField) -> pa.Table:
    columns = {one.field.name: one.values, "_n": pa.array(one.counts)}
    if not is_text(one.field):
        columns[f"{one.field.name}!text"] = one.texts
    table = pa.table(columns)
    held = one.counts > 0
    return table if held.all() else table.filter(pa.array(held))


def _over_values(connection: Cursors, one: CodedField, sql: str) -> "pa.Array[Any]":
    """Return ``sql``, an expression over the typed field, for each distinct value in order."""
    with connection.cursor() as cursor:
        cursor.register("distinct_values", pa.table({one.field.name: one.values}))
        found = cursor.sql(f"SELECT {sql} FROM distinct_values").to_arrow_table()
        cursor.unregister("distinct_values")
    return whole(found.column(0))


def _taken(
    values: Sequence["pa.Array[Any]"], fields: Sequence[CodedField], rows: NDArray[np.uint32]
) -> list["pa.Array[Any]"]:
    pairs = zip(values, fields, strict=True)
    return [distinct.take(as_indices(one.codes[rows])) for distinct, one in pairs]


def _each_group(work: Callable[[NDArray[np.uint32]], T], order: NDArray[np.uint32]) -> Iterator[T]:
    """Yield ``work`` of each row group in order, made one group ahead in threads."""
    groups = [
        order[start : start + ROW_GROUP_ROWS] for start in range(0, len(order), ROW_GROUP_ROWS)
    ]
    with ThreadPoolExecutor(THREADS) as pool:
        ahead = [pool.submit(work, rows) for rows in groups[:THREADS]]
        for rows in [*groups[THREADS:], *([None] * len(ahead))]:
            if not ahead:
                return
            yield ahead.pop(0).result()
            if rows is not None:
                ahead.append(pool.submit(work, rows))
