"""The cells of a file as its sender wrote them, whatever is wrong with its rows.

The annotated workbook goes back to the sender with these cells, and comes again corrected.
What a text cell would make acceptable without a correction is therefore ``Unfit``.
"""

import codecs
import csv
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from gongkai.domain.table_schema import TableSchema
from gongkai.rows.archives import unpack
from gongkai.rows.decode import as_utf8
from gongkai.rows.delimited import DELIMITERS
from gongkai.rows.encodings import labels_of
from gongkai.rows.headers import HeaderIndex
from gongkai.rows.json_rows import read_records
from gongkai.rows.json_shapes import Members
from gongkai.rows.limits import IntakeLimits
from gongkai.rows.problem_lists import Unreadable, refuse
from gongkai.rows.sniff import FileKind, sniff

CELL_CHARS = 32_767  # what a worksheet holds
_FIELD_BYTES = 8 * 1024 * 1024
_HEAD_LINES = 20
# Where Python means less by a name than files do.
_CODECS = {
    "Big5": "cp950",
    "Shift_JIS": "cp932",
    "EUC-KR": "cp949",
    "UTF-16 LE": "utf-16-le",
    "UTF-16 BE": "utf-16-be",
}
# Each may make the rest of the file be read once more, up to the longest field.
_MAX_TORN = 20


@dataclass(frozen=True, slots=True)
class Unfit:
    """What a cell may not pass on as it stands: the workbook shows ``error`` in its place."""

    text: str
    error: str = "#VALUE!"


Cells = dict[int, str | Unfit]


class Upload:
    """A file that was sent: ``rows`` yields each row's number and its cells by column from 1.

    ``is_records`` tells that there is no header row: ``names``, known afterwards, are the
    columns' names. ``is_whole`` turns false when reading broke off.
    """

    is_records = False

    def __init__(self) -> None:
        self.names: list[str] = []
        self.merged: list[str] = []
        self.is_whole = True

    def rows(self) -> Iterator[tuple[int, Cells]]:
        """Yield the rows in order."""
        raise NotImplementedError


def open_upload(
    path: Path,
    schema: TableSchema,
    file: Mapping[str, Any],
    work_dir: Path,
    limits: IntakeLimits,
) -> Upload:
    """Open what was sent; ``file`` says how intake read it. Raises Unreadable."""
    kind = sniff(path)
    if kind is FileKind.ZIP:
        path, _ = unpack(path, work_dir, limits)
        kind = sniff(path)
    match kind:
        case FileKind.XLSX | FileKind.XLS:
            # Importing what knows number formats would cost every CSV a tenth of a second.
            from gongkai.rows.uploaded_sheet import open_sheet

            return open_sheet(path, schema, limits, is_old=kind is FileKind.XLS)
        case FileKind.DELIMITED:
            return _DelimitedUpload(path, schema, file, work_dir, limits)
        case FileKind.JSON | FileKind.JSON_LINES:
            is_lines = kind is FileKind.JSON_LINES
            return _RecordsUpload(path, work_dir, limits, lines=is_lines)
    raise refuse("archive-nested", name=path.name)


class _DelimitedUpload(Upload):
    """CSV and its kin: every record, also those that intake could not take."""

    def __init__(
        self,
        path: Path,
        schema: TableSchema,
        file: Mapping[str, Any],
        work_dir: Path,
        limits: IntakeLimits,
    ) -> None:
        super().__init__()
        csv.field_size_limit(_FIELD_BYTES)
        codec = _codec(file.get("encoding", ""))
        if codec:
            self._path, self._codec = path, codec
        else:
            longest, known = limits.line_bytes, labels_of(schema)
            survey = as_utf8(path, work_dir, longest_line=longest, known_headers=known)
            self._path, self._codec = survey.path, "utf-8"
        self._delimiter = file.get("delimiter") or self._guess(schema)

    def rows(self) -> Iterator[tuple[int, Cells]]:
        width = 0
        with self._path.open(encoding=self._codec, newline="") as lines:
            for number, cells in enumerate(self._records(_unmarked(lines)), start=1):
                if any(_is_filled(cell) for cell in cells):
                    width = width or len(cells)
                    shown = cells if len(cells) == width else _squared(cells, width)
                    yield number, {n: cell for n, cell in enumerate(shown, start=1) if cell != ""}

    def _records(self, lines: Iterable[str]) -> Iterator[list[str | Unfit]]:
        """Yield the records; a line whose quotes are wrong is one by itself, as it stands."""
        feed = _Feed(lines)
        reader = csv.reader(feed, delimiter=self._delimiter, strict=True)
        torn = 0
        while True:
            feed.begin_record()
            try:
                cells = next(reader, None)
            except UnicodeError:
                self.is_whole = False
                return
            except csv.Error:
                torn += 1
                line = feed.give_back()
                if torn > _MAX_TORN or line is None:
                    self.is_whole = False
                    return
                plain = csv.reader([line], delimiter=self._delimiter, quoting=csv.QUOTE_NONE)
                yield [Unfit(cell) if '"' in cell else cell for cell in next(plain)]
                continue
            if cells is None:
                return
            yield list(cells)

    def _guess(self, schema: TableSchema) -> str:
        """Return the delimiter by which most cells of the first line are fields."""
        index = HeaderIndex(schema)
        with self._path.open(encoding=self._codec, newline="") as lines:
            first = islice(lines, _HEAD_LINES)
            head = next((line for line in first if line.strip()), "")

        def known(delimiter: str) -> tuple[int, int]:
            cells = [cell.strip(' "\r\n\ufeff') for cell in head.split(delimiter)]
            return sum(index.find_field(cell) is not None for cell in cells), len(cells)

        return max(DELIMITERS, key=known)


