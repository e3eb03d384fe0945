"""The cells of a file as text, before anything is known of their meaning."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa

from gongkai.domain.problems import ProblemGroup
from gongkai.rows.coded import CellCollector, RawCells, RowNumbers
from gongkai.rows.headers import HeaderMap

BATCH_CELLS = 800_000
RAW = "raw"
Progress = Callable[[int, int | None], None]


@dataclass(frozen=True)
class RawTable:
    """Text columns in the order of ``header``: as ``cells``, or as the relation ``raw``.

    The relation has the columns ``c0``, ``c1`` … and the row number, as a spreadsheet counts,
    as ``_row``; files whose cells do not fit into memory come so. ``unnamed`` are columns
    without a header, by number from 1, that may hold data. ``dropped`` rows could not be
    read. ``problems`` were found while reading. ``is_clean`` tells that no cell can hold a
    control character, ``has_serials`` that a bare number may be a day counted from 1900.
    ``titles`` are the header cells as written.
    """

    header: HeaderMap
    header_row: int
    cells: RawCells | None = None
    skipped: int = 0
    dropped: int = 0
    is_clean: bool = False
    has_serials: bool = True
    problems: tuple[ProblemGroup, ...] = ()
    unnamed: tuple[int, ...] = ()
    titles: tuple[str, ...] = ()
    details: Mapping[str, Any] = field(default_factory=dict)


class RawWriter:
    """Takes numbered rows of text: into memory up to a budget, into the relation ``raw`` beyond."""

    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection,
        width: int,
        progress: Progress | None = None,
        *,
        budget_bytes: int = 0,
    ) -> None:
        self._connection = connection
        self._width = width
        self._batch_rows = max(1, BATCH_CELLS // width)
        self._progress = progress
        self._budget = budget_bytes
        self._held: CellCollector | None = CellCollector(width) if budget_bytes else None
        self._rows: list[Sequence[str | None]] = []
        self._numbers: list[int] = []
        self.row_count = 0
        if self._held is None:
            self._create()

    def add(self, number: int, cells: Sequence[str | None]) -> None:
        """Take one row of exactly the table's width."""
        self._numbers.append(number)
        self._rows.append(cells)
        if len(self._rows) >= self._batch_rows:
            self.flush()

    def add_columns(self, columns: Sequence["pa.Array[Any]"], first_row: int) -> None:
        """Take a batch of columns (text or dictionary arrays) whose rows follow one another."""
        count = len(columns[0])
        self._take(columns, np.arange(first_row, first_row + count, dtype=np.uint32))

    def finish(self) -> RawCells | None:
        """Return the cells if they are in memory; None when they are in ``raw``."""
        self.flush()
        return None if self._held is None else self._held.finish()

    def flush(self) -> None:
        """Take what is held."""
        if not self._rows:
            return
        columns = [pa.array(column, pa.string()) for column in zip(*self._rows, strict=True)]
        numbers = np.array(self._numbers, np.uint32)
        self._rows, self._numbers = [], []
        self._take(columns, numbers)

    def _take(self, columns: Sequence["pa.Array[Any]"], numbers: RowNumbers) -> None:
        self.row_count += len(numbers)
        if self._held is None:
            self._insert(columns, numbers)
        else:
            self._held.add(columns, numbers)
            if self._held.byte_size > self._budget:
                self._spill(self._held)
        if self._progress:
            self._progress(self.row_count, None)

    def _spill(self, held: CellCollector) -> None:
        """Move everything to the database, where memory does not grow with the file."""
        self._held = None
        self._create()
        for columns, numbers in held.batches():
            self._insert(columns, numbers)

    def _create(self) -> None:
        columns = ", ".join(f"c{index} VARCHAR" for index in range(self._width))
        self._connection.execute(f"CREATE OR REPLACE TABLE {RAW} (_row BIGINT, {columns})")

    def _insert(self, columns: Sequence["pa.Array[Any]"], numbers: RowNumbers) -> None:
        names = ["_row", *(f"c{index}" for index in range(self._width))]
        self._connection.register("batch", pa.table([pa.array(numbers), *columns], names=names))
        self._connection.execute(f"INSERT INTO {RAW} SELECT * FROM batch")
        self._connection.unregister("batch")
