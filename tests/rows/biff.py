"""Old workbooks and OLE containers, made record by record, so that a test can make bad ones."""

import struct
from collections.abc import Mapping, Sequence

Cell = str | float | bool | None
_SECTOR = 512
_END, _FREE, _FAT = 0xFFFFFFFE, 0xFFFFFFFF, 0xFFFFFFFD
_ERRORS = {"#NULL!": 0x00, "#DIV/0!": 0x07, "#VALUE!": 0x0F, "#REF!": 0x17, "#N/A": 0x2A}


def record(code: int, data: bytes = b"") -> bytes:
    """Return one record."""
    return struct.pack("<HH", code, len(data)) + data


def label(row: int, column: int, text: str, style: int = 15) -> bytes:
    """Return a cell of text."""
    coded = text.encode("utf-16-le")
    length = len(coded) // 2
    return record(0x204, struct.pack("<HHHHB", row, column, style, length, 1) + coded)


def number(row: int, column: int, value: float, style: int = 15) -> bytes:
    """Return a cell with a number."""
    return record(0x203, struct.pack("<HHHd", row, column, style, value))


def boolean(row: int, column: int, value: bool) -> bytes:
    """Return a cell that is true or false."""
    return record(0x205, struct.pack("<HHHBB", row, column, 15, value, 0))


def error(row: int, column: int, name: str) -> bytes:
    """Return a cell with an error."""
    return record(0x205, struct.pack("<HHHBB", row, column, 15, _ERRORS[name], 1))


def formula(row: int, column: int, result: float, *, flags: int = 0) -> bytes:
    """Return a formula (=1) with a number as its result; flag 2 says that it is not calculated."""
    tokens = b"\x1e\x01\x00"
    head = struct.pack("<HHHdHIH", row, column, 15, result, flags, 0, len(tokens))
    return record(0x06, head + tokens)


def hidden_row(row: int) -> bytes:
    """Return the record of a hidden row."""
    return record(0x208, struct.pack("<HHHHHHI", row, 0, 9, 255, 0, 0, 0x20 | 0x100))


def hidden_column(column: int) -> bytes:
    """Return the record of a hidden column."""
    return record(0x7D, struct.pack("<HHHHHH", column, column, 2340, 15, 1, 0))


def merged(top: int, bottom: int, left: int, right: int) -> bytes:
    """Return the record of one merged range."""
    return record(0xE5, struct.pack("<HHHHH", 1, top, bottom, left, right))


def comment(row: int, column: int, text: str) -> bytes:
    """Return a comment: the drawn object, its text, and the note that ties it to a cell."""
    shape = record(
        0x5D, struct.pack("<HHHHH12x", 0x15, 18, 0x19, 1, 0x4011) + struct.pack("<HH", 0, 0)
    )
    coded = b"\x01" + text.encode("utf-16-le")
    head = struct.pack("<HHHHHHHH", 0x212, 0, 0, 0, 0, len(text), 16, 0) + b"\x00\x00"
    runs = struct.pack("<HHIHHI", 0, 0, 0, len(text), 0, 0)
    drawn = shape + record(0x1B6, head) + record(0x3C, coded) + record(0x3C, runs)
    return drawn + record(0x1C, struct.pack("<HHHHHB", row, column, 0, 1, 2, 0) + b"me\x00")


def cells(rows: Sequence[Sequence[Cell]]) -> bytes:
    """Return the records of plain cells."""
    found = b""
    for row, values in enumerate(rows):
        for column, value in enumerate(values):
            if isinstance(value, bool):
                found += boolean(row, column, value)
            elif isinstance(value, str):
                found += label(row, column, value)
            elif value is not None:
                found += number(row, column, value)
    return found


