"""What a cell of a workbook says, as the exact text that a person sees meant."""

import re
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from decimal import Decimal
from typing import Any, TypeVar

from openpyxl.utils.datetime import MAC_EPOCH, WINDOWS_EPOCH, from_excel, from_ISO8601

from gongkai.rows.limits import IntakeLimits
from gongkai.rows.sheet_columns import column_number
from gongkai.rows.xlsx_package import broken
from gongkai.rows.xlsx_sheet import LONG, MAX_COLUMNS, NO_RESULT, RawCell, SheetRow
from gongkai.rows.xlsx_styles import Styles
from gongkai.rows.xlsx_text import SharedStrings, unescape

_NUMBER = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]{1,4})?")
# A number of at most 15 digits in its shortest form: its text is what it means.
_SHORTEST = re.compile(r"0|-?(?:[1-9][0-9]*(?:\.[0-9]*[1-9])?|0\.[0-9]*[1-9])").fullmatch
_SHORTEST_CHARS = 15
# Excel keeps 15 digits; what is longer was cut when it was typed.
_EXACT_BELOW = 10**15
_EXACT_DIGITS = 15
_MAX_KNOWN = 200_000
# The 1900 system counts a 29 February 1900 that no calendar has.
_NO_DAY = 60
K = TypeVar("K")


class CellProblem(ValueError):  # noqa: N818 - a problem of the data, not a failure
    """A cell whose value cannot be taken; ``code`` is the problem's."""

    def __init__(self, code: str, value: str | None = None, **params: Any) -> None:
        super().__init__(code)
        self.code = code
        self.value = value
        self.params = params


@dataclass(frozen=True, slots=True)
class Rounded:
    """A number whose noise beyond 15 digits was dropped."""

    row: int
    column: int
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class NumberKind:
    """How a number is shown, where that tells more than the number: as a date, or 1E+10."""

    is_date: bool = False
    is_guessed: bool = False
    is_scientific: bool = False
    is_rounded: bool = False


class CellReader:
    """Turns the cells of a row into texts, and keeps aside what must be said about them.

    ``exact`` are the columns, from 1, whose numbers keep every binary digit. After ``texts``,
    ``problems`` holds (column, problem) of the row's cells that cannot be taken, and
    ``kinds`` the numbers of the columns ``watched`` that are shown as something else.
    """

    def __init__(self, strings: SharedStrings, styles: Styles, limits: IntakeLimits) -> None:
        self.exact: frozenset[int] = frozenset()
        self.watched: frozenset[int] = frozenset()
        self.problems: list[tuple[int, CellProblem]] = []
        self.kinds: list[tuple[int, NumberKind]] = []
        self.rounded: list[Rounded] = []
        self.rounded_count = 0
        self._strings = strings
        self._styles = styles
        self._limits = limits
        self._letters: list[str] = []
        self._columns: list[int] = []
        self._known: dict[str, str] = {}
        self._dated: dict[tuple[str, str], str] = {}
        dated = styles.dates | styles.times | styles.durations
        self._special = {str(style) for style in dated | styles.scientific}

    def texts(self, row: SheetRow) -> tuple[list[int], list[str | None]]:
        """Return the columns of the row's cells, rising, and their texts. Raises Unreadable."""
        self.problems.clear()
        self.kinds.clear()
        suffix = str(row.number)
        if [cell[0] for cell in row.cells] != [letters + suffix for letters in self._letters]:
            self._place(row)
        texts: list[str | None] = []
        shared, known, dated = self._strings.texts, self._known, self._dated
        special, count = self._special, len(self._strings.texts)
        for column, cell in zip(self._columns, row.cells, strict=True):
            _, style, kind, value = cell
            text: str | None = None
            if kind == "s" and value.isdigit() and (index := int(value)) < count:
                text = shared[index] or self._checked(row.number, column, cell)
            elif kind in ("", "n") and style not in special:
                if len(value) <= _SHORTEST_CHARS and _SHORTEST(value):
                    text = value
                elif value in known and column not in self.exact:
                    text = known[value]
                elif value:
                    text = self._checked(row.number, column, cell)
            elif (style, value) in dated and kind in ("", "n") and column not in self.watched:
                text = dated[style, value]
            elif kind or value:
                text = self._checked(row.number, column, cell)
            texts.append(text)
        return self._columns, texts

    def _place(self, row: SheetRow) -> None:
        """Find the columns of a row that has others than the row before. Raises Unreadable."""
        suffix = str(row.number)
        letters, columns, last = [], [], 0
        for cell in row.cells:
            own = cell[0].removesuffix(suffix)
            if len(own) + len(suffix) != len(cell[0]) or not own.isalpha():
                raise broken(f"cell {cell[0]} in row {row.number}")
            column = column_number(own)
            if not last < column <= MAX_COLUMNS:
                raise broken(f"cell {cell[0]} comes twice, too late or too far")
            letters.append(own)
            columns.append(column)
            last = column
        self._letters, self._columns = letters, columns

    def _checked(self, row: int, column: int, cell: RawCell) -> str | None:
        try:
            return self._text(row, column, cell)
        except CellProblem as problem:
            self.problems.append((column, problem))
            return None

    def _text(self, row: int, column: int, cell: RawCell) -> str | None:
        """Return the text of one cell; None when it is empty. Raises CellProblem."""
        _, style, kind, value = cell
        if kind == NO_RESULT:
            raise CellProblem("formula-without-value")
        if not value:
            return None
        match kind:
            case "inlineStr" | "str":
                return self._bounded(unescape(value))
            case "s":
                return self._shared(row, value)
            case "b":
                return "true" if value.strip() in ("1", "true") else "false"
            case "e":
                raise CellProblem("error-cell", value)
            case "d":
                return _iso(value)
            case _ if kind == LONG:
                raise self._too_long(int(value))
        return self._number(row, column, value.strip(), style)

    def _bounded(self, text: str) -> str:
        if len(text) > self._limits.cell_chars:
            raise self._too_long(len(text))
        return text

    def _too_long(self, length: int) -> CellProblem:
        return CellProblem("cell-too-long", found=length, limit=self._limits.cell_chars)

    def _shared(self, row: int, value: str) -> str | None:
        index = value.strip()
        if not (index.isascii() and index.isdigit()) or int(index) >= len(self._strings.texts):
            raise broken(f"row {row}: no shared string {index[:20]}")
        if int(index) in self._strings.too_long:
            raise self._too_long(self._strings.too_long[int(index)])
        return self._strings.texts[int(index)] or None

    def _number(self, row: int, column: int, text: str, styled: str) -> str:
        if not _NUMBER.fullmatch(text):
            raise CellProblem("error-cell", text[:200])
        styles, value, style = self._styles, float(text), int(styled or 0)
        if style in styles.durations:
            return _keep(self._dated, (styled, text), _duration(value))
        if style in styles.dates or style in styles.times:
            if column in self.watched:
                is_guessed = style in styles.guessed
                kind = NumberKind(is_date=style in styles.dates, is_guessed=is_guessed)
                self.kinds.append((column, kind))
            moment = _moment(value, styles, is_time=style in styles.times)
            return _keep(self._dated, (styled, text), moment)
        if not abs(value) < _EXACT_BELOW:
            raise CellProblem("damaged-number", text)
        keeps = column in self.exact
        shown, is_rounded = _shown(value, keeps_digits=keeps)
        is_scientific = style in styles.scientific
        if column in self.watched and (is_scientific or is_rounded):
            kind = NumberKind(is_scientific=is_scientific, is_rounded=is_rounded)
            self.kinds.append((column, kind))
        if is_rounded:
            self._note_rounded(Rounded(row, column, repr(value), shown))
            return shown
        return shown if keeps else _keep(self._known, text, shown)

    def _note_rounded(self, rounded: Rounded) -> None:
        self.rounded_count += 1
        if len(self.rounded) < self._limits.listed:
            self.rounded.append(rounded)


