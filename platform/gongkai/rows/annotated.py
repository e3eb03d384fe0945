"""The annotated workbook: a file as its sender wrote it, with what is wrong marked and said."""

import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path

import xlsxwriter
from xlsxwriter.exceptions import OverlappingRange
from xlsxwriter.format import Format
from xlsxwriter.utility import xl_cell_to_rowcol, xl_rowcol_to_cell
from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

from gongkai.domain.problem_kinds import SEVERITIES
from gongkai.domain.problems import Problem, Report, Severity
from gongkai.domain.table_schema import TableSchema
from gongkai.domain.text import Text
from gongkai.rows.annotated_findings import Cover, add_findings
from gongkai.rows.annotated_styles import Styles
from gongkai.rows.check_messages import shorten
from gongkai.rows.headers import HeaderIndex
from gongkai.rows.limits import IntakeLimits
from gongkai.rows.problem_lists import Unreadable
from gongkai.rows.sheet_columns import column_number
from gongkai.rows.uploaded import Cells, Unfit, Upload, fitted, open_upload
from gongkai.rows.workbook_marks import AUTHOR

DATA_SHEET = Text("数据", "Data")
_ROW_TITLE = Text("原文件行号", "Row in your file")
_FOUND = Text("文件中的内容：", "The file has: ")
_AROUND = 2  # rows shown before and behind one with a problem, where not all are
_MAX_CELLS = 1_000_000
_MAX_SHEET_ROWS = 1_048_576
_MAX_COMMENTS = 20_000
_MAX_MERGED_CELLS = 100_000
_SAID_ON_A_CELL = 5
_MEASURED_ROWS = 200
_WORST = {Severity.ERROR: 0, Severity.REVIEW: 1, Severity.WARNING: 2}
_SPAN = re.compile(r"[A-Z]{1,3}[1-9][0-9]{0,6}(:[A-Z]{1,3}[1-9][0-9]{0,6})?")
_SAFE = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}


@dataclass
class _Table:
    """The rows to show: all of them, or those around the problems of a long file.

    ``rows`` hold the number of a row in the file and its cells; ``header_row`` is that of the
    header, 0 for records, which have none.
    """

    rows: list[tuple[int, Cells]]
    header_row: int
    header: dict[int, str]
    is_extract: bool
    is_whole: bool
    merged: list[str] = field(default_factory=list)


@dataclass
class _Grid:
    """Where the rows and columns of a table stand in the data sheet, from 0."""

    table: _Table
    schema: TableSchema
    sheet_rows: dict[int, int] = field(default_factory=dict)
    columns: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        numbers = [number for number, _ in self.table.rows if number != self.table.header_row]
        if self.table.is_extract:
            self.sheet_rows = {number: place for place, number in enumerate(numbers, start=1)}
        else:
            ahead = 0 if self.table.header_row else 1
            self.sheet_rows = {number: number - 1 + ahead for number in numbers}
        self.sheet_rows[self.table.header_row] = self.header_place
        index = HeaderIndex(self.schema)
        for number, title in self.table.header.items():
            known = index.find_field(title)
            self.columns.setdefault(known.name if known else shorten(title), self.column(number))

    @property
    def header_place(self) -> int:
        is_first = self.table.is_extract or not self.table.header_row
        return 0 if is_first else self.table.header_row - 1

    def column(self, number: int) -> int:
        """Return where the column ``number`` of the file stands; an extract has one before."""
        return number if self.table.is_extract else number - 1

    def find(self, problem: Problem) -> tuple[int, int] | None:
        """Return the cell of a problem; None if it is about the file, or not shown."""
        place = self.columns.get(problem.field or "")
        if place is None and problem.field and problem.label is None:
            place = self._by_letters(problem.field)
        if problem.row is None or problem.code == "missing-column":
            return None if place is None else (self.header_place, place)
        row = self.sheet_rows.get(problem.row)
        if row is None:
            return None
        return row, self.column(1) if place is None else place

    def _by_letters(self, letters: str) -> int | None:
        is_column = len(letters) <= 3 and letters.isascii() and letters.isupper()
        return self.column(column_number(letters)) if is_column else None


