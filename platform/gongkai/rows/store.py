"""The rows of one table, read lazily from DuckDB or from our own Parquet, and written out."""

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from gongkai.domain.problems import ProblemGroup, Severity
from gongkai.domain.releases import Cell
from gongkai.domain.table_schema import Field, FieldType, TableSchema
from gongkai.domain.text import Text
from gongkai.rows import groups, row_problems
from gongkai.rows.columns import canonical, identifier, json_value, literal
from gongkai.rows.connections import Cursors, arrow_batches, locked_connection
from gongkai.rows.lines import (
    csv_line_sql,
    csv_record,
    json_object_sql,
    write_array,
    write_lines,
)
from gongkai.rows.parquet_files import write_batches, write_typed_parquet

__all__ = ["TableRows", "open_rows", "write_typed_parquet"]

FIRST_ROW = 2
BOM = b"\xef\xbb\xbf"
# Blanks, every hyphen or dash NFKC leaves, soft hyphen, joiners and other marks of no width.
_SQUEEZED_AWAY = (
    r"[\s\p{Z}\-\x{00AD}\x{2010}-\x{2015}\x{2212}\x{180E}\x{200B}-\x{200F}"
    r"\x{202A}-\x{202E}\x{2060}-\x{2064}\x{2066}-\x{206F}\x{FE00}-\x{FE0F}\x{FEFF}]"
)


