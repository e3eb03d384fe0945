"""Workbooks and other files that attack their reader: each ends in a refusal, in little memory.

Heavier ones of the same kinds are in ``tests/services/test_hostile_xlsx.py``.
"""

import os
import random
import struct
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from gongkai.rows.limits import MIB, IntakeLimits
from tests.corpus.case import Case, Content, of_family, refusal
from tests.corpus.workbooks import BOOK_ITEM, DATA
from tests.rows.xlsx_books import packed, parts_of, relations, row, worksheet

SHEET = "xl/worksheets/sheet1.xml"
HEAD = worksheet().removesuffix("</sheetData></worksheet>").encode()
TAIL = b"</sheetData></worksheet>"
GIGABYTE = 1024 * MIB
# A real gigabyte takes minutes; the same reader meets its limit with a hundredth of it.
HUGE = GIGABYTE if os.environ.get("GONGKAI_CORPUS") == "full" else 16 * MIB
DOUBLING = "".join(
    f'<!ENTITY {b} "{f"&{a};" * 10}">' for a, b in zip("abcdefgh", "bcdefghi", strict=True)
)
LAUGHS = f'<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY a "lol">{DOUBLING}]>'


def attack(name: str, about: str, content: Content, code: str, *says: str, **given: Any) -> Case:
    return Case(
        name,
        about,
        content,
        **refusal(code, *says),
        **{"filename": "table.xlsx", "item": BOOK_ITEM, **given},
    )


def sheet(xml: str | bytes) -> bytes:
    return book(**{SHEET: xml})


def book(**parts: str | bytes) -> bytes:
    return packed({**parts_of(DATA), **parts})


def streamed(part: str, pieces: Callable[[], Iterator[bytes]]) -> Content:
    """Return what writes a workbook one of whose parts comes in pieces."""

    def write(path: Path) -> None:
        parts = parts_of(DATA, related=[("sharedStrings", "sharedStrings.xml")])
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
            for name, content in parts.items():
                if name != part:
                    archive.writestr(name, content)
            with archive.open(part, "w", force_zip64=True) as target:
                for piece in pieces():
                    target.write(piece)

    return write


