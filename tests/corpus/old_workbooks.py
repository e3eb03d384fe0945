"""Old workbooks (.xls), made record by record."""

import struct
from typing import Any

from tests.corpus.case import Case, Place, Row, of_family
from tests.corpus.workbooks import BOOK_ITEM
from tests.rows import biff

HEADER = ("code", "x", "y")
TWO = [{"code": "A", "x": "甲"}, {"code": "B", "x": "𠮷"}]
TABLE = [HEADER, ("A", "甲", None), ("B", "𠮷", None)]
EXTERNAL = biff.record(0x1AE, struct.pack("<HHB", 1, 9, 0) + b"other.xls")


def right(name: str, about: str, content: bytes, rows: list[Row], **given: Any) -> Case:
    return Case(
        name,
        about,
        content,
        rows,
        filename="table.xls",
        item=BOOK_ITEM,
        seen={"format": "xls"},
        **given,
    )


def blocked(name: str, about: str, content: bytes, *places: Place, **given: Any) -> Case:
    return Case(
        name, about, content, problems=places, filename="table.xls", item=BOOK_ITEM, **given
    )


def cell(record: bytes, **given: Any) -> bytes:
    """Return a workbook whose cell B2 is ``record``."""
    return biff.book([HEADER, ("A", None, "end")], record, **given)


def becoming(name: str, about: str, record: bytes, text: str, **given: Any) -> Case:
    content = cell(
        record, **{key: given.pop(key) for key in ("formats", "starts_1904") if key in given}
    )
    return right(name, about, content, [{"code": "A", "x": text, "y": "end"}], **given)


def patched(content: bytes, place: int, new: bytes) -> bytes:
    return content[:place] + new + content[place + len(new) :]


def circular() -> bytes:
    """Return a container whose table of sectors leads in a circle."""
    made = biff.book(TABLE)
    table = len(made) - 512
    first = struct.unpack_from("<I", made, 48)[0]
    return patched(made, table + 4 * first, struct.pack("<I", first))


def unnamed_encoding() -> bytes:
    text = "诊".encode("gbk")
    bof = biff.record(0x809, struct.pack("<HHHH", 0x500, 5, 0, 1995))
    font = biff.record(
        0x31, struct.pack("<HHHHHBBBBB", 200, 0, 0x7FFF, 400, 0, 0, 0, 0, 0, 5) + b"Arial"
    )
    head = bof + font * 4 + biff.record(0xE0, struct.pack("<HHH10x", 0, 0, 1)) * 16
    place = len(head) + 16
    head += biff.record(0x85, struct.pack("<IHB", place, 0, 1) + b"a") + biff.record(0x0A)
    sheet = biff.record(0x809, struct.pack("<HHHH", 0x500, 16, 0, 1995))
    for row, value in enumerate([b"code", text]):
        sheet += biff.record(0x204, struct.pack("<HHHH", row, 0, 15, len(value)) + value)
    return head + sheet + biff.record(0x0A)