def _keep(known: dict[K, str], key: K, text: str) -> str:
    """Keep ``text`` for the next cell that says the same, and return it."""
    if len(known) > _MAX_KNOWN:
        known.clear()
    known[key] = text
    return text


def _shown(value: float, *, keeps_digits: bool) -> tuple[str, bool]:
    """Return a number as text with the 15 digits that a spreadsheet shows, and whether it had more.

    So 0.1 + 0.2 is 0.3; all binary digits stay only with ``keeps_digits``.
    """
    if value.is_integer():
        return str(int(value)), False
    short = f"{value:.{_EXACT_DIGITS}g}"
    is_rounded = not keeps_digits and float(short) != value
    shown = Decimal(repr(value) if keeps_digits else short)
    return format(shown.normalize(), "f"), is_rounded


def _iso(text: str) -> str:
    try:
        found = from_ISO8601(text)  # type: ignore[no-untyped-call]
    except ValueError as error:
        raise CellProblem("error-cell", text[:200]) from error
    return _instant(found) if isinstance(found, datetime) else str(found.isoformat())


def _moment(value: float, styles: Styles, *, is_time: bool) -> str:
    if value < 0 or (not styles.starts_1904 and _NO_DAY <= value < _NO_DAY + 1):
        raise CellProblem("error-cell", "#VALUE!")
    try:
        found = from_excel(value, MAC_EPOCH if styles.starts_1904 else WINDOWS_EPOCH)
    except (ValueError, OverflowError, TypeError) as error:
        raise CellProblem("error-cell", "#VALUE!") from error
    if isinstance(found, datetime):
        return _instant(found) if not is_time or value >= 1 else _clock(found.time())
    return _clock(found) if isinstance(found, time) else str(found)


def _instant(found: datetime) -> str:
    if found.time() == time(0):
        return found.date().isoformat()
    return found.replace(microsecond=0).isoformat()


def _clock(found: time) -> str:
    return found.strftime("%H:%M:%S" if found.second else "%H:%M")


def _duration(days: float) -> str:
    try:
        length = timedelta(days=days)
    except OverflowError as error:
        raise CellProblem("error-cell", "#VALUE!") from error
    minutes, seconds = divmod(round(length.total_seconds()), 60)
    shown = f"{minutes // 60:02d}:{minutes % 60:02d}"
    return f"{shown}:{seconds:02d}" if seconds else shown
