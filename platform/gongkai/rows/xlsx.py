"""Workbooks, read as a stream of the cells that exist, in little memory.

Not by openpyxl's sheet reader: that one fills the rectangle between two far cells, alters
text that holds ``x005F_``, and cannot tell an empty cell from a formula without a result.
"""

import re
import struct
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any
from xml.parsers import expat

from gongkai.rows.limits import MIB, IntakeLimits
from gongkai.rows.problem_lists import refuse
from gongkai.rows.sheet_columns import column_number
from gongkai.rows.xlsx_cells import Cell, Styles, unescape

_CHUNK_BYTES = 256 * 1024
_BROKEN = (
    expat.ExpatError,
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    RuntimeError,
    ValueError,
    EOFError,
    OSError,
    KeyError,
)
_COMPRESSIONS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_MAX_PARTS = 2000
_MAX_RATIO = 100
_RATIO_FROM = 64 * MIB
_MAX_ROWS = 1_048_576
_REFERENCE = re.compile(r"([A-Z]{1,3})[0-9]{1,7}$")


class _Collecting:
    """A parser target that turns XML events into values, which the reader takes away."""

    def __init__(self) -> None:
        self.found: list[Any] = []

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        """Open an element."""

    def end(self, tag: str) -> None:
        """Close an element."""

    def data(self, text: str) -> None:
        """Take text inside the open element."""


class _Attributes(_Collecting):
    """Collects (local name, attributes) of every element, for the small parts."""

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        self.found.append((_local(tag), {_local(key): v for key, v in attributes.items()}))


class _Strings(_Collecting):
    """Collects the shared strings; phonetic readings are left out."""

    def __init__(self) -> None:
        super().__init__()
        self._parts: list[str] = []
        self._reading = False
        self._phonetic = 0

    def start(self, tag: str, attributes: dict[str, str]) -> None:  # noqa: ARG002
        name = _local(tag)
        if name == "si":
            self._parts = []
        elif name == "rPh":
            self._phonetic += 1
        self._reading = name == "t" and not self._phonetic

    def end(self, tag: str) -> None:
        name = _local(tag)
        if name == "si":
            self.found.append(unescape("".join(self._parts)))
        elif name == "rPh":
            self._phonetic -= 1
        self._reading = False

    def data(self, text: str) -> None:
        if self._reading:
            self._parts.append(text)


class _Sheet(_Collecting):
    """Collects (row number, cells) and, behind them, the merged ranges."""

    def __init__(self) -> None:
        super().__init__()
        self.merged: list[str] = []
        self._row = 0
        self._column = 0
        self._cells: list[Cell] = []
        self._cell: Cell | None = None
        self._text: list[str] = []
        self._reading = False
        self._phonetic = 0

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        self._reading = False
        match _local(tag):
            case "c":
                self._open_cell(attributes)
            case "v":
                self._text, self._reading = [], True
            case "t":
                self._text, self._reading = [], not self._phonetic
            case "f" if self._cell is not None:
                self._cell.has_formula = True
            case "row":
                self._row = int(attributes.get("r", self._row + 1))
                self._column, self._cells = 0, []
            case "rPh":
                self._phonetic += 1
            case "mergeCell":
                self.merged.append(attributes.get("ref", ""))

    def end(self, tag: str) -> None:
        name = _local(tag)
        if name == "v" and self._cell is not None:
            self._cell.value = "".join(self._text)
        elif name == "t" and self._cell is not None and not self._phonetic:
            self._cell.inline += "".join(self._text)
        elif name == "c" and self._cell is not None:
            self._cells.append(self._cell)
            self._cell = None
        elif name == "row":
            self.found.append((self._row, self._cells))
        elif name == "rPh":
            self._phonetic -= 1
        self._reading = False

    def data(self, text: str) -> None:
        if self._reading:
            self._text.append(text)

    def _open_cell(self, attributes: dict[str, str]) -> None:
        match = _REFERENCE.match(attributes.get("r", ""))
        self._column = column_number(match[1]) if match else self._column + 1
        self._cell = Cell(self._column, attributes.get("t", "n"), int(attributes.get("s", 0)))


