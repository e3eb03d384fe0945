"""The first visible sheet of a workbook as a raw table."""

from pathlib import Path

import duckdb

from gongkai.domain.table_schema import FieldType, TableSchema
from gongkai.rows.headers import HeaderMap, map_headers, repeats_keys
from gongkai.rows.limits import IntakeLimits
from gongkai.rows.problem_lists import Collector, Unreadable, refuse
from gongkai.rows.raw import Progress, RawTable, RawWriter
from gongkai.rows.sheet_columns import column_letters, column_number
from gongkai.rows.xlsx import Workbook
from gongkai.rows.xlsx_cells import Cell, CellProblem, cell_text


class _Reading:
    """The state of reading one sheet: the header once it is found, then rows of its width."""

    def __init__(
        self, book: Workbook, schema: TableSchema, limits: IntakeLimits, problems: Collector
    ) -> None:
        self.book = book
        self.schema = schema
        self.limits = limits
        self.problems = problems
        self.header: HeaderMap | None = None
        self.cells: tuple[str, ...] = ()
        self.binary: set[int] = set()
        self.header_row = 0
        self.rows_seen = 0
        self.skipped = 0

    def take(self, number: int, cells: list[Cell], writer: RawWriter | None) -> bool:
        """Take one row; return True when it is the header."""
        row = self._texts(number, cells)
        if not any(row.values()):
            return False
        if self.header is None:
            last = max(column for column, text in row.items() if text)
            self.cells = tuple(row.get(c) or "" for c in range(1, last + 1))
            self.header_row = number
            self.header = map_headers(
                self.cells, self.schema, row=number, listed=self.limits.listed
            )
            if not self.header.mapped_count:
                raise Unreadable(*self.header.groups)
            self.binary = {
                number for number in range(1, len(self.cells) + 1) if self._is_binary(number)
            }
            return True
        self._add(number, row, writer)
        return False

    def _add(self, number: int, row: dict[int, str | None], writer: RawWriter | None) -> None:
        width = len(self.cells)
        texts = [row.get(column) for column in range(1, width + 1)]
        self.rows_seen += 1
        if self.header and self.rows_seen == 1 and repeats_keys(texts, self.header.columns):
            self.skipped = 1
            return
        for column, text in row.items():
            if column > width and text:
                letters = column_letters(column)
                self.problems.add(
                    "unnamed-column", row=number, field=letters, column=letters, of_header=True
                )
        if writer:
            writer.add(number, texts)

    def _texts(self, number: int, cells: list[Cell]) -> dict[int, str | None]:
        found: dict[int, str | None] = {}
        for cell in cells:
            try:
                text = cell_text(
                    cell,
                    self.book.strings,
                    self.book.styles,
                    keep_digits=cell.column in self.binary,
                )
            except CellProblem as problem:
                text = None
                self._report(problem, number, cell.column)
            if text and cell.column > self.limits.columns:
                raise refuse("too-many-columns", found=cell.column, limit=self.limits.columns)
            found[cell.column] = text
        return found

    def _report(self, problem: CellProblem, number: int, column: int) -> None:
        name, label = column_letters(column), None
        field = self.schema.by_name.get(self._field_at(column) or "")
        if field:
            name, label = field.name, field.title
        self.problems.add(problem.code, row=number, field=name, label=label, value=problem.value)

    def report_merged(self) -> None:
        """Report merged cells in the data: all but the first of them read as empty."""
        for span in self.book.merged:
            first = span.partition(":")[0]
            letters = first.rstrip("0123456789")
            row = first[len(letters) :]
            if row.isdigit() and int(row) > self.header_row and letters.isalpha():
                column = column_number(letters)
                name = self._field_at(column)
                self.problems.add("merged-cell", row=int(row), field=name or letters, value=span)

    def _is_binary(self, column: int) -> bool:
        """Tell whether a column is kept as a double, with every digit that it has."""
        field = self.schema.by_name.get(self._field_at(column) or "")
        return field is not None and field.type is FieldType.NUMBER and field.decimals is None

    def _field_at(self, column: int) -> str | None:
        columns = self.header.columns if self.header else ()
        return columns[column - 1] if column <= len(columns) else None


def load_xlsx(
    connection: duckdb.DuckDBPyConnection,
    path: Path,
    schema: TableSchema,
    limits: IntakeLimits,
    progress: Progress | None = None,
) -> RawTable:
    """Load the first visible sheet into ``raw``. Raises Unreadable."""
    problems = Collector(limits.listed)
    book = Workbook(path, limits)
    try:
        reading = _Reading(book, schema, limits, problems)
        writer: RawWriter | None = None
        for number, cells in book.rows():
            if reading.take(number, cells, writer):
                writer = RawWriter(connection, len(reading.cells), progress)
        if writer is None or reading.header is None:
            raise refuse("empty-file")
        writer.flush()
        reading.report_merged()
    finally:
        book.close()
    return RawTable(
        header=reading.header,
        row_sql="_row",
        header_row=reading.header_row,
        skipped=reading.skipped,
        problems=problems.groups(),
        unnamed=tuple(n for n, cell in enumerate(reading.cells, start=1) if not cell.strip()),
        details={"format": "xlsx", "sheet": book.sheet},
    )
