"""Workbooks that attack: each ends in a clear refusal, in a real child, within small limits."""

import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from gongkai.rows.limits import MIB, IntakeLimits
from gongkai.services.intake import Intake, read_file
from gongkai.testing import make_field
from tests.rows.tables import item_of_fields
from tests.rows.xlsx_books import MAIN, packed, parts_of, relations, row, worksheet

ITEM = item_of_fields(make_field("x"), make_field("y"))
DATA = worksheet(row(2, "A", "1"), row(3, "B", "2"))
SHEET = "xl/worksheets/sheet1.xml"
# Of the processor, generously: machines differ, and a slow one must not fail.
SECONDS, BYTES = 40.0, 600 * MIB
Attack = Callable[[Path], None]
LAUGHS = (
    '<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY a "lol">'
    + "".join(
        f'<!ENTITY {b} "{(f"&{a};") * 10}">' for a, b in zip("abcdefgh", "bcdefghi", strict=True)
    )
    + "]>"
)


def book(**parts: str | bytes) -> Attack:
    return lambda path: path.write_bytes(packed({**parts_of(DATA), **parts}))  # type: ignore[return-value]


def sheet(xml: str | bytes) -> Attack:
    return book(**{SHEET: xml})


def streamed(part: str, pieces: Callable[[], Iterator[bytes]]) -> Attack:
    """Write a part piece by piece, so that the test itself stays small."""

    def write(path: Path) -> None:
        others = parts_of(DATA, related=RELATED)
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
            for name, content in others.items():
                if name != part:
                    archive.writestr(name, content)
            with archive.open(part, "w", force_zip64=True) as target:
                for piece in pieces():
                    target.write(piece)

    return write


RELATED = [("sharedStrings", "sharedStrings.xml")]
HEAD = worksheet().removesuffix("</sheetData></worksheet>").encode()
TAIL = b"</sheetData></worksheet>"


