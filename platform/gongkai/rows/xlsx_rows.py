"""The sheet of a workbook that is meant, as a raw table, with all that it hides."""

import gc
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Protocol

import duckdb

from gongkai.domain.problems import ProblemGroup
from gongkai.domain.table_schema import Field, FieldType, TableSchema
from gongkai.domain.text import Text
from gongkai.rows.headers import (
    HEAD_ROWS,
    HeaderMap,
    find_header_below,
    map_headers,
    repeats_keys,
)
from gongkai.rows.limits import IntakeLimits
from gongkai.rows.problem_lists import Collector, Unreadable, refuse
from gongkai.rows.raw import Progress, RawTable, RawWriter
from gongkai.rows.sheet_columns import column_letters, column_number
from gongkai.rows.workbook_problems import (
    Carried,
    Span,
    active_filters,
    carried_along,
    hidden_columns,
    hidden_rows,
    spans_of,
)
from gongkai.rows.xlsx import Sheet, Workbook
from gongkai.rows.xlsx_cells import CellProblem, CellReader
from gongkai.rows.xlsx_dates import TextDates
from gongkai.rows.xlsx_hidden import Findings, look_through, table_filters
from gongkai.rows.xlsx_sheet import SheetFacts, SheetRow
from gongkai.rows.xlsx_styles import Styles
from gongkai.rows.xlsx_text import SharedStrings

_EXAMPLES = 3
_FLUSH_CHARS = 16 * 1024 * 1024
_LONG_CHARS = 1000
_FETCHED = Text("从外部取数的公式", "a formula that fetches from outside")
_TEXTS = ("s", "str", "inlineStr")


class Book(Protocol):
    """What a workbook of any format gives to who reads its sheet."""

    limits: IntakeLimits
    styles: Styles
    strings: SharedStrings
    facts: SheetFacts
    merged: list[str]
    sheet: Sheet

    def cell_reader(self) -> CellReader: ...
    def rows(self) -> Iterator[SheetRow]: ...
    def close(self) -> None: ...


