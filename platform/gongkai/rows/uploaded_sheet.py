"""The cells of an uploaded workbook's sheet, as texts or as what they cannot pass on."""

from collections.abc import Iterator
from pathlib import Path

from gongkai.domain.table_schema import TableSchema
from gongkai.rows.limits import IntakeLimits
from gongkai.rows.problem_lists import Collector, Unreadable
from gongkai.rows.uploaded import Cells, Unfit, Upload
from gongkai.rows.xls import XlsBook
from gongkai.rows.xlsx import Workbook
from gongkai.rows.xlsx_cells import CellProblem
from gongkai.rows.xlsx_rows import Book, SheetReading
from gongkai.rows.xlsx_sheet import RawCell, SheetRow

# The errors a cell can show; any other is shown as #VALUE!.
_ERRORS = frozenset({"#DIV/0!", "#N/A", "#NAME?", "#NULL!", "#NUM!", "#REF!", "#VALUE!"})
# A text cell with the same text would not be wrong any more, though nobody mended it.
_KINDS_OF_CELL = frozenset({"date-in-text-column", "number-in-code-column"})
_ALL = 1_000_000
_VALUE = 3  # of a RawCell


class SheetUpload(Upload):
    """The sheet that intake read."""

    def __init__(self, book: Book, schema: TableSchema) -> None:
        super().__init__()
        self._book = book
        self._problems = Collector(_ALL)
        self._reading = SheetReading(book, schema, self._problems)
        self._is_table = True
        self._suspects: list[tuple[int, int, Cells]] = []

    def rows(self) -> Iterator[tuple[int, Cells]]:
        try:
            for row in self._book.rows():
                cells = self._cells(row)
                if cells:
                    yield row.number, cells
            self.merged = list(self._book.merged)
            self._see_through()
        except Unreadable:
            self.is_whole = False
        finally:
            self._book.close()

    def _cells(self, row: SheetRow) -> Cells:
        """Return the cells of a row; what only the whole column tells is put right at the end."""
        if self._is_table:
            try:
                self._reading.take(row, None)
            except Unreadable:
                self._is_table = False
        reader = self._reading.reader
        columns, texts = reader.texts(row)
        most = self._book.limits.columns
        cells: Cells = {
            column: text
            for column, text in zip(columns, texts, strict=True)
            if text and column <= most
        }
        by_column = dict(zip(columns, row.cells, strict=True))
        for column, problem in reader.problems:
            if column <= most:
                cells[column] = _unfit(problem, by_column[column])
        self._suspects += [
            (row.number, column, cells) for column, _ in reader.kinds if column in cells
        ]
        return cells

    def _see_through(self) -> None:
        """Make unfit what is wrong by its kind of cell, not by its text."""
        self._reading.finish()
        wrong = {
            (problem.row, problem.field)
            for group in self._problems.groups()
            if group.code in _KINDS_OF_CELL
            for problem in group.first
        }
        for number, column, cells in self._suspects:
            field = self._reading.field_at(column)
            cell = cells[column]
            if field and (number, field.name) in wrong and isinstance(cell, str):
                cells[column] = Unfit(cell)


def open_sheet(
    path: Path, schema: TableSchema, limits: IntakeLimits, *, is_old: bool
) -> SheetUpload:
    """Open a workbook, of the old format or of the new one. Raises Unreadable."""
    return SheetUpload(XlsBook(path, limits) if is_old else Workbook(path, limits), schema)


def _unfit(problem: CellProblem, cell: RawCell) -> Unfit:
    found = problem.value or cell[_VALUE]
    return Unfit(found, found if found in _ERRORS else "#VALUE!")
