"""One sheet as a stream of rows: at once by pattern where its XML is plain, else by events.

Both ways give the same rows; a sheet that turns out not to be plain is begun again by events.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from gongkai.rows.limits import IntakeLimits
from gongkai.rows.sheet_columns import column_letters, column_number
from gongkai.rows.xlsx_package import Attributes, Package, Target, broken, is_utf8, local
from gongkai.rows.xlsx_text import TextKeeper, resolve

MAX_ROWS = 1_048_576
MAX_COLUMNS = 16_384
# Of a cell: reference, style, type, value. Beside the types of the format there are texts
# that are too long (their length is the value) and formulas without a result.
RawCell = tuple[str, str, str, str]
LONG, NO_RESULT = "too-long", "no-result"
_REFERENCE = re.compile(r"([A-Z]{1,3})([0-9]{1,7})")
# The cells of most rows; four brackets each, or one.
_SIMPLE_CELL = re.compile(
    r'<c r="([A-Z]{1,3}[0-9]{1,7})"(?: s="(0|[1-9][0-9]{0,5})")?(?: t="([a-z]{1,3})")?'
    r"(?:/>|><v>([^<]*)</v></c>)"
)
_CELL = re.compile(
    r'(<c r="([A-Z]{1,3}[0-9]{1,7})"(?: s="(0|[1-9][0-9]{0,5})")?(?: t="([A-Za-z]{1,9})")?(?:/>|>'
    r"(<f[^<]*(?:</f>)?)?"
    r'(?:<v>([^<]*)</v>|<is><t(?: xml:space="preserve")?>([^<]*)</t></is>)?</c>))'
)
_ROW = re.compile(r'\s*<row((?: [\w:]+="[^"<>&]*")*)\s*(/?)>', re.ASCII)
_NUMBERED = re.compile(r' r="(\d{1,8})"(?: spans="[\d: ]*")?(?: x14ac:dyDescent="[\d.]*")?')
_ATTRIBUTE = re.compile(r'([\w:]+)="([^"]*)"')
_BEGIN, _END = b"<sheetData>", b"</sheetData>"
_PLAIN_HEAD_BYTES = 1024 * 1024
_PLAIN_ROW_BYTES = 2 * 1024 * 1024
# What makes a formula reach out: another program (DDE), a server, a page.
_FETCHES = re.compile(
    r"\w\|(?:'[^']*'|&apos;.*?&apos;|[\w.]+)!|\b(?:RTD|WEBSERVICE|DDE|CALL|REGISTER\.ID)\(",
    re.IGNORECASE,
)
_QUOTED = re.compile(r'"[^"]*"|&quot;.*?&quot;')
_MAX_STYLE_DIGITS = 9
_LOW_HEIGHT = 1.0  # points; a pixel is 0.75
_NARROW_WIDTH = 0.1  # characters
CRITERIA = ("filters", "customFilters", "top10", "dynamicFilter", "colorFilter", "iconFilter")


@dataclass
class SheetRow:
    """One row that exists in the file."""

    number: int
    is_hidden: bool
    cells: list[RawCell]


@dataclass
class SheetFacts:
    """What stands around the rows of a sheet; complete when the last row has been read."""

    hidden_columns: list[tuple[int, int]] = field(default_factory=list)
    filtered: list[str] = field(default_factory=list)
    is_filtered: bool = False
    fetching: int = 0

    def clear(self) -> None:
        """Forget all, to begin again."""
        self.hidden_columns.clear()
        self.filtered.clear()
        self.is_filtered = False
        self.fetching = 0


class _NotPlain(Exception):  # noqa: N818 - a signal to begin again by events
    """The sheet's XML is right but not in the one form that the patterns know."""


def read_rows(
    package: Package,
    part: str,
    limits: IntakeLimits,
    facts: SheetFacts,
    merged: Callable[[str], None],
) -> Iterator[SheetRow]:
    """Yield each row that has cells; fill ``facts``, and tell ``merged`` ranges after the rows.

    Row numbers rise and are those of a sheet. Raises Unreadable.
    """
    last = 0
    try:
        for row in _plain_rows(package, part, limits, facts, merged):
            last = row.number
            yield row
    except _NotPlain:
        facts.clear()
    else:
        return
    for row in _event_rows(package, part, limits, facts, merged):
        if row.number > last:
            yield row


def _event_rows(
    package: Package,
    part: str,
    limits: IntakeLimits,
    facts: SheetFacts,
    merged: Callable[[str], None],
) -> Iterator[SheetRow]:
    target = _Sheet(limits, facts, merged)
    for _ in package.parse(part, target, is_table=True):
        yield from target.rows
        target.rows.clear()