CASES = of_family(
    "old workbooks",
    [
        right(
            "a table",
            "Text in UTF-16, a character beyond the first plane.",
            biff.book(TABLE),
            TWO,
        ),
        right(
            "without its container",
            "The bare records of a program.",
            biff.workbook(("a", 0, biff.cells(TABLE))),
            TWO,
        ),
        becoming("0.1 + 0.2", "Fifteen digits.", biff.number(1, 1, 0.1 + 0.2), "0.3"),
        becoming("zeros in front", "A code as text.", biff.label(1, 1, "007"), "007"),
        becoming("true", "A cell of yes and no.", biff.boolean(1, 1, True), "true"),
        becoming("a formula", "Its result counts.", biff.formula(1, 1, 2.5), "2.5"),
        becoming(
            "a date",
            "By its format.",
            biff.number(1, 1, 43841, style=16),
            "2020-01-11",
            formats=["yyyy-mm-dd"],
        ),
        becoming(
            "a date counted from 1904",
            "As old Macintoshes do.",
            biff.number(1, 1, 43841 - 1462, style=16),
            "2020-01-11",
            formats=["yyyy-mm-dd"],
            starts_1904=True,
        ),
        blocked("an error value", "#N/A.", cell(biff.error(1, 1, "#N/A")), ("error-cell", 2, "x")),
        blocked(
            "a formula that was never calculated",
            "The flag of the record says so.",
            cell(biff.formula(1, 1, 0.0, flags=2)),
            ("formula-without-value", 2, "x"),
        ),
        blocked(
            "18 digits",
            "As a number.",
            cell(biff.number(1, 1, 370100199003071234.0)),
            ("damaged-number", 2, "x"),
        ),
        blocked(
            "not a number",
            "NaN in eight bytes.",
            cell(biff.number(1, 1, float("nan"))),
            ("error-cell", 2, "x"),
        ),
        blocked(
            "infinity",
            "In eight bytes.",
            cell(biff.number(1, 1, float("inf"))),
            ("error-cell", 2, "x"),
        ),
        blocked(
            "a negative date",
            "No day has its number.",
            cell(biff.number(1, 1, -5.0, style=16), formats=["yyyy-mm-dd"]),
            ("error-cell", 2, "x"),
        ),
        blocked(
            "29 February 1900",
            "Which Excel counts and no calendar has.",
            cell(biff.number(1, 1, 60.0, style=16), formats=["yyyy-mm-dd"]),
            ("error-cell", 2, "x"),
        ),
        blocked(
            "merged cells",
            "In the data.",
            biff.book([HEADER, ("A", "x", None), ("B", None, None)], biff.merged(1, 2, 1, 1)),
            ("merged-cell", 2, "x"),
        ),
        blocked(
            "a hidden row",
            "With content.",
            biff.book(TABLE, biff.hidden_row(2)),
            ("hidden-row", 3, None),
        ),
        blocked(
            "a hidden column",
            "With a header.",
            biff.book(TABLE, biff.hidden_column(1)),
            ("hidden-column", None, "B"),
        ),
        blocked(
            "a comment",
            "Its first words are shown.",
            biff.book(TABLE, biff.comment(1, 1, "内部批注")),
            ("cell-comment", 2, "B"),
            says=["内部批注"],
        ),
        blocked(
            "a filter",
            "That hides rows.",
            biff.book(TABLE, biff.record(0x9B)),
            ("active-filter", None, None),
        ),
        blocked(
            "a hidden sheet",
            "By name.",
            biff.container(
                {
                    "Workbook": biff.workbook(
                        ("公开", 0, biff.cells(TABLE)), ("内部", 1, biff.cells([("x",)]))
                    )
                }
            ),
            ("hidden-sheet", None, None),
            says=["内部"],
        ),
        blocked(
            "a link to another workbook",
            "SUPBOOK.",
            biff.book(TABLE, extra=EXTERNAL),
            ("external-link", None, None),
        ),
        blocked(
            "an embedded object",
            "OLE.",
            biff.container({"Workbook": biff.workbook(("表1", 0, biff.cells(TABLE)))}, ["MBD0001"]),
            ("embedded-object", None, None),
        ),
        blocked(
            "macros",
            "VBA.",
            biff.container({"Workbook": biff.workbook(("a", 0, b""))}, ["_VBA_PROJECT_CUR"]),
            ("macro-workbook", None, None),
        ),
        blocked(
            "macros of Excel 4.0",
            "A sheet of them.",
            biff.container(
                {"Workbook": biff.workbook(("a", 0, biff.cells(TABLE)), ("m", 0x100, b""))}
            ),
            ("macro-workbook", None, None),
        ),
        blocked(
            "a password",
            "FILEPASS.",
            biff.book(TABLE, extra=biff.record(0x2F, bytes(54))),
            ("encrypted-workbook", None, None),
        ),
        blocked(
            "an encrypted new workbook",
            "Which is a container too.",
            biff.container({"EncryptedPackage": bytes(5000), "EncryptionInfo": b"x"}),
            ("encrypted-workbook", None, None),
        ),
        blocked(
            "a cell beyond the last column",
            "It would fill a row with blanks.",
            cell(biff.number(1, 65535, 1.0)),
            ("broken-workbook", None, None),
        ),
        blocked(
            "Excel 95 that names no encoding",
            "GBK or not, nobody knows.",
            unnamed_encoding(),
            ("broken-workbook", None, None),
        ),
        blocked(
            "a circle of sectors",
            "It would be read for ever.",
            circular(),
            ("broken-workbook", None, None),
        ),
        blocked(
            "sectors of two gigabytes",
            "The header lies.",
            patched(biff.book(TABLE), 30, b"\x1f\x00"),
            ("broken-workbook", None, None),
        ),
        blocked(
            "Word",
            "WordDocument.",
            biff.container({"WordDocument": b"x"}),
            ("unsupported-format", None, None),
            says=[".doc"],
        ),
        blocked(
            "an Outlook message",
            "As people forward tables.",
            biff.container({"__properties_version1.0": b"x"}),
            ("unsupported-format", None, None),
            says=[".msg"],
        ),
        blocked(
            "a container of nothing known",
            "OLE of some program.",
            biff.container({"x": b"x"}),
            ("unsupported-format", None, None),
        ),
        blocked(
            "half a surrogate",
            "In UTF-16.",
            cell(biff.record(0x204, struct.pack("<HHHHB", 1, 1, 15, 1, 1) + b"\x00\xd8")),
            ("broken-workbook", None, None),
        ),
    ],
)