class SheetReading:
    """The state of reading one sheet: the header once it is found, then rows of its width."""

    def __init__(self, book: Book, schema: TableSchema, problems: Collector) -> None:
        self.schema = schema
        self.limits = book.limits
        self.problems = problems
        self.reader = book.cell_reader()
        self.header: HeaderMap | None = None
        self.cells: tuple[str, ...] = ()
        self.header_row = 0
        self.no_header: Unreadable | None = None
        self._rows_above = 0
        self.rows_seen = 0
        self.skipped = 0
        self.hidden: list[Span] = []
        self._styles = book.styles
        self._has_unseen = bool(book.styles.unseen_numbers or book.styles.unseen_texts)
        self._dates = TextDates(problems, self.field_at)
        longest = max(map(len, book.strings.texts), default=0)
        self._has_long_texts = longest > _LONG_CHARS
        self._chars = 0
        self._held_chars = 0

    def take(self, row: SheetRow, writer: RawWriter | None) -> bool:
        """Take one row; return True when it is the header."""
        columns, texts = self.reader.texts(row)
        for column, problem in self.reader.problems:
            self._report(problem, row.number, column)
        if not any(texts):
            return False
        if row.is_hidden:
            self._hide(row.number)
        if self.header is None:
            return self._find_header(row.number, columns, texts)
        self._add(row, columns, texts, writer)
        return False

    def _hide(self, number: int) -> None:
        if self.hidden and self.hidden[-1][1] == number - 1:
            self.hidden[-1] = (self.hidden[-1][0], number)
        else:
            self.hidden.append((number, number))

    def _find_header(self, number: int, columns: list[int], texts: list[str | None]) -> bool:
        found = {column: text for column, text in zip(columns, texts, strict=True) if text}
        last = max(found)
        if last > self.limits.columns:
            raise refuse("too-many-columns", found=last, limit=self.limits.columns)
        cells = tuple(found.get(column, "") for column in range(1, last + 1))
        if self.no_header is not None:
            self._look_below(number, cells, self.no_header)
            return False
        header = map_headers(cells, self.schema, row=number, listed=self.limits.listed)
        if not header.mapped_count:
            self.no_header = Unreadable(*header.groups)
            return False
        self.header, self.cells, self.header_row = header, cells, number
        fields = {n: self.field_at(n) for n in range(1, last + 1)}
        self.reader.exact = frozenset(n for n, field in fields.items() if _is_binary(field))
        self.reader.watched = frozenset(n for n, field in fields.items() if _is_text(field))
        self._dates.columns = set(self.reader.watched)
        return True

    def _look_below(self, number: int, cells: Sequence[str], no_header: Unreadable) -> None:
        """Look for the header below a first row that is none, to say where it is."""
        below = find_header_below([(number, cells)], self.schema)
        self._rows_above += 1
        if below or self._rows_above >= HEAD_ROWS:
            raise Unreadable(below) if below else no_header

    def _add(
        self,
        row: SheetRow,
        columns: list[int],
        texts: list[str | None],
        writer: RawWriter | None,
    ) -> None:
        width = len(self.cells)
        filled: Sequence[str | None] = texts
        if len(columns) != width or columns[-1] != width:
            filled = self._placed(row.number, columns, texts, width)
        self.rows_seen += 1
        if self.header and self.rows_seen == 1 and repeats_keys(filled, self.header.columns):
            self.skipped = 1
            return
        if self._has_unseen:
            self._report_unseen(row, columns, texts)
        if self.reader.kinds:
            self._report_kinds(row.number, filled)
        if self._dates.columns or self.reader.kinds:
            self._dates.see(row.number, filled, self.reader.kinds)
        if writer:
            writer.add(row.number, filled)
            if self._has_long_texts:
                self._measure(filled, writer)

    def _placed(
        self, number: int, columns: list[int], texts: list[str | None], width: int
    ) -> list[str | None]:
        """Return the texts at their places, and report those beside the table."""
        filled: list[str | None] = [None] * width
        for column, text in zip(columns, texts, strict=True):
            if column <= width:
                filled[column - 1] = text
            elif text:
                if column > self.limits.columns:
                    raise refuse("too-many-columns", found=column, limit=self.limits.columns)
                letters = column_letters(column)
                self.problems.add(
                    "unnamed-column", row=number, field=letters, column=letters, of_header=True
                )
        return filled

    def _measure(self, texts: Sequence[str | None], writer: RawWriter) -> None:
        """Bound what one text that a million cells share can grow into."""
        size = sum([len(text) for text in texts if text])
        self._chars += size
        self._held_chars += size
        if self._held_chars > _FLUSH_CHARS:
            writer.flush()
            self._held_chars = 0
        if self._chars > self.limits.inflated_bytes:
            raise refuse(
                "too-large",
                reason_zh=f"全部单元格的文字超过 {self.limits.inflated_bytes} 个字符",
                reason_en=f"its cells hold more than {self.limits.inflated_bytes} characters",
            )

    def _report(self, problem: CellProblem, number: int, column: int) -> None:
        field = self.field_at(column)
        self.problems.add(
            problem.code,
            row=number,
            field=field.name if field else column_letters(column),
            label=field.title if field else None,
            value=problem.value,
            **problem.params,
        )

    def _report_unseen(self, row: SheetRow, columns: list[int], texts: list[str | None]) -> None:
        styles = self._styles
        for column, text, cell in zip(columns, texts, row.cells, strict=True):
            unseen = styles.unseen_texts if cell[2] in _TEXTS else styles.unseen_numbers
            if text and int(cell[1] or 0) in unseen:
                place = f"{column_letters(column)}{row.number}"
                self._report(CellProblem("invisible-cell", place), row.number, column)

    def _report_kinds(self, number: int, texts: Sequence[str | None]) -> None:
        """Report numbers in the columns of codes that lost digits."""
        for column, kind in self.reader.kinds:
            field = self.field_at(column)
            if field and not kind.is_date and _is_code(field, self.schema):
                self.problems.add(
                    "number-in-code-column",
                    row=number,
                    field=field.name,
                    label=field.title,
                    value=texts[column - 1],
                    label_zh=field.title.zh,
                    label_en=field.title.en,
                )

    def report_merged(self, merged: list[str]) -> None:
        """Report merged cells in the data: all but the first of them read as empty."""
        for span in merged:
            first = span.partition(":")[0]
            letters = first.rstrip("0123456789")
            row = first[len(letters) :]
            if row.isdigit() and int(row) > self.header_row and letters.isalpha():
                field = self.field_at(column_number(letters.upper()))
                name = field.name if field else letters
                self.problems.add("merged-cell", row=int(row), field=name, value=span)

    def hidden_groups(self, book: Book, of_tables: Sequence[str]) -> list[ProblemGroup]:
        """Report hidden rows and columns that are not empty, and filters."""
        facts, sheet, listed = book.facts, book.sheet.name, self.limits.listed
        filters = [*facts.filtered, *of_tables]
        if facts.is_filtered and not filters and self.hidden:
            filters = [""]
        spans = self.hidden
        for span in filters:
            spans = _outside(spans, span)
        named = {n for n, cell in enumerate(self.cells, start=1) if cell.strip()}
        hidden = {
            n for first, last in facts.hidden_columns for n in range(first, last + 1) if n in named
        }
        return [
            *hidden_rows(sheet, spans, listed),
            *hidden_columns(sheet, spans_of(sorted(hidden)), listed),
            *active_filters(sheet, list(dict.fromkeys(filters)), listed),
            *carried_along("external-link", [Carried(_FETCHED, sheet)] * facts.fetching, listed),
        ]

    def finish(self) -> None:
        """Report what only the whole column tells."""
        self._dates.report()

    def details(self, findings: Findings) -> dict[str, object]:
        """Return what the report says of the file beside its problems."""
        found: dict[str, object] = {}
        if findings.dropped:
            found["dropped"] = findings.dropped
        if self.reader.rounded_count:
            first = []
            for rounded in self.reader.rounded[:_EXAMPLES]:
                field = self.field_at(rounded.column)
                first.append(
                    {
                        "row": rounded.row,
                        "column": field.name if field else column_letters(rounded.column),
                        "from": rounded.before,
                        "to": rounded.after,
                    }
                )
            found["rounded_numbers"] = {"count": self.reader.rounded_count, "first": first}
        return found

    def field_at(self, column: int) -> Field | None:
        """Return the field of a column, from 1."""
        columns = self.header.columns if self.header else ()
        name = columns[column - 1] if column <= len(columns) else None
        return self.schema.by_name.get(name or "")


