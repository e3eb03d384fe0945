"""Workbooks of every maker, and what is read from them."""

import datetime as dt
import io
from collections.abc import Callable, Sequence
from typing import Any

import openpyxl
import xlsxwriter

from gongkai.testing import make_field
from tests.corpus.case import Case, Row, of_family
from tests.rows.tables import item_of_fields
from tests.rows.xlsx_books import (
    MAIN,
    REL,
    STYLES,
    packed,
    parts_of,
    row,
    text_cell,
    workbook,
    worksheet,
)

BOOK_ITEM = item_of_fields(make_field("x"), make_field("y"))
TWO = [{"code": "A", "x": "1"}, {"code": "B", "x": "2"}]
DATA = worksheet(row(2, "A", "1"), row(3, "B", "2"))
STRICT = "http://purl.oclc.org/ooxml/spreadsheetml/main"
STRICT_REL = "http://purl.oclc.org/ooxml/officeDocument/relationships"
Sheet = Any


def by_xlsxwriter(fill: Callable[[Any, Sheet], object], **options: Any) -> bytes:
    """Return a workbook that XlsxWriter makes."""
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(
        buffer, {"strings_to_formulas": False, "strings_to_urls": False, **options}
    )
    fill(book, book.add_worksheet("表1"))
    book.close()
    return buffer.getvalue()


def by_openpyxl(*rows: Sequence[Any], change: Callable[[Any], object] | None = None) -> bytes:
    """Return a workbook that openpyxl makes."""
    book = openpyxl.Workbook()
    assert book.active
    for one in rows:
        book.active.append(list(one))
    if change:
        change(book)
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def column(field: str, *values: Any, form: str | None = None) -> bytes:
    """Return a workbook with keys K2, K3 … and one column of ``values``, shown by ``form``."""

    def fill(book: Any, sheet: Sheet) -> None:
        shown = book.add_format({"num_format": form}) if form else None
        sheet.write_row(0, 0, ["code", field])
        for number, value in enumerate(values, start=1):
            sheet.write(number, 0, f"K{number + 1}")
            if isinstance(value, dt.date):
                sheet.write_datetime(number, 1, value, shown)
            elif value is not None:
                sheet.write(number, 1, value, shown)

    return by_xlsxwriter(fill)


def right(name: str, about: str, content: bytes, rows: Sequence[Row], **given: Any) -> Case:
    return Case(
        name,
        about,
        content,
        rows,
        filename="table.xlsx",
        seen={"format": "xlsx", **given.pop("seen", {})},
        **given,
    )


def plain(name: str, about: str, content: bytes, **given: Any) -> Case:
    """Return a case of the two rows of DATA."""
    return right(name, about, content, TWO, item=BOOK_ITEM, **given)


def becoming(name: str, about: str, content: bytes, field: str, *texts: str, **given: Any) -> Case:
    rows = [{"code": f"K{number}", field: text} for number, text in enumerate(texts, start=2)]
    return right(name, about, content, rows, **given)


DATED = STYLES.replace(
    '<cellXfs><xf numFmtId="0" fontId="0" fillId="0"/>',
    '<cellXfs><xf numFmtId="0" fontId="0" fillId="0"/><xf numFmtId="14" fontId="0" fillId="0"/>',
)


def cells(*inner: str, strings: str | None = None, styles: str = STYLES) -> bytes:
    """Return a workbook whose rows from 2 on are ``inner`` XML, perhaps with shared strings."""
    rows = (f'<row r="{number}">{xml}</row>' for number, xml in enumerate(inner, start=2))
    related = [("sharedStrings", "sharedStrings.xml")] if strings else []
    parts = parts_of(worksheet(*rows), related=related)
    parts["xl/styles.xml"] = styles
    if strings:
        parts["xl/sharedStrings.xml"] = f'<sst xmlns="{MAIN}">{strings}</sst>'
    return packed(parts)