def workbook(
    *sheets: tuple[str, int, bytes],
    formats: Sequence[str] = (),
    starts_1904: bool = False,
    extra: bytes = b"",
) -> bytes:
    """Return a BIFF8 stream of ``sheets``: name, 0 or 1 for hidden, records.

    Cell style 15 is plain; 16, 17 … have the number formats ``formats``. ``extra`` are records
    of the workbook itself.
    """
    bof = struct.pack("<HHHHII", 0x600, 5, 0, 1997, 0, 0)
    font = record(
        0x31, struct.pack("<HHHHHBBBBBB", 200, 0, 0x7FFF, 400, 0, 0, 0, 0, 0, 5, 0) + b"Arial"
    )
    head = record(0x809, bof) + record(0x42, struct.pack("<H", 1200))
    head += record(0x22, struct.pack("<H", starts_1904)) + font * 4
    for place, text in enumerate(formats):
        coded = text.encode("utf-16-le")
        head += record(0x41E, struct.pack("<HHB", 200 + place, len(text), 1) + coded)
    for place in range(16 + len(formats)):
        kind = 0xFFF5 if place < 15 else 1
        number_format = 200 + place - 16 if place > 15 else 0
        head += record(0xE0, struct.pack("<HHH14x", 0, number_format, kind))
    head += extra
    bodies = [
        record(0x809, struct.pack("<HHHHII", 0x600, 16, 0, 1997, 0, 0)) + body + record(0x0A)
        for _, _, body in sheets
    ]
    names = [
        struct.pack("<HBB", hidden, len(name), 1) + name.encode("utf-16-le")
        for name, hidden, _ in sheets
    ]
    place = len(head) + sum(8 + len(name) for name in names) + 4
    for name, body in zip(names, bodies, strict=True):
        head += record(0x85, struct.pack("<I", place) + name)
        place += len(body)
    return head + record(0x0A) + b"".join(bodies)


def book(rows: Sequence[Sequence[Cell]], more: bytes = b"", **given: object) -> bytes:
    """Return a workbook file of one sheet with ``rows`` and ``more`` records."""
    return container({"Workbook": workbook(("表1", 0, cells(rows) + more), **given)})  # type: ignore[arg-type]


def container(
    streams: Mapping[str, bytes], storages: Sequence[str] = (), root_class: bytes = bytes(16)
) -> bytes:
    """Return an OLE container of ``streams`` and empty ``storages``."""
    names = ["Root Entry", *streams, *storages]
    directory_sectors = -(-len(names) // 4)
    sectors: list[bytes] = []
    chain: list[int] = []
    starts: dict[str, int] = {}
    for name, given in streams.items():
        content = given.ljust(4096, b"\x00")
        count = -(-len(content) // _SECTOR)
        starts[name] = len(chain)
        chain += [*range(len(chain) + 1, len(chain) + count), _END]
        sectors += [
            content[at * _SECTOR :][:_SECTOR].ljust(_SECTOR, b"\x00") for at in range(count)
        ]
    first = len(chain)
    chain += [*range(first + 1, first + directory_sectors), _END]
    entries = b""
    for place, name in enumerate(names):
        coded = name.encode("utf-16-le") + b"\x00\x00"
        kind = 5 if place == 0 else 2 if name in streams else 1
        child = 1 if place == 0 and len(names) > 1 else _FREE
        right = place + 1 if 0 < place < len(names) - 1 else _FREE
        links = struct.pack("<III", _FREE, right, child)
        size = max(4096, len(streams[name])) if kind == 2 else 0
        start = starts.get(name, _END if kind == 5 else 0)
        class_id = root_class if place == 0 else bytes(16)
        entries += coded.ljust(64, b"\x00") + struct.pack("<HBB", len(coded), kind, 1) + links
        entries += class_id + bytes(20) + struct.pack("<IQ", start, size)
    sectors += [
        entries[at * _SECTOR :][:_SECTOR].ljust(_SECTOR, b"\x00") for at in range(directory_sectors)
    ]
    tables = 1
    while tables * 128 < len(chain) + tables:
        tables += 1
    table_at = list(range(len(chain), len(chain) + tables))
    chain += [_FAT] * tables
    chain += [_FREE] * (tables * 128 - len(chain))
    head = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16)
    head += struct.pack("<HHHHH6x", 0x3E, 3, 0xFFFE, 9, 6)
    head += struct.pack("<IIIIIIIII", 0, tables, first, 0, 4096, _END, 0, _END, 0)
    head += struct.pack("<109I", *table_at, *[_FREE] * (109 - tables))
    return head + b"".join(sectors) + struct.pack(f"<{len(chain)}I", *chain)