class TableRows:
    """The ``Rows`` of a DuckDB relation whose columns are the typed fields of ``schema``.

    ``relation`` is what stands behind FROM and must be visible to a cursor of
    ``connection``, so not a temporary table. ``row_column`` holds the row numbers; without
    one the rows count from 2 in the relation's order.
    """

    def __init__(
        self,
        connection: Cursors,
        relation: str,
        schema: TableSchema,
        row_column: str | None = None,
    ) -> None:
        self.schema = schema
        self._connection = connection
        self._relation = relation
        self._row_column = row_column

    @cached_property
    def count(self) -> int:
        """Return the number of rows."""
        with self._connection.cursor() as cursor:
            answer = cursor.execute(f"SELECT count(*) FROM {self._relation}").fetchone()
        return int(answer[0]) if answer else 0

    @property
    def names(self) -> tuple[str, ...]:
        """Return the field names in the order of the table schema."""
        return self.schema.names

    def text_batches(self, size: int = 10_000) -> Iterator[list[tuple[str | None, ...]]]:
        """Yield the rows as canonical text, as ``data.csv`` has it; ``None`` where empty."""
        columns = (canonical(field, identifier(field.name)) for field in self.schema)
        yield from self._batches(", ".join(columns), size)

    def value_batches(self, size: int = 10_000) -> Iterator[list[tuple[Cell, ...]]]:
        """Yield the rows as JSON values; dates and instants are ISO 8601 text."""
        yield from self._batches(", ".join(_cell_sql(field) for field in self.schema), size)

    def matches(
        self, field: str, pattern: str, *, squeezed: bool = False
    ) -> Iterator[tuple[int, str]]:
        """Yield (row, text) where ``pattern`` (RE2) is found in ``field``, in row order.

        Raises ValueError for a pattern that RE2 does not take.
        """
        text = canonical(self.schema.by_name[field], identifier(field))
        sql = f"SELECT _row, {text} AS cell FROM {self._numbered} WHERE {text} IS NOT NULL"
        if not squeezed:
            sql += f" AND regexp_matches({text}, {literal(pattern)})"
        try:
            for batch in arrow_batches(self._connection, f"{sql} ORDER BY _row"):
                is_hit = has_match(batch.column(1), pattern, squeezed=True) if squeezed else None
                found = batch if is_hit is None else batch.filter(is_hit)
                rows, texts = (column.to_pylist() for column in found.columns)
                yield from zip(rows, texts, strict=True)
        except (duckdb.InvalidInputException, pa.ArrowInvalid) as error:
            raise ValueError(f"{pattern!r} is not a pattern that RE2 takes: {error}") from error

    def distinct_texts(
        self, field: str, pattern: str | None = None
    ) -> Iterator[tuple[str, int, int]]:
        """Yield (text, rows that hold it, first row) of each text of ``field``, in no order.

        Raises ValueError for a pattern that RE2 does not take.
        """
        return groups.distinct_texts(self._connection, self._numbered, self._text(field), pattern)

    def places(
        self, field: str, texts: Collection[str] | None = None, *, limit: int = 100
    ) -> tuple[int, list[tuple[int, str]]]:
        """Return how many rows hold one of ``texts``, and the first as (row, text), in order."""
        return groups.places(self._connection, self._numbered, self._text(field), texts, limit)

    def bounds(self, field: str) -> tuple[Cell, Cell] | None:
        """Return the least and the greatest value of ``field``; None when it is all empty."""
        value = _cell_sql(self.schema.by_name[field])
        return groups.bounds(self._connection, self._relation, value)

    def sample(self, size: int = 1000) -> list[tuple[int, tuple[str | None, ...]]]:
        """Return about ``size`` rows as (row, canonical texts), spread evenly, in order."""
        texts = [self._text(name) for name in self.names]
        return groups.sample(self._connection, self._numbered, texts, self.count, size)

    def group_sizes(
        self, fields: Sequence[str], below: int, *, limit: int = 100
    ) -> tuple[int, list[tuple[int, int]]]:
        """Return how many rows share all ``fields`` with fewer than ``below``; the first."""
        columns = [identifier(self.schema.by_name[name].name) for name in fields]
        return groups.small_groups(self._connection, self._numbered, columns, below, limit)

    def mismatches(
        self,
        field: str,
        expression: str,
        *,
        tolerance: str = "0",
        code: str = "mismatch",
        severity: Severity = Severity.ERROR,
    ) -> list[ProblemGroup]:
        """Return the rows whose ``field`` is not the value of ``expression``."""
        column = self.schema.by_name[field]
        finding = row_problems.mismatch(
            column, expression, tolerance=tolerance, code=code, severity=severity
        )
        return row_problems.find(self._connection, self._numbered, finding)

    def violations(
        self,
        expect: str,
        *,
        code: str,
        message: Text,
        when: str | None = None,
        field: str | None = None,
        severity: Severity = Severity.ERROR,
    ) -> list[ProblemGroup]:
        """Return the rows for which ``expect`` is false where ``when`` holds."""
        column = self.schema.by_name[field] if field else None
        finding = row_problems.violation(
            expect, when=when, code=code, message=message, field=column, severity=severity
        )
        return row_problems.find(self._connection, self._numbered, finding)

    def write_csv(
        self,
        path: Path,
        *,
        header: Sequence[str] | None = None,
        bom: bool = False,
        labels: str | None = None,
        guarded: bool = False,
    ) -> None:
        """Write RFC 4180 CSV (UTF-8, CRLF) to ``path``."""
        head = csv_record(self.names if header is None else header, guarded=guarded)
        line = csv_line_sql(self.schema, labels=labels, guarded=guarded)
        write_lines(self._connection, self._select(line), path, head=BOM + head if bom else head)

    def write_json(self, path: Path) -> None:
        """Write one JSON array of objects, an object a line."""
        line = json_object_sql(self.schema, before=",\n")
        write_array(self._connection, self._select(line), path)

    def write_json_lines(self, path: Path) -> None:
        """Write one JSON object a line, UTF-8."""
        line = json_object_sql(self.schema, after="\n")
        write_lines(self._connection, self._select(line), path)

    def write_parquet(self, path: Path) -> None:
        """Write the typed table as Parquet (zstd, page checksums)."""
        columns = ", ".join(identifier(name) for name in self.names)
        write_batches(arrow_batches(self._connection, self._select(columns)), self.schema, path)

    @property
    def _numbered(self) -> str:
        """The relation as a FROM item with the row number as ``_row``."""
        number = (
            f"row_number() OVER () + {FIRST_ROW - 1}"
            if self._row_column is None
            else identifier(self._row_column)
        )
        return f"(SELECT {number} AS _row, * FROM {self._relation})"

    def _text(self, field: str) -> str:
        return canonical(self.schema.by_name[field], identifier(field))

    def _select(self, columns: str) -> str:
        order = f" ORDER BY {identifier(self._row_column)}" if self._row_column else ""
        return f"SELECT {columns} FROM {self._relation}{order}"

    def _batches(self, columns: str, size: int) -> Iterator[list[tuple[Any, ...]]]:
        with self._connection.cursor() as cursor:
            result = cursor.execute(self._select(columns))
            while rows := result.fetchmany(size):
                yield rows


@contextmanager
def open_rows(
    path: Path, schema: TableSchema, *, memory_limit: str = "1GB", threads: int = 2
) -> Iterator[TableRows]:
    """Open our own Parquet file at ``path``, whose bytes the caller has verified.

    The connection behind it can read this file and nothing else; it closes with the block.
    """
    with locked_connection(path, memory_limit=memory_limit, threads=threads) as connection:
        yield TableRows(connection, "data", schema)


def _cell_sql(field: Field) -> str:
    value = json_value(field, identifier(field.name))
    return f"CAST({value} AS DOUBLE)" if field.type is FieldType.NUMBER else value


def has_match(cells: "pa.Array[Any]", pattern: str, *, squeezed: bool) -> "pa.BooleanArray":
    """Tell in which texts ``pattern`` is found, ``squeezed`` once they are folded and squeezed."""
    if squeezed:
        options = pc.Utf8NormalizeOptions("NFKC")
        folded = pc.call_function("utf8_normalize", [cells], options)
        cells = pc.replace_substring_regex(folded, pattern=_SQUEEZED_AWAY, replacement="")
    found: pa.BooleanArray = pc.match_substring_regex(cells, pattern=pattern)
    return found