def repeated(
    piece: bytes, size: int, before: bytes = HEAD, after: bytes = TAIL
) -> Callable[[], Iterator[bytes]]:
    """Return ``piece`` again and again up to ``size`` bytes."""

    def pieces() -> Iterator[bytes]:
        block = piece * max(1, MIB // len(piece))
        yield before
        for _ in range(max(1, size // len(block))):
            yield block
        yield after

    return pieces


def overlapping(path: Path) -> None:
    """Let every entry of the directory point at the same bytes."""
    content = bytearray(packed(parts_of(DATA)))
    at = content.index(b"PK\x01\x02")
    first = True
    while content[at : at + 4] == b"PK\x01\x02":
        if not first:
            content[at + 42 : at + 46] = struct.pack("<I", 10)
        first = False
        at += 46 + sum(struct.unpack("<HHH", content[at + 28 : at + 34]))
    path.write_bytes(content)


FAR = worksheet(row(2, "A", "1"), '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>')
OUTER = '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/gongkai-lure">]>'
ADDRESS = '<!DOCTYPE a SYSTEM "http://127.0.0.1:9/x.dtd">'
RELATED = [("sharedStrings", "sharedStrings.xml")]
WITH_STRINGS = relations(("worksheet", "worksheets/sheet1.xml"), *RELATED)

BOMBS = [
    attack(
        "two far cells",
        "A2 and XFD1048576: seventeen thousand million cells to fill.",
        sheet(FAR),
        "too-many-columns",
    ),
    attack(
        "64 MB of blanks in 64 KB",
        "A zip bomb.",
        streamed(SHEET, repeated(b" " * 1024, 68 * MIB)),
        "too-large",
        "unpacks to more than",
    ),
    attack(
        "a bomb in the shared strings",
        "Likewise.",
        streamed("xl/sharedStrings.xml", repeated(b" " * 1024, 68 * MIB, b"<sst>", b"</sst>")),
        "too-large",
    ),
    attack(
        "more than the limit of a workbook",
        "Though it packs badly.",
        sheet(HEAD + random.Random(1).randbytes(3 * MIB).hex().encode() + TAIL),
        "too-large",
        limits=IntakeLimits(inflated_bytes=MIB),
    ),
    attack("parts that overlap", "One part a thousand times.", overlapping, "broken-workbook"),
    attack(
        "3,000 parts",
        "More than are allowed.",
        packed({**parts_of(DATA), **{f"xl/x{n}": b"" for n in range(3000)}}),
        "too-large",
        "parts",
    ),
    attack(
        "a part outside", "../../evil.xml.", book(**{"../../evil.xml": "<x/>"}), "broken-workbook"
    ),
    attack(
        "an absolute part", "/etc/evil.xml.", book(**{"/etc/evil.xml": "<x/>"}), "broken-workbook"
    ),
    attack(
        "parts that differ in case",
        "Two parts of one name to Windows.",
        book(**{"XL/Workbook.xml": "<x/>"}),
        "broken-workbook",
    ),
    attack(
        "a relationship that leaves",
        "To a file of this machine.",
        book(
            **{
                "xl/_rels/workbook.xml.rels": relations(
                    ("worksheet", "../../../../etc/gongkai-lure")
                )
            }
        ),
        "broken-workbook",
    ),
    attack("billion laughs", "Entities of entities.", sheet(LAUGHS + DATA), "unsafe-xml"),
    attack(
        "a quadratic blow-up",
        "One long entity, often.",
        sheet(
            f'<!DOCTYPE a [<!ENTITY a "{"x" * 50_000}">]>'
            + DATA.replace("<t>A", "<t>" + "&a;" * 50_000)
        ),
        "unsafe-xml",
    ),
    attack(
        "an outer entity",
        "Of a file on this machine.",
        sheet(OUTER + DATA.replace("<t>A", "<t>&x;")),
        "unsafe-xml",
    ),
    attack(
        "an outer document type",
        "To be fetched from a server.",
        sheet(ADDRESS + DATA),
        "unsafe-xml",
    ),
    attack(
        "a document type in UTF-16",
        "Hidden from a search for ASCII.",
        sheet(("\ufeff" + OUTER + DATA).encode("utf-16-le")),
        "unsafe-xml",
    ),
    attack(
        "a document type in the strings",
        "Not in the sheet.",
        book(
            **{
                "xl/sharedStrings.xml": LAUGHS + "<sst/>",
                "xl/_rels/workbook.xml.rels": WITH_STRINGS,
            }
        ),
        "unsafe-xml",
    ),
    attack(
        "a document type in the relationships",
        "Nor there.",
        book(**{"_rels/.rels": LAUGHS + "<Relationships/>"}),
        "unsafe-xml",
    ),
    attack(
        "a document type in the types",
        "Nor there.",
        book(**{"[Content_Types].xml": LAUGHS + "<Types/>"}),
        "unsafe-xml",
    ),
    attack(
        "100,000 elements deep", "More than any stack.", sheet("<a>" * 100_000), "broken-workbook"
    ),
    attack(
        "100,000 attributes",
        "Of one element.",
        sheet("<worksheet " + " ".join(f'a{n}="1"' for n in range(150_000)) + "/>"),
        "broken-workbook",
    ),
    attack(
        "an attribute that does not end",
        "Two megabytes long.",
        streamed(SHEET, repeated(b"x" * 1024, 4 * MIB, b'<worksheet a="', b'"/>')),
        "broken-workbook",
    ),
    attack(
        "a comment that does not end",
        "Likewise.",
        streamed(SHEET, repeated(b"x" * 1024, 4 * MIB, b"<worksheet><!--", b"--></worksheet>")),
        "broken-workbook",
    ),
    attack(
        "a gigantic cell",
        "A text without end.",
        streamed(
            SHEET,
            repeated(
                b"x" * 1024,
                HUGE,
                HEAD + b'<row r="2"><c r="A2" t="inlineStr"><is><t>',
                b"</t></is></c></row>" + TAIL,
            ),
        ),
        "cell-too-long",
    ),
    attack(
        "a gigantic shared string",
        "Likewise.",
        streamed(
            "xl/sharedStrings.xml", repeated(b"x" * 1024, HUGE, b"<sst><si><t>", b"</t></si></sst>")
        ),
        "cell-too-long",
    ),
    attack(
        "two million empty rows",
        "More than a sheet has.",
        streamed(SHEET, repeated(b"<row/>", 12_000_000)),
        "broken-workbook",
    ),
    attack(
        "a row again and again",
        "Always the second.",
        streamed(SHEET, repeated(b'<row r="2"/>', 2 * MIB)),
        "broken-workbook",
    ),
    attack(
        "the same cell twice",
        "Which counts?",
        sheet(worksheet('<row r="2"><c r="A2"><v>1</v></c><c r="A2"><v>2</v></c></row>')),
        "broken-workbook",
    ),
    attack(
        "cells that go back",
        "B2 before A2.",
        sheet(worksheet('<row r="2"><c r="B2"><v>1</v></c><c r="A2"><v>2</v></c></row>')),
        "broken-workbook",
    ),
    attack(
        "a cell of another row",
        "A3 in row 2.",
        sheet(worksheet('<row r="2"><c r="A3"><v>1</v></c></row>')),
        "broken-workbook",
    ),
    attack(
        "a cell beyond the last column",
        "ZZZ2.",
        sheet(worksheet('<row r="2"><c r="ZZZ2"><v>1</v></c></row>')),
        "broken-workbook",
    ),
    attack(
        "a string that is not there",
        "Number 99.",
        sheet(worksheet('<row r="2"><c r="A2" t="s"><v>99</v></c></row>')),
        "broken-workbook",
    ),
    attack(
        "a string before the first",
        "Number -1.",
        sheet(worksheet('<row r="2"><c r="A2" t="s"><v>-1</v></c></row>')),
        "broken-workbook",
    ),
    attack(
        "a style of 200 digits",
        "No cell has one.",
        sheet(worksheet(f'<row r="2"><c r="A2" s="{"9" * 200}"><v>1.5</v></c></row>')),
        "broken-workbook",
    ),
    attack(
        "a row of 8,000 digits",
        "No sheet has one.",
        sheet(worksheet(f'<row r="{"9" * 8000}"/>')),
        "broken-workbook",
    ),
    attack(
        "a missing sheet",
        "The list names it.",
        packed({name: part for name, part in parts_of(DATA).items() if name != SHEET}),
        "broken-workbook",
    ),
    attack(
        "a missing workbook",
        "The package names it.",
        packed({name: part for name, part in parts_of(DATA).items() if name != "xl/workbook.xml"}),
        "broken-workbook",
    ),
    attack(
        "XML in an encoding that is none",
        "expat knows no klingon.",
        sheet('<?xml version="1.0" encoding="klingon"?>' + DATA),
        "broken-workbook",
    ),
    attack(
        "bytes that are not UTF-8",
        "In a text.",
        sheet(DATA.encode().replace(b"<t>A", b"<t>\xff\xfe")),
        "broken-workbook",
    ),
    attack(
        "control characters in XML",
        "U+0001.",
        sheet(DATA.replace("<t>A", "<t>\x01")),
        "broken-workbook",
    ),
]

CASES = of_family("hostile", BOMBS)