class Workbook:
    """An open workbook: its first visible sheet, row by row."""

    def __init__(self, path: Path, limits: IntakeLimits) -> None:
        self._archive = _open_archive(path, limits)
        self._limits = limits
        self._inflated = 0
        self._compressed = max(1, path.stat().st_size)
        book = self._relations("", "_rels/.rels").get("officeDocument", "xl/workbook.xml")
        folder, _, name = book.rpartition("/")
        self._targets = self._relations(folder, f"{folder}/_rels/{name}.rels")
        elements = self._small(book)
        self.sheet, self._sheet_part = self._first_visible(elements)
        starts_1904 = any(
            attributes.get("date1904") in ("1", "true")
            for tag, attributes in elements
            if tag == "workbookPr"
        )
        self.styles = self._read_styles(starts_1904=starts_1904)
        self.strings = self._read_strings()
        self.merged: list[str] = []

    def rows(self) -> Iterator[tuple[int, list[Cell]]]:
        """Yield each row that exists with its number; afterwards ``merged`` is known."""
        target = _Sheet()
        last = 0
        for number, cells in self._events(self._sheet_part, target):
            if not last < number <= _MAX_ROWS:
                raise refuse("broken-workbook", reason=f"row {number} after row {last}")
            last = number
            yield number, cells
        self.merged = target.merged

    def close(self) -> None:
        self._archive.close()

    def _first_visible(self, elements: list[tuple[str, dict[str, str]]]) -> tuple[str, str]:
        for tag, attributes in elements:
            if tag == "sheet" and attributes.get("state", "visible") == "visible":
                part = self._targets.get(attributes.get("id", ""))
                if part in self._archive.NameToInfo and "chartsheet" not in str(part):
                    return attributes.get("name", ""), str(part)
        raise refuse("no-visible-sheet")

    def _relations(self, folder: str, part: str) -> dict[str, str]:
        """Return the targets of ``part`` by id and by kind, as names inside the archive."""
        found: dict[str, str] = {}
        for tag, attributes in self._small(part, optional=True):
            if tag == "Relationship" and attributes.get("TargetMode") != "External":
                target = attributes.get("Target", "")
                full = target.lstrip("/") if target.startswith("/") else f"{folder}/{target}"
                full = full.lstrip("/")
                found[attributes.get("Id", "")] = full
                found.setdefault(attributes.get("Type", "").rpartition("/")[2], full)
        return found

    def _read_styles(self, *, starts_1904: bool) -> Styles:
        formats: list[int] = []
        custom: dict[int, str] = {}
        inside = ""
        for tag, attributes in self._small(self._targets.get("styles", ""), optional=True):
            if tag in ("cellXfs", "cellStyleXfs", "dxfs"):
                inside = tag
            elif tag == "numFmt" and inside == "":
                custom[int(attributes.get("numFmtId", 0))] = attributes.get("formatCode", "")
            elif tag == "xf" and inside == "cellXfs":
                formats.append(int(attributes.get("numFmtId", 0)))
        return Styles.of(formats, custom, starts_1904=starts_1904)

    def _read_strings(self) -> list[str]:
        part = self._targets.get("sharedStrings", "")
        if part not in self._archive.NameToInfo:
            return []
        return list(self._events(part, _Strings()))

    def _small(self, part: str, *, optional: bool = False) -> list[tuple[str, dict[str, str]]]:
        if part not in self._archive.NameToInfo:
            if optional:
                return []
            raise refuse("broken-workbook", reason=f"{part} is missing")
        return list(self._events(part, _Attributes()))

    def _events(self, part: str, target: _Collecting) -> Iterator[Any]:
        """Parse ``part`` piece by piece and yield what ``target`` collects."""
        parser = expat.ParserCreate()
        parser.buffer_text = True
        parser.StartElementHandler = target.start
        parser.EndElementHandler = target.end
        parser.CharacterDataHandler = target.data
        # Nothing but a document type can declare an entity or reach for another file.
        parser.StartDoctypeDeclHandler = _refuse_doctype
        try:
            with self._archive.open(part) as file:
                for chunk in self._counted(file):
                    parser.Parse(chunk)
                    yield from target.found
                    target.found = []
            parser.Parse(b"", True)
            yield from target.found
        except _BROKEN as error:
            raise refuse("broken-workbook", reason=f"{part}: {type(error).__name__}") from error

    def _counted(self, file: IO[bytes]) -> Iterator[bytes]:
        """Yield the inflated bytes; the sizes that the archive declares prove nothing."""
        while chunk := file.read(_CHUNK_BYTES):
            self._inflated += len(chunk)
            over = self._inflated > self._limits.inflated_bytes
            bomb = self._inflated > max(_RATIO_FROM, _MAX_RATIO * self._compressed)
            if over or bomb:
                raise refuse(
                    "too-large",
                    reason_zh=f"工作簿解压后超过 {self._inflated // MIB} MiB",
                    reason_en=f"the workbook unpacks to more than {self._inflated // MIB} MiB",
                )
            yield chunk


def _local(tag: str) -> str:
    return tag.rpartition(":")[2] if ":" in tag else tag


def _refuse_doctype(*_: object) -> None:
    raise refuse("unsafe-xml")


def _open_archive(path: Path, limits: IntakeLimits) -> zipfile.ZipFile:
    try:
        archive = zipfile.ZipFile(path)
    except _BROKEN as error:
        raise refuse("broken-workbook", reason=type(error).__name__) from error
    parts = archive.infolist()
    if len(parts) > _MAX_PARTS:
        raise refuse(
            "too-large",
            reason_zh=f"工作簿内有 {len(parts)} 个部件",
            reason_en=f"the workbook has {len(parts)} parts",
        )
    if any(part.flag_bits & 1 for part in parts):
        raise refuse("broken-workbook", reason="encrypted")
    if any(part.compress_type not in _COMPRESSIONS for part in parts):
        raise refuse("broken-workbook", reason="unknown compression")
    if sum(part.file_size for part in parts) > 4 * limits.inflated_bytes:
        raise refuse(
            "too-large", reason_zh="工作簿解压后过大", reason_en="the workbook unpacks to too much"
        )
    return archive