def _plain_rows(
    package: Package,
    part: str,
    limits: IntakeLimits,
    facts: SheetFacts,
    merged: Callable[[str], None],
) -> Iterator[SheetRow]:
    """Yield rows by pattern, while expat proves that the same bytes are well-formed."""
    target = _Sheet(limits, facts, merged)
    feed = package.feed(part, target, is_table=True)
    chunks = package.chunks(part)
    held = _head(chunks)
    start = held.index(_BEGIN) + len(_BEGIN)
    feed(held[:start], False)
    if target.last_tag != "sheetData":
        raise _NotPlain
    feed.ignore()
    held = held[start:]
    number = 0
    while True:
        end = held.find(_END)
        cut = end if end >= 0 else max(held.rfind(b"</row>") + 6, held.rfind(b"/>") + 2)
        block = held[: max(cut, 0)] if end >= 0 or cut > 5 else b""
        rows, number, rest = _scan(block.decode(), number, target.take_formula)
        used = len(block) - len(rest.encode())
        if (rest and end >= 0) or len(held) - used > _PLAIN_ROW_BYTES:
            raise _NotPlain
        feed(held[:used], False)
        yield from rows
        held = held[used:]
        if end >= 0:
            break
        chunk = next(chunks, b"")
        if not chunk:
            raise _NotPlain
        held += chunk
    feed.listen()
    feed(held, False)
    for chunk in chunks:
        feed(chunk, False)
    feed(b"", True)


def _head(chunks: Iterator[bytes]) -> bytes:
    """Return the beginning of a plain sheet's XML up to where its rows have begun."""
    head = b""
    for chunk in chunks:
        head += chunk
        if _BEGIN in head and is_utf8(head):
            return head
        if len(head) > _PLAIN_HEAD_BYTES:
            break
    raise _NotPlain


def _scan(
    text: str, number: int, outside: Callable[[str], None]
) -> tuple[list[SheetRow], int, str]:
    """Return the rows with cells that ``text`` begins with, the last number, and the rest."""
    if "\r" in text:
        raise _NotPlain
    rows: list[SheetRow] = []
    at, length = 0, len(text)
    while at < length:
        head = _ROW.match(text, at)
        if head is None:
            if text[at:].isspace():
                break
            raise _NotPlain
        cells: list[RawCell] = []
        end = head.end()
        if not head[2]:
            close = text.find("</row>", end)
            if close < 0:
                return rows, number, text[at:]
            cells = _cells(text[end:close], outside)
            end = close + 6
        at = end
        number, is_hidden = _row_facts(head[1], number)
        if cells:
            rows.append(SheetRow(number, is_hidden, cells))
    return rows, number, ""


def _cells(inner: str, outside: Callable[[str], None]) -> list[RawCell]:
    """Return the cells of one row, or raise _NotPlain unless they are all there is in it."""
    cells: list[RawCell] = _SIMPLE_CELL.findall(inner)
    # Anything else between the cells would add a bracket.
    if inner.count("<") != 4 * len(cells) - 3 * inner.count("/>"):
        found = _CELL.findall(inner)
        if sum([len(cell[0]) for cell in found]) != len(inner):
            raise _NotPlain
        cells = []
        for _, reference, style, kind, formula, value, inline in found:
            if formula:
                outside(formula)
            cells.append(_cell(reference, style, kind, formula, value, inline))
    if "&" in inner:
        cells = [(*cell[:3], resolve(cell[3])) if "&" in cell[3] else cell for cell in cells]
    return cells


def _cell(reference: str, style: str, kind: str, formula: str, value: str, inline: str) -> RawCell:
    if kind == "inlineStr":
        return reference, style, kind, inline
    if formula and not value and kind not in ("str", LONG):
        return reference, style, NO_RESULT, ""
    return reference, style, kind, value


def _row_facts(attributes: str, number: int) -> tuple[int, bool]:
    """Return the number of a row and whether it is hidden, from its attributes as text."""
    plain = _NUMBERED.fullmatch(attributes)
    if plain is not None:
        return _rising(int(plain[1]), number), False
    return row_facts(dict(_ATTRIBUTE.findall(attributes)), number)


def row_facts(attributes: Attributes, number: int) -> tuple[int, bool]:
    """Return the number of a row that follows row ``number``, and whether it is hidden."""
    own = attributes.get("r", "")
    if own and not (own.isascii() and own.isdigit() and len(own) < 9):
        raise broken(f"a row numbered {own[:20]}")
    is_low = "ht" in attributes and float(attributes["ht"]) < _LOW_HEIGHT
    found = _rising(int(own) if own else number + 1, number)
    return found, is_low or is_true(attributes.get("hidden"))