def one_cell(kind: str, value: str, reference: str = "B2") -> bytes:
    return cells(text_cell("A2", "A") + f'<c r="{reference}"{kind}>{value}</c>')


def prefixed() -> bytes:
    xml = DATA.replace("<", "<x:").replace("<x:/", "</x:").replace('xmlns="', 'xmlns:x="')
    return workbook(xml)


def strict() -> bytes:
    parts = parts_of(
        DATA.replace(MAIN, STRICT).replace(REL, STRICT_REL), base=STRICT_REL, main=STRICT
    )
    return packed(parts)


def slashes_of_windows() -> bytes:
    return packed({name.replace("/", "\\"): part for name, part in parts_of(DATA).items()})


def without_references() -> bytes:
    return workbook(
        worksheet(
            '<row><c t="inlineStr"><is><t>A</t></is></c><c><v>1</v></c></row>',
            '<row><c t="inlineStr"><is><t>B</t></is></c><c><v>2</v></c></row>',
            header=True,
        )
    )


def starting_1904() -> bytes:
    def fill(book: Any, sheet: Sheet) -> None:
        sheet.write_row(0, 0, ["code", "day"])
        sheet.write(1, 0, "A")
        sheet.write_datetime(
            1, 1, dt.date(2026, 1, 31), book.add_format({"num_format": "yyyy-mm-dd"})
        )

    return by_xlsxwriter(fill, date_1904=True)


def with_formulas(result: Any) -> bytes:
    def fill(_: Any, sheet: Sheet) -> None:
        sheet.write_row(0, 0, ["code", "count"])
        sheet.write(1, 0, "A")
        sheet.write_formula(1, 1, "=1+1", None, result)

    return by_xlsxwriter(fill)


def far_down(_: Any, sheet: Sheet) -> None:
    sheet.write_row(4, 0, ["code", "name"])
    sheet.write_row(99_999, 0, ["A", "x"])


def rich(book: Any, sheet: Sheet) -> None:
    bold = book.add_format({"bold": True})
    sheet.write_row(0, 0, ["code", "name"])
    sheet.write(1, 0, "A")
    sheet.write_rich_string(1, 1, "一般", bold, "门诊", "诊察费")


PHONETIC = '<si><t>課</t><rPh sb="0" eb="1"><t>か</t></rPh></si><si><t>A</t></si>'
LIED = worksheet(row(2, "A", "1"), row(3, "B", "2"), before='<dimension ref="A1:XFD1048576"/>')
BLOATED = worksheet(
    row(2, "A", "1"),
    row(3, "B", "2"),
    *(f'<row r="{n}"><c r="C{n}" s="0"/></row>' for n in range(4, 50_000)),
)