def repeated(piece: bytes, times: int, before: bytes = HEAD, after: bytes = TAIL):
    def pieces() -> Iterator[bytes]:
        yield before
        block = piece * 1000
        for _ in range(times // 1000):
            yield block
        yield after

    return pieces


def numbered_rows(cells: str = "") -> Iterator[bytes]:
    yield HEAD
    for number in range(2, 1_048_577):
        yield f'<row r="{number}">{cells.format(number)}</row>'.encode()
    yield TAIL


def rewritten(change: Callable[[bytearray], bytes | bytearray]) -> Attack:
    """Change the bytes of a right archive."""

    def write(path: Path) -> None:
        path.write_bytes(change(bytearray(packed(parts_of(DATA)))))

    return write


def overlapping(path: Path) -> None:
    """Let every entry of the directory point at the same compressed bytes."""
    content = bytearray(packed(parts_of(DATA)))
    first = content.index(b"PK\x01\x02")
    at, starts = first, []
    while content[at : at + 4] == b"PK\x01\x02":
        name, extra, comment = struct.unpack("<HHH", content[at + 28 : at + 34])
        starts.append((at, struct.unpack("<I", content[at + 42 : at + 46])[0]))
        at += 46 + name + extra + comment
    for place, _ in starts[1:]:
        content[place + 42 : place + 46] = struct.pack("<I", 10)
    path.write_bytes(content)


def lying(path: Path) -> None:
    """Say of 300 MB that they are ten bytes."""
    streamed(SHEET, repeated(b" " * 1000, 300_000))(path)
    content = bytearray(path.read_bytes())
    name = SHEET.encode()
    for mark, size_at, name_at in ((b"PK\x01\x02", 24, 46), (b"PK\x03\x04", 22, 30)):
        at = content.find(mark)
        while at >= 0:
            if content[at + name_at : at + name_at + len(name)] == name:
                content[at + size_at : at + size_at + 4] = struct.pack("<I", 10)
            at = content.find(mark, at + 4)
    path.write_bytes(content)


def many_parts(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in parts_of(DATA).items():
            archive.writestr(name, content)
        for number in range(60_000):
            archive.writestr(f"xl/x{number}", b"")


def doubled(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in parts_of(DATA).items():
            archive.writestr(name, content)
        with pytest.warns(UserWarning, match="Duplicate name"):
            archive.writestr(SHEET, worksheet(row(2, "other")))


def encrypted(content: bytearray) -> bytearray:
    at = content.find(b"PK\x01\x02")
    while at >= 0:
        content[at + 8] |= 1
        at = content.find(b"PK\x01\x02", at + 4)
    return content


def nested_tags(depth: int) -> bytes:
    return HEAD + b"<a>" * depth + b"</a>" * depth + TAIL


def deep_entities() -> str:
    names = "".join(f'<!ENTITY e{n + 1} "&e{n};">' for n in range(9000))
    return f'<!DOCTYPE a [<!ENTITY e0 "x">{names}]><a>&e9000;</a>'


def quadratic() -> str:
    return f'<!DOCTYPE a [<!ENTITY e "{"x" * 50_000}">]><a>{"&e;" * 50_000}</a>'


FAR = worksheet('<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>')
WRONG_RELATIONS = {"xl/_rels/workbook.xml.rels": relations(("worksheet", "../../../../etc/passwd"))}

ATTACKS: dict[str, tuple[Attack, str]] = {
    "two far cells": (sheet(FAR), "too-many-columns"),
    "a bomb of blanks": (streamed(SHEET, repeated(b" " * 1000, 300_000)), "too-large"),
    "a bomb that lies": (lying, "broken-workbook"),
    "a bomb in the styles": (
        streamed(
            "xl/styles.xml", repeated(b" " * 1000, 200_000, b"<styleSheet>", b"</styleSheet>")
        ),
        "too-large",
    ),
    "a bomb in the types": (
        streamed("[Content_Types].xml", repeated(b"<a/>" * 200, 200_000, b"<Types>", b"</Types>")),
        "broken-workbook",
    ),
    "parts that overlap": (overlapping, "broken-workbook"),
    "60,000 parts": (many_parts, "too-large"),
    "two parts of one name": (doubled, "broken-workbook"),
    "a part outside": (book(**{"../../evil.xml": "<x/>"}), "broken-workbook"),
    "an absolute part": (book(**{"/etc/evil.xml": "<x/>"}), "broken-workbook"),
    "encrypted parts": (rewritten(encrypted), "broken-workbook"),
    "bytes in front": (rewritten(lambda it: b"PK-not-yet" + it), "two-formats"),
    "bytes behind": (rewritten(lambda it: it + b"<html>" * 9), "broken-workbook"),
    "billion laughs": (sheet(LAUGHS + DATA), "unsafe-xml"),
    "quadratic blowup": (sheet(quadratic()), "unsafe-xml"),
    "deep entities": (sheet(deep_entities()), "unsafe-xml"),
    "an outer entity": (
        sheet('<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]>' + DATA),
        "unsafe-xml",
    ),
    "an outer document type": (
        sheet('<!DOCTYPE worksheet SYSTEM "http://127.0.0.1:9/x.dtd">' + DATA),
        "unsafe-xml",
    ),
    "a document type in UTF-16": (
        sheet(("\ufeff<!DOCTYPE a []>" + DATA).encode("utf-16-le")),
        "unsafe-xml",
    ),
    "a document type in the strings": (
        book(
            **{
                "xl/sharedStrings.xml": LAUGHS + "<sst/>",
                "xl/_rels/workbook.xml.rels": relations(
                    ("worksheet", "worksheets/sheet1.xml"), *RELATED
                ),
            }
        ),
        "unsafe-xml",
    ),
    "a document type in the relationships": (
        book(**{"_rels/.rels": LAUGHS + "<Relationships/>"}),
        "unsafe-xml",
    ),
    "deep nesting": (sheet(nested_tags(100_000)), "broken-workbook"),
    "nesting that does not end": (
        streamed(SHEET, repeated(b"<a>", 20_000_000, after=b"")),
        "broken-workbook",
    ),
    "a million attributes": (
        sheet(b"<worksheet " + b" ".join(b'a%d="1"' % n for n in range(1_000_000)) + b"/>"),
        "broken-workbook",
    ),
    "an endless attribute": (
        streamed(SHEET, repeated(b"x" * 1000, 60_000, b'<worksheet a="', b'"/>')),
        "broken-workbook",
    ),
    "an endless comment": (
        streamed(SHEET, repeated(b"x" * 1000, 60_000, b"<worksheet><!--", b"--></worksheet>")),
        "broken-workbook",
    ),
    "a gigantic cell": (
        streamed(
            SHEET,
            repeated(
                b"x" * 1000,
                1_000_000,
                HEAD + b'<row r="2"><c r="A2" t="inlineStr"><is><t>',
                b"</t></is></c></row>" + TAIL,
            ),
        ),
        "cell-too-long",
    ),
    "a gigantic value": (
        streamed(
            SHEET,
            repeated(b"1" * 1000, 1_000_000, HEAD + b'<row r="2"><c r="A2"><v>', b"</v></c></row>"),
        ),
        "cell-too-long",
    ),
    "a gigantic formula": (
        streamed(
            SHEET,
            repeated(b"1+" * 500, 1_000_000, HEAD + b'<row r="2"><c r="A2"><f>', b"</f></c></row>"),
        ),
        "cell-too-long",
    ),
    "a gigantic shared string": (
        streamed(
            "xl/sharedStrings.xml",
            repeated(b"x" * 1000, 1_000_000, b"<sst><si><t>", b"</t></si></sst>"),
        ),
        "cell-too-long",
    ),
    "ten million rows": (streamed(SHEET, repeated(b"<row/>", 10_000_000)), "broken-workbook"),
    "a row again and again": (
        streamed(SHEET, repeated(b'<row r="2"/>', 10_000_000)),
        "broken-workbook",
    ),
    "twice the same cell": (
        sheet(worksheet('<row r="2"><c r="A2"><v>1</v></c><c r="A2"><v>2</v></c></row>')),
        "broken-workbook",
    ),
    "cells that go back": (
        sheet(worksheet('<row r="2"><c r="B2"><v>1</v></c><c r="A2"><v>2</v></c></row>')),
        "broken-workbook",
    ),
    "a cell of another row": (
        sheet(worksheet('<row r="2"><c r="A3"><v>1</v></c></row>')),
        "broken-workbook",
    ),
    "a cell beyond the last column": (
        sheet(worksheet('<row r="2"><c r="ZZZ2"><v>1</v></c></row>')),
        "broken-workbook",
    ),
    "a cell without a place": (
        sheet(worksheet('<row r="2"><c r="??"><v>1</v></c></row>')),
        "broken-workbook",
    ),
    "a string that is not there": (
        sheet(worksheet('<row r="2"><c r="A2" t="s"><v>99</v></c></row>')),
        "broken-workbook",
    ),
    "a string before the first": (
        sheet(worksheet('<row r="2"><c r="A2" t="s"><v>-1</v></c></row>')),
        "broken-workbook",
    ),
    "a missing sheet": (
        lambda path: path.write_bytes(
            packed({name: part for name, part in parts_of(DATA).items() if name != SHEET})
        ),
        "broken-workbook",
    ),
    "a missing workbook": (
        lambda path: path.write_bytes(
            packed({n: p for n, p in parts_of(DATA).items() if n != "xl/workbook.xml"})
        ),
        "broken-workbook",
    ),
    "a relationship that leaves": (book(**WRONG_RELATIONS), "broken-workbook"),
    "a relationship of the workbook to itself": (
        book(**{"xl/_rels/workbook.xml.rels": relations(("worksheet", "workbook.xml"))}),
        "empty-file",
    ),
    "an archive inside": (book(**{"xl/embeddings/b.zip": packed({"a": "b"})}), "embedded-object"),
    "a style that is no number": (
        sheet(worksheet('<row r="2"><c r="A2" s="many"><v>1</v></c></row>')),
        "broken-workbook",
    ),
    "a number that is none": (
        sheet(worksheet('<row r="2"><c r="A2"><v>nan</v></c></row>')),
        "error-cell",
    ),
    "a height that is none": (
        sheet(worksheet('<row r="2" ht="tall"><c r="A2"><v>1</v></c></row>')),
        "broken-workbook",
    ),
    "elements without end": (
        streamed(SHEET, repeated(b"<a/>" * 200, 200_000)),
        "broken-workbook",
    ),
    "strings of many runs": (
        streamed("xl/sharedStrings.xml", repeated(b"<r/>" * 200, 200_000, b"<sst><si>")),
        "broken-workbook",
    ),
    "a million merged cells": (
        streamed(
            SHEET,
            repeated(
                b'<mergeCell ref="A2:B9"/>', 1_000_000, HEAD + b"</sheetData>", b"</worksheet>"
            ),
        ),
        "broken-workbook",
    ),
    "styles without end": (
        streamed(
            "xl/styles.xml",
            repeated(
                b'<xf numFmtId="0"/>',
                3_000_000,
                b"<styleSheet><cellXfs>",
                b"</cellXfs></styleSheet>",
            ),
        ),
        "broken-workbook",
    ),
}


def receive(tmp_path: Path, attack: Attack, limits: IntakeLimits | None = None) -> Intake:
    """Read what ``attack`` writes."""
    path, work_dir = tmp_path / "upload", tmp_path / "work"
    attack(path)
    work_dir.mkdir()
    return read_file(path, ITEM, filename="价格.xlsx", work_dir=work_dir, limits=limits)


@pytest.mark.parametrize("name", ATTACKS)
def test_an_attack_ends_in_a_clear_refusal(tmp_path, name):
    attack, code = ATTACKS[name]

    intake = receive(tmp_path, attack)

    found = [group.code for group in intake.report.groups]
    assert code in found, found
    assert "reader-crashed" not in found
    assert intake.report.blocks
    assert intake.cpu_seconds < SECONDS
    assert intake.peak_memory_bytes < BYTES


@pytest.mark.parametrize(
    "pieces",
    [
        repeated(b"<row/>", 1_000_000),
        numbered_rows,
        lambda: numbered_rows('<c r="A{0}" s="0"/><c r="B{0}" s="0"/><c r="C{0}" s="0"/>'),
    ],
    ids=["rows without numbers", "rows without cells", "cells without values"],
)
def test_a_million_empty_rows_are_no_rows(tmp_path, pieces):
    intake = receive(tmp_path, streamed(SHEET, pieces))

    assert [group.code for group in intake.report.groups] == ["no-rows"]
    assert intake.cpu_seconds < SECONDS
    assert intake.peak_memory_bytes < BYTES


def test_one_text_that_every_cell_shares_stays_one(tmp_path):
    """A string of 32,000 characters in 30,000 cells would be a gigabyte."""

    def write(path: Path) -> None:
        cells = b"".join(
            b'<row r="%d"><c r="A%d"><v>%d</v></c><c r="B%d" t="s"><v>0</v></c></row>'
            % (n, n, n, n)
            for n in range(2, 30_002)
        )
        parts = parts_of(DATA, related=RELATED)
        parts[SHEET] = HEAD + cells + TAIL
        parts["xl/sharedStrings.xml"] = f'<sst xmlns="{MAIN}"><si><t>{"字" * 32_000}</t></si></sst>'
        path.write_bytes(packed(parts))

    intake = receive(tmp_path, write, limits=IntakeLimits(inflated_bytes=256 * MIB))

    assert [group.code for group in intake.report.groups] == ["too-large"]
    assert intake.peak_memory_bytes < BYTES


def test_crc_of_a_part_is_checked(tmp_path):
    def write(path: Path) -> None:
        content = bytearray(packed(parts_of(DATA), compression=zipfile.ZIP_STORED))
        at = content.index(b"<t>A</t>")
        content[at + 3 : at + 4] = b"Z"
        assert zlib.crc32(bytes(content))
        path.write_bytes(content)

    assert [g.code for g in receive(tmp_path, write).report.groups] == ["broken-workbook"]