def write_annotated(
    path: Path | None,
    report: Report,
    schema: TableSchema,
    target: Path,
    *,
    title: Text,
    language: str,
    work_dir: Path,
    limits: IntakeLimits,
    max_rows: int,
) -> None:
    """Write the workbook of the file at ``path``, as ``report`` found it, to ``target``.

    A file of more than ``max_rows`` rows is shown by the rows around its problems, which
    nobody can mistake for the file. Without ``path``, or where nothing of it can be read, the
    workbook holds the findings alone.
    """
    table = _read(path, report, schema, work_dir, limits, max_rows) if path else None
    with xlsxwriter.Workbook(target, {**_SAFE, "tmpdir": str(work_dir)}) as book:
        styles = Styles(book)
        cell_of: Callable[[Problem], str | None] = _nowhere
        if table is not None:
            grid = _Grid(table, schema)
            _DataSheet(book, styles, grid, report, language).write()
            cell_of = _addresses(grid)
        cover = Cover(
            title=title,
            language=language,
            sheet=DATA_SHEET.in_language(language) if table else None,
            is_extract=table is not None and table.is_extract,
            is_whole=table is None or table.is_whole,
        )
        add_findings(book, styles, report, cover, cell_of)


def _nowhere(_: Problem) -> str | None:
    return None


def _addresses(grid: _Grid) -> Callable[[Problem], str | None]:
    def cell_of(problem: Problem) -> str | None:
        place = grid.find(problem)
        address: str | None = xl_rowcol_to_cell(*place) if place else None
        return address

    return cell_of


def _read(
    path: Path,
    report: Report,
    schema: TableSchema,
    work_dir: Path,
    limits: IntakeLimits,
    max_rows: int,
) -> _Table | None:
    """Return what of the file is shown; None if nothing of it can be read."""
    try:
        upload = open_upload(path, schema, report.file, work_dir, limits)
        held, rest = _first_rows(upload, max_rows)
    except Unreadable:
        return None
    if not held:
        return None
    is_extract = rest is not None
    if rest is not None:
        held = _around_problems(held, rest, report, max_rows)
    header_row = 0 if upload.is_records else held[0][0]
    names: Mapping[int, str | Unfit] = dict(enumerate(upload.names, start=1))
    header = names if upload.is_records else held[0][1]
    return _Table(
        rows=held,
        header_row=header_row,
        header={column: cell for column, cell in header.items() if isinstance(cell, str)},
        is_extract=is_extract,
        is_whole=upload.is_whole,
        merged=[] if is_extract else upload.merged,
    )


def _first_rows(
    upload: Upload, max_rows: int
) -> tuple[list[tuple[int, Cells]], Iterator[tuple[int, Cells]] | None]:
    """Return all rows and None; or, of a file too long for that, the first and the rest."""
    held: list[tuple[int, Cells]] = []
    cells = 0
    rows = upload.rows()
    for number, row in rows:
        held.append((number, row))
        cells += len(row)
        if len(held) > max_rows + 1 or cells > _MAX_CELLS or number >= _MAX_SHEET_ROWS:
            return held, rows
    return held, None


def _around_problems(
    held: list[tuple[int, Cells]],
    rest: Iterator[tuple[int, Cells]],
    report: Report,
    max_rows: int,
) -> list[tuple[int, Cells]]:
    """Return the header and the rows in and around the problems listed."""
    rows = {problem.row for group in report.groups for problem in group.first if problem.row}
    wanted = {near for row in rows for near in range(row - _AROUND, row + _AROUND + 1)}
    last = max(wanted, default=0)
    found = held[:1]
    for number, cells in chain(held[1:], rest):
        if number > last or len(found) > max_rows:
            break
        if number in wanted:
            found.append((number, cells))
    return found


