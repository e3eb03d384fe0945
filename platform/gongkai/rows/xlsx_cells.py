"""What a cell of a workbook says, as the exact text that a person sees meant."""

import re
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from decimal import Decimal

from openpyxl.styles.numbers import BUILTIN_FORMATS, is_date_format, is_timedelta_format
from openpyxl.utils.datetime import MAC_EPOCH, WINDOWS_EPOCH, from_excel, from_ISO8601

_ESCAPE = re.compile(r"_x([0-9A-Fa-f]{4})_")
_DATE_PARTS = re.compile(r'"[^"]*"|\[[^\]]*\]|\\.')
# Excel keeps 15 digits; what is longer was cut when it was typed.
_EXACT_BELOW = 10**15


class CellProblem(ValueError):  # noqa: N818 - a problem of the data, not a failure
    """A cell whose value cannot be taken; ``code`` is the problem's."""

    def __init__(self, code: str, value: str | None = None) -> None:
        super().__init__(code)
        self.code = code
        self.value = value


@dataclass
class Cell:
    """One ``c`` element: its type, style and texts as they stand in the sheet."""

    column: int
    kind: str
    style: int
    has_formula: bool = False
    value: str | None = None
    inline: str = ""


@dataclass(frozen=True)
class Styles:
    """Which styles of a workbook show a number as a date, a time or a duration."""

    dates: frozenset[int]
    times: frozenset[int]
    durations: frozenset[int]
    starts_1904: bool = False

    @classmethod
    def of(cls, formats: list[int], custom: dict[int, str], *, starts_1904: bool) -> "Styles":
        """Sort the styles by the number format of each, by position in ``formats``."""
        dates: set[int] = set()
        times: set[int] = set()
        durations: set[int] = set()
        for style, number in enumerate(formats):
            code = custom.get(number) or BUILTIN_FORMATS.get(number, "General")
            if is_timedelta_format(code):
                durations.add(style)
            elif is_date_format(code):
                letters = set(_DATE_PARTS.sub("", code.split(";")[0]).lower())
                (dates if letters & {"y", "d"} or "h" not in letters else times).add(style)
        return cls(frozenset(dates), frozenset(times), frozenset(durations), starts_1904)


def cell_text(
    cell: Cell, strings: list[str], styles: Styles, *, keep_digits: bool = False
) -> str | None:
    """Return the text of ``cell``; None when it is empty. Raises CellProblem.

    A number has the 15 digits that a spreadsheet shows, so that 0.1 + 0.2 is 0.3; all of its
    binary digits only with ``keep_digits``.
    """
    text = cell.inline if cell.kind == "inlineStr" else cell.value
    if cell.has_formula and not text and cell.kind != "str":
        raise CellProblem("formula-without-value")
    if not text:
        return None
    match cell.kind:
        case "inlineStr" | "str":
            found = unescape(text)
        case "s":
            found = _shared(text, strings)
        case "b":
            found = "true" if text.strip() == "1" else "false"
        case "e":
            raise CellProblem("error-cell", text)
        case "d":
            found = _iso(text)
        case _:
            found = _number(text.strip(), cell.style, styles, keep_digits=keep_digits)
    return found or None


def unescape(text: str) -> str:
    """Undo the ``_x000D_`` escapes of the format."""
    return _ESCAPE.sub(lambda match: chr(int(match[1], 16)), text) if "_x" in text else text


def _shared(index: str, strings: list[str]) -> str:
    try:
        return strings[int(index)]
    except (ValueError, IndexError) as error:
        raise CellProblem("error-cell", "#REF!") from error


def _iso(text: str) -> str:
    try:
        found = from_ISO8601(text)  # type: ignore[no-untyped-call]
    except ValueError as error:
        raise CellProblem("error-cell", text) from error
    return _instant(found) if isinstance(found, datetime) else found.isoformat()


def _number(text: str, style: int, styles: Styles, *, keep_digits: bool) -> str:
    try:
        value = float(text)
    except ValueError as error:
        raise CellProblem("error-cell", text) from error
    if style in styles.durations:
        return _duration(timedelta(days=value))
    if style in styles.dates or style in styles.times:
        return _moment(value, styles, is_time=style in styles.times)
    if not abs(value) < _EXACT_BELOW:
        raise CellProblem("damaged-number", text)
    if value.is_integer():
        return str(int(value))
    shown = Decimal(repr(value) if keep_digits else f"{value:.15g}")
    return format(shown.normalize(), "f")


def _moment(value: float, styles: Styles, *, is_time: bool) -> str:
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


def _duration(length: timedelta) -> str:
    minutes, seconds = divmod(round(length.total_seconds()), 60)
    shown = f"{minutes // 60:02d}:{minutes % 60:02d}"
    return f"{shown}:{seconds:02d}" if seconds else shown
