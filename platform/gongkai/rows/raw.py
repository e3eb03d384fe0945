"""The cells of a file as text in DuckDB, before anything is known of their meaning."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import duckdb
import pyarrow as pa

from gongkai.domain.problems import ProblemGroup
from gongkai.rows.headers import HeaderMap

BATCH_CELLS = 800_000
RAW = "raw"
Progress = Callable[[int, int | None], None]


@dataclass(frozen=True)
class RawTable:
    """The relation ``raw``: text columns ``c0``, ``c1`` … in the order of ``header``.

    ``row_sql`` yields the row number as a spreadsheet counts. ``unnamed`` are columns without
    a header, by number from 1, that may hold data. ``dropped`` rows could not be read.
    ``problems`` were found while reading.
    ``is_clean`` tells that no cell can hold a control character.
    """

    header: HeaderMap
    row_sql: str
    header_row: int
    skipped: int = 0
    dropped: int = 0
    is_clean: bool = False
    problems: tuple[ProblemGroup, ...] = ()
    unnamed: tuple[int, ...] = ()
    details: Mapping[str, Any] = field(default_factory=dict)


class RawWriter:
    """Writes numbered rows of text into ``raw``, a batch at a time."""

    def __init__(
        self, connection: duckdb.DuckDBPyConnection, width: int, progress: Progress | None = None
    ) -> None:
        self._connection = connection
        self._width = width
        self._batch_rows = max(1, BATCH_CELLS // width)
        self._progress = progress
        self._rows: list[Sequence[str | None]] = []
        self._numbers: list[int] = []
        self._written = 0
        columns = ", ".join(f"c{index} VARCHAR" for index in range(width))
        connection.execute(f"CREATE OR REPLACE TABLE {RAW} (_row BIGINT, {columns})")

    def add(self, number: int, cells: Sequence[str | None]) -> None:
        """Write one row of exactly the table's width."""
        self._numbers.append(number)
        self._rows.append(cells)
        if len(self._rows) >= self._batch_rows:
            self.flush()

    def flush(self) -> None:
        """Hand what is held to the database."""
        if not self._rows:
            return
        columns: list[pa.Array[Any]] = [pa.array(self._numbers, pa.int64())]
        columns += [pa.array(column, pa.string()) for column in zip(*self._rows, strict=True)]
        names = ["_row", *(f"c{index}" for index in range(self._width))]
        self._connection.register("batch", pa.table(columns, names=names))
        self._connection.execute(f"INSERT INTO {RAW} SELECT * FROM batch")
        self._connection.unregister("batch")
        self._written += len(self._rows)
        self._rows, self._numbers = [], []
        if self._progress:
            self._progress(self._written, None)
