"""Records of old workbooks that ``xlrd`` passes over: filters, links, code, what is embedded."""

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field

_BOF, _EOF = (0x0809, 0x0409, 0x0209, 0x0009), 0x0A
_BOUNDSHEET, _SUPBOOK, _EXTERNSHEET, _PROJECT = 0x85, 0x1AE, 0x17, 0xD3
_DATA_CONNECTIONS = (0x876, 0x1AD, 0xDC)  # DCONN, QSI, DBQUERY
_FILTER_MODE = 0x9B
_FORMULA = (0x06, 0x206, 0x406)
_PICTURES, _PIVOT_CACHE = 0xEB, 0xD5
_MACRO_SHEETS = (b"\x01", b"\x06")
_OWN_BOOK, _ADD_IN = b"\x01\x04", b"\x01\x3a"
_CALCULATE_ON_LOAD = 0x02
_BLIPS = 0xF001
_BIFF8 = 80
# Records of cells begin with row and column; those of several cells end with the last column.
_CELLS = (0x06, 0x206, 0x406, 0x201, 0x203, 0x204, 0x205, 0x27E, 0xFD, 0xD6, 0xBD, 0xBE)
_SEVERAL = (0xBD, 0xBE)
_COLUMNS = 256
_MAX_UNCALCULATED = 2_000_000


@dataclass
class WorkbookRecords:
    """What the workbook as a whole holds beside its sheets."""

    has_macros: bool = False
    has_pictures: bool = False
    has_pivot_cache: bool = False
    link_count: int = 0
    connection_count: int = 0


@dataclass
class SheetRecords:
    """What a sheet holds beside its cells; ``uncalculated`` are formulas without a result."""

    is_filtered: bool = False
    connection_count: int = 0
    uncalculated: set[tuple[int, int]] = field(default_factory=set)


def scan_workbook(stream: bytes, start: int) -> WorkbookRecords:
    """Return what the records of the workbook itself say."""
    found = WorkbookRecords()
    version = 0
    drawings: list[bytes] = []
    for code, data in _records(stream, start):
        if code in _BOF and not version:
            version = _BIFF8 if data[:2] == b"\x00\x06" else 50
        elif code == _PROJECT or (code == _BOUNDSHEET and data[5:6] in _MACRO_SHEETS):
            found.has_macros = True
        elif _is_link(code, data, version):
            found.link_count += 1
        elif code in _DATA_CONNECTIONS:
            found.connection_count += 1
        elif code == _PIVOT_CACHE:
            found.has_pivot_cache = True
        elif code == _PICTURES:
            drawings.append(data)
    found.has_pictures = _holds_pictures(b"".join(drawings))
    return found


def _is_link(code: int, data: bytes, version: int) -> bool:
    """Tell whether a record names another file; older versions put it in the record of a sheet."""
    if code == _SUPBOOK:
        return data[2:4] not in (_OWN_BOOK, _ADD_IN)
    return code == _EXTERNSHEET and version < _BIFF8 and data[1:2] == b"\x01"


def scan_sheet(stream: bytes, start: int, version: int) -> SheetRecords:
    """Return what the records of the sheet at ``start`` say; drawings inside it are passed over.

    Raises ValueError for a cell beyond the columns that the format has, which would make
    ``xlrd`` fill the row up to it.
    """
    found = SheetRecords()
    for code, data in _records(stream, start):
        if code in _CELLS:
            columns = (data[2:4], data[-2:]) if code in _SEVERAL else (data[2:4],)
            if any(int.from_bytes(column, "little") >= _COLUMNS for column in columns):
                raise ValueError("a cell beyond the last column")
        if code == _FILTER_MODE:
            found.is_filtered = True
        elif code in _DATA_CONNECTIONS:
            found.connection_count += 1
        elif code in _FORMULA and version >= 50 and len(data) >= 16:
            row, column = struct.unpack_from("<HH", data)
            flags = struct.unpack_from("<H", data, 14)[0]
            if flags & _CALCULATE_ON_LOAD and len(found.uncalculated) < _MAX_UNCALCULATED:
                found.uncalculated.add((row, column))
    return found


def _records(stream: bytes, start: int) -> Iterator[tuple[int, bytes]]:
    """Yield (code, data) of one substream, without those nested in it."""
    place, depth = start, 0
    while place + 4 <= len(stream):
        code, length = struct.unpack_from("<HH", stream, place)
        data = stream[place + 4 : place + 4 + length]
        place += 4 + length
        depth += (code in _BOF) - (code == _EOF)
        if depth <= 0:
            return
        if depth == 1:
            yield code, data


def _holds_pictures(drawing: bytes) -> bool:
    """Tell whether the drawings of a workbook have a store of pictures."""
    place = 8  # behind the head of the container
    while place + 8 <= len(drawing):
        kind, length = struct.unpack_from("<HI", drawing, place + 2)
        if kind == _BLIPS:
            return True
        place += 8 + length
    return False
