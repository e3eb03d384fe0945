"""Workbooks that hide something or carry it along: each thing is found, named, and blocks."""

import io
import struct
import zlib
from collections.abc import Callable
from typing import Any

import openpyxl
import xlsxwriter
from openpyxl.comments import Comment

from tests.corpus.case import Case, Place, of_family
from tests.corpus.workbooks import BOOK_ITEM, DATA, TWO
from tests.rows.xlsx_books import MAIN, packed, parts_of, relations, row, workbook, worksheet

Change = Callable[[Any, Any], object]
SECRET = worksheet(row(2, "secret"))
THREAD = (
    '<ThreadedComments xmlns="http://schemas.microsoft.com/office/spreadsheetml/2018/'
    'threadedcomments"><threadedComment ref="B2" personId="{1}" id="{2}"><text>为什么？</text>'
    "</threadedComment></ThreadedComments>"
)
TABLE = (
    f'<table xmlns="{MAIN}" id="1" name="T" displayName="T" ref="A1:B3"><autoFilter ref="A1:B3">'
    '<filterColumn colId="0"><filters><filter val="A"/></filters></filterColumn></autoFilter>'
    '<tableColumns count="2"><tableColumn id="1" name="code"/><tableColumn id="2" name="x"/>'
    "</tableColumns></table>"
)
MACRO_TYPE = (
    '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Override '
    'PartName="/xl/x.bin" ContentType="application/vnd.ms-office.vbaProject"/></Types>'
)


def hiding(name: str, about: str, change: Change, *places: Place, **given: Any) -> Case:
    """Return a case of a right workbook of nine rows that ``change`` altered."""
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer) as book:
        sheet = book.add_worksheet("价格")
        sheet.write_row(0, 0, ["code", "x", "y"])
        for number in range(1, 10):
            sheet.write_row(number, 0, [f"K{number}", f"x{number}", f"y{number}"])
        change(book, sheet)
    return blocked(name, about, buffer.getvalue(), *places, **given)


def blocked(name: str, about: str, content: bytes, *places: Place, **given: Any) -> Case:
    return Case(
        name, about, content, problems=places, filename="table.xlsx", item=BOOK_ITEM, **given
    )


def book(**parts: str | bytes) -> bytes:
    return packed({**parts_of(DATA), **parts})


def with_sheet_part(kind: str, target: str, content: str | bytes, **more: str | bytes) -> bytes:
    """Return a workbook whose sheet has a relationship to a part."""
    listed = {"xl/worksheets/_rels/sheet1.xml.rels": relations((kind, f"../{target}"))}
    return book(**listed, **{f"xl/{target}": content}, **more)


def with_book_part(kind: str, target: str, content: str | bytes, *, inside: str = "") -> bytes:
    return packed(
        {**parts_of(DATA, related=[(kind, target)], book=inside), f"xl/{target}": content}
    )


def hide_rows(_: Any, sheet: Any) -> None:
    for number in (2, 3, 7):
        sheet.set_row(number, None, None, {"hidden": True})


def flatten_row(_: Any, sheet: Any) -> None:
    sheet.set_row(4, 0)


def hide_column(_: Any, sheet: Any) -> None:
    sheet.set_column(1, 1, None, None, {"hidden": True})


def narrow_column(_: Any, sheet: Any) -> None:
    sheet.set_column(2, 2, 0.01)


def filter_rows(_: Any, sheet: Any) -> None:
    sheet.autofilter(0, 0, 9, 2)
    sheet.filter_column(0, "x == K1")
    for number in range(2, 10):
        sheet.set_row(number, None, None, {"hidden": True})


def white_text(made: Any, sheet: Any) -> None:
    sheet.write(3, 1, "secret", made.add_format({"font_color": "white"}))


def tiny_text(made: Any, sheet: Any) -> None:
    sheet.write(3, 1, "secret", made.add_format({"font_size": 1}))


def unseen_format(made: Any, sheet: Any) -> None:
    sheet.write(3, 1, 42, made.add_format({"num_format": ";;;"}))