def load_xlsx(
    connection: duckdb.DuckDBPyConnection,
    path: Path,
    schema: TableSchema,
    limits: IntakeLimits,
    progress: Progress | None = None,
) -> RawTable:
    """Load the sheet that is meant as a raw table. Raises Unreadable."""
    book = Workbook(path, limits)
    return load_book(
        connection,
        book,
        schema,
        progress,
        format_name="xlsx",
        look_through=lambda: look_through(book),
        table_filters=lambda: table_filters(book),
    )


def load_book(
    connection: duckdb.DuckDBPyConnection,
    book: Book,
    schema: TableSchema,
    progress: Progress | None,
    *,
    format_name: str,
    look_through: Callable[[], Findings],
    table_filters: Callable[[], list[str]],
) -> RawTable:
    """Load the sheet of ``book`` that is meant, and close it. Raises Unreadable."""
    problems = Collector(book.limits.listed)
    findings = Findings()
    collects = gc.isenabled()
    # Millions of cells are made and none refers to another; to look for circles costs a third.
    gc.disable()
    try:
        findings = look_through()
        reading = SheetReading(book, schema, problems)
        writer: RawWriter | None = None
        for row in book.rows():
            if reading.take(row, writer):
                width, budget = len(reading.cells), book.limits.held_bytes
                writer = RawWriter(connection, width, progress, budget_bytes=budget)
        if writer is None or reading.header is None:
            raise reading.no_header or refuse("empty-file")
        cells = writer.finish()
        reading.finish()
        reading.report_merged(book.merged)
        hidden = reading.hidden_groups(book, table_filters())
    except Unreadable as refusal:
        raise Unreadable(*refusal.groups, *findings.groups) from refusal
    finally:
        book.close()
        if collects:
            gc.enable()
    return RawTable(
        header=reading.header,
        header_row=reading.header_row,
        cells=cells,
        skipped=reading.skipped,
        problems=(*findings.groups, *hidden, *problems.groups()),
        unnamed=tuple(n for n, cell in enumerate(reading.cells, start=1) if not cell.strip()),
        titles=reading.cells,
        has_serials=not book.styles.starts_1904,
        details={"format": format_name, "sheet": book.sheet.name, **reading.details(findings)},
    )


def _outside(spans: list[Span], filtered: str) -> list[Span]:
    """Return what of ``spans`` lies outside the rows of the range ``filtered``; all if unknown."""
    rows = [int("".join(filter(str.isdigit, end)) or 0) for end in filtered.split(":")]
    first, last = rows[0], rows[-1]
    if not first:
        return spans
    kept: list[Span] = []
    for one, other in spans:
        if one < first:
            kept.append((one, min(other, first - 1)))
        if other > last:
            kept.append((max(one, last + 1), other))
    return kept


def _is_binary(field: Field | None) -> bool:
    """Tell whether a column is kept as a double, with every digit that it has."""
    return field is not None and field.type is FieldType.NUMBER and field.decimals is None


def _is_text(field: Field | None) -> bool:
    return field is not None and field.type is FieldType.STRING


def _is_code(field: Field, schema: TableSchema) -> bool:
    return bool(field.pattern) or field.unique or field.name in schema.primary_key