class _DataSheet:
    """The sheet that the sender corrects and sends again."""

    def __init__(
        self, book: Workbook, styles: Styles, grid: _Grid, report: Report, language: str
    ) -> None:
        self._sheet: Worksheet = book.add_worksheet(DATA_SHEET.in_language(language))
        self._styles = styles
        self._grid = grid
        self._table = grid.table
        self._language = language
        self._marks = _marks(grid, report)
        self._comments = 0
        self._stray = styles.marked[Severity.ERROR]

    def write(self) -> None:
        """Write every cell as text, marked and commented where something is wrong."""
        self._merge()
        self._write_header()
        for number, cells in self._table.rows:
            if number != self._table.header_row:
                row = self._grid.sheet_rows[number]
                if self._table.is_extract:
                    self._sheet.write_number(row, 0, number, self._styles.row_number)
                for column, cell in cells.items():
                    # What stands beyond the header belongs to no field.
                    style = self._styles.text if column in self._table.header else self._stray
                    self._write(row, self._grid.column(column), fitted(cell), style)
        for place in self._marks:
            self._mark_empty(*place)
        self._lay_out()

    def _write_header(self) -> None:
        row = self._grid.header_place
        if self._table.is_extract:
            title = _ROW_TITLE.in_language(self._language)
            self._sheet.write_string(row, 0, title, self._styles.header)
        for column, title in self._table.header.items():
            self._write(row, self._grid.column(column), fitted(title), self._styles.header)

    def _write(self, row: int, column: int, cell: str | Unfit, style: Format) -> None:
        problems = self._marks.pop((row, column), [])
        if problems:
            style = self._styles.marked[_worst(problems)]
        elif isinstance(cell, Unfit):
            style = self._styles.marked[Severity.ERROR]
        if isinstance(cell, Unfit):
            # An error that the file brings stays one: as text it would pass for a value.
            self._sheet.write_formula(row, column, f"={cell.error}", style, cell.error)
        else:
            self._sheet.write_string(row, column, cell, style)
        if problems or isinstance(cell, Unfit):
            self._comment(row, column, problems, cell)

    def _mark_empty(self, row: int, column: int) -> None:
        problems = self._marks[row, column]
        self._sheet.write_blank(row, column, None, self._styles.marked[_worst(problems)])
        self._comment(row, column, problems, "")

    def _comment(self, row: int, column: int, problems: list[Problem], cell: str | Unfit) -> None:
        said = [self._sentence(problem) for problem in problems[:_SAID_ON_A_CELL]]
        if isinstance(cell, Unfit) and cell.text:
            said.append(_FOUND.in_language(self._language) + shorten(cell.text, 1000))
        self._comments += 1
        if not said or self._comments > _MAX_COMMENTS:
            return
        lines_shown = sum(1 + _shown_width(line) // 40 for line in said)
        options = {
            "author": AUTHOR,
            "width": 300,
            "height": 24 + 17 * lines_shown,
            "font_size": 9,
            "color": "#FFFFE8",
        }
        self._sheet.write_comment(row, column, "\n".join(said), options)

    def _sentence(self, problem: Problem) -> str:
        title, message = SEVERITIES[problem.severity], problem.message
        said = Text(f"{title.zh}：{message.zh}", f"{title.en}: {message.en}")
        return said.in_language(self._language)

    def _merge(self) -> None:
        """Merge again what was: its sender, not we, knows which rows the value is meant for."""
        left = _MAX_MERGED_CELLS
        for span in self._table.merged:
            if not _SPAN.fullmatch(span):
                continue
            first, _, last = span.partition(":")
            top, start = xl_cell_to_rowcol(first)
            bottom, end = xl_cell_to_rowcol(last or first)
            area = (bottom - top + 1) * (end - start + 1)
            if top <= self._grid.header_place or area < 2 or area > left:
                continue
            left -= area
            try:
                self._sheet.merge_range(top, start, bottom, end, "", self._styles.text)
            except OverlappingRange:
                continue

    def _lay_out(self) -> None:
        widths: dict[int, int] = {}
        header: Cells = dict(self._table.header)
        shown = chain([(0, header)], self._table.rows[:_MEASURED_ROWS])
        for _, cells in shown:
            for column, cell in cells.items():
                if isinstance(cell, str):
                    place = self._grid.column(column)
                    widths[place] = max(widths.get(place, 0), _shown_width(cell))
        for place, width in widths.items():
            self._sheet.set_column(place, place, min(40, max(9, width + 2)), self._styles.text)
        if self._table.is_extract:
            self._sheet.set_column(0, 0, 16)
        self._sheet.freeze_panes(self._grid.header_place + 1, int(self._table.is_extract))
        # Codes are text on purpose; a green corner on each would hide the marks that count.
        self._sheet.ignore_errors({"number_stored_as_text": "A1:XFD1048576"})
        self._sheet.set_landscape()
        self._sheet.set_paper(9)
        self._sheet.fit_to_pages(1, 0)
        self._sheet.repeat_rows(self._grid.header_place)


def _marks(grid: _Grid, report: Report) -> dict[tuple[int, int], list[Problem]]:
    """Return the problems of each cell, the worst first."""
    found: dict[tuple[int, int], list[Problem]] = {}
    for group in report.groups:
        for problem in group.first:
            place = grid.find(problem)
            if place is not None:
                found.setdefault(place, []).append(problem)
    for problems in found.values():
        problems.sort(key=lambda problem: _WORST[problem.severity])
    return found


def _worst(problems: list[Problem]) -> Severity:
    return problems[0].severity


def _shown_width(text: str) -> int:
    """Return how wide a text is, in digits: Chinese characters take two."""
    line = text[:200].partition("\n")[0]
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in line)
