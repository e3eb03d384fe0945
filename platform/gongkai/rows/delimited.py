"""CSV and TSV: the engine's own reader for plain files, an exact slow one for all others."""

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass

import duckdb

from gongkai.domain.problems import ProblemGroup
from gongkai.domain.table_schema import TableSchema
from gongkai.rows.columns import literal
from gongkai.rows.decode import Survey
from gongkai.rows.headers import HeaderMap, map_headers, repeats_keys
from gongkai.rows.limits import IntakeLimits
from gongkai.rows.problem_lists import Collector, Unreadable, file_problem, refuse
from gongkai.rows.raw import RAW, Progress, RawTable, RawWriter

DELIMITERS = (",", "\t", ";", "|")
_HEAD_BYTES = 256 * 1024
_HEAD_RECORDS = 20
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
    is_fast = survey.is_plain and head.header_row == 1 and _load_plain(connection, survey, head)
    if not is_fast:
        _load_exactly(connection, survey, head, problems, limits, progress)
    return RawTable(
        header=head.header,
        row_sql=f"rowid + {head.first_row}" if is_fast else "_row",
        header_row=head.header_row,
        skipped=head.skipped,
        is_clean=survey.is_clean,
        problems=problems.groups(),
        dropped=problems.total,
        unnamed=tuple(n for n, cell in enumerate(head.cells, start=1) if not cell.strip()),
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
    for delimiter in DELIMITERS:
        records = list(_first_records(text, delimiter))
        if not records:
            continue
        (header_row, cells), rest = records[0], [cells for _, cells in records[1:]]
        if len(cells) > limits.columns:
            continue
        header = map_headers(cells, schema, row=header_row, listed=limits.listed)
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
        raise Unreadable(*best.header.groups)
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


def _load_plain(connection: duckdb.DuckDBPyConnection, survey: Survey, head: _Head) -> bool:
    """Load a file where every line is a record; return False if it turns out not to be so.

    DuckDB takes a row with one delimiter too many without a word, so the delimiters are
    counted first.
    """
    width = len(head.cells)
    delimiters = sum(chunk.count(head.delimiter.encode()) for chunk in survey.read_chunks())
    if delimiters != survey.line_count * (width - 1):
        return False
    columns = ", ".join(f"'c{index}': 'VARCHAR'" for index in range(width))
    lines = survey.line_count - 1 - head.skipped
    try:
        connection.execute(
            f"CREATE OR REPLACE TABLE {RAW} AS SELECT * FROM read_csv("
            f"{literal(str(survey.path))}, auto_detect = false, header = false, "
            f"skip = {1 + head.skipped}, columns = {{{columns}}}, "
            f"delim = {literal(head.delimiter)}, quote = '', escape = '', nullstr = '', "
            f"strict_mode = true, null_padding = false, encoding = 'utf-8', "
            f"compression = 'none', max_line_size = 33554432)"
        )
        counted = connection.execute(f"SELECT count(*), max(rowid) FROM {RAW}").fetchone()
    except (duckdb.InvalidInputException, duckdb.ConversionException):
        return False
    return counted is not None and counted[0] == lines and counted[1] in (None, lines - 1)


def _load_exactly(
    connection: duckdb.DuckDBPyConnection,
    survey: Survey,
    head: _Head,
    problems: Collector,
    limits: IntakeLimits,
    progress: Progress | None,
) -> None:
    width = len(head.cells)
    writer = RawWriter(connection, width, progress)
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
    writer.flush()


def _quote_problem(error: csv.Error, row: int, limits: IntakeLimits) -> ProblemGroup:
    text = str(error)
    if "field larger" in text:
        return file_problem(
            "cell-too-long", row=row, found=f"> {_FIELD_BYTES}", limit=limits.cell_chars
        )
    code = "unterminated-quote" if "unexpected end" in text else "stray-quote"
    return file_problem(code, row=row)