RIGHT = [
    right(
        "openpyxl",
        "Text, numbers, a date, true.",
        by_openpyxl(
            ["code", "name", "price", "day", "open"], ["A", "甲", 12.5, dt.date(2026, 1, 31), True]
        ),
        [{"code": "A", "name": "甲", "price": "12.50", "day": "2026-01-31", "open": "true"}],
    ),
    becoming(
        "XlsxWriter",
        "Amounts with two decimals.",
        column("price", 12.5, 0.1 + 0.2, 1000, form='"¥"#,##0.00'),
        "price",
        "12.50",
        "0.30",
        "1000.00",
        seen={"sheet": "表1"},
    ),
    plain("inline strings", "No table of shared ones.", workbook(DATA)),
    plain("the strict kind", "Other namespaces.", strict()),
    plain("prefixed names", "x:worksheet.", prefixed()),
    plain("folders as Windows writes them", "Some versions of WPS.", slashes_of_windows()),
    plain("no references", "Cells count from the left.", without_references()),
    plain("a dimension that lies", "It claims seventeen thousand million cells.", workbook(LIED)),
    plain("50,000 empty rows with formats", "They hold nothing.", workbook(BLOATED)),
    plain(
        "UTF-16 inside",
        "Allowed by XML.",
        packed(
            parts_of(DATA)
            | {
                "xl/worksheets/sheet1.xml": (
                    '<?xml version="1.0" encoding="UTF-16"?>' + DATA
                ).encode("utf-16")
            }
        ),
    ),
    plain("stored, not packed", "No compression.", packed(parts_of(DATA), compression=0)),
    right(
        "rich text",
        "The runs of a cell are one text.",
        by_xlsxwriter(rich),
        [{"code": "A", "name": "一般门诊诊察费"}],
    ),
    right(
        "phonetic readings",
        "They are no part of the text.",
        cells('<c r="A2" t="s"><v>1</v></c><c r="B2" t="s"><v>0</v></c>', strings=PHONETIC),
        [{"code": "A", "x": "課"}],
        item=BOOK_ITEM,
    ),
    right(
        "escapes of the format",
        "A carriage return, and text that looks like an escape.",
        one_cell(' t="inlineStr"', "<is><t>a_x000D_b_x005F_x0041_</t></is>"),
        [{"code": "A", "x": "a\rb_x0041_"}],
        item=BOOK_ITEM,
    ),
    right(
        "references of XML",
        "Named and numbered.",
        one_cell(' t="inlineStr"', "<is><t>&lt;b&gt;&#x4E00;&#127973;</t></is>"),
        [{"code": "A", "x": "<b>一🏥"}],
        item=BOOK_ITEM,
    ),
    right(
        "formulas as text",
        "They are texts, not formulas.",
        column("name", "=1+1", "@x"),
        [{"code": "K2", "name": "=1+1"}, {"code": "K3", "name": "@x"}],
    ),
    right(
        "a formula with its result",
        "The result counts.",
        with_formulas(2),
        [{"code": "A", "count": "2"}],
    ),
    right(
        "days counted from 1904",
        "As old Macintoshes do.",
        starting_1904(),
        [{"code": "A", "day": "2026-01-31"}],
    ),
    becoming(
        "dates in many formats",
        "Chinese ones too.",
        column("day", dt.date(2026, 1, 31), dt.date(2024, 2, 29), form='yyyy"年"m"月"d"日"'),
        "day",
        "2026-01-31",
        "2024-02-29",
    ),
    becoming(
        "instants",
        "To the second.",
        column("moment", dt.datetime(2026, 1, 31, 8, 5, 6), form="yyyy/m/d h:mm:ss"),
        "moment",
        "2026-01-31T08:05:06+08:00",
    ),
    becoming(
        "a number of days without a format",
        "In a date column it is a day.",
        column("day", 43841),
        "day",
        "2020-01-11",
        cleaned={"excel-serial": 1},
    ),
    right(
        "numbers as text",
        "With the green triangle.",
        by_openpyxl(["code", "count"], ["A", "7"], ["B", "１２"]),
        [{"code": "A", "count": "7"}, {"code": "B", "count": "12"}],
        cleaned={"full-width": 1},
    ),
    becoming(
        "percents",
        "A format shows 12.5 %, the cell holds 0.125.",
        column("rate", 0.125, form="0.0%"),
        "rate",
        "0.125",
    ),
    becoming(
        "codes as whole numbers",
        "Six digits are six digits.",
        column("region", 370100),
        "region",
        "370100",
    ),
    becoming(
        "0.1 + 0.2",
        "Fifteen digits, as a spreadsheet shows.",
        column("price", 0.1 + 0.2, 4.35 * 100 / 100),
        "price",
        "0.30",
        "4.35",
    ),
    right(
        "a header in row 5, the data in row 100,000",
        "Empty rows between.",
        by_xlsxwriter(far_down),
        [{"code": "A", "name": "x"}],
    ),
    right(
        "a comment of the archive",
        "Its bytes go nowhere.",
        (lambda c: c[:-2] + b"\x08\x00<script>")(workbook(DATA)),
        TWO,
        item=BOOK_ITEM,
    ),
]

CASES = of_family("workbooks", RIGHT)