def _squared(cells: list[str | Unfit], width: int) -> list[str | Unfit]:
    """Make what a row lacks or has too much an error: a sheet would show nothing of it."""
    beyond = [cell or Unfit("") for cell in cells[width:]]
    return [*cells[:width], *beyond, *[Unfit("")] * (width - len(cells))]


class _Feed:
    """Lines for a reader, of which those of the present record can be given back."""

    def __init__(self, lines: Iterable[str]) -> None:
        self._lines = iter(lines)
        self._again: list[str] = []
        self._taken: list[str] = []

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self._again.pop() if self._again else next(self._lines)
        self._taken.append(line)
        return line

    def begin_record(self) -> None:
        self._taken = []

    def give_back(self) -> str | None:
        """Return the first line of the record and let those behind it be read again."""
        if not self._taken:
            return None
        self._again += reversed(self._taken[1:])
        return self._taken[0]


class _RecordsUpload(Upload):
    """JSON: each name a column, in the order in which the names appear."""

    is_records = True

    def __init__(self, path: Path, work_dir: Path, limits: IntakeLimits, *, lines: bool) -> None:
        super().__init__()
        self._survey = as_utf8(path, work_dir, longest_line=None)
        self._limits = limits
        self._lines = lines
        self._places: dict[str, int] = {}

    def rows(self) -> Iterator[tuple[int, Cells]]:
        try:
            for number, record in read_records(self._survey, self._limits, lines=self._lines):
                yield number, self._cells(record)
        except Unreadable:
            self.is_whole = False

    def _cells(self, record: Any) -> Cells:
        if not isinstance(record, Members):
            return {1: Unfit(_as_json(record))}
        cells: Cells = {}
        for name, value in record:
            place = self._place(name)
            if place is not None and place in cells:
                cells[place] = Unfit(_as_json(record))
            elif place is not None and (cell := _json_cell(value)) != "":
                cells[place] = cell
        return cells

    def _place(self, name: str) -> int | None:
        if name not in self._places and len(self._places) < self._limits.columns:
            self._places[name] = len(self._places) + 1
            self.names.append(name)
        return self._places.get(name)


def fitted(cell: str | Unfit) -> str | Unfit:
    """Return ``cell``, or why a worksheet cannot hold it as it is."""
    if isinstance(cell, str) and len(cell) > CELL_CHARS:
        return Unfit(cell[:CELL_CHARS])
    return cell


def _json_cell(value: Any) -> str | Unfit:
    if isinstance(value, list):
        return Unfit(_as_json(value))
    if isinstance(value, str):
        # A lone surrogate is no text; the replacement character is refused again.
        return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return {True: "true", False: "false", None: ""}[value]


def _as_json(value: Any) -> str:
    """Write a value of the record reader as JSON again; its numbers are texts there."""
    return json.dumps(_plain(value))


def _plain(value: Any) -> Any:
    if isinstance(value, Members):
        return {name: _plain(member) for name, member in value}
    return [_plain(member) for member in value] if isinstance(value, list) else value


def _codec(encoding: str) -> str | None:
    """Return Python's name for an encoding as reports call it; None if there is none."""
    name = encoding.removesuffix(" BOM")
    try:
        return codecs.lookup(_CODECS.get(name, name)).name if name else None
    except LookupError:
        return None


def _unmarked(lines: Iterable[str]) -> Iterator[str]:
    """Yield the lines without a byte order mark before the first."""
    for number, line in enumerate(lines):
        yield line if number else line.removeprefix("\ufeff")


def _is_filled(cell: str | Unfit) -> bool:
    return not isinstance(cell, str) or bool(cell.strip("\ufeff \t\u3000"))
