"""CSV and TSV: the engine's own reader for plain files, an exact slow one for all others."""

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass

import duckdb

from gongkai.domain.problems import ProblemGroup
from gongkai.domain.table_schema import TableSchema
from gongkai.rows.decode import Survey
from gongkai.rows.headers import HEAD_ROWS, HeaderMap, find_header_below, map_headers, repeats_keys
from gongkai.rows.limits import IntakeLimits
from gongkai.rows.problem_lists import Collector, Unreadable, file_problem, refuse
from gongkai.rows.raw import Progress, RawTable, RawWriter
from gongkai.rows.sections import NotPlain, read_sections

DELIMITERS = (",", "\t", ";", "|")
_HEAD_BYTES = 256 * 1024
_HEAD_RECORDS = HEAD_ROWS
_FIELD_BYTES = 8 * 1024 * 1024


@dataclass(frozen=True)
class _Head:
    """How the file begins: its delimiter, its header, and the rows before the data."""

    delimiter: str
    cells: tuple[str, ...]
    header_row: int
    header: HeaderMap
    skipped: int

    @property
    def first_row(self) -> int:
        return self.header_row + self.skipped + 1


def load_delimited(
    connection: duckdb.DuckDBPyConnection,
    survey: Survey,
    schema: TableSchema,
    limits: IntakeLimits,
    progress: Progress | None = None,
) -> RawTable:
    """Load the text file into ``raw``. Raises Unreadable where there is no table to check."""
    head = _read_head(survey, schema, limits)
    problems = Collector(limits.listed)
    writer = _load_plain(connection, survey, head, limits, progress)
    if writer is None:
        writer = _load_exactly(connection, survey, head, problems, limits, progress)
    return RawTable(
        header=head.header,
        header_row=head.header_row,
        cells=writer.finish(),
        skipped=head.skipped,
        is_clean=survey.is_clean,
        problems=problems.groups(),
        dropped=problems.total,
        unnamed=tuple(n for n, cell in enumerate(head.cells, start=1) if not cell.strip()),
        titles=head.cells,
        details={
            "format": "tsv" if head.delimiter == "\t" else "csv",
            "encoding": survey.encoding,
            "delimiter": head.delimiter,
            "newline": survey.newline,
        },
    )


def _read_head(survey: Survey, schema: TableSchema, limits: IntakeLimits) -> _Head:
    """Choose the delimiter by which most headers are fields, then the most even one."""
    with survey.path.open("rb") as file:
        file.seek(survey.start)
        text = file.read(_HEAD_BYTES).decode("utf-8", "ignore")
    found: list[tuple[tuple[int, int], _Head]] = []
    below: list[ProblemGroup] = []
    for delimiter in DELIMITERS:
        records = list(_first_records(text, delimiter))
        if not records:
            continue
        (header_row, cells), rest = records[0], [cells for _, cells in records[1:]]
        if len(cells) > limits.columns:
            continue
        header = map_headers(cells, schema, row=header_row, listed=limits.listed)
        if not header.mapped_count and (lower := find_header_below(records[1:], schema)):
            below.append(lower)
        skipped = int(bool(rest) and repeats_keys(rest[0], header.columns))
        even = sum(len(row) == len(cells) for row in rest) if len(cells) > 1 else 0
        head = _Head(delimiter, tuple(cells), header_row, header, skipped)
        found.append(((header.mapped_count, even), head))
    best = max(found, key=lambda pair: pair[0])[1] if found else None
    if best is None or not best.header.mapped_count:
        _refuse_width(text, limits)
    if best is None:
        raise refuse("empty-file")
    if not best.header.mapped_count:
        raise Unreadable(*(below[:1] or best.header.groups))
    return best


def _first_records(text: str, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    count = 0
    try:
        for number, cells in enumerate(reader, start=1):
            if any(cell.strip("\ufeff \t\u3000") for cell in cells):
                yield number, cells
                count += 1
            if count > _HEAD_RECORDS:
                return
    except csv.Error:
        # The exact reader will say where; a guess at the delimiter needs no more.
        return


def _refuse_width(text: str, limits: IntakeLimits) -> None:
    for delimiter in DELIMITERS:
        for _, cells in _first_records(text, delimiter):
            if len(cells) > limits.columns:
                raise refuse("too-many-columns", found=len(cells), limit=limits.columns)


def _load_plain(
    connection: duckdb.DuckDBPyConnection,
    survey: Survey,
    head: _Head,
    limits: IntakeLimits,
    progress: Progress | None,
) -> RawWriter | None:
    """Load well-formed text in sections; return None for any other."""
    if head.header_row != 1:
        return None
    width = len(head.cells)
    writer = RawWriter(connection, width, progress, budget_bytes=limits.held_bytes)
    try:
        for columns in read_sections(survey, head.delimiter, width, 1 + head.skipped):
            writer.add_columns(columns, head.first_row + writer.row_count)
    except NotPlain:
        return None
    counted = survey.line_count - 1 - head.skipped
    return writer if survey.has_quote or writer.row_count == counted else None


def _load_exactly(
    connection: duckdb.DuckDBPyConnection,
    survey: Survey,
    head: _Head,
    problems: Collector,
    limits: IntakeLimits,
    progress: Progress | None,
) -> RawWriter:
    width = len(head.cells)
    writer = RawWriter(connection, width, progress, budget_bytes=limits.held_bytes)
    csv.field_size_limit(_FIELD_BYTES)
    number, first_row = 0, head.first_row
    with survey.path.open(encoding="utf-8-sig" if survey.start else "utf-8", newline="") as file:
        reader = csv.reader(file, delimiter=head.delimiter, strict=True)
        try:
            for number, cells in enumerate(reader, start=1):
                if number < first_row or not cells:
                    continue
                if len(cells) == width:
                    writer.add(number, cells)
                elif any(cell.strip() for cell in cells):
                    problems.add("ragged-row", row=number, found=len(cells), expected=width)
        except csv.Error as error:
            raise Unreadable(
                *problems.groups(), _quote_problem(error, number + 1, limits)
            ) from error
    return writer


def _quote_problem(error: csv.Error, row: int, limits: IntakeLimits) -> ProblemGroup:
    text = str(error)
    if "field larger" in text:
        return file_problem(
            "cell-too-long", row=row, found=f"> {_FIELD_BYTES}", limit=limits.cell_chars
        )
    code = "unterminated-quote" if "unexpected end" in text else "stray-quote"
    return file_problem(code, row=row)
