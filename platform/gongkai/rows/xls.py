"""Old workbooks (BIFF, .xls): the cells as ``xlrd`` reads them, what they hide as we find it."""

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import xlrd
from xlrd.biffh import error_text_from_code

from gongkai.rows.limits import MIB, IntakeLimits
from gongkai.rows.ole import OLE_SIGNATURE, read_directory
from gongkai.rows.problem_lists import Unreadable, refuse
from gongkai.rows.sheet_columns import column_letters
from gongkai.rows.sniff import unsupported
from gongkai.rows.workbook_marks import OWN_SHEETS
from gongkai.rows.xls_records import SheetRecords, WorkbookRecords, scan_sheet, scan_workbook
from gongkai.rows.xlsx import Sheet
from gongkai.rows.xlsx_cells import CellReader
from gongkai.rows.xlsx_sheet import NO_RESULT, RawCell, SheetFacts, SheetRow
from gongkai.rows.xlsx_styles import KNOWN_FORMATS, Colour, Styles, is_unseen, sort_style
from gongkai.rows.xlsx_text import SharedStrings

_MAX_BYTES = 256 * MIB  # a full sheet of the format has some ten megabytes
_UNICODE_BIFF = 80
_LOW_TWIPS = 20  # a point
_NARROW_WIDTH = 26  # of 256 parts of a character
_TINY_TWIPS = 40
_WHITE: Colour = (255, 255, 255)
_BLACK: Colour = (0, 0, 0)


class XlsBook:
    """An open old workbook: the sheet that is meant, row by row.

    That is, as in a new one, the first visible sheet that is not our own.
    """

    def __init__(self, path: Path, limits: IntakeLimits) -> None:
        self.limits = limits
        self.book = _open(path)
        try:
            self.records: WorkbookRecords = scan_workbook(self.book.mem, self.book.base)
            self.names: list[str] = [str(name) for name in self.book.sheet_names()]
            self.index = self._chosen()
            self.sheet = Sheet(self.names[self.index], is_visible=True, part=None)
            self.marks: SheetRecords = self.records_of(self.index)
            self._sheet: Any = self.book.sheet_by_index(self.index)
            self.styles = _styles(self.book)
            self.strings = SharedStrings()
            self._indexes = self._collect_strings()
        except (Unreadable, MemoryError):
            self.close()
            raise
        except Exception as error:
            self.close()
            raise _broken(error) from error
        self.facts = SheetFacts(is_filtered=self.marks.is_filtered)
        self.facts.hidden_columns = self._hidden_columns()
        self.merged = [
            f"{column_letters(left + 1)}{top + 1}:{column_letters(right)}{bottom}"
            for top, bottom, left, right in self._sheet.merged_cells[: limits.merged_cells]
        ]

    def is_visible(self, index: int) -> bool:
        """Tell whether a sheet is shown in the list of sheets."""
        return not self.book._sheet_visibility[index]  # noqa: SLF001 - xlrd keeps it nowhere else

    def records_of(self, index: int) -> SheetRecords:
        """Return what the records of a sheet say that ``xlrd`` leaves out."""
        place = self.book._sh_abs_posn[index]  # noqa: SLF001 - xlrd keeps it nowhere else
        return scan_sheet(self.book.mem, place, self.book.biff_version)

    def load(self, index: int) -> Any:
        """Return the sheet of ``xlrd``. Raises Unreadable when it is damaged."""
        try:
            self.records_of(index)
            return self.book.sheet_by_index(index)
        except MemoryError:
            raise
        except Exception as error:
            raise _broken(error) from error

    def cell_reader(self) -> CellReader:
        """Return what turns the rows into texts."""
        return CellReader(self.strings, self.styles, self.limits)

    def rows(self) -> Iterator[SheetRow]:
        """Yield each row that has a cell."""
        sheet = self._sheet
        for index in range(sheet.nrows):
            cells = list(self._cells(index))
            if cells:
                yield SheetRow(index + 1, self._is_hidden(index), cells)

    def close(self) -> None:
        self.book.release_resources()

    def _cells(self, row: int) -> Iterator[RawCell]:
        sheet = self._sheet
        kinds, values = sheet.row_types(row), sheet.row_values(row)
        number = str(row + 1)
        for column, (kind, value) in enumerate(zip(kinds, values, strict=True)):
            text, name = "", ""
            if kind == xlrd.XL_CELL_TEXT:
                name, text = "s", str(self._indexes[value]) if value else ""
            elif kind in (xlrd.XL_CELL_NUMBER, xlrd.XL_CELL_DATE):
                if value == 0 and (row, column) in self.marks.uncalculated:
                    name = NO_RESULT
                else:
                    text = repr(value)
            elif kind == xlrd.XL_CELL_BOOLEAN:
                name, text = "b", str(value)
            elif kind == xlrd.XL_CELL_ERROR:
                name, text = "e", error_text_from_code.get(value, f"#{value}")
            if text or name == NO_RESULT:
                style = str(sheet.cell_xf_index(row, column))
                yield f"{column_letters(column + 1)}{number}", style, name, text

    def _chosen(self) -> int:
        visible = [index for index in range(len(self.names)) if self.is_visible(index)]
        for index in [*(one for one in visible if self.names[one] not in OWN_SHEETS), *visible]:
            return index
        raise refuse("no-visible-sheet")

    def _collect_strings(self) -> dict[str, int]:
        """Number the texts, so that cells refer to them as in a new workbook."""
        indexes: dict[str, int] = {}
        sheet = self._sheet
        for row in range(sheet.nrows):
            for kind, value in zip(sheet.row_types(row), sheet.row_values(row), strict=True):
                if kind == xlrd.XL_CELL_TEXT and value and value not in indexes:
                    indexes[value] = len(indexes)
        self.strings.texts = list(indexes)
        for text, index in indexes.items():
            if len(text) > self.limits.cell_chars:
                self.strings.too_long[index] = len(text)
                self.strings.texts[index] = ""
        return indexes

    def _is_hidden(self, row: int) -> bool:
        info = self._sheet.rowinfo_map.get(row)
        if info is None:
            return bool(self._sheet.default_row_hidden)
        return bool(info.hidden) or (info.has_default_height == 0 and info.height < _LOW_TWIPS)

    def _hidden_columns(self) -> list[tuple[int, int]]:
        return [
            (column + 1, column + 1)
            for column, info in sorted(self._sheet.colinfo_map.items())
            if info.hidden or info.width < _NARROW_WIDTH
        ]