def _rising(number: int, last: int) -> int:
    if not last < number <= MAX_ROWS:
        raise broken(f"row {number} after row {last}")
    return number


def is_true(text: str | None) -> bool:
    """Read a boolean attribute."""
    return text in ("1", "true", "on")


class _Sheet(Target):
    """Collects rows from events, and the facts around them."""

    def __init__(
        self, limits: IntakeLimits, facts: SheetFacts, merged: Callable[[str], None]
    ) -> None:
        self.rows: list[SheetRow] = []
        self.last_tag = ""
        self._facts = facts
        self._merged = merged
        self._inside: list[str] = []
        self._row = SheetRow(0, False, [])
        self._column = 0
        self._cell: list[str] | None = None
        self._text = TextKeeper(limits)
        self._others = 0
        self._most = limits.part_elements
        self._is_text = False
        self._phonetic = 0
        self._filter_range = ""

    def start(self, tag: str, attributes: Attributes) -> None:
        name = local(tag)
        self.last_tag = name
        self._is_text = False
        match name:
            case "c":
                self._open_cell(attributes)
            case "v" | "f" if self._cell is not None:
                self._text.take()
                self._is_text = True
            case "t" if self._cell is not None and not self._phonetic:
                # The runs of a rich text are one text; what began as a value is none.
                self._is_text = True
            case "is":
                self._text.take()
            case "rPh":
                self._phonetic += 1
            case "row":
                number, is_hidden = row_facts(attributes, self._row.number)
                self._row = SheetRow(number, is_hidden, [])
                self._column = 0
            case _:
                self._around(name, attributes)
        self._inside.append(name)

    def end(self, tag: str) -> None:
        name = local(tag)
        self._inside.pop()
        if self._cell is not None:
            if name == "v":
                self._keep(4)
            elif name == "f":
                self._cell[3] = self._text.take()[0] or "="
                self.take_formula(self._cell[3])
            elif name == "is":
                self._keep(5)
            elif name == "c":
                self._row.cells.append(_cell(*self._cell))
                self._cell = None
        if name == "row":
            if self._row.cells:
                self.rows.append(self._row)
            self._row = SheetRow(self._row.number, False, [])
        elif name == "rPh":
            self._phonetic -= 1
        self._is_text = False

    def data(self, text: str) -> None:
        if self._is_text:
            self._text.add(text)

    def take_formula(self, formula: str) -> None:
        """Note a formula that fetches something from outside; its result is what counts."""
        if _FETCHES.search(_QUOTED.sub("", formula)):
            self._facts.fetching += 1

    def _keep(self, place: int) -> None:
        assert self._cell is not None  # noqa: S101 - asked by the caller
        text, length = self._text.take()
        if length:
            self._cell[2], self._cell[4] = LONG, str(length)
        else:
            self._cell[place] = text

    def _open_cell(self, attributes: Attributes) -> None:
        reference = attributes.get("r")
        if reference is None:
            letters = column_letters(self._column + 1)
            reference = f"{letters}{self._row.number}"
        else:
            match = _REFERENCE.fullmatch(reference)
            if match is None or int(match[2]) != self._row.number:
                raise broken(f"cell {reference[:20]} in row {self._row.number}")
            letters = match[1]
        self._column = column_number(letters)
        style = attributes.get("s", "0")
        if not (style.isascii() and style.isdigit() and len(style) < _MAX_STYLE_DIGITS):
            raise broken(f"the style of cell {reference}")
        self._cell = [reference, str(int(style)), attributes.get("t", ""), "", "", ""]

    def _around(self, name: str, attributes: Attributes) -> None:
        """Take an element that is no part of a cell."""
        facts = self._facts
        self._others += 1
        if self._others > self._most:
            raise broken(f"more than {self._most} elements beside the cells")
        match name:
            case "mergeCell":
                self._merged(attributes.get("ref", ""))
            case "col":
                is_narrow = "width" in attributes and float(attributes["width"]) < _NARROW_WIDTH
                if is_narrow or is_true(attributes.get("hidden")):
                    _add_columns(facts, attributes)
            case "sheetPr":
                facts.is_filtered = is_true(attributes.get("filterMode"))
            case _ if name in CRITERIA and self._inside[:2] == ["worksheet", "autoFilter"]:
                facts.filtered.append(self._filter_range)
            case "autoFilter":
                self._filter_range = attributes.get("ref", "")


def _add_columns(facts: SheetFacts, attributes: Attributes) -> None:
    first, last = int(attributes["min"]), int(attributes["max"])
    if not 1 <= first <= last <= MAX_COLUMNS or len(facts.hidden_columns) >= MAX_COLUMNS:
        raise broken(f"columns {first} to {last}")
    facts.hidden_columns.append((first, last))