def commented() -> bytes:
    made = openpyxl.Workbook()
    assert made.active
    for one in (["code", "x"], ["A", "1"], ["B", "2"]):
        made.active.append(one)
    made.active["B3"].comment = Comment("王医生说这个数不对", "clerk")
    buffer = io.BytesIO()
    made.save(buffer)
    return buffer.getvalue()


def formula(text: str) -> bytes:
    cell = f'<c r="A3" t="inlineStr"><is><t>B</t></is></c><c r="B3"><f>{text}</f><v>2</v></c>'
    return workbook(worksheet(row(2, "A", "1"), f'<row r="3">{cell}</row>'))


def png() -> bytes:
    """Return a picture of one dot."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        )

    size = chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0))
    return (
        b"\x89PNG\r\n\x1a\n" + size + chunk(b"IDAT", zlib.compress(b"\0\0")) + chunk(b"IEND", b"")
    )


def whole(code: str, count: int = 1) -> list[Place]:
    return [(code, None, None)] * count


CASES = of_family(
    "hidden",
    [
        blocked(
            "a hidden sheet",
            "With content.",
            workbook(("数据", "visible", DATA), ("内部", "hidden", SECRET)),
            *whole("hidden-sheet"),
            says=["内部"],
        ),
        blocked(
            "a very hidden sheet",
            "Which no menu shows.",
            workbook(("数据", "visible", DATA), ("底稿", "veryHidden", SECRET)),
            *whole("hidden-sheet"),
            says=["底稿"],
        ),
        blocked(
            "only hidden sheets",
            "Nothing to read.",
            workbook(("内部", "hidden", DATA)),
            ("no-visible-sheet", None, None),
        ),
        Case(
            "a second visible sheet",
            "Read is the first; the second is named in a warning.",
            workbook(("数据", "visible", DATA), ("说明", "visible", SECRET)),
            TWO,
            problems=whole("other-sheets"),
            says=["说明"],
            filename="table.xlsx",
            item=BOOK_ITEM,
        ),
        hiding(
            "hidden rows",
            "Named as ranges.",
            hide_rows,
            ("hidden-row", 3, None),
            ("hidden-row", 8, None),
            totals={"hidden-row": 3},
            says=["Row 3–4"],
        ),
        hiding("a row without height", "As good as hidden.", flatten_row, ("hidden-row", 5, None)),
        hiding("a hidden column", "With content.", hide_column, ("hidden-column", None, "B")),
        hiding(
            "a column of no width",
            "As good as hidden.",
            narrow_column,
            ("hidden-column", None, "C"),
        ),
        hiding("a filter", "Its rows are not told twice.", filter_rows, *whole("active-filter")),
        hiding(
            "white text", "On white ground.", white_text, ("invisible-cell", 4, "x"), says=["B4"]
        ),
        hiding("tiny text", "One point high.", tiny_text, ("invisible-cell", 4, "x")),
        hiding("a format that shows nothing", ";;;", unseen_format, ("invisible-cell", 4, "x")),
        hiding(
            "a link to another workbook",
            "In a defined name.",
            lambda made, _: made.define_name("Other", "='[1]Sheet1'!$A$1"),
            *whole("external-link"),
        ),
        hiding(
            "a picture",
            "Which may show anything.",
            lambda _, sheet: sheet.insert_image(1, 4, "x.png", {"image_data": io.BytesIO(png())}),
            *whole("embedded-object"),
            says=["a picture"],
        ),
        blocked(
            "a comment",
            "Its first words are shown.",
            commented(),
            ("cell-comment", 3, "B"),
            says=["王医生"],
        ),
        blocked(
            "a thread of comments",
            "As Excel 365 has them.",
            with_sheet_part("threadedComment", "threads.xml", THREAD),
            ("cell-comment", 2, "B"),
            says=["为什么"],
        ),
        blocked(
            "the filter of a table",
            "It hides rows too.",
            with_sheet_part("table", "table1.xml", TABLE),
            *whole("active-filter"),
            says=[],
        ),
        blocked(
            "an external link",
            "A part of its own.",
            with_book_part("externalLink", "externalLinks/e1.xml", "<externalLink/>"),
            *whole("external-link"),
        ),
        blocked(
            "a data connection",
            "To a database.",
            with_book_part("connections", "connections.xml", "<connections/>"),
            *whole("external-link"),
        ),
        blocked(
            "a formula that fetches",
            "WEBSERVICE, with a result.",
            formula("WEBSERVICE(&quot;http://example.org&quot;)"),
            *whole("external-link"),
        ),
        blocked(
            "DDE",
            "A formula that starts a program.",
            formula("cmd|'/c calc'!A0"),
            *whole("external-link"),
        ),
        blocked(
            "an embedded document",
            "OLE.",
            with_sheet_part("oleObject", "embeddings/o.bin", b"x"),
            *whole("embedded-object"),
        ),
        blocked(
            "an embedded workbook",
            "A package inside.",
            with_sheet_part("package", "embeddings/b.xlsx", workbook(DATA)),
            *whole("embedded-object"),
        ),
        blocked(
            "an archive that nothing refers to",
            "Smuggled along.",
            book(**{"xl/embeddings/x.zip": packed({"a": "b"})}),
            *whole("embedded-object"),
        ),
        blocked(
            "a pivot table's copy of its data",
            "All rows of another table.",
            with_book_part("pivotCacheDefinition", "pivotCache/p.xml", "<pivotCacheDefinition/>"),
            *whole("embedded-object"),
        ),
        blocked(
            "tracked changes",
            "What was there before.",
            with_book_part("revisionHeaders", "revisions/r.xml", "<headers/>"),
            *whole("embedded-object"),
        ),
        blocked(
            "custom XML",
            "Of anybody.",
            packed(
                {
                    **parts_of(DATA),
                    "_rels/.rels": relations(
                        ("officeDocument", "xl/workbook.xml"), ("customXml", "customXml/item1.xml")
                    ),
                    "customXml/item1.xml": "<secret/>",
                }
            ),
            *whole("embedded-object"),
        ),
        blocked(
            "macros",
            "vbaProject.bin.",
            book(**{"xl/vbaProject.bin": b"x"}),
            *whole("macro-workbook"),
        ),
        blocked(
            "macros by another name",
            "The list of types names them.",
            book(**{"[Content_Types].xml": MACRO_TYPE, "xl/x.bin": b"x"}),
            *whole("macro-workbook"),
        ),
        Case(
            "document properties",
            "Author and company are dropped, and that is said.",
            packed(
                {
                    **parts_of(DATA),
                    "_rels/.rels": relations(
                        ("officeDocument", "xl/workbook.xml"),
                        ("core-properties", "docProps/core.xml"),
                    ),
                    "docProps/core.xml": "<x>Dr. Secret</x>",
                }
            ),
            TWO,
            seen={"dropped": ["document properties"]},
            filename="table.xlsx",
            item=BOOK_ITEM,
        ),
        Case(
            "hyperlinks",
            "Only the text of the cell is taken.",
            packed(
                {
                    **parts_of(DATA),
                    "xl/worksheets/_rels/sheet1.xml.rels": relations(
                        ("hyperlink", "http://example.org"), external=["hyperlink"]
                    ),
                }
            ),
            TWO,
            seen={"dropped": ["hyperlinks"]},
            filename="table.xlsx",
            item=BOOK_ITEM,
        ),
        blocked(
            "everything at once",
            "All of it is told in one report.",
            packed(
                {
                    **parts_of(
                        (
                            "数据",
                            "visible",
                            worksheet(row(2, "A", "1"), row(3, "B", "2", attributes=' hidden="1"')),
                        ),
                        ("内部", "hidden", SECRET),
                        related=[("externalLink", "e.xml"), ("connections", "c.xml")],
                    ),
                    "xl/e.xml": "<a/>",
                    "xl/c.xml": "<a/>",
                }
            ),
            *whole("hidden-sheet"),
            *whole("external-link", 2),
            ("hidden-row", 3, None),
        ),
    ],
)