def _open(path: Path) -> Any:
    """Return the workbook of ``xlrd``, its sheets unread. Raises Unreadable."""
    size = path.stat().st_size
    if size > _MAX_BYTES:
        limit = _MAX_BYTES // MIB
        raise refuse(
            "too-large",
            reason_zh=f"旧版工作簿（.xls）超过 {limit} MiB",
            reason_en=f"an old workbook (.xls) of more than {limit} MiB",
        )
    content = path.read_bytes()
    if content.startswith(OLE_SIGNATURE):
        _refuse_others(path)
    book = _with_xlrd(content, None)
    if book.biff_version < _UNICODE_BIFF and book.codepage is None:
        # Nothing says what encoding the text is in: only ASCII is sure.
        book = _with_xlrd(content, "ascii")
    return book


def _refuse_others(path: Path) -> None:
    directory = read_directory(path)
    if directory.is_encrypted:
        raise refuse("encrypted-workbook")
    if not directory.is_workbook:
        zh, en = directory.kind
        raise unsupported(zh, en)


def _with_xlrd(content: bytes, encoding: str | None) -> Any:
    try:
        return xlrd.open_workbook(
            file_contents=content,
            logfile=io.StringIO(),
            on_demand=True,
            formatting_info=True,
            ragged_rows=True,
            encoding_override=encoding,
        )
    except MemoryError:
        raise
    except Exception as error:
        if "encrypted" in str(error).lower():
            raise refuse("encrypted-workbook") from error
        raise _broken(error) from error


def _broken(error: Exception) -> Unreadable:
    # A damaged file can make xlrd raise anything; nothing of it is taken.
    if isinstance(error, UnicodeDecodeError):
        return refuse("broken-workbook", reason=f"text is not {error.encoding}")
    return refuse("broken-workbook", reason=type(error).__name__)


def _styles(book: Any) -> Styles:
    """Return how the cells are shown, by number of their style."""
    styles = Styles(starts_1904=book.datemode == 1)
    for number, xf in enumerate(book.xf_list):
        known = book.format_map.get(xf.format_key)
        code = known.format_str if known is not None else KNOWN_FORMATS.get(xf.format_key, "")
        if xf.format_key in KNOWN_FORMATS and code in ("", "General"):
            code = KNOWN_FORMATS[xf.format_key]
        sort_style(styles, number, code or "General")
        if xf.is_style == 0 and is_unseen(_ink(book, xf), _ground(book, xf)):
            styles.unseen_numbers.add(number)
            styles.unseen_texts.add(number)
    return styles


def _ink(book: Any, xf: Any) -> Colour | None:
    if not 0 <= xf.font_index < len(book.font_list):
        return _BLACK
    font = book.font_list[xf.font_index]
    if 0 < font.height < _TINY_TWIPS:
        return None
    return book.colour_map.get(font.colour_index) or _BLACK


def _ground(book: Any, xf: Any) -> Colour | None:
    fill = xf.background
    if fill is None or fill.fill_pattern == 0:
        return _WHITE
    if fill.fill_pattern != 1:
        return None
    return book.colour_map.get(fill.pattern_colour_index) or _WHITE
