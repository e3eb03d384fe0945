"""Workbooks with cells that cannot be taken: each is named with its place."""

import datetime as dt
from typing import Any

from tests.corpus.case import Case, Place, of_family
from tests.corpus.workbooks import (
    BOOK_ITEM,
    DATED,
    Sheet,
    by_openpyxl,
    by_xlsxwriter,
    cells,
    column,
    one_cell,
)
from tests.rows.xlsx_books import row, text_cell, workbook, worksheet


def wrong(name: str, about: str, content: bytes, *places: Place, **given: Any) -> Case:
    return Case(name, about, content, problems=places, filename="table.xlsx", **given)


def beside(_: Any, sheet: Sheet) -> None:
    sheet.write_row(0, 0, ["code", "name"])
    sheet.write_row(1, 0, ["A", "x", None, None, "note to self"])


def titled(_: Any, sheet: Sheet) -> None:
    sheet.write(0, 0, "价格表")
    sheet.write_row(1, 0, ["code", "name"])
    sheet.write_row(2, 0, ["A", "x"])


WRONG = [
    wrong(
        "a title above the header",
        "The row of the header is named.",
        by_xlsxwriter(titled),
        ("header-below", 2, None),
    ),
    wrong("an empty sheet", "No cell.", by_openpyxl(), ("empty-file", None, None)),
    wrong("a header alone", "No row.", by_openpyxl(["code", "name"]), ("no-rows", None, None)),
    wrong(
        "a formula without a result",
        "Nobody has calculated it.",
        by_openpyxl(["code", "count"], ["A", "=1+1"]),
        ("formula-without-value", 2, "count"),
    ),
    wrong(
        "error values",
        "#N/A and #DIV/0!.",
        cells(
            text_cell("A2", "A")
            + '<c r="B2" t="e"><v>#N/A</v></c><c r="C2" t="e"><v>#DIV/0!</v></c>'
        ),
        ("error-cell", 2, "x"),
        ("error-cell", 2, "y"),
        item=BOOK_ITEM,
    ),
    wrong(
        "merged cells",
        "The second is empty, whatever people see.",
        by_xlsxwriter(
            lambda _, s: [
                s.write_row(0, 0, ["code", "name"]),
                s.merge_range(1, 0, 2, 0, "A"),
                s.write(1, 1, "x"),
                s.write(2, 1, "y"),
            ]
        ),
        ("merged-cell", 2, "code"),
        ("key-empty", 3, "code"),
    ),
    wrong(
        "notes beside the table",
        "A column without a header.",
        by_xlsxwriter(beside),
        ("unnamed-column", 2, "E"),
    ),
    wrong(
        "18 digits as a number",
        "The last three are gone.",
        column("region", 370100199003071234),
        ("damaged-number", 2, "region"),
    ),
    wrong(
        "a code shown as a power of ten",
        "Digits may be lost.",
        column("region", 370100, form="0.00E+00"),
        ("number-in-code-column", 2, "region"),
    ),
    wrong(
        "bands that became dates",
        "2-3 is the second of March.",
        by_openpyxl(["code", "band"], ["A", "17-24"], ["B", dt.date(2026, 2, 3)]),
        ("date-in-text-column", 3, "band"),
        ("mangled-date", 3, "band"),
    ),
    wrong(
        "a date before any calendar",
        "A negative number of days.",
        cells(text_cell("A2", "A") + '<c r="B2" t="d"><v>not a date</v></c>'),
        ("error-cell", 2, "x"),
        item=BOOK_ITEM,
    ),
    wrong(
        "a cell of 40,000 characters",
        "More than the format allows.",
        one_cell(' t="inlineStr"', f"<is><t>{'字' * 40_000}</t></is>"),
        ("cell-too-long", 2, "x"),
        item=BOOK_ITEM,
    ),
    wrong(
        "a surrogate in an escape",
        "_xD800_ stands for no character.",
        one_cell(' t="inlineStr"', "<is><t>a_xD800_b</t></is>"),
        ("control-character", 2, "x"),
        item=BOOK_ITEM,
    ),
    wrong(
        "NUL in an escape",
        "_x0000_.",
        one_cell(' t="inlineStr"', "<is><t>a_x0000_b</t></is>"),
        ("control-character", 2, "x"),
        item=BOOK_ITEM,
    ),
    wrong(
        "a surrogate in a shared string",
        "Likewise.",
        cells(
            text_cell("A2", "A") + '<c r="B2" t="s"><v>0</v></c>',
            strings="<si><t>a_xDC00_b</t></si>",
        ),
        ("control-character", 2, "x"),
        item=BOOK_ITEM,
    ),
    wrong(
        "a surrogate in the header",
        "It is no character, so no field has it.",
        workbook(worksheet(row(1, "code", "x", "b_xD800_"), row(2, "A", "1", "2"), header=False)),
        ("unknown-column", 1, "b\ufffd"),
        item=BOOK_ITEM,
    ),
    wrong(
        "a reference to no character",
        "&#99999999999; is not XML.",
        one_cell(' t="inlineStr"', "<is><t>&#99999999999;</t></is>"),
        ("broken-workbook", None, None),
        item=BOOK_ITEM,
    ),
    wrong(
        "a reference to a surrogate",
        "&#xD800; is not XML.",
        one_cell(' t="inlineStr"', "<is><t>&#xD800;</t></is>"),
        ("broken-workbook", None, None),
        item=BOOK_ITEM,
    ),
    wrong(
        "an entity that nobody declared",
        "&nbsp; is HTML.",
        one_cell(' t="inlineStr"', "<is><t>&nbsp;</t></is>"),
        ("broken-workbook", None, None),
        item=BOOK_ITEM,
    ),
    wrong(
        "a time of day in a column of text",
        "Shown as a date, half past nothing.",
        cells(
            text_cell("A2", "A") + text_cell("B2", "x"),
            text_cell("A3", "B") + '<c r="B3" s="1"><v>0.5</v></c>',
            styles=DATED,
        ),
        ("date-in-text-column", 3, "x"),
        item=BOOK_ITEM,
    ),
    wrong(
        "29 February 1900",
        "Which Excel counts and no calendar has.",
        column("day", 60, form="yyyy-mm-dd"),
        ("error-cell", 2, "day"),
    ),
    wrong(
        "numbers that are none",
        "NaN and the like in a numeric cell.",
        one_cell("", "<v>NaN</v>"),
        ("error-cell", 2, "x"),
        item=BOOK_ITEM,
    ),
    wrong(
        "a date beyond all calendars",
        "Ten thousand millions of days.",
        column("day", 10_000_000_000, form="yyyy-mm-dd"),
        ("error-cell", 2, "day"),
    ),
    wrong(
        "a negative date",
        "Minus five.",
        column("day", -5, form="yyyy-mm-dd"),
        ("error-cell", 2, "day"),
    ),
]

CASES = of_family("workbooks", WRONG)
